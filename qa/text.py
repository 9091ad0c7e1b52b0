"""Texts normalised for comparison, and escaped for Markdown, JSON and one line."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from index import well_formed

# Silent reading of English. Source: Brysbaert 2019, doi:10.1016/j.jml.2019.104047
_WORDS_A_MINUTE = 238
_ALIKE = str.maketrans("’‘‛“”„«»–—‑", '\'\'\'"""""---')
# Valid inside JSON texts only, where each may be written as an escape: characters that move the
# cursor, turn the writing direction or end a line in some programs.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """Return a text with each run of white space as one space."""
    return " ".join(text.split())


def listed(items: Sequence[str], last: str) -> str:
    """Return items one after the other, ``last`` ("and", "or") before the last of several."""
    return f" {last} ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def reading_minutes(n_words: int) -> int:
    """Return how many minutes so many words take to read, at least 1."""
    return max(1, round(n_words / _WORDS_A_MINUTE))


def normalised(text: str) -> str:
    """Return a text for comparison, without case and runs of white space.

    Quotation marks, apostrophes and dashes of all kinds count as one kind.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    return one_line(folded)


def escape_markdown(text: str) -> str:
    """Return a text in which no character is Markdown or HTML."""
    text = well_formed(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~$:" else c for c in text)


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return strict JSON that is readable and yet safe to show in a terminal."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def json_line(value: Any) -> bytes:
    """Return strict JSON as a line of UTF-8."""
    return f"{to_json(value)}\n".encode()
