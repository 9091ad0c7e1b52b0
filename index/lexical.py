"""The lexical index: BM25 over sentences. The only file that imports bm25s."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from index.files import Bytes, CheckedFile
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

    def __init__(self, make: Callable[[], BM25], n_texts: int) -> None:
        """Take what makes the index once it is first used."""
        self._make = make
        self._n_texts = n_texts

    @cached_property
    def _bm25(self) -> BM25:
        return self._make()

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> LexicalIndex:
        """Return the index of texts; there must be at least one."""
        if not texts:
            raise ValueError("texts must not be empty, got none")
        corpus = [words(text) for text in texts]
        if not any(corpus):
            corpus[0] = [""]  # bm25s needs a vocabulary; no question has an empty word
        bm25 = _new_bm25()
        bm25.index(corpus, show_progress=False)
        return cls(lambda: bm25, len(texts))

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

    def has_stem(self, stem: str) -> bool:
        """Return whether a text has a word of a stem."""
        return stem in self._bm25.vocab_dict

    def rows_of(self, stem: str) -> list[int]:
        """Return the numbers of the texts that have a stem."""
        column = self._bm25.vocab_dict.get(stem)
        if column is None:
            return []
        start, end = self._bm25.scores["indptr"][column : column + 2]
        return sorted(self._bm25.scores["indices"][start:end].tolist())

    def unknown_words(self, question: str) -> list[str]:
        """Return the content words of a question that no text has, as they are written, each once.

        Short words in small letters ("out", "off") say little and are left out.
        """
        seen: dict[str, str] = {}
        for word in _AS_WRITTEN.findall(question):
            stems = words(word)
            telling = len(word) > 3 or not word.islower()
            if telling and stems and not any(map(self.has_stem, stems)):
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

    def to_files(self) -> dict[str, Bytes]:
        """Return the index as files, by name: two arrays of columns, their ends, the vocabulary."""
        scores = self._bm25.scores
        return {
            "lexical-scores.f32": np.asarray(scores["data"], dtype="<f4").data,
            "lexical-rows.i32": np.asarray(scores["indices"], dtype="<i4").data,
            "lexical-ends.i64": np.asarray(scores["indptr"], dtype="<i8").data,
            "lexical-words.json": json.dumps(self._bm25.vocab_dict).encode("ascii"),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, CheckedFile], n_texts: int) -> LexicalIndex:
        """Return the index of files, mapped, and checked when it is first used."""
        return cls(lambda: _bm25_of(files, n_texts), n_texts)


def _new_bm25() -> BM25:
    import bm25s  # 0.3 s to import

    return bm25s.BM25(k1=K1, b=B, method="lucene")


def _bm25_of(files: Mapping[str, CheckedFile], n_texts: int) -> BM25:
    """Return the BM25 of files; raise IndexFolderError where they do not fit together."""
    parts = [files[f"lexical-{name}"] for name in ("scores.f32", "rows.i32", "ends.i64")]
    for part in (*parts, files["lexical-words.json"]):
        part.check()
    data, rows, ends = (
        part.array(kind) for part, kind in zip(parts, ("<f4", "<i4", "<i8"), strict=True)
    )
    words_file = files["lexical-words.json"]
    try:
        vocabulary: Any = json.loads(words_file.read(0, len(words_file)))
        columns = [(word, operator.index(column)) for word, column in vocabulary.items()]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise words_file.damaged("is no vocabulary") from error
    fits = (
        len(data) == len(rows)
        and len(ends) > 1
        and ends[0] == 0
        and ends[-1] == len(data)
        and bool(np.all(np.diff(ends) >= 0))
        and (not len(rows) or 0 <= rows.min() <= rows.max() < n_texts)
        # The empty word, which no question has, may stand after the last column.
        and all(0 <= column < len(ends) - (word != "") for word, column in columns)
    )
    if not columns or not fits:
        raise words_file.damaged("does not fit its columns")
    bm25 = _new_bm25()
    bm25.scores = {"data": data, "indices": rows, "indptr": ends, "num_docs": n_texts}
    bm25.vocab_dict = vocabulary
    bm25.unique_token_ids_set = {column for _, column in columns}
    bm25.nonoccurrence_array = None
    return bm25
