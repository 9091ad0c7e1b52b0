"""Chosen articles of an index, and the candidates among their passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.article_rows import ArticleRows, RowNumbers
from index.errors import ArticleQAError
from index.filter import ArticleFilter
from index.store import Candidates
from index.types import Article, Vectors


class RowChoice:
    """Chosen articles of an index, or all, by the rows of their passages."""

    def __init__(self, rows: ArticleRows, within: ArticleFilter | None = None) -> None:
        """Take an index, and the filter that chooses; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """
        self._rows = rows
        self._passages: RowNumbers | None = None  # sorted; None is all
        if within:
            fits = np.array([within.fits(head) for head in rows.heads])
            if not fits.any():
                raise no_article(within, len(fits))
            n_passages = np.diff(rows.table.passage_ends, prepend=0)
            self._passages = np.flatnonzero(np.repeat(fits, n_passages))

    @cached_property
    def n_articles(self) -> int:
        """How many there are."""
        if self._passages is None:
            return len(self._rows.articles)
        return len(self._numbers(self._passages))

    def _numbers(self, passages: RowNumbers) -> RowNumbers:
        """Return the numbers of the articles of passages, each once."""
        return np.unique(np.searchsorted(self._rows.table.passage_ends, passages, side="right"))

    def first_articles(self, most: int) -> list[Article]:
        """Return the first ``most`` of them, in order."""
        n = min(most, len(self._rows.articles))
        chosen = range(n) if self._passages is None else self._numbers(self._passages)[:most]
        return [self._rows.articles[int(number)] for number in chosen]

    def has_article(self, article_id: str) -> bool:
        """Return whether the article of an id is one of them."""
        number = self._rows.number_of(article_id)
        if number is None or self._passages is None:
            return number is not None
        ends = self._rows.table.passage_ends
        at = int(np.searchsorted(self._passages, ends[number])) - 1  # the last chosen one before it
        start = int(ends[number - 1]) if number else 0
        return at >= 0 and int(self._passages[at]) >= start

    def has_stem(self, stem: str) -> bool:
        """Return whether one of their sentences has a word of a stem."""
        if self._has_row is None:
            return self._rows.lexical.has_stem(stem)
        return bool(self._has_row[self._rows.lexical.rows_of(stem)].any())

    @cached_property
    def _has_row(self) -> NDArray[np.bool_] | None:
        """Which sentences are theirs, bool (n_sentences,); None is all."""
        if self._passages is None:
            return None
        table = self._rows.table
        edges = np.zeros(self._rows.n_sentences + 1, dtype=np.int64)
        np.add.at(edges, table.starts[self._passages], 1)
        np.add.at(edges, table.stops[self._passages], -1)
        return np.asarray(np.cumsum(edges[:-1]) > 0)

    def candidates(
        self, questions: Sequence[str], query_vectors: Vectors, n: int
    ) -> Iterator[Candidates]:
        """Yield for each question the ``n`` nearest of their passages and the ``n`` best by words."""
        nearest = self._rows.passage_vectors.search(query_vectors, n, self._passages)
        for question, vector, rows in zip(questions, query_vectors, nearest, strict=True):
            lexical, scored = self._rows.lexical.search(question)
            with_words = self._with_words(lexical, scored, n)
            yield self._candidates(distinct(np.concatenate([rows, with_words])), vector, lexical)

    def _candidates(self, rows: RowNumbers, vector: Vectors, lexical: Vectors) -> Candidates:
        """Return the candidates of some rows, sorted, given the scores of all sentences."""
        index, table = self._rows, self._rows.table
        starts, stops = table.starts[rows], table.stops[rows]
        sentence_rows = distinct(spans(starts, stops))
        return Candidates(
            index.passage_vectors.rows(rows) @ vector,
            index.sentence_vectors.rows(sentence_rows) @ vector,
            lexical[sentence_rows],
            np.searchsorted(sentence_rows, starts),
            np.searchsorted(sentence_rows, stops),
            lambda numbers: [index.passage(int(rows[number])) for number in numbers],
        )

    def _with_words(self, scores: Vectors, scored: RowNumbers, n: int) -> RowNumbers:
        """Return the rows of the passages with the best sentences by their words, best first.

        Where fewer than ``n`` have any of the words, the first others fill up.
        """
        table = self._rows.table
        scores_of_scored = scores[scored]
        n_tried = 4 * n  # sentences: some share a passage, or are in none that is chosen
        while True:
            is_last = n_tried >= len(scored)
            least = np.float32(0)
            if not is_last:
                least = np.partition(scores_of_scored, -n_tried)[-n_tried]
            best = distinct(scored[scores_of_scored >= least])
            best = best[np.argsort(-scores[best], kind="stable")]
            # The passages of a sentence: from the first that ends after it to the last that starts
            # before it.
            first = np.searchsorted(table.stops, best, side="right")
            end = np.maximum(np.searchsorted(table.starts, best, side="right"), first)
            passages, places_of_best = np.unique(spans(first, end), return_index=True)
            passage_scores = np.repeat(scores[best], end - first)[places_of_best]
            if self._passages is not None:
                fits = np.isin(passages, self._passages, assume_unique=True)
                passages, passage_scores = passages[fits], passage_scores[fits]
            if is_last or len(passages) >= n:
                break
            n_tried *= 4
        passages = passages[np.argsort(-passage_scores, kind="stable")][:n]
        if len(passages) == n:
            return passages
        others = np.arange(min(n, len(table.starts)))
        if self._passages is not None:
            others = self._passages[:n]
        fill = np.setdiff1d(others, passages)[: n - len(passages)]
        return np.concatenate([passages, fill])


def no_article(within: ArticleFilter, n_articles: int) -> ArticleQAError:
    """Return the error that a filter chooses none of so many articles."""
    return ArticleQAError(
        f"a filter must choose an article, got none of {n_articles} ({within}); `article-qa list` shows them"
    )


def distinct(numbers: RowNumbers) -> RowNumbers:
    """Return the sorted distinct numbers; five times as fast as np.unique for some hundreds."""
    numbers = np.sort(numbers)
    is_new = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_new[1:])
    return numbers[is_new]


def spans(starts: RowNumbers, ends: RowNumbers) -> RowNumbers:
    """Return the numbers from each start up to its end, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    numbers: RowNumbers = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return numbers
