"""Markdown: its text without the marks. The only file that imports markdown_it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import (
    Contents,
    Document,
    Verbatim,
    counts,
    join_blocks,
    list_item,
    table_blocks,
)
from index.text.dates import iso_date

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_QUOTED = re.compile(r"""^(["'])(.*)\1$""")


def read_markdown(data: bytes, charset: str) -> Contents:
    """Return the text of a Markdown file; a title and a date are taken from its front matter.

    Raises:
        ArticleError: there is no text in it.
    """
    from markdown_it import MarkdownIt

    text, notes = decode(data, charset)
    front = _FRONT_MATTER.match(text)
    fields = _fields(front[1]) if front else {}
    tokens = MarkdownIt("commonmark").enable("table").parse(text[front.end() :] if front else text)
    body = join_blocks(_blocks(tokens))
    if not body:
        raise ArticleError("must hold text, got a file without any")
    n_html = sum(t.type == "html_block" for t in tokens)
    n_pictures = sum(c.type == "image" for t in tokens for c in t.children or ())
    dropped = counts((n_html, "block of HTML", "blocks of HTML"), (n_pictures, "picture"))
    document = Document(body, fields.get("title", ""), iso_date(fields.get("date", "")))
    return Contents([document], [*dropped, *notes])


def _fields(front: str) -> dict[str, str]:
    """Return the fields of a front matter: its lines "name: value"."""
    pairs = [line.partition(":")[::2] for line in front.splitlines() if line[:1].isalpha()]
    return {name.strip().lower(): _QUOTED.sub(r"\2", value.strip()) for name, value in pairs}


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield headings, paragraphs, list items, code and table rows."""
    in_item, number = False, ""
    rows: list[list[str]] = []
    for token in tokens:
        match token.type:
            case "list_item_open":
                in_item, number = True, token.info  # "3" of an ordered list, else ""
            case "list_item_close":
                in_item = False
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "table_close":
                yield from table_blocks(rows, headed=True)
                rows = []
            case "fence" | "code_block":
                yield Verbatim(token.content)
            case "inline" if rows:
                rows[-1].append(_text(token))
            case "inline":
                yield list_item(_text(token), number) if in_item else _text(token)
                in_item = False


def _text(token: Token) -> str:
    return "".join(map(_inline, token.children or ()))


def _inline(child: Token) -> str:
    match child.type:
        case "softbreak" | "hardbreak":
            return " "
        case "html_inline":
            return " " if child.content[:3].lower() == "<br" else ""
        case "image":
            return ""
        case _:
            return child.content
