"""What a library is searched with: files made from its database, a folder for each generation.

    folder/manifest.json    what there is: version, encoder, counts, size and SHA-256 of each file
    folder/g-…/             the files of the generation that the manifest names

A new generation is written beside the old one, waited for, read back and checked; then its
manifest is swapped in with one atomic rename, and only then is the old generation removed. A
reader sees the old generation or the new one, never a mixture, and keeps the one that it opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.entry import PASSAGE_ROW, SENTENCE_ROW, Entry, encode_text, passage_rows, sentence_rows
from index.errors import IndexFolderError
from index.files import Bytes, CheckedFile, OutputFile, damaged, sync_folder, write_file
from index.lexical import FILES as LEXICAL_FILES
from index.lexical import WordCounter
from index.vectors import N_EXACT, check_unit, write_lists
from index.written_words import WrittenWordCounter, encode_words

FORMAT = "article-qa library"
VERSION = 3
MANIFEST = "manifest.json"
# A library of up to so many bytes is checked whole when it is opened, a larger one as it is used.
CHECKED_AT_ONCE = 64_000_000
_DIGESTS = "digests"
WORDS = "words.tsv"
_DIGEST = 32
ARTICLE_ROW = np.dtype(
    [("head_end", "<i8"), ("text_end", "<i8"), ("sentence_end", "<i8"), ("passage_end", "<i8")]
)
# Besides a passage's own numbers, the rows of its sentences among those of all articles.
PLACED_PASSAGE_ROW = np.dtype([*PASSAGE_ROW.descr, ("start_row", "<i8"), ("end_row", "<i8")])
_ROWS = {
    "articles.rows": ARTICLE_ROW,
    "sentences.rows": SENTENCE_ROW,
    "passages.rows": PLACED_PASSAGE_ROW,
}
WRITTEN_BY_ARTICLE = (
    *_ROWS,
    "heads.jsonl",
    "texts.utf8",
    "sentences.f32",
    "passages.f32",
    WORDS,
)
_FACTS: dict[str, type] = {
    "generation": str,
    "state": int,
    "encoder": str,
    "encoder_fingerprint": str,
    "dim": int,
    "n_articles": int,
    "n_sentences": int,
    "n_passages": int,
    "languages": list,
    "files": dict,
}


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation; ``files`` are mapped, and checked before they are used."""

    folder: Path
    manifest: Mapping[str, Any]
    files: Mapping[str, CheckedFile] = field(repr=False)

    def rows(self, name: str) -> NDArray[Any]:
        """Return a file of rows, mapped."""
        return self.files[name].array(_ROWS[name])

    def check(self) -> None:
        """Raise IndexFolderError where any byte of any file is not as it was written."""
        for file in self.files.values():
            file.check()


def write_generation(
    folder: Path,
    entries: Iterable[Entry],
    facts: Mapping[str, Any],
    database: Callable[[], Any],
    *,
    n_exact: int = N_EXACT,
) -> None:
    """Make entries the generation of a folder.

    Args:
        folder: the library's; its lock is held.
        entries: all articles; where there is none, the manifest names no generation.
        facts: what the manifest says besides: the encoder and the state of the database.
        database: called once the entries are read; what the manifest says about the database.
        n_exact: from so many passages on, they have inverted lists.

    Raises:
        IndexFolderError: it cannot be written; the generation that was there is as it was.
    """
    name = f"g-{secrets.token_hex(8)}"
    generation = folder / name
    swapped = False
    try:
        generation.mkdir()
        counts, files = _write_files(generation, entries, facts["dim"], n_exact)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "generation": name if counts["n_articles"] else "",
            **facts,
            **counts,
            "database": database(),
            "files": files,
        }
        data = dump_manifest(manifest)
        write_file(generation / MANIFEST, data)
        sync_folder(generation)
        sync_folder(folder)
        if counts["n_articles"]:
            _open(folder, manifest).check()
        _read_back(generation / MANIFEST, data)
        os.replace(generation / MANIFEST, folder / MANIFEST)  # noqa: PTH105 - one seam for tests
        swapped = True
        sync_folder(folder)
    except OSError as error:
        state = "the new search files are there, but may be lost if the power fails"
        if not swapped:
            state = "what was there before is unchanged"
        raise IndexFolderError(
            f"index {folder} cannot be written: {error.strerror or error}; {state}"
        ) from error
    finally:
        if not swapped:
            shutil.rmtree(generation, ignore_errors=True)
    remove_leftovers(folder, manifest["generation"])


def _read_back(path: Path, data: bytes) -> None:
    if path.read_bytes() != data:
        raise OSError(f"{path.name} was not kept by the disk")


def remove_leftovers(folder: Path, generation: str) -> None:
    """Remove what unfinished work has left in a folder, and every other generation."""
    for path in folder.glob("g-*"):
        if path.name != generation:
            shutil.rmtree(path, ignore_errors=True)


def _write_files(
    generation: Path, entries: Iterable[Entry], dim: int, n_exact: int
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """Write the files of a generation; return its counts, and size and hash of each file."""
    counted = WordCounter()
    ends = np.zeros(1, dtype=ARTICLE_ROW)
    n_articles = 0
    written = WrittenWordCounter()
    out: dict[str, OutputFile] = {}
    with ExitStack() as stack:
        for name in WRITTEN_BY_ARTICLE:
            out[name] = stack.enter_context(OutputFile(generation / name))
        for entry in entries:
            written.add(entry.article)
            for sentence in entry.article.sentences:
                counted.add(sentence.text)
            _write_entry(out, entry, ends)
            n_articles += 1
        out[WORDS].write(encode_words(written.words()))
    with ExitStack() as stack:

        def write(name: str, data: Bytes) -> None:
            if name not in out:
                out[name] = stack.enter_context(OutputFile(generation / name))
            out[name].write(data)

        if n_articles:
            for name, array in counted.to_arrays().items():
                write(name, array.data)
        n_passages = int(ends["passage_end"][0])
        if n_passages >= n_exact and dim % 2 == 0:
            # What the disk gave back is checked, with all else, before anyone is shown it.
            vectors = np.memmap(generation / "passages.f32", "<f4", "r", shape=(n_passages, dim))
            write_lists(vectors, lambda part, data: write(f"passages-{part}", data))
    write_file(generation / _DIGESTS, b"".join(bytes(file.digests) for file in out.values()))
    counts = {
        "n_articles": n_articles,
        "n_sentences": int(ends["sentence_end"][0]),
        "n_passages": n_passages,
    }
    files = {
        name: {"bytes": file.n_bytes, "sha256_of_blocks": file.sha256} for name, file in out.items()
    }
    return counts, files


def _write_entry(out: Mapping[str, OutputFile], entry: Entry, ends: NDArray[Any]) -> None:
    """Write one article; ``ends`` says how far each file is and is moved on."""
    check_unit(entry.sentence_vectors)
    check_unit(entry.passage_vectors)
    head = json.dumps(asdict(entry.head)).encode("ascii") + b"\n"
    text = encode_text(entry.article.text)
    passages = np.zeros(len(entry.passages), dtype=PLACED_PASSAGE_ROW)
    for name in PASSAGE_ROW.names or ():
        passages[name] = passage_rows(entry.passages)[name]
    passages["start_row"] = passages["first_sentence"] + ends["sentence_end"]
    passages["end_row"] = passages["end_sentence"] + ends["sentence_end"]
    ends["head_end"] += len(head)
    ends["text_end"] += len(text)
    ends["sentence_end"] += len(entry.article.sentences)
    ends["passage_end"] += len(entry.passages)
    out["heads.jsonl"].write(head)
    out["texts.utf8"].write(text)
    out["articles.rows"].write(ends.tobytes())
    out["sentences.rows"].write(sentence_rows(entry.article).tobytes())
    out["passages.rows"].write(passages.tobytes())
    out["sentences.f32"].write(np.ascontiguousarray(entry.sentence_vectors, dtype="<f4").data)
    out["passages.f32"].write(np.ascontiguousarray(entry.passage_vectors, dtype="<f4").data)


def open_generation(folder: Path) -> Generation:
    """Return the generation that a folder's manifest names, mapped.

    Raises:
        IndexFolderError: the folder is no library, is empty, or is damaged.
    """
    manifest = read_manifest(folder)
    while True:
        try:
            generation = _open(folder, manifest)
        except FileNotFoundError as error:
            # A writer has swapped a new generation in since the manifest was read.
            found, manifest = manifest, read_manifest(folder)
            if manifest == found:
                raise damaged(folder, f"{Path(error.filename).name} is missing") from error
        except OSError as error:
            raise IndexFolderError(
                f"index {folder} cannot be read: {error.strerror or error}"
            ) from error
        else:
            if sum(map(len, generation.files.values())) <= CHECKED_AT_ONCE:
                generation.check()
            _check_rows(generation)
            return generation


def _open(folder: Path, manifest: Mapping[str, Any]) -> Generation:
    if not manifest["generation"]:
        raise IndexFolderError(
            f"index {folder} holds no article; add some with `article-qa index PATH --into {folder}`"
        )
    place = folder / manifest["generation"]
    digests = (place / _DIGESTS).read_bytes()
    files: dict[str, CheckedFile] = {}
    start = 0
    for name, said in manifest["files"].items():
        n_bytes, sha256 = said["bytes"], said["sha256_of_blocks"]
        end = start + CheckedFile.n_blocks(n_bytes) * _DIGEST
        if hashlib.sha256(digests[start:end]).hexdigest() != sha256:
            raise damaged(folder, f"{_DIGESTS} has other bytes than were written")
        files[name] = CheckedFile(place / name, n_bytes, digests[start:end])
        start = end
    if start != len(digests):
        raise damaged(folder, f"{_DIGESTS} must have {start} bytes, got {len(digests)}")
    return Generation(folder, manifest, files)


def _check_rows(generation: Generation) -> None:
    """Raise IndexFolderError where the files do not fit together."""
    manifest, files = generation.manifest, generation.files
    n, dim = {k: manifest[f"n_{k}"] for k in ("articles", "sentences", "passages")}, manifest["dim"]
    sizes = {f"{k}.rows": n[k] * _ROWS[f"{k}.rows"].itemsize for k in n}
    sizes |= {f"{k}.f32": n[k] * dim * 4 for k in ("sentences", "passages")}
    for name, size in sizes.items():
        if len(files[name]) != size:
            raise files[name].damaged(f"must have {size} bytes, got {len(files[name])}")
    if len(files["lexical-lengths.u16"]) != 2 * n["sentences"]:
        raise files["lexical-lengths.u16"].damaged("does not count every sentence")
    for name in ("articles.rows", "passages.rows"):
        files[name].check()
    ends, passages = generation.rows("articles.rows"), generation.rows("passages.rows")
    wanted = {
        "head_end": len(files["heads.jsonl"]),
        "text_end": len(files["texts.utf8"]),
        "sentence_end": n["sentences"],
        "passage_end": n["passages"],
    }
    for column, last in wanted.items():
        if np.any(np.diff(ends[column], prepend=0) <= 0) or ends[column][-1] != last:
            raise files["articles.rows"].damaged(f"has a wrong {column}")
    sentence_ends = ends["sentence_end"]
    n_of_each = np.diff(ends["passage_end"], prepend=0)
    firsts = np.repeat(np.concatenate([[0], sentence_ends[:-1]]), n_of_each)
    lasts = np.repeat(sentence_ends, n_of_each)
    starts, stops = passages["start_row"], passages["end_row"]
    fits = (
        (starts == firsts + passages["first_sentence"])
        & (stops == firsts + passages["end_sentence"])
        & (starts < stops)
        & (stops <= lasts)
    )
    if not fits.all():
        raise files["passages.rows"].damaged("has a passage without sentences")


def dump_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as JSON that ends with the SHA-256 of the rest."""
    whole = {**manifest, "sha256": hashlib.sha256(json.dumps(manifest).encode()).hexdigest()}
    return json.dumps(whole, indent=2).encode() + b"\n"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder.

    Raises:
        IndexFolderError: there is none, or it is not as it was written.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
        manifest = json.loads(data)
    except (FileNotFoundError, NotADirectoryError) as error:
        if (folder / "library.db").is_file():
            raise IndexFolderError(
                f"index {folder} has no {MANIFEST}; run `article-qa rebuild {folder}`"
            ) from error
        raise IndexFolderError(
            f"{folder} is not an index: it has no {MANIFEST}; "
            "make one with `article-qa index PATH --into FOLDER`"
        ) from error
    except OSError as error:
        raise IndexFolderError(
            f"index {folder} cannot be read: {error.strerror or error}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(folder, f"{MANIFEST} is no JSON") from error
    return _checked_manifest(folder, manifest, data)


def _checked_manifest(folder: Path, manifest: Any, data: bytes) -> dict[str, Any]:
    if not isinstance(manifest, dict) or not str(manifest.get("format")).startswith("article-qa "):
        raise IndexFolderError(f"{folder} is not an index: its {MANIFEST} is of another program")
    if manifest.get("version") != VERSION:
        raise IndexFolderError(
            f"index {folder} must have format version {VERSION}, got {manifest.get('version')!r}; "
            f"run `article-qa rebuild {folder}`"
        )
    manifest.pop("sha256", None)
    if dump_manifest(manifest) != data:
        raise damaged(folder, f"{MANIFEST} has other bytes than were written")
    for key, kind in _FACTS.items():
        if type(manifest.get(key)) is not kind:
            raise damaged(folder, f"{MANIFEST} has no {key}")
    if Path(manifest["generation"]).name != manifest["generation"]:
        raise damaged(folder, f"{MANIFEST} names a folder outside")
    wanted = {*WRITTEN_BY_ARTICLE, *LEXICAL_FILES}
    files = manifest["files"]
    whole = all(
        isinstance(said, dict)
        and type(said.get("bytes")) is int
        and said["bytes"] >= 0
        and isinstance(said.get("sha256_of_blocks"), str)
        and Path(name).name == name
        for name, said in files.items()
    )
    if not whole or (manifest["generation"] and not wanted <= set(files)):
        raise damaged(folder, f"{MANIFEST} does not name the files")
    if manifest["dim"] < 1:
        raise damaged(folder, f"{MANIFEST} has a wrong dim")
    return manifest
