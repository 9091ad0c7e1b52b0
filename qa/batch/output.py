"""The file that a batch writes: what it may be named, and its bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from index.storage.durable import replace
from qa.batch.answer_table import csv_header, csv_row, workbook
from qa.errors import BatchError
from qa.text import json_line

OutForm = Literal["jsonl", "csv", "xlsx"]


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
        yield workbook(records)
        return
    if form == "csv":
        yield csv_header()
    yield from map(csv_row if form == "csv" else json_line, records)
