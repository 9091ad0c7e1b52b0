"""Near passages: the runs of sentences of a pool that are lexically closest to a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bm25s
from windows import Text, runs_of


@dataclass(frozen=True, slots=True)
class Run:
    """A run of sentences of one text: ``text_number`` and (first, after the last) sentence."""

    text_number: int
    run: tuple[int, int]
    words: str


def _words(texts: Sequence[str]) -> list[list[str]]:
    return [re.findall(r"\w+", text.lower()) for text in texts]


class Pool:
    """The runs of sentences of some texts, searchable with BM25."""

    def __init__(self, texts: Sequence[tuple[int, Text]], limit_of: Callable[[], int]) -> None:
        """Cut texts, given with their numbers, into runs of so many word pieces; index them."""
        self.runs: list[Run] = []
        for number, text in texts:
            for low, high in runs_of(text, limit_of):
                start = text.offsets[text.sentences[low][0]][0]
                end = text.offsets[text.sentences[high - 1][1] - 1][1]
                self.runs.append(Run(number, (low, high), text.text[start:end]))
        self._bm25 = bm25s.BM25()
        self._bm25.index(_words([run.words for run in self.runs]), show_progress=False)

    def nearest(self, questions: Sequence[str], top_k: int) -> list[list[Run]]:
        """Return for each question its nearest runs, best first."""
        top_k = min(top_k, len(self.runs))
        found, _ = self._bm25.retrieve(_words(questions), k=top_k, show_progress=False)
        return [[self.runs[int(number)] for number in row] for row in found]
