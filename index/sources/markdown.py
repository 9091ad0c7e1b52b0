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
    on_one_line,
)
from index.sources.marks import lowered, picture, raised, struck_note, with_target
from index.sources.markup import Markup
from index.sources.tables import Cell, table_blocks
from index.text.dates import iso_date

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_OWN = "title", "date"  # fields that an article has itself; the others stand at the end
_NOTE = re.compile(r"(?m)^\[\^(?=[^\]\n]{1,40}\]:)")
_STRUCK = "s", "strike", "del"
_TAG = re.compile(r"(?i)<(/?)(sup|sub|s|strike|del)\b[^>]*>")
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
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # A footnote of one word would be taken for where a link leads.
    tokens = parser.parse(_NOTE.sub(r"\\[^", text[front.end() :] if front else text))
    reader = _Reader()
    front_matter = [
        f"{name}: {value}" for name, value in fields.items() if name not in _OWN and value
    ]
    body = join_blocks([*reader.blocks(tokens), *front_matter])
    if not body:
        raise ArticleError("must hold text, got a file without any")
    dropped = [*counts((reader.n_pictures, "picture")), *reader.markup.dropped()]
    document = Document(body, fields.get("title", ""), iso_date(fields.get("date", "")))
    return Contents([document], [*dropped, *struck_note(reader.struck), *notes])


def _fields(front: str) -> dict[str, str]:
    """Return the fields of a front matter: its lines "name: value"."""
    pairs = [line.partition(":")[::2] for line in front.splitlines() if line[:1].isalpha()]
    return {name.strip().lower(): _QUOTED.sub(r"\2", value.strip()) for name, value in pairs}


class _Reader:
    """Reads tokens into blocks, and collects what is set aside."""

    def __init__(self) -> None:
        self.struck: list[str] = []
        self.n_pictures = 0
        self.markup = Markup()

    def blocks(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield headings, paragraphs, list items, code, table rows and what pictures show."""
        in_item, number = False, ""
        rows: list[list[Cell]] = []
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
                    yield from table_blocks(rows, 1)
                    rows = []
                case "fence" | "code_block" | "html_block":
                    yield from self._unmarked(token)
                case "inline" if rows:
                    rows[-1].append(Cell(on_one_line(self.text(token))))
                case "inline":
                    text = self.text(token)
                    yield list_item(text, number) if in_item else text
                    yield from self._pictures(token)
                    in_item = False

    def _unmarked(self, token: Token) -> list[str]:
        """Return the blocks of what is no Markdown: code, and HTML as a page of it shows."""
        if token.type == "html_block":
            return self.markup.blocks(token.content)
        return [Verbatim(token.content)]

    def text(self, token: Token) -> str:
        """Return the text of a token with where its links lead, without what is struck out."""
        pieces: list[str] = []
        opened: list[
            tuple[str, int, str]
        ] = []  # what was opened, before which piece, where it leads
        for child in token.children or ():
            opens, closes = _marks(child)
            if opens:
                opened.append((opens, len(pieces), str(child.attrs.get("href", ""))))
            elif closes in [name for name, *_ in opened]:
                name = ""
                while name != closes:
                    name, start, target = opened.pop()
                inside = "".join(pieces[start:])
                pieces[start:] = [self._marked(closes, inside, target, "".join(pieces[:start]))]
            else:
                pieces.append(_inline(child))
        return "".join(pieces)

    def _marked(self, mark: str, inside: str, target: str, before: str) -> str:
        """Return a text as what is around it marks it, after the text before it."""
        if mark in _STRUCK:
            self.struck.append(inside)
            return ""
        if mark in ("sup", "sub"):
            return (raised if mark == "sup" else lowered)(inside, before)
        return with_target(inside, target) if inside.strip() else inside

    def _pictures(self, token: Token) -> Iterator[str]:
        for child in token.children or ():
            if child.type == "image":
                description = picture(child.content)
                self.n_pictures += not description
                yield description


def _marks(child: Token) -> tuple[str, str]:
    """Return the name of the mark that a token opens, and of that it closes; "" for none."""
    if child.type == "html_inline" and (tag := _TAG.match(child.content)):
        name = tag[2].lower()
        return ("", name) if tag[1] else (name, "")
    name, _, end = child.type.rpartition("_")
    if name not in ("s", "link"):
        return "", ""
    return (name, "") if end == "open" else ("", name)


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
