"""A question as it is understood: cleaned, spelt as the articles spell, standing alone, in its parts."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from qa.errors import QuestionError
from qa.history import MAX_EXCHANGES, History
from qa.scope import Scope
from qa.text import one_line
from qa.understanding.follow_ups import points_back, resolve
from qa.understanding.multi_part import split_parts

MAX_QUESTION = 4000
_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone.

    Attributes:
        text: what was asked, cleaned.
        standalone: the same as it would be asked without the questions before it.
        parts: the questions it asks, each to be answered alone; most ask one.
        corrections: (written, taken for) of each misspelt word.
    """

    text: str
    standalone: str
    parts: tuple[str, ...]
    corrections: tuple[tuple[str, str], ...] = ()


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


def understand(text: str, history: History, scope: Scope) -> Question:
    """Return a cleaned question as it is understood after others.

    Args:
        text: what ``clean_question`` returns.
        history: what was understood and answered before.
        scope: the articles that are asked; no other article's words are put in.
    """
    spelt = scope.speller.correct(text)
    turns = [scope.turn(e.question, e.short_answer or "") for e in history.exchanges]
    standalone = resolve(spelt.text, turns)[:MAX_QUESTION]
    return Question(text, standalone, split_parts(standalone), spelt.changes)


def replay(asked: Iterable[str], scope: Scope) -> History:
    """Return the history of questions of which only the texts are known, oldest first.

    One that cannot be asked is left out.
    """
    cleaned: list[str] = []
    for text in asked:
        with suppress(QuestionError):
            cleaned.append(clean_question(text))
    history = History()
    for text in cleaned[-MAX_EXCHANGES:]:
        history = history.asked(understand(text, history, scope).standalone)
    return history


def is_follow_up(text: str, scope: Scope) -> bool:
    """Return whether a cleaned question may mean what the answer before it says."""
    return points_back(scope.speller.correct(text).text)
