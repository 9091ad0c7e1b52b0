"""What is written for each question: a record, as a line of JSON or a row of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from index import well_formed
from qa.batch.answer_table import csv_header, csv_row, workbook
from qa.batch.question_file import QuestionRow
from qa.text import json_line
from qa.types import Answer

OutForm = Literal["jsonl", "csv", "xlsx"]
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


def rendered(records: Iterable[dict[str, Any]], form: OutForm) -> Iterator[bytes]:
    """Yield the bytes of an output file, piece by piece: a record at a time, or a whole workbook."""
    if form == "xlsx":
        yield workbook(records)
        return
    if form == "csv":
        yield csv_header()
    yield from map(csv_row if form == "csv" else json_line, records)
