"""The record of an article: itself, its passages and the vectors of both, and their one form as bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.passages import passage_of
from index.text.codec import decode_sentences, decode_text, encode_sentences, encode_text
from index.types import Article, Passage, Vectors, sentences_of

PASSAGE_ROW = np.dtype([("first_sentence", "<u4"), ("end_sentence", "<u4")])
VECTOR = np.dtype("<f4")
_LENGTHS = Struct("<5Q")  # bytes of text, sentences, passages, and the vectors of both

Columns = tuple[bytes, bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """An article without its text; ``origins`` are the files or addresses it was read from.

    Without notes, its bytes are as they were before libraries stored notes.
    """

    id: str
    title: str
    source: str
    date: str
    language: str
    origins: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Return the head as one line of JSON in ASCII."""
        fields = asdict(self)
        if not self.notes:
            del fields["notes"]
        return json.dumps(fields).encode("ascii") + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Head:
        """Return the head of a line that ``to_json`` made.

        Raises:
            ValueError: it made no such line.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            lists = {"origins": tuple(fields["origins"]), "notes": tuple(fields.get("notes", ()))}
            head = cls(**{**fields, **lists})
        except (TypeError, KeyError, RecursionError) as error:
            raise ValueError("a head must be JSON of its fields") from error
        values = (head.id, head.title, head.source, head.date, head.language)
        if not all(isinstance(value, str) for value in (*values, *head.origins, *head.notes)):
            raise ValueError("a head must have texts only")
        return head

    def has_name(self, name: str, path: str) -> bool:
        """Return whether the article has a name, or comes from a path or a folder."""
        return name in (self.id, self.title, self.source, *self.origins) or any(
            origin == path or origin.startswith(f"{path}/") for origin in self.origins
        )

    def identity(self, record_sha256: bytes) -> bytes:
        """Return the SHA-256 of all that a library stores of the article."""
        return hashlib.sha256(self.to_json() + record_sha256).digest()


class PackedRecord(NamedTuple):
    """A record as it is stored: its head, and all else as bytes."""

    head: Head
    n_sentences: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """All that a library stores of an article.

    ``sentence_vectors`` (n_sentences, dim) and ``passage_vectors`` (n_passages, dim) are float32
    unit rows.
    """

    article: Article
    passages: tuple[Passage, ...] = field(repr=False)
    sentence_vectors: Vectors = field(repr=False)
    passage_vectors: Vectors = field(repr=False)
    origins: tuple[str, ...] = ()

    @property
    def head(self) -> Head:
        """The article without its text."""
        a = self.article
        return Head(a.id, a.title, a.source, a.date, a.language, self.origins, a.notes)

    def columns(self) -> Columns:
        """Return text, sentences, passages and the vectors of both, each as bytes."""
        return (
            encode_text(self.article.text),
            encode_sentences(self.article.sentences),
            np.array(
                [(p.first_sentence, p.end_sentence) for p in self.passages], dtype=PASSAGE_ROW
            ).tobytes(),
            np.ascontiguousarray(self.sentence_vectors, dtype=VECTOR).tobytes(),
            np.ascontiguousarray(self.passage_vectors, dtype=VECTOR).tobytes(),
        )

    def pack(self) -> PackedRecord:
        """Return the record in its one form as bytes."""
        return PackedRecord(self.head, len(self.article.sentences), join_columns(self.columns()))

    @classmethod
    def from_bytes(cls, head: Head, data: bytes) -> Record:
        """Return the record of a head and of the ``data`` of a packed record.

        Raises:
            ValueError: they are not of one record.
        """
        if len(data) < _LENGTHS.size:
            raise ValueError(f"a record must have at least {_LENGTHS.size} bytes, got {len(data)}")
        lengths = _LENGTHS.unpack_from(data)
        if sum(lengths) != len(data) - _LENGTHS.size:
            raise ValueError(f"a record must have {sum(lengths)} bytes, got {len(data)}")
        ends = np.cumsum([_LENGTHS.size, *lengths]).tolist()
        text, sentences, passages, *vectors = (data[start:end] for start, end in pairwise(ends))
        article = make_article(head, decode_text(text), sentences)
        of_article = make_passages(article, np.frombuffer(passages, dtype=PASSAGE_ROW))
        sentence_vectors, passage_vectors = (
            np.frombuffer(each, dtype=VECTOR).reshape(n, -1)
            for each, n in zip(vectors, (len(article.sentences), len(of_article)), strict=True)
        )
        return cls(article, of_article, sentence_vectors, passage_vectors, head.origins)


def join_columns(columns: Columns) -> bytes:
    """Return the columns of a record as its bytes."""
    return b"".join((_LENGTHS.pack(*map(len, columns)), *columns))


def make_article(head: Head, text: str, sentences: bytes) -> Article:
    """Return the article of a head, its text and its encoded sentences.

    Raises:
        ValueError: the sentences do not fit the text.
    """
    of_text = sentences_of(text, decode_sentences(sentences, len(text)))
    return Article(
        head.id, text, head.title, head.source, of_text, head.date, head.language, head.notes
    )


def make_passages(article: Article, rows: NDArray[Any]) -> tuple[Passage, ...]:
    """Return the passages of an article from their rows, ``PASSAGE_ROW`` (n_passages,).

    Raises:
        ValueError: the rows do not fit the article.
    """
    n = len(article.sentences)
    for first, end in rows.tolist():
        if not first < end <= n:
            raise ValueError(
                f"a passage must be of the article's {n} sentences, got {first} to {end}"
            )
    return tuple(passage_of(article, *row) for row in rows.tolist())
