"""Where the paragraphs of a text are, and what each is: heading, body, caption or furniture.

The rules know how news pages are laid out, not what any article is about.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from index.text.span import Kind, Span

_FURNITURE = re.compile(
    r"""(?ix) ^\W* (?:
      most\ (?:popular|read|viewed|shared|commented) | (?:latest|top|more|breaking)\ (?:news|stories)
    | related(?:\ (?:articles?|stories|news|topics|content|links?))? | recommended(?:\ for\ you)?
    | trending(?:\ now)? | editors?['’]?s?\ (?:picks?|choice) | you\ (?:may|might)\ also\ like
    | read\ (?:more|next|also)\b.* | (?:see|listen)\ (?:also|more)\b.* | continue\ reading.*
    | advertise(?:ment|ments)? | sponsored(?:\ content)? | promoted(?:\ content)?
    | share(?:\ (?:this|on|via)\b.*)? | (?:print|e-?mail|save|copy\ link|comments?|facebook|twitter)
    | (?:sign\ up|subscribe|log\ in|register)\b.* | newsletters? | follow\ us\b.* | tags?:.*
    | (?:copyright\b|©|\(c\)).* | all\ rights\ reserved.* | \d+\ min(?:ute)?s?\ read
    | back\ to\ top | skip\ to\ (?:main\ )?content | (?:click|tap)\ here\b.*
    | (?:photo|image|picture)\ (?:credit|by|courtesy)\b.*
    | listen\ to\ this\ (?:article|story).* | \(?end\)? | -\ ?30\ ?- | \#{2,3}
    ) \W*$"""
)
_CREDIT = re.compile(
    r"""(?x) (?<=[.!?…"”’)])\s* (?P<credit>
      [(\[] (?! [^()\[\]]*[.!?][)\]]$ ) [^()\[\]]{2,80} [)\]]
    | (?:Photo|Image|Picture|Credit|Courtesy|Source)s?(?:\ (?:credit|by|courtesy(?:\ of)?))?:\ ?.{2,80}
    ) $"""
)
_CAPTION = re.compile(
    r"(?i)^(?:photo|image|picture|caption|pictured|file photo|file)\s*(?::|[-–—]{1,2})\s"
)
_SMALL_WORDS = frozenset(
    "a an and at by courtesy credit for from image in of on photo the via".split()
)
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"”’»)\]]*$")


class Paragraph(NamedTuple):
    """A paragraph of a text, and what it is."""

    start: int
    end: int
    kind: Kind


def split_paragraphs(text: str) -> list[Paragraph]:
    """Return the paragraphs of a text, in order.

    Blank lines separate paragraphs, and so does every line end, unless the lines of a block are
    one sentence after another wrapped at a fixed width. A credit at the end of a caption is a
    paragraph of its own, so that the caption can be cited without it.
    """
    blocks = [span for block in _blocks(text) for span in _lines(text, *block)]
    kinds = [_kind(text[start:end], i, len(blocks)) for i, (start, end) in enumerate(blocks)]
    last_body = max((i for i, kind in enumerate(kinds) if kind == "body"), default=-1)
    _demote_trailing(text, blocks, kinds, last_body)
    paragraphs: list[Paragraph] = []
    for i, ((start, end), kind) in enumerate(zip(blocks, kinds, strict=True)):
        credit = _credit_start(text[start:end]) if kind in ("body", "caption") else None
        if credit is None:
            paragraphs.append(Paragraph(start, end, kind))
            continue
        cut = start + credit
        while text[cut - 1].isspace():
            cut -= 1
        is_text = i == last_body > 0
        paragraphs.append(Paragraph(start, cut, kind if is_text else "caption"))
        paragraphs.append(Paragraph(start + credit, end, "furniture"))
    return paragraphs


def _blocks(text: str) -> list[Span]:
    """Return the stretches between blank lines."""
    blocks, start = [], 0
    for gap in _BLANK_LINES.finditer(text):
        blocks.append(Span(start, gap.start()))
        start = gap.end()
    return [*blocks, Span(start, len(text))]


def _lines(text: str, start: int, end: int) -> list[Span]:
    """Return the lines of a block, or the block itself where it is one wrapped paragraph."""
    lines = [
        Span(start + m.start(), start + m.end())
        for m in re.finditer(r"[^\s](?:[^\r\n]*[^\s])?", text[start:end])
    ]
    if len(lines) > 1 and _is_wrapped([text[a:b] for a, b in lines]):
        return [Span(lines[0].start, lines[-1].end)]
    return lines


def _is_wrapped(lines: list[str]) -> bool:
    """Return whether lines are one paragraph wrapped at a width: most break inside a sentence."""
    inner = lines[:-1]
    width = max(map(len, lines))
    full = sum(len(line) > 0.6 * width for line in inner)
    unfinished = sum(not _SENTENCE_END.search(line) for line in inner)
    return 40 <= width <= 120 and full >= 0.7 * len(inner) and unfinished >= 0.6 * len(inner)


def _kind(block: str, position: int, n_blocks: int) -> Kind:
    words = block.split()
    if len(words) <= 12 and _FURNITURE.match(block):
        return "furniture"
    if not re.search(r"\w", block):
        return "furniture"
    if _CAPTION.match(block):
        return "caption"
    if _credit_start(block) is not None:
        return "body"  # a caption, unless it ends the text
    if position < n_blocks - 1 and len(words) <= 20 and not _SENTENCE_END.search(block):
        listed = re.match(r"\s*(?:[-*•–]|\d+[.)])\s", block) or block.endswith((":", ",", ";"))
        return "body" if listed else "heading"
    return "body"


def _demote_trailing(text: str, blocks: list[Span], kinds: list[Kind], last_body: int) -> None:
    """Make lines in capitals after the last sentence furniture: they head a list that is not there."""
    for i in range(len(blocks) - 1, 0, -1):
        block = text[slice(*blocks[i])]
        if len(block.split()) > 6 or _SENTENCE_END.search(block) or not block.isupper():
            return
        if i >= last_body:
            kinds[i] = "furniture"


def _credit_start(block: str) -> int | None:
    """Return where the credit at the end of a caption begins, or None where there is none."""
    match = _CREDIT.search(block)
    if not match or match.start("credit") == 0:
        return None
    words = re.findall(r"[^\W\d_]+", match["credit"])
    names = [w for w in words if w.lower() not in _SMALL_WORDS]
    if len(words) > 10 or not names or not all(w[0].isupper() for w in names):
        return None
    return match.start("credit")
