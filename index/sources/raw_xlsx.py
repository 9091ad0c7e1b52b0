"""The rows of a workbook's first sheet, for who reads tables and no articles."""

from __future__ import annotations

import json

from index.sources.document import Contents, Document, counts
from index.sources.workbook import read_workbook


def read_raw_xlsx(data: bytes, _charset: str) -> Contents:
    """Return the rows of the first sheet that can be seen as JSON: [[number, [cell, …]], …].

    Rows and cells without a text are left out at the ends, and "" between others.

    Raises:
        ArticleError: it is no workbook.
    """
    book = read_workbook(data)
    sheets = [sheet for sheet in book.sheets if not sheet.hidden and sheet.cells]
    cells = sheets[0].cells if sheets else {}
    rows = [
        (number, [row.get(column, "") for column in range(1, max(row) + 1)])
        for number, row in cells.items()
    ]
    others = [f"sheet “{sheet.name}”" for sheet in sheets[1:]]
    dropped = [
        *others,
        *counts((book.n_unknown, "formula without a value", "formulas without a value")),
    ]
    return Contents([Document(json.dumps(rows), sentences=())], dropped)
