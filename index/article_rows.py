"""Articles and what searches them by rows: 0-based positions over all sentences and passages, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.filter import Described
from index.search.bm25 import LexicalIndex
from index.search.vectors import VectorIndex
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
