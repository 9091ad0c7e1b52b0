"""Where the pieces of a text are: 0-based, half-open offsets in code points."""

from __future__ import annotations

from typing import Literal, NamedTuple

# "row" is a row of a table: one sentence, whatever marks its cells hold.
Kind = Literal["heading", "body", "caption", "furniture", "row"]


class Span(NamedTuple):
    """A piece of a text: ``text[start:end]``."""

    start: int
    end: int


class SentenceRow(NamedTuple):
    """A sentence without its text; the fields are those of ``index.types.Sentence``."""

    paragraph_number: int
    start: int
    end: int
    kind: Kind
    page: int | None = None
