"""The vocabulary: the words as articles write them, with what tells a name from another word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from index.types import Article

# Letters, some with marks of their own.
WRITTEN_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*){3,}")


class WrittenWord(NamedTuple):
    """A word of three letters or more as it is written.

    Attributes:
        form: the word.
        n_written: how often it is written so.
        is_capital_inside: whether it has a capital inside a sentence that is no heading.
    """

    form: str
    n_written: int
    is_capital_inside: bool


class WrittenWordCounter:
    """Counts the words of articles, one article after the other."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._capital_inside: set[str] = set()

    def add(self, article: Article) -> None:
        """Count the words of an article."""
        for sentence in article.sentences:
            forms = WRITTEN_WORD.findall(sentence.text)
            self._counts.update(forms)
            if sentence.kind != "heading":
                self._capital_inside.update(w for w in forms[1:] if w[0].isupper())

    def words(self) -> list[WrittenWord]:
        """Return the words, the commonest first, and equally common ones in order."""
        return _sorted(
            WrittenWord(form, count, form in self._capital_inside)
            for form, count in self._counts.items()
        )


def written_words(articles: Iterable[Article]) -> list[WrittenWord]:
    """Return the words of articles, the commonest first."""
    counter = WrittenWordCounter()
    for article in articles:
        counter.add(article)
    return counter.words()


def merge_words(lists: Sequence[Sequence[WrittenWord]]) -> list[WrittenWord]:
    """Return the words of several lists as those of one."""
    merged: dict[str, WrittenWord] = {}
    for word in (word for words in lists for word in words):
        form, n_written, is_capital_inside = merged.get(word.form, (word.form, 0, False))
        merged[form] = WrittenWord(
            form, n_written + word.n_written, is_capital_inside or word.is_capital_inside
        )
    return _sorted(merged.values())


def _sorted(words: Iterable[WrittenWord]) -> list[WrittenWord]:
    return sorted(words, key=lambda word: (-word.n_written, word.form))


def encode_words(words: Iterable[WrittenWord]) -> bytes:
    """Return words as lines of bytes."""
    return b"".join(
        f"{form}\t{n_written}\t{is_capital_inside:d}\n".encode()
        for form, n_written, is_capital_inside in words
    )


def decode_words(data: bytes) -> list[WrittenWord]:
    """Return the words that ``encode_words`` was given.

    Raises:
        ValueError: the bytes are something else.
    """
    words = []
    for line in data.decode().split("\n")[:-1]:
        form, n_written, is_capital_inside = line.split("\t")
        if not WRITTEN_WORD.fullmatch(form):
            raise ValueError(f"word must be letters, got {form!r}")
        words.append(WrittenWord(form, int(n_written), is_capital_inside == "1"))
    return words
