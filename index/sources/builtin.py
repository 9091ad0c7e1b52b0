"""The article that comes with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from index.types import Article


@cache
def builtin_article() -> Article:
    """Return the packaged report on South Korea's partnership with NATO."""
    text = files("index").joinpath("sources", "builtin.txt").read_text(encoding="utf-8")
    return Article.from_text(text, source="built-in")
