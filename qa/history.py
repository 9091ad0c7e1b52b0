"""A turn of a conversation, and which earlier questions a follow-up may mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from qa.types import Answer

Vote = Literal["", "up", "down"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer; or in ``problem`` why there is none; neither while it is awaited.

    ``vote`` is a person's on the answer, and ``word`` the reason given for it.
    """

    question: str
    answer: Answer | None = None
    problem: str = ""
    vote: Vote = ""
    word: str = ""


def earlier_questions(turns: Iterable[Turn]) -> list[str]:
    """Return what a follow-up may mean, oldest first: the answered questions, and the last one.

    Whoever asks on after a question that was declined means what it was about; later nobody does.
    """
    asked = [turn for turn in turns if turn.answer]
    return [t.question for t in asked if t is asked[-1] or (t.answer and t.answer.answered)]
