"""A reader, the request that it reads, and the reading that it returns: evidence and chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index import Article, Sentence
from qa.types.hit import Hit
from qa.types.threshold import Limits


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer, its score (0 to 1), and where the short answer is in the article."""

    article: Article
    sentence: Sentence
    score: float
    short_answer: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of some hits: evidence, best first, and how sure it is (0 to 1).

    ``confidence`` is the chance that the first sentence is the right one, ``answerable`` that the
    hits answer the question at all. ``n_cited`` says how many of the first evidence sentences the
    answer needs.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    answerable: float
    n_cited: int = 1


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A question, the passages to read for it, best first, and what was asked before."""

    question: str
    hits: Sequence[Hit]
    earlier: tuple[str, ...] = ()


class Reader(Protocol):
    """What finds the answering sentences in retrieved passages."""

    @property
    def limits(self) -> Limits:
        """The chances of an answer that are enough, unless a user sets others."""

    @property
    def fingerprint(self) -> str:
        """A text that differs where readings may differ."""

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
