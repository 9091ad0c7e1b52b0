"""The rows of a sheet become titles, tables and remarks: blank rows separate them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from index.sources.tables import Cell, table_blocks

Row = Sequence[Cell]


def sheet_blocks(rows: Sequence[Row], n_head: int | None = None) -> Iterator[str]:
    """Yield the blocks of a sheet.

    Of the rows between blank ones, those with one cell before and after the others are lines of
    their own: a title, a remark.

    Args:
        rows: the cells of each row; what a merged cell covers has none.
        n_head: how many rows of the first table name its columns; None where nothing says so.
    """
    for is_text, run in groupby(zip(rows, _n_texts(rows), strict=True), key=lambda row: row[1] > 0):
        if is_text:
            some, n_texts = zip(*run, strict=True)
            yield from _block(some, n_texts, n_head)
            n_head = None


def _n_texts(rows: Sequence[Row]) -> list[int]:
    """Return how many texts each row has; a merged cell stands in the rows below it too."""
    n_texts = [sum(bool(cell.text) for cell in row) for row in rows]
    for i, row in enumerate(rows):
        for cell in row:
            for j in range(i + 1, min(i + cell.rowspan, len(rows)) if cell.text else i):
                n_texts[j] += 1
    return n_texts


def _block(rows: Sequence[Row], n_texts: Sequence[int], n_head: int | None) -> Iterator[str]:
    wide = [i for i, n in enumerate(n_texts) if n > 1]
    first, end = (wide[0], wide[-1] + 1) if wide else (len(rows), len(rows))
    yield from map(_line, rows[:first])
    yield from table_blocks(rows[first:end], n_head)
    yield from map(_line, rows[end:])


def _line(row: Row) -> str:
    return next(cell.text for cell in row if cell.text)
