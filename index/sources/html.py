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
    on_one_line,
)
from index.sources.html_posts import check_article, remove_consent, remove_walls, write_times
from index.sources.html_tree import ITEM, NO_BREAK, item_of, lines_of, prepare, write_equations
from index.sources.marks import struck_note
from index.text.dates import iso_date

_META_CHARSET = re.compile(
    rb"(?i)<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,80}encoding)\s*=\s*[\"']?([\w.:-]+)"
)
_AROUND = "nav", "footer", "aside", "script", "style", "noscript", "template", "button", "select"
_MOST_IN_ONE = 25  # words of a paragraph, on the average of a page
_SHORT = 250  # words of a page
_INLINE = frozenset("a abbr b em font i mark small span strong sub sup u".split())
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
    write_equations(tree)
    n_words = len(_visible(tree).split())
    head = " ".join((tree.findtext("head/title") or "").split())
    remove_consent(tree)
    walled, is_blog = remove_walls(tree), write_times(tree)
    aside = prepare(tree)
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
    body = _with_breaks(body, text, is_blog=is_blog).replace(NO_BREAK, "\xa0").replace(ITEM, "")
    if not body:
        raise ArticleError(
            "must hold text, got a page without any; if a script makes it, save it from a browser"
        )
    title, day = (page.title, page.date) if page is not None else (None, None)
    notes += check_article(body, head, walled=walled)
    n_left = n_words - len(body.split())
    around = "menus, notices and whatever else is around the article: about "
    dropped = [
        *([around + counted(n_left, "word")] if n_left > 3 else []),
        *counts(
            (aside.n_marks, "footnote mark"),
            (aside.n_pictures, "picture"),
            (aside.n_embedded, "embedded video, sound or page", "embedded videos, sounds or pages"),
            (aside.n_links, "address that a link leads to", "addresses that links lead to"),
        ),
        *struck_note(aside.struck),
    ]
    return Contents(
        [Document(body, (title or "").replace(NO_BREAK, "\xa0"), iso_date(day or ""))],
        [*dropped, *notes],
    )


def _with_breaks(body: str, page: str, *, is_blog: bool) -> str:
    """Return what was extracted, or, where that lost paragraph ends, the page's own text.

    trafilatura returns a short page in few pieces or not at all, and a live blog without headings.
    """
    import trafilatura

    n_blocks, n_words = body.count("\n\n") + 1, len(body.split())
    is_short = n_words < _SHORT
    if n_words > _MOST_IN_ONE * n_blocks or is_short or is_blog:
        tree: Any = trafilatura.load_html(page)
        remove_consent(tree)
        remove_walls(tree)
        write_times(tree)
        prepare(tree)
        for around in [*tree.iter(*_AROUND)]:
            around.drop_tree()
        root = next(tree.iter("article", "main"), tree.find("body"))
        own = join_blocks(map(item_of, lines_of(tree if root is None else root)))
        n_own, n_lines = len(own.split()), own.count("\n\n") + 1
        most = n_words if is_short else 1.1 * n_words  # more words may come from a menu
        alike = 0.9 * n_words < n_own <= most
        if (
            not body
            or is_blog
            or (alike and n_lines >= (n_blocks + 1 if is_short else 2 * n_blocks))
        ):
            return own
    return body


def _visible(tree: Any) -> str:
    """Return about the text that a browser would show."""
    from lxml.etree import iterwalk

    body = tree.find("body") if tree.find("body") is not None else tree
    pieces = []
    walk = iterwalk(body, events=("start", "end", "comment"))
    for event, element in walk:
        pieces.append("" if element.tag in _INLINE else " ")
        if event != "start":
            pieces.append(element.tail or "")
        elif element.tag in _SKIPPED:
            walk.skip_subtree()
        else:
            pieces.append(element.text or "")
    return "".join(pieces)


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
    for item in element.iterchildren("item"):
        text = on_one_line(_own_text(item))
        yield item_of(text) if ITEM in text else list_item(text)
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
    """Return the rows of a table, each of which is one cell that names its columns."""
    return ["".join(_text(cell)) for cell in table.iter("cell")]
