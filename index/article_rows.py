"""Rows, 0-based positions, of all articles' sentences and passages; candidates among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticleQAError
from index.filter import ArticleFilter, Described
from index.search.bm25 import LexicalIndex
from index.search.vectors import VectorIndex
from index.store import Candidates
from index.types import Article, Encoder, Passage, Vectors

RowNumbers = NDArray[np.int64]


@dataclass(frozen=True)
class RowTable:
    """Which rows of all sentences and passages belong to which article and passage, int64.

    ``sentence_ends`` and ``passage_ends`` (n_articles,) are the rows after the last of each
    article; ``starts`` and ``stops`` (n_passages,) the first sentence row of each passage and the
    one after its last.
    """

    sentence_ends: RowNumbers
    passage_ends: RowNumbers
    starts: RowNumbers
    stops: RowNumbers

    @classmethod
    def of(
        cls,
        n_sentences: RowNumbers,
        n_passages: RowNumbers,
        first_sentences: RowNumbers,
        end_sentences: RowNumbers,
    ) -> RowTable:
        """Return the rows of articles and their passages, in order.

        Args:
            n_sentences: of each article.
            n_passages: of each article.
            first_sentences: of each passage of all articles, as in ``Passage``.
            end_sentences: of each passage of all articles, as in ``Passage``.
        """
        ends = np.cumsum(n_sentences, dtype=np.int64)
        before = np.repeat(ends - n_sentences, n_passages)
        return cls(
            ends,
            np.cumsum(n_passages, dtype=np.int64),
            before + first_sentences,
            before + end_sentences,
        )


@dataclass(frozen=True)
class ArticleRows:
    """Articles with the rows and indexes that a search over them needs; immutable.

    Sentences and passages have rows. Row ``r`` of ``sentence_vectors`` and of ``lexical`` is the
    sentence of row ``r``, and row ``p`` of ``passage_vectors`` is the passage of row ``p``. Furniture
    has rows too, but is in no passage.

    Of a library that was loaded, ``articles`` and ``passages`` are read from its folder when they
    are asked for, and ``heads`` say of each article what is known without its text.
    """

    articles: Sequence[Article]
    passages: Sequence[tuple[Passage, ...]] = field(repr=False)
    encoder: Encoder
    sentence_vectors: VectorIndex = field(repr=False)
    passage_vectors: VectorIndex = field(repr=False)
    lexical: LexicalIndex = field(repr=False)
    table: RowTable = field(repr=False)

    @property
    def heads(self) -> Sequence[Described]:
        """Id, title, source, date and language of each article, in order."""
        return heads_of(self.articles)

    @property
    def n_sentences(self) -> int:
        """The number of sentences of all articles, furniture included."""
        return len(self.sentence_vectors)

    @property
    def n_passages(self) -> int:
        """The number of passages of all articles."""
        return len(self.passage_vectors)

    def passage(self, row: int) -> tuple[Article, Passage]:
        """Return the passage of a row and its article."""
        ends = self.table.passage_ends
        number = int(np.searchsorted(ends, row, side="right"))
        first = int(ends[number - 1]) if number else 0
        return self.articles[number], self.passages[number][row - first]

    def vectors_of(self, article_id: str) -> Vectors:
        """Return the vectors of the sentences of an article, float32, unit rows."""
        number = self._numbers[article_id]
        ends = self.table.sentence_ends
        first = int(ends[number - 1]) if number else 0
        return self.sentence_vectors.rows(np.arange(first, int(ends[number])))

    def choose(self, within: ArticleFilter | None) -> RowChoice:
        """Return the articles that a filter chooses; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """
        return RowChoice(self, within)

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the article of an id, or None where it is not here."""
        return self._numbers.get(article_id)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {head.id: number for number, head in enumerate(self.heads)}


def heads_of(articles: Sequence[Article]) -> Sequence[Described]:
    """Return id, title, source, date and language of each article; no text is read for them."""
    heads: Sequence[Described] | None = getattr(articles, "heads", None)
    return articles if heads is None else heads


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

        Where fewer than ``n`` have any of the words, the first other passages follow.
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
        others = others[np.isin(others, passages, assume_unique=True, invert=True)]
        return np.concatenate([passages, others[: n - len(passages)]])


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
