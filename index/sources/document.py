"""What a loader makes of a file: the text of an article to be, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from index.text.splitter import Span


class UnreadableError(Exception):
    """A file cannot be read, and why: `must …, got …`, without the file's name."""


@dataclass(slots=True)
class Draft:
    """The text of an article before it is split, with what its file says about it.

    ``page_starts`` are the offsets at which the pages of a PDF begin; empty where there are none.
    ``spans`` are its sentences, where they were found already.
    """

    text: str
    title: str = ""
    date: str = ""
    source: str = ""
    page_starts: list[int] = field(default_factory=list)
    spans: list[Span] | None = None


@dataclass(slots=True)
class Drafts:
    """The drafts of a file, and in plain words what was left out of them."""

    drafts: list[Draft]
    dropped: list[str] = field(default_factory=list)


class Verbatim(str):
    """A block whose lines are kept: code."""

    __slots__ = ()


def join_blocks(blocks: Iterable[str]) -> str:
    """Return blocks as one text: a paragraph each, with a blank line between."""
    return "\n\n".join(block for block in map(_tidied, blocks) if block)


def list_item(text: str, number: str = "") -> str:
    """Return an item of a list with its mark; "" where it is empty."""
    text = _on_one_line(text)
    return text and f"{number}. {text}" if number else text and f"- {text}"


def table_blocks(rows: Sequence[Sequence[str]], *, headed: bool) -> list[str]:
    """Return a table as a list item for each row, which names the column of each cell.

    A row reads by itself, so that it can be cited: "- Country: France; Capital: Paris".
    """
    cleaned = [[_on_one_line(cell) for cell in row] for row in rows]
    heads: Sequence[str] = cleaned[0] if headed and len(cleaned) > 1 else ()
    blocks = []
    for row in cleaned[1 if heads else 0 :]:
        named = [
            f"{heads[i]}: {cell}" if i < len(heads) and heads[i] and cell != heads[i] else cell
            for i, cell in enumerate(row)
            if cell
        ]
        if named:
            blocks.append(f"- {'; '.join(named)}")
    return blocks


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 picture", "3 pictures"."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def _tidied(block: str) -> str:
    if isinstance(block, Verbatim):
        lines = block.replace("\0", "").expandtabs(4).splitlines()
        return "\n".join(line.rstrip() for line in lines if line.strip())
    return _on_one_line(block)


def _on_one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
