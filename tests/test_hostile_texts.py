"""Small texts that look like something else: what each says can be cited, whole, and in its own words."""

from __future__ import annotations

import io
from importlib import import_module

import docx
import fpdf
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from sample_files import odf

from index import Article, ArticleError, read_source
from index.sources.document import notes_of
from index.sources.docx import read_docx
from index.sources.formats import format_of
from index.sources.odf import read_odf


def read(suffix, content):
    """The citable sentences of a file of some content, and what its notes say."""
    data = content if isinstance(content, bytes) else content.encode()
    name = format_of(f"a.{suffix}", data).name
    contents = getattr(import_module(f"index.sources.{name}"), f"read_{name}")(data, "")
    sentences = [s for d in contents.documents for s in Article.from_text(d.text).sentences]
    return [s.text for s in sentences if s.citable], " ".join(notes_of(contents.dropped))


def page(body, title=""):
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("suffix", "content", "wanted"),
    [
        # Lines that only look like what is around an article.
        ("txt", "Lease\n\nCopyright 2024 notices must stay on all drawings.", "Copyright 2024 notices must stay on all drawings."),
        ("txt", "Results\n\n30\n", "30"),
        ("txt", "Rules\n\n(d) Log in before entering the lab.", "(d) Log in before entering the lab."),
        ("txt", "Menu\n\nHome\nMade\nSearch\n\nPea soup.", "Home"),
        ("txt", "Tides\n\nSTAY OFF THE CAUSEWAY\n\nLAST CROSSING 16:15\n", "LAST CROSSING 16:15"),
        ("txt", "Tasks\n\n5 minutes read the gauge, then close valve B.", "5 minutes read the gauge, then close valve B."),
        # Tables of odd shapes.
        ("txt", "Prices\n\nItem;Price;Stock\nHammer;12 €;4\nSaw;19 €;2\n", "- Item: Saw; Price: 19 €; Stock: 2"),
        ("txt", 'Name, Age, Town\n"Low, Ben", 44, Bergen\nCarl, 27, Molde\n', "- Name: Low, Ben; Age: 44; Town: Bergen"),
        ("txt", "Year | Members\n2019 | 210\n2020 | 195\n", "- Year: 2020; Members: 195"),
        ("txt", "Ada, Ben, Carl\nDora, Ed, Finn\nGus, Hal, Ina\n", "Dora, Ed, Finn"),
        ("txt", "Office | Hall\nRoom 1 | 555 2041\nRoom 2 | 555 2042\n", "Room 1 | 555 2041"),
        ("txt", "Red, green, blue.\nOne, 2, 3.\nFour, 5, 6.\n", "One, 2, 3."),
        ("html", page("<h1>Lifts</h1><table><tr><td colspan=2><b>East</b></td></tr><tr><td>Crest</td><td>open</td></tr><tr><td>Ridge</td><td>closed</td></tr><tr><td colspan=2><b>West</b></td></tr><tr><td>Crest</td><td>closed</td></tr></table>"), "- East; Ridge; closed"),
        # Lists, links, pictures and short pages of the web.
        ("html", page("<ol start=3><li>No fires.<li>Dogs on a lead.<ol type=a><li>Except guide dogs.</ol><li value=9>Gates close at 8.</ol>"), "9. Gates close at 8."),
        ("html", page("<ol type=i reversed><li><p>First.</p></li><li><p>Second.</p></li></ol>"), "ii. First."),
        ("html", page("<table><tr><th>Day</th><th>Steps</th></tr><tr><td>One</td><td><ol><li>Wash<li>Dry</ol></td></tr></table>"), "- Day: One; Steps: 1. Wash, 2. Dry"),
        ("html", page("<h1>Trip</h1><p>The bus costs 9 euros.</p>"), "The bus costs 9 euros."),
        ("html", page("<p>Breakfast<br>7 to 9<br>Lunch<br>12 to 2</p>"), "12 to 2"),
        ("html", page("<h1>FAQ</h1><details><summary>How do I cancel?</summary><p>By letter.</p></details>"), "How do I cancel?"),
        ("html", page("<h1>Storm: live</h1><div><span>14:05</span><p>The port is closed.</p></div><div><span>13:20</span><p>A roof is off.</p></div>"), "Storm: live"),
        ("html", page("<article><h1>Zoo</h1><p>The zoo has a new lion from Leipzig.</p><figure><img src=a.jpg alt='A lion asleep beside its keeper Tom'><figcaption>Samba on Friday</figcaption></figure></article>"), "Picture: A lion asleep beside its keeper Tom"),
        ("html", page("<article><h1>The 404 bus</h1><p>The 404 bus was not found on Monday.</p></article>", "The 404 bus"), "The 404 bus was not found on Monday."),
        # Markdown.
        ("md", "<div>The keeper is Ada.</div>\n\nMore.\n", "The keeper is Ada."),
        ("md", "<table><tr><th>Room</th><th>Seats</th></tr><tr><td>Elm</td><td>25</td></tr></table>\n", "- Room: Elm; Seats: 25"),
        ("md", "See [the rules](rules/fees.md) first.\n", "See the rules (rules/fees.md) first."),
        ("md", "See [the top](#top) first.\n", "See the top first."),
        ("md", "The pump failed.[^1] It was old.\n\n[^1]: On 3 May.\n", "The pump failed.[^1]"),
        # Marks and characters.
        ("txt", "It failed. [1] It was old. [2] shows it.", "It failed. [1]"),
        ("txt", "It failed. [1] It was old. [2] shows it.", "[2] shows it."),
        ("txt", "The vault code is 7720.\n".encode("utf-16-be"), "The vault code is 7720."),
        ("txt", "The vault code is 7720.\n".encode("utf-16-le"), "The vault code is 7720."),
        ("txt", "First.\r\nThe judge is Ulf.\u2029The day was hot.\x0bDone.\x85", "The judge is Ulf."),
        ("txt", "The har\u200bbour master is Nils\u200b Aas. It rains.", "The har\u200bbour master is Nils\u200b Aas."),
        ("txt", "\u200fThe gate code is 4711\u200e. \u202bשלום\u202c It rains.", "\u200fThe gate code is 4711\u200e."),
        ("txt", "Ro\u00adstock is cold. Its mayor is Rene\u0301.", "Its mayor is Rene\u0301."),
        ("txt", "Open 9 a.m. to 5 p.m. Closed on Sundays.", "Closed on Sundays."),
        ("txt", "Paid: £300k. Owed: €1,2 Mio. (approx.) Rate: 3.5 p.c.", "Owed: €1,2 Mio. (approx.)"),
        # What is spoken, sent and fed.
        ("srt", "1\n00:00:01,000 --> 00:00:02,000\n♪ music ♪\n\n2\n00:00:02,000 --> 00:00:04,000\nThe bridge opens in June.\n", "[0:00:02] The bridge opens in June."),
        ("srt", "\ufeff1\n00:00:01,000 --> 00:00:02,000\nThe vote was\n\n2\n00:00:02,000 --> 00:00:03,000\n31 to 12.\n", "[0:00:01] The vote was 31 to 12."),
        ("eml", "From: a@example.org\nContent-Type: text/plain; format=flowed\n\nThe pump was \nchanged by Ole.\n\n-- \nAda\nTel. 22\n", "The pump was changed by Ole."),
        ("eml", "From: a@example.org\nSubject: Log\n\nHi\n\n> Tel. 22\n", "> Tel. 22"),
        ("atom", "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title type='html'>A &amp;amp; B</title><content type='html'>&lt;ol start='2'&gt;&lt;li&gt;The lock is 40 m long.&lt;/li&gt;&lt;/ol&gt;</content></entry></feed>", "2. The lock is 40 m long."),
    ],
)  # fmt: skip
def test_what_a_text_says_can_be_cited_whole(suffix, content, wanted):
    assert wanted in read(suffix, content)[0]


@pytest.mark.parametrize(
    ("suffix", "content", "note"),
    [
        ("html", page("<p>See <a href='prices.pdf'>the list</a> or <a href='#b'>below</a>.</p>"), "1 address that a link leads to"),
        ("txt", "The code is 7720.\n".encode("utf-16-le"), "the charset is a guess: utf-16-le"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_text_is_noted(suffix, content, note):
    assert note in read(suffix, content)[1]


def test_letters_that_are_raised_are_no_words_that_a_page_leaves_out():
    body = "".join(f"<p>The {n} area has 10<sup>{n}</sup> m<sup>2</sup>.</p>" for n in range(2, 9))
    assert read("html", page(f"<article>{body}</article>"))[1] == ""


def test_a_caption_that_says_what_a_picture_shows_stands_alone():
    figure = "<figure><img src=a alt='The mill at Thorn'><figcaption>The mill at Thorn in May</figcaption></figure>"
    text = "<p>The mill at Thorn has stood beside the river for two hundred years and more.</p>"
    sentences, notes = read("html", page(f"<article>{text}{figure}{text}</article>"))
    assert "The mill at Thorn in May" in sentences
    assert not any(s.startswith("Picture") for s in sentences)
    assert "picture" not in notes


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (
            "404 Not Found",
            "<h1>Not Found</h1><p>The requested URL was not found on this server.</p>",
        ),
        ("Page not found | Daily", "<h1>Sorry</h1><p>Try the search.</p>"),
        ("", "<h1>Sorry, we couldn't find that page</h1><p>It may have moved.</p>"),
        ("Access Denied", "<p>You have no permission to see it.</p>"),
        ("503 Service Unavailable", "<p>Come back later.</p>"),
    ],
)
def test_the_page_of_a_server_that_has_none_is_no_article(title, body):
    with pytest.raises(ArticleError, match="look whether its address is right"):
        read("html", page(body, title))


def test_the_head_of_a_pdf_of_two_pages_stands_once(tmp_path):
    paper = fpdf.FPDF()
    for number, text in enumerate(
        ("The lease begins in May and", "ends in June. It costs 90 euros."), 1
    ):
        paper.add_page()
        paper.set_font("Helvetica", size=9)
        paper.text(20, 12, "Lease of the boathouse")
        paper.text(20, 280, f"Page {number} of 2")
        paper.set_font("Helvetica", size=12)
        paper.text(20, 40, text)
    path = tmp_path / "lease.pdf"
    paper.output(str(path))
    (article,) = read_source(path).articles
    assert article.text == (
        "The lease begins in May and ends in June. It costs 90 euros.\n\nLease of the boathouse"
    )


def test_lines_of_two_pages_that_differ_or_stand_elsewhere_are_text(tmp_path):
    paper = fpdf.FPDF()
    for y, line in ((12, "Table 1"), (20, "Table 2")):
        paper.add_page()
        paper.set_font("Helvetica", size=12)
        paper.text(20, 12, line)
        paper.text(20, y + 30, "Sold out.")
        paper.text(20, 200, f"{line} ends here.")
    path = tmp_path / "a.pdf"
    paper.output(str(path))
    (article,) = read_source(path).articles
    assert article.text.count("Table 1") == article.text.count("Table 2") == 2
    assert article.text.count("Sold out.") == 2


def test_a_remark_on_a_cell_of_a_sheet_is_in_no_other_cell_and_days_are_days():
    cells = (
        "<table:table-row><table:table-cell><text:p>Band</text:p><office:annotation>"
        "<text:p>Paid by Leo</text:p></office:annotation></table:table-cell><table:table-cell "
        'office:value-type="date" office:date-value="2025-05-04"><text:p>04.05.25</text:p>'
        "</table:table-cell></table:table-row>"
    )
    data = odf(f'<table:table table:name="A">{cells}</table:table>', kind="spreadsheet")
    assert read_odf(data, "").documents[0].text.split("\n\n") == [
        "- Band; 2025-05-04",
        "Comment on “Band”: Paid by Leo",
    ]


def test_a_list_of_an_open_document_that_goes_on_after_another_counts_on():
    level = '<text:list-level-style-number text:level="1" style:num-format="1"/>'
    style = f'<text:list-style style:name="L">{level}</text:list-style>'
    lists = [
        f'<text:list text:style-name="L" {more}><text:list-item><text:p>{item}</text:p></text:list-item></text:list>'
        for item, more in (
            ("Rent", 'xml:id="a"'),
            ("Repairs", 'text:continue-list="a"'),
            ("Gas", ""),
        )
    ]
    text = read_odf(odf("<text:p>Then</text:p>".join(lists), styles=style), "").documents[0].text
    assert text.split("\n\n") == ["1. Rent", "Then", "2. Repairs", "Then", "1. Gas"]


def test_signs_of_fonts_of_symbols_are_letters_or_are_noted():
    document = docx.Document()
    paragraph = document.add_paragraph("Bake at 180")
    for font, code in (("Symbol", "F0B0"), ("Wingdings", "F0FE"), ("Webdings", "F061")):
        sign = f'<w:r {nsdecls("w")}><w:sym w:font="{font}" w:char="{code}"/></w:r>'
        paragraph._p.append(parse_xml(sign))
    file = io.BytesIO()
    document.save(file)
    contents = read_docx(file.getvalue(), "")
    assert contents.documents[0].text == "Bake at 180°☑"
    assert "1 sign of a font of symbols" in contents.dropped


def test_lines_of_a_log_are_no_paragraph_and_rows_of_dots_lead_to_a_cell():
    log = "\n".join(
        f"2025-02-0{n} 10:00:01 ERROR valve {n} is stuck, operator called" for n in (1, 2, 3)
    )
    assert read("txt", log)[0] == log.splitlines()
    article = Article.from_text("Menu\n\nTomato soup ...... 4.50\nPlum cake ........ 3.10\n")
    assert [s.kind for s in article.sentences] == ["heading", "row", "row"]
    prose = Article.from_text("He went .... and came back.\nThen he .... fell.\n")
    assert [s.kind for s in prose.sentences] == ["body", "body"]
