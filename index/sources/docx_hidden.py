"""What Word hides: letters whose own form, or whose style, says so."""

from __future__ import annotations

from itertools import groupby
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _R, _T = f"{_W}p", f"{_W}r", f"{_W}t"
_NOTES = f"{_W}footnoteReference", f"{_W}endnoteReference"
_DEEPEST = 20


class Hidden:
    """Knows which styles of a document hide what is written in them."""

    def __init__(self, styles: Any) -> None:
        """Take the root element of styles.xml, or None."""
        self._default = ""
        self._own: dict[str, tuple[bool | None, str]] = {}
        for style in styles.iter(f"{_W}style") if styles is not None else ():
            name = style.get(f"{_W}styleId", "")
            based_on = style.find(f"{_W}basedOn")
            above = "" if based_on is None else based_on.get(f"{_W}val", "")
            self._own[name] = _said(style.find(f"{_W}rPr")), above
            if style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") == "1":
                self._default = name

    def hides(self, run: Any) -> bool:
        """Return whether a run is hidden, by its own form or its styles."""
        form = run.find(f"{_W}rPr")
        if (own := _said(form)) is not None:
            return own
        style = None if form is None else form.find(f"{_W}rStyle")
        named = None if style is None else self._by_style(style.get(f"{_W}val", ""))
        return self._paragraph_hides(next(run.iterancestors(_P), None)) if named is None else named

    def hides_mark(self, paragraph: Any) -> bool:
        """Return whether the end of a paragraph is hidden, so that the paragraph is not counted."""
        own = _said(paragraph.find(f"{_W}pPr/{_W}rPr"))
        return self._paragraph_hides(paragraph) if own is None else own

    def n_passages(self, paragraph: Any) -> int:
        """Return how many passages of a paragraph are hidden."""
        runs = [run for run in paragraph.iter(_R) if next(run.iterancestors(_P)) is paragraph]
        return sum(is_hidden for is_hidden, _ in groupby(filter(_has_text, runs), self.hides))

    def _paragraph_hides(self, paragraph: Any) -> bool:
        if paragraph is None:
            return False
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = self._default if style is None else style.get(f"{_W}val", "")
        return bool(self._by_style(name))

    def _by_style(self, name: str) -> bool | None:
        """Return what a style, or one that it is based on, says; None where none says anything."""
        for _ in range(_DEEPEST):
            own, name = self._own.get(name, (None, ""))
            if own is not None or not name:
                return own
        return None


def _said(form: Any) -> bool | None:
    """Return whether a form hides, or None where it does not say."""
    mark = None if form is None else form.find(f"{_W}vanish")
    return None if mark is None else mark.get(f"{_W}val", "1") not in ("0", "false", "off")


def _has_text(run: Any) -> bool:
    texts = ((each.text or "").strip() for each in run.iter(_T))
    return any(texts) or any(run.find(note) is not None for note in _NOTES)
