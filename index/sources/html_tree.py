"""The tree of a web page made ready: its tables, marks and captions say in words what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.sources.document import on_one_line
from index.sources.equations import linear
from index.sources.marks import leads_on, lowered, picture, raised, with_target
from index.sources.numerals import numeral
from index.sources.tables import Cell, join_lines, table_blocks

_FOOTNOTE = re.compile(r"^\W*(?:\d{1,3}|[a-z]|note \d{1,3})\W*$")
_ENDING = r"[.!?,;:\"”’)]$"
_MIN_PROSE = 8
_MOST_DIGITS = 9
_WORD = re.compile(r"\w+")
ITEM = "\ue0a1"  # stands after the number of a list's item, where it has one, and before its text
NO_BREAK = "\ue0a0"  # stands for a space that does not break until the text is extracted
_NO_BREAK = re.compile(r"(?<=\S)[\xa0\u202f](?=\S)")
_BLOCKS = frozenset(
    """address article aside blockquote dd details div dl dt fieldset figcaption figure footer form h1 h2
    h3 h4 h5 h6 header hr li main nav ol p pre section summary table ul""".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_LAYOUT = frozenset("article form h1 h2 h3 h4 h5 h6 hr main nav pre section table".split())
_DOCUMENT = _HEADINGS | frozenset("blockquote dl ol p pre table ul".split())
_SHARE = 2 / 3  # of the words of a page, or of a description
_STRUCK = "s", "strike", "del"
_EMBEDDED = "iframe", "video", "audio", "object", "embed"
_BESIDE = "nav", "footer", "aside"  # what is embedded there is no part of the article
_TINY = "0", "1", "0px", "1px"  # what only counts visits


@dataclass(slots=True)
class Aside:
    """What was set aside of a page.

    Attributes:
        n_marks: how many footnote marks, which would stick to a word.
        n_links: how many links lead where the text does not say.
        struck: struck-out passages.
        n_pictures: pictures without a description.
        n_embedded: videos, sounds and other pages inside this one.
    """

    n_marks: int = 0
    n_links: int = 0
    n_pictures: int = 0
    n_embedded: int = 0
    struck: list[str] = field(default_factory=list)


def prepare(tree: Any) -> Aside:
    """Rewrite a page's tree for a reader that knows only paragraphs, lists and simple tables.

    Returns what was set aside.
    """
    aside = Aside()
    _wrap_document(tree)
    for element in [*tree.iter("noscript")]:  # "You need to enable JavaScript"
        element.drop_tree()
    _drop_embedded(tree, aside)
    for element in [*tree.iter(*_STRUCK)]:
        aside.struck.append("".join(element.itertext()))
        element.drop_tree()
    for element in tree.iter():  # trafilatura would make them spaces that break
        if isinstance(element.tag, str):
            element.text = _NO_BREAK.sub(NO_BREAK, element.text) if element.text else None
            element.tail = _NO_BREAK.sub(NO_BREAK, element.tail) if element.tail else None
    write_equations(tree)
    _write_marks(tree, aside)
    _write_links(tree, aside)
    _write_captions(tree, aside)
    _write_numbers(tree)
    for table in reversed([*tree.iter("table")]):
        _write_table(table)
    for terms in [*tree.iter("dl")]:
        _write_terms(terms)
    for code in tree.findall(".//pre"):
        code.tag = "code"
    for div in tree.iter("div"):
        n_words = len(" ".join(div.xpath("text()|*[not(self::a)]/text()")).split())
        if n_words >= _MIN_PROSE and not any(
            child.tag in _BLOCKS for child in div.iter() if child is not div
        ):
            div.tag = "p"
    return aside


def _drop_embedded(tree: Any, aside: Aside) -> None:
    """Drop videos, sounds and pages inside the page, with what stands there for browsers without them."""
    for element in [*tree.iter(*_EMBEDDED)]:
        if any(around.tag in _EMBEDDED for around in element.iterancestors()):
            continue  # counted and dropped with the one around it
        is_tiny = element.get("width") in _TINY or element.get("height") in _TINY
        is_beside = any(around.tag in _BESIDE for around in element.iterancestors())
        aside.n_embedded += not is_tiny and not is_beside
        element.drop_tree()


def _wrap_document(tree: Any) -> None:
    """Wrap the body of a page that an office program saved in an article, which keeps its headings.

    Without an article element trafilatura returns the paragraphs and no headings.
    """
    held = tree.find("body")
    if held is None or next(tree.iter("article", "main"), None) is not None:
        return
    n_words = _n_words(held)
    while held is not None:
        own = [e for e in held if e.tag in _DOCUMENT and not _lays_out(e)]
        if sum(map(_n_words, own)) > _SHARE * n_words:
            article = held.makeelement("article", {})
            article.text, held.text = held.text, None
            article.extend([*held])
            held.append(article)
            return
        divs = [e for e in held if e.tag in ("div", "section")]
        held = next((div for div in divs if _n_words(div) > _SHARE * n_words), None)


def _n_words(element: Any) -> int:
    return sum(len(text.split()) for text in element.itertext() if isinstance(text, str))


def write_equations(tree: Any) -> None:
    """Write equations on a line; what else a script shows of them is removed."""
    for shown in tree.xpath(
        "//*[contains(@class, 'katex-html') or contains(@class, 'MathJax_Preview')]"
    ):
        shown.drop_tree()
    for equation in [*tree.iter("math")]:
        text = linear(equation)
        for child in [*equation]:
            equation.remove(child)
        equation.text, equation.tag = text, "span"
        after = equation.getnext()
        around = equation.getparent()
        for image in (after, around.getnext() if around is not None else None):
            if image is not None and image.tag == "img" and "math" in image.get("class", ""):
                image.drop_tree()


def _write_marks(tree: Any, aside: Aside) -> None:
    """Write raised and lowered letters as such; a footnote's mark is removed and counted."""
    for mark in tree.findall(".//sup"):
        before, text = _text_before(mark), "".join(mark.itertext())
        is_link = mark.find(".//a") is not None or mark.getparent().tag == "a"
        linked = is_link or re.search(_ENDING, before)
        if linked and _FOOTNOTE.match(text):
            aside.n_marks += 1
            mark.drop_tree()
        elif not len(mark):
            mark.text = raised(text, before)
    for mark in tree.findall(".//sub"):
        if not len(mark):
            mark.text = lowered("".join(mark.itertext()), _text_before(mark))
    for quoted in tree.iter("q"):
        quoted.text = f"“{quoted.text or ''}"
        quoted.tail = f"”{quoted.tail or ''}"


def _text_before(element: Any) -> str:
    before = element.getprevious()
    if before is None:
        return element.getparent().text or ""
    return before.tail or "".join(before.itertext())


def _write_links(tree: Any, aside: Aside) -> None:
    """Write where links to mail and telephones lead; count the others inside prose."""
    for link in tree.iter("a"):
        target, text = link.get("href", ""), "".join(link.itertext())
        if not text.strip():
            continue
        if target.lower().startswith(("mailto:", "tel:")):
            written = with_target(text.strip(), target.partition("?")[0])
            link.tail = written.removeprefix(text.strip()) + (link.tail or "")
        elif leads_on(target) and next(link.iterancestors("p"), None) is not None:
            aside.n_links += target not in text


def _write_numbers(tree: Any) -> None:
    """Write the number of each item of a list, as the page gives it, before its text."""
    for items in tree.iter("ol", "ul"):
        own = [child for child in items if child.tag == "li"]
        back = items.tag == "ol" and items.get("reversed") is not None
        number = _number(items.get("start"), len(own) if back else 1)
        for item in own:
            number = _number(item.get("value"), number)
            label = numeral(number, items.get("type") or "1") if items.tag == "ol" else ""
            first = item
            while (
                not (first.text or "").strip()
                and len(first)
                and first[0].tag in ("p", "div", "span")
            ):
                first = first[0]
            first.text = f"{label}{ITEM}{(first.text or '').lstrip()}"
            number += -1 if back else 1


def _number(value: str | None, usual: int) -> int:
    given = (value or "").strip()
    return int(given) if given.lstrip("-").isdigit() and len(given) <= _MOST_DIGITS else usual


def item_of(line: str, bullet: str = "- ") -> str:
    """Return a line with the number of its item, or its bullet, before its text."""
    label, mark, text = line.partition(ITEM)
    if not mark:
        return line
    text = text.replace(ITEM, "").strip()
    return f"{label.strip()}. {text}".strip() if label.strip() else text and f"{bullet}{text}"


def _write_captions(tree: Any, aside: Aside) -> None:
    """Make captions paragraphs; a picture gets its description as one, unless its caption says it."""
    for image in [*tree.iter("img")]:
        figure = next(image.iterancestors("figure"), None)
        description = picture(image.get("alt") or "")
        caption = None if figure is None else figure.find(".//figcaption")
        if figure is None or not description:
            aside.n_pictures += 1
            continue
        if caption is not None and _says(caption, description):
            continue
        paragraph = image.makeelement("p", {})
        paragraph.text = description
        image.addnext(paragraph)
        figure.tag = "div"
    for caption in tree.findall(".//figcaption"):
        caption.tag = "p"
        for around in caption.iterancestors("figure"):
            around.tag = "div"


def _says(caption: Any, description: str) -> bool:
    """Return whether a caption has most of the words of a picture's description."""
    words = {word.lower() for word in _WORD.findall(description)} - {"picture"}
    there = {word.lower() for word in _WORD.findall("".join(caption.itertext()))}
    return len(words & there) >= _SHARE * len(words)


def _write_table(table: Any) -> None:
    """Make a table's rows name their columns; a table that only lays out a page becomes none."""
    if (caption := table.find("caption")) is not None:
        caption.tag = "p"
        table.addprevious(caption)
    rows = [
        [cell for cell in row if cell.tag in ("td", "th")]
        for row in table.iter("tr")
        if next(row.iterancestors("table"), None) is table
    ]
    if (
        table.get("role") in ("presentation", "none")
        or max(map(len, rows), default=0) < 2
        or _lays_out(table)
    ):
        _unwrap(table)
        return
    n_head = len(table.findall("thead/tr"))
    blocks = table_blocks([[_cell(cell) for cell in row] for row in rows], n_head or None)
    tail = table.tail
    for child in [*table]:
        table.remove(child)
    table.text, table.tail = "", tail
    for block in blocks:
        row = table.makeelement("tr", {})
        cell = table.makeelement("td", {})
        cell.text = block
        row.append(cell)
        table.append(row)


def _lays_out(element: Any) -> bool:
    """Return whether a table holds more than data: it lays out a page."""
    return element.tag == "table" and any(
        child.tag in _LAYOUT for child in element.iter() if child is not element
    )


def _unwrap(table: Any) -> None:
    """Make a table and its cells divisions of the page."""
    for element in table.iter(
        "table", "thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "col"
    ):
        if element is table or next(element.iterancestors("table"), None) in (table, None):
            element.tag = "div"


def _cell(cell: Any) -> Cell:
    bold = [e for e in cell.iter("b", "strong") if "".join(e.itertext()).strip()]
    lines = (item_of(line, "") for line in lines_of(cell))
    text = join_lines(filter(None, map(on_one_line, lines)))
    in_bold = on_one_line("".join("".join(e.itertext()) for e in bold))
    return Cell(
        text,
        _span(cell.get("rowspan")),
        _span(cell.get("colspan")),
        cell.tag == "th" or bool(text and on_one_line("".join(cell.itertext())) == in_bold),
    )


def _span(value: str | None) -> int:
    if value is None or not value.strip().isdigit():
        return 1
    return min(int(value.strip()[:6]), 65534) or 65534  # 0: to the end of the table


def lines_of(element: Any) -> Iterator[str]:
    """Yield the lines of an element as a browser would break them."""
    line = element.text or ""
    for child in element:
        if child.tag == "code" and "\n" in "".join(child.itertext()):
            yield line
            yield from "".join(child.itertext()).splitlines()
            line = child.tail or ""
            continue
        breaks = child.tag == "br" or child.tag in _BLOCKS
        if breaks:
            yield line
            line = ""
        if isinstance(child.tag, str):
            *whole, rest = [*lines_of(child)]
            for each in whole:
                yield line + each
                line = ""
            line += rest
        if breaks and child.tag != "br":
            yield line
            line = ""
        line += child.tail or ""
    yield line


def _write_terms(terms: Any) -> None:
    """Make a term and its definitions one paragraph, or several where the term is a question."""
    if any(
        e.tag in _BLOCKS and e.tag not in ("dt", "dd", "div", "p")
        for e in terms.iter()
        if e is not terms
    ):
        return
    items: list[tuple[list[str], list[str]]] = []
    for element in terms.iter("dt", "dd"):
        text = join_lines(filter(None, map(on_one_line, lines_of(element))))
        if element.tag == "dt" and (not items or items[-1][1]):
            items.append(([], []))
        if items and text:
            items[-1][element.tag == "dd"].append(text)
    tail = terms.tail
    for child in [*terms]:
        terms.remove(child)
    terms.text, terms.tail, terms.tag = "", tail, "div"
    for terms_of_item, definitions in items:
        term, rest = ", ".join(terms_of_item), "; ".join(definitions)
        asks = term.endswith(("?", ":", ".", "!"))
        texts = [term, *definitions] if asks or not rest else [f"{term}: {rest}"]
        for text in texts:
            item = terms.makeelement("p", {})
            item.text = text
            terms.append(item)
