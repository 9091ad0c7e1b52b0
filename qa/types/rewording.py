"""The sentences of a writer that its quotes support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index import well_formed


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
