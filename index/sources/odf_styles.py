"""The styles of an open document: which letters are bold, struck out or hidden, and how lists are numbered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.sources.numerals import numeral

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_DEEPEST = 10


class Styles:
    """Knows the styles of a document by their names, and counts the items of its lists."""

    def __init__(self, roots: Sequence[Any]) -> None:
        """Take the root elements of the files that hold styles."""
        self._styles = {s.get(f"{_STYLE}name"): s for r in roots for s in r.iter(f"{_STYLE}style")}
        self._lists = {
            s.get(f"{_STYLE}name"): s for r in roots for s in r.iter(f"{_TEXT}list-style")
        }
        self._numbers: dict[str, int] = {}

    def form(self, name: str | None) -> Any:
        """Return the text properties of a style; None where it has none of its own."""
        style = self._styles.get(name)
        return None if style is None else style.find(f"{_STYLE}text-properties")

    def is_bold(self, name: str | None) -> bool:
        """Return whether a style, or one that it is based on, is bold."""
        return self._inherited(name, "text", f"{_FO}font-weight") not in (None, "normal", "400")

    def hides_text(self, name: str | None) -> bool:
        """Return whether what is written in a style is hidden."""
        return self._inherited(name, "text", f"{_TEXT}display") == "none"

    def hides_table(self, name: str | None) -> bool:
        """Return whether a sheet of a style is hidden."""
        return self._inherited(name, "table", f"{_TABLE}display") == "false"

    def hides_slide(self, name: str | None) -> bool:
        """Return whether a slide of a style is hidden."""
        shown = self._inherited(name, "drawing-page", f"{_PRESENTATION}visibility")
        return shown == "hidden"

    def _inherited(self, name: str | None, kind: str, attribute: str) -> str | None:
        """Return what a style, or the nearest that it is based on, says; None where none does."""
        for _ in range(_DEEPEST):
            style = self._styles.get(name)
            if style is None:
                return None
            form = style.find(f"{_STYLE}{kind}-properties")
            value: str | None = None if form is None else form.get(attribute)
            if value is not None:
                return value
            name = style.get(f"{_STYLE}parent-style-name")
        return None

    def restart(self, list_style: str, level: int) -> None:
        """Let the next item of a list have the first number."""
        self._numbers.pop(f"{list_style} {level}", None)

    def label(self, list_style: str, level: int, start: int | None) -> str:
        """Return the number of the next item of a list, or "" where it has bullets."""
        style = self._lists.get(list_style)
        forms = [] if style is None else style.findall(f"{_TEXT}list-level-style-number")
        form = next((f for f in forms if f.get(f"{_TEXT}level") == str(level)), None)
        if form is None or not form.get(f"{_STYLE}num-format"):
            return ""
        key = f"{list_style} {level}"
        first = form.get(f"{_TEXT}start-value", "1")
        before = self._numbers.get(key, (int(first) if first.isdigit() else 1) - 1)
        self._numbers[key] = before + 1 if start is None else start
        return numeral(self._numbers[key], form.get(f"{_STYLE}num-format"))
