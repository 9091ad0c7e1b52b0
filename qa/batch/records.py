"""What is written for each question: a record, as a line of JSON or a row of CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any, Literal

from index import well_formed
from qa.batch.question_file import QuestionRow
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
# Valid inside JSON texts only, where each may be written as an escape: characters that move the
# cursor, turn the writing direction or end a line in some programs.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


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


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return strict JSON that is readable and yet safe to show in a terminal."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


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
