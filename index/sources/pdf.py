"""PDF files: the lines of their pages become paragraphs. The only file that imports pypdf."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any
from unicodedata import normalize

from index.errors import ArticleError
from index.sources.document import (
    NOTHING,
    Contents,
    Document,
    counts,
    is_page_number,
    page_list,
)
from index.sources.pdf_layout import Line, Piece, lines_of_page

_SENTENCE_END = re.compile(r"[.!?…:;。！？][\"”’»)\]¹²³⁰⁴-⁹]*$")
_BULLET = re.compile(r"^(?:[•‣◦▪●–*-]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_LABELLED = re.compile(r"[^\W\d_a-z][^.:!?]{0,40}: \S")  # a line of a form: "Applicant: Ada Lund"
_PAGE_NUMBER = re.compile(r"(?i)^\W*(?:page\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?\W*$")
# The number of a page beside other words: "Page 3 of 7", "Annual report | 3".
_NUMBERED = re.compile(
    r"(?i)\bpage\s*\d+(?:\s*(?:of|/)\s*\d+)?|^\d+\s*[|·•–—-](?=\s)|(?<=\s)[|·•–—-]\s*\d+$"
)
_BROKEN_WORD = re.compile(r"(\w+)[-\u00ad\u2010]$")
_WORD = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)*")
_LIGATURES = {code: normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # "ﬁ"
_LIGATURES |= {0xF0B7: "•", 0xF0A7: "▪"}  # of fonts of symbols
_LITTLE_TEXT = 20  # letters, as of a page number
_SHOWN = 80
_SAME_PLACE = 1.0  # points
_NEW_SIZE = 0.12  # a line whose letters are this much larger or smaller is another paragraph
_NEW_GAP = 1.25  # and so is one further below than lines usually are

Ocr = Callable[[bytes, Sequence[int]], Mapping[int, Sequence[tuple[str, float, float, float]]]]


def read_pdf(data: bytes, _charset: str, ocr: Ocr | None = None) -> Contents:
    """Return the text of a PDF: broken words and lines joined, running heads and feet left out.

    Args:
        data: of the file.
        ocr: returns the lines of pages that are pictures, as far as it comes, by their numbers.

    Raises:
        ArticleError: it is no PDF, is locked, or holds no text.
    """
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ArticleError("must open without a password, got a protected PDF; save it without")
        pages = [_lines(page) for page in reader.pages]
        scanned = [n for n, page in enumerate(pages, 1) if _is_scan(reader.pages[n - 1], page)]
        title = str(reader.metadata.title or "").strip() if reader.metadata else ""
    except FileNotDecryptedError as error:
        raise ArticleError(
            "must open without a password, got a protected PDF; save it without"
        ) from error
    except PyPdfError as error:
        raise ArticleError(
            f"must be a PDF, got a broken or another file: {' '.join(str(error).split())[:120]}"
        ) from error
    read = ocr(data, scanned) if ocr and scanned else {}
    for number, lines in read.items():
        pages[number - 1] = [Line(*line) for line in lines] or pages[number - 1]
    scanned = [number for number in scanned if number not in read]
    pages, n_running, shown = _without_running(pages)
    if not any(pages):
        if scanned:
            return Contents([Document("")], scanned=scanned)
        got = "pictures of pages in which OCR finds none" if read else "pages without any"
        raise ArticleError(f"must hold text, got {got}")
    text, starts = _join_lines(pages)
    heads = "running head, foot or page number", "running heads, feet and page numbers"
    named = f" (“{shown}”)" if shown else ""
    dropped = [f"{count}{named}" for count in counts((n_running, *heads))]
    if without := [number for number in read if not pages[number - 1]]:
        dropped.append(f"{page_list(without)}, a picture in which OCR finds no text")
    if with_text := [number for number in read if pages[number - 1]]:
        dropped.append(
            f"{NOTHING}{page_list(with_text)} came from a picture, by OCR: letters may be wrong"
        )
    return Contents([Document(text, title, page_starts=starts)], dropped, scanned)


def _is_scan(page: Any, lines: Sequence[Line]) -> bool:
    """Return whether a page may be a picture of one: there is next to no text, and a picture."""
    if sum(len(line.text) for line in lines) > _LITTLE_TEXT:
        return False
    resources = page.get("/Resources")
    resources = resources.get_object() if resources is not None else {}
    return bool(resources.get("/XObject"))


def _lines(page: Any) -> list[Line]:
    """Return the lines of a page in the order in which they are read."""
    pieces: list[Piece] = []

    def take(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = abs(tm[3] * cm[3]) or 1.0
        name = str(font.get("/BaseFont", "")) if font else ""
        lines = text.replace("\0", "").translate(_LIGATURES).split("\n")
        pieces.extend(Piece(line, x, y, size * scale, name) for line in lines if line.strip())

    page.extract_text(visitor_text=take)
    return lines_of_page(pieces)


def _without_running(pages: list[list[Line]]) -> tuple[list[list[Line]], int, str]:
    """Return pages without the lines at their edges that most pages repeat, how many there were, and which.

    In a PDF of two pages, a line that both have at the same place is a head or foot; unless it is
    only a page's number, it is added once, after the last page.
    """
    if len(pages) < 2:
        return pages, 0, ""
    usual = median(line.size for page in pages for line in page) if any(pages) else 0.0
    edges = [
        {*range(min(2, len(page))), *range(max(0, len(page) - 2), len(page))} for page in pages
    ]
    seen = Counter(
        key
        for page, edge in zip(pages, edges, strict=True)
        for key in {_pattern(page[i], usual) for i in edge}
    )
    often = max(3, len(pages) // 2 + 1)
    inner, heads, n_left_out = [], dict[str, Line](), 0
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        outer = {0, len(page) - 1}
        other = [pages[1 - number][i] for i in edges[1 - number]] if len(pages) == 2 else []
        left_out = set()
        for i in edge:
            key, is_number = _pattern(page[i], usual), _PAGE_NUMBER.match(page[i].text)
            repeated = seen[key] >= often or any(_is_repeated(page[i], line) for line in other)
            if repeated or (is_number and i in outer):
                left_out.add(i)
                if not is_page_number(page[i].text):
                    text = _unnumbered(page[i])
                    heads.setdefault(key, replace(page[i], text=text, alone=True))
        n_left_out += len(left_out)
        inner.append([line for i, line in enumerate(page) if i not in left_out])
    if len(pages) == 2:
        inner[-1] += {line.text: line for line in heads.values() if line.text}.values()
        return inner, n_left_out, ""
    return inner, n_left_out, "”, “".join(dict.fromkeys(h.text for h in heads.values()))[:_SHOWN]


def _pattern(line: Line, usual: float) -> str:
    """Return a line without its numbers, unless it is larger than most, as a heading is."""
    is_heading = line.size > (1 + _NEW_SIZE) * usual
    return line.text if is_heading else re.sub(r"\d+", "#", line.text)


def _is_repeated(line: Line, before: Line) -> bool:
    """Return whether a line stands where one of the page before it stands, and says the same."""
    distance = abs(line.x - before.x) + abs(line.y - before.y) + abs(line.size - before.size)
    is_row = line.alone or before.alone
    return not is_row and distance < _SAME_PLACE and _unnumbered(line) == _unnumbered(before)


def _unnumbered(line: Line) -> str:
    return _NUMBERED.sub("", line.text).strip()


def _join_lines(pages: Sequence[Sequence[Line]]) -> tuple[str, list[int]]:
    """Return lines as paragraphs with a blank line between, and the offset of each page in them."""
    lines = [(number, line) for number, page in enumerate(pages) for line in page]
    gap = _usual_gap(pages)
    width = median(sorted(len(line.text) for _, line in lines)[len(lines) // 2 :])
    words = Counter(word for _, line in lines for word in _WORD.findall(line.text.lower()))
    pieces = [lines[0][1].text]
    length = len(pieces[0])
    starts = [0] * (lines[0][0] + 1)
    for (number, above), (next_number, below) in pairwise(lines):
        same_page = number == next_number
        alone = above.alone or below.alone
        if alone or _ends_paragraph(above, below, gap, width, same_page=same_page):
            joint, cut = "\n\n", 0
        else:
            joint, cut = _joint(above.text, below.text, words)
        if cut:
            pieces[-1] = pieces[-1][:-cut]
        length += len(joint) - cut
        starts += [length] * (next_number - number)
        pieces += [joint, below.text]
        length += len(below.text)
    starts += [length] * (len(pages) - len(starts))
    return "".join(pieces), starts


def _usual_gap(pages: Sequence[Sequence[Line]]) -> float:
    """Return the commonest distance between lines, as a multiple of the size of their letters."""
    gaps = Counter(
        round((a.y - b.y) / a.size, 1)
        for page in pages
        for a, b in pairwise(page)
        if a.size > 0 and 0.8 < (a.y - b.y) / a.size < 3
    )
    return min(gaps, key=lambda g: (-gaps[g], g)) if gaps else 0.0


def _ends_paragraph(above: Line, below: Line, gap: float, width: float, *, same_page: bool) -> bool:
    """Return whether a line is the last of its paragraph."""
    ended = bool(_SENTENCE_END.search(above.text))
    if not same_page:
        return ended or abs(above.size - below.size) > _NEW_SIZE * max(above.size, below.size)
    if abs(above.size - below.size) > _NEW_SIZE * max(above.size, below.size):
        return True
    if _BULLET.match(below.text) or (_LABELLED.match(above.text) and _LABELLED.match(below.text)):
        return True
    if gap and above.size > 0 and (above.y - below.y) / above.size > _NEW_GAP * gap:
        return True
    if ended and below.x - above.x > 0.8 * below.size > 0:  # an indented first line
        return True
    return ended and len(above.text) < 0.75 * width


def _joint(above: str, below: str, words: Counter[str]) -> tuple[str, int]:
    """Return what joins two lines of a paragraph, and how many characters of the first are cut off.

    A word broken at a hyphen is joined, unless it has that hyphen elsewhere in the text, or the
    hyphen stands between capitals or figures.
    """
    broken = _BROKEN_WORD.search(above)
    rest = _WORD.match(below)
    if not broken or not rest:
        return " ", 0
    if above[-1] == "\u00ad":
        return "", 1
    first, second = broken[1].lower(), rest[0].lower()
    head = _WORD.findall(above[:-1])[-1].lower()
    joined, hyphened = words[first + second], words[f"{head}-{second}"]
    if joined != hyphened:
        return ("", 1) if joined > hyphened else ("", 0)
    return ("", 1) if broken[1].islower() and rest[0].islower() and "-" not in head else ("", 0)
