"""Texts and their sentences as bytes: what the sandbox hands over and what a library stores."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Protocol, get_args

from index.text.span import Kind, SentenceRow

KINDS: tuple[Kind, ...] = get_args(Kind)
# Paragraph number, start, end, number of the kind, and page; -1 where the text has no pages.
SENTENCE = Struct("<IIIBi")


class _Sentence(Protocol):
    """A ``SentenceRow``, or a ``Sentence``, which has its text besides."""

    @property
    def paragraph_number(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def page(self) -> int | None: ...


def encode_text(text: str) -> bytes:
    """Return any text as bytes, lone surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """Return the text that ``encode_text`` was given."""
    return data.decode("utf-8", "surrogatepass")


def encode_sentences(sentences: Iterable[_Sentence]) -> bytes:
    """Return sentences without their text, ``SENTENCE.size`` bytes each."""
    return b"".join(
        SENTENCE.pack(s.paragraph_number, s.start, s.end, KINDS.index(s.kind), s.page or -1)
        for s in sentences
    )


def decode_sentences(data: bytes, n_characters: int) -> list[SentenceRow]:
    """Return the sentences that ``encode_sentences`` was given.

    Args:
        data: whole sentences.
        n_characters: the length of their text.

    Raises:
        ValueError: the sentences overlap, are empty, or are outside their text.
    """
    if len(data) % SENTENCE.size:
        raise ValueError(f"sentences must be {SENTENCE.size} bytes each, got {len(data)} in all")
    rows: list[SentenceRow] = []
    last_end = 0
    for paragraph_number, start, end, kind, page in SENTENCE.iter_unpack(data):
        if not (last_end <= start < end <= n_characters and kind < len(KINDS)):
            raise ValueError(
                f"sentence {len(rows)} must follow {last_end} and end by {n_characters}, "
                f"got {start} to {end} of kind {kind}"
            )
        rows.append(
            SentenceRow(paragraph_number, start, end, KINDS[kind], page if page > 0 else None)
        )
        last_end = end
    return rows
