"""A question as it is understood: cleaned, spelt as the articles spell, in its parts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from qa.errors import QuestionError
from qa.history import MAX_EXCHANGES, History
from qa.scope import Scope
from qa.text import one_line
from qa.understanding.follow_ups import refers_back
from qa.understanding.multi_part import split_parts

MAX_QUESTION = 4000
MAX_PARTS = 10
_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood.

    Attributes:
        text: what was asked, cleaned.
        spelt: the same with its slips of spelling mended.
        parts: the questions it asks, each to be answered by itself; most ask one.
        earlier: the questions before it that it may refer to, oldest first.
        corrections: (written, taken for) of each misspelt word.
    """

    text: str
    spelt: str
    parts: tuple[str, ...]
    earlier: tuple[str, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()

    def asked(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return each part with the questions before it that it may refer to, oldest first.

        A part may refer to the one before it, as it may to the questions before them all.
        """
        before = [(*self.earlier, *self.parts[:n])[-MAX_EXCHANGES:] for n in range(len(self.parts))]
        return [
            (part, earlier if refers_back(part) else ())
            for part, earlier in zip(self.parts, before, strict=True)
        ]


def clean_question(question: str) -> str:
    """Return a question on one line, without NUL bytes and other control characters.

    Raises:
        QuestionError: nothing is left, or more than ``MAX_QUESTION`` characters are.
    """
    if not isinstance(question, str):
        raise QuestionError(
            f"question must be a text, got {type(question).__name__}", question=question
        )
    shown = (c for c in question if c.isprintable() or c.isspace() or c in _JOINERS)
    cleaned = one_line("".join(shown))
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError(
            "question must hold a word, got none; ask about the article", question=question
        )
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"question must be at most {MAX_QUESTION} characters, got {len(cleaned)}; "
            "ask one thing at a time",
            question=question,
        )
    return cleaned


def understand(text: str, history: History | Sequence[str], scope: Scope) -> Question:
    """Return a cleaned question as it is understood after others.

    Args:
        text: what ``clean_question`` returns.
        history: what was asked before, oldest first; a text that cannot be asked is left out.
        scope: the articles that are asked, whose spelling words are given.

    Raises:
        QuestionError: the question asks too many things.
    """
    spelt = scope.speller.correct(text)
    understood = spelt.text[:MAX_QUESTION]
    earlier = _earlier(history, scope) if refers_back(understood) else ()
    parts = split_parts(understood)
    if len(parts) > MAX_PARTS:
        raise QuestionError(
            f"question must ask at most {MAX_PARTS} things, got {len(parts)}; ask them one by one",
            question=text,
        )
    return Question(text, understood, parts, earlier, spelt.changes)


def _earlier(history: History | Sequence[str], scope: Scope) -> tuple[str, ...]:
    """Return the last questions of a history, spelt as the articles spell."""
    if isinstance(history, History):
        return history.questions
    cleaned = []
    for text in history:
        with suppress(QuestionError):
            cleaned.append(clean_question(text))
    return tuple(scope.speller.correct(text).text for text in cleaned[-MAX_EXCHANGES:])
