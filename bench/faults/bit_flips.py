"""Flip single bits in, and cut short, every file of a library; each must be noticed.

A flip in what searches use must be refused when it is opened, and `rebuild` must make the library
whole, with the same answers. A flip in the database or the records, which no search reads, must
leave every answer as it was, and `verify` must name it; `rebuild` must then make the library whole
or refuse to, and where articles are named, indexing these again must make it whole.

python bench/faults/bit_flips.py [--flips 1000] [--rebuilds 1000] [--seed 0]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import struct
from collections import Counter
from pathlib import Path

from library_faults import ENCODER, Trial, answers, articles, one_line, opened, peak_mb

from index import ArticleIndex, IndexFolderError, ProblemKind, rebuild, verify
from index.library.manifest import sealed
from index.storage.block_file import BLOCK

MOST_MB = 200
TRUTH = ("library.db", "records-")


def main() -> None:
    """Run the flips, the cuts and the lies, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--rebuilds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    trial = Trial()
    files = sorted(p.relative_to(trial.base) for p in trial.base.rglob("*") if p.stat().st_size)
    files = [f for f in files if (trial.base / f).is_file()]
    sizes = [(trial.base / f).stat().st_size for f in files]
    seen: Counter[str] = Counter()
    n_rebuilds = 0
    for number in range(options.flips):
        # Every file is hit, the rest falls on them by their size.
        file = files[number % len(files)] if number < 4 * len(files) else None
        file = file or chance.choices(files, sizes)[0]
        folder = trial.fresh("flipped")
        data = bytearray((folder / file).read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (folder / file).write_bytes(data)
        seen[_noticed(trial, folder, file)] += 1
        if n_rebuilds < options.rebuilds:
            n_rebuilds += 1
            seen[_repaired(trial, folder, file)] += 1
    for file, size in zip(files, sizes, strict=True):
        for length in (0, 1, size // 2, size - 1):
            folder = trial.fresh("cut")
            data = (folder / file).read_bytes()
            (folder / file).write_bytes(data[:length])
            seen[f"cut: {_noticed(trial, folder, file)}"] += 1
            seen[_repaired(trial, folder, file)] += 1
    _lie(trial)
    if (peak := peak_mb()) > MOST_MB:
        raise SystemExit(f"memory must stay below {MOST_MB} MB, got {peak:.0f}")
    trial.close()
    print(
        f"{options.flips} flips, {4 * len(files)} cuts, {n_rebuilds + 4 * len(files)} rebuilds: "
        f"{dict(seen)}; a FAISS header of 10^13 vectors refused; {peak:.0f} MB at most"
    )


def _noticed(trial: Trial, folder: Path, file: Path) -> str:
    try:
        found = answers(folder)
    except IndexFolderError as error:
        one_line(error)
        if not verify(folder):
            raise SystemExit(f"{file}: refused, but verify says it is whole") from error
        return "refused when opened"
    if found != (10, trial.known[10]) or not file.name.startswith(TRUTH):
        raise SystemExit(f"{file}: not noticed when opened")
    if not verify(folder):
        raise SystemExit(f"{file}: not noticed by verify")
    return "in database or records: answers unchanged, named by verify"


def _repaired(trial: Trial, folder: Path, file: Path) -> str:
    """Make a library whole as its problems say; return how."""
    try:
        rebuild(folder)
    except IndexFolderError as error:
        one_line(error)
        if not file.name.startswith(TRUTH):
            raise SystemExit(f"{file}: not rebuilt: {error}") from error
        if answers(folder) != (10, trial.known[10]):
            raise SystemExit(f"{file}: other answers after a refused rebuild") from error
        return _indexed_again(folder, file)
    if verify(folder) or answers(folder) != (10, trial.known[10]):
        raise SystemExit(f"{file}: not made whole by rebuild: {verify(folder)}")
    return "rebuilt"


def _indexed_again(folder: Path, file: Path) -> str:
    damaged = {p.article_id for p in verify(folder) if p.kind is ProblemKind.ARTICLE_DAMAGED}
    if any(p.kind is ProblemKind.DATABASE_DAMAGED for p in verify(folder)):
        return "rebuild refused, the articles are to be indexed into another folder"
    with opened(folder) as library:
        library.remove(sorted(damaged))
        library.add([a for a in articles(0, 10) if a.id in damaged])
        library.compact()
    if verify(folder) or answers(folder)[0] != 10:
        raise SystemExit(f"{file}: not made whole by indexing {damaged} again")
    return "rebuild refused, whole once the damaged articles were indexed again"


def _lie(trial: Trial) -> None:
    """Put a FAISS header of 10^13 vectors in a file's place, with hashes that fit it."""
    folder = trial.fresh("lying")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest.pop("sha256")
    segment = manifest["segments"][0]
    place = folder / segment["folder"]
    lie = b"IxFI" + struct.pack("<iqqqBi", 512, 10**13, 1 << 20, 1 << 20, 1, 0)
    lie += struct.pack("<Q", 10**13 * 512)
    (place / "passages.f32").write_bytes(lie)
    digests = b""
    for name, digest in segment["files"].items():
        data = (place / name).read_bytes()
        blocks = [data[i : i + BLOCK] for i in range(0, len(data), BLOCK)]
        of_file = b"".join(hashlib.sha256(block).digest() for block in blocks)
        digest["n_bytes"], digest["sha256_of_blocks"] = (
            len(data),
            hashlib.sha256(of_file).hexdigest(),
        )
        digests += of_file
    for n_passages in (segment["n_passages"], 10**13):
        segment["n_passages"] = n_passages
        (place / "digests").write_bytes(digests)
        (folder / "manifest.json").write_bytes(sealed(manifest))
        try:
            ArticleIndex.load(folder, ENCODER)
        except IndexFolderError as error:
            one_line(error)
        else:
            raise SystemExit("a FAISS header of 10^13 vectors was not noticed")


if __name__ == "__main__":
    main()
