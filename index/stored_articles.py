"""The articles and passages of a generation, made from its files when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np

from index.entry import PASSAGE_ROW, Entry, Head, decode_text, make_article, make_passages
from index.generation import WORDS, Generation, open_generation, read_manifest
from index.types import Article, Passage
from index.vectors import VectorIndex
from index.written_words import WrittenWord, decode_words

N_KEPT = 64  # articles in memory


class StoredArticles(Sequence[Article]):
    """The articles of a generation, in order; the last few asked for stay in memory."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._ends = generation.rows("articles.rows")
        self._kept = lru_cache(maxsize=N_KEPT)(self._make)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> Article: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, number: int | slice) -> Article | tuple[Article, ...]:
        if isinstance(number, slice):
            return tuple(self[n] for n in range(*number.indices(len(self))))
        return self._kept(range(len(self))[number])

    def span(self, number: int, column: str) -> tuple[int, int]:
        """Return where what belongs to an article starts and ends, in a file or among all rows."""
        start = int(self._ends[number - 1][column]) if number else 0
        return start, int(self._ends[number][column])

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """The heads of all articles."""
        return tuple(self._head(number) for number in range(len(self)))

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words of all articles as they are written."""
        file = self._generation.files[WORDS]
        try:
            return decode_words(file.read(0, len(file)))
        except ValueError as error:
            raise file.damaged(f"is no list of words: {error}") from error

    @property
    def languages(self) -> frozenset[str]:
        """The languages of all articles."""
        return frozenset(map(str, self._generation.manifest["languages"]))

    def _head(self, number: int) -> Head:
        file = self._generation.files["heads.jsonl"]
        try:
            said: Any = json.loads(file.read(*self.span(number, "head_end")))
            head = Head(**{**said, "origins": tuple(said["origins"])})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise file.damaged(f"has no article {number}") from error
        values = (head.id, head.title, head.source, head.date, head.language, *head.origins)
        if not all(isinstance(value, str) for value in values):
            raise file.damaged(f"has no article {number}")
        return head

    def _make(self, number: int) -> Article:
        files = self._generation.files
        first, end = self.span(number, "sentence_end")
        rows = self._generation.rows("sentences.rows")
        files["sentences.rows"].check(first * rows.itemsize, end * rows.itemsize)
        try:
            text = decode_text(files["texts.utf8"].read(*self.span(number, "text_end")))
            return make_article(self._head(number), text, rows[first:end])
        except ValueError as error:
            raise files["texts.utf8"].damaged(f"and rows differ: {error}") from error


class StoredPassages(Sequence[tuple[Passage, ...]]):
    """The passages of each article of a generation, in order."""

    def __init__(self, generation: Generation, articles: StoredArticles) -> None:
        self._generation = generation
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
        first, end = self._articles.span(number, "passage_end")
        rows = self._generation.rows("passages.rows")[first:end]
        try:
            return make_passages(self._articles[number], rows[list(PASSAGE_ROW.names or ())])
        except ValueError as error:
            file = self._generation.files["passages.rows"]
            raise file.damaged(f"and articles differ: {error}") from error


def list_articles(folder: str | Path) -> tuple[Head, ...]:
    """Return the heads of the articles that a library can be searched for; empty where none is.

    Raises:
        IndexFolderError: the folder is no library, or is damaged.
    """
    manifest = read_manifest(Path(folder))
    if not manifest["generation"]:
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
    passages = StoredPassages(generation, articles)
    dim = generation.manifest["dim"]
    vectors = {
        of: VectorIndex.from_file(generation.files[f"{of}s.f32"], dim)
        for of in ("sentence", "passage")
    }
    for number, article in enumerate(articles):
        rows = {of: np.arange(*articles.span(number, f"{of}_end")) for of in vectors}
        yield Entry(
            article,
            passages[number],
            vectors["sentence"].rows(rows["sentence"]),
            vectors["passage"].rows(rows["passage"]),
            articles.heads[number].origins,
        )
