"""The file that a batch writes: what it may be named, and its bytes as JSON lines, CSV or a workbook."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from index.storage.durable import replace
from qa.errors import BatchError
from qa.text import json_line

OutForm = Literal["jsonl", "csv", "xlsx"]
COLUMNS = (
    "id question status answer short_answer confidence citation article source page other_citations"
    " nearest notes error".split()
)
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else
_WIDE = {"question", "answer", "citation", "other_citations", "nearest", "notes"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 32_767  # characters in Excel
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the same answers are the same file


def check_output(out: Path, questions: str, *, force: bool = False) -> None:
    """Raise BatchError where a file cannot be the output; it costs nothing to ask early.

    Args:
        out: the file to be written.
        questions: the name of the question file.
        force: whether a file that is there may be replaced.
    """
    out_form(out)
    if not out.parent.is_dir():
        raise BatchError(f"{out} must be in an existing folder; make {out.parent} first", path=out)
    if not out.exists():
        return
    if not out.is_file():
        raise BatchError(
            f"{out} must be a file, got a folder or a device; choose another name", path=out
        )
    if Path(questions).exists() and out.samefile(questions):
        raise BatchError(
            f"{out} must be another file than the questions; choose another name", path=out
        )
    if not force:
        raise BatchError(f"{out} exists; give --force to replace it", path=out)


def out_form(out: Path) -> OutForm:
    """Return the form that a name asks for."""
    forms: dict[str, OutForm] = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx"}
    if out.suffix.lower() not in forms:
        raise BatchError(f"{out} must be named .jsonl, .csv or .xlsx, got {out.suffix!r}", path=out)
    return forms[out.suffix.lower()]


def write_output(out: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write records to a file in the form that its name asks for, whole or not at all."""
    new = out.with_name(f"{out.name}.new")
    with new.open("wb") as file:
        file.writelines(rendered(records, out_form(out)))
        file.flush()
        os.fsync(file.fileno())
    replace(new, out)


def rendered(records: Iterable[dict[str, Any]], form: OutForm) -> Iterator[bytes]:
    """Yield the bytes of an output file, piece by piece: a record at a time, or a whole workbook."""
    if form == "xlsx":
        yield _workbook(records)
        return
    if form == "csv":
        yield (BYTE_ORDER_MARK + _csv_line(COLUMNS)).encode()
    yield from map(_csv_row if form == "csv" else json_line, records)


def _csv_row(record: dict[str, Any]) -> bytes:
    """Return a record as a line of CSV in UTF-8.

    A cell that begins with = + - @, a tab or a carriage return gets an apostrophe before it, so
    that no spreadsheet runs it as a formula; NUL becomes a replacement character.
    """
    return _csv_line([_harmless(cell) for cell in _cells(record)]).encode()


def _workbook(records: Iterable[dict[str, Any]]) -> bytes:
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


def _csv_line(cells: Iterable[str]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue()
