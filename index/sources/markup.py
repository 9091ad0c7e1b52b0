"""HTML that is all text, as in e-books, mails and feeds, becomes blocks: nothing is taken for a menu."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.sources.document import Verbatim, counts, list_item
from index.sources.html_tree import Aside, prepare
from index.sources.marks import picture, struck_note

_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main nav ol option p section
    summary table tbody td tfoot th thead tr ul""".split()
)
_SKIPPED = frozenset("head link meta noscript script style template title".split())
_MOST_DIGITS = 9


class Markup:
    """Reads HTML trees, and counts what it leaves out of all of them."""

    def __init__(self) -> None:
        self._asides: list[Aside] = []

    def blocks(self, root: Any) -> list[str]:
        """Return the blocks of text of an HTML tree.

        Args:
            root: of lxml, without namespaces; it is changed.
        """
        for image in [image for image in root.iter("img") if _stands_alone(image)]:
            if description := picture(image.get("alt") or ""):
                paragraph = image.makeelement("p", {})
                paragraph.text, paragraph.tail, image.tail = description, image.tail, None
                image.getparent().replace(image, paragraph)
        self._asides.append(prepare(root))
        return [block for block in _Walk().blocks(root) if block.strip()]

    def dropped(self) -> list[str]:
        """Return notes of what was left out."""
        n_marks, n_pictures, n_links = (
            sum(getattr(aside, name) for aside in self._asides)
            for name in ("n_marks", "n_pictures", "n_links")
        )
        struck = [each for aside in self._asides for each in aside.struck]
        return [
            *counts((n_marks, "footnote mark"), (n_pictures, "picture")),
            *counts((n_links, "address that a link leads to", "addresses that links lead to")),
            *struck_note(struck),
        ]


def parse_html(text: str) -> Any:
    """Return the root of HTML, or None where there is none."""
    from lxml import etree, html

    try:
        return html.document_fromstring(text) if text.strip() else None
    except (etree.ParserError, ValueError):
        return None


def _stands_alone(image: Any) -> bool:
    """Return whether a picture is no sign within a line of text."""
    around = image.getparent()
    return around is not None and not "".join(around.itertext()).strip()


class _Walk:
    """Gathers the text between the starts and ends of blocks."""

    def __init__(self) -> None:
        self._line: list[str] = []
        self._label: str | None = None

    def blocks(self, element: Any) -> Iterator[str]:
        """Yield the blocks of text in an element and, last, what follows in its line."""
        yield from self._inside(element, "")
        yield from self._end()

    def _inside(self, element: Any, label: str) -> Iterator[str]:
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
        if element.tag == "li":
            self._label = label
        self._line.append(element.text or "")
        number = _first_number(element) if element.tag == "ol" else None
        for child in element:
            own = child.tag == "li"
            yield from self._inside(child, str(number) if own and number is not None else "")
            if own and number is not None:
                number += 1
            self._line.append(child.tail or "")
        if is_block:
            yield from self._end()
        if element.tag == "li":
            self._label = None

    def _end(self) -> Iterator[str]:
        text, self._line = "".join(self._line), []
        for line in filter(str.strip, text.split("\n") if self._label is None else [text]):
            if self._label is None:
                yield line
            else:
                yield list_item(line, self._label)
                self._label = None


def _first_number(ordered: Any) -> int:
    start = (ordered.get("start") or "1").strip()
    return int(start) if start.isdigit() and len(start) <= _MOST_DIGITS else 1
