"""E-books (.epub): their chapters in the order of reading."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document, join_blocks
from index.sources.markup import Markup
from index.sources.package import Package
from index.text.dates import iso_date

_XHTML = ("application/xhtml+xml", "text/html")
_PAGES = (".xhtml", ".html", ".htm")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read_epub(data: bytes, _charset: str) -> Contents:
    """Return the text of an e-book, chapter after chapter; its lists of contents are left out.

    Raises:
        ArticleError: it is no e-book, is locked, or holds no text.
    """
    book = Package(data, "an e-book (.epub)")
    if "META-INF/container.xml" not in book.names:
        raise book.broken()
    package_name, package = _package(book)
    chapters = [*_chapters(book, package_name, package)]
    locked = _locked(book) & set(chapters)
    if locked:
        raise ArticleError("must have no copy protection, got a protected e-book")
    markup, blocks, notes = Markup(), [], []
    for name in chapters:
        chapter, guesses = decode(book.bytes(name))
        blocks += markup.blocks(_DECLARATION.sub("", chapter))
        notes += guesses
    text = join_blocks(blocks)
    if not text:
        raise ArticleError("must hold text, got an e-book without any")
    title, day = _first(package, "title"), iso_date(_first(package, "date"))
    return Contents([Document(text, title, day)], [*markup.dropped(), *dict.fromkeys(notes)])


def _package(book: Package) -> tuple[str, Any]:
    """Return the name and the root of the file that lists the chapters."""
    for rootfile in book.xml("META-INF/container.xml").iter("{*}rootfile"):
        if (name := rootfile.get("full-path", "")) in book.names:
            return name, book.xml(name)
    raise book.broken()


def _chapters(book: Package, package_name: str, package: Any) -> Iterator[str]:
    """Yield the names of the chapters: those of the spine, or where it is empty every page there is."""
    folder = posixpath.dirname(package_name)
    items = {item.get("id"): item for item in package.iter("{*}item")}
    spine = [items[r.get("idref")] for r in package.iter("{*}itemref") if r.get("idref") in items]
    names = [
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in spine
        if item.get("media-type") in _XHTML and "nav" not in item.get("properties", "").split()
    ]
    there = [name for name in dict.fromkeys(names) if name in book.names]
    yield from there or sorted(name for name in book.names if name.lower().endswith(_PAGES))


def _locked(book: Package) -> set[str]:
    """Return the names of the files that are encrypted."""
    if "META-INF/encryption.xml" not in book.names:
        return set()
    references = book.xml("META-INF/encryption.xml").iter("{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _first(package: Any, name: str) -> str:
    element = next(package.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}"), None)
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
