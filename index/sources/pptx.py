"""Presentations (.pptx): the texts of each slide, and the notes below it; a slide is a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.sources.document import Contents, Document, counts, join_blocks, list_item
from index.sources.equations import linear
from index.sources.marks import comment, picture
from index.sources.package import Package
from index.sources.tables import Cell, table_blocks

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_EQUATION = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_AUTHORS = "ppt/commentAuthors.xml", "ppt/authors.xml"
_PRESENTATION = "ppt/presentation.xml"
_SHAPES = f"{_P}sp", f"{_P}graphicFrame", f"{_P}pic"
_RUNNING = "sldNum", "ftr", "dt", "hdr"
_TITLES = "title", "ctrTitle"
_LISTS = ("body", "obj", "")


def read_pptx(data: bytes, _charset: str) -> Contents:
    """Return the text of a presentation, slide after slide; hidden slides and shapes are left out.

    Raises:
        ArticleError: it is no presentation, or holds no text.
    """
    deck = Package(data, "a presentation (.pptx)")
    if _PRESENTATION not in deck.names:
        raise deck.broken()
    slides = [*_slides(deck)]
    text, starts = "", []
    for name in slides:
        hidden = _is_hidden_slide(deck, name)
        slide = "" if hidden else join_blocks(_all_blocks(deck, name))
        text += "\n\n" if text and slide else ""
        starts.append(len(text))
        text += slide
    if not text:
        raise ArticleError("must hold text, got a presentation without any")
    document = Document(text, _title(deck), page_starts=starts)
    return Contents([document], _dropped(deck, slides))


def _slides(deck: Package) -> Iterator[str]:
    targets = deck.targets(_PRESENTATION)
    for slide in deck.xml(_PRESENTATION).iter(f"{_P}sldId"):
        _, name = targets.get(slide.get(f"{_R}id", ""), ("", ""))
        if name in deck.names:
            yield name


def _is_hidden_slide(deck: Package, name: str) -> bool:
    return deck.xml(name).get("show") in ("0", "false")


def _is_hidden_shape(shape: Any) -> bool:
    """Return whether a shape, or the group that it stands in, is hidden."""
    groups = shape.iterancestors(f"{_P}grpSp")
    about = (each.find(f"*/{_P}cNvPr") for each in (shape, *groups))
    return any(each is not None and each.get("hidden") in ("1", "true") for each in about)


def _all_blocks(deck: Package, name: str) -> Iterator[str]:
    yield from _slide(deck, name)
    yield from _notes(deck, name)
    yield from _comments(deck, name)


def _slide(deck: Package, name: str) -> Iterator[str]:
    """Yield the blocks of a slide: its title, and then its shapes in order."""
    shapes = [shape for shape in deck.xml(name).iter(*_SHAPES) if not _is_hidden_shape(shape)]
    shapes.sort(key=lambda shape: _placeholder(shape) not in _TITLES)
    targets = deck.targets(name)
    for shape in shapes:
        if shape.tag == f"{_P}pic":
            yield picture(_described(shape))
        elif shape.tag == f"{_P}graphicFrame":
            yield from _frame(deck, shape, targets)
        elif _placeholder(shape) not in _RUNNING:
            yield from _paragraphs(shape, listed=_placeholder(shape) in _LISTS)


def _placeholder(shape: Any) -> str | None:
    """Return the kind of a shape's placeholder; None where the shape is none."""
    holder = next(shape.iter(f"{_P}ph"), None)
    return None if holder is None else str(holder.get("type", ""))


def _described(shape: Any) -> str:
    about = next(shape.iter(f"{_P}cNvPr"), None)
    return "" if about is None else str(about.get("descr", ""))


def _paragraphs(shape: Any, *, listed: bool) -> Iterator[str]:
    """Yield the paragraphs of a shape; those of a list with their bullets and numbers."""
    paragraphs = [p for p in shape.iter(f"{_A}p") if _text(p).strip()]
    numbers: dict[str, int] = {}
    for paragraph in paragraphs:
        form = paragraph.find(f"{_A}pPr")
        level = "0" if form is None else form.get("lvl", "0")
        numbered = form is not None and form.find(f"{_A}buAutoNum") is not None
        bulleted = form is not None and form.find(f"{_A}buChar") is not None
        bare = form is not None and form.find(f"{_A}buNone") is not None
        numbers = {deep: n for deep, n in numbers.items() if deep <= level} if numbered else {}
        if numbered:
            numbers[level] = numbers.get(level, 0) + 1
            yield list_item(_text(paragraph), str(numbers[level]))
        elif bulleted or (listed and not bare and len(paragraphs) > 1):
            yield list_item(_text(paragraph))
        else:
            yield _text(paragraph)


def _text(paragraph: Any) -> str:
    return "".join(map(_piece, paragraph.iter(f"{_A}t", f"{_A}br", _EQUATION)))


def _piece(node: Any) -> str:
    if node.tag == _EQUATION:
        return linear(node)
    return " " if node.tag == f"{_A}br" else node.text or ""


def _frame(deck: Package, frame: Any, targets: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the rows of a table, or the texts of a diagram."""
    for table in frame.iter(f"{_A}tbl"):
        rows = [[*_cells(row)] for row in table.iter(f"{_A}tr")]
        form = table.find(f"{_A}tblPr")
        headed = form is not None and form.get("firstRow") in ("1", "true")
        yield from table_blocks(rows, 1 if headed else None)
    for relation in frame.iter("{*}relIds"):
        kind, name = targets.get(relation.get(f"{_R}dm", ""), ("", ""))
        if kind == "diagramData" and name in deck.names:
            for text in deck.xml(name).iter("{*}t"):
                yield from map(_text, text.iter(f"{_A}p"))


def _cells(row: Any) -> Iterator[Cell]:
    for cell in row.iter(f"{_A}tc"):
        if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
            continue
        text = " ".join(" ".join(map(_text, cell.iter(f"{_A}p"))).split())
        yield Cell(text, _span(cell, "rowSpan"), _span(cell, "gridSpan"))


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    return int(value) if value.isdigit() and len(value) < 6 else 1


def _notes(deck: Package, name: str) -> Iterator[str]:
    """Yield what the speaker has noted below a slide."""
    for kind, target in deck.targets(name).values():
        if kind == "notesSlide" and target in deck.names:
            for shape in deck.xml(target).iter(f"{_P}sp"):
                if _placeholder(shape) == "body":
                    yield from _paragraphs(shape, listed=False)


def _comments(deck: Package, name: str) -> Iterator[str]:
    """Yield what others have remarked on a slide."""
    authors = {
        author.get("id"): author.get("name", "")
        for file in _AUTHORS
        if file in deck.names
        for author in deck.xml(file)
        if isinstance(author.tag, str)
    }
    for kind, target in deck.targets(name).values():
        if kind == "comments" and target in deck.names:
            for remark in deck.xml(target).iter("{*}cm", "{*}reply"):
                texts = [e.text or "" for e in remark.iterfind(f"{_P}text")]
                texts += [_text(p) for p in remark.iterfind(f"{{*}}txBody/{_A}p")]
                yield from comment(authors.get(remark.get("authorId"), ""), " ".join(texts))


def _title(deck: Package) -> str:
    """Return the title that the presentation names, which is not the one that its program made up."""
    if "docProps/core.xml" not in deck.names:
        return ""
    title = next(deck.xml("docProps/core.xml").iter(f"{_DC}title"), None)
    text = " ".join((title.text or "").split()) if title is not None else ""
    return "" if text.lower() in ("powerpoint presentation", "presentation title") else text


def _dropped(deck: Package, slides: list[str]) -> list[str]:
    """Return notes of what the text leaves out."""
    shown = [name for name in slides if not _is_hidden_slide(deck, name)]
    kinds = [kind for name in shown for kind, _ in deck.targets(name).values()]
    n_pictures = sum(
        not picture(_described(p)) for s in shown for p in deck.xml(s).iter(f"{_P}pic")
    )
    n_shapes = sum(
        _is_hidden_shape(shape) and bool("".join(shape.itertext()).strip())
        for name in shown
        for shape in deck.xml(name).iter(*_SHAPES)
    )
    return counts(
        (len(slides) - len(shown), "hidden slide"),
        (n_shapes, "hidden shape"),
        (n_pictures, "picture"),
        (kinds.count("chart"), "chart"),
        (kinds.count("oleObject") + kinds.count("package"), "embedded object"),
    )
