"""Fuzz the files of a library with atheris: whatever they hold, only our own errors come out.

The fuzzer changes one file. In half of the tries the hashes are made to fit again, as a stranger
would, so that the checks behind the hashes are reached.

python bench/faults/fuzz_index_folder.py [-max_total_time=60] [-max_len=…]
"""

from __future__ import annotations

import hashlib
import json
import sys

import atheris

with atheris.instrument_imports(include=["index"]):
    import library_faults
    from library_faults import ENCODER, Trial

    from index import ArticleIndex, ArticleQAError, rebuild, unpublished, verify
    from index.library.manifest import sealed
    from index.storage.block_file import BLOCK

from qa.retriever import Retriever
from qa.understanding.spelling import Speller

TRIAL = Trial()
FOLDER = TRIAL.fresh("fuzzed")
FILES = sorted(p.relative_to(FOLDER) for p in FOLDER.rglob("*") if p.is_file() and p.name != "lock")


def try_one(data: bytes) -> None:
    """Change one file as the bytes say, and open, search, verify and rebuild the library."""
    provider = atheris.FuzzedDataProvider(data)
    folder = TRIAL.fresh("fuzzed")
    file = folder / FILES[provider.ConsumeIntInRange(0, len(FILES) - 1)]
    fits = provider.ConsumeBool()
    old = bytearray(file.read_bytes())
    start = provider.ConsumeIntInRange(0, len(old))
    length = provider.ConsumeIntInRange(0, 64)
    new = provider.ConsumeBytes(provider.remaining_bytes())
    old[start : start + length] = new
    file.write_bytes(old)
    if fits:
        _make_fit(folder)
    try:
        loaded = ArticleIndex.load(folder, ENCODER)
        unpublished(folder)
        assert all(isinstance(language, str) for language in loaded.languages)
        Speller(lambda: loaded.written_words, loaded.lexical.has_stem).correct("Who is Vexqa?")
        Retriever(loaded).retrieve(library_faults.QUESTIONS[:2], 3)
        for article in loaded.articles:
            assert all(article.text[s.start : s.end] == s.text for s in article.sentences)
    except ArticleQAError as error:
        library_faults.one_line(error)
    if provider.remaining_bytes() or len(data) % 8 == 0:
        try:
            verify(folder)
            rebuild(folder)
        except ArticleQAError as error:
            library_faults.one_line(error)


def _make_fit(folder) -> None:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest.pop("sha256", None)
        for segment in manifest["segments"]:
            place = folder / segment["folder"]
            digests = b""
            for name, digest in segment["files"].items():
                content = (place / name).read_bytes()
                blocks = [content[i : i + BLOCK] for i in range(0, len(content), BLOCK)]
                of_file = b"".join(hashlib.sha256(block).digest() for block in blocks)
                digest["n_bytes"] = len(content)
                digest["sha256_of_blocks"] = hashlib.sha256(of_file).hexdigest()
                digests += of_file
            (place / "digests").write_bytes(digests)
        (folder / "manifest.json").write_bytes(sealed(manifest))
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return  # the manifest itself was changed beyond that


if __name__ == "__main__":
    atheris.Setup(
        sys.argv
        if len(sys.argv) > 1
        else [*sys.argv, "-max_total_time=60", "-len_control=0", "-max_len=64"],
        try_one,
    )
    atheris.Fuzz()
