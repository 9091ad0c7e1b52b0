"""Tables as text (.csv, .tsv): a row for each line, each naming its columns."""

from __future__ import annotations

import csv
import io
import re

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document, join_blocks
from index.sources.sheets import sheet_blocks
from index.sources.tables import Cell

_DELIMITERS = ",;\t|"
_SAMPLE = 50
_FIGURE = re.compile(r"^\W*\d[\d.,:/%\s-]*\W*$")


def read_csv(data: bytes, charset: str) -> Contents:
    """Return the rows of a table; where its first row can be a head, it names the columns.

    Raises:
        ArticleError: it is no text, or holds none.
    """
    text, notes = decode(data, charset)
    text = text.removeprefix("\ufeff").replace("\0", "")
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r"(?i)sep=(.)\r?", first)
    delimiter = named[1] if named else _delimiter(text)
    lines = io.StringIO(rest if named else text, newline="")
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # it is the process's
    try:
        rows = [
            [" ".join(c.split()) for c in row] for row in csv.reader(lines, delimiter=delimiter)
        ]
    except csv.Error as error:
        raise ArticleError(f"must be a table (.csv), got a fault: {error}") from error
    wide = next((row for row in rows if sum(map(bool, row)) > 1), [])
    blocks = sheet_blocks([[Cell(c) for c in row] for row in rows], 1 if _is_head(wide) else None)
    body = join_blocks(blocks)
    if not body:
        raise ArticleError("must hold text, got a table without any")
    return Contents([Document(body)], notes)


def _delimiter(text: str) -> str:
    """Return what parts the most first lines into equally many cells."""
    lines = [line for line in text.split("\n", _SAMPLE)[:_SAMPLE] if line.strip()]

    def evenness(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        most = max(set(widths), key=lambda width: (width > 1) * widths.count(width), default=1)
        n_lines = widths.count(most)
        return (n_lines if most > 1 and 2 * n_lines > len(widths) else 0), most

    return max(_DELIMITERS, key=evenness)


def _is_head(row: list[str]) -> bool:
    """Return whether a row can be a head: a name for each column, each another, none a figure."""
    names = [cell for cell in row[1:] if cell]
    return (
        len(names) == len(row) - 1
        and len(set(row)) == len(row)
        and not any(_FIGURE.match(name) for name in row)
    )
