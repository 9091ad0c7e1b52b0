"""The articles and passages of a generation, made from its files when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np

from index.library.record import Entry, Head, decode_text, make_article, make_passages
from index.library.segment import WORDS, Segment
from index.library.snapshot import Generation, open_generation, read_manifest
from index.search.vectors import SegmentVectors
from index.search.vocabulary import WrittenWord, decode_words, merge_words
from index.types import Article, Passage

N_KEPT = 64  # articles in memory


class StoredArticles(Sequence[Article]):
    """The articles of a generation, in order; the last few asked for stay in memory."""

    def __init__(self, generation: Generation) -> None:
        segments = generation.segments
        n_kept = [len(segment.kept) for segment in segments]
        self._segments = segments
        self._languages = frozenset(map(str, generation.manifest["languages"]))
        self._segment_numbers = np.repeat(np.arange(len(segments)), n_kept)
        self._numbers = np.concatenate([segment.kept for segment in segments])
        self._kept = lru_cache(maxsize=N_KEPT)(self._make)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, number: int) -> Article: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, number: int | slice) -> Article | tuple[Article, ...]:
        if isinstance(number, slice):
            return tuple(self[n] for n in range(*number.indices(len(self))))
        return self._kept(range(len(self))[number])

    def place(self, number: int) -> tuple[Segment, int]:
        """Return the segment of an article and its number there."""
        return self._segments[self._segment_numbers[number]], int(self._numbers[number])

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """The heads of all articles."""
        return tuple(_head(*self.place(number)) for number in range(len(self)))

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words as they are written; those of articles taken out may be among them."""
        return merge_words([_words(segment) for segment in self._segments])

    @property
    def has_removed(self) -> bool:
        """Whether the files hold articles that were taken out."""
        return any(segment.said["removed"] for segment in self._segments)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of all articles."""
        return self._languages

    def _make(self, number: int) -> Article:
        segment, place = self.place(number)
        files = segment.files
        first, end = span(segment, place, "sentence_end")
        rows = segment.rows("sentences.rows")
        files["sentences.rows"].check(first * rows.itemsize, end * rows.itemsize)
        try:
            text = decode_text(files["texts.utf8"].read(*span(segment, place, "text_end")))
            return make_article(_head(segment, place), text, rows[first:end])
        except ValueError as error:
            raise files["texts.utf8"].damaged(f"and rows differ: {error}") from error


def span(segment: Segment, number: int, column: str) -> tuple[int, int]:
    """Return where what belongs to an article starts and ends, in a file or among all rows."""
    ends = segment.rows("articles.rows")
    start = int(ends[number - 1][column]) if number else 0
    return start, int(ends[number][column])


def _words(segment: Segment) -> list[WrittenWord]:
    file = segment.files[WORDS]
    try:
        return decode_words(file.read(0, len(file)))
    except ValueError as error:
        raise file.damaged(f"is no list of words: {error}") from error


def _head(segment: Segment, number: int) -> Head:
    file = segment.files["heads.jsonl"]
    try:
        said: Any = json.loads(file.read(*span(segment, number, "head_end")))
        head = Head(**{**said, "origins": tuple(said["origins"])})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise file.damaged(f"has no article {number}") from error
    values = (head.id, head.title, head.source, head.date, head.language, *head.origins)
    if not all(isinstance(value, str) for value in values):
        raise file.damaged(f"has no article {number}")
    return head


class StoredPassages(Sequence[tuple[Passage, ...]]):
    """The passages of each article of a generation, in order."""

    def __init__(self, articles: StoredArticles) -> None:
        self._articles = articles
        self._kept = lru_cache(maxsize=N_KEPT)(self._make)

    def __len__(self) -> int:
        return len(self._articles)

    @overload
    def __getitem__(self, number: int) -> tuple[Passage, ...]: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[tuple[Passage, ...], ...]: ...
    def __getitem__(
        self, number: int | slice
    ) -> tuple[Passage, ...] | tuple[tuple[Passage, ...], ...]:
        if isinstance(number, slice):
            return tuple(self[n] for n in range(*number.indices(len(self))))
        return self._kept(range(len(self))[number])

    def _make(self, number: int) -> tuple[Passage, ...]:
        segment, place = self._articles.place(number)
        first, end = span(segment, place, "passage_end")
        try:
            return make_passages(self._articles[number], segment.rows("passages.rows")[first:end])
        except ValueError as error:
            raise segment.files["passages.rows"].damaged(f"and articles differ: {error}") from error


def list_articles(folder: str | Path) -> tuple[Head, ...]:
    """Return the heads of the articles that a library can be searched for; empty where none is.

    Raises:
        IndexFolderError: the folder is no library, or is damaged.
    """
    manifest = read_manifest(Path(folder))
    if not manifest["segments"]:
        return ()
    return StoredArticles(open_generation(Path(folder))).heads


def generation_entries(folder: Path) -> Iterator[Entry]:
    """Yield all that the search files keep of each article.

    Raises:
        IndexFolderError: they are damaged.
    """
    generation = open_generation(folder)
    generation.check()
    articles = StoredArticles(generation)
    passages = StoredPassages(articles)
    for number, article in enumerate(articles):
        segment, place = articles.place(number)
        sentence_vectors, passage_vectors = (
            SegmentVectors.from_files(segment.files, f"{of}s", segment.dim).rows(
                np.arange(*span(segment, place, f"{of}_end"))
            )
            for of in ("sentence", "passage")
        )
        yield Entry(
            article,
            passages[number],
            sentence_vectors,
            passage_vectors,
            articles.heads[number].origins,
        )
