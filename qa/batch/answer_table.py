"""Records as tables for spreadsheets: a row for each question, with plain cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

COLUMNS = (
    "id",
    "question",
    "status",
    "answer",
    "short_answer",
    "confidence",
    "citation",
    "article",
    "source",
    "page",
    "other_citations",
    "nearest",
    "notes",
    "error",
)
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else
_WIDE = {"question", "answer", "citation", "other_citations", "nearest", "notes"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 32_767  # of Excel
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the same answers are the same file


def csv_header() -> bytes:
    """Return the first line of a CSV file, in UTF-8 after a byte order mark."""
    return (BYTE_ORDER_MARK + _csv_row(COLUMNS)).encode()


def csv_row(record: dict[str, Any]) -> bytes:
    """Return a record as a line of CSV in UTF-8.

    A cell that begins with = + - @, a tab or a carriage return gets an apostrophe before it, so
    that no spreadsheet runs it as a formula; NUL becomes a replacement character.
    """
    return _csv_row([_harmless(cell) for cell in _cells(record)]).encode()


def workbook(records: Iterable[dict[str, Any]]) -> bytes:
    """Return records as a workbook (.xlsx) of one sheet; texts stay texts, whatever they begin with."""
    import xlsxwriter

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, {**options, "in_memory": True}) as book:
        book.set_properties({"created": _EPOCH})
        sheet = book.add_worksheet("Answers")
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 0)
        for number, name in enumerate(COLUMNS):
            sheet.set_column(number, number, 50 if name in _WIDE else 14, wrapped)
            sheet.write_string(0, number, name, book.add_format({"bold": True}))
        for row, record in enumerate(records, start=1):
            for column, cell in enumerate(_cells(record)):
                if isinstance(cell, int | float):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, cell[:_MAX_CELL])
    return file.getvalue()


def _cells(record: dict[str, Any]) -> list[str | int | float]:
    """Return the cells of a record, in the order of ``COLUMNS``."""
    first, *others = record["citations"] or [None]
    article = first["article"] if first else {}
    values = {
        **record,
        "citation": first and first["quote"],
        "article": article.get("title"),
        "source": article.get("source"),
        "page": first and first["page"],
        "other_citations": _quotes(others),
        "nearest": _quotes(record["nearest"]),
        "notes": "\n".join(record["notes"]),
    }
    return [_plain(values[name]) for name in COLUMNS]


def _quotes(citations: Iterable[dict[str, Any]]) -> str:
    """Return quotes, one a line."""
    return "\n".join(" ".join(citation["quote"].split()) for citation in citations)


def _plain(value: Any) -> str | int | float:
    if value is None:
        return ""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _harmless(cell: str | float) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA) else text


def _csv_row(cells: Iterable[str]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue()
