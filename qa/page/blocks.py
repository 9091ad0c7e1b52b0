"""The paragraphs of an article as the page draws them: captions with their credits, tables of rows.

A table is drawn from rows that name their columns. The text of each row stays whole and exact: what a
cell does not show, the name of its column and the marks between cells, is there and is not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from index import Article, Sentence, row_cells

MIN_ROWS = 2
# A column: its label, and its position among the columns with that label.
Column = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as (text before the sentence, sentence) pieces."""

    kind: str
    pieces: tuple[tuple[str, Sentence], ...]

    @property
    def start(self) -> int:
        """Where it begins in the article's text."""
        return self.pieces[0][1].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.pieces[-1][1].end


class TableCell(NamedTuple):
    """A cell of a row: the text drawn, and the text of the row before and after it that is not."""

    before: str
    shown: str
    after: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its sentence, and a cell for each column; the cells' texts together are the sentence's."""

    sentence: Sentence
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that share columns; ``head`` names these, and is empty where the rows do not."""

    head: tuple[str, ...]
    rows: tuple[TableRow, ...]
    kind: str = "table"


def article_blocks(article: Article) -> list[list[Block] | Table]:
    """Return the paragraphs, a caption together with the credit that ends its line, rows as tables."""
    blocks: list[list[Block] | Table] = []
    rows: list[Block] = []
    for block in [*_paragraphs(article), None]:
        is_row = block is not None and block.kind == "row" and len(block.pieces) == 1
        if block is not None and is_row:
            rows.append(block)
            continue
        blocks += _tables(rows)
        rows = []
        last = blocks[-1] if blocks else None
        if block and isinstance(last, list) and _is_credit(article, last, block):
            last.append(block)
        elif block:
            blocks.append([block])
    return blocks


def _paragraphs(article: Article) -> list[Block]:
    paragraphs = []
    for _, group in groupby(article.sentences, key=lambda s: s.paragraph_number):
        inside = list(group)
        gaps = ["", *(article.text[a.end : b.start] for a, b in pairwise(inside))]
        paragraphs.append(Block(inside[0].kind, tuple(zip(gaps, inside, strict=True))))
    return paragraphs


def _is_credit(article: Article, last: Sequence[Block], block: Block) -> bool:
    same_line = not article.text[last[-1].end : block.start].strip(" \t")
    return same_line and (last[0].kind, block.kind) == ("caption", "furniture")


def _tables(blocks: Sequence[Block]) -> list[list[Block] | Table]:
    """Return neighbouring rows as tables, each of rows that share a column; a lone row stays a paragraph."""
    groups: list[tuple[list[Column], list[tuple[Block, list[Column]]]]] = []
    for block in blocks:
        names = _columns_of(block.pieces[0][1].text)
        if not groups or not _belongs(names, groups[-1][0]):
            groups.append(([], []))
        columns, rows = groups[-1]
        _merge(columns, names)
        rows.append((block, names))
    return [made for columns, rows in groups for made in _table(columns, rows)]


def _columns_of(row: str) -> list[Column]:
    names: list[Column] = []
    for cell in row_cells(row):
        names.append((cell.label, sum(label == cell.label for label, _ in names)))
    return names


def _belongs(names: Sequence[Column], columns: Sequence[Column]) -> bool:
    """Return whether a row is of the table with these columns: they share a label, or have none."""
    shared = {label for label, _ in names} & {label for label, _ in columns} - {""}
    unnamed = not any(label for label, _ in (*names, *columns))
    return bool(shared) or (unnamed and len(names) == len(columns))


def _merge(columns: list[Column], names: Sequence[Column]) -> None:
    """Add a row's columns to the table's, each that is new after the one before it in the row."""
    at = 0
    for name in names:
        if name not in columns:
            columns.insert(at, name)
        at = columns.index(name) + 1


def _table(
    columns: Sequence[Column], rows: Sequence[tuple[Block, list[Column]]]
) -> list[list[Block] | Table]:
    in_order = all(
        [columns.index(name) for name in names] == sorted(columns.index(name) for name in names)
        for _, names in rows
    )
    if len(rows) < MIN_ROWS or len(columns) < 2 or not in_order:
        return [[block] for block, _ in rows]
    head = tuple(label for label, _ in columns)
    made = tuple(_row(block.pieces[0][1], names, columns) for block, names in rows)
    return [Table(head if any(head) else (), made)]


def _row(sentence: Sentence, names: Sequence[Column], columns: Sequence[Column]) -> TableRow:
    """Return a row whose cells, one after the other, hold the whole of its text."""
    text, done = sentence.text, 0
    cells = row_cells(text)
    by_column: dict[Column, TableCell] = {}
    for number, (name, cell) in enumerate(zip(names, cells, strict=True), start=1):
        after = text[cell.end :] if number == len(cells) else ""
        by_column[name] = TableCell(text[done : cell.start], text[cell.start : cell.end], after)
        done = cell.end
    return TableRow(sentence, tuple(by_column.get(name, _EMPTY) for name in columns))


_EMPTY = TableCell("", "", "")
