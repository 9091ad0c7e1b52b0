"""What a conversation has asked so far, and a turn of it as it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from qa.types import Answer

Vote = Literal["", "up", "down"]
MAX_EXCHANGES = 2  # as many as the reader has learnt to read before a question


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer; none while it is awaited.

    ``vote`` is a person's on the answer, and ``word`` the reason given for it.
    """

    question: str
    answer: Answer | None = None
    vote: Vote = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood; ``answered`` is False where it was declined.

    ``articles`` are the ids of those that were quoted, or named as nearest; none where not known.
    """

    question: str
    answered: bool = True
    articles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """What a conversation has asked so far, oldest first; it never changes."""

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

        Only questions about the articles' content count, and a declined one only while it is the
        last: the next question may refer to it, later ones do not.
        """
        if answer.kind not in ("answer", "topic"):
            return self
        quoted = frozenset(c.article.id for c in (*answer.citations, *answer.nearest))
        question = answer.standalone_question or answer.question
        exchange = Exchange(question, answer.given, quoted)
        counted = (*(e for e in self.exchanges if e.answered), exchange)
        return History(counted[-MAX_EXCHANGES:])

    def over(self, is_asked: Callable[[str], bool]) -> History:
        """Return the history of what was asked of the same articles.

        Args:
            is_asked: whether the article of an id is asked now. What was asked of others helps to
                understand nothing: their words mean something else.
        """
        asked = (e for e in self.exchanges if not e.articles or any(map(is_asked, e.articles)))
        return History(tuple(asked))

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that help to understand the next one, oldest first."""
        return tuple(exchange.question for exchange in self.exchanges)
