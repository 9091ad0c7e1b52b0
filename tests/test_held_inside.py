"""What office files hold beside their lines is read, or counted: pages, text boxes, links, objects."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from sample_files import odf, pptx, rtf, shape, xlsx

from index import read_source
from index.sources.docx import read_docx
from index.sources.odf import read_odf
from index.sources.pptx import read_pptx
from index.sources.rtf import read_rtf
from index.sources.xlsx import read_xlsx

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOX = "Prices hold until June."


def changed(data, changes, **more):
    """A zip with marks in some of its files replaced, and more files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            for mark, other in changes.get(name, ()):
                text = text.replace(mark.encode(), other.encode())
            new.writestr(name, text)
        for name, text in more.items():
            new.writestr(name, text)
    return out.getvalue()


def word(inner, chunk, content_type):
    """A document of a paragraph, then some XML, with a page "afchunk.x" that it holds."""
    made = docx.Document()
    made.add_paragraph("Before.")
    data = io.BytesIO()
    made.save(data)
    return changed(
        data.getvalue(),
        {
            "word/document.xml": [("<w:sectPr", f"{inner}<w:sectPr")],
            "word/_rels/document.xml.rels": [
                (
                    "</Relationships>",
                    f'<Relationship Id="c1" Type="{KIND}/aFChunk" Target="/word/afchunk.x"/></Relationships>',
                )
            ],
            "[Content_Types].xml": [
                ("</Types>", f'<Default Extension="x" ContentType="{content_type}"/></Types>')
            ],
        },
        **{"word/afchunk.x": chunk},
    )


CHUNK = f'<w:altChunk xmlns:r="{KIND}" r:id="c1"/>'
PAGE = "<html><body><p>The page says 77.</p><p style='display:none'>Not seen.</p></body></html>"
MAIL = f'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n\n{PAGE}\n--b--\n'


@pytest.mark.parametrize(
    ("chunk", "content_type", "text", "notes"),
    [
        (PAGE, "text/html", "Before.\n\nThe page says 77.", ["1 hidden passage"]),
        (MAIL, "message/rfc822", "Before.\n\nThe page says 77.", ["1 hidden passage"]),
        ("{\\rtf1 x}", "application/rtf", "Before.", ["1 document inside it"]),
    ],
)
def test_a_page_that_a_word_document_holds_is_read(chunk, content_type, text, notes):
    contents = read_docx(word(CHUNK, chunk, content_type), "")
    assert (contents.documents[0].text, list(contents.dropped)) == (text, notes)


def test_letters_under_how_they_are_spoken_are_text_and_objects_are_counted():
    ruby = (
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>kana</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>Kanji</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r><w:r><w:t> stand.</w:t></w:r></w:p><w:p><w:r><w:object/></w:r></w:p>"
    )
    contents = read_docx(word(ruby, PAGE, "text/html"), "")
    assert contents.documents[0].text == "Before.\n\nKanji stand."
    assert list(contents.dropped) == ["1 embedded object"]


@pytest.mark.filterwarnings("ignore:DrawingML")  # openpyxl's own word for it
def test_text_boxes_of_sheets_are_text():
    drawing = (
        '<d:wsDr xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><d:twoCellAnchor><d:sp><d:txBody>'
        f"<a:p><a:r><a:t>{BOX}</a:t></a:r></a:p></d:txBody></d:sp></d:twoCellAnchor></d:wsDr>"
    )
    link = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="d" Type="{KIND}/drawing" Target="../drawings/d.xml"/></Relationships>'
    book = changed(
        xlsx([["Day", "Price"], ["Mon", 4]]),
        {},
        **{"xl/worksheets/_rels/sheet1.xml.rels": link, "xl/drawings/d.xml": drawing},
    )
    assert read_xlsx(book, "").documents[0].text == f"- Day; Price\n\n- Mon; 4\n\n{BOX}"


def test_shapes_of_an_open_sheet_are_text():
    frame = f"<draw:frame><draw:text-box><text:p>{BOX}</text:p></draw:text-box></draw:frame>"
    row = "<table:table-row><table:table-cell><text:p>Mon</text:p></table:table-cell></table:table-row>"
    sheet = f'<table:table table:name="A"><table:shapes>{frame}</table:shapes>{row}</table:table>'
    text = read_odf(odf(sheet, kind="spreadsheet"), "").documents[0].text
    assert text == f"Mon\n\n{BOX}"


def test_objects_of_slides_are_counted():
    link = f'<Relationships xmlns="{RELATIONS}"><Relationship Id="o" Type="{KIND}/oleObject" Target="../embeddings/o.bin"/></Relationships>'
    deck = changed(pptx([shape(["One."])]), {}, **{"ppt/slides/_rels/slide0.xml.rels": link})
    assert list(read_pptx(deck, "").dropped) == ["1 embedded object"]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (' HYPERLINK "https://h.example/a" ', "See the map (h.example/a) here."),
        (' HYPERLINK \\\\l "place" ', "See the map here."),
        (" DATE ", "See the map here."),
    ],
)
def test_links_of_rich_text_show_where_they_lead(target, shown):
    field = f"{{\\field{{\\*\\fldinst{{{target}}}}}{{\\fldrslt{{\\ul the map}}}}}}"
    text = read_rtf(rtf(f"See {field} here.\\par "), "").documents[0].text
    assert text.replace("https://", "") == shown


@pytest.mark.parametrize("name", ["a.html", "a.md"])
def test_videos_sounds_and_pages_inside_a_page_are_counted_and_say_nothing(tmp_path, name):
    fallback = "Your browser does not play this film."
    body = (
        "<h1>The mill</h1><p>The mill of the town opens on Monday, after two years of work on it.</p>"
        f"<video src='mill.mp4'>{fallback}<object data='mill.swf'>{fallback}</object></video>"
        "<p>It grinds four tonnes of flour each week, and the town sells it at the market.</p>"
        "<iframe src='https://tube.example/1'></iframe><iframe width='1' src='count'></iframe>"
        "<p>The miller lives in the house beside it, which is older than the mill itself.</p>"
    )
    page = f"<html><body><article>{body}</article></body></html>"
    path = tmp_path / name
    path.write_text(page if name == "a.html" else body, encoding="utf-8")
    loaded = read_source(path)
    assert "browser" not in loaded.articles[0].text
    assert "2 embedded videos, sounds or pages" in loaded.dropped
