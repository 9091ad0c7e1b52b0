"""The nouns of question answering: hits, evidence, citations and answers.

Offsets are 0-based, half-open and count code points of ``Article.text``, as in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from index import Article, Passage, Sentence, well_formed
from qa.text import escape_markdown, one_line

Status = Literal["answered", "unsure", "not_found"]
SCORE_DIGITS = 4


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

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as JSON-ready values."""
        return {
            "article": _article_dict(self.article),
            "start": self.passage.start,
            "end": self.passage.end,
            "text": well_formed(self.passage.text),
            "score": round(self.score, SCORE_DIGITS),
            "dense_score": round(self.dense_score, SCORE_DIGITS),
            "lexical_score": round(self.lexical_score, SCORE_DIGITS),
        }


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


@dataclass(frozen=True, slots=True)
class Limits:
    """The chances of an answer in the articles (0 to 1) between which a reader is unsure.

    From ``answered`` on a question is answered, below ``unsure`` none is given.
    """

    answered: float
    unsure: float

    def at(self, threshold: float | None) -> Limits:
        """Return the limits with another threshold: it moves both by the same factor."""
        if threshold is None:
            return self
        factor = threshold / self.answered if self.answered else 0.0
        return Limits(threshold, min(threshold, self.unsure * factor))

    def status(self, answerable: float) -> Status:
        """Return what a question is whose articles answer it with this chance."""
        if answerable >= self.answered:
            return "answered"
        return "unsure" if answerable >= self.unsure else "not_found"


class Reader(Protocol):
    """What finds the answering sentences in retrieved passages."""

    @property
    def limits(self) -> Limits:
        """Which chances of an answer are enough, unless a user says other."""
        ...

    @property
    def fingerprint(self) -> str:
        """A text that differs where readings may differ."""
        ...

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
        ...


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence cited in an answer; ``number`` counts from 1, the positions from 0.

    ``answer_span`` is where the short answer stands in the article, if this sentence holds it.
    """

    number: int
    article: Article
    sentence_number: int
    paragraph_number: int
    start: int
    end: int
    quote: str
    score: float
    caption: bool = False
    answer_span: tuple[int, int] | None = None

    @property
    def page(self) -> int | None:
        """The page of a PDF on which the sentence begins, counted from 1."""
        return self.article.sentences[self.sentence_number].page

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as JSON-ready values."""
        return {
            "number": self.number,
            "article": _article_dict(self.article),
            "page": self.page,
            "sentence_id": self.article.sentence_id(self.sentence_number),
            "sentence_number": self.sentence_number,
            "paragraph_number": self.paragraph_number,
            "start": self.start,
            "end": self.end,
            "quote": well_formed(self.quote),
            "score": round(self.score, SCORE_DIGITS),
            "caption": self.caption,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, with the sentences that say so.

    ``status`` is "answered", "unsure" or "not_found", by ``answerable`` (0 to 1), the estimated
    chance that the articles answer the question at all. When unsure, an answer is given all the same
    and ``text`` begins with "Perhaps: ". When not found, ``text`` says so, ``short_answer`` is None,
    ``citations`` is empty and ``nearest`` holds the closest sentences, which do not answer.
    ``short_answer`` is a verbatim part of a cited sentence. ``confidence`` (0 to 1) is the
    estimated chance that the first citation answers the question; of a question in several parts,
    that of the least sure one that is answered, and ``unanswered`` are the parts that are not. ``standalone_question`` is the question as understood, where
    that differs: after earlier ones, and with misspelt words as the articles spell them, which
    ``corrections`` lists as (written, taken for).
    """

    question: str
    status: Status
    text: str
    short_answer: str | None
    confidence: float
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    hits: tuple[Hit, ...] = field(repr=False)
    answerable: float = 0.0
    unanswered: tuple[str, ...] = ()
    standalone_question: str | None = None
    corrections: tuple[tuple[str, str], ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the articles answer the question, as far as the reader is sure."""
        return self.status == "answered"

    @property
    def given(self) -> bool:
        """Whether an answer is given, be it an unsure one."""
        return self.status != "not_found"

    @property
    def headline(self) -> str | None:
        """The short answer, or those of the question's parts; None where the sentences say it all."""
        return self.text if any(c.answer_span for c in self.citations) else None

    @property
    def _missing(self) -> list[str]:
        return [f"The article does not say: {part}" for part in self.unanswered]

    def _named(self, citation: Citation) -> str:
        """Return which article a quote is from, where several were read."""
        several = len({hit.article.id for hit in self.hits}) > 1
        return f"*{escape_markdown(one_line(citation.article.title))}:* " if several else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready values, without the hits.

        "answer" is the text, and names the parts of the question that are not answered.
        """
        return {
            "question": well_formed(self.question),
            "standalone_question": self.standalone_question,
            "status": self.status,
            "answer": well_formed(" ".join([self.text, *self._missing])),
            "short_answer": None if self.short_answer is None else well_formed(self.short_answer),
            "confidence": round(self.confidence, SCORE_DIGITS),
            "answerable": round(self.answerable, SCORE_DIGITS),
            "citations": [c.to_dict() for c in self.citations],
            "nearest": [c.to_dict() for c in self.nearest],
        }

    def to_markdown(self) -> str:
        """Return the answer as Markdown in which the article's text is shown, never interpreted."""
        shown = self.citations if self.given else self.nearest
        head = f"**{escape_markdown(self.headline)}**" if self.headline else ""
        if not self.given:
            head = escape_markdown(self.text)
            if shown:
                head += "\n\nNearest sentences, which do not answer it:"
        quotes = [
            f"{_label(c, self.given)} {self._named(c)}{escape_markdown(one_line(c.quote))}"
            for c in shown
        ]
        understood = (
            f"Understood as: {escape_markdown(self.standalone_question)}"
            if self.standalone_question
            else ""
        )
        missing = [escape_markdown(line) for line in self._missing]
        tail = f"Confidence {self.confidence:.0%}" if self.given else ""
        return "\n\n".join(part for part in (head, *quotes, *missing, understood, tail) if part)


def _article_dict(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": well_formed(article.title),
        "source": well_formed(article.source),
        "date": article.date,
        "language": article.language,
    }


def _label(citation: Citation, answered: bool) -> str:
    caption = " (caption)" if citation.caption else ""
    return f"\\[{citation.number}\\]{caption}" if answered else f"-{caption}"
