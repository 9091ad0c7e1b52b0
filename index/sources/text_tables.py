"""The tables of a text without marks become rows that read by themselves; all else stays as it is."""

from __future__ import annotations

import csv
import re

from index.sources.tables import Cell, has_head, table_blocks
from index.text.rows import TextTable, find_tables

_MIN_ROWS = 3
_MOST_WORDS = 6  # of a cell between commas
_LINE_END = re.compile(r"\r\n|\r|\n")


def with_rows(text: str) -> str:
    """Return a text whose tables name the columns in each row; in doubt a table stays as it is.

    A table is pasted from a sheet (tabs, semicolons, commas), drawn with bars, or stands in columns. It changes only
    where its first row is a head for certain: by a rule below it, or by what its cells hold.
    """
    pieces = _LINE_END.split(text)
    if not any(mark in line for line in pieces for mark in ("|", "\t", "  ", ";", ", ")):
        return text
    ends = [*_LINE_END.findall(text), ""]
    out: list[str] = []
    start = 0
    for number in range(len(pieces) + 1):
        if number < len(pieces) and pieces[number].strip():
            continue
        out += _block(pieces[start:number], ends[start:number])
        if number < len(pieces):
            out += [pieces[number], ends[number]]
        start = number + 1
    return "".join(out)


def _block(lines: list[str], ends: list[str]) -> list[str]:
    """Return the pieces of neighbouring lines, none of which is blank."""
    out: list[str] = []
    done = 0
    for table in find_tables(lines) or _delimited(lines):
        rows = _rows(table)
        if not rows:
            continue
        out += [p for i in range(done, table.first) for p in (lines[i], ends[i])]
        between = next((end for end in ends[table.first : table.end] if end), "\n")
        out += [between.join(rows), ends[table.end - 1]]
        done = table.end
    return [*out, *(p for i in range(done, len(lines)) for p in (lines[i], ends[i]))]


def _delimited(lines: list[str]) -> list[TextTable]:
    """Return the table of lines that are the rows of a CSV file, short cells and no prose."""
    if len(lines) < _MIN_ROWS or any(line.rstrip().endswith((".", "!", "?")) for line in lines):
        return []
    for mark in (";", ","):
        try:
            rows = [*csv.reader(lines, delimiter=mark, skipinitialspace=True, strict=True)]
        except csv.Error:
            continue
        cells = [tuple(map(str.strip, row)) for row in rows]
        widths = set(map(len, cells))
        is_table = len(widths) == 1 and max(widths) > 1 and len(rows) == len(lines)
        if is_table and all(len(cell.split()) <= _MOST_WORDS for row in cells for cell in row):
            return [TextTable(0, len(lines), tuple(cells), tuple(range(len(lines))), 0)]
    return []


def _rows(table: TextTable) -> list[str]:
    """Return the rows of a table that name their columns; none where no row is a head for certain."""
    cells = [[Cell(text) for text in row] for row in table.rows]
    n_head = table.n_head or has_head(table.rows)
    if not n_head or n_head >= len(cells) or not all(any(row) for row in table.rows[:n_head]):
        return []
    return table_blocks(cells, n_head)
