"""The rows of a sheet become titles, tables and remarks: blank rows separate them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from index.sources.tables import Cell, table_blocks

Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Visible:
    """The rows of a sheet that are shown, and how many hidden rows and columns hold text."""

    rows: list[list[Cell]]
    n_hidden_rows: int = 0
    n_hidden_columns: int = 0


def visible(rows: Sequence[Row], in_row: Container[int], in_column: Container[int]) -> Visible:
    """Return the rows of a sheet without what is hidden; a merged cell stands wherever it is seen.

    Args:
        rows: the cells of each row; what a merged cell covers has none.
        in_row: the positions of the hidden rows.
        in_column: those of the hidden columns.
    """
    shown: list[list[tuple[int, Cell]]] = [[] for _ in rows]
    taken: set[tuple[int, int]] = set()
    hidden_rows, hidden_columns = set[int](), set[int]()
    for i, row in enumerate(rows):
        j = 0
        for cell in row:
            while (i, j) in taken:
                j += 1
            below = range(i, min(i + cell.rowspan, len(rows)))
            beside = range(j, j + cell.colspan)
            if cell.rowspan > 1:
                taken.update((r, c) for r in below[1:] for c in beside)
            down = [r for r in below if r not in in_row]
            across = [c for c in beside if c not in in_column]
            if down and across:
                seen = replace(cell, rowspan=len(down), colspan=len(across))
                shown[down[0]].append((across[0], seen))
            elif cell.text:
                hidden_rows |= {i} if not down else set()
                hidden_columns |= {j} if not across else set()
            j += cell.colspan
    kept = [
        [cell for _, cell in sorted(row, key=lambda placed: placed[0])]
        for i, row in enumerate(shown)
        if i not in in_row
    ]
    return Visible(kept, len(hidden_rows), len(hidden_columns))


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
