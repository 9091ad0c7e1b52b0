"""BM25 scores of sentences for a question, with words counted over all servers together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.search.bm25 import inverse_frequency, saturation
from index.types import Vectors


@dataclass(frozen=True, slots=True)
class WordScores:
    """BM25, as any store computes it, from counts over all sentences.

    Attributes:
        n_texts: how many sentences have words.
        mean: how many words these have on average.
        n_with: how many have each stem of the question, in the question's order.
    """

    n_texts: int
    mean: float
    n_with: dict[str, int]

    def of(self, n_words: Sequence[int], texts: Sequence[str]) -> Vectors:
        """Return the scores of sentences, 0 up to below 1, float32 (n,).

        Args:
            n_words: how many words each has.
            texts: their stems, separated by spaces.
        """
        idfs = [inverse_frequency(self.n_texts, n) for n in self.n_with.values()]
        scores = np.zeros(len(texts), dtype=np.float32)
        if not texts or not idfs:
            return scores
        halves = saturation(np.array(n_words), self.mean)
        for idf, counts in zip(idfs, self._counts(n_words, texts), strict=True):
            scores += np.float32(idf / sum(idfs)) * (counts / (counts + halves))
        return scores

    def _counts(self, n_words: Sequence[int], texts: Sequence[str]) -> Vectors:
        """Return how often each stem stands in each sentence, float32 (n_stems, n)."""
        rows = {stem: row for row, stem in enumerate(self.n_with)}
        # All texts are joined and walked once: a question has some thousands.
        stems = " ".join(texts).split(" ")
        at = [i for i, stem in enumerate(stems) if stem in rows]
        ends = np.cumsum(np.maximum(n_words, 1))  # one without words is one empty stem
        counts = np.zeros((len(rows), len(texts)), dtype=np.float32)
        of_stem = np.array([rows[stems[i]] for i in at], dtype=np.int64)
        np.add.at(counts, (of_stem, np.searchsorted(ends, at, side="right")), 1)
        return counts
