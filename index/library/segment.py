"""A segment of what a library is searched with: articles in a folder of files that never change.

Which of its articles were removed since stands in the manifest that names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.library.manifest import SegmentManifest
from index.library.record import PASSAGE_ROW
from index.search.bm25 import FILES as LEXICAL_FILES
from index.storage.block_file import CheckedFile, damaged
from index.text.codec import SENTENCE

Rows = NDArray[np.int64]
Column = Literal["head_end", "text_end", "sentence_end", "passage_end"]

DIGESTS = "digests"
_DIGEST = hashlib.sha256().digest_size
# Where an article's part of each file ends, and the SHA-256 that identifies the article.
ARTICLE_ROW = np.dtype(
    [
        ("head_end", "<i8"),
        ("text_end", "<i8"),
        ("sentence_end", "<i8"),
        ("passage_end", "<i8"),
        ("identity", "V32"),
    ]
)
ARTICLES, PASSAGES = "articles.rows", "passages.rows"
HEADS, TEXTS, SENTENCES, WORDS = "heads.jsonl", "texts.utf8", "sentences.rows", "words.tsv"
VECTORS = ("sentences.f32", "passages.f32")
FILES = (ARTICLES, SENTENCES, PASSAGES, HEADS, TEXTS, *VECTORS, WORDS)


@dataclass(frozen=True)
class Segment:
    """An opened segment; ``files`` are mapped, and checked before they are used."""

    library: Path
    manifest: SegmentManifest
    dim: int
    files: Mapping[str, CheckedFile] = field(repr=False)

    @classmethod
    def open(cls, library: Path, manifest: SegmentManifest, dim: int) -> Segment:
        """Return the segment of a manifest, mapped.

        Raises:
            IndexFolderError: it is damaged.
            OSError: a file is not there, or cannot be read.
        """
        if missing := {*FILES, *LEXICAL_FILES} - set(manifest.files):
            raise damaged(library, f"{manifest.folder} has no {min(missing)}")
        folder = library / manifest.folder
        digests = (folder / DIGESTS).read_bytes()
        files: dict[str, CheckedFile] = {}
        start = 0
        for name, digest in manifest.files.items():
            end = start + CheckedFile.n_blocks(digest.n_bytes) * _DIGEST
            if hashlib.sha256(digests[start:end]).hexdigest() != digest.sha256_of_blocks:
                raise damaged(library, f"{DIGESTS} does not match its checksum")
            files[name] = CheckedFile(folder / name, digest.n_bytes, digests[start:end])
            start = end
        if start != len(digests):
            raise damaged(library, f"{DIGESTS} must have {start} bytes, got {len(digests)}")
        return cls(library, manifest, dim, files)

    @property
    def article_rows(self) -> NDArray[Any]:
        """A row of ``ARTICLE_ROW`` for each article, removed ones included, mapped."""
        return self.files[ARTICLES].array(ARTICLE_ROW)

    @property
    def passage_rows(self) -> NDArray[Any]:
        """A row of ``PASSAGE_ROW`` for each passage, mapped."""
        return self.files[PASSAGES].array(PASSAGE_ROW)

    def check(self) -> None:
        """Raise IndexFolderError where a file is damaged."""
        for file in self.files.values():
            file.check()

    @cached_property
    def live(self) -> Rows:
        """The numbers of the articles that were not removed, sorted."""
        return np.delete(np.arange(self.manifest.n_articles), list(self.manifest.removed))

    def span(self, number: int, column: Column) -> tuple[int, int]:
        """Return where an article's part starts and ends, in a file or among all rows."""
        ends = self.article_rows
        start = int(ends[number - 1][column]) if number else 0
        return start, int(ends[number][column])

    def counts(self, column: Column) -> Rows:
        """Return how many sentences, passages or bytes each article has."""
        counts: Rows = np.diff(self.article_rows[column], prepend=0)
        return counts

    def identities(self) -> list[bytes]:
        """Return the identity of each article, removed ones included."""
        self.files[ARTICLES].check()
        return [bytes(each) for each in self.article_rows["identity"]]

    def live_rows(self, column: Column) -> Rows | None:
        """Return the rows of the live articles' sentences or passages; None where all live."""
        if not self.manifest.removed:
            return None
        is_live = np.zeros(self.manifest.n_articles, dtype=bool)
        is_live[self.live] = True
        return np.flatnonzero(np.repeat(is_live, self.counts(column)))

    def check_rows(self) -> None:
        """Raise IndexFolderError where the files contradict each other."""
        files, manifest = self.files, self.manifest
        sizes = {
            ARTICLES: manifest.n_articles * ARTICLE_ROW.itemsize,
            SENTENCES: manifest.n_sentences * SENTENCE.size,
            PASSAGES: manifest.n_passages * PASSAGE_ROW.itemsize,
            VECTORS[0]: manifest.n_sentences * self.dim * 4,
            VECTORS[1]: manifest.n_passages * self.dim * 4,
            "lexical-lengths.u16": manifest.n_sentences * 2,
        }
        for name, size in sizes.items():
            if len(files[name]) != size:
                raise files[name].damaged(f"must have {size} bytes, got {len(files[name])}")
        for name in (ARTICLES, PASSAGES):
            files[name].check()
        ends: dict[Column, int] = {
            "head_end": len(files[HEADS]),
            "text_end": len(files[TEXTS]),
            "sentence_end": manifest.n_sentences,
            "passage_end": manifest.n_passages,
        }
        for column, last in ends.items():
            if np.any(self.counts(column) <= 0) or self.article_rows[column][-1] != last:
                raise files[ARTICLES].damaged(f"has a wrong {column}")
        n_sentences = np.repeat(self.counts("sentence_end"), self.counts("passage_end"))
        first, end = self.passage_rows["first_sentence"], self.passage_rows["end_sentence"]
        if not np.all((first < end) & (end <= n_sentences)):
            raise files[PASSAGES].damaged("has a passage without sentences")
