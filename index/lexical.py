"""The lexical index: BM25 over sentences. The only file that imports bm25s."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.types import Vectors
from index.words import words

if TYPE_CHECKING:
    from bm25s import BM25

# Measured with bench/retrieval.py: short texts of one sentence want less length normalisation
# than BM25's usual b = 0.75.
K1 = 1.2
B = 0.4
_AS_WRITTEN = re.compile(r"\w+(?:[-.]\w+)*")


class LexicalIndex:
    """BM25 scores of texts for a question.

    Source: Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework: BM25 and Beyond",
    in Lucene's form.
    """

    def __init__(self, bm25: BM25, n_texts: int) -> None:
        self._bm25 = bm25
        self._n_texts = n_texts

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> LexicalIndex:
        """Return the index of texts; there must be at least one."""
        import bm25s  # 0.3 s to import

        if not texts:
            raise ValueError("texts must not be empty, got none")
        corpus = [words(text) for text in texts]
        if not any(corpus):
            corpus[0] = [""]  # bm25s needs a vocabulary; no question has an empty word
        bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        bm25.index(corpus, show_progress=False)
        return cls(bm25, len(texts))

    def __len__(self) -> int:
        return self._n_texts

    def scores(self, question: str) -> Vectors:
        """Return the score of every text, float32 (n_texts,), each from 0 up to below 1.

        A BM25 score is divided by the most that any text could reach for this question, so that
        scores of different questions compare: a word that no text has counts as the rarest word.
        """
        found = set(words(question))
        known = [w for w in found if w in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._n_texts, dtype=np.float32)
        raw = self._bm25.get_scores(known)
        return np.asarray(raw / self._upper_bound(found), dtype=np.float32)

    def unknown_words(self, question: str) -> list[str]:
        """Return the content words of a question that no text has, as they are written, each once.

        Short words in small letters ("out", "off") say little and are left out.
        """
        seen: dict[str, str] = {}
        for word in _AS_WRITTEN.findall(question):
            stems = words(word)
            telling = len(word) > 3 or not word.islower()
            if telling and stems and not any(stem in self._bm25.vocab_dict for stem in stems):
                seen.setdefault(stems[0], word)
        return list(seen.values())

    def _upper_bound(self, found: set[str]) -> float:
        """Return the supremum of BM25 for these words: the sum of their inverse frequencies."""
        n = self._n_texts
        frequencies = np.array([self._n_texts_with(w) for w in found], dtype=np.float64)
        # Lucene's BM25 leaves the constant factor k1 + 1 out, so a word's part stays below its idf.
        return float(np.log1p((n - frequencies + 0.5) / (frequencies + 0.5)).sum())

    def _n_texts_with(self, word: str) -> int:
        column = self._bm25.vocab_dict.get(word)
        if column is None:
            return 0
        starts = self._bm25.scores["indptr"]
        return int(starts[column + 1] - starts[column])

    def save(self, folder: Path) -> None:
        """Write the index as files of numpy arrays and JSON into an existing folder."""
        self._bm25.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path, n_texts: int) -> LexicalIndex:
        """Return the index that ``save`` wrote; the caller has checked the files."""
        import bm25s  # 0.3 s to import

        return cls(bm25s.BM25.load(str(folder), load_corpus=False), n_texts)
