"""A passage that a search returns, with its sentences and their scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from index import Article, Described, Passage, Sentence, well_formed

SCORE_DIGITS = 4  # of scores and chances in JSON


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit.

    ``score`` (0 to 1) is the fused one; ``dense_score`` is the cosine with the question (-1 to 1)
    and ``lexical_score`` BM25 as a share of the most a text could have (0 to 1).
    """

    sentence: Sentence
    score: float
    dense_score: float
    lexical_score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with its scores (as in ``ScoredSentence``)."""

    article: Article
    passage: Passage
    score: float
    dense_score: float
    lexical_score: float
    sentences: tuple[ScoredSentence, ...] = field(repr=False)

    @property
    def id(self) -> str:
        """The passage's id: its article's, and which sentences it holds."""
        return f"{self.article.id}:{self.passage.first_sentence}-{self.passage.end_sentence}"

    @property
    def passage_sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the passage, in order."""
        return self.article.sentences[self.passage.first_sentence : self.passage.end_sentence]

    @property
    def metadata(self) -> dict[str, Any]:
        """Where the passage stands, and how well it fits, as flat values for other frameworks."""
        return {
            "article_id": self.article.id,
            "title": well_formed(self.article.title),
            "source": well_formed(self.article.source),
            "date": self.article.date,
            "start": self.passage.start,
            "end": self.passage.end,
            "score": round(self.score, SCORE_DIGITS),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as JSON-ready values."""
        return {
            "article": article_dict(self.article),
            "start": self.passage.start,
            "end": self.passage.end,
            "text": well_formed(self.passage.text),
            "score": round(self.score, SCORE_DIGITS),
            "dense_score": round(self.dense_score, SCORE_DIGITS),
            "lexical_score": round(self.lexical_score, SCORE_DIGITS),
        }


def article_dict(article: Described) -> dict[str, Any]:
    """Return which article it is, as JSON-ready values."""
    return {
        "id": article.id,
        "title": well_formed(article.title),
        "source": well_formed(article.source),
        "date": article.date,
        "language": article.language,
    }
