"""What a person does not see in a file is not the article's word, and a note counts what was left out."""

from __future__ import annotations

import io
import re

import docx
import openpyxl
import pytest
from docx.enum.style import WD_STYLE_TYPE
from sample_files import epub, mail, odf, pptx, rtf, zipped

from index import read_source
from index.sources.docx import read_docx
from index.sources.eml import read_eml
from index.sources.epub import read_epub
from index.sources.odf import read_odf
from index.sources.pptx import read_pptx
from index.sources.raw import read_raw_rows
from index.sources.rtf import read_rtf
from index.sources.xlsx import read_xlsx

VISIBLE, HIDDEN = "The mill opens on Monday.", "The old price was four euros."


def saved(file):
    data = io.BytesIO()
    file.save(data)
    return data.getvalue()


def text_and_notes(contents):
    return contents.documents[0].text, list(contents.dropped)


def word():
    made = docx.Document()
    made.add_paragraph(VISIBLE)
    return made


def test_hidden_paragraphs_and_words_of_word_are_left_out_and_counted():
    made = word()
    made.add_paragraph().add_run(HIDDEN).font.hidden = True
    mixed = made.add_paragraph("It has two ")
    mixed.add_run("secret").font.hidden = True
    mixed.add_run(" floors").font.hidden = True
    mixed.add_run("wheels.").font.hidden = False
    made.add_paragraph().add_run(" ").font.hidden = True  # nothing is lost by it
    assert text_and_notes(read_docx(saved(made), "")) == (
        f"{VISIBLE}\n\nIt has two wheels.",
        ["2 hidden passages"],
    )


def test_a_style_of_word_that_hides_does_so_with_those_based_on_it():
    made = word()
    hiding = made.styles.add_style("Teacher", WD_STYLE_TYPE.PARAGRAPH)
    hiding.font.hidden = True
    based = made.styles.add_style("Pupil", WD_STYLE_TYPE.PARAGRAPH)
    based.base_style = hiding
    letters = made.styles.add_style("Aside", WD_STYLE_TYPE.CHARACTER)
    letters.font.hidden = True
    made.add_paragraph("One.", hiding)
    made.add_paragraph("Two.", based)
    made.add_paragraph("Three", hiding).add_run(" is shown.").font.hidden = False
    made.add_paragraph("Four ").add_run("not").style = letters
    assert text_and_notes(read_docx(saved(made), "")) == (
        f"{VISIBLE}\n\nis shown.\n\nFour",
        ["4 hidden passages"],
    )


def test_a_hidden_item_of_word_takes_no_number_and_its_note_goes_with_it():
    made = word()
    for text in ("First.", HIDDEN, "Second."):
        item = made.add_paragraph(text, "List Number")
        if text == HIDDEN:
            item.runs[0].font.hidden = True
            mark = item._p.get_or_add_pPr().makeelement(docx.oxml.ns.qn("w:rPr"), {})
            mark.append(mark.makeelement(docx.oxml.ns.qn("w:vanish"), {}))
            item._p.pPr.append(mark)
    text, notes = text_and_notes(read_docx(saved(made), ""))
    assert re.findall(r"\w+\. \w+\.", text) == ["1. First.", "2. Second."]
    assert notes == ["1 hidden passage"]


def test_a_row_of_word_whose_words_are_hidden_is_none():
    made = word()
    table = made.add_table(3, 2)
    for row, cells in zip(
        table.rows, [("Day", "Price"), ("Monday", "4"), ("Tuesday", "5")], strict=True
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.paragraphs[0].add_run(text).font.hidden = text in ("Monday", "4")
    text, notes = text_and_notes(read_docx(saved(made), ""))
    assert "4" not in text
    assert "Tuesday" in text
    assert notes == ["2 hidden passages"]


ODT_STYLES = (
    '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="HP" style:family="paragraph"><style:text-properties text:display="none"/>'
    '</style:style><style:style style:name="HC" style:family="paragraph" style:parent-style-name="HP"/>'
)


@pytest.mark.parametrize(
    ("body", "shown", "n"),
    [
        (f'<text:p text:style-name="HP">{HIDDEN}</text:p>', "", 1),
        (f'<text:p text:style-name="HC">{HIDDEN}</text:p>', "", 1),
        ('<text:p>Two <text:span text:style-name="H">or three </text:span>wheels.</text:p>', "Two wheels.", 1),
        (f'<text:section text:display="none"><text:p>{HIDDEN}</text:p><text:p>B.</text:p></text:section>', "", 2),
        (f'<text:section text:display="condition" text:is-hidden="true"><text:p>{HIDDEN}</text:p></text:section>', "", 1),
        ('<text:p>Gone.<text:hidden-paragraph text:condition="ooow:1" text:is-hidden="true"/></text:p>', "", 1),
        ('<text:p>Here.<text:hidden-paragraph text:condition="ooow:0" text:is-hidden="false"/></text:p>', "Here.", 0),
        ('<text:p>Here.<text:hidden-text text:condition="x" text:string-value="y" text:is-hidden="true">y</text:hidden-text></text:p>', "Here.", 1),
    ],
)  # fmt: skip
def test_hidden_passages_of_an_open_text_are_left_out_and_counted(body, shown, n):
    text, notes = text_and_notes(
        read_odf(odf(f"<text:p>{VISIBLE}</text:p>{body}", styles=ODT_STYLES), "")
    )
    assert text == f"{VISIBLE}\n\n{shown}".strip()
    assert notes == ([f"{n} hidden passage{'s' * (n > 1)}"] if n else [])


def sheet_row(*texts, mark=""):
    cells = "".join(f"<table:table-cell><text:p>{t}</text:p></table:table-cell>" for t in texts)
    return f"<table:table-row{mark}>{cells}</table:table-row>"


def test_hidden_rows_columns_and_sheets_of_an_open_sheet_are_left_out_and_counted():
    styles = (
        '<style:style style:name="ta2" style:family="table"><style:table-properties '
        'table:display="false"/></style:style>'
    )
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        "<table:table-column/>"
    )
    head = sheet_row("Day", "Cost", "Price")
    rows = (
        f"<table:table-header-rows>{head}</table:table-header-rows>",
        sheet_row("Monday", "1", "4"),
        sheet_row("Tuesday", "2", "5", mark=' table:visibility="collapse"'),
        sheet_row("Friday", "3", "6", mark=' table:visibility="filter"'),
        sheet_row("Sunday", "4", "7"),
    )
    body = (
        f'<table:table table:name="A">{columns}{"".join(rows)}</table:table>'
        f'<table:table table:name="B" table:style-name="ta2">{sheet_row("Old", "x")}</table:table>'
    )
    assert text_and_notes(read_odf(odf(body, kind="spreadsheet", styles=styles), "")) == (
        "- Day: Monday; Price: 4\n\n- Day: Sunday; Price: 7",
        ["1 hidden sheet", "2 hidden rows", "1 hidden column"],
    )


def test_hidden_slides_are_left_out_and_keep_their_number():
    page = "<draw:page{}><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>"
    name = "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"
    styles = (
        '<style:style style:name="d2" style:family="drawing-page"><style:drawing-page-properties '
        f'xmlns:presentation="{name}" presentation:visibility="hidden"/></style:style>'
    )
    body = (
        page.format("", VISIBLE)
        + page.format(' draw:style-name="d2"', HIDDEN)
        + page.format("", "Third.")
    )
    contents = read_odf(odf(body, kind="presentation", styles=styles), "")
    text = f"{VISIBLE}\n\nThird."
    assert text_and_notes(contents) == (text, ["1 hidden slide"])
    starts = contents.documents[0].page_starts
    assert len(starts) == 3
    assert text[starts[2] :] == "Third."


def test_hidden_slides_and_shapes_of_powerpoint_are_left_out():
    shape = '<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"{}/></p:nvSpPr><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>'
    deck = pptx(
        [
            shape.format("", VISIBLE),
            shape.format("", HIDDEN),
            shape.format("", "Third.") + shape.format(' hidden="1"', "Shape."),
        ]
    )
    files = unzipped(deck)
    name = next(
        n
        for n in files
        if n.endswith("slide2.xml") or (n.endswith("slide1.xml") and HIDDEN in files[n])
    )
    files[name] = files[name].replace("<p:sld ", '<p:sld show="0" ', 1)
    contents = read_pptx(zipped(files), "")
    text = f"{VISIBLE}\n\nThird."
    assert text_and_notes(contents) == (text, ["1 hidden slide", "1 hidden shape"])
    assert text[contents.documents[0].page_starts[2] :] == "Third."


def unzipped(data):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n).decode() for n in archive.namelist()}


def workbook():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [("Day", "Cost", "Price"), ("Monday", 1, 4), ("Tuesday", 2, 5), ("Sunday", 3, 6)]:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = openpyxl.styles.Font(bold=True)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    return book


def test_hidden_rows_and_columns_of_a_workbook_are_left_out_and_counted():
    assert text_and_notes(read_xlsx(saved(workbook()), "")) == (
        "- Day: Monday; Price: 4\n\n- Day: Sunday; Price: 6",
        ["1 hidden row", "1 hidden column"],
    )


def test_a_merged_cell_of_a_workbook_stands_wherever_it_is_seen():
    book = workbook()
    sheet = book.active
    sheet.merge_cells("A3:A4")  # its text is in a hidden row
    sheet["D1"], sheet["E1"] = "Open", "Closed"
    sheet.merge_cells("B2:C2")  # and in a hidden column
    text, _ = text_and_notes(read_xlsx(saved(book), ""))
    assert text.split("\n\n") == ["- Day: Monday; Price: 1", "- Day: Tuesday; Price: 6"]


def test_a_hidden_row_without_a_word_is_not_counted():
    book = workbook()
    book.active.row_dimensions[9].hidden = True
    book.active.column_dimensions["K"].hidden = True
    assert text_and_notes(read_xlsx(saved(book), ""))[1] == ["1 hidden row", "1 hidden column"]


def test_questions_of_a_hidden_row_are_asked_all_the_same(tmp_path):
    path = tmp_path / "questions.xlsx"
    path.write_bytes(saved(workbook()))
    assert len(read_raw_rows(path.read_bytes()).rows) == 4


def test_hidden_words_of_rich_text_are_counted():
    made = rtf(rf"{VISIBLE}\par {{\v {HIDDEN}}}\par Two {{\v or three }}wheels.\par ")
    assert text_and_notes(read_rtf(made, "")) == (
        f"{VISIBLE}\n\nTwo wheels.",
        ["2 hidden passages"],
    )


HIDING = [
    'style="display: none"',
    "hidden",
    'style="color:red;DISPLAY:NONE !important"',
    'style="mso-hide:all"',
]


@pytest.mark.parametrize("mark", HIDING)
def test_what_a_mail_or_a_book_hides_is_left_out_and_counted(mark):
    body = f"<p>{VISIBLE}</p><div {mark}><p>{HIDDEN}</p><p>Again.</p></div>"
    assert text_and_notes(read_epub(epub([body]), "")) == (VISIBLE, ["1 hidden passage"])


def test_the_preview_of_a_newsletter_is_no_word_of_it(tmp_path):
    html = f'<div style="display:none;max-height:0">{HIDDEN}</div><p>{VISIBLE}</p>'
    text, notes = text_and_notes(read_eml(bytes(mail("", html=html)), ""))
    assert HIDDEN not in text
    assert VISIBLE in text
    assert notes == ["1 hidden passage"]


def test_an_answer_notes_what_is_hidden(tmp_path):
    made = word()
    made.add_paragraph().add_run(HIDDEN).font.hidden = True
    path = tmp_path / "mill.docx"
    path.write_bytes(saved(made))
    loaded = read_source(path)
    assert loaded.notes == ("left out: 1 hidden passage",)
    assert loaded.articles[0].notes == loaded.notes


def test_a_file_of_which_all_is_hidden_says_so(tmp_path):
    made = docx.Document()
    made.add_paragraph().add_run(HIDDEN).font.hidden = True
    path = tmp_path / "mill.docx"
    path.write_bytes(saved(made))
    with pytest.raises(Exception, match="must hold text"):
        read_source(path)
