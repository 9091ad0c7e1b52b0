"""What a library keeps of an article: itself, its passages, and the vectors of both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from index.text.span import Kind
from index.types import Article, Passage, Sentence, Vectors

KINDS: tuple[Kind, ...] = get_args(Kind)
SENTENCE_ROW = np.dtype(
    [("paragraph_number", "<u4"), ("start", "<u4"), ("end", "<u4"), ("kind", "u1"), ("page", "<i4")]
)
PASSAGE_ROW = np.dtype([("first_sentence", "<u4"), ("end_sentence", "<u4")])

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of an article without its text; ``origins`` are the places it was read from."""

    id: str
    title: str
    source: str
    date: str
    language: str
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as it is kept; vectors are float32 unit rows, one for each sentence and passage."""

    article: Article
    passages: tuple[Passage, ...] = field(repr=False)
    sentence_vectors: Vectors = field(repr=False)
    passage_vectors: Vectors = field(repr=False)
    origins: tuple[str, ...] = ()

    @property
    def head(self) -> Head:
        """The article without its text."""
        a = self.article
        return Head(a.id, a.title, a.source, a.date, a.language, self.origins)

    @property
    def sha256(self) -> bytes:
        """The SHA-256 of all that is kept, but for the origins."""
        head = self.head
        names = [head.id, head.title, head.source, head.date, head.language]
        parts = (
            json.dumps(names).encode("ascii"),
            encode_text(self.article.text),
            sentence_rows(self.article).tobytes(),
            passage_rows(self.passages).tobytes(),
            np.ascontiguousarray(self.sentence_vectors).tobytes(),
            np.ascontiguousarray(self.passage_vectors).tobytes(),
        )
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "little") + part)
        return digest.digest()


def encode_text(text: str) -> bytes:
    """Return any text as bytes, lone surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """Return the text that ``encode_text`` was given."""
    return data.decode("utf-8", "surrogatepass")


def sentence_rows(article: Article) -> Rows:
    """Return the sentences of an article as rows of numbers."""
    return np.array(
        [
            (s.paragraph_number, s.start, s.end, KINDS.index(s.kind), s.page or -1)
            for s in article.sentences
        ],
        dtype=SENTENCE_ROW,
    )


def passage_rows(passages: tuple[Passage, ...]) -> Rows:
    """Return passages as rows of numbers."""
    return np.array([(p.first_sentence, p.end_sentence) for p in passages], dtype=PASSAGE_ROW)


def make_article(head: Head, text: str, rows: Rows) -> Article:
    """Return the article of a head, its text and the rows of its sentences.

    Raises:
        ValueError: the rows do not fit the text.
    """
    sentences = []
    for number, (paragraph_number, start, end, kind, page) in enumerate(rows.tolist()):
        if not (start < end <= len(text) and kind < len(KINDS)):
            raise ValueError(f"sentence {number} of article {head.id} does not fit its text")
        place = page if page > 0 else None
        piece = text[start:end]
        sentences.append(Sentence(number, paragraph_number, start, end, piece, KINDS[kind], place))
    return Article(
        head.id, text, head.title, head.source, tuple(sentences), head.date, head.language
    )


def make_passages(article: Article, rows: Rows) -> tuple[Passage, ...]:
    """Return the passages of an article from their rows.

    Raises:
        ValueError: the rows do not fit the article.
    """
    passages = []
    for first, end in rows.tolist():
        if not first < end <= len(article.sentences):
            raise ValueError(f"a passage of article {article.id} does not fit its sentences")
        start, stop = article.sentences[first].start, article.sentences[end - 1].end
        passages.append(Passage(first, end, start, stop, article.text[start:stop]))
    return tuple(passages)
