"""What a source returns of a file: documents, and notes of what it left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.text.span import SentenceRow

NOTHING = "nothing, but "  # begins what was not left out, but guessed
_PAGE_NUMBER = re.compile(r"(?i)(?:page|seite|of|von|[\W\d_])*")
_SPACE = re.compile(r"[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Document:
    """The text of an article to be, with what its file says about it.

    Attributes:
        text: paragraphs with blank lines between, or as it stands in a .txt file.
        title: an empty string where the file names none.
        date: in ISO 8601, or an empty string.
        source: where the text comes from; "#…" is a part of its file, an empty string all of it.
        page_starts: the offsets at which the pages of a PDF begin; empty where there are none.
        sentences: those of the text, once it was split.
    """

    text: str
    title: str = ""
    date: str = ""
    source: str = ""
    page_starts: Sequence[int] = ()
    sentences: Sequence[SentenceRow] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The documents of a file, and notes of what was left out of them.

    ``scanned`` are the numbers of pages, from 1, that are pictures and were not read.
    """

    documents: Sequence[Document]
    dropped: Sequence[str] = ()
    scanned: Sequence[int] = ()


class Verbatim(str):
    """A block whose line ends stay as they are: code."""

    __slots__ = ()


def join_blocks(blocks: Iterable[str]) -> str:
    """Return blocks as one text: a paragraph each, with a blank line between."""
    return "\n\n".join(block for block in map(_tidied, blocks) if block)


def list_item(text: str, number: str = "") -> str:
    """Return an item of a list after its bullet or number; "" where the item is empty."""
    text = on_one_line(text)
    return text and f"{number}. {text}" if number else text and f"- {text}"


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 picture", "3 pictures"."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def page_list(numbers: Sequence[int]) -> str:
    """Return page numbers, which rise, in words: "page 3", "pages 1–4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    listed = ", ".join("–".join(map(str, run)) for run in runs)
    return f"page{'s' if len(numbers) > 1 else ''} {listed}"


def counts(*counts: tuple[int, str] | tuple[int, str, str]) -> list[str]:
    """Return each number that is not 0 with its noun, as ``counted`` does."""
    return [counted(*each) for each in counts if each[0]]


def notes_of(dropped: Sequence[str]) -> tuple[str, ...]:
    """Return what was left out as one line, and what was only guessed as a line each.

    Args:
        dropped: as in ``Contents``; "nothing, but …" is a guess.
    """
    left_out = [what for what in dropped if not what.startswith(NOTHING)]
    guesses = [what.removeprefix(NOTHING) for what in dropped if what.startswith(NOTHING)]
    return (*([f"left out: {'; '.join(left_out)}"] if left_out else []), *guesses)


def set_aside(n_lines: int) -> list[str]:
    """Return a note of the lines that are not read as text; none where there are none."""
    what = "taken for credits or site furniture, and searched only where nothing else answers"
    return [f"{counted(n_lines, 'line')} {what}"] if n_lines else []


def _tidied(block: str) -> str:
    if isinstance(block, Verbatim):
        lines = block.replace("\0", "").expandtabs(4).splitlines()
        return "\n".join(line.rstrip() for line in lines if line.strip())
    return on_one_line(block)


def is_page_number(text: str) -> bool:
    """Return whether a head or foot of pages is nothing but their number: "Page 1 of 7"."""
    return _PAGE_NUMBER.fullmatch(text) is not None


def on_one_line(text: str) -> str:
    """Return a text without line ends, runs of white space and soft hyphens.

    A no-break space, as in "3 000 kg", stays one.
    """
    return _SPACE.sub(" ", text.replace("\0", "").replace("\u00ad", "")).strip()
