"""Workbooks (.xlsx): the cells of each sheet as it shows them, a row for each line."""

from __future__ import annotations

from index.errors import ArticleError
from index.sources.document import Contents, Document, counts, join_blocks, on_one_line
from index.sources.marks import comment
from index.sources.sheets import Visible, sheet_blocks, visible
from index.sources.tables import Cell
from index.sources.workbook import Sheet, read_workbook
from index.sources.xlsx_boxes import sheet_boxes


def read_xlsx(data: bytes, _charset: str) -> Contents:
    """Return the text of a workbook, sheet after sheet; hidden sheets, rows and columns are left out.

    Raises:
        ArticleError: it is none, is locked, or holds no text.
    """
    book = read_workbook(data)
    boxes = sheet_boxes(data)
    shown = [s for s in book.sheets if not s.hidden and (s.cells or s.name in boxes)]
    blocks: list[str] = []
    n_rows = n_columns = 0
    for sheet in shown:
        seen = _rows(sheet)
        n_rows, n_columns = n_rows + seen.n_hidden_rows, n_columns + seen.n_hidden_columns
        blocks += [sheet.name] if len(shown) > 1 else []
        blocks += sheet_blocks(seen.rows)
        for cell, author, text in sheet.comments:
            blocks += comment(author, text, on=cell)
        blocks += boxes.get(sheet.name, [])
    text = join_blocks(blocks)
    if not text:
        raise ArticleError("must hold text, got a workbook without any")
    dropped = counts(
        (sum(sheet.hidden and bool(sheet.cells) for sheet in book.sheets), "hidden sheet"),
        (n_rows, "hidden row"),
        (n_columns, "hidden column"),
        (book.n_drawings, "picture or chart", "pictures and charts"),
        (book.n_unknown, "formula without a value", "formulas without a value"),
    )
    return Contents([Document(text, book.title)], dropped)


def _rows(sheet: Sheet) -> Visible:
    """Return the rows of a sheet that are shown, a blank one wherever some are blank."""
    if not sheet.cells:
        return Visible([])
    spans = {
        (top, left): (bottom - top + 1, right - left + 1)
        for top, bottom, left, right in sheet.merged
    }
    covered = {
        (row, column): column
        for top, bottom, left, right in sheet.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }
    n_columns = max(max(row) for row in sheet.cells.values())
    first = min(min(row) for row in sheet.cells.values())
    rows: list[list[Cell]] = []
    hidden: set[int] = set()
    before = min(sheet.cells) - 1
    covering = {row for row, _ in covered}
    for number in sorted({*sheet.cells, *covering}):
        is_parted = any(n not in sheet.hidden_rows for n in range(before + 1, number))
        rows += [[]] if is_parted else []
        hidden |= {len(rows)} if number in sheet.hidden_rows else set()
        texts = sheet.cells.get(number, {})
        rows.append(
            [
                Cell(
                    on_one_line(texts.get(c, "")),
                    *spans.get((number, c), (1, 1)),
                    (number, c) in sheet.bold,
                )
                for c in range(first, n_columns + 1)
                if (number, c) not in covered
            ]
        )
        before = number
    return visible(rows, hidden, {column - first for column in sheet.hidden_columns})
