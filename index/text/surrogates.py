"""Lone surrogates: what a str may hold and UTF-8 may not."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """Return a text that UTF-8 can hold: each lone surrogate becomes a replacement character.

    The number of code points stays the same, so offsets stay true.
    """
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
