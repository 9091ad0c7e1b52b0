"""HTML that is all text, as in e-books, mails and feeds, becomes blocks: nothing is taken for a menu."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.sources.document import Verbatim, counts
from index.sources.html_tree import ITEM, Aside, item_of, prepare
from index.sources.marks import picture, struck_note

_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main nav ol option p section
    summary table tbody td tfoot th thead tr ul""".split()
)
_SKIPPED = frozenset("head link meta noscript script style template title".split())
_HIDING = re.compile(
    r"(?i)(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)\b"
)


class Markup:
    """Reads HTML, and counts what it leaves out of all of it."""

    def __init__(self) -> None:
        self._asides: list[Aside] = []
        self._n_hidden = 0

    def blocks(self, html: str) -> list[str]:
        """Return the blocks of text of HTML; none where there is none."""
        root = _parsed(html)
        if root is None:
            return []
        self._n_hidden += _drop_hidden(root)
        for image in [image for image in root.iter("img") if _stands_alone(image)]:
            if description := picture(image.get("alt") or ""):
                paragraph = image.makeelement("p", {})
                paragraph.text, paragraph.tail, image.tail = description, image.tail, None
                image.getparent().replace(image, paragraph)
        self._asides.append(prepare(root))
        return [block for block in _Walk().blocks(root) if block.strip()]

    def dropped(self) -> list[str]:
        """Return notes of what was left out."""
        n_marks, n_pictures, n_embedded, n_links = (
            sum(getattr(aside, name) for aside in self._asides)
            for name in ("n_marks", "n_pictures", "n_embedded", "n_links")
        )
        struck = [each for aside in self._asides for each in aside.struck]
        return [
            *counts(
                (self._n_hidden, "hidden passage"),
                (n_marks, "footnote mark"),
                (n_pictures, "picture"),
            ),
            *counts(
                (n_embedded, "embedded video, sound or page", "embedded videos, sounds or pages")
            ),
            *counts((n_links, "address that a link leads to", "addresses that links lead to")),
            *struck_note(struck),
        ]


def _parsed(text: str) -> Any:
    """Return the root of HTML, or None where there is none."""
    from lxml import etree, html

    try:
        return html.document_fromstring(text) if text.strip() else None
    except (etree.ParserError, ValueError):
        return None


def _drop_hidden(root: Any) -> int:
    """Remove what no reader shows, as the preview of a newsletter, and return how many passages it has."""
    hidden = {e for e in root.iter() if isinstance(e.tag, str) and _is_hidden(e)} - {root}
    outer = [e for e in hidden if hidden.isdisjoint(e.iterancestors())]
    n_hidden = sum(bool("".join(element.itertext()).strip()) for element in outer)
    for element in outer:
        element.drop_tree()
    return n_hidden


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDING.search(element.get("style") or ""))


def _stands_alone(image: Any) -> bool:
    """Return whether a picture is no sign within a line of text."""
    around = image.getparent()
    return around is not None and not "".join(around.itertext()).strip()


class _Walk:
    """Gathers the text between the starts and ends of blocks."""

    def __init__(self) -> None:
        self._line: list[str] = []

    def blocks(self, element: Any) -> Iterator[str]:
        """Yield the blocks of text in an element and, last, what follows in its line."""
        yield from self._inside(element)
        yield from self._end()

    def _inside(self, element: Any) -> Iterator[str]:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        if element.tag == "br":
            self._line.append("\n")
            return
        if element.tag in ("pre", "code") and "\n" in "".join(element.itertext()).strip():
            yield from self._end()
            yield Verbatim("".join(element.itertext()))
            return
        is_block = element.tag in _BLOCKS
        if is_block:
            yield from self._end()
        self._line.append(element.text or "")
        for child in element:
            yield from self._inside(child)
            self._line.append(child.tail or "")
        if is_block:
            yield from self._end()

    def _end(self) -> Iterator[str]:
        text, self._line = "".join(self._line), []
        # An item is one line: what a break parts in it would be no item.
        lines = [" ".join(text.split("\n"))] if ITEM in text else text.split("\n")
        yield from filter(None, (item_of(line.strip()) for line in lines))
