"""What becomes of a text before it is asked: nothing is lost, nothing is changed, and what is set aside is said."""

from __future__ import annotations

import io
import json

import docx
import fpdf
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls

from index import Article, ArticleError, read_source
from index.sources.docx import read_docx
from index.sources.html import read_html
from index.sources.markdown import read_markdown
from index.sources.pdf import read_pdf
from qa import ArticleQA, Settings
from qa.readers.search_reader import SentenceReader

LONG = (
    "The mill at Thorn has stood beside the river for two hundred years, and the town bought it in "
    "the spring, after the last miller had died and his sons had moved away."
)


def sentences(text):
    return [s.text for s in Article.from_text(text).sentences]


def uncitable(text):
    return [s.text for s in Article.from_text(text).sentences if not s.citable]


@pytest.mark.parametrize(
    "line",
    [
        "(c) a letter of the landlord;",
        "(c) 2024 figures of the branch;",
        "Log in with the code on your badge.",
        "Register the boat before noon.",
        "Sign up for the course in room 4.",
        "Subscribe to alerts by sending BOAT to 60070.",
        "Copyright in the plans stays with the town.",
        "Read more than one gauge.",
        "Share the key with nobody.",
        "Click here: Settings, then Sound.",
        "Tags: red for the left, blue for the right.",
        "Print",
        "Related",
        "TOTAL DUE: 450 EURO",
        "PAY BY 14 JUNE",
        "IBAN DE00 1234 5678",
        "A day costs four euros. (Annex Two)",
        "Refunds take ten days. (Mr Weber)",
        "Rain fell on 212 days. Source: Met Office yearbook",
    ],
)
def test_a_line_that_may_be_text_is_text(line):
    for text in (
        f"{line}\n\n{LONG}\n",
        f"A guide\n\n{LONG}\n\n{line}\n\n{LONG}",
        f"{LONG}\n\n{line}",
    ):
        assert uncitable(text) == []


def test_buttons_one_below_the_other_are_furniture_and_one_alone_is_text():
    assert uncitable(f"{LONG}\n\nFacebook\nTwitter\nPrint\n\n{LONG}") == [
        "Facebook",
        "Twitter",
        "Print",
    ]
    assert uncitable(f"{LONG}\n\nPrint\n\n{LONG}") == []


def test_a_speaker_belongs_to_what_is_spoken_and_a_question_asks():
    article = Article.from_text(
        "SCENE TWO.\n\nROSA. Who opened the letter?\n\nTOM. I did. It came from Leeds.\n\n"
        "MR. LEE: When was that?\n\nQ: Who paid?\nA: The state.\n“Is it so?” she asked."
    )
    assert [s.text for s in article.sentences] == [
        "SCENE TWO.",
        "ROSA. Who opened the letter?",
        "TOM. I did.",
        "It came from Leeds.",
        "MR. LEE: When was that?",
        "Q: Who paid?",
        "A: The state.",
        "“Is it so?” she asked.",
    ]
    assert [s.asks for s in article.sentences] == [
        False,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_the_number_and_the_marks_of_a_question_belong_to_it():
    assert sentences(
        "Q1. May I bring a dog?\nA1. On a lead.\n\n**Is it heated?** Yes, from June."
    ) == [
        "Q1. May I bring a dog?",
        "A1. On a lead.",
        "**Is it heated?**",
        "Yes, from June.",
    ]


def test_a_question_in_the_article_is_no_evidence_and_its_answer_is(encoder):
    text = (
        "Questions about the hall\n\nWho runs the hall?\nThe town does, with a club.\n\n"
        "How much is a ticket for the hall?\n5 euros.\n\nWhere is the hall?\nBehind the mill.\n"
    )
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=SentenceReader()))
    for question, wanted in (
        ("Who runs the hall?", "The town does, with a club."),
        ("Where is the hall?", "Behind the mill."),
        ("How much is a ticket for the hall?", "5 euros."),
    ):
        hits = engine.retrieve(question)
        found = [s for hit in hits for s in hit.sentences]
        assert not any(s.sentence.asks for s in found)
        assert max(found, key=lambda s: s.score).sentence.text == wanted


def test_questions_alone_are_evidence(encoder):
    engine = ArticleQA.from_text(
        "Who runs the hall? Where is the hall?", Settings(encoder=encoder, reader=SentenceReader())
    )
    (hit,) = engine.retrieve("Where is the hall?")
    assert len(hit.sentences) == 2


def markdown(text):
    contents = read_markdown(text.encode(), "")
    return contents.documents[0].text.split("\n\n"), list(contents.dropped)


def test_markdown_loses_no_link_no_field_and_no_struck_out_word_in_silence():
    blocks, dropped = markdown(
        "---\ntitle: Camp\nauthor: Lena Vogt\n---\nThe form is [here](https://c.example/f.pdf), see "
        "<https://c.example> or [https://d.example](https://d.example/) or [below](#x).\n\n"
        "It costs ~~180~~ 150 euros.[^1]\n\n![Map of the lake](m.png)\n\n![x](IMG_1.png)\n\n[^1]: Each."
    )
    assert blocks == [
        "The form is here (https://c.example/f.pdf), see https://c.example or https://d.example or below.",
        "It costs 150 euros.[^1]",
        "Picture: Map of the lake",
        "[^1]: Each.",
        "author: Lena Vogt",
    ]
    assert dropped == ["1 picture", "struck-out words: “180”"]


def test_html_in_markdown_raises_lowers_and_strikes_out_as_on_a_page():
    blocks, dropped = markdown(
        "It gave 4 × 10<sup>6</sup> tons of H<sub>2</sub>O for <del>180</del> <ins>150</ins> euros, "
        "<sup>[see **x**](https://d.example)</sup> left <sup>open, 5</sup>."
    )
    assert blocks == [
        "It gave 4 × 10⁶ tons of H2O for 150 euros, see x (https://d.example) left open, 5."
    ]
    assert dropped == ["struck-out words: “180”"]


def test_end_is_furniture_only_where_a_text_ends():
    assert uncitable(f"{LONG}\n\nEnd\n\n{LONG}\n\n(End)") == ["(End)"]


def page(inner):
    data = f"<html><body><article><h1>Salt</h1><p>{LONG}</p>{inner}<p>{LONG}</p></article></body></html>"
    contents = read_html(data.encode(), "")
    return contents.documents[0].text.split("\n\n"), list(contents.dropped)


def test_raised_and_struck_out_letters_of_a_page_are_marked():
    blocks, dropped = page(
        "<p>It gave 4 × 10<sup>6</sup> tons, 10<sup>-3</sup> parts, on 12 km<sup>2</sup>, the 80<sup>th</sup> "
        "year, H<sub>2</sub>O, 1<sup>1</sup>⁄2 − 3&nbsp;kg, for <s>180</s> 150 euros.<sup>2</sup></p>"
    )
    assert blocks[2] == (
        "It gave 4 × 10⁶ tons, 10⁻³ parts, on 12 km2, the 80th year, H2O, 1¹⁄2 − 3\xa0kg, for 150 euros."
    )
    assert "1 footnote mark" in dropped
    assert "struck-out words: “180”" in dropped


def test_lists_in_cells_terms_and_addresses_of_a_page_read_by_themselves():
    blocks, _ = page(
        "<table><tr><td>Monday<td><ul><li>7 to 12<li>2 to 6</ul><tr><td>Tuesday<td>closed</table>"
        "<dl><dt>Parking<dd>12 euros a night<dt>Is it safe?<dd>Yes.</dl>"
        "<p>Write to <a href='mailto:a@example.org'>the desk</a>.</p>"
    )
    assert blocks[2:-1] == [
        "- Monday; 7 to 12, 2 to 6",
        "- Tuesday; closed",
        "Parking: 12 euros a night",
        "Is it safe?",
        "Yes.",
        "Write to the desk (a@example.org).",
    ]


def test_a_layout_table_is_none_and_a_consent_dialog_is_no_article():
    data = (
        f"<html><body><div id=gdpr-consent><p>We value your privacy. {LONG}</p></div><table><tr>"
        f"<td><a href=/>Home</a><td><h1>Gears</h1><p>{LONG}<p>The second has <b>sixty</b> teeth."
        "</table></body></html>"
    )
    blocks = read_html(data.encode(), "").documents[0].text.split("\n\n")
    assert [b for b in blocks if b != "Gears"] == [LONG, "The second has sixty teeth."]


def test_a_short_article_is_not_taken_for_the_notice_of_cookies_beside_it():
    notice = f"<div id=cookie class=consent><p>We use cookies. {LONG}</p><p>{LONG}</p></div>"
    sold = "The skiff went for 900 euros."
    for named, wanted in ((notice, [sold]), (notice.replace("cookies", "flour"), None)):
        data = f"<html><body>{named}<main><h1>Skiff</h1><p>{sold}</p></main></body></html>"
        blocks = read_html(data.encode(), "").documents[0].text.split("\n\n")
        if wanted:
            assert [b for b in blocks if b != "Skiff"] == wanted
        else:
            assert LONG in " ".join(blocks)


def test_a_page_that_a_script_would_fill_is_refused():
    data = b"<html><body><noscript>Please enable JavaScript.</noscript><div id=root></div></body></html>"
    with pytest.raises(ArticleError, match="if a script makes it, save it from a browser"):
        read_html(data, "")


def word(build):
    document = docx.Document()
    build(document)
    file = io.BytesIO()
    document.save(file)
    contents = read_docx(file.getvalue(), "")
    return contents.documents[0].text.split("\n\n"), list(contents.dropped)


def numbered(document, *levels):
    """Give a document a list of three levels, and paragraphs of it."""
    formats = (("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"))
    inner = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate(formats)
    )
    root = document.part.numbering_part.element
    abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{inner}</w:abstractNum>'
    root.insert(0, parse_xml(abstract))
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    for level, text in levels:
        properties = document.add_paragraph(text)._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = level
        properties.get_or_add_numId().val = 77


def test_the_numbers_that_word_gives_are_written():
    levels = [
        (0, "Hire"),
        (1, "It begins."),
        (1, "It ends."),
        (0, "Duties"),
        (1, "Never:"),
        (2, "smoke;"),
        (2, "lend."),
    ]
    blocks, _ = word(lambda document: numbered(document, *levels))
    assert blocks == [
        "1. Hire",
        "1.1 It begins.",
        "1.2 It ends.",
        "2. Duties",
        "2.1 Never:",
        "(a) smoke;",
        "(b) lend.",
    ]


def test_text_boxes_and_page_heads_of_word_are_read_and_struck_out_words_are_noted():
    def build(document):
        run = document.add_paragraph("Buckets may be filled.").add_run()
        box = OxmlElement("w:txbxContent")
        box.append(parse_xml(f"<w:p {nsdecls('w')}><w:r><w:t>Call Otto Krain.</w:t></w:r></w:p>"))
        holder = OxmlElement("w:pict")
        holder.append(box)
        run._r.append(holder)
        paragraph = document.add_paragraph("It costs ")
        paragraph.add_run("180").font.strike = True
        paragraph.add_run(" 150 euros and 10")
        paragraph.add_run("6").font.superscript = True
        paragraph.add_run(" stones.")
        document.sections[0].header.paragraphs[0].text = "Effective 3 March"

    blocks, dropped = word(build)
    assert blocks == [
        "Buckets may be filled.",
        "Call Otto Krain.",
        "It costs 150 euros and 10⁶ stones.",
        "Effective 3 March",
    ]
    assert dropped == ["struck-out words: “180”"]


def test_merged_cells_and_an_empty_corner_of_word_keep_their_columns():
    def build(document):
        table = document.add_table(rows=3, cols=3)
        for cell, text in zip(
            (c for row in table.rows for c in row.cells),
            ("", "Repair", "New", "Oar", "€35", "€180", "Rudder", "none", "€95"),
            strict=True,
        ):
            cell.text = text
        table.cell(2, 0).merge(table.cell(2, 1))

    blocks, _ = word(build)
    assert blocks == [
        "- Oar; Repair: €35; New: €180",
        "- Rudder, none; Repair: Rudder, none; New: €95",
    ]


OMML = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def math(inner):
    return parse_xml(f'<m:oMath xmlns:m="{OMML}">{inner}</m:oMath>')


def run(text):
    return f"<m:r><m:t>{text}</m:t></m:r>"


FRACTION = f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('c')}</m:den></m:f>"
ROOT = f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e>{run("2h")}</m:e></m:rad>'
SUM = (
    f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{run("i=1")}</m:sub><m:sup>{run("n")}</m:sup>'
    f"<m:e><m:sSub><m:e>{run('x')}</m:e><m:sub>{run('i')}</m:sub></m:sSub></m:e></m:nary>"
)
BRACKETS = (
    f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr><m:e>{run("t")}</m:e></m:d>'
)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (FRACTION, "(a+b)/c"),
        (f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>", "x^2"),
        (f"<m:sSup><m:e>{FRACTION}</m:e><m:sup>{run('10')}</m:sup></m:sSup>", "((a+b)/c)^10"),
        (run("v=") + ROOT, "v=√(2h)"),
        (SUM, "∑_(i=1)^n x_i"),
        (run("f") + BRACKETS, "f[t]"),
        (f"<m:func><m:fName>{run('sin')}</m:fName><m:e>{run('x')}</m:e></m:func>", "sin x"),
        (f"<m:m><m:mr><m:e>{run('1')}</m:e><m:e>{run('0')}</m:e></m:mr></m:m>", "[1, 0]"),
        (f"<m:phant>{run('y')}</m:phant>", "y"),
    ],
)
def test_an_equation_of_word_is_a_line(inner, said):
    def build(document):
        paragraph = document.add_paragraph("Here ")
        paragraph._p.append(math(inner))
        paragraph.add_run(" holds.")

    blocks, dropped = word(build)
    assert blocks == [f"Here {said} holds."]
    assert dropped == []


def test_an_equation_of_a_page_is_a_line_once():
    math = (
        "<math><semantics><mrow><mi>E</mi><mo>=</mo><mi>m</mi><mo>&#x2062;</mo><msup><mi>c</mi><mn>2</mn></msup>"
        "<mo>+</mo><mfrac><mrow><mi>a</mi><mo>−</mo><mn>1</mn></mrow><msqrt><mi>b</mi></msqrt></mfrac></mrow>"
        '<annotation encoding="application/x-tex">E=mc^2</annotation></semantics></math>'
    )
    katex = f'<span class="katex-mathml">{math}</span><span class="katex-html" aria-hidden="true">E=mc2</span>'
    wiki = f'<span>{math}</span><img class="mwe-math-fallback-image-inline" alt="E=mc^2 and so on" src="x.svg">'
    for shown in (math, katex, wiki):
        blocks, dropped = page(f"<p>The rule is that {shown} holds for every body of the town.</p>")
        assert blocks[2] == "The rule is that E = mc^2+(a−1)/√(b) holds for every body of the town."
        assert dropped == []


def test_each_sentence_of_a_comment_in_word_says_whose_it_is():
    def build(document):
        paragraph = document.add_paragraph("The bridge cost four million euros.")
        document.add_comment(paragraph.runs, text="Is it so? I read five.", author="Ada Lund")
        document.add_paragraph("It opened on Monday.")

    blocks, dropped = word(build)
    assert blocks == [
        "The bridge cost four million euros.",
        "Comment by Ada Lund: Is it so?",
        "Comment by Ada Lund: I read five.",
        "It opened on Monday.",
    ]
    assert dropped == []


@pytest.mark.parametrize("around", ["{}", "<div class=WordSection1>{}</div>"])
def test_a_page_that_is_all_document_keeps_its_headings(around):
    inner = around.format(f"<h1>Salt</h1><p>{LONG}</p><h2>What it costs</h2><p>{LONG}</p>")
    contents = read_html(f"<html><body>{inner}</body></html>".encode(), "")
    assert contents.documents[0].text.split("\n\n") == ["Salt", LONG, "What it costs", LONG]


def test_items_of_a_list_in_a_pdf_are_paragraphs_and_a_raised_mark_belongs_to_its_word():
    def draw(made):
        made.text(20, 30, "It was built in 1901 by Jonas Pell.")
        width = made.get_string_width("It was built in 1901 by Jonas Pell.")
        made.set_font_size(6)
        made.text(20 + width, 28.9, "1")
        made.set_font_size(10)
        for number, text in enumerate(("the roof of the mill", "the stairs"), start=1):
            made.text(20, 30 + 5 * number, f"{number}.")
            made.text(23, 30 + 5 * number, text)

    assert paper(draw) == [
        "It was built in 1901 by Jonas Pell.¹",
        "1. the roof of the mill",
        "2. the stairs",
    ]


def paper(draw):
    made = fpdf.FPDF(format="A4")
    made.set_font("Helvetica", size=10)
    made.add_page()
    draw(made)
    return read_pdf(bytes(made.output()), "").documents[0].text.split("\n\n")


def test_columns_of_a_pdf_that_are_written_across_are_read_one_after_the_other():
    left = "The committee reviewed the annual|report and approved the budget of|4.2 million euros for the coming|year. It chose a new chair.".split(
        "|"
    )
    right = "The swimming hall on Pier Street|will be closed for repairs from 3|June until the end of August. The|work costs 610,000 euros in all.".split(
        "|"
    )

    def draw(made):
        made.cell(0, 8, "News from the town council", new_x="LMARGIN", new_y="NEXT")
        for number, (a, b) in enumerate(zip(left, right, strict=True)):
            made.text(20, 40 + 5 * number, a)
            made.text(110, 40 + 5 * number, b)

    assert paper(draw) == ["News from the town council", " ".join(left), " ".join(right)]


def test_a_pdf_table_without_a_certain_head_stays_rows():
    def draw(made):
        made.cell(0, 8, "The seats are these.", new_x="LMARGIN", new_y="NEXT")
        for number, row in enumerate((("closed", "open", "later"), ("four", "nine", "two"))):
            for column, text in enumerate(row):
                made.text(20 + 40 * column, 40 + 8 * number, text)

    text = paper(draw)
    assert text == ["The seats are these.", "- closed; open; later", "- four; nine; two"]


def test_the_sentences_that_cases_of_any_kind_must_cite_are_whole_and_may_be_cited(
    shared, tmp_path
):
    path = shared / "cases" / "cases.jsonl"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    cases = [c for c in cases if c["expect"]["answerable"]]
    read = {}
    wrong = []
    for case in cases:
        key = case.get("file") or (case["form"], case["article"])
        if key not in read:
            file = (
                shared / "cases" / case["file"]
                if case.get("file")
                else tmp_path / f"a.{case['form']}"
            )
            if not case.get("file"):
                file.write_text(case["article"], encoding="utf-8")
            read[key] = [
                s.text
                for a in read_source(file).articles
                for s in a.sentences
                if s.citable and not s.asks
            ]
        wanted, every = case["expect"]["must_cite"], case["expect"].get("must_cite_all")
        if not (all if every else any)(any(part in s for s in read[key]) for part in wanted):
            wrong.append(case["id"])
    assert len(cases) > 200
    assert wrong == []
