"""The answer to a question, as a value, as JSON and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from index import well_formed
from qa.text import escape_markdown, normalised, one_line
from qa.types.citation import Citation
from qa.types.hit import SCORE_DIGITS, Hit
from qa.types.rewording import Rewording
from qa.types.threshold import Status
from qa.wording import NEAREST, PERHAPS, UNDERSTOOD, confidence, reworded, unanswered

# What was answered: a question, what is said about a topic, a wish for an overview, a question about the
# article itself (its title, date …), or none of these, as "hi" and "thanks".
Kind = Literal["answer", "topic", "overview", "about", "opener"]


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
            parts, that of the least sure one with this status. None where none is computed,
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
        """The line before the quotes; None where the quotes say it all, or it is one of them.

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
        """How sure the answer is, in words; None where no answer is given or no confidence computed."""
        if not self.given or self.confidence is None:
            return None
        return confidence(self.confidence)

    @property
    def part_lines(self) -> list[str]:
        """Each part with its answer and the numbers of its quotes, or that it has none.

        Empty where one line, the headline, says it all.
        """
        levels, kinds = ({getattr(p, name) for p in self.parts} for name in ("status", "kind"))
        same = levels in (set(), {"answered"}, {"not_found"}) and kinds <= {"answer"}
        if len(self.parts) < 3 and same:
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


class Rewriter(Protocol):
    """What rewords answers, as ``qa.writer.writer.Writer`` does."""

    @property
    def fingerprint(self) -> str:
        """A text that differs where the words may differ."""

    def reworded(self, answer: Answer) -> Answer:
        """Return an answer, with a rewording where it has one that holds."""


def _part_line(part: Answer) -> str:
    """Return a part with its answer and the numbers of its quotes, or that it has none."""
    if not part.given:
        return unanswered(part.question)
    numbers = "".join(f"[{c.number}]" for c in part.citations)
    head = part.headline or ("" if part.answered else PERHAPS.strip())
    return " ".join(filter(None, (part.question, head, numbers)))


def _label(citation: Citation, answered: bool) -> str:
    caption = " (caption)" if citation.caption else ""
    return f"\\[{citation.number}\\]{caption}" if answered else f"-{caption}"


def _bare(text: str) -> str:
    """Return a text without case, outer punctuation and quotation marks."""
    return normalised(text).strip(" .,;:!?'\"()")


def _rounded(chance: float | None) -> float | None:
    return None if chance is None else round(chance, SCORE_DIGITS)
