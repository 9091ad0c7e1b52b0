"""A snapshot as questions search it: its articles and passages, read when asked for, and its rows, mapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from index.article_rows import ArticleRows, RowTable
from index.library.facts import check_encoder, named_encoder
from index.library.manifest import read_manifest
from index.library.record import Head, make_article, make_passages
from index.library.segment import HEADS, PASSAGES, SENTENCES, TEXTS, WORDS, Segment
from index.library.snapshot import Snapshot, open_snapshot
from index.search.bm25 import LexicalIndex, Postings
from index.search.vectors import SegmentVectors, VectorIndex
from index.search.vocabulary import WrittenWord, decode_words, merge_words
from index.text.codec import SENTENCE, decode_text
from index.types import Article, Encoder, Passage

N_IN_MEMORY = 64  # articles


T = TypeVar("T")


class _OnDemand(Sequence[T]):
    """A sequence whose values are made on access; the last few are cached."""

    def __init__(self, n: int, make: Callable[[int], T]) -> None:
        self._n = n
        self._cached = lru_cache(maxsize=N_IN_MEMORY)(make)

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, number: int) -> T: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[T, ...]: ...
    def __getitem__(self, number: int | slice) -> T | tuple[T, ...]:
        if isinstance(number, slice):
            return tuple(self[n] for n in range(*number.indices(len(self))))
        return self._cached(range(len(self))[number])


class StoredArticles(_OnDemand[Article]):
    """The articles of a snapshot, in order."""

    def __init__(self, snapshot: Snapshot) -> None:
        segments = snapshot.segments
        n_live = [len(segment.live) for segment in segments]
        self._segments = segments
        self._segment_numbers = np.repeat(np.arange(len(segments)), n_live)
        self._numbers = np.concatenate([segment.live for segment in segments])
        self.languages = frozenset(snapshot.manifest.languages)
        super().__init__(len(self._numbers), self._make)

    def locate(self, number: int) -> tuple[Segment, int]:
        """Return the segment of an article and its number there."""
        return self._segments[self._segment_numbers[number]], int(self._numbers[number])

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """The heads of all articles."""
        return tuple(_head(*self.locate(number)) for number in range(len(self)))

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words as they are written; those of removed articles may be among them."""
        return merge_words([_words(segment) for segment in self._segments])

    @property
    def has_removed(self) -> bool:
        """Whether the files hold articles that were removed."""
        return any(segment.manifest.removed for segment in self._segments)

    def _make(self, number: int) -> Article:
        segment, own = self.locate(number)
        first, end = segment.span(own, "sentence_end")
        sentences = segment.files[SENTENCES].read(first * SENTENCE.size, end * SENTENCE.size)
        try:
            text = decode_text(segment.files[TEXTS].read(*segment.span(own, "text_end")))
            return make_article(_head(segment, own), text, sentences)
        except ValueError as error:
            raise segment.files[TEXTS].damaged(f"and rows differ: {error}") from error


def _words(segment: Segment) -> list[WrittenWord]:
    file = segment.files[WORDS]
    try:
        return decode_words(file.read(0, len(file)))
    except ValueError as error:
        raise file.damaged(f"is no list of words: {error}") from error


def _head(segment: Segment, number: int) -> Head:
    file = segment.files[HEADS]
    try:
        return Head.from_json(file.read(*segment.span(number, "head_end")))
    except ValueError as error:
        raise file.damaged(f"has no article {number}") from error


class StoredPassages(_OnDemand[tuple[Passage, ...]]):
    """The passages of each article of a snapshot, in order."""

    def __init__(self, articles: StoredArticles) -> None:
        self._articles = articles
        super().__init__(len(articles), self._make)

    def _make(self, number: int) -> tuple[Passage, ...]:
        segment, own = self._articles.locate(number)
        first, end = segment.span(own, "passage_end")
        try:
            return make_passages(self._articles[number], segment.passage_rows[first:end])
        except ValueError as error:
            raise segment.files[PASSAGES].damaged(f"and articles differ: {error}") from error


def list_articles(folder: str | Path) -> tuple[Head, ...]:
    """Return the heads of the articles that a library can be searched for; empty where none is.

    Raises:
        IndexFolderError: the folder is no library, or is damaged.
    """
    manifest = read_manifest(Path(folder))
    return StoredArticles(open_snapshot(Path(folder))).heads if manifest.segments else ()


def load_rows(folder: Path, encoder: Encoder | None) -> ArticleRows:
    """Return a library as it is now: later changes to the folder do not matter.

    Args:
        folder: the library's.
        encoder: must be the one that made it; None takes the one that the manifest names.

    Raises:
        IndexFolderError: the folder is no library, is damaged, or another encoder made it.
    """
    snapshot = open_snapshot(folder)
    facts = snapshot.manifest.facts
    if encoder:
        check_encoder(folder, facts, encoder)
    else:
        encoder = named_encoder(folder, facts)
    articles = StoredArticles(snapshot)
    sentences, passages, postings = [], [], []
    for segment in snapshot.segments:
        files, dim = segment.files, segment.dim
        live = segment.live_rows("sentence_end")
        sentences.append(SegmentVectors.from_files(files, "sentences", dim, live))
        postings.append(Postings.from_files(files, live))
        live = segment.live_rows("passage_end")
        passages.append(SegmentVectors.from_files(files, "passages", dim, live))
    return ArticleRows(
        articles,
        StoredPassages(articles),
        encoder,
        VectorIndex(sentences),
        VectorIndex(passages),
        LexicalIndex(postings),
        _row_table(snapshot),
    )


def _row_table(snapshot: Snapshot) -> RowTable:
    """Return the rows of the live articles of a snapshot."""
    counts: list[NDArray[Any]] = []
    passages: list[NDArray[Any]] = []
    for segment in snapshot.segments:
        of_articles = [segment.counts(column) for column in ("sentence_end", "passage_end")]
        counts.append(np.stack(of_articles)[:, segment.live])
        rows, live = segment.passage_rows, segment.live_rows("passage_end")
        passages.append(rows if live is None else rows[live])
    live_passages = np.concatenate(passages)
    n_sentences, n_passages = np.concatenate(counts, axis=1)
    return RowTable.of(
        n_sentences,
        n_passages,
        live_passages["first_sentence"].astype(np.int64),
        live_passages["end_sentence"].astype(np.int64),
    )
