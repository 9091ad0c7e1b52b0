"""The text or the rows of a file that is no article, such as a file of questions, read in the sandbox."""

from __future__ import annotations

import json
from typing import NamedTuple

from index.sources.charset import decode_utf
from index.sources.sandbox import read_sandboxed


class RawText(NamedTuple):
    """A text, and notes of what was guessed or lost."""

    text: str
    notes: tuple[str, ...] = ()


class RawRows(NamedTuple):
    """Rows of cells, each with its number from 1, and notes of what was left out."""

    rows: tuple[tuple[int, list[str]], ...]
    notes: tuple[str, ...] = ()


def read_raw_text(data: bytes) -> RawText:
    """Return the text of bytes in UTF-8, in the charset of their byte order mark, or in a likely one.

    Raises:
        ArticleError: they are no text.
    """
    try:
        return RawText(decode_utf(data))
    except UnicodeDecodeError:
        contents = read_sandboxed(data, "raw_txt")
    return RawText(contents.documents[0].text, tuple(contents.dropped))


def read_raw_rows(data: bytes) -> RawRows:
    """Return the rows of the first sheet of a workbook (.xlsx).

    Raises:
        ArticleError: it is no workbook, or reading it takes more than the limits.
    """
    contents = read_sandboxed(data, "raw_xlsx")
    rows = tuple((number, cells) for number, cells in json.loads(contents.documents[0].text))
    return RawRows(rows, tuple(contents.dropped))
