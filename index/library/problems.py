"""The problems that ``verify`` may find in a library, and what to do about each kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ProblemKind(Enum):
    """A kind of damage; its value says what to do."""

    SEARCH_FILES_DAMAGED = "`rebuild` makes it from library.db"
    SEARCH_FILES_OLD = "`rebuild` makes them again"
    DATABASE_ALTERED = "`rebuild` writes it again, if all articles are intact"
    DATABASE_DAMAGED = "index the articles again into another folder"
    ARTICLE_DAMAGED = "`remove` it, then index its source again"
    COUNTS_WRONG = "`rebuild` counts them again"
    REMOVED_ARTICLE_DAMAGED = "`compact` leaves it out"


@dataclass(frozen=True, slots=True)
class Problem:
    """One damage; its text is one line that says what to do.

    ``article_id`` names the article that it is about, if it is about one.
    """

    kind: ProblemKind
    what: str
    article_id: str = ""

    def __str__(self) -> str:
        return f"{self.what}; {self.kind.value}"

    @property
    def is_in_truth(self) -> bool:
        """Whether an article or the database is damaged, from which all else is made."""
        return self.kind in (ProblemKind.ARTICLE_DAMAGED, ProblemKind.DATABASE_DAMAGED)
