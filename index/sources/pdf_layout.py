"""Where the lines of a PDF's page are: columns of prose, rows of tables, lines.

A PDF says where letters are drawn, and not what belongs together. Pieces at one height are a line; a wide
gap parts it into cells. Lines of several cells, one below the other, are columns of prose where they go
on from line to line, and a table where every cell stands in one column for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from index.sources.marks import raised
from index.sources.tables import Cell, table_blocks

_SAME_HEIGHT = 0.4  # of the size of letters
_GAP = 0.7  # of the size, and more after a long text, whose width is only estimated
_DOUBT = 0.06
_OTHER_FONT_DOUBT = 0.25  # where a blank says that the line goes on in bold, say
_WIDTHS = (
    (re.compile(r"[\s.,:;'|!ijlt()\[\]I]"), 0.28),
    (re.compile(r"[mwMW%@]"), 0.8),
    (re.compile(r"[A-Z&]"), 0.68),
)
_USUAL_WIDTH = 0.54
_MONOSPACED = re.compile(r"(?i)courier|mono")
_BOLD = re.compile(r"(?i)bold|black|heavy")
_MIN_ROWS = 2
_MIN_PROSE_ROWS = 4
_MIN_PROSE_WORDS = 3.5
_SMALL = 0.8
_FAR = 3  # times the size: a raised figure belongs to the text before it, whose width is estimated
_CLOSING = re.compile(r"[.,;:!?)\]”’]")
_MARK = re.compile(r"(?:[•‣◦▪●–]|\(?\d{1,3}[.)]|\(?[a-z]\))$")  # of an item of a list


@dataclass(frozen=True, slots=True)
class Piece:
    """Text drawn at once: where it begins on the page and how large its letters are, in points."""

    text: str
    x: float
    y: float
    size: float
    font: str = ""

    @property
    def right(self) -> float:
        """About where it ends; only its font knows exactly."""
        if _MONOSPACED.search(self.font):
            return self.x + 0.6 * self.size * len(self.text)
        widths = (
            next((w for form, w in _WIDTHS if form.match(c)), _USUAL_WIDTH) for c in self.text
        )
        return self.x + self.size * sum(widths)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; ``alone`` says that it is a paragraph by itself, a row of a table."""

    text: str
    x: float
    y: float
    size: float
    alone: bool = False


Row = list[Piece]  # a line's cells


def lines_of_page(pieces: Sequence[Piece]) -> list[Line]:
    """Return the lines of a page in the order in which they are read."""
    rows = [_cells(row) for row in _rows(pieces)]
    lines: list[Line] = []
    for several, run in groupby(_runs(rows), key=lambda pair: pair[0]):
        some = [row for _, row in run]
        if several:
            lines += _columns(some) or _table(some)
        else:
            lines += map(_whole, some)
    return [line for line in lines if line.text]


def _rows(pieces: Sequence[Piece]) -> Iterator[Row]:
    """Yield neighbouring pieces at one height."""
    row: Row = []
    for piece in pieces:
        if row and abs(piece.y - row[0].y) > _SAME_HEIGHT * max(piece.size, row[0].size):
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _cells(row: Row) -> Row:
    """Return the pieces of a line with those joined that no wide gap parts."""
    cells: Row = []
    last: Piece | None = None
    for piece in row:
        gap = 0.0 if last is None else piece.x - last.right
        size = max(piece.size, 0.1)
        doubt = _OTHER_FONT_DOUBT if last is not None and _goes_on(last, piece) else _DOUBT
        wide = last is not None and gap > _GAP * size + doubt * (last.right - last.x)
        if last is not None and gap < _FAR * last.size and _is_raised(piece, last):
            wide = False
        if last is None or wide or piece.x < last.x - size:
            cells.append(piece)
        else:
            cells[-1] = replace(cells[-1], text=_joined(cells[-1], piece, gap))
        last = piece
    if len(cells) == 2 and _MARK.match(cells[0].text.strip()):  # an item of a list
        cells = [replace(cells[0], text=f"{cells[0].text} {cells[1].text}")]
    return [replace(cell, text=" ".join(cell.text.split())) for cell in cells if cell.text.strip()]


def _goes_on(last: Piece, piece: Piece) -> bool:
    """Return whether a line goes on in another font: a blank is written between, as between no cells."""
    return last.font != piece.font and (last.text.endswith(" ") or piece.text.startswith(" "))


def _is_raised(piece: Piece, before: Piece) -> bool:
    """Return whether a piece is small and stands higher than the one before it."""
    return piece.size < _SMALL * before.size and piece.y - before.y > 0.15 * before.size


def _joined(cell: Piece, piece: Piece, gap: float) -> str:
    """Return the text of a cell with a piece after it, raised where it is small and stands higher."""
    small = _is_raised(piece, cell)
    text = raised(piece.text, cell.text) if small and piece.text.strip().isdigit() else piece.text
    apart = _MARK.match(cell.text) or (
        gap > 0.15 * piece.size
        and not (small or cell.text.endswith((" ", "-")) or _CLOSING.match(piece.text))
    )
    return f"{cell.text} {text}" if apart and not text.startswith(" ") else cell.text + text


def _runs(rows: Sequence[Row]) -> Iterator[tuple[bool, Row]]:
    """Yield each row with whether it is one of several rows of cells, one below the other."""
    flags = [len(row) > 1 for row in rows]
    for i in range(1, len(rows)):  # one cell that goes on below its column
        if flags[i - 1] and not flags[i] and rows[i] and _goes_below(rows, i):
            flags[i] = True
    for i, row in enumerate(rows):
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(rows) and flags[j]]
        yield flags[i] and bool(near), row


def _goes_below(rows: Sequence[Row], i: int) -> bool:
    """Return whether a row of one cell stands close below a cell that is not the first of its row."""
    above = next((row for row in reversed(rows[:i]) if len(row) > 1), None)
    (cell,) = rows[i]
    if above is None or rows[i - 1][0].y - cell.y > 1.35 * cell.size:
        return False
    return any(abs(cell.x - other.x) < 0.5 * cell.size for other in above[1:])


def _whole(row: Row) -> Line:
    """Return a row as a line, read as it was written."""
    first = row[0] if row else Piece("", 0.0, 0.0, 0.0)
    return Line(" ".join(cell.text for cell in row), first.x, first.y, first.size)


def _columns(rows: list[Row]) -> list[Line]:
    """Return the lines of columns of prose, one column after the other; none where they are none."""
    full = [row for row in rows if len(row) > 1]
    n_columns = max(map(len, full), default=0)
    if len(full) < _MIN_PROSE_ROWS or any(len(row) != n_columns for row in full):
        return []
    starts = [median(row[j].x for row in full) for j in range(n_columns)]
    cells = [cell for row in rows for cell in row]
    if any(min(abs(cell.x - x) for x in starts) > cell.size for cell in cells):
        return []
    pitches = [a[0].y - b[0].y for a, b in pairwise(rows)]
    n_words = sum(len(cell.text.split()) for cell in cells) / len(cells)
    if n_words < _MIN_PROSE_WORDS or max(pitches) > 1.2 * min(pitches) or min(pitches) <= 0:
        return []
    n_letters = sum(any(map(str.islower, cell.text)) for cell in cells)
    if n_letters < 0.9 * len(cells):
        return []
    order = [min(range(n_columns), key=lambda j: abs(cell.x - starts[j])) for cell in cells]
    return [
        Line(cell.text, cell.x, cell.y, cell.size)
        for j in range(n_columns)
        for cell, column in zip(cells, order, strict=True)
        if column == j
    ]


def _table(rows: list[Row]) -> list[Line]:
    """Return the rows of a table, naming their columns where that is certain, else as they are."""
    placed = _placed(rows)
    first = rows[0][0]
    if placed is None:
        return [
            replace(_whole(row), text="\t".join(c.text for c in row), alone=True) for row in rows
        ]
    blocks = table_blocks(placed)
    heights = [row[0].y for row in rows]
    return [
        Line(text, first.x, heights[min(i, len(heights) - 1)], first.size, alone=True)
        for i, text in enumerate(blocks)
    ]


def _placed(rows: list[Row]) -> list[list[Cell]] | None:
    """Return the cells of rows by column, or None where a cell may stand in two."""
    rows = [sorted(row, key=lambda cell: cell.x) for row in rows]
    n_columns = max(map(len, rows))
    full = [row for row in rows if len(row) == n_columns]
    if len(rows) < _MIN_ROWS or len(full) < max(2, len(rows) / 3):
        return None
    spans = [
        (min(row[j].x for row in full), max(row[j].x for row in full)) for j in range(n_columns)
    ]
    if any(a[1] >= b[0] for a, b in pairwise(spans)):
        return None
    pitch = median([a[0].y - b[0].y for a, b in pairwise(full)] or [0.0])
    placed: list[list[Cell]] = []
    for number, row in enumerate(rows):
        columns = [_column(cell, spans) for cell in row]
        if None in columns or len(set(columns)) < len(columns):
            return None
        cells = dict(zip(columns, row, strict=True))
        near = number and rows[number - 1][0].y - row[0].y < 0.8 * pitch
        if near and len(row) < n_columns and 0 not in cells:
            for j, cell in cells.items():
                above = placed[-1][j or 0]
                placed[-1][j or 0] = replace(above, text=f"{above.text} {cell.text}".strip())
            continue
        placed.append(
            [
                Cell(c.text, is_head=bool(_BOLD.search(c.font)))
                if (c := cells.get(j))
                else Cell("")
                for j in range(n_columns)
            ]
        )
    return placed


def _column(cell: Piece, spans: Sequence[tuple[float, float]]) -> int | None:
    """Return the one column in which a cell begins, or None."""
    slack = 0.5 * cell.size
    fits = [j for j, (low, high) in enumerate(spans) if low - slack <= cell.x <= high + slack]
    return fits[0] if len(fits) == 1 else None
