"""Feeds of RSS and Atom: an article for each item. The only file that imports feedparser."""

from __future__ import annotations

import io
from time import struct_time
from typing import Any

from index.errors import ArticleError
from index.sources.document import Contents, Document, counted, join_blocks
from index.sources.markup import Markup
from index.sources.url import is_url


def read_feed(data: bytes, charset: str) -> Contents:
    """Return an article for each item: its title, and what the feed gives of its text.

    ``source`` of a document is the item's address, else "#" and its id or number.

    Raises:
        ArticleError: it is no feed, or has no item with a text.
    """
    import feedparser

    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}
    # As a file: a text might be taken for an address to be fetched.
    feed: Any = feedparser.parse(
        io.BytesIO(data),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.version and not feed.entries:
        raise ArticleError("must be a feed of RSS or Atom, got something else")
    markup, documents, n_short = Markup(), [], 0
    for number, item in enumerate(feed.entries, start=1):
        whole = [part.value for part in item.get("content", []) if part.value.strip()]
        title = " ".join(_blocks(markup, item.get("title", "")))
        parts = whole or [item.get("summary", "")]
        text = join_blocks([title, *(b for part in parts for b in _blocks(markup, part))])
        if text:
            n_short += not whole
            link = item.get("link", "")  # feedparser's may be the id
            source = link if is_url(link) else f"#{item.get('id') or number}"
            documents.append(Document(text, title, _day(item), source))
    if not documents:
        raise ArticleError("must have an item with a text, got a feed without any")
    short = f"the rest of {counted(n_short, 'article')} that the feed gives in short"
    return Contents(documents, [*([short] if n_short else []), *markup.dropped()])


def _blocks(markup: Markup, text: str) -> list[str]:
    if "<" not in text and "&" not in text:
        return [text]
    return markup.blocks(text)


def _day(item: Any) -> str:
    for name in ("published_parsed", "updated_parsed"):
        parsed = item.get(name)
        if isinstance(parsed, struct_time) and 1 <= parsed.tm_year <= 9999:
            return f"{parsed.tm_year:04}-{parsed.tm_mon:02}-{parsed.tm_mday:02}"
    return ""
