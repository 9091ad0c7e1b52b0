"""The numbers that Word gives to paragraphs by itself: "2.2", "(b)", "Article IV"."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from index.sources.numerals import numeral

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_N_LEVELS = 9
_FORMS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class _List:
    key: str
    levels: dict[int, _Level]
    starts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs of a document, in order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        """Take the root elements of numbering.xml and styles.xml; each may be None."""
        self._lists = _lists(numbering) if numbering is not None else {}
        self._styles = _styles(styles) if styles is not None else {}
        self._counts: dict[str, list[int | None]] = defaultdict(lambda: [None] * _N_LEVELS)
        self._started: set[tuple[str, int]] = set()

    def next(self, paragraph: Any) -> str:
        """Return what stands before a paragraph: its number, "-" for a bullet, or ""."""
        number, depth = self._numbered(paragraph)
        if not number or number == "0":  # 0 takes a paragraph out of a list
            return ""
        numbering = self._lists.get(number)
        if numbering is None:
            return "-"
        level = numbering.levels.get(depth, _Level("bullet"))
        if level.form == "bullet" or not level.text.strip():
            return "-" if level.form == "bullet" else ""
        if level.form == "none":
            return re.sub(r"%\d", "", level.text).strip()
        self._count(number, numbering, depth)
        return re.sub(r"%(\d)", lambda m: self._shown(numbering, int(m[1]) - 1), level.text).strip()

    def _numbered(self, paragraph: Any) -> tuple[str, int]:
        """Return the list of a paragraph and its depth in it, its style's where it names none."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        name = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
        number, depth = _numbers_of(own) if own is not None else ("", None)
        for _ in range(_N_LEVELS):
            if (number and depth is not None) or name not in self._styles:
                break
            style_number, style_depth, based_on = self._styles[name]
            number = number or style_number
            depth = style_depth if depth is None else depth
            name = based_on
        return number, min(max(depth or 0, 0), _N_LEVELS - 1)

    def _count(self, number: str, numbering: _List, depth: int) -> None:
        counts = self._counts[numbering.key]
        if (number, depth) not in self._started and depth in numbering.starts:
            counts[depth] = None
        self._started.add((number, depth))
        for above in range(depth):
            if counts[above] is None:
                counts[above] = self._start(numbering, above)
        last = counts[depth]
        counts[depth] = self._start(numbering, depth) if last is None else last + 1
        counts[depth + 1 :] = [None] * (_N_LEVELS - depth - 1)

    @staticmethod
    def _start(numbering: _List, depth: int) -> int:
        return numbering.starts.get(depth, numbering.levels.get(depth, _Level()).start)

    def _shown(self, numbering: _List, depth: int) -> str:
        n = self._counts[numbering.key][depth] if depth < _N_LEVELS else None
        return "" if n is None else _written(n, numbering.levels.get(depth, _Level()).form)


def _lists(numbering: Any) -> dict[str, _List]:
    """Return the lists of numbering.xml by their number."""
    abstract = {
        each.get(f"{_W}abstractNumId"): {
            int(level.get(f"{_W}ilvl") or 0): _level(level) for level in each.findall(f"{_W}lvl")
        }
        for each in numbering.findall(f"{_W}abstractNum")
    }
    lists = {}
    for each in numbering.findall(f"{_W}num"):
        key = _value(each.find(f"{_W}abstractNumId"))
        own = _List(key, dict(abstract.get(key, {})))
        for override in each.findall(f"{_W}lvlOverride"):
            depth = int(override.get(f"{_W}ilvl") or 0)
            if (level := override.find(f"{_W}lvl")) is not None:
                own.levels[depth] = _level(level)
            if (start := override.find(f"{_W}startOverride")) is not None:
                own.starts[depth] = int(_value(start) or 1)
        lists[each.get(f"{_W}numId")] = own
    return lists


def _level(level: Any) -> _Level:
    start = _value(level.find(f"{_W}start"))
    return _Level(
        _value(level.find(f"{_W}numFmt")) or "decimal",
        _value(level.find(f"{_W}lvlText")),
        int(start) if start.lstrip("-").isdigit() else 1,
    )


def _styles(styles: Any) -> dict[str, tuple[str, int | None, str]]:
    """Return of each style the list, the depth in it and the style that it is based on."""
    known = {}
    for style in styles.findall(f"{_W}style"):
        numbers = style.find(f"{_W}pPr/{_W}numPr")
        number, depth = _numbers_of(numbers) if numbers is not None else ("", None)
        based_on = _value(style.find(f"{_W}basedOn"))
        known[style.get(f"{_W}styleId")] = number, depth, based_on
    return known


def _numbers_of(numbers: Any) -> tuple[str, int | None]:
    depth = _value(numbers.find(f"{_W}ilvl"))
    return _value(numbers.find(f"{_W}numId")), int(depth) if depth.isdigit() else None


def _value(element: Any) -> str:
    return "" if element is None else element.get(f"{_W}val") or ""


def _written(n: int, form: str) -> str:
    """Return a number as a list writes it."""
    return f"{n:02d}" if form == "decimalZero" else numeral(n, _FORMS.get(form, ""))
