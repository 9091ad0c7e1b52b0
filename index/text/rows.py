"""Which lines of a text are rows of a table, and what their cells are.

A table is recognized by its form alone: neighbouring lines with the same number of cells, parted by bars, tabs
or gaps that stand one below the other. "- Model: Hawk; Size: 7B", a row that names its columns, is known
by labels that its neighbours share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

MARK = "- "  # begins a row that reads by itself
# A row uses the first separator such that no cell holds it or a later one: so the last one in it.
SEPARATORS = ("; ", " | ", " · ", " ¦ ")
_LABEL = re.compile(r"(?P<label>[^:]{1,80}): \S")
_RULE_MARKS = " \t|:+=_-"
_WIDEST = 400  # characters of a line of columns parted by gaps
_GAP = re.compile(r"\S(\t| {2,})\s*(?=\S)")
_LEADER = re.compile(r" ?(?:\.{4,}|(?: \.){3,}|…{2,}) ?")  # "Plum cake ....... 3.10"
_MARKED = re.compile(r"(?:\W|\(?\w{1,4}[.)]|.*:$)")
_MOST_WORDS = 8
_MOST_LED = 4
_MIN_GUTTER = 2
_MIN_IN_COLUMNS = 3


class RowCell(NamedTuple):
    """A cell of a row: what names its column, "" where nothing does, and where it is in the row."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table in the lines of a text.

    Attributes:
        first: the number of its first line.
        end: the number of the line after its last.
        rows: its cells, a row for each line that is no rule.
        numbers: the number of the line of each row.
        n_head: how many of the rows stand above a rule; 0 where no rule says so.
    """

    first: int
    end: int
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    n_head: int


def find_tables(lines: Sequence[str]) -> list[TextTable]:
    """Return the tables in neighbouring lines, none of which is blank."""
    tables: list[TextTable] = []
    start = 0
    for form, run in groupby(lines, key=_form):
        end = start + len(list(run))
        if form and (table := _table(lines, start, end, form)) is not None:
            tables.append(table)
        start = end
    return tables


def self_read_rows(lines: Sequence[str]) -> set[int]:
    """Return the numbers of the lines that are rows naming their columns, as ``table_blocks`` writes.

    A row names two columns itself, or a neighbour shares a label with it or has equally many cells.
    """
    numbers: set[int] = set()
    cells = [_cells_of_row(line) for line in lines]
    labels = [[label for c in row if (label := _label(c))] for row in cells]
    for i, row in enumerate(cells):
        if len(row) < 2:
            continue
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(lines) and len(cells[j]) > 1]
        if len(labels[i]) > 1 or any(
            len(cells[j]) == len(row) or set(labels[j]) & set(labels[i]) for j in near
        ):
            numbers.add(i)
    return numbers


def row_cells(row: str) -> list[RowCell]:
    """Return the cells of a sentence of the kind "row": where each stands in it, and its label.

    A page can so show a table, and every cell stays an exact part of the text.
    """
    if row.startswith(MARK):
        start = len(MARK)
        parting: re.Pattern[str] = re.compile(re.escape(_separator(row)))
    else:
        bar, tab = row.count("|") > 1 or " | " in row, "\t" in row
        start = len(row) - len(row.lstrip(" |"))
        form = r" *(?<!\\)\| *" if bar else r" *\t *" if tab else r" {2,}"
        parting = _LEADER if _LEADER.search(row) and not (bar or tab) else re.compile(form)
    cells = []
    for match in [*parting.finditer(row, start), None]:
        end = len(row) if match is None else match.start()
        label = _label(row[start:end]) if row.startswith(MARK) else ""
        first = start + (len(label) + 2 if label else 0)
        if first < end or match is not None:
            cells.append(RowCell(label, first, end))
        start = end if match is None else match.end()
    return cells


def _cells_of_row(line: str) -> list[str]:
    if not line.startswith(MARK):
        return []
    return line[len(MARK) :].split(_separator(line))


def _separator(row: str) -> str:
    return next((mark for mark in reversed(SEPARATORS) if mark in row), SEPARATORS[0])


def _label(cell: str) -> str:
    match = _LABEL.match(cell)
    return match["label"] if match else ""


def _form(line: str) -> str:
    """Return what parts the cells of a line: a bar, a row of dots, a tab, a gap, or nothing."""
    bare = line.strip()
    if bare.count("|") > 1 or " | " in bare:
        return "|"
    if _leads(bare):
        return "."
    if _is_rule(bare):
        return "|" if "|" in bare or "+" in bare else " "
    gap = _GAP.search(line)
    return "" if gap is None else "\t" if "\t" in bare else " "


def _leads(line: str) -> bool:
    """Return whether a row of dots leads from a cell to a short one, and not on in a sentence."""
    cells = _LEADER.split(line)
    is_pair = len(cells) == 2 and all(cells) and not line.endswith((".", "!", "?", ","))
    return is_pair and len(cells[1].split()) <= _MOST_LED


def _is_rule(line: str) -> bool:
    """Return whether a line only parts others: "|---|---|", "=====", "+---+---+"."""
    return not line.strip(_RULE_MARKS) and any(mark * 3 in line for mark in "-=_")


def _table(lines: Sequence[str], first: int, end: int, form: str) -> TextTable | None:
    """Return the table of lines of one form, or None where they are none for certain."""
    numbers = [i for i in range(first, end) if not _is_rule(lines[i])]
    if len(numbers) < 2:
        return None
    split: Callable[[list[str]], list[tuple[str, ...]] | None]
    split = {"|": _by_bars, ".": _by_leaders, "\t": _by_tabs, " ": _by_gaps}[form]
    rows = split([lines[i] for i in numbers])
    if rows is None:
        return None
    rules = [i for i in range(first, end) if _is_rule(lines[i]) and i > numbers[0]]
    n_head = sum(i < rules[0] for i in numbers) if rules and rules[0] < numbers[-1] else 0
    return TextTable(first, end, tuple(rows), tuple(numbers), n_head)


def _by_bars(lines: list[str]) -> list[tuple[str, ...]] | None:
    """Return the cells between bars; an escaped bar, as in Markdown, is a character."""
    rows = []
    for line in lines:
        bare = line.strip().removeprefix("|")
        cells = re.split(r"(?<!\\)\|", bare)
        if bare.endswith("|") and not bare.endswith("\\|"):
            cells.pop()
        rows.append(tuple(cell.strip().replace("\\|", "|") for cell in cells))
    return _even(rows)


def _by_leaders(lines: list[str]) -> list[tuple[str, ...]]:
    """Return the two cells that a row of dots leads from one to the other."""
    return [tuple(map(str.strip, _LEADER.split(line.strip(), maxsplit=1))) for line in lines]


def _by_tabs(lines: list[str]) -> list[tuple[str, ...]] | None:
    """Return the cells between tabs; two of them may be an item after its number, or who says what."""
    rows = _even([tuple(cell.strip() for cell in line.split("\t")) for line in lines])
    if (
        rows
        and len(rows[0]) == 2
        and any(_MARKED.match(first) or len(second.split()) > _MOST_WORDS for first, second in rows)
    ):
        return None
    return rows


def _by_gaps(lines: list[str]) -> list[tuple[str, ...]] | None:
    """Return the cells between gutters, which are blank in every line."""
    width = max(map(len, lines))
    if width > _WIDEST or len(lines) < _MIN_IN_COLUMNS:
        return None
    blank = [all(i >= len(line) or line[i] == " " for line in lines) for i in range(width)]
    edges: list[tuple[int, int]] = []
    at = 0
    for is_blank, run in groupby(blank):
        end = at + len(list(run))
        if not is_blank:
            edges.append((at, end))
        at = end
    columns: list[tuple[int, int]] = []
    for a, b in edges:  # a single blank is a space between words
        if columns and a - columns[-1][1] < _MIN_GUTTER:
            columns[-1] = columns[-1][0], b
        else:
            columns.append((a, b))
    rows = [tuple(line[a:b].strip() for a, b in columns) for line in lines]
    if len(columns) < 2 or any("  " in cell for row in rows for cell in row):
        return None
    return rows if all(sum(map(bool, row)) > 1 for row in rows) else None


def _even(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]] | None:
    """Return rows where all have equally many cells, two or more."""
    return rows if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 else None
