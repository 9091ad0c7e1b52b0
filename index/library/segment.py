"""One part of what a library is searched with: articles in a folder of files that never change.

Which of its articles were taken out since is said in the manifest of the generation that names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.library.record import (
    PASSAGE_ROW,
    SENTENCE_ROW,
    Entry,
    encode_text,
    passage_rows,
    sentence_rows,
)
from index.search.bm25 import FILES as LEXICAL_FILES
from index.search.bm25 import WordCounter
from index.search.ivf import N_CODES, PER_CODE, write_lists
from index.search.vectors import check_unit
from index.search.vocabulary import WrittenWordCounter, encode_words
from index.storage.block_file import CheckedFile, OutputFile, damaged
from index.storage.durable import Bytes, sync_folder, write_file

Rows = NDArray[np.int64]

_DIGESTS = "digests"
_DIGEST = 32
# How far what belongs to an article reaches in each file, and what tells it from any other.
ARTICLE_ROW = np.dtype(
    [
        ("head_end", "<i8"),
        ("text_end", "<i8"),
        ("sentence_end", "<i8"),
        ("passage_end", "<i8"),
        ("identity", "V32"),
    ]
)
_ROWS = {
    "articles.rows": ARTICLE_ROW,
    "sentences.rows": SENTENCE_ROW,
    "passages.rows": PASSAGE_ROW,
}
WORDS = "words.tsv"
_BY_ARTICLE = (*_ROWS, "heads.jsonl", "texts.utf8", "sentences.f32", "passages.f32", WORDS)
_COUNTS = ("n_articles", "n_sentences", "n_passages")


@dataclass(frozen=True)
class Segment:
    """An opened segment; ``files`` are mapped, and checked before they are used.

    ``said`` is what the manifest says of it: its folder, counts, files and the numbers of the
    articles that were taken out.
    """

    library: Path
    said: Mapping[str, Any]
    dim: int
    files: Mapping[str, CheckedFile] = field(repr=False)

    @classmethod
    def open(cls, library: Path, said: Mapping[str, Any], dim: int) -> Segment:
        """Return the segment that a manifest names, mapped.

        Raises:
            IndexFolderError: it is damaged.
            OSError: a file is not there, or cannot be read.
        """
        place = library / said["folder"]
        digests = (place / _DIGESTS).read_bytes()
        files: dict[str, CheckedFile] = {}
        start = 0
        for name, of_file in said["files"].items():
            n_bytes, sha256 = of_file["bytes"], of_file["sha256_of_blocks"]
            end = start + CheckedFile.n_blocks(n_bytes) * _DIGEST
            if hashlib.sha256(digests[start:end]).hexdigest() != sha256:
                raise damaged(library, f"{_DIGESTS} has other bytes than were written")
            files[name] = CheckedFile(place / name, n_bytes, digests[start:end])
            start = end
        if start != len(digests):
            raise damaged(library, f"{_DIGESTS} must have {start} bytes, got {len(digests)}")
        return cls(library, said, dim, files)

    def rows(self, name: str) -> NDArray[Any]:
        """Return a file of rows, mapped."""
        return self.files[name].array(_ROWS[name])

    def check(self) -> None:
        """Raise IndexFolderError where any byte of any file is not as it was written."""
        for file in self.files.values():
            file.check()

    @cached_property
    def kept(self) -> Rows:
        """The numbers of the articles that were not taken out, sorted."""
        return np.delete(np.arange(self.said["n_articles"]), self.said["removed"])

    def identities(self) -> list[bytes]:
        """Return the identity of each article, those that were taken out included."""
        self.files["articles.rows"].check()
        return [bytes(each) for each in self.rows("articles.rows")["identity"]]

    def kept_rows(self, of: str) -> Rows | None:
        """Return the rows of the kept articles' sentences or passages; None where all are kept."""
        if not self.said["removed"]:
            return None
        is_kept = np.zeros(self.said["n_articles"], dtype=bool)
        is_kept[self.kept] = True
        n_of_each = np.diff(self.rows("articles.rows")[f"{of}_end"], prepend=0)
        return np.flatnonzero(np.repeat(is_kept, n_of_each))

    def check_rows(self) -> None:
        """Raise IndexFolderError where the files do not fit together."""
        files = self.files
        n = {k: self.said[f"n_{k}"] for k in ("articles", "sentences", "passages")}
        sizes = {f"{k}.rows": n[k] * _ROWS[f"{k}.rows"].itemsize for k in n}
        sizes |= {f"{k}.f32": n[k] * self.dim * 4 for k in ("sentences", "passages")}
        sizes["lexical-lengths.u16"] = n["sentences"] * 2
        for name, size in sizes.items():
            if len(files[name]) != size:
                raise files[name].damaged(f"must have {size} bytes, got {len(files[name])}")
        for name in ("articles.rows", "passages.rows"):
            files[name].check()
        ends, passages = self.rows("articles.rows"), self.rows("passages.rows")
        wanted = {
            "head_end": len(files["heads.jsonl"]),
            "text_end": len(files["texts.utf8"]),
            "sentence_end": n["sentences"],
            "passage_end": n["passages"],
        }
        for column, last in wanted.items():
            if np.any(np.diff(ends[column], prepend=0) <= 0) or ends[column][-1] != last:
                raise files["articles.rows"].damaged(f"has a wrong {column}")
        n_of_each = np.diff(ends["passage_end"], prepend=0)
        n_sentences = np.repeat(np.diff(ends["sentence_end"], prepend=0), n_of_each)
        first, end = passages["first_sentence"], passages["end_sentence"]
        if not np.all((first < end) & (end <= n_sentences)):
            raise files["passages.rows"].damaged("has a passage without sentences")


def fits_segment(said: Any) -> bool:
    """Return whether what a manifest says of a segment can be one."""
    return (
        isinstance(said, dict)
        and isinstance(said.get("folder"), str)
        and Path(said["folder"]).name == said["folder"] != ""
        and all(type(said.get(key)) is int and said[key] > 0 for key in _COUNTS)
        and isinstance(said.get("files"), dict)
        and {*_BY_ARTICLE, *LEXICAL_FILES} <= set(said["files"])
        and all(_fits_file(name, of_file) for name, of_file in said["files"].items())
        and isinstance(said.get("removed"), list)
        and all(type(number) is int for number in said["removed"])
        and said["removed"] == sorted(set(said["removed"]) & set(range(said["n_articles"])))
        and len(said["removed"]) < said["n_articles"]
    )


def _fits_file(name: str, said: Any) -> bool:
    return (
        isinstance(said, dict)
        and type(said.get("bytes")) is int
        and said["bytes"] >= 0
        and isinstance(said.get("sha256_of_blocks"), str)
        and Path(name).name == name
    )


def identity(entry_sha256: bytes, origins: Iterable[bytes]) -> bytes:
    """Return the SHA-256 of all that a segment keeps of an article."""
    digest = hashlib.sha256(entry_sha256)
    for origin in origins:
        digest.update(len(origin).to_bytes(8, "little") + origin)
    return digest.digest()


def write_segment(place: Path, entries: Iterable[Entry], dim: int, n_exact: int) -> dict[str, Any]:
    """Write articles, at least one, to the files of a new folder; return what to say of them.

    Raises:
        OSError: they cannot be written.
    """
    place.mkdir()
    counted, written = WordCounter(), WrittenWordCounter()
    ends = np.zeros(1, dtype=ARTICLE_ROW)
    n_articles = 0
    out: dict[str, OutputFile] = {}
    with ExitStack() as stack:
        for name in _BY_ARTICLE:
            out[name] = stack.enter_context(OutputFile(place / name))
        for entry in entries:
            written.add(entry.article)
            for sentence in entry.article.sentences:
                counted.add(sentence.text if sentence.citable else "")
            _write_entry(out, entry, ends)
            n_articles += 1
        out[WORDS].write(encode_words(written.words()))
    n_passages = int(ends["passage_end"][0])
    with ExitStack() as stack:

        def write(name: str, data: Bytes) -> None:
            if name not in out:
                out[name] = stack.enter_context(OutputFile(place / name))
            out[name].write(data)

        for name, array in counted.to_arrays().items():
            write(name, array.data)
        if n_passages >= max(n_exact, N_CODES) and dim % PER_CODE == 0:
            # What the disk gave back is checked, with all else, before anyone is shown it.
            vectors = np.memmap(place / "passages.f32", "<f4", "r", shape=(n_passages, dim))
            write_lists(vectors, lambda part, data: write(f"passages-{part}", data))
    write_file(place / _DIGESTS, b"".join(bytes(file.digests) for file in out.values()))
    sync_folder(place)
    counts = (n_articles, int(ends["sentence_end"][0]), n_passages)
    files = {
        name: {"bytes": file.n_bytes, "sha256_of_blocks": file.sha256} for name, file in out.items()
    }
    return {
        "folder": place.name,
        **dict(zip(_COUNTS, counts, strict=True)),
        "removed": [],
        "files": files,
    }


def _write_entry(out: Mapping[str, OutputFile], entry: Entry, ends: NDArray[Any]) -> None:
    """Write one article; ``ends`` says how far each file is and is moved on."""
    check_unit(entry.sentence_vectors)
    check_unit(entry.passage_vectors)
    head = json.dumps(asdict(entry.head)).encode("ascii") + b"\n"
    text = encode_text(entry.article.text)
    ends["head_end"] += len(head)
    ends["text_end"] += len(text)
    ends["sentence_end"] += len(entry.article.sentences)
    ends["passage_end"] += len(entry.passages)
    ends["identity"] = identity(entry.sha256, map(encode_text, entry.origins))
    out["heads.jsonl"].write(head)
    out["texts.utf8"].write(text)
    out["articles.rows"].write(ends.tobytes())
    out["sentences.rows"].write(sentence_rows(entry.article).tobytes())
    out["passages.rows"].write(passage_rows(entry.passages).tobytes())
    out["sentences.f32"].write(np.ascontiguousarray(entry.sentence_vectors, dtype="<f4").data)
    out["passages.f32"].write(np.ascontiguousarray(entry.passage_vectors, dtype="<f4").data)
