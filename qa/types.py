"""The nouns of question answering: hits, evidence, citations and answers.

Offsets are 0-based, half-open and count code points of ``Article.text``, as in the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from index import Article, Described, Passage, Sentence, well_formed
from qa.text import escape_markdown, normalised, one_line
from qa.wording import NEAREST, PERHAPS, UNDERSTOOD, confidence, reworded, unanswered

Status = Literal["answered", "unsure", "not_found"]
STATUSES: tuple[Status, ...] = ("answered", "unsure", "not_found")  # the surest first
# What was answered: a question, a wish for an overview, a question about the article itself (its
# title, date …), or none of these, as "hi" and "thanks".
Kind = Literal["answer", "overview", "about", "opener"]
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


EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """The chances of an answer in the articles (0 to 1) between which a reader is unsure.

    From ``answered`` on a question is answered, below ``unsure`` none is given. What is more likely wrong
    than right is never an answer but perhaps one, unless ``answered`` is lower than even odds.
    """

    answered: float
    unsure: float

    def at(self, threshold: float | None) -> Limits:
        """Return the limits with another threshold: it moves both by the same factor."""
        if threshold is None:
            return self
        factor = threshold / self.answered if self.answered else 0.0
        return Limits(threshold, min(threshold, self.unsure * factor))

    def status(self, answerable: float, confidence: float) -> Status:
        """Return what a question is.

        Args:
            answerable: the chance that its articles answer it.
            confidence: the chance that its first sentence does.
        """
        if answerable >= self.answered and confidence >= min(EVEN, self.answered):
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


class Rewriter(Protocol):
    """What words answers anew, as ``qa.writer.writer.Writer`` does."""

    @property
    def fingerprint(self) -> str:
        """A text that differs where the words may differ."""
        ...

    def reworded(self, answer: Answer) -> Answer:
        """Return an answer, with a rewording where it has one that holds."""
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
            "article": article_dict(self.article),
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
class WrittenSentence:
    """A sentence of a writer, and the numbers of the citations that it rests on."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rewording:
    """What a writer made of an answer's citations: the sentences that were checked and hold.

    Attributes:
        sentences: at least one.
        model: the writer's.
        n_dropped: how many of its sentences did not hold, and are shown nowhere.
    """

    sentences: tuple[WrittenSentence, ...]
    model: str
    n_dropped: int = 0

    @property
    def lines(self) -> list[str]:
        """Each sentence with the numbers of its quotes."""
        return [
            f"{sentence.text} {''.join(f'[{number}]' for number in sentence.numbers)}"
            for sentence in self.sentences
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the rewording as JSON-ready values."""
        return {
            "model": well_formed(self.model),
            "sentences": [
                {"text": well_formed(s.text), "citations": list(s.numbers)} for s in self.sentences
            ],
            "n_dropped": self.n_dropped,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, with the sentences that say so.

    Attributes:
        question: as it was asked.
        status: by ``answerable`` and the limits. An unsure answer is given all the same, and
            ``text`` begins with "Perhaps: ".
        text: the answer in words; where it is not found, that it is not.
        short_answer: a verbatim part of the first cited sentence, or None.
        confidence: the chance, 0 to 1, that the first citation answers the question; of several
            parts, that of the least sure one with this status. None where nothing was reckoned,
            since it is no answer but of another ``kind``.
        citations: the sentences that say so; none where no answer is given. Where it is unsure and
            another sentence is nearly as likely, that is among them.
        nearest: where no answer is given, the sentences that come nearest.
        hits: the passages that were read.
        answerable: the chance, 0 to 1, that the articles answer the question at all; None as above.
        unanswered: the parts of the question that have no answer.
        standalone_question: the question as understood, where that differs: after earlier ones,
            and with misspelt words as the articles spell them.
        corrections: (written, taken for) of each misspelt word.
        kind: what was asked for.
        parts: of a question in several parts, the answer to each, in order; their citations have
            the numbers that these have in the whole.
        withheld: the answer that would be given at the reader's own limits, where only a stricter
            threshold stands against it.
        notes: what else to know, in words for a person: that the answer is below the threshold that
            was set, that the question is in another language than the articles, and what was left out
            of the files that were read for it, or guessed of them.
        suggestions: questions that the articles answer, where none was asked.
        rewording: what a writer made of the citations, where one is set and its words hold. The
            answer stands without it.
    """

    question: str
    status: Status
    text: str
    short_answer: str | None
    confidence: float | None
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    hits: tuple[Hit, ...] = field(repr=False)
    answerable: float | None = None
    unanswered: tuple[str, ...] = ()
    standalone_question: str | None = None
    corrections: tuple[tuple[str, str], ...] = ()
    kind: Kind = "answer"
    parts: tuple[Answer, ...] = ()
    withheld: Answer | None = None
    notes: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    rewording: Rewording | None = None

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
        """The line before the quotes; None where they say it all, or it is a whole one of them.

        An overview is its quotes. Parts that differ in how sure they are, or are more than two,
        are listed one by one instead.
        """
        whole = {_bare(c.quote) for c in self.citations}
        if self.kind == "about":
            return None if _bare(self.text) in whole else self.text
        if not any(c.answer_span for c in self.citations) or self.part_lines:
            return None
        return None if _bare(self.short_answer or "") in whole else self.text

    @property
    def confidence_line(self) -> str | None:
        """How sure the answer is, in words; None where nothing is given or was reckoned."""
        if not self.given or self.confidence is None:
            return None
        return confidence(self.confidence)

    @property
    def part_lines(self) -> list[str]:
        """Each part with its answer and the numbers of its quotes, or that it has none.

        Empty where one line, the headline, says it all.
        """
        if len(self.parts) < 3 and len({part.status for part in self.parts}) < 2:
            return []
        return [_part_line(part) for part in self.parts]

    @property
    def rewording_lines(self) -> list[str]:
        """The reworded sentences with the numbers of their quotes, after a line that says what they are."""
        return [reworded(self.rewording.model), *self.rewording.lines] if self.rewording else []

    def _named(self, citation: Citation) -> str:
        """Return which article a quote is from, where several were read."""
        several = len({hit.article.id for hit in self.hits}) > 1
        return f"*{escape_markdown(one_line(citation.article.title))}:* " if several else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready values, without the hits.

        "answer" is the text; to one who asked nothing yet, with what can be asked.
        """
        return {
            "question": well_formed(self.question),
            "standalone_question": self.standalone_question,
            "kind": self.kind,
            "status": self.status,
            "answer": well_formed(" ".join([self.text, *self.suggestions])),
            "short_answer": None if self.short_answer is None else well_formed(self.short_answer),
            "confidence": _rounded(self.confidence),
            "answerable": _rounded(self.answerable),
            "citations": [c.to_dict() for c in self.citations],
            "nearest": [c.to_dict() for c in self.nearest],
            "parts": [part.to_dict() for part in self.parts],
            "withheld": self.withheld.to_dict() if self.withheld else None,
            "notes": [well_formed(note) for note in self.notes],
            "suggestions": list(self.suggestions),
            "rewording": self.rewording.to_dict() if self.rewording else None,
        }

    def to_markdown(self) -> str:
        """Return the answer as Markdown in which the article's text is shown, never interpreted."""
        understood = (
            f"{UNDERSTOOD}{escape_markdown(self.standalone_question)}"
            if self.standalone_question
            else ""
        )
        shown = self.citations if self.given else self.nearest
        quotes = [
            f"{_label(c, self.given)} {self._named(c)}{escape_markdown(one_line(c.quote))}"
            for c in shown
        ]
        blocks = [
            self._head_in_markdown(),
            *map(escape_markdown, self.part_lines),
            *map(escape_markdown, self.rewording_lines),
            NEAREST if shown and not self.given else "",
            *quotes,
            *map(escape_markdown, self.notes),
            understood,
            self.confidence_line or "",
            "\n".join(f"- {escape_markdown(question)}" for question in self.suggestions),
        ]
        return "\n\n".join(block for block in blocks if block)

    def to_html(self) -> str:
        """Return the answer as HTML in which the article's text is shown, never interpreted."""
        from markdown_it import MarkdownIt

        return str(MarkdownIt("commonmark", {"html": False}).render(self.to_markdown()))

    _repr_html_ = to_html  # in a notebook

    def _head_in_markdown(self) -> str:
        if self.headline:
            return f"**{escape_markdown(self.headline)}**"
        if not self.given:
            return escape_markdown(self.text)
        return "" if self.answered or self.part_lines else PERHAPS.strip()


def _part_line(part: Answer) -> str:
    """Return a part with its answer and the numbers of its quotes, or that it has none."""
    if not part.given:
        return unanswered(part.question)
    numbers = "".join(f"[{c.number}]" for c in part.citations)
    head = part.headline or ("" if part.answered else PERHAPS.strip())
    return " ".join(filter(None, (part.question, head, numbers)))


def _bare(text: str) -> str:
    """Return what is the same of a sentence and an answer that is all of it."""
    return normalised(text).strip(" .,;:!?'\"()")


def _rounded(chance: float | None) -> float | None:
    return None if chance is None else round(chance, SCORE_DIGITS)


def article_dict(article: Described) -> dict[str, Any]:
    """Return which article it is, as JSON-ready values."""
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
