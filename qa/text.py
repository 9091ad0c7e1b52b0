"""Texts as they are compared and shown."""

from __future__ import annotations

import unicodedata

from index import well_formed

_ALIKE = str.maketrans("’‘‛“”„«»–—‑", '\'\'\'"""""---')


def one_line(text: str) -> str:
    """Return a text with each run of white space as one space."""
    return " ".join(text.split())


def normalised(text: str) -> str:
    """Return what is the same of two texts that read alike: without case and runs of white space.

    Quotation marks, apostrophes and dashes of all kinds count as one kind.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    return one_line(folded)


def escape_markdown(text: str) -> str:
    """Return a text in which no character is Markdown or HTML."""
    text = well_formed(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~$:" else c for c in text)
