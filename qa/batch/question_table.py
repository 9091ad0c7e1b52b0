"""Tables of questions: CSV as spreadsheets write it, and the rows of a sheet, become fields."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from index import well_formed
from qa.errors import QuestionFileError

# The fields of a row as the file has them, or why they cannot be read.
Fields = dict[str, Any] | str

_DELIMITERS = ",;\t|"
_NAMES = {"questions": "question"}


def csv_rows(text: str, name: str) -> Iterator[tuple[int, Fields]]:
    """Yield (line, fields); a row that is not CSV is one line long, so a stray quote costs one.

    Args:
        text: cells between commas, semicolons, tabs or bars, as the head has them; a first line
            ``sep=;`` names them.
        name: what errors call the file.

    Raises:
        QuestionFileError: no column is named question.
    """
    lines = list(io.StringIO(text, newline=""))
    named = _named_delimiter(lines[0]) if lines else ""
    position = 1 if named else 0
    delimiter = named or _delimiter(lines)
    header: list[str] | None = None
    while position < len(lines):
        reader = csv.reader(
            (lines[i] for i in range(position, len(lines))), delimiter=delimiter, strict=True
        )
        try:
            cells: list[str] | str = next(reader)
            taken: int = reader.line_num
        except csv.Error as error:
            cells, taken = f"row must be CSV, got a fault: {error}", 1
        line, position = position + 1, position + taken
        if header is None:
            header = _header(cells, name)
        elif isinstance(cells, str):
            yield line, cells
        elif any(cell.strip() for cell in cells):
            yield line, _fields(header, cells)
    if header is None:
        _header((), name)


def sheet_rows(
    rows: Iterable[tuple[int, Sequence[str]]], name: str
) -> Iterator[tuple[int, Fields]]:
    """Yield (row number, fields) of the rows of a sheet; the first is the head.

    Raises:
        QuestionFileError: no column is named question.
    """
    header: list[str] | None = None
    for number, cells in rows:
        if header is None:
            header = _header(cells, name)
        elif any(cell.strip() for cell in cells):
            yield number, _fields(header, cells)
    if header is None:
        _header((), name)


def is_table(text: str) -> bool:
    """Return whether a text begins as a table with a column question, as "Unicode text" of Excel does."""
    first = text.partition("\n")[0]
    return "\t" in first and "question" in _names(first.split("\t"))


def _named_delimiter(line: str) -> str:
    """Return the delimiter that a first line names: "sep=;"."""
    stripped = line.rstrip("\r\n")
    return stripped[4] if len(stripped) == 5 and stripped.lower().startswith("sep=") else ""


def _delimiter(lines: Sequence[str]) -> str:
    """Return what stands between the names of the columns, a comma where there is only one."""
    head = next((line for line in lines if line.strip()), "")
    fitting = [
        d for d in _DELIMITERS if "question" in _names(next(csv.reader([head], delimiter=d), []))
    ]
    return fitting[0] if fitting else ","


def _names(cells: Iterable[str]) -> list[str]:
    names = (cell.strip().lower() for cell in cells)
    return [_NAMES.get(name, name) for name in names]


def _header(cells: Sequence[str], name: str) -> list[str]:
    """Return the names of the columns; raise QuestionFileError where the question's is not among them."""
    header = [] if isinstance(cells, str) else _names(cells)
    if "question" not in header:
        seen = well_formed(", ".join(c.strip() for c in cells)) if header else "an empty file"
        raise QuestionFileError(
            f"{name} must have a column named question, got {f'{seen:.60}' or 'none'}; "
            "write question above the questions",
            name=name,
        )
    for column in ("question", "id"):
        if header.count(column) > 1:
            raise QuestionFileError(
                f"{name} must have one column named {column}, got {header.count(column)}", name=name
            )
    return header


def _fields(header: Sequence[str], cells: Sequence[str]) -> Fields:
    """Return the cells of a row by the names of their columns; empty ones at the end may be too many."""
    n_cells = max((i for i, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    if n_cells > len(header):
        return (
            f"row must have at most {_n_cells(len(header))}, got {n_cells}; "
            "put a text with a comma in quotation marks"
        )
    fields: dict[str, Any] = dict(zip(header, cells, strict=False))
    if not fields.get("id", "").strip():
        fields.pop("id", None)
    if "history" in fields:
        fields["history"] = _history(fields["history"])
    return fields


def _n_cells(n: int) -> str:
    return f"{n} cell{'s' * (n > 1)}"


def _history(cell: str) -> Any:
    """Return the earlier questions of a cell: a list in JSON, or a question a line."""
    if cell.lstrip().startswith("["):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            pass
    return [line.strip() for line in cell.splitlines() if line.strip()]
