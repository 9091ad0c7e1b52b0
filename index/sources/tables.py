"""Tables become rows that read by themselves: "- Country: France; Capital: Paris".

No cell is given to another column: merged cells stand under each of theirs, and where nothing says that
the first row is a head, no row is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.text.rows import MARK, SEPARATORS

_LONGEST = 600  # a longer row goes on in another line, which names the row again
_MOST_SPANNED = 1000
_DIGIT = re.compile(r"\d")
_FIGURE = re.compile(r"[-+−$€£¥]?\d")
_MAX_LABEL_WORDS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, as it is written.

    Attributes:
        text: on one line.
        rowspan: over how many rows it stands.
        colspan: over how many columns.
        is_head: whether its form says that it names what is below: a <th>, or bold.
    """

    text: str
    rowspan: int = 1
    colspan: int = 1
    is_head: bool = False


Grid = list[list[Cell | None]]


def table_blocks(rows: Sequence[Sequence[Cell]], n_head: int | None = None) -> list[str]:
    """Return the rows of a table as blocks of text, each naming the column of each cell.

    A row that is one cell over all columns is a line of its own; the rows below it name it first.

    Args:
        rows: the cells of each row in order; what a merged cell covers has none.
        n_head: how many of the first rows name the columns; None where the file does not say, so
            that the form of the cells must.
    """
    full = _grid(rows)
    grid = [row for row in full if _has_text(row)]
    if n_head is not None:
        n_head = sum(map(_has_text, full[:n_head]))
    n_titles = next((i for i, row in enumerate(grid) if not _is_whole(row)), len(grid))
    titles, body = grid[:n_titles], grid[n_titles:]
    blocks = [row[0].text for row in titles if row[0]]
    n_head = _n_head(body) if n_head is None else min(max(0, n_head - n_titles), len(body))
    if n_head >= len(body):
        n_head = 0
    heads = _labels(body[:n_head]) if n_head else [""] * max(map(len, body), default=0)
    separator = _separator([*heads, *(cell.text for row in body for cell in row if cell)])
    # Without a head, a title above the first rows names their group, as one between rows does.
    is_grouped = bool(titles) and not n_head and any(map(_is_whole, body))
    group = blocks[-1] if is_grouped and blocks else ""
    for number, row in enumerate(body[n_head:], start=n_head + 1):
        if _is_whole(row):
            group = row[0].text if row[0] and number < len(body) else ""
            blocks.append(row[0].text if row[0] else "")
            continue
        if [cell.text if cell else "" for cell in row] != heads:  # a head repeated on each page
            blocks += _lines(_pieces(row, heads), group, separator)
    return blocks


def join_lines(lines: Iterable[str]) -> str:
    """Return the lines of a cell as one; a comma parts two where no mark does."""
    joined = ""
    for line in lines:
        if joined and line:
            joined += " " if joined[-1] in ".,;:!?…" else ", "
        joined += line
    return joined


def _grid(rows: Sequence[Sequence[Cell]]) -> Grid:
    """Return the cells by row and column, a merged one wherever it stands.

    Source: https://html.spec.whatwg.org/multipage/tables.html, "forming a table".
    """
    grid: Grid = [[] for _ in rows]
    for i, row in enumerate(rows):
        j = 0
        for cell in row:
            while j < len(grid[i]) and grid[i][j] is not None:
                j += 1
            width = min(max(cell.colspan, 1), _MOST_SPANNED)
            for down in range(min(max(cell.rowspan, 1), len(rows) - i)):
                line = grid[i + down]
                line.extend([None] * (j + width - len(line)))
                line[j : j + width] = [cell] * width
            j += width
    width = max(map(len, grid), default=0)
    for line in grid:
        line.extend([None] * (width - len(line)))
    return grid


def _has_text(row: Sequence[Cell | None]) -> bool:
    return any(cell is not None and cell.text for cell in row)


def _is_whole(row: Sequence[Cell | None]) -> bool:
    """Return whether a row is one cell over all of several columns."""
    return len(row) > 1 and row[0] is not None and all(cell is row[0] for cell in row)


def _n_head(grid: Grid) -> int:
    """Return how many of the first rows are a head for certain."""
    n_marked = next(
        (
            i
            for i, row in enumerate(grid)
            if not all(c is None or c.is_head or not c.text for c in row)
        ),
        0,
    )
    return n_marked or int(has_head([[c.text if c else "" for c in row] for row in grid]))


def has_head(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row can only be a head.

    Its corner is empty while each row has a name; or it holds labels, and some column below one
    holds figures throughout. Two columns may as well be a form, whose first row is like the others,
    unless both hold figures.
    """
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first, body = rows[0], rows[1:]
    if not first[0]:
        return all(first[1:]) and all(row[0] for row in body)
    if len(body) < 2 or len(set(first)) < len(first):
        return False
    if not all(_is_label(text) for text in first):
        return False
    columns = [[row[j] for row in body if row[j]] for j in range(len(first))]
    if len(first) == 2:
        return all(len(c) == len(body) and all(map(_FIGURE.match, c)) for c in columns)
    return any(len(c) > 1 and all(map(_DIGIT.search, c)) for c in columns)


def _is_label(text: str) -> bool:
    bare = text.strip()
    return bool(
        bare
        and not _DIGIT.search(bare)
        and not bare[0].islower()
        and len(bare.split()) <= _MAX_LABEL_WORDS
        and bare[-1] not in ".!?"
    )


def _labels(head: Grid) -> list[str]:
    """Return the label of each column: the texts above it, each once."""
    columns = zip(*head, strict=True)
    return [", ".join(dict.fromkeys(c.text for c in column if c and c.text)) for column in columns]


def _separator(texts: Sequence[str]) -> str:
    """Return the first separator such that no cell holds it or a later one."""
    for number, mark in enumerate(SEPARATORS):
        if not any(other.strip() in text for other in SEPARATORS[number:] for text in texts):
            return mark
    return SEPARATORS[0]


def _pieces(row: Sequence[Cell | None], heads: Sequence[str]) -> list[str]:
    """Return the cells of a row, each after its label; without labels a merged one stands once."""
    pieces = []
    for j, cell in enumerate(row):
        if cell is None or not cell.text:
            continue
        if j and row[j - 1] is cell and heads[j] in ("", heads[j - 1]):
            continue
        pieces.append(f"{heads[j]}: {cell.text}" if heads[j] else cell.text)
    return pieces


def _lines(pieces: Sequence[str], group: str, separator: str) -> Iterator[str]:
    """Yield a row as one line, or as several that name the group and the first cell again."""
    named = [group] if group else []
    line = [*named, *pieces[:1]]
    n_names = len(line)
    for piece in pieces[1:]:
        if len(line) > n_names and len(separator.join([*line, piece])) > _LONGEST:
            yield MARK + separator.join(line)
            line = [*named, *pieces[:1]]
        line.append(piece)
    if line[len(named) :]:
        yield MARK + separator.join(line)
