"""Web pages: the article of a page, without its menus. The only file that imports trafilatura."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import (
    Contents,
    Document,
    Verbatim,
    counted,
    counts,
    join_blocks,
    list_item,
    table_blocks,
)
from index.text.dates import iso_date

_META_CHARSET = re.compile(
    rb"(?i)<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,80}encoding)\s*=\s*[\"']?([\w.:-]+)"
)
_FOOTNOTE = re.compile(r"^\W*(?:\d{1,3}|[a-z]|note \d{1,3})\W*$")
_ENDING = r"[.!?,;:\"”’)]$"
_MIN_PROSE = 8
_BLOCKS = frozenset(
    """address article aside blockquote dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section table ul""".split()
)
_SKIPPED = "script", "style", "noscript", "template", "svg"


def read_html(data: bytes, charset: str) -> Contents:
    """Return the article of a page, its title and its date.

    Raises:
        ArticleError: there is no text in it.
    """
    import trafilatura

    declared = _META_CHARSET.search(data[:4096])
    text, notes = decode(data, charset or (declared[1].decode("ascii") if declared else ""))
    if "<html" not in text.lower():  # a fragment of a page
        text = f"<html><body>{text}</body></html>"
    tree = trafilatura.load_html(text)
    if tree is None:
        raise ArticleError("must be a web page, got no HTML")
    n_pictures = len(tree.findall(".//img"))
    n_words = len(_visible(tree).split())
    n_marks = _prepare(tree)
    page: Any = trafilatura.bare_extraction(
        tree,
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        # Only what the page says of itself: a year somewhere in its text is not its date.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    body = join_blocks(_blocks(page.body)) if page is not None and page.body is not None else ""
    if not body:
        body = join_blocks(trafilatura.html2txt(trafilatura.load_html(text)).splitlines())
    if not body:
        raise ArticleError("must hold text, got a page without any")
    n_left = n_words - len(body.split())
    around = "menus, notices and whatever else is around the article: about "
    dropped = [
        *([around + counted(n_left, "word")] if n_left > 3 else []),
        *counts((n_marks, "footnote mark"), (n_pictures, "picture")),
    ]
    title, day = (page.title, page.date) if page is not None else (None, None)
    return Contents([Document(body, title or "", iso_date(day or ""))], [*dropped, *notes])


def _visible(tree: Any) -> str:
    """Return about the text that a browser would show."""
    body = tree.find("body") if tree.find("body") is not None else tree
    return " ".join(
        text
        for element in body.iter()
        if isinstance(element.tag, str) and element.tag not in _SKIPPED
        for text in (element.text or "", element.tail or "")
    )


def _prepare(tree: Any) -> int:
    """Return how many footnote marks there were; they are removed, or would stick to a word.

    Captions, lines of code and prose in a div, which trafilatura would lose, become paragraphs or
    code.
    """
    n_marks = 0
    for caption in tree.findall(".//figcaption"):
        caption.tag = "p"
        for around in caption.iterancestors("figure"):
            around.tag = "div"
    for table in tree.findall(".//table"):
        if (caption := table.find("caption")) is not None:
            caption.tag = "p"
            table.addprevious(caption)
    for code in tree.findall(".//pre"):
        code.tag = "code"
    for mark in tree.findall(".//sup"):
        before = mark.getprevious()
        text = mark.getparent().text if before is None else before.tail
        linked = mark.find(".//a") is not None or re.search(_ENDING, text or "")
        if linked and _FOOTNOTE.match("".join(mark.itertext())):
            n_marks += 1
            mark.drop_tree()
    for div in tree.iter("div"):
        n_words = len(" ".join(div.xpath("text()|*[not(self::a)]/text()")).split())
        if n_words >= _MIN_PROSE and not any(
            child.tag in _BLOCKS for child in div.iter() if child is not div
        ):
            div.tag = "p"
    return n_marks


def _blocks(element: Any) -> Iterator[str]:
    """Yield the paragraphs, headings, list items and table rows below an element."""
    if element.text and element.tag in ("body", "div", "quote"):
        yield element.text
    for child in element:
        if child.tag == "table":
            yield from _table(child)
        elif child.tag == "list":
            yield from _list(child)
        elif child.tag in ("div", "quote") and len(child):
            yield from _blocks(child)
        elif isinstance(child.tag, str):
            text = "".join(_text(child))
            yield Verbatim(text) if child.tag == "code" else text
        if child.tail and child.tail.strip():
            yield child.tail


def _list(element: Any) -> Iterator[str]:
    """Yield the items of a list, those of the lists inside it too, numbered where it is."""
    for number, item in enumerate(element.iterchildren("item"), start=1):
        yield list_item(_own_text(item), str(number) if element.get("rend") == "ol" else "")
        for inner in item.iterchildren("list"):
            yield from _list(inner)


def _text(element: Any) -> Iterator[str]:
    """Yield the pieces of an element's text; a line break is a space."""
    yield element.text or ""
    for child in element:
        if child.tag == "lb":
            yield " "
        elif isinstance(child.tag, str):
            yield from _text(child)
        yield child.tail or ""


def _own_text(item: Any) -> str:
    """Return the text of a list item without that of the lists inside it."""
    pieces = [item.text or ""]
    for child in item:
        if child.tag != "list" and isinstance(child.tag, str):
            pieces += [" " if child.tag in ("lb", "p") else "", *_text(child)]
        pieces.append(child.tail or "")
    return "".join(pieces)


def _table(table: Any) -> list[str]:
    rows = [list(row.iter("cell")) for row in table.iter("row")]
    headed = bool(rows) and all(cell.get("role") == "head" for cell in rows[0])
    return table_blocks([["".join(_text(c)) for c in row] for row in rows], headed=headed)
