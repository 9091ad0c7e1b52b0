"""What a question asks of a library, wherever it lies: in memory, in a folder, on servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filter import ArticleFilter
from index.search.vocabulary import WrittenWord
from index.types import Article, Encoder, Passage, Vectors

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that may fit a question best, at least one, with what ranks them.

    Attributes:
        passage_dense: the cosine of each passage and the question, float32 (n,).
        sentence_dense: that of each of their sentences, float32 (n_sentences,).
        sentence_lexical: the BM25 score of each of these, 0 up to below 1, float32 (n_sentences,).
        starts: of each passage, where its sentences start among these, int64 (n,).
        ends: of each passage, where they end.
        read: returns the articles and the passages of some of the n, by their numbers; None for one
            that was removed since.
    """

    passage_dense: Vectors
    sentence_dense: Vectors
    sentence_lexical: Vectors
    starts: Rows
    ends: Rows
    read: Callable[[Sequence[int]], Sequence[tuple[Article, Passage] | None]] = field(repr=False)


class Choice(Protocol):
    """The articles of a store that are asked: all of them, or those that a filter chooses."""

    @property
    def n_articles(self) -> int:
        """How many there are."""

    def first_articles(self, most: int) -> list[Article]:
        """Return the first ``most`` of them, in order."""

    def has_article(self, article_id: str) -> bool:
        """Return whether the article of an id is one of them."""

    def has_stem(self, stem: str) -> bool:
        """Return whether one of their sentences has a word of a stem."""

    def candidates(
        self, questions: Sequence[str], query_vectors: Vectors, n: int
    ) -> Iterator[Candidates]:
        """Yield for each question the ``n`` nearest of their passages and the ``n`` best by words.

        Args:
            questions: what is asked, at least one.
            query_vectors: of the questions, float32 unit rows, (n_questions, dim).
            n: how many passages of either search; fewer come where there are fewer.
        """


class Store(Protocol):
    """A library as questions see it."""

    @property
    def encoder(self) -> Encoder:
        """What encoded its sentences, and encodes questions."""

    @property
    def articles(self) -> Sequence[Article]:
        """The articles, read when they are asked for."""

    @property
    def n_sentences(self) -> int:
        """The number of sentences of all articles, furniture included."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the articles, as BCP 47 tags; an empty one where it is not known."""

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words of all sentences as they are written, the commonest first."""

    @property
    def notice(self) -> str:
        """Which part of it cannot be asked now, in words for a person; empty where all can."""

    @property
    def sha256(self) -> str:
        """A digest that differs between stores whose answers may differ."""

    def choose(self, within: ArticleFilter | None) -> Choice:
        """Return the articles that a filter chooses; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """

    def vectors_of(self, article_id: str) -> Vectors:
        """Return the vectors of the sentences of an article, float32, unit rows."""
