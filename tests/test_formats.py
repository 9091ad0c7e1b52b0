"""E-books, open documents, presentations, workbooks, mails, feeds and subtitles become articles."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.comments import Comment
from sample_files import (
    KIND,
    ODF,
    PML,
    RELATIONS,
    SUFFIXES,
    as_csv,
    epub,
    feed,
    in_form,
    mail,
    odf,
    pptx,
    rtf,
    saved,
    shape,
    srt,
    xlsx,
    zipped,
)

from index import ArticleError, read_all, read_source
from index.sources.formats import FORMATS, format_of

LINES = [
    "The bridge at Northport",
    "The mayor opened the bridge, which crosses the river Arda, on Monday: it is “new”. It took ten years.",
    "It cost $3.5 million; a bank paid half of it, said Mr. Lee.",
]


@pytest.fixture
def read(tmp_path):
    def read(name, data):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_source(path)

    return read


@pytest.fixture
def blocks(read):
    """The paragraphs of the one article of a file."""
    return lambda name, data: read(name, data).articles[0].text.split("\n\n")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_form_gives_the_same_paragraphs(blocks, suffix):
    found = blocks(f"a{suffix}", in_form(suffix, LINES))
    if suffix == ".eml":
        assert found[4:] == LINES
    elif suffix == ".srt":
        assert [line.split("] ", 1)[1] for line in found] == LINES
    elif suffix == ".pptx":  # of a text on a slide, paragraphs are an outline
        assert [line.removeprefix("- ") for line in found] == LINES
    else:
        assert found == LINES


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".csv"])
def test_a_file_without_its_suffix_is_known_by_what_it_holds(suffix):
    data = in_form(suffix, LINES)
    assert suffix in format_of("a", data).suffixes
    assert suffix in format_of("a.bin", data, "application/octet-stream").suffixes


def test_no_plain_text_is_taken_for_another_format():
    for text in ("From: all of us.\n\nTo: you.", "1\nis a number.", "Subject: x\nA letter."):
        assert format_of("a", text.encode()).name == "txt"


def test_a_folder_of_all_forms_is_read(tmp_path):
    for suffix in SUFFIXES:
        (tmp_path / f"a{suffix}").write_bytes(in_form(suffix, LINES))
    assert len(read_all([tmp_path])) == len(SUFFIXES)


@pytest.mark.parametrize("form", [f for f in FORMATS if f.name not in ("txt", "markdown", "html")])
def test_bytes_of_no_format_are_refused_in_one_line(read, form):
    with pytest.raises(ArticleError) as caught:
        read(f"a{form.suffixes[0]}", b"\x00\x01\x02 nothing at all \xff\xfe")
    assert "\n" not in str(caught.value)


def test_chapters_stand_in_the_order_of_the_spine_with_lists_tables_and_pictures(read):
    first = (
        "<h1>One</h1><p>It took 10<sup>6</sup> bricks.</p><ol start='3'><li>Three</li><li>Four<ul><li>"
        "<p>Deep</p></li></ul></li></ol><p><img alt='A red bridge' src='a.png'/></p><p><img src='b.png'/></p>"
    )
    second = (
        "<h2>Two</h2><table><tr><th>Town</th><th>Bridges</th></tr><tr><td>Lund</td><td>4</td></tr>"
        "</table><pre>a = 1\n  b = 2</pre><blockquote>A line<br/>and another.</blockquote>"
    )
    loaded = read("a.epub", epub([first, second], title="Bridges"))
    (article,) = loaded.articles
    assert (article.title, article.date) == ("Bridges", "2025-05-02")
    assert article.text.split("\n\n") == [
        "One",
        "It took 10⁶ bricks.",
        "3. Three",
        "4. Four",
        "- Deep",
        "Picture: A red bridge",
        "Two",
        "- Town: Lund; Bridges: 4",
        "a = 1\n  b = 2",
        "A line",
        "and another.",
    ]
    assert loaded.dropped == ("1 picture",)


def test_an_ebook_with_copy_protection_is_refused(read):
    locked = (
        '<encryption><EncryptedData><CipherData><CipherReference URI="OEBPS/c0.xhtml"/>'
        "</CipherData></EncryptedData></encryption>"
    )
    with pytest.raises(ArticleError, match="copy protection"):
        read("a.epub", epub(["<p>x</p>"], extra=[("META-INF/encryption.xml", locked)]))


def test_lists_notes_boxes_and_marks_of_an_open_document_survive(read):
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" '
        'style:num-format="1"/><text:list-level-style-bullet text:level="2"/></text:list-style>'
        '<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/></style:style>'
        '<style:style style:name="T2"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:deletion><text:p>Gone</text:p></text:deletion></text:tracked-changes>"
        '<text:h>Head</text:h><text:p>It took 10<text:span text:style-name="T1">6</text:span> bricks'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>About.</text:p>"
        '</text:note-body></text:note> and<text:s text:c="3"/><text:span text:style-name="T2">9</text:span>8'
        "<office:annotation><dc:creator>Ana Ruiz</dc:creator><text:p>Really? It was ten.</text:p>"
        "</office:annotation> men, of area <draw:frame><draw:object><m:math><m:msup><m:mi>r</m:mi><m:mn>2</m:mn>"
        "</m:msup></m:math></draw:object></draw:frame>.</text:p>"
        '<text:list text:style-name="L1"><text:list-item><text:p>One</text:p><text:list><text:list-item>'
        "<text:p>Deep</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>Two</text:p>"
        "</text:list-item></text:list><text:p><draw:frame><draw:text-box><text:p>In a box</text:p>"
        "</draw:text-box></draw:frame></text:p><text:p><draw:frame><draw:image/><svg:desc>A red bridge"
        "</svg:desc></draw:frame></text:p>"
    )
    head = f"<x {ODF}><style:header><text:p>Draft of May</text:p></style:header><style:footer><text:p>7</text:p></style:footer></x>"
    loaded = read("a.odt", odf(body, styles=styles, extra=[("styles.xml", head)]))
    assert [b for b in loaded.articles[0].text.split("\n\n") if b] == [
        "Draft of May",
        "Head",
        "It took 10⁶ bricks [1] and 8 men, of area r^2.",
        "[1] About.",
        "Comment by Ana Ruiz: Really?",
        "Comment by Ana Ruiz: It was ten.",
        "1. One",
        "- Deep",
        "2. Two",
        "In a box",
        "Picture: A red bridge",
    ]
    assert loaded.dropped == ("1 deleted passage", "struck-out words: “9”")


MERGED = (
    "<table:table-header-rows><table:table-row><table:table-cell><text:p>Class</text:p></table:table-cell>"
    "<table:table-cell><text:p>Crew</text:p></table:table-cell></table:table-row></table:table-header-rows>"
    '<table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>Masters</text:p></table:table-cell>'
    "<table:table-cell><text:p>Pikes</text:p></table:table-cell></table:table-row><table:table-row>"
    "<table:covered-table-cell/><table:table-cell><text:p>Eels</text:p></table:table-cell></table:table-row>"
    '<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
    'table:number-columns-repeated="16000"/></table:table-row>'
)


@pytest.mark.parametrize(("suffix", "kind"), [(".odt", "text"), (".ods", "spreadsheet")])
def test_merged_cells_of_an_open_document_stand_in_each_row(blocks, suffix, kind):
    table = f'<table:table table:name="Results">{MERGED}</table:table>'
    assert blocks(f"a{suffix}", odf(table, kind=kind)) == [
        "- Class: Masters; Crew: Pikes",
        "- Class: Masters; Crew: Eels",
    ]


def test_slides_are_pages_with_titles_first_tables_and_notes(read):
    table = (
        '<p:graphicFrame><a:tbl><a:tblPr firstRow="1"/>'
        + "".join(
            "<a:tr>"
            + "".join(
                f"<a:tc {s}><a:txBody><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:txBody></a:tc>"
                for t, s in row
            )
            + "</a:tr>"
            for row in [
                [("Class", ""), ("Crew", "")],
                [("Masters", 'rowSpan="2"'), ("Pikes", "")],
                [("", 'vMerge="1"'), ("Eels", "")],
            ]
        )
        + "</a:tbl></p:graphicFrame>"
    )
    numbered = "<a:pPr><a:buAutoNum type='arabicPeriod'/></a:pPr><a:r><a:t>{}</a:t></a:r>"
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="1" descr="A red bridge"/></p:nvPicPr></p:pic>'
    slides = [
        shape(["Ends."], "body") + shape(["The plan"], "ctrTitle") + shape(["3"], "sldNum"),
        shape([numbered.format("One"), numbered.format("Two")], "body") + table + picture,
        "",
        shape(["Last one", "is here."], ""),
    ]
    loaded = read("a.pptx", pptx(slides, notes=["", "Say it slowly."]))
    (article,) = loaded.articles
    found = [(s.text, s.page) for s in article.sentences]
    assert found == [
        ("The plan", 1),
        ("Ends.", 1),
        ("1. One", 2),
        ("2. Two", 2),
        ("- Class: Masters; Crew: Pikes", 2),
        ("- Class: Masters; Crew: Eels", 2),
        ("Picture: A red bridge", 2),
        ("Say it slowly.", 2),
        ("- Last one", 4),
        ("- is here.", 4),
    ]


def test_cells_of_a_workbook_are_as_it_shows_them_under_their_heads(read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in [
        ["Prices of 2025"],
        [],
        ["Class", "Item", "Price", "Share"],
        ["Boats", "Canoe", 129, 0.15],
        [None, "Raft", 45.5, 0.2],
        [],
        ["All without tax."],
    ]:
        sheet.append(row)
    for row in (4, 5):
        sheet.cell(row, 3).number_format = '"€"#,##0.00'
        sheet.cell(row, 4).number_format = "0%"
    sheet.merge_cells("A4:A5")
    sheet["B4"].comment = Comment("me:\nThe old one.", "me")
    book.create_sheet("Staff").append(["Ada"])
    hidden = book.create_sheet("Old")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Sums").append(["=1+1", "two"])
    loaded = read("a.xlsx", saved(book))
    assert loaded.articles[0].text.split("\n\n") == [
        "Prices",
        "Prices of 2025",
        "- Class: Boats; Item: Canoe; Price: €129.00; Share: 15%",
        "- Class: Boats; Item: Raft; Price: €45.50; Share: 20%",
        "All without tax.",
        "Comment by me on “Canoe”: The old one.",
        "Staff",
        "Ada",
        "Sums",
        "two",
    ]
    assert loaded.dropped == ("1 hidden sheet", "1 formula without a value")


def test_a_merged_cell_of_a_sheet_stands_in_its_last_row_too(blocks):
    book = openpyxl.Workbook()
    for row in (["Class", "Crew"], ["Masters", "Pikes"], [None, "Eels"]):
        book.active.append(row)
    for cell in book.active[1]:
        cell.font = openpyxl.styles.Font(bold=True)
    book.active.merge_cells("A2:A3")
    assert blocks("a.xlsx", saved(book)) == [
        "- Class: Masters; Crew: Pikes",
        "- Class: Masters; Crew: Eels",
    ]


def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing(blocks):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1048576"] = "Near.", "Far."
    assert blocks("a.xlsx", saved(book)) == ["Near.", "Far."]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_row_of_csv_names_its_columns(blocks, delimiter):
    rows = [["Item", "Price", "Size, in m"], ["Tent", "129", "2; or 3"], ["Stove", "45", ""]]
    found = blocks("a.csv", as_csv(rows, delimiter))
    assert found[0].startswith("- Item: Tent")
    assert "Size, in m: 2; or 3" in found[0]
    assert found[1].replace(" |", ";") == "- Item: Stove; Price: 45"


def test_a_csv_without_a_head_has_none_made_up(blocks):
    assert blocks("a.csv", as_csv([["Tent", "129"], ["Stove", "45"]])) == [
        "- Tent; 129",
        "- Stove; 45",
    ]


def test_rich_text_keeps_lists_tables_notes_boxes_and_marks(read):
    body = (
        r"{\info{\title The bridge}}{\header\pard Draft of May\par}{\footer\pard 7\par}"
        r"\pard It took 10{\super 6} bricks{\super\chftn{\footnote\pard {\super\chftn} About.\par}}"
        r" and {\strike 9}8 men in the caf\'e9: \u8364?5 \u-10179?\u-8704?.\par "
        r"{\listtext 1.\tab}One\par{\listtext\'b7\tab}Dot\par"
        r"\trowd\trhdr\cellx1\cellx2\cellx3\pard\intbl Class\cell Crew\cell Time\cell\row"
        r"\trowd\clvmgf\cellx1\cellx2\cellx3\intbl Masters\cell Pikes\cell 6:58\cell\row"
        r"\trowd\clvmrg\cellx1\cellx3\intbl\cell none\cell\row\pard "
        r"After.{\pict\pngblip 89504e47}{\*\atnid A}{\*\atnauthor Ana Ruiz}\chatn{\*\annotation{\*\atndate 7}\pard No:\par it is\par}"
        r"{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt In a box\par}}}{\v hidden}\par"
    )
    loaded = read("a.rtf", rtf(body))
    assert loaded.articles[0].title == "The bridge"
    assert loaded.articles[0].text.split("\n\n") == [
        "Draft of May",
        "It took 10⁶ bricks [1] and 8 men in the café: €5 😀.",
        "[1] About.",
        "1. One",
        "- Dot",
        "- Class: Masters; Crew: Pikes; Time: 6:58",
        "- Class: Masters; Crew: none; Time: none",
        "After.",
        "Comment by Ana Ruiz: No: it is",
        "In a box",
    ]
    assert loaded.dropped == ("1 hidden passage", "1 picture", "struck-out words: “9”")


def test_a_mail_says_who_wrote_and_names_what_is_attached(read):
    message = mail("Dear Ben,\n\nthe bridge opens on 9 May.\n", cte="quoted-printable")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    message.add_attachment(mail("It is a secret.", subject="Inner"))
    loaded = read("a.eml", bytes(message))
    (article,) = loaded.articles
    assert (article.title, article.date) == ("Bridge", "2025-05-02")
    assert article.text.split("\n\n") == [
        "From: Ana Ruiz <ana@example.org>",
        "To: Ben <ben@example.org>",
        "Date: Fri, 02 May 2025 10:00:00 +0200",
        "Subject: Bridge",
        "Dear Ben,",
        "the bridge opens on 9 May.",
        "From: Ana Ruiz <ana@example.org>",
        "To: Ben <ben@example.org>",
        "Date: Fri, 02 May 2025 10:00:00 +0200",
        "Subject: Inner",
        "It is a secret.",
    ]
    assert loaded.dropped == ("1 attachment (plan.pdf)",)


def test_of_two_forms_of_a_mail_the_plain_one_is_read_unless_it_is_a_stub(blocks):
    html = "<table><tr><td><p>The bridge opens on <b>9 May</b>, at noon, in the rain.</p></td></tr></table>"
    whole = mail("The bridge opens on 9 May, at noon, in the rain.\n", html=html)
    assert blocks("a.eml", bytes(whole))[4:] == ["The bridge opens on 9 May, at noon, in the rain."]
    stub = mail("See the HTML.\n", html=html)
    assert blocks("a.eml", bytes(stub))[4:] == ["The bridge opens on 9 May, at noon, in the rain."]


def test_a_feed_is_an_article_for_each_item(read):
    items = [
        ("Bridge &amp; river", "<p>It <b>opened</b>.</p><p>It cost a lot.</p>", ""),
        ("Two", "Plain.", ""),
    ]
    loaded = read("a.rss", feed(items))
    assert [(a.title, a.date, a.source) for a in loaded.articles] == [
        ("Bridge & river", "2025-05-02", "https://h.example/0"),
        ("Two", "2025-05-02", "https://h.example/1"),
    ]
    assert loaded.articles[0].text == "Bridge & river\n\nIt opened.\n\nIt cost a lot."
    assert loaded.dropped == ()


def test_a_feed_of_summaries_says_that_the_rest_is_missing(read):
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>H</title><entry><id>urn:1</id><title>One</title>'
        '<updated>2025-05-02T10:00:00Z</updated><summary type="html">&lt;p&gt;It opened.</summary></entry>'
        "<entry><title></title></entry></feed>"
    )
    loaded = read("a.xml", atom)
    (article,) = loaded.articles
    assert (article.text, article.date) == ("One\n\nIt opened.", "2025-05-02")
    assert article.source.endswith("#urn:1")
    assert loaded.dropped == ("the rest of 1 article that the feed gives in short",)


VTT = """WEBVTT

NOTE by hand

STYLE
::cue { color: red }

1
00:00:01.000 --> 00:00:04.000 align:start
<v Anna Berg>The <i>bridge</i> opens on 9 May,

00:04.200 --> 00:07.500
<v Anna Berg>and it cost &amp; cost.

00:00:08.000 --> 00:00:09.000
- Really?
- Yes.

01:00:12.000 --> 01:00:15.000
It is closed. BEN: No,

01:00:15.000 --> 01:00:16.000
BEN: it is not.
"""


def test_subtitles_are_lines_with_times_and_speakers(read):
    loaded = read("a.vtt", VTT)
    assert loaded.articles[0].text.split("\n\n") == [
        "[0:00:01] Anna Berg: The bridge opens on 9 May, and it cost & cost.",
        "[0:00:08] – Really?",
        "[0:00:08] – Yes.",
        "[1:00:12] It is closed. BEN: No,",
        "[1:00:15] BEN: it is not.",
    ]
    assert loaded.dropped == ("1 remark",)


def test_lines_that_roll_up_are_read_once_and_a_new_sentence_is_nobodys(blocks):
    cues = ["Anna: the bridge\nopens on", "opens on\n9 May.", "It rains."]
    times = [
        "00:00:01,000 --> 00:00:02,000",
        "00:00:02,000 --> 00:00:03,000",
        "00:00:03,000 --> 00:00:04,000",
    ]
    text = "\n\n".join(
        f"{n}\n{t}\n{c}" for n, (t, c) in enumerate(zip(times, cues, strict=True), 1)
    )
    assert blocks("a.srt", text) == [
        "[0:00:01] Anna: the bridge opens on 9 May.",
        "[0:00:03] It rains.",
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (zipped({"a": "b"}), "got an archive; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "got an old office file; save it as .docx, .xlsx or .pptx"),
        (b"\x89PNG\r\n\x1a\n", "got a picture; save it as PDF"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(read, data, problem):
    with pytest.raises(ArticleError, match=problem):
        read("a.bin", data)


def test_a_file_of_no_known_kind_is_read_as_text_and_says_so(read):
    loaded = read("a.log", "The bridge opened.")
    assert loaded.notes == ("files named .log are of no known kind: it is read as plain text",)
    assert read("a.txt", "It opened.").notes == read("README", "It opened.").notes == ()


def test_a_table_is_called_as_its_file(read):
    assert read("prices.csv", "Item,Price\nTent,129\n").articles[0].title == "prices"


def test_more_sheets_are_headed_by_their_names(blocks):
    rows = [["Ada", "1931"], ["Bo", "1940"]]
    assert blocks("a.xlsx", xlsx(rows, name="Born", more=[("Died", rows)])) == [
        "Born",
        "- Ada; 1931",
        "- Bo; 1940",
        "Died",
        "- Ada; 1931",
        "- Bo; 1940",
    ]


def test_two_pieces_of_an_srt_have_their_own_times(blocks):
    assert blocks("a.srt", srt(["One.", "Two."])) == ["[0:00:00] One.", "[0:00:07] Two."]


def test_remarks_on_a_slide_are_text_of_their_authors_and_equations_are_read(read):
    equation = (
        '<a:p><a:r><a:t>Of </a:t></a:r><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
        "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a:p>"
    )
    slide = f"<p:sp><p:txBody>{equation}</p:txBody></p:sp>"
    targets = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="c" Type="{KIND}/comments" '
        'Target="../comments/c.xml"/></Relationships>'
    )
    extra = [
        ("ppt/slides/_rels/slide0.xml.rels", targets),
        (
            "ppt/comments/c.xml",
            f'<p:cmLst {PML}><p:cm authorId="0"><p:text>Too long.</p:text></p:cm></p:cmLst>',
        ),
        (
            "ppt/commentAuthors.xml",
            f'<p:cmAuthorLst {PML}><p:cmAuthor id="0" name="Ada Lund"/></p:cmAuthorLst>',
        ),
    ]
    loaded = read("a.pptx", pptx([slide], extra=extra))
    assert loaded.articles[0].text.split("\n\n") == ["Of x^2", "Comment by Ada Lund: Too long."]
    assert loaded.dropped == ()


def test_rich_text_gives_headings_no_bullet_and_what_a_picture_is_said_to_show(read):
    described = r"{\*\picprop{\sp{\sn wzDescription}{\sv The mill in the snow}}}\pngblip 89504e47"
    body = (
        r"{\listtext\pard\plain \tab}A head\par "
        rf"Text.{{\*\shppict{{\pict{described}}}}}{{\nonshppict{{\pict{described}}}}}\par"
    )
    loaded = read("a.rtf", rtf(body))
    assert loaded.articles[0].text.split("\n\n") == [
        "A head",
        "Text.",
        "Picture: The mill in the snow",
    ]
    assert loaded.dropped == ()


def test_a_sheet_of_an_open_document_has_titles_and_tables_as_a_workbook_has(blocks):
    def row(*cells):
        texts = "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in cells)
        return f"<table:table-row>{texts}</table:table-row>"

    head = row("Class", "Crew").replace("<text:p>", '<text:p text:style-name="B">')
    styles = (
        '<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style>'
    )
    empty = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell/></table:table-row>'
    inner = row("Results") + empty + head + row("Masters", "Pikes") + empty + row("The end")
    sheet = f'<table:table table:name="A">{inner}</table:table>'
    foot = (
        "<style:footer><text:p>Page <text:page-number>1</text:page-number></text:p></style:footer>"
    )
    extra = [("styles.xml", f"<x {ODF}>{foot}</x>")]
    assert blocks("a.ods", odf(sheet, kind="spreadsheet", styles=styles, extra=extra)) == [
        "Results",
        "- Class: Masters; Crew: Pikes",
        "The end",
    ]
