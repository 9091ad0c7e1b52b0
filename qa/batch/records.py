"""What is written for each question: a record, as a line of JSON or a row of CSV."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

from index import well_formed
from qa.batch.question_file import QuestionRow
from qa.text import to_json
from qa.types import Answer

OutForm = Literal["jsonl", "csv"]
FIELDS = (
    "id",
    "question",
    "status",
    "answer",
    "short_answer",
    "confidence",
    "citations",
    "nearest",
    "error",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def record_of(row: QuestionRow, answer: Answer) -> dict[str, Any]:
    """Return the record of an answered or declined question, with the row's own words."""
    own = {"id": row.id, "question": well_formed(row.question), "error": None}
    record = {**answer.to_dict(), **own}
    return {name: record[name] for name in FIELDS}


def error_record(row: QuestionRow, error: str) -> dict[str, Any]:
    """Return the record of a row that could not be asked."""
    empty: dict[str, Any] = {
        "answer": None,
        "short_answer": None,
        "confidence": None,
        "citations": [],
    }
    record = {"id": row.id, "question": row.question, "status": "error", **empty, "nearest": []}
    return {**record, "error": well_formed(error)}


def header(form: OutForm) -> bytes:
    """Return what stands before the first record."""
    return b"" if form == "jsonl" else _csv_row(FIELDS)


def encode(record: dict[str, Any], form: OutForm) -> bytes:
    """Return a record in UTF-8 with its line end.

    A CSV cell holds a text as it is, nothing for null, and JSON for lists. A cell that begins
    with = + - @, a tab or a carriage return gets an apostrophe before it, so that no spreadsheet
    runs it as a formula; NUL becomes a replacement character.
    """
    if form == "jsonl":
        return f"{to_json({name: record[name] for name in FIELDS})}\n".encode()
    return _csv_row(tuple(_cell(record[name]) for name in FIELDS))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else to_json(value)
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_row(cells: tuple[str, ...]) -> bytes:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue().encode()
