"""The lexical index: BM25 over sentences.

What is stored is how often each text has each word. How rare a word is, and how long a text is among
the others, is computed for each question: added texts change both, and then nothing is rewritten.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.storage.block_file import CheckedFile
from index.text.codec import encode_text
from index.text.tokens import words
from index.types import Vectors

Rows = NDArray[np.int64]

# Measured with bench/retrieval.py: short texts of one sentence want less length normalisation
# than BM25's usual b = 0.75.
K1 = 1.2
B = 0.4
WORD_ROW = np.dtype([("word_end", "<i8"), ("end", "<i8")])
# The words in order of their bytes, one after the other; where each and its texts end; the texts
# that have it and how often; and how many words each text has.
FILES: dict[str, np.dtype[np.void] | str] = {
    "lexical-words.utf8": "u1",
    "lexical-words.rows": WORD_ROW,
    "lexical-texts.i32": "<i4",
    "lexical-counts.u16": "<u2",
    "lexical-lengths.u16": "<u2",
}
_MAX_WORDS = 65_535  # a sentence has at most 1200 characters, and so fewer words


def inverse_frequency(n_texts: int, n_with: int) -> float:
    """Return the idf of a word that ``n_with`` of the texts have.

    Lucene's BM25 leaves the constant factor k1 + 1 out, so a word's share stays below 1.
    """
    return float(np.log1p((n_texts - n_with + 0.5) / (n_with + 0.5)))


def saturation(lengths: NDArray[Any], mean: float) -> Vectors:
    """Return the counts of a word at which texts of some lengths get half of its idf, float32."""
    return np.asarray(K1 * (1 - B + B * lengths / (mean or 1.0)), dtype=np.float32)


class LexicalIndex:
    """BM25 scores of texts for a question.

    Source: Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework: BM25 and Beyond",
    in Lucene's form.
    """

    def __init__(self, segments: Sequence[Postings]) -> None:
        """Take the postings of all texts, in order."""
        self._segments = segments
        ends = np.cumsum([len(segment) for segment in segments])
        self._n_texts = int(ends[-1])
        self._starts = (ends - [len(segment) for segment in segments]).tolist()

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> LexicalIndex:
        """Return the index of texts; there must be at least one."""
        if not texts:
            raise ValueError("texts must not be empty, got none")
        counter = WordCounter()
        for text in texts:
            counter.add(text)
        return cls([Postings(counter.to_arrays())])

    def __len__(self) -> int:
        return self._n_texts

    def search(self, question: str) -> tuple[Vectors, Rows]:
        """Return the score of every text, and the texts that have a word, some of them twice.

        Scores are float32 (n_texts,), each from 0 up to below 1.
        A BM25 score is divided by the most that any text could reach for this question, so that
        scores of different questions compare: a word that no text has counts as the rarest word.
        """
        of_words: list[tuple[float, Rows, Vectors]] = []
        for word in dict.fromkeys(words(question)):
            texts, counts = self._postings(word)
            idf = inverse_frequency(self._n_filled, len(texts))
            of_words.append((idf, texts, counts / (counts + self._saturation[texts])))
        highest = sum(idf for idf, _, _ in of_words)
        scores = np.zeros(len(self), dtype=np.float32)
        for idf, texts, shares in of_words:
            scores[texts] += np.float32(idf / highest) * shares
        with_words = [texts for _, texts, _ in of_words]
        return scores, np.concatenate(with_words or [np.empty(0, dtype=np.int64)])

    def _postings(self, word: str) -> tuple[Rows, NDArray[np.uint16]]:
        """Return the numbers of the texts that have a word, and how often each has it."""
        pairs = [segment.of(word) for segment in self._segments]
        if len(pairs) == 1:
            return pairs[0]
        rows = [texts + start for (texts, _), start in zip(pairs, self._starts, strict=True)]
        return np.concatenate(rows), np.concatenate([counts for _, counts in pairs])

    @cached_property
    def _lengths(self) -> NDArray[np.uint16]:
        return np.concatenate([segment.lengths for segment in self._segments])

    @cached_property
    def _n_filled(self) -> int:
        """How many texts have words; BM25 does not count the others."""
        return int(np.count_nonzero(self._lengths))

    @cached_property
    def _saturation(self) -> Vectors:
        """How often a text must have a word to get half of the word's idf, float32 (n_texts,)."""
        lengths = self._lengths
        return saturation(lengths, float(lengths.sum()) / max(self._n_filled, 1))

    def has_stem(self, stem: str) -> bool:
        """Return whether a text has a word of a stem."""
        return len(self._postings(stem)[0]) > 0

    def is_removed(self, stem: str) -> bool:
        """Return whether texts that were removed have a word of a stem, and no other text has."""
        return any(segment.has(stem) for segment in self._segments) and not self.has_stem(stem)

    def rows_of(self, stem: str) -> list[int]:
        """Return the numbers of the texts that have a stem, sorted."""
        rows: list[int] = self._postings(stem)[0].tolist()
        return rows


class Postings:
    """Which texts have a word, and how often, for every word of some texts."""

    def __init__(
        self,
        arrays: Mapping[str, NDArray[Any]],
        files: Mapping[str, CheckedFile] | None = None,
        live: Rows | None = None,
    ) -> None:
        """Take postings.

        Args:
            arrays: those that ``FILES`` names.
            files: those that the arrays are mapped from, if they are.
            live: the texts that were not removed, the only ones that are counted; None is all.
        """
        self._arrays = arrays
        self._files = files or {}
        self._live = live

    @classmethod
    def from_files(cls, files: Mapping[str, CheckedFile], live: Rows | None = None) -> Postings:
        """Return the postings of files, mapped; each block is checked before it is used."""
        return cls({name: files[name].array(kind) for name, kind in FILES.items()}, files, live)

    def __len__(self) -> int:
        return self._n_written if self._live is None else len(self._live)

    @property
    def _n_written(self) -> int:
        return len(self._arrays["lexical-lengths.u16"])

    @cached_property
    def lengths(self) -> NDArray[np.uint16]:
        """How many words each text has."""
        self._check("lexical-lengths.u16")
        lengths = self._arrays["lexical-lengths.u16"]
        return lengths if self._live is None else lengths[self._live]

    def has(self, word: str) -> bool:
        """Return whether a text has a word, be it a removed one."""
        start, end = self._span(word)
        return start < end

    def of(self, word: str) -> tuple[Rows, NDArray[np.uint16]]:
        """Return the numbers of the texts that have a word, sorted, and how often each has it."""
        start, end = self._span(word)
        for name, width in (("lexical-texts.i32", 4), ("lexical-counts.u16", 2)):
            self._check(name, start * width, end * width)
        texts = self._arrays["lexical-texts.i32"][start:end].astype(np.int64)
        counts: NDArray[np.uint16] = self._arrays["lexical-counts.u16"][start:end]
        if len(texts) and not 0 <= texts.min() <= texts.max() < self._n_written:
            raise self._files["lexical-texts.i32"].damaged("names a text that does not exist")
        if self._live is None:
            return texts, counts
        texts = self._numbers[texts]
        return texts[texts >= 0], counts[texts >= 0]

    @cached_property
    def _numbers(self) -> Rows:
        """The number of each text among the live ones, -1 where it was removed."""
        numbers = np.full(self._n_written, -1, dtype=np.int64)
        numbers[self._live] = np.arange(len(self))
        return numbers

    def _span(self, word: str) -> tuple[int, int]:
        """Return where the texts of a word start and end among those of all words."""
        key = encode_text(word)
        words, word_ends, ends = self._vocabulary

        def word_of(number: int) -> bytes:
            return words[word_ends[number - 1] if number else 0 : word_ends[number]]

        number = bisect_left(range(len(ends)), key, key=word_of)
        if number == len(ends) or word_of(number) != key:
            return 0, 0
        return ends[number - 1] if number else 0, ends[number]

    @cached_property
    def _vocabulary(self) -> tuple[bytes, memoryview, memoryview]:
        """All words, where each ends, and where its texts do, once these fit the other files."""
        for name in ("lexical-words.utf8", "lexical-words.rows"):
            self._check(name)
        ends = self._arrays["lexical-words.rows"]
        for column, of in (("word_end", "words.utf8"), ("end", "texts.i32"), ("end", "counts.u16")):
            last = len(self._arrays[f"lexical-{of}"])
            steps = np.diff(ends[column], prepend=0)
            if (ends[column][-1] if len(ends) else 0) != last or np.any(steps < 0):
                raise self._files["lexical-words.rows"].damaged(f"has a wrong {column}")
        # Looking a word up takes some twenty steps, which numpy's scalars would slow down.
        word_ends, text_ends = (ends[column].astype(np.int64) for column in ("word_end", "end"))
        return self._arrays["lexical-words.utf8"].tobytes(), word_ends.data, text_ends.data

    def _check(self, name: str, start: int = 0, end: int | None = None) -> None:
        if self._files:
            self._files[name].check(start, end)


class WordCounter:
    """Counts the words of texts, one text after the other."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words = array("i")
        self._lengths = array("H")

    def add(self, text: str) -> None:
        """Count the words of the next text."""
        counted = words(text)[:_MAX_WORDS]
        self._words.extend(self._numbers.setdefault(w, len(self._numbers)) for w in counted)
        self._lengths.append(len(counted))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that ``FILES`` names."""
        encoded = [encode_text(word) for word in self._numbers]
        order = sorted(range(len(encoded)), key=encoded.__getitem__)
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        lengths = np.array(self._lengths, dtype="<u2")
        n = max(1, len(lengths))
        pairs = ranks[np.array(self._words, dtype=np.int32)] * n
        pairs += np.repeat(np.arange(len(lengths)), lengths)
        pairs, counts = np.unique(pairs, return_counts=True)
        ends = np.empty(len(order), dtype=WORD_ROW)
        ends["word_end"] = np.cumsum([len(encoded[number]) for number in order])
        ends["end"] = np.searchsorted(pairs, (np.arange(len(order)) + 1) * n)
        arrays = (
            np.frombuffer(b"".join(encoded[number] for number in order), dtype="u1"),
            ends,
            (pairs % n).astype("<i4"),
            counts.astype("<u2"),
            lengths,
        )
        return dict(zip(FILES, arrays, strict=True))
