"""Word documents: paragraphs, lists, tables, text boxes, notes. The only file that imports docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import ArticleError
from index.sources.document import (
    Contents,
    Document,
    counts,
    is_page_number,
    join_blocks,
    on_one_line,
)
from index.sources.docx_chunks import chunk_html
from index.sources.docx_hidden import Hidden
from index.sources.docx_numbers import Numbering
from index.sources.equations import linear
from index.sources.marks import comment, lowered, picture, raised, struck_note, symbol, with_target
from index.sources.markup import Markup
from index.sources.tables import Cell, join_lines, table_blocks

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_P, _RUN, _T = (f"{_W}{name}" for name in ("p", "r", "t"))
_TBL, _TC, _BOX = (f"{_W}{name}" for name in ("tbl", "tc", "txbxContent"))
_UNSEEN = {f"{_W}moveFrom", f"{_W}del", f"{_W}instrText"}
_BETWEEN = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
_NOTES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_PARTS = "comments endnotes footer footnotes header numbering styles".split()


def read_docx(data: bytes, _charset: str) -> Contents:
    """Return the text of a Word document, with all its changes accepted and without what is hidden.

    Automatic numbers are written out. Text boxes stand where they are anchored, notes after their
    paragraph, and what page headers and footers say at the end.

    Raises:
        ArticleError: it is no Word document, or there is no text in it.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(io.BytesIO(data))
        title = _title(document)
        reader = _Reader(document)
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
    text = join_blocks(reader.all_blocks())
    if not text:
        raise ArticleError("must hold text, got a document without any")
    return Contents([Document(text, title)], reader.dropped())


def _title(document: Any) -> str:
    """Return the title that the document names; python-docx makes one up where there is none."""
    relations = document.part.package.rels.values()
    has_properties = any(relation.reltype.endswith("/core-properties") for relation in relations)
    return (document.core_properties.title or "").strip() if has_properties else ""


def _parts(document: Any) -> dict[str, list[Any]]:
    """Return the root elements of the document's other parts by what they are, as "footnotes"."""
    from docx.oxml import parse_xml

    named: dict[str, list[Any]] = {}
    for part in document.part.package.iter_parts():
        name = str(part.partname).removeprefix("/word/").removesuffix(".xml").rstrip("0123456789")
        if name in _PARTS:
            named.setdefault(name, []).append(parse_xml(part.blob))
    return named


@dataclass(slots=True)
class _Reader:
    """The state of reading a document's blocks, one after the other."""

    document: Any
    parts: dict[str, list[Any]] = field(init=False)
    numbering: Numbering = field(init=False)
    hidden: Hidden = field(init=False)
    struck: list[str] = field(init=False, default_factory=list)
    asides: list[str] = field(init=False, default_factory=list)
    n_notes: int = field(init=False, default=0)
    n_symbols: int = field(init=False, default=0)
    n_hidden: int = field(init=False, default=0)
    n_chunks: int = field(init=False, default=0)
    markup: Markup = field(init=False, default_factory=Markup)
    in_note: bool = field(init=False, default=False)
    n_unread_notes: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = _parts(self.document)
        numbering, styles = (
            next(iter(self.parts.get(n, ())), None) for n in ("numbering", "styles")
        )
        self.numbering, self.hidden = Numbering(numbering, styles), Hidden(styles)

    def all_blocks(self) -> Iterator[str]:
        """Yield the blocks of the body, then those of its notes, headers and footers."""
        yield from self.blocks(self.document.element.body)
        seen: set[str] = set()
        for what in ("header", "footer"):
            for root in self.parts.get(what, ()):
                for block in map(on_one_line, self.blocks(root)):
                    if block not in seen and not is_page_number(block):
                        seen.add(block)
                        yield block

    def blocks(self, container: Any) -> Iterator[str]:
        """Yield paragraphs, list items and rows of tables in order, those in content controls too."""
        for element in container:
            if element.tag == _P:
                yield self.paragraph(element)
                yield from self._new_notes(element)
                for box in _boxes(element):
                    if not self.hidden.hides(_around(box, _RUN)):
                        yield from self.blocks(box)
                yield from map(picture, _alts(element))
            elif element.tag == _TBL:
                yield from self.table(element)
                yield from self._new_notes(element)
            elif element.tag == f"{_W}altChunk":
                yield from self._chunk(element)
            elif isinstance(element.tag, str) and element.tag not in _UNSEEN:
                yield from self.blocks(element)

    def _chunk(self, element: Any) -> Iterator[str]:
        """Yield the blocks of a web page that the document holds; what is none is counted."""
        relation = self.document.part.rels.get(element.get(f"{_R}id"))
        is_inside = relation is not None and not relation.is_external
        html = chunk_html(relation.target_part) if is_inside else ""
        self.n_chunks += not html
        yield from self.markup.blocks(html)

    def _new_notes(self, element: Any) -> Iterator[str]:
        """Yield notes and comments of a paragraph or a table; a cell's come with its table."""
        if self.in_note or (element.tag == _P and _around(element, _TBL) is not None):
            return
        asides, self.asides = self.asides, []
        yield from asides

    def paragraph(self, paragraph: Any) -> str:
        """Return a paragraph after the number that Word gives it."""
        text = on_one_line("".join(self._pieces(paragraph)))
        self.n_hidden += self.hidden.n_passages(paragraph)
        number = "" if self.hidden.hides_mark(paragraph) else self.numbering.next(paragraph)
        if not number and _style(paragraph).startswith("List"):
            number = "-"
        return f"{number} {text}" if number and text else text

    def _pieces(self, paragraph: Any) -> Iterator[str]:
        """Yield the text of a paragraph with its links and insertions, without what was deleted."""
        last = ""
        for element in paragraph:
            if element.tag == f"{_W}hyperlink":
                text = "".join(self._pieces(element))
                piece = with_target(text, self._target(element)) if text.strip() else text
            elif element.tag == f"{_MATH}oMath":
                piece = linear(element)
            elif element.tag == _RUN:
                piece = self._run(element, last)
            elif not isinstance(element.tag, str) or element.tag in _UNSEEN:
                continue
            else:
                piece = "".join(self._pieces(element))
            last = piece or last
            yield piece

    def _run(self, run: Any, before: str) -> str:
        if self.hidden.hides(run):
            return ""
        text = "".join(self._text(node) for node in run)
        form = run.find(f"{_W}rPr")
        if form is None or not text:
            return text
        if any(_is_on(form.find(f"{_W}{name}")) for name in ("strike", "dstrike")):
            self.struck.append(text)
            return ""
        align = form.find(f"{_W}vertAlign")
        match align is not None and align.get(f"{_W}val"):
            case "superscript" if not text.startswith("["):
                return raised(text, before)
            case "subscript":
                return lowered(text, before)
        return text

    def _text(self, node: Any) -> str:
        if node.tag in _NOTES:
            return self._note(_NOTES[node.tag], node.get(f"{_W}id"))
        if node.tag == f"{_W}commentReference":
            self._comment(node.get(f"{_W}id"))
        if node.tag == f"{_W}ruby":  # its pronunciation, above the text, is left out
            base = node.find(f"{_W}rubyBase")
            return "" if base is None else "".join(self._pieces(base))
        if node.tag == f"{_W}sym":
            written = symbol(node.get(f"{_W}font") or "", node.get(f"{_W}char") or "")
            self.n_symbols += not written
            return written
        return (node.text or "") if node.tag == _T else _BETWEEN.get(node.tag, "")

    def _note(self, what: str, number: str) -> str:
        """Return the mark of a note, whose text follows; "" without a text or in another note."""
        if self.in_note:
            return ""
        note = self._aside(what, number)
        if note is None:
            self.n_unread_notes[what] = self.n_unread_notes.get(what, 0) + 1
            return ""
        self.n_notes += 1
        mark = f"[{self.n_notes}]"
        self.asides.append(f"{mark} {self._aside_text(note)}")
        return mark

    def _comment(self, number: str) -> None:
        remark = None if self.in_note else self._aside("comments", number)
        if remark is not None:
            author = remark.get(f"{_W}author") or ""
            self.asides += comment(author, self._aside_text(remark))

    def _aside(self, what: str, number: str) -> Any:
        """Return the note or comment of a number, None where the file has none."""
        asides = (aside for root in self.parts.get(what, ()) for aside in root)
        return next((aside for aside in asides if aside.get(f"{_W}id") == number), None)

    def _aside_text(self, aside: Any) -> str:
        self.in_note = True
        text = join_lines(map(on_one_line, self.blocks(aside)))
        self.in_note = False
        return text

    def _target(self, link: Any) -> str:
        relation = self.document.part.rels.get(link.get(f"{_R}id"))
        return relation.target_ref if relation is not None and relation.is_external else ""

    def table(self, table: Any) -> Iterator[str]:
        """Yield a table's rows, then those of the tables in its cells."""
        lines = [row for row in table.iter(f"{_W}tr") if _around(row, _TBL) is table]
        cells = [[c for c in row.iter(_TC) if _around(c, _TBL) is table] for row in lines]
        heads = [row.find(f"{_W}trPr/{_W}tblHeader") is not None for row in lines]
        n_head = heads.index(False) if False in heads else 0
        if not n_head and self._first_is_styled(table):
            n_head = 1
        yield from table_blocks(self._merged(cells), n_head or None)
        for row in cells:
            for cell in row:
                for inner in cell.findall(_TBL):
                    yield from self.table(inner)

    def _merged(self, rows: list[list[Any]]) -> list[list[Cell]]:
        """Return the cells of rows; one that is merged downwards stands once, in its first row."""
        merged: list[list[Cell]] = []
        open_cells: dict[int, tuple[int, int]] = {}  # by column: row and position of the topmost
        for row in rows:
            line: list[Cell] = []
            column = _before(row)
            if column:
                line.append(Cell("", colspan=column))
            for cell in row:
                form = cell.find(f"{_W}tcPr")
                width = _number(form, "gridSpan", 1)
                merge = None if form is None else form.find(f"{_W}vMerge")
                goes_on = merge is not None and merge.get(f"{_W}val") != "restart"
                if goes_on and column in open_cells:
                    i, j = open_cells[column]
                    above = merged[i][j]
                    merged[i][j] = Cell(above.text, len(merged) - i + 1, width, above.is_head)
                else:
                    if merge is not None:
                        open_cells[column] = len(merged), len(line)
                    else:
                        open_cells.pop(column, None)
                    line.append(Cell(self._cell_text(cell), 1, width, _is_bold(cell)))
                column += width
            merged.append(line)
        return merged

    def _cell_text(self, cell: Any) -> str:
        blocks = (block for e in cell if e.tag != _TBL for block in self.blocks([e]))
        return join_lines(map(on_one_line, blocks))

    def _first_is_styled(self, table: Any) -> bool:
        """Return whether the table's style gives its first row a form of its own."""
        look = table.find(f"{_W}tblPr/{_W}tblLook")
        if look is None or not (
            look.get(f"{_W}firstRow") == "1" or int(look.get(f"{_W}val") or "0", 16) & 0x20
        ):
            return False
        named = table.find(f"{_W}tblPr/{_W}tblStyle")
        name = "" if named is None else named.get(f"{_W}val")
        return any(
            style.get(f"{_W}styleId") == name
            and any(form.get(f"{_W}type") == "firstRow" for form in style.iter(f"{_W}tblStylePr"))
            for root in self.parts.get("styles", ())
            for style in root.iter(f"{_W}style")
        )

    def dropped(self) -> list[str]:
        """Return notes of what the text leaves out."""
        body = self.document.element.body

        def n(*tags: str) -> int:
            return sum(1 for e in body.iter(*tags) if _around(e, _FALLBACK) is None)

        n_described = sum(bool(picture(alt)) for alt in _alts(body))
        n_boxes = n(_BOX)
        return [
            *counts(
                (self.n_hidden, "hidden passage"),
                (self.n_chunks, "document inside it", "documents inside it"),
                (n(f"{_W}object"), "embedded object"),
                (max(0, n(f"{_W}drawing", f"{_W}pict") - n_boxes - n_described), "picture"),
                (self.n_unread_notes.get("footnotes", 0), "footnote"),
                (self.n_unread_notes.get("endnotes", 0), "endnote"),
                (self.n_symbols, "sign of a font of symbols", "signs of fonts of symbols"),
            ),
            *self.markup.dropped(),
            *struck_note(self.struck),
        ]


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the text boxes of a paragraph; those in another text box come with that one."""
    for box in paragraph.iter(_BOX):
        if _around(box, _P) is paragraph and _around(box, _FALLBACK) is None:
            yield box


def _alts(element: Any) -> list[str]:
    """Return the descriptions of the pictures in an element."""
    return [each.get("descr") or "" for each in element.iter(_PICTURE)]


def _around(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val", "")


def _is_on(toggle: Any) -> bool:
    return toggle is not None and toggle.get(f"{_W}val", "1") not in ("0", "false", "off")


def _is_bold(cell: Any) -> bool:
    """Return whether all text of a cell is bold."""
    runs = [run for run in cell.iter(f"{_W}r") if (run.findtext(_T) or "").strip()]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)


def _before(row: list[Any]) -> int:
    """Return how many columns a row leaves out before its first cell."""
    around = _around(row[0], f"{_W}tr") if row else None
    return 0 if around is None else _number(around.find(f"{_W}trPr"), "gridBefore", 0)


def _number(form: Any, name: str, other: int) -> int:
    element = None if form is None else form.find(f"{_W}{name}")
    value = "" if element is None else element.get(f"{_W}val") or ""
    return min(int(value), 1000) if value.isdigit() else other
