"""Word documents: paragraphs, lists and tables. The only file that imports docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.sources.document import (
    Contents,
    Document,
    counts,
    join_blocks,
    list_item,
    table_blocks,
)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_UNSEEN = (f"{_W}moveFrom", f"{_W}del", f"{_W}txbxContent", f"{_W}instrText")
_BETWEEN = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}


def read_docx(data: bytes, _charset: str) -> Contents:
    """Return the text of a Word document, with all its changes accepted.

    Raises:
        ArticleError: it is no Word document, or there is no text in it.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(io.BytesIO(data))
        body = document.element.body
        title = _title(document)
    except (
        KeyError,
        ValueError,
        AttributeError,
        PackageNotFoundError,
        zipfile.BadZipFile,
    ) as error:
        raise ArticleError(
            "must be a Word document (.docx), got another or a broken file"
        ) from error
    text = join_blocks(_blocks(body))
    if not text:
        raise ArticleError("must hold text, got a document without any")
    return Contents([Document(text, title)], _dropped(document, body))


def _title(document: Any) -> str:
    """Return the title that the document names; python-docx makes one up where there is none."""
    relations = document.part.package.rels.values()
    has_properties = any(relation.reltype.endswith("/core-properties") for relation in relations)
    return (document.core_properties.title or "").strip() if has_properties else ""


def _blocks(body: Any) -> Iterator[str]:
    """Yield paragraphs, list items and rows of tables in order, those in content controls too."""
    for element in body.iter(f"{_W}p", f"{_W}tbl"):
        if any(around.tag in (f"{_W}tbl", *_UNSEEN) for around in element.iterancestors()):
            continue
        if element.tag == f"{_W}tbl":
            yield from _table(element)
            continue
        text = _text(element).strip()
        yield list_item(text) if _is_listed(element) else text


def _text(paragraph: Any) -> str:
    """Return the text of a paragraph with its links and insertions, without what was deleted."""
    return "".join(
        _BETWEEN.get(node.tag, node.text or "")
        for node in paragraph.iter(f"{_W}t", *_BETWEEN)
        if not any(around.tag in _UNSEEN for around in node.iterancestors())
    )


def _is_listed(paragraph: Any) -> bool:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    name = "" if style is None else style.get(f"{_W}val", "")
    number = paragraph.find(f"{_W}pPr/{_W}numPr/{_W}numId")
    numbered = number is not None and number.get(f"{_W}val") != "0"  # 0 takes it out of a list
    return name.startswith("List") or (numbered and not name.startswith("Heading"))


def _table(table: Any) -> list[str]:
    """Return a table's rows; the first is its head where it has several cells, all with text."""
    rows = [
        [" ".join(_text(p) for p in cell.iter(f"{_W}p")) for cell in row.findall(f"{_W}tc")]
        for row in table.findall(f"{_W}tr")
    ]
    return table_blocks(rows, headed=bool(rows) and len(rows[0]) > 1 and all(rows[0]))


def _dropped(document: Any, body: Any) -> list[str]:
    """Return what is in the document and not in its text, in words for a person."""

    def n(*tags: str) -> int:
        return sum(1 for _ in body.iter(*tags))

    dropped = [
        *counts((n(f"{_W}drawing", f"{_W}pict"), "picture")),
        *(["text boxes"] if n(f"{_W}txbxContent") else []),
        *counts(
            (n(f"{_MATH}oMath"), "equation"),
            (n(f"{_W}footnoteReference"), "footnote"),
            (n(f"{_W}endnoteReference"), "endnote"),
            (n(f"{_W}commentReference"), "comment"),
        ),
    ]
    for what in ("header", "footer"):
        files = document.part.package.iter_parts()
        named = [file for file in files if str(file.partname).startswith(f"/word/{what}")]
        if any(b"<w:t" in file.blob for file in named):
            dropped.append(f"page {what}s")
    return dropped
