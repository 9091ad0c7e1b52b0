"""The limits: the chances of an answer from which a question is answered, and from which unsure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["answered", "unsure", "not_found"]
STATUSES: tuple[Status, ...] = ("answered", "unsure", "not_found")  # the surest first
EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """The chances of an answer in the articles (0 to 1) between which a reader is unsure.

    From ``answered`` up a question is answered, below ``unsure`` it is not found. An answer that is
    more likely wrong than right is at most unsure, unless ``answered`` is below even odds.
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
