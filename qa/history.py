"""What a conversation has understood and answered so far, and a turn of it as it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa.types import Answer

Vote = Literal["", "up", "down"]
MAX_EXCHANGES = 10


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


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood, and its short answer, if it has one.

    ``answered`` is False where the question was declined.
    """

    question: str
    short_answer: str | None = None
    answered: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """What a conversation has understood and answered so far, oldest first; it never changes."""

    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> History:
        """Return the history of the answers of a conversation, oldest first."""
        history = cls()
        for answer in answers:
            history = history.after(answer)
        return history

    def after(self, answer: Answer) -> History:
        """Return the history with one more answer.

        What was no question of the articles' content does not count. A question that was declined counts only while it is the last one: whoever asks on after it
        means what it was about; later nobody does.
        """
        if answer.kind != "answer":
            return self
        understood = answer.standalone_question or answer.question
        exchange = Exchange(understood, answer.short_answer, answer.given)
        return History((*(e for e in self.exchanges if e.answered), exchange)).latest()

    def asked(self, question: str) -> History:
        """Return the history with a question whose answer is not known."""
        return History((*self.exchanges, Exchange(question))).latest()

    def answered(self, short_answer: str | None) -> History:
        """Return the history with the short answer to its last question."""
        last = replace(self.exchanges[-1], short_answer=short_answer)
        return History((*self.exchanges[:-1], last))

    def latest(self) -> History:
        """Return the last ``MAX_EXCHANGES``: none before them helps to understand a question."""
        return History(self.exchanges[-MAX_EXCHANGES:])


def is_empty(history: History | Sequence[str]) -> bool:
    """Return whether nothing was asked before."""
    return not (history.exchanges if isinstance(history, History) else history)
