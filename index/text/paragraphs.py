"""Where the paragraphs of a text are, and what each is: heading, body, caption or furniture.

The rules know how news pages are laid out, not what any article is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from index.text.rows import find_tables, self_read_rows
from index.text.span import Kind, Span

# Whole lines that only a web page has around its article. In doubt a line is text.
_FURNITURE = re.compile(
    r"""(?ix) ^\W* (?:
      most\ (?:popular|read|viewed|shared|commented) | (?:latest|top|more|breaking)\ (?:news|stories)
    | related\ (?:articles?|stories|news|content|links?) | recommended\ for\ you | trending\ now
    | editors?['’]?s?\ (?:picks?|choice) | you\ (?:may|might)\ also\ like
    | read\ more | continue\ reading | advertise(?:ment|ments) | (?:sponsored|promoted)\ content
    | share\ this\ (?:article|story|page|post)(?:\ (?:on|via)\ [\w,\ ]+)?
    | (?:sign\ up|subscribe|register)\ (?:for|to)\ (?:our|the)(?:\ \w+)?\ newsletters?
    | (?:copyright\ )?©.{0,80} | copyright\ (?:\(c\)\ )?(?:19|20)\d\d\b(?!.*[.!?]\W*$).{0,80} | (?:.{0,60}[.,]\ )?all\ rights\ reserved
    | \d+\ min(?:ute)?s?\ read | back\ to\ top | skip\ to\ (?:main\ )?content
    | listen\ to\ this\ (?:article|story) | \#{2,3}
    ) \W*$"""
)
_LAST = re.compile(r"(?i)^(?:\W*end|\W+30)\W*$")  # what ends a text: "(End)", "- 30 -"
# Names of buttons, which are furniture where several stand one below the other.
_BUTTON = re.compile(
    r"""(?ix) ^\W* (?: share | print | e-?mail | save | copy\ link | comments? | facebook | twitter | x
    | linkedin | whatsapp | instagram | log\ ?in | sign\ (?:in|up) | register | subscribe | follow\ us
    | newsletters? | menu | search | home ) \W*$"""
)
_MIN_BUTTONS = 3
# A credit that ends a caption: names an agency after a stroke, or the picture, or is one name.
_CREDIT = re.compile(
    r"""(?x) (?<=[.!?…"”’)])\s* (?P<credit>
      [(\[] (?! [^()\[\]]*[.!?][)\]]$ ) [^()\[\]]{2,80} [)\]]
    | (?:Photo|Image|Picture)s?(?:\ (?:credit|by|courtesy(?:\ of)?))?:\ ?.{2,80}
    ) $"""
)
_PICTURED = re.compile(r"(?i)\b(?:photo|image|picture|courtesy)|[/©]")
_CAPTION = re.compile(
    r"(?i)^(?:photo|image|picture|caption|pictured|file photo|file)\s*(?::|[-–—]{1,2})\s"
)
_SMALL_WORDS = frozenset(
    "a an and at by courtesy credit for from image in of on photo the via".split()
)
_ITEM = re.compile(
    r"\s*(?:[-*•‣▪–]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivx]{1,5})[.)]|\d+(?:\.\d+)+)\s"
)
_STAMP = re.compile(r"\W?\d{1,4}[-/.:]\d{1,2}[-/.:]\d{1,4}")
_DEEPEST = 200
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"”’»)\]]*(?: ?\[\^?\w{1,3}\])*$")  # [1]: a footnote's


class _Block(NamedTuple):
    """A line of a text or some that belong together, and whether it is a row of a table."""

    start: int
    end: int
    is_row: bool


class Paragraph(NamedTuple):
    """A paragraph of a text, and what it is."""

    start: int
    end: int
    kind: Kind


def split_paragraphs(text: str) -> list[Paragraph]:
    """Return the paragraphs of a text, in order.

    Blank lines separate paragraphs, and so does every line end, unless the lines of a block are
    one sentence after another wrapped at a fixed width. A row of a table is a paragraph. A credit at
    the end of a caption is a paragraph of its own, so that the caption can be cited without it.
    """
    blocks = [block for span in _blocks(text) for block in _lines(text, *span)]
    texts = [text[start:end] for start, end, _ in blocks]
    buttons, rows = _buttons(texts), self_read_rows(texts)
    paragraphs: list[Paragraph] = []
    for i, (start, end, is_row) in enumerate(blocks):
        if is_row or i in rows:
            paragraphs.append(Paragraph(start, end, "row"))
            continue
        credit = _credit_start(texts[i], i)
        if credit is None:
            kind = "furniture" if i in buttons else _kind(texts[i], is_last=i == len(blocks) - 1)
            paragraphs.append(Paragraph(start, end, kind))
            continue
        cut = start + len(texts[i][:credit].rstrip())
        paragraphs.append(Paragraph(start, cut, "caption"))
        paragraphs.append(Paragraph(start + credit, end, "furniture"))
    return paragraphs


def _blocks(text: str) -> list[Span]:
    """Return the stretches between blank lines."""
    blocks, start = [], 0
    for gap in _BLANK_LINES.finditer(text):
        blocks.append(Span(start, gap.start()))
        start = gap.end()
    return [*blocks, Span(start, len(text))]


def _lines(text: str, start: int, end: int) -> list[_Block]:
    """Return the lines of a block, those of a wrapped paragraph as one."""
    lines = [
        Span(start + m.start(), start + m.end())
        for m in re.finditer(r"[^\s](?:[^\r\n]*[^\s])?", text[start:end])
    ]
    if len(lines) < 2:
        return [_Block(*line, False) for line in lines]
    blocks: list[_Block] = []
    done = 0
    for table in find_tables([_indented(text, *line) for line in lines]):
        blocks += _wrapped(text, lines[done : table.first])
        blocks += [_Block(*line, True) for line in lines[table.first : table.end]]
        done = table.end
    return [*blocks, *_wrapped(text, lines[done:])]


def _indented(text: str, start: int, end: int) -> str:
    """Return a line with the blanks before it: its columns stand below those of others."""
    first = start
    while first > max(0, start - _DEEPEST) and text[first - 1] in " \t":
        first -= 1
    return text[first:end]


def _wrapped(text: str, lines: list[Span]) -> list[_Block]:
    """Return lines that are no table: those of a paragraph or item wrapped at a width as one."""
    if len(lines) < 2 or not _is_wrapped([text[a:b] for a, b in lines]):
        return [_Block(*line, False) for line in lines]
    items = [i for i, (a, b) in enumerate(lines) if i and _ITEM.match(text, a, b)]
    starts = [0, *(items if len(items) > 1 or _ITEM.match(text, *lines[0]) else ())]
    return [
        _Block(lines[i].start, lines[j - 1].end, False) for i, j in pairwise([*starts, len(lines)])
    ]


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether lines are one paragraph wrapped at a width: most break inside a sentence."""
    inner = lines[:-1]
    width = max(map(len, lines))
    full = sum(len(line) > 0.6 * width for line in inner)
    unfinished = sum(not _SENTENCE_END.search(line) for line in inner)
    if all(_STAMP.match(line) for line in lines):  # of a log
        return False
    return 40 <= width <= 120 and full >= 0.7 * len(inner) and unfinished >= 0.6 * len(inner)


def _kind(block: str, *, is_last: bool) -> Kind:
    words = block.split()
    if len(words) <= 12 and _FURNITURE.match(block):
        return "furniture"
    if is_last and _LAST.match(block):
        return "furniture"
    if not re.search(r"\w", block):
        return "furniture"
    if _CAPTION.match(block):
        return "caption"
    if not is_last and len(words) <= 20 and not _SENTENCE_END.search(block):
        return "body" if _ITEM.match(block) or block.endswith((":", ",", ";")) else "heading"
    return "body"


def _buttons(blocks: Sequence[str]) -> set[int]:
    """Return the numbers of the blocks that are one of several buttons in a row."""
    numbers: set[int] = set()
    for is_button, run in groupby(range(len(blocks)), lambda i: bool(_BUTTON.match(blocks[i]))):
        some = list(run)
        if is_button and len(some) >= _MIN_BUTTONS:
            numbers.update(some)
    return numbers


def _credit_start(block: str, position: int) -> int | None:
    """Return where the credit at the end of a caption begins, or None where there is none.

    Captions head an article: what ends a later paragraph is a credit where it names the picture.
    """
    match = _CREDIT.search(block)
    if not match or match.start("credit") == 0:
        return None
    words = re.findall(r"[^\W\d_]+", match["credit"])
    names = [w for w in words if w.lower() not in _SMALL_WORDS]
    if len(words) > 10 or not names or not all(w[0].isupper() for w in names):
        return None
    is_credit = _PICTURED.search(match["credit"]) or (position < 2 and len(words) == 1)
    return match.start("credit") if is_credit else None
