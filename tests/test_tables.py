"""Tables: every cell stands under the labels of its own column and row, in every format, or stays as it is."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import dataclass
from itertools import groupby, takewhile

import docx
import fpdf
import openpyxl
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sample_files import as_csv, epub, feed, mail, odf, pptx, rtf, rtf_text

from index import Article, read_text, row_cells
from index.sources.csv import read_csv
from index.sources.docx import read_docx
from index.sources.eml import read_eml
from index.sources.epub import read_epub
from index.sources.feed import read_feed
from index.sources.html import read_html
from index.sources.markdown import read_markdown
from index.sources.odf import read_odf
from index.sources.pdf import read_pdf
from index.sources.pdf_layout import Piece, lines_of_page
from index.sources.pptx import read_pptx
from index.sources.rtf import read_rtf
from index.sources.tables import Cell, table_blocks
from index.sources.text_tables import with_rows
from index.sources.xlsx import read_xlsx

PROSE = (
    "The harbour of Northport has four piers, and the prices of all of them changed in the spring of "
    "this year, after the council had met twice and had asked the owners of the boats."
)
CHECKED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Table:
    """Heads, and the areas of body cells: (row, column, height, width, text)."""

    heads: list[str]
    n_rows: int
    areas: list[tuple[int, int, int, int, str]]

    def text(self, row, column):
        """What stands at a row and a column, and whether its cell begins there."""
        for i, j, height, width, text in self.areas:
            if i <= row < i + height and j <= column < j + width:
                return text, (i, j) == (row, column)
        return "", True

    @property
    def rows(self):
        return [[self.text(i, j)[0] for j in range(len(self.heads))] for i in range(self.n_rows)]


MARKS = st.sampled_from(["", " a.m.", " (net)", ": x", " No. 3", "%"])


@st.composite
def tables(draw, *, merged=True, named=True, repeated=False):
    """A table whose cells differ from each other; some are empty, and some merged if they may be.

    With ``named`` each row has a first cell, and few are empty; with ``repeated`` its last row stands twice.
    """
    n_columns, n_rows = draw(st.integers(3, 5)), draw(st.integers(2, 5))
    areas, taken = [], set()
    for i in range(n_rows):
        for j in range(n_columns):
            if (i, j) in taken:
                continue
            spans = merged and draw(st.booleans())
            height = draw(st.integers(1, 3 if j else 2)) if spans else 1
            width = draw(st.integers(1, 2)) if spans and j else 1
            area = {
                (i + a, j + b)
                for a in range(min(height, n_rows - i))
                for b in range(min(width, n_columns - j))
            }
            if area & taken:
                area, height, width = {(i, j)}, 1, 1
            taken |= area
            height = max(a for a, _ in area) - i + 1
            width = max(b for _, b in area) - j + 1
            filled = (
                (named and j == 0)
                or height * width > 1
                or draw(st.integers(0, 5 if named else 2)) > 0
            )
            text = f"{'nv'[j > 0]}{i}{j} {10 * i + j}{draw(MARKS)}" if filled else ""
            areas.append((i, j, height, width, text))
    last = [area for area in areas if area[0] == n_rows - 1]
    if repeated and sum(area[3] for area in last) == n_columns:  # no cell from above stands in it
        areas += [(n_rows, *area[1:]) for area in last]
        n_rows += 1
    return Table([f"Head {'ABCDE'[j]}" for j in range(n_columns)], n_rows, areas)


def check(table, text, *, lone=False):
    """Every cell is named by its own column in the line of its row, and by no other.

    With ``lone`` a row of a single cell may stand as it is.
    """
    lines = [line for line in text.splitlines() if re.match(r"- Head [A-E]: [nv]\d", line)]
    wanted_rows = [
        row for row in table.rows if any(row) and not (lone and "".join(row) in text.splitlines())
    ]
    assert len(lines) == len(wanted_rows)
    for row, line in zip(wanted_rows, lines, strict=True):
        pieces = line.removeprefix("- ").split("; ")
        wanted = [f"{head}: {cell}" for head, cell in zip(table.heads, row, strict=True) if cell]
        assert pieces == wanted
    sentences = Article.from_text(text).sentences
    rows = {s.text for s in sentences if s.kind == "row"}
    assert rows == {line for line in lines if "; " in line}


def as_html(table, *, bold):
    head = "".join(f"<td><b>{h}</b></td>" if bold else f"<th>{h}</th>" for h in table.heads)
    rows = []
    for i in range(table.n_rows):
        cells = "".join(
            f"<td rowspan={h} colspan={w}>{html.escape(text)}</td>"
            for a, _, h, w, text in sorted(table.areas)
            if a == i
        )
        rows.append(f"<tr>{cells}</tr>")
    return (
        f"<html><body><article><h1>Prices</h1><p>{PROSE}</p><table><tr>{head}</tr>{''.join(rows)}"
        f"</table><p>{PROSE}</p></article></body></html>"
    ).encode()


def as_docx(table, *, left_out):
    """A document with a table; with ``left_out`` rows begin at their first cell that has a text."""
    document = docx.Document()
    made = document.add_table(rows=table.n_rows + 1, cols=len(table.heads))
    for cell, head in zip(made.rows[0].cells, table.heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
    for i, j, height, width, text in table.areas:
        cell = made.cell(i + 1, j)
        if height * width > 1:
            cell = cell.merge(made.cell(i + height, j + width - 1))
        cell.text = text
    for i, row in enumerate(made.rows) if left_out else ():
        own = [covering(table, i - 1, j)[2:] == (1, 1, "") for j in range(len(table.heads))]
        empty = [*takewhile(bool, own)]
        if i and empty and len(empty) < len(table.heads):
            for cell in row._tr.tc_lst[: len(empty)]:
                row._tr.remove(cell)
            before = OxmlElement("w:gridBefore")
            before.set(qn("w:val"), str(len(empty)))
            row._tr.get_or_add_trPr().append(before)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_pdf(table):
    paper = fpdf.FPDF(format="A4")
    paper.set_font("Helvetica", size=9)
    paper.add_page()
    paper.cell(0, 8, "Prices of the harbour.", new_x="LMARGIN", new_y="NEXT")
    with paper.table(text_align="LEFT") as made:
        for row in [table.heads, *table.rows]:
            line = made.row()
            for cell in row:
                line.cell(cell)
    return bytes(paper.output())


@CHECKED
@given(tables(named=False), st.booleans())
def test_cells_of_a_web_page_stand_under_their_own_labels(table, bold):
    check(table, read_html(as_html(table, bold=bold), "").documents[0].text)


@CHECKED
@given(tables(named=False), st.booleans())
def test_cells_of_a_word_document_stand_under_their_own_labels(table, left_out):
    check(table, read_docx(as_docx(table, left_out=left_out), "").documents[0].text)


def grid(table):
    """The rows of a table with its heads: for each cell its text and spans, or None where one covers it."""
    starts = {(i + 1, j): (text, h, w) for i, j, h, w, text in table.areas}
    starts |= {(0, j): (head, 1, 1) for j, head in enumerate(table.heads)}
    return [[starts.get((i, j)) for j in range(len(table.heads))] for i in range(table.n_rows + 1)]


def as_open_document(table, kind):
    def cell(filled):
        if filled is None:
            return "<table:covered-table-cell/>"
        text, height, width = filled
        spans = f'table:number-rows-spanned="{height}" table:number-columns-spanned="{width}"'
        return f"<table:table-cell {spans}><text:p>{html.escape(text)}</text:p></table:table-cell>"

    def cells(row):
        for filled, run in groupby(row):  # empty ones, and what is covered, are written once
            yield re.sub(r"^(<[^ />]+)", rf"\1{repeated('columns', [*run])}", cell(filled))

    def repeated(what, alike):
        return f' table:number-{what}-repeated="{len(alike)}"' if len(alike) > 1 else ""

    head, *rows = (
        f"<table:table-row{repeated('rows', [*run])}>{''.join(cells(row))}</table:table-row>"
        for row, run in groupby(grid(table))
    )
    head = f"<table:table-header-rows>{head}</table:table-header-rows>"
    made = f'<table:table table:name="A">{head}{"".join(rows)}</table:table>'
    return odf(made, kind=kind)


def as_workbook(table):
    book = openpyxl.Workbook()
    for i, row in enumerate(grid(table), start=1):
        for j, filled in enumerate(row, start=1):
            if filled is None:
                continue
            text, height, width = filled
            cell = book.active.cell(i, j, text)
            cell.font = openpyxl.styles.Font(bold=i == 1)
            if height * width > 1:
                book.active.merge_cells(
                    start_row=i, start_column=j, end_row=i + height - 1, end_column=j + width - 1
                )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_slide(table):
    lines = []
    for row in grid(table):
        cells = []
        for j, filled in enumerate(row):
            if filled is None:
                text = ""
                marks = 'hMerge="1"' if (row[j - 1] or ("", 1, 1))[2] > 1 else 'vMerge="1"'
            else:
                text, height, width = filled
                marks = f'rowSpan="{height}" gridSpan="{width}"'
            run = f"<a:r><a:t>{html.escape(text)}</a:t></a:r>"
            cells.append(f"<a:tc {marks}><a:txBody><a:p>{run}</a:p></a:txBody></a:tc>")
        lines.append(f"<a:tr>{''.join(cells)}</a:tr>")
    made = f'<a:tbl><a:tblPr firstRow="1"/>{"".join(lines)}</a:tbl>'
    return pptx([f"<p:graphicFrame>{made}</p:graphicFrame>"])


@CHECKED
@given(tables(named=False, repeated=True))
def test_cells_of_an_open_document_stand_under_their_own_labels(table):
    check(table, read_odf(as_open_document(table, "text"), "").documents[0].text)


@CHECKED
@given(tables(repeated=True))
def test_cells_of_an_open_sheet_stand_under_their_own_labels(table):
    text = read_odf(as_open_document(table, "spreadsheet"), "").documents[0].text
    check(table, text, lone=True)


@CHECKED
@given(tables())
def test_cells_of_a_workbook_stand_under_their_own_labels(table):
    check(table, read_xlsx(as_workbook(table), "").documents[0].text, lone=True)


@CHECKED
@given(tables(named=False))
def test_cells_of_a_slide_stand_under_their_own_labels(table):
    check(table, read_pptx(as_slide(table), "").documents[0].text)


def as_rtf(table, *, wide):
    """Cells merged across are wide, or marked as such; those merged down are marked."""
    width = 1000
    rows = []
    for number, row in enumerate(grid(table)):
        edges, texts = "", ""
        for j, filled in enumerate(row):
            a, b, down, across, text = covering(table, number - 1, j)
            if wide and j > b:
                continue
            mark = "\\clvmgf" if down > 1 and a == number - 1 else "\\clvmrg" if down > 1 else ""
            if not wide and across > 1:
                mark += "\\clmgf" if j == b else "\\clmrg"
            edges += f"{mark}\\cellx{width * (j + (across if wide else 1))}"
            texts += f"{rtf_text(text) if filled else ''}\\cell "
        head = "\\trhdr" if number == 0 else ""
        rows.append(f"\\trowd{head}{edges}\\pard\\intbl {texts}\\row ")
    return rtf(f"{PROSE}\\par {''.join(rows)}\\pard {PROSE}\\par ")


def covering(table, row, column):
    """The area that covers a cell; of a head its own."""
    for area in table.areas if row >= 0 else ():
        i, j, height, width, _ = area
        if i <= row < i + height and j <= column < j + width:
            return area
    return row, column, 1, 1, table.heads[column]


@CHECKED
@given(tables(named=False), st.booleans())
def test_cells_of_rich_text_stand_under_their_own_labels(table, wide):
    check(table, read_rtf(as_rtf(table, wide=wide), "").documents[0].text)


@CHECKED
@given(tables(merged=False), st.sampled_from(",;\t|"))
def test_cells_of_a_csv_stand_under_their_own_labels(table, delimiter):
    data = as_csv([table.heads, *table.rows], delimiter)
    check(table, read_csv(data, "").documents[0].text, lone=True)


def table_of(page):
    return page[page.index("<table>") : page.index("</table>") + len("</table>")]


@CHECKED
@given(tables(), st.booleans(), st.sampled_from(["epub", "eml", "rss"]))
def test_cells_of_books_mails_and_feeds_stand_under_their_own_labels(table, bold, form):
    made = table_of(as_html(table, bold=bold).decode())
    if form == "epub":
        made = re.sub(r"(row|col)span=(\d+)", r'\1span="\2"', made)
        contents = read_epub(epub([f"<p>{PROSE}</p>{made}"]), "")
    elif form == "eml":
        message = mail("Prices")
        message.set_content(f"<p>{PROSE}</p>{made}", subtype="html")
        contents = read_eml(bytes(message), "")
    else:
        contents = read_feed(feed([("Prices", f"<p>{PROSE}</p>{made}", "")]), "")
    check(table, contents.documents[0].text)


@CHECKED
@given(tables(merged=False))
def test_cells_of_markdown_stand_under_their_own_labels(table):
    lines = [table.heads, ["---"] * len(table.heads), *table.rows]
    data = "\n".join(f"| {' | '.join(line)} |" for line in lines).encode()
    check(table, read_markdown(data, "").documents[0].text)
    check(table, read_text(data.decode()).text)


@CHECKED
@given(tables(merged=False))
def test_cells_of_a_pasted_sheet_stand_under_their_own_labels(table):
    text = "Prices\n\n" + "\n".join("\t".join(row) for row in [table.heads, *table.rows])
    if with_rows(text) != text:
        check(table, read_text(text).text)


@CHECKED
@given(tables(merged=False))
def test_cells_in_columns_stand_under_their_own_labels(table):
    rows = [table.heads, *table.rows]
    widths = [max(len(row[j]) for row in rows) + 2 for j in range(len(table.heads))]
    lines = ["".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    text = "Prices\n\n" + "\n".join(lines)
    if with_rows(text) != text:
        check(table, read_text(text).text, lone=True)


@settings(CHECKED, max_examples=20)
@given(tables(merged=False))
def test_cells_of_a_pdf_stand_under_their_own_labels_or_as_they_are(table):
    text = read_pdf(as_pdf(table), "").documents[0].text
    if "Head B: " in text or "Head A: " in text:
        check(table, text)
        return
    cells = [re.findall(r"[nv](\d)(\d) ", line) for line in text.splitlines()]
    assert [(i, j) for row in cells for i, j in row] == [
        (str(i), str(j)) for i, row in enumerate(table.rows) for j, cell in enumerate(row) if cell
    ]
    assert all(len({i for i, _ in row}) <= 1 or {j for _, j in row} == {"0"} for row in cells)


@CHECKED
@given(tables(merged=False), st.data())
def test_cells_drawn_on_a_page_go_on_below_and_stand_a_little_beside_their_column(table, data):
    size, height, page, areas = 10, 30, [], []
    for i, row in enumerate([table.heads, *table.rows]):
        below = []
        for j, text in enumerate(row):
            x, y = 100 * j + data.draw(st.integers(-2, 2)), 800 - height * i
            goes_on = i and j and text and data.draw(st.integers(0, 3)) == 0
            if text:
                page.append(Piece(text, x, y, size))
            if goes_on:
                below.append(Piece(f"more {i}{j}", x, y - 12, size))
            if i:
                areas.append((i - 1, j, 1, 1, f"{text} more {i}{j}" if goes_on else text))
        page += below
    heights = [[p for p in page if p.y == y] for y in {p.y for p in page}]
    n_full = sum(len(row) == len(table.heads) for row in heights)
    assume(n_full >= max(2, len(heights) / 3))
    text = "\n\n".join(line.text for line in lines_of_page(page))
    check(Table(table.heads, table.n_rows, areas), text, lone=True)


def test_bold_words_in_lines_of_a_page_are_no_cells():
    lines = [
        [("The ", 57, "Serif"), ("committee of the harbour", 84, "Bold"), (" met on ", 257, "Serif"), ("Monday", 307, "Bold")],
        [("Lindqvist", 57, "Bold"), (" as its chair, after ", 119, "Serif"), ("four hours", 229, "Bold"), (".", 300, "Serif")],
    ]  # fmt: skip
    pieces = [
        Piece(text, x, 774 - 14 * i, 12, font)
        for i, line in enumerate(lines)
        for text, x, font in line
    ]
    assert [(line.text, line.alone) for line in lines_of_page(pieces)] == [
        ("The committee of the harbour met on Monday", False),
        ("Lindqvist as its chair, after four hours.", False),
    ]


def test_bold_names_of_rows_stay_cells():
    rows = [("Oar", "35"), ("Rudder", "95"), ("Mast step", "120")]
    pieces = [
        piece
        for i, (name, value) in enumerate(rows)
        for piece in (
            Piece(name, 57, 774 - 14 * i, 12, "Bold"),
            Piece(value, 200, 774 - 14 * i, 12, "Serif"),
        )
    ]
    assert [line.text for line in lines_of_page(pieces)] == [f"- {a}; {b}" for a, b in rows]


def test_most_sheets_and_columns_are_read():
    rows = [["Line", "To", "Leaves"], ["12", "Arnsby", "08:15"], ["14", "Lindow", "08:40"]]
    wanted = "- Line: 12; To: Arnsby; Leaves: 08:15\n- Line: 14; To: Lindow; Leaves: 08:40\n"
    assert with_rows("\n".join(map("\t".join, rows)) + "\n") == wanted
    assert with_rows("\n".join(f"{a:6}{b:10}{c}" for a, b, c in rows) + "\n") == wanted
    table = Table(rows[0], 2, [(i, j, 1, 1, rows[i + 1][j]) for i in range(2) for j in range(3)])
    assert wanted.replace("\n", "\n\n").strip() in read_pdf(as_pdf(table), "").documents[0].text


@pytest.mark.parametrize(
    "text",
    [
        "Anna\tBerlin\tnurse\nBen\tParis\tcook\n",
        "Name\tRuth Amsel\nPhone\t0711 555 0142\nFax\t0711 555 0143\n",
        "Monday  9-12   14-18\nTuesday 9-12   closed\nFriday  closed 14-18\n",
        "| a | b |\n| c | d | e |\n",
    ],
)
def test_a_table_without_a_certain_head_stays_as_it_is_a_line_a_sentence(text):
    article = read_text(text)
    assert article.text == text
    assert [s.text for s in article.sentences] == [line.strip() for line in text.splitlines()]


def test_a_form_in_word_has_no_head_and_an_empty_corner_tells_one():
    form = [[Cell(a), Cell(b)] for a, b in (("Caretaker", "Ruth Amsel"), ("Deposit", "€200"))]
    assert table_blocks(form) == ["- Caretaker; Ruth Amsel", "- Deposit; €200"]
    corner = [[Cell(t) for t in row] for row in (("", "Guests"), ("Weekday", "€75"))]
    assert table_blocks(corner) == ["- Weekday; Guests: €75"]


def test_a_row_over_all_columns_names_the_rows_below_it():
    rows = [
        [Cell("Boats of the club", colspan=2)],
        [Cell("Boat", is_head=True), Cell("Seats", is_head=True)],
        [Cell("Racing", colspan=2)],
        [Cell("Falcon"), Cell("4")],
        [Cell("All boats are insured.", colspan=2)],
    ]
    assert table_blocks(rows) == [
        "Boats of the club",
        "Racing",
        "- Racing; Boat: Falcon; Seats: 4",
        "All boats are insured.",
    ]


def test_a_long_row_goes_on_in_a_line_that_names_it_again():
    heads = [Cell(f"Head {i}", is_head=True) for i in range(40)]
    row = [Cell(f"value {i} " + "x" * 30) for i in range(40)]
    blocks = table_blocks([heads, row])
    assert len(blocks) > 1
    assert all(block.startswith("- Head 0: value 0 x") and len(block) < 700 for block in blocks)
    joined = " ".join(blocks)
    assert all(f"Head {i}: value {i} " in joined for i in range(40))


def test_a_cell_with_a_semicolon_is_parted_by_another_mark():
    rows = [[Cell("A", is_head=True), Cell("B", is_head=True)], [Cell("x; y"), Cell("z")]]
    assert table_blocks(rows) == ["- A: x; y | B: z"]


def test_a_full_stop_in_a_cell_does_not_part_its_row():
    article = read_text("A | B | C\n---|---|---\nYes. Ask at the desk. | 3 p.m. | No.\n")
    assert [s.text for s in article.sentences] == ["- A: Yes. Ask at the desk.; B: 3 p.m.; C: No."]


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (
            "- Model: Hawk; Size: 7B; Note: a: b",
            [("Model", "Hawk"), ("Size", "7B"), ("Note", "a: b")],
        ),
        ("- A: x; y | B: z", [("A", "x; y"), ("B", "z")]),
        ("- Tuesday; closed", [("", "Tuesday"), ("", "closed")]),
        ("| a | | c |", [("", "a"), ("", ""), ("", "c")]),
        ("a\tb c\td", [("", "a"), ("", "b c"), ("", "d")]),
        ("12   Arnsby  08:15", [("", "12"), ("", "Arnsby"), ("", "08:15")]),
    ],
)
def test_the_cells_of_a_row_are_exact_parts_of_it(row, cells):
    assert [(label, row[start:end]) for label, start, end in row_cells(row)] == cells


def test_reading_a_small_table_takes_no_room_from_other_readers_of_csv():
    before = csv.field_size_limit()
    read_csv(b"place,time\nSkagen,nine\n", "utf-8")
    assert csv.field_size_limit() >= before
