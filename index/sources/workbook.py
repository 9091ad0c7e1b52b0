"""The sheets of a workbook (.xlsx): the cells of each as it shows them. The only file that imports openpyxl."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from index.errors import ArticleError
from index.sources.number_format import shown

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_DRAWN = re.compile(r"xl/(?:media|charts)/[^/]+\.\w+$")
_NO_VALUE = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: the texts of its cells by row and column, counted from 1.

    ``merged`` are the rectangles of merged cells: first and last row, first and last column; ``bold``
    are the cells in bold letters, ``comments`` the text of a cell, who remarked on it, and what.
    Hidden rows and columns are among the cells.
    """

    name: str
    cells: dict[int, dict[int, str]] = field(repr=False)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    bold: frozenset[tuple[int, int]] = field(default=frozenset(), repr=False)
    hidden: bool = False
    comments: tuple[tuple[str, str, str], ...] = ()
    hidden_rows: frozenset[int] = field(default=frozenset(), repr=False)
    hidden_columns: frozenset[int] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook: its title, its sheets, and how many pictures and charts it has.

    ``n_unknown`` are formulas of which the file holds no value: no spreadsheet program has computed them yet.
    """

    title: str
    sheets: tuple[Sheet, ...]
    n_drawings: int
    n_unknown: int


def read_workbook(data: bytes) -> Workbook:
    """Return the sheets of a workbook.

    Raises:
        ArticleError: it is none, or is locked.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (KeyError, ValueError, TypeError, InvalidFileException, zipfile.BadZipFile) as error:
        raise ArticleError(
            "must be a workbook (.xlsx), got another, a locked or a broken file"
        ) from error
    title = (book.properties.title or "").strip()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        sheets = [name for name in names if _SHEET.match(name)]
        n_unknown = sum(len(_NO_VALUE.findall(archive.read(name))) for name in sheets)
    n_drawings = sum(_DRAWN.match(name) is not None for name in names)
    return Workbook(title, tuple(map(_sheet, book.worksheets)), n_drawings, n_unknown)


def _sheet(sheet: Any) -> Sheet:
    # A sheet's own rows go on to the last formatted one, up to a million; these are the cells there are.
    cells: dict[int, dict[int, str]] = {}
    bold = set()
    comments = []
    hidden_rows = frozenset(n for n, row in sheet.row_dimensions.items() if row.hidden)
    hidden_columns = _hidden_columns(sheet)
    for (row, column), cell in sorted(sheet._cells.items()):
        text = shown(cell.value, cell.number_format).strip()
        is_hidden = row in hidden_rows or column in hidden_columns
        if cell.comment is not None and not is_hidden:
            comments.append((text, *_remark(cell.comment)))
        if text:
            cells.setdefault(row, {})[column] = text
            if cell.font.b:
                bold.add((row, column))
    merged = tuple((m.min_row, m.max_row, m.min_col, m.max_col) for m in sheet.merged_cells.ranges)
    hidden = sheet.sheet_state != "visible"
    return Sheet(
        sheet.title,
        cells,
        merged,
        frozenset(bold),
        hidden,
        tuple(comments),
        hidden_rows,
        hidden_columns,
    )


def _hidden_columns(sheet: Any) -> frozenset[int]:
    """Return the hidden columns; one form stands for neighbours that are alike."""
    columns: set[int] = set()
    for form in sheet.column_dimensions.values():
        if form.hidden and form.min and form.max:
            columns.update(range(form.min, min(form.max, sheet.max_column) + 1))
    return frozenset(columns)


def _remark(comment: Any) -> tuple[str, str]:
    """Return who has remarked something, and what; Excel writes the name, or a notice, before it."""
    author, text = comment.author or "", comment.text or ""
    text = text.removeprefix(f"{author}:")
    if text.startswith("[Threaded comment]"):
        author, text = "", text.partition("Comment:")[2] or text
    return author, text
