"""Open documents: texts (.odt), sheets (.ods) and slides (.odp)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.sources.document import (
    Contents,
    Document,
    counts,
    is_page_number,
    join_blocks,
    list_item,
    on_one_line,
)
from index.sources.equations import linear
from index.sources.marks import comment, lowered, picture, raised, struck_note
from index.sources.odf_styles import Styles
from index.sources.package import Package
from index.sources.sheets import sheet_blocks, visible
from index.sources.tables import Cell, join_lines, table_blocks

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_MOST_REPEATED = 1000  # sheets fill up to their last row with empty ones
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_HREF = "{http://www.w3.org/1999/xlink}href"
_UNSEEN = "collapse", "filter"
_COVERED = f"{_TABLE}covered-table-cell"
_COMMENT = f"{_OFFICE}annotation"
_PARAGRAPHS = f"{_TEXT}p", f"{_TEXT}h"
_SKIPPED = (
    _COMMENT,
    f"{_OFFICE}annotation-end",
    f"{_TEXT}tracked-changes",
    f"{_OFFICE}forms",
    f"{_TEXT}sequence-decls",
    f"{_TEXT}variable-decls",
)


def read_odf(data: bytes, _charset: str) -> Contents:
    """Return the text of an open document: headings, paragraphs, lists, tables, notes, text boxes.

    What is hidden is left out: passages, rows, columns, sheets and slides.

    Raises:
        ArticleError: it is none, is locked, or holds no text.
    """
    package = Package(data, "an open document (.odt, .ods, .odp)")
    root = package.xml("content.xml") if "content.xml" in package.names else None
    body = None if root is None else root.find(f"{_OFFICE}body")
    if root is None or body is None:
        raise package.broken()
    styles = [root, *(package.xml(n) for n in ("styles.xml",) if n in package.names)]
    walk = _Walk(package, styles)
    kind = next((child for child in body if isinstance(child.tag, str)), body)
    slides = kind.findall(f"{_DRAW}page")
    parts = slides or [kind]
    head, foot = ([], []) if slides else (walk.running("header"), walk.running("footer"))
    text, starts = "", []
    for number, part in enumerate(parts):
        inside = () if slides and walk.is_hidden_slide(part) else walk.blocks(part)
        blocks = [*(head if not number else []), *inside]
        blocks += foot if number == len(parts) - 1 else []
        piece = join_blocks(blocks)
        text += "\n\n" if text and piece else ""
        starts.append(len(text))
        text += piece
    if not text:
        raise ArticleError("must hold text, got a document without any")
    title, day = _about(package)
    document = Document(text, title, day, page_starts=starts if slides else ())
    return Contents([document], walk.dropped(root))


def _about(package: Package) -> tuple[str, str]:
    """Return the title of a document, and the day on which it was made."""
    if "meta.xml" not in package.names:
        return "", ""
    meta = package.xml("meta.xml")
    title = next(meta.iter(f"{_DC}title"), None)
    return " ".join((title.text or "").split()) if title is not None else "", ""


class _Walk:
    """Goes through a document, whose styles say what is numbered, raised or struck out."""

    def __init__(self, package: Package, roots: list[Any]) -> None:
        self._package = package
        self._roots = roots
        self._styles = Styles(roots)
        self._notes: list[str] = []
        self._boxes: list[Any] = []
        self.struck: list[str] = []
        self.n_pictures = self.n_objects = 0
        self.n_hidden = self.n_sheets = self.n_rows = self.n_columns = self.n_slides = 0

    def running(self, what: str) -> list[str]:
        """Return the head or the foot of the pages, once; numbers of pages alone are none."""
        blocks = [b for r in self._roots for e in r.iter(f"{_STYLE}{what}") for b in self.blocks(e)]
        return [b for b in dict.fromkeys(blocks) if not is_page_number(b)]

    def dropped(self, root: Any) -> list[str]:
        """Return notes of what the text leaves out."""
        deletions = sum(1 for _ in root.iter(f"{_TEXT}deletion"))
        return [
            *counts(
                (self.n_slides, "hidden slide"),
                (self.n_sheets, "hidden sheet"),
                (self.n_rows, "hidden row"),
                (self.n_columns, "hidden column"),
                (self.n_hidden, "hidden passage"),
                (self.n_pictures, "picture"),
                (self.n_objects, "chart or other object", "charts and other objects"),
                (deletions, "deleted passage"),
            ),
            *struck_note(self.struck),
        ]

    def is_hidden_slide(self, slide: Any) -> bool:
        """Return whether a slide is hidden, and count it."""
        is_hidden = self._styles.hides_slide(slide.get(f"{_DRAW}style-name"))
        self.n_slides += is_hidden
        return is_hidden

    def _is_hidden(self, element: Any) -> bool:
        """Return whether a paragraph, a section or words in a line are hidden, and count their passages."""
        field = element.find(f"{_TEXT}hidden-paragraph")
        is_hidden = (
            element.get(f"{_TEXT}is-hidden") == "true"
            or element.get(f"{_TEXT}display") == "none"
            or (field is not None and field.get(f"{_TEXT}is-hidden") == "true")
            or self._styles.hides_text(element.get(f"{_TEXT}style-name"))
        )
        if is_hidden:
            inner = [*element.iter(*_PARAGRAPHS)] or [element]
            self.n_hidden += sum(bool("".join(each.itertext()).strip()) for each in inner)
        return is_hidden

    def blocks(self, element: Any) -> Iterator[str]:
        """Yield the blocks below an element, in order."""
        for child in element:
            if not isinstance(child.tag, str) or child.tag in _SKIPPED:
                continue
            if child.tag in _PARAGRAPHS:
                yield from self._paragraph(child)
            elif child.tag == f"{_TEXT}section" and self._is_hidden(child):
                continue
            elif child.tag == f"{_TEXT}list":
                yield from self._list(child, child.get(f"{_TEXT}style-name") or "", 1)
            elif child.tag == f"{_TABLE}table":
                yield from self._table(child)
            elif child.tag in (f"{_DRAW}frame", f"{_DRAW}custom-shape"):
                yield from self._frame(child)
            else:
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Any, label: str | None = None) -> Iterator[str]:
        """Yield a paragraph, then the boxes that stand in it and the notes that it has."""
        if self._is_hidden(paragraph):
            return
        text = self._text(paragraph)
        yield text if label is None else list_item(text, label)
        boxes, self._boxes = self._boxes, []
        notes, self._notes = self._notes, []
        for box in boxes:
            yield from self._frame(box)
        yield from notes

    def _text(self, element: Any) -> str:
        pieces: list[str] = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                pieces.append(self._inline(child, "".join(pieces)))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def _inline(self, child: Any, before: str) -> str:
        """Return the text of an element inside a paragraph."""
        if child.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
            return " "
        if child.tag == _COMMENT:
            self._comment(child)
        may_hide = child.tag in (f"{_TEXT}span", f"{_TEXT}hidden-text")
        if child.tag in _SKIPPED or (may_hide and self._is_hidden(child)):
            return ""
        if child.tag == f"{_TEXT}note":
            return self._note(child)
        if child.tag in (f"{_DRAW}frame", f"{_DRAW}custom-shape"):
            return self._inline_frame(child)
        text = self._text(child)
        if child.tag != f"{_TEXT}span":
            return text
        return self._marked(text, before, child.get(f"{_TEXT}style-name"))

    def _inline_frame(self, frame: Any) -> str:
        """Return the equation in a frame; what else it holds comes after the paragraph."""
        equation = self._equation(frame)
        if not equation:
            self._boxes.append(frame)
        return equation

    def _marked(self, text: str, before: str, style_name: str | None) -> str:
        form = self._styles.form(style_name)
        if form is None:
            return text
        if form.get(f"{_STYLE}text-line-through-style", "none") != "none":
            self.struck.append(text)
            return ""
        position = form.get(f"{_STYLE}text-position", "")
        if position.startswith(("super", "sub")):
            return (raised if position.startswith("super") else lowered)(text, before)
        height = position.split("%")[0]
        if height.lstrip("-").isdigit() and int(height):
            return (raised if int(height) > 0 else lowered)(text, before)
        return text

    def _note(self, note: Any) -> str:
        """Return the mark of a footnote; its text comes after the paragraph."""
        mark, body = note.find(f"{_TEXT}note-citation"), note.find(f"{_TEXT}note-body")
        label = "" if mark is None else "".join(mark.itertext()).strip()
        if body is not None:
            outer, self._notes = self._notes, []
            text = " ".join(self.blocks(body))
            self._notes = [*outer, f"[{label}] {text}", *self._notes]
        return f" [{label}]" if label else ""

    def _comment(self, remark: Any, on: str = "") -> None:
        author = remark.findtext(f"{_DC}creator") or remark.findtext(f"{_META}creator-initials")
        outer, self._notes = self._notes, []
        text = join_lines(filter(None, map(on_one_line, self.blocks(remark))))
        self._notes = [*outer, *comment(author or "", text, on=on), *self._notes]

    def _equation(self, frame: Any) -> str:
        """Return the equation that a frame holds; "" where it holds something else."""
        for held in frame.iter(f"{_DRAW}object", _MATH):
            if held.tag == _MATH:
                return linear(held)
            name = f"{held.get(_HREF, '').removeprefix('./')}/content.xml"
            root = self._package.xml(name) if name in self._package.names else held
            if equation := next(root.iter(_MATH), None) is not None and linear(root):
                return equation
        return ""

    def _list(self, element: Any, style_name: str, level: int) -> Iterator[str]:
        """Yield the items of a list and of the lists inside it, with their numbers."""
        goes_on = element.get(f"{_TEXT}continue-numbering") == "true"
        if not goes_on and element.get(f"{_TEXT}continue-list") is None:
            self._styles.restart(style_name, level)
        for item in element:
            if item.tag not in (f"{_TEXT}list-item", f"{_TEXT}list-header"):
                continue
            label: str | None = None
            if item.tag == f"{_TEXT}list-item":
                start = item.get(f"{_TEXT}start-value", "")
                number = int(start) if start.isdigit() else None
                label = self._styles.label(style_name, level, number)
            for child in item:
                if child.tag == f"{_TEXT}list":
                    own = child.get(f"{_TEXT}style-name") or style_name
                    yield from self._list(child, own, level + 1)
                elif child.tag in _PARAGRAPHS:
                    yield from self._paragraph(child, label)
                    label = None

    def _frame(self, frame: Any) -> Iterator[str]:
        """Yield the text of a box or an equation, or the description of a picture."""
        equation = self._equation(frame)
        blocks = [equation] if equation else [b for b in self.blocks(frame) if b.strip()]
        if blocks:
            yield from blocks
        elif next(frame.iter(f"{_DRAW}object"), None) is not None:
            self.n_objects += 1
        elif next(frame.iter(f"{_DRAW}image"), None) is not None:
            descriptions = [e.text or "" for e in frame.iter(f"{_SVG}desc", f"{_SVG}title")]
            described = picture(descriptions[-1] if descriptions else "")
            self.n_pictures += not described
            yield described

    def _table(self, table: Any) -> Iterator[str]:
        """Yield the rows of a table, after its name where it is one of several sheets."""
        is_sheet = table.getparent().tag == f"{_OFFICE}spreadsheet"
        if is_sheet:
            yield from self._sheet(table)
            return
        n_head, rows, _ = self._rows(table)
        yield from table_blocks(rows, n_head or None)
        notes, self._notes = self._notes, []
        yield from notes

    def _sheet(self, table: Any) -> Iterator[str]:
        """Yield the rows of a sheet that are shown, after its name where it is one of several."""
        siblings = table.getparent().findall(f"{_TABLE}table")
        hidden = [self._styles.hides_table(t.get(f"{_TABLE}style-name")) for t in siblings]
        if hidden[siblings.index(table)]:
            self.n_sheets += any((e.text or "").strip() for e in table.iter(f"{_TEXT}p"))
            return
        if hidden.count(False) > 1:
            yield table.get(f"{_TABLE}name") or ""
        n_head, rows, in_row = self._rows(table, is_sheet=True)
        seen = visible(rows, in_row, _hidden_columns(table))
        self.n_rows += seen.n_hidden_rows
        self.n_columns += seen.n_hidden_columns
        n_head -= sum(i in in_row for i in range(n_head))
        yield from sheet_blocks(seen.rows, n_head or None)
        for shapes in table.findall(f"{_TABLE}shapes"):
            yield from self.blocks(shapes)
        notes, self._notes = self._notes, []
        yield from notes

    def _rows(
        self, table: Any, *, is_sheet: bool = False
    ) -> tuple[int, list[list[Cell]], set[int]]:
        """Return how many rows of a table name its columns, its rows, and which of them are hidden.

        Of the blank rows of a sheet one stands wherever some are.
        """
        n_head, rows, in_row = 0, list[list[Cell]](), set[int]()
        for row in table.iter(f"{_TABLE}table-row"):
            if next(row.iterancestors(f"{_TABLE}table")) is not table:
                continue
            is_hidden = row.get(f"{_TABLE}visibility") in _UNSEEN
            outer, self._notes = self._notes, []
            cells = [*self._cells(row)]
            self._notes = outer if is_hidden else [*outer, *self._notes]
            n_head += row.getparent().tag == f"{_TABLE}table-header-rows"
            if any(cell.text for cell in cells) or row.find(_COVERED) is not None:
                n = _repeated(row, "rows")
                in_row |= {*range(len(rows), len(rows) + n)} if is_hidden else set()
                rows += [cells] * n
            elif is_sheet and rows and rows[-1] and not is_hidden:
                rows.append([])
        return n_head, rows, in_row

    def _is_bold(self, cell: Any) -> bool:
        """Return whether the style of a cell, or of all its paragraphs, is bold."""
        paragraphs = [p for p in cell.iter(f"{_TEXT}p") if "".join(p.itertext()).strip()]
        names = [p.get(f"{_TEXT}style-name") for p in paragraphs]
        return self._styles.is_bold(cell.get(f"{_TABLE}style-name")) or (
            bool(names) and all(map(self._styles.is_bold, names))
        )

    def _cells(self, row: Any) -> Iterator[Cell]:
        for cell in row:
            if cell.tag != f"{_TABLE}table-cell":
                continue  # what a merged cell covers is a covered-table-cell
            outer, self._notes = self._notes, []  # those of the cells before are none of this one
            text = join_lines(filter(None, map(on_one_line, self.blocks(cell))))
            if day := cell.get(f"{_OFFICE}date-value"):
                text = day.replace("T", " ").removesuffix(" 00:00:00")
            for remark in cell.findall(_COMMENT):
                self._comment(remark, on=text)
            self._notes = [*outer, *self._notes]
            spans = (cell.get(f"{_TABLE}number-{n}-spanned", "1") for n in ("rows", "columns"))
            down, across = (int(s) if s.isdigit() and len(s) < 6 else 1 for s in spans)
            n = _repeated(cell, "columns")
            is_bold = self._is_bold(cell)
            for _ in range(n if text or n < _MOST_REPEATED else 1):
                yield Cell(text, down, across, is_bold)  # each its own: alike, and not merged


def _hidden_columns(table: Any) -> set[int]:
    """Return the positions of the hidden columns of a sheet."""
    hidden: set[int] = set()
    at = 0
    for column in table.iter(f"{_TABLE}table-column"):
        n = _repeated(column, "columns")
        if column.get(f"{_TABLE}visibility") in _UNSEEN:
            hidden |= {*range(at, at + n)}
        at += n
    return hidden


def _repeated(element: Any, what: str) -> int:
    value = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return min(int(value), _MOST_REPEATED) if value.isdigit() and len(value) < 10 else 1
