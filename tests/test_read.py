"""Reading: every form of the same article gives the same sentences; what was left out is noted."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from pathlib import Path

import docx
import fpdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_files import SUFFIXES, in_form

from index import (
    Article,
    ArticleError,
    ArticleQAError,
    builtin_article,
    find_files,
    read_all,
    read_article,
    read_source,
)
from index.sources.codec import decode_contents
from index.sources.formats import FORMATS
from index.sources.sandbox import read_sandboxed
from index.sources.tables import Cell, table_blocks
from index.text.dates import iso_date
from index.text.language import detect_language
from qa import ArticleQA, Settings
from qa.cli.terminal_text import format_answer
from qa.notices import language_notice
from qa.readers.search_reader import SentenceReader

ROOT = Path(__file__).parents[1]
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = (
    "The mayor opens the bridge in Northport on Monday. (Herald/J. Doe)\n"
    "NORTHPORT - The mayor opened the bridge, which crosses the river Arda, after a long and costly "
    "delay. It took ten years, she said, and the well-known builder went bankrupt twice.\n"
    "It cost $3.5 million, according to Mr. Lee. The state-owned bank paid half of it.\n"
    "The bridge is closed to lorries until the spring, when the second lane will be ready."
)


def plain_marks(text):
    """A text of letters and marks that the fonts of every PDF reader have."""
    return text.translate(str.maketrans("“”’–", '""\'-'))


def as_markdown(lines):
    return "\n\n".join(lines).encode()


def as_html(lines, *, last=""):
    """A page with an article and what stands around one; its last line may head another list."""
    caption, *rest = [html.escape(line) for line in lines if line != last]
    paragraphs = [f"<p>{line}</p>" for line in rest]
    return f"""<!doctype html><html lang=en><head><meta charset=utf-8><title>A page - Herald</title>
<script>var tracking = 1</script></head><body>
<div id=cookie-banner class="cookie consent"><p>We use cookies to improve what you see here. By going
on you agree to that.</p><button>Accept all</button></div>
<header><a href=/>Herald</a><nav><ul><li><a href=/w>World</a><li><a href=/s>Sport</a></ul></nav></header>
<main><article><div class=share><a href=x>Facebook</a> <a href=y>Email</a></div>
<figure><img src=a.jpg alt=""><figcaption>{caption}</figcaption></figure>{"".join(paragraphs[:5])}
<div class=ad>Advertisement</div><aside class=related><h3>Related</h3><ul><li><a href=1>What the weather
will do</a></ul></aside>{"".join(paragraphs[5:])}</article>
<section class=most-read><h2>{html.escape(last)}</h2><ol><li><a href=2>Ten places to eat noodles</a>
<li><a href=3>The team wins after penalties</a></ol></section></main>
<footer><p>© 2023 Herald. All rights reserved.</p><ul><li><a href=t>Terms of use</a></ul><p>Sign up for
our newsletter</p></footer></body></html>""".encode()


def as_docx(lines, path):
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(path)


class Paper(fpdf.FPDF):
    """Small pages, with running heads and page numbers if wished."""

    running = False

    def header(self):
        if self.running:
            self.cell(0, 5, "The Northport Herald", new_x="LMARGIN", new_y="NEXT")
            self.ln(4)

    def footer(self):
        self.set_y(-12)
        if self.running:
            self.cell(0, 5, f"Page {self.page_no()}")


def as_pdf(lines, path, *, running=False, hyphens=False, size=(120, 90)):
    """A PDF of wrapped lines; with ``hyphens`` plain words are broken at the ends of lines."""
    paper = Paper(format=size)
    paper.running = running
    if FONT.is_file():
        paper.add_font("Own", "", fname=FONT)
    paper.set_font("Own" if FONT.is_file() else "Helvetica", size=9)
    paper.set_auto_page_break(True, 15)
    paper.add_page()
    for line in lines:
        if hyphens:
            for piece in wrapped(line, 50):
                paper.cell(0, 5, piece, new_x="LMARGIN", new_y="NEXT")
        else:
            paper.multi_cell(0, 5, line, align="L")
        paper.ln(3)
    paper.output(str(path))


def wrapped(text, width):
    """Lines of a text, filled by breaking plain words, as a typesetter does."""
    lines, line = [], ""
    for word in text.split(" "):
        rest, room = word, width - len(line) - 2
        if len(line) + len(word) >= width:
            if word.isalpha() and word.islower() and len(word) > 7 and 3 <= room <= len(word) - 3:
                line, rest = f"{line} {word[:room]}-", word[room:]
            lines, line = [*lines, line], ""
        line = f"{line} {rest}".strip()
    return [*lines, line]


def in_all_forms(text, folder):
    lines = [line for line in text.split("\n") if line.strip()]
    (folder / "a.txt").write_text(text, encoding="utf-8")
    (folder / "a.md").write_bytes(as_markdown(lines))
    (folder / "a.html").write_bytes(as_html(lines))
    as_docx(lines, folder / "a.docx")
    as_pdf(lines, folder / "a.pdf")
    return [folder / f"a.{form}" for form in ("txt", "md", "html", "docx", "pdf")]


def cited(article):
    """The sentences that may be cited."""
    return [(s.text, s.kind) for s in article.sentences if s.citable]


def test_every_form_gives_the_same_sentences(tmp_path):
    first, *others = [read_article(path) for path in in_all_forms(TEXT, tmp_path)]
    assert len(cited(first)) == 6
    for article in others:
        assert cited(article) == cited(first)
        assert all(article.text[s.start : s.end] == s.text for s in article.sentences)


def answers_in_every_form(text, questions, folder, *, last=""):
    """For each form of a text its sentences and what is answered to each question."""
    lines = [line for line in text.split("\n") if line.strip()]
    forms = in_all_forms(text, folder)
    (folder / "a.html").write_bytes(as_html(lines, last=last))
    as_pdf(lines, folder / "b.pdf", running=True, hyphens=True, size=(120, 180))
    results, asked = [], {}
    for path in (*forms, folder / "b.pdf"):
        article = read_article(path, title="The article")
        pages = {s.page for s in article.sentences}
        assert (pages == {None}) == (path.suffix != ".pdf")
        assert path.suffix != ".pdf" or len(pages) > 1
        if article.text not in asked:  # the same text has the same answers
            answers = ArticleQA.from_articles([article]).ask_many(questions)
            asked[article.text] = [
                (a.status, a.short_answer, [c.quote for c in a.citations]) for a in answers
            ]
        results.append((path.name, cited(article), asked[article.text]))
    return results


def test_the_built_in_article_gives_the_same_sentences_and_answers_in_every_form(tmp_path):
    text = builtin_article().text if FONT.is_file() else plain_marks(builtin_article().text)
    questions = [
        "How many areas does the partnership plan cover?",
        "Who signed the plan?",
        "Who is the president of France?",
    ]
    last = text.strip().rpartition("\n")[2]
    title, caption, *rest = [line for line in text.split("\n") if line.strip()]
    first, *others = answers_in_every_form(
        "\n\n".join([caption, title, *rest]), questions, tmp_path, last=last
    )
    assert [status for status, *_ in first[2]] == ["answered", "answered", "not_found"]
    for other in others:
        assert other[1:] == first[1:], other[0]


def test_the_real_article_gives_the_same_sentences_and_answers_in_every_form(shared, tmp_path):
    text = (shared / "article.txt").read_text(encoding="utf-8")
    text = text if FONT.is_file() else plain_marks(text)
    rows = (shared / "questions" / "article_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(row)["question"] for row in rows]
    last = text.strip().rpartition("\n")[2]
    first, *others = answers_in_every_form(text, questions, tmp_path, last=last)
    assert len(first[1]) > 20
    assert len(first[2]) == len(questions) == 38
    for other in others:
        assert other[1:] == first[1:], other[0]


def test_pages_of_a_pdf_are_kept_and_cited(tmp_path, encoder):
    as_pdf(
        [*TEXT.split("\n"), "Ada planned the bridge in 1931."] * 2, tmp_path / "a.pdf", running=True
    )
    loaded = read_source(tmp_path / "a.pdf")
    (article,) = loaded.articles
    pages = [s.page for s in article.sentences]
    assert pages[0] == 1
    assert pages == sorted(pages)
    assert pages[-1] > 2
    what = "running heads, feet and page numbers (“The Northport Herald”)"
    assert loaded.dropped == (f"{2 * pages[-1]} {what}",)
    assert "Herald" not in article.text.replace("(Herald/J. Doe)", "")
    answer = ArticleQA.from_articles(
        [article], Settings(encoder=encoder, reader=SentenceReader())
    ).ask("When was the bridge planned?")
    assert answer.citations[0].page in pages
    assert answer.to_dict()["citations"][0]["page"] == answer.citations[0].page
    assert f"(page {answer.citations[0].page}) " in format_answer(answer)


def test_words_and_lines_of_a_pdf_are_joined(tmp_path):
    lines = [
        (
            "The agreement on coun-\nterterrorism and cyber defense was signed by all of the coun-\n"
            "tries. The US-\nled alliance wants a state-\nowned bank, and the state-owned bank agreed."
        ),
        "Another paragraph follows.",
    ]
    as_pdf(lines, tmp_path / "a.pdf")
    article = read_article(tmp_path / "a.pdf")
    assert article.text == (
        "The agreement on counterterrorism and cyber defense was signed by all of the countries. "
        "The US-led alliance wants a state-owned bank, and the state-owned bank agreed.\n\n"
        "Another paragraph follows."
    )


TABLE = ["- Country: France; Capital: Paris", "- Country: Peru; Capital: Lima"]


def test_headings_lists_and_tables_of_a_page_survive(tmp_path):
    (tmp_path / "a.html").write_text(
        "<html lang=en><head><title>Ports - Herald</title>"
        '<meta property="article:published_time" content="2023-07-11T10:00:00Z"></head><body>'
        "<nav><ul><li><a href=x>World</a><li><a href=y>Sport</a></ul></nav><article>"
        f"<h1>Ports</h1><p>{TEXT}</p><h2>What was agreed</h2><ul><li>A new pier is built<li>Fees fall</ul>"
        "<table><tr><th>Country<th>Capital<tr><td>France<td>Paris<tr><td>Peru<td>Lima</table>"
        "<p>The mayor said that the pier will be ready in the spring of next year.</p></article>"
        "<script>let secret = 1</script></body></html>"
    )
    loaded = read_source(tmp_path / "a.html")
    (article,) = loaded.articles
    lines = article.text.split("\n\n")
    assert (article.title, article.date, article.language) == ("Ports", "2023-07-11", "en")
    assert {"What was agreed", "- A new pier is built", "- Fees fall", *TABLE} <= set(lines)
    kinds = {s.text: s.kind for s in article.sentences}
    assert kinds["What was agreed"] == "heading"
    assert kinds["- Country: France; Capital: Paris"] == "row"
    assert "secret" not in article.text
    assert "World" not in article.text


def test_headings_lists_and_tables_of_markdown_survive(tmp_path):
    (tmp_path / "a.md").write_text(
        "---\ntitle: 'Ports: a report'\ndate: 2024-05-31\n---\n# Ports\n\nThe *pier*  is **new**, see "
        "[the plan](https://example.org/x).\nIt is `long`. ![a picture](p.png)\n\n- One thing\n"
        "  goes on\n- Two things\n\n| Country | Capital |\n| --- | --- |\n| France | Paris |\n"
        "| Peru | Lima |\n\n<div>HTML</div>\n"
    )
    loaded = read_source(tmp_path / "a.md")
    (article,) = loaded.articles
    assert article.text.split("\n\n") == [
        "Ports",
        "The pier is new, see the plan (https://example.org/x). It is long.",
        "Picture: a picture",
        "- One thing goes on",
        "- Two things",
        *TABLE,
        "HTML",
    ]
    assert (article.title, article.date) == ("Ports: a report", "2024-05-31")
    assert loaded.dropped == ()


def test_headings_lists_and_tables_of_a_word_document_survive(tmp_path):
    document = docx.Document()
    document.core_properties.title = "Ports"
    document.add_heading("What was agreed", level=2)
    document.add_paragraph("The pier is new.")
    document.add_paragraph("One thing", style="List Bullet")
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(
        table.rows, [("Country", "Capital"), ("France", "Paris"), ("Peru", "Lima")], strict=True
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
            cell.paragraphs[0].runs[0].bold = text in ("Country", "Capital")
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.save(tmp_path / "a.docx")
    loaded = read_source(tmp_path / "a.docx")
    assert loaded.articles[0].text.split("\n\n") == [
        "What was agreed",
        "The pier is new.",
        "- One thing",
        *TABLE,
        "Confidential",
    ]
    assert loaded.articles[0].title == "Ports"
    assert loaded.dropped == ()


def test_numbered_lists_code_and_breaks_of_markdown_read_well(tmp_path):
    (tmp_path / "a.md").write_text(
        "1. One\n   - Inner\n2. Two\n\n   goes on\n\n```\ndef f():\n    return 1\n```\n\nA<br>break.\n"
    )
    assert read_article(tmp_path / "a.md").text.split("\n\n") == [
        "1. One",
        "- Inner",
        "2. Two",
        "goes on",
        "def f():\n    return 1",
        "A break.",
    ]


def test_what_a_page_holds_outside_plain_paragraphs_is_read_or_noted(tmp_path):
    (tmp_path / "a.html").write_text(
        f"<html><body><article><h1>Ports</h1><p>{TEXT}</p>"
        "<p>It was measured.<sup><a href=#n>[1]</a></sup> It is 40 m<sup>2</sup> large.<sup>2</sup></p>"
        "<div>Prose that stands in a div and in no paragraph is prose too.</div>"
        "<table><caption>What is where</caption><tr><th>Country<th>Capital<tr><td>France<td>Paris"
        "<tr><td>Peru<td>Lima</table><ol><li>One<ul><li>Inner</ul><li>Two</ol><pre>x = 1\ny = 2</pre>"
        f"<p>{TEXT}</p></article></body></html>"
    )
    loaded = read_source(tmp_path / "a.html")
    wanted = [
        "It was measured. It is 40 m2 large.",
        "Prose that stands in a div and in no paragraph is prose too.",
        "What is where",
        *TABLE,
        "1. One",
        "- Inner",
        "2. Two",
        "x = 1\ny = 2",
    ]
    lines = loaded.articles[0].text.split("\n\n")
    assert [line for line in lines if line in wanted] == wanted
    assert "2 footnote marks" in loaded.dropped


def test_ligatures_and_bullets_of_a_pdf_are_plain(tmp_path):
    if not FONT.is_file():
        pytest.skip("needs a font with ligatures")
    as_pdf(
        ["The o\ufb03ce \ufb01les it.", "• The pier moved. It was measured."], tmp_path / "a.pdf"
    )
    article = read_article(tmp_path / "a.pdf")
    assert [s.text for s in article.sentences] == [
        "The office files it.",
        "• The pier moved.",
        "It was measured.",
    ]


def test_the_notes_of_a_word_document_are_counted_and_what_is_no_list_is_none(tmp_path):
    document = docx.Document()
    document.add_paragraph(
        "Plain text."
    )._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 0
    run = document.add_paragraph("It was measured.").add_run()._r
    run.append(run.makeelement(f"{W}footnoteReference", {f"{W}id": "2"}))
    document.save(tmp_path / "a.docx")
    loaded = read_source(tmp_path / "a.docx")
    assert loaded.articles[0].text == "Plain text.\n\nIt was measured."
    assert loaded.dropped == ("1 footnote",)


def test_a_table_row_reads_by_itself():
    rows = [[Cell(text) for text in row] for row in (("", "2020"), ("Oil", "4"), ("", ""))]
    assert table_blocks(rows) == table_blocks(rows, 1) == ["- Oil; 2020: 4"]
    assert table_blocks([[Cell("a"), Cell("b")]], 1) == ["- a; b"]


def test_articles_of_a_jsonl_file_keep_what_is_said_of_them(tmp_path):
    rows = [
        {"text": "One opened.", "title": "T", "source": "Herald", "date": "2024-05-31T08:00", "url": "https://h.example/1"},
        {"text": "Two opened.", "id": "b", "date": "May"},
        {"text": "Three opened."},
        {"title": "no text"},
        "no object",
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n")
    loaded = read_source(path)
    assert [(a.text, a.source, a.date) for a in loaded.articles] == [
        ("One opened.", "Herald, https://h.example/1", "2024-05-31"),
        ("Two opened.", f"{path}#b", ""),
        ("Three opened.", f"{path}#3", ""),
    ]
    assert loaded.articles[0].title == "T"
    assert [what.partition(":")[0] for what in loaded.dropped] == [
        "line 2",
        "line 4",
        "line 5",
        "line 6",
    ]
    with pytest.raises(ArticleError, match="must hold one article, got 3"):
        read_article(path)


def test_half_characters_of_a_jsonl_file_are_replaced_and_noted(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "A \\ud800 opened.", "title": "\\udfff"}')
    loaded = read_source(tmp_path / "a.jsonl")
    assert (loaded.articles[0].text, loaded.articles[0].title) == ("A \ufffd opened.", "\ufffd")
    assert loaded.dropped == ("1 half character (lone surrogates)",)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("2024-05-31T10:00Z", "2024-05-31"), (" 2024-05 ", "2024-05"), ("2024", "2024"), ("2024-13-01", ""), ("May 3", ""), ("", "")],
)  # fmt: skip
def test_a_date_is_iso_8601_or_none(given, wanted):
    assert iso_date(given) == wanted


def test_an_article_refuses_a_date_that_is_none():
    with pytest.raises(ValueError, match=r"date must be as in 2024-05-31, got 'May'"):
        Article.from_text("It opened.", date="May")


def test_text_in_another_encoding_is_read_and_the_guess_is_noted(tmp_path):
    text = "Le café de l'hôtel a été fermé à Noël, où la forêt brûlait déjà depuis février. " * 5
    (tmp_path / "a.txt").write_bytes(text.encode("cp1252"))
    loaded = read_source(tmp_path / "a.txt")
    assert loaded.articles[0].text == text
    assert "the charset is a guess" in loaded.dropped[0]
    (tmp_path / "b.txt").write_bytes(("\ufeff" + text).encode("utf-16-le"))
    assert read_article(tmp_path / "b.txt").text == text


def test_a_folder_gives_what_can_be_read_below_it_and_nothing_from_outside(tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    outside = tmp_path / "outside.txt"
    outside.write_text("A secret.")
    for name in ("b.TXT", "a.md", "deep/c.html", ".hidden.txt", ".git/x.txt", "d.exe"):
        (folder / name).write_text("It opened.")
    (folder / "link.txt").symlink_to(outside)
    (folder / "dead.txt").symlink_to(folder / "none")
    names = [path.relative_to(folder).as_posix() for path in find_files(folder)]
    assert names == ["a.md", "b.TXT", "deep/c.html"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArticleError, match="must hold"):
        read_all([tmp_path / "empty"])


def test_what_is_left_out_is_told_of_each_source_and_noted_of_its_article(tmp_path):
    (tmp_path / "a.md").write_text("The bridge opened. ![a](p.png)\n\n<div>x</div>\n")
    (tmp_path / "b.txt").write_text("The bridge opened.\n\nMOST POPULAR\n\nIt cost a lot.")
    (tmp_path / "c.json").write_text("{}")
    (tmp_path / "D.JSON").write_text("{}")
    (tmp_path / "e").write_text("It opened.")
    lines = []
    articles = read_all([tmp_path], notify=lines.append)
    assert lines == [
        f"left out: 3 files of no known kind in {tmp_path} (.json, e)",
        f"{tmp_path / 'a.md'}: left out: 1 picture",
        f"{tmp_path / 'b.txt'}: {SET_ASIDE}",
    ]
    assert [article.notes for article in articles] == [
        ("left out: 1 picture",),
        (),
    ]
    assert "x" in articles[0].text.split()  # HTML inside Markdown is text, too
    assert articles[1].n_set_aside == 1


SET_ASIDE = (
    "1 line taken for credits or site furniture, and searched only where nothing else answers"
)


def test_an_answer_says_what_was_left_out_of_what_it_was_read_from(tmp_path, encoder):
    (tmp_path / "a.md").write_text("The bridge opened on Monday. ![a](p.png)\n")
    (tmp_path / "b.txt").write_text("The harbour has three cranes.\n\nMOST POPULAR\n\nIt is old.")
    settings = Settings(encoder=encoder, reader=SentenceReader())
    alone = ArticleQA.from_files([tmp_path / "a.md"], settings)
    answer = alone.ask("When did the bridge open?")
    assert answer.notes == ("left out: 1 picture",)
    assert answer.to_dict()["notes"] == ["left out: 1 picture"]
    both = ArticleQA.from_files([tmp_path], settings)
    title = both.articles[0].title
    assert both.ask("When did the bridge open?").notes == (f"“{title}”: left out: 1 picture",)
    unknown = ArticleQA.from_files([tmp_path / "b.txt"], settings).ask("Who sings?")
    assert not unknown.given
    assert unknown.notes == (SET_ASIDE,)
    assert ArticleQA.from_text("It opened.", settings).ask("What opened?").notes == ()


def test_a_file_of_no_known_name_is_recognised_by_its_first_bytes(tmp_path):
    as_docx(["The bridge opened."], tmp_path / "word")
    (tmp_path / "text").write_text("The bridge opened.")
    (tmp_path / "page").write_text(
        "<!DOCTYPE html><html><body><p>The bridge opened.</p></body></html>"
    )
    assert {a.text for a in read_all([tmp_path / n for n in ("word", "text", "page")])} == {
        "The bridge opened."
    }


def test_the_child_is_found_from_any_folder_and_takes_no_module_from_it(tmp_path):
    for name in ("index", "json", "docx", "lxml"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken')")
    (tmp_path / "a.md").write_text("The *bridge* opened.")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import os; os.chdir(sys.argv[1]); import index; print(index.read_article('a.md').text)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("The bridge opened.\n", "")


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_sandbox_reads_without_numpy_and_what_no_source_uses(form, tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}))
    in_all_forms(TEXT, tmp_path)
    for suffix in SUFFIXES:
        (tmp_path / f"a{suffix}").write_bytes(in_form(suffix, TEXT.split("\n")))
    paths = [tmp_path / f"a{suffix}" for suffix in form.suffixes]
    path = next(path for path in paths if path.exists())
    code = (
        "import sys; from index.sources import worker; worker.main(sys.argv[1]); "
        "print(*(name for name, module in sys.modules.items() if module), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, form.name],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert decode_contents(done.stdout).documents[0].sentences
    modules = set(done.stderr.decode().split())
    assert f"index.sources.{form.name}" in modules
    assert not modules & {"numpy", "py3langid", "PIL", "fontTools", "index.types"}
    others = {f"index.sources.{each.name}" for each in FORMATS if each != form}
    assert not modules & others


def test_a_child_that_dies_is_an_error(monkeypatch):
    monkeypatch.setattr("index.sources.sandbox.WALL_SECONDS", 0.001)
    with pytest.raises(ArticleError, match="must be readable within"):
        read_sandboxed(b"x", "markdown")


@pytest.mark.parametrize(
    "text",
    [
        "12 “Away From Home! A Storm's Gift!” “Kazemachi no Okurimono!” (風待ち の 贈り物 !) May 3, 2015",
        "Keepers 1 Tom Hale 13 Ben Moss Defenders 2 Jack Reed 3 Will Storey 5 Sam Pike 6 Ned Cole",
    ],
)
def test_a_name_in_its_own_script_and_a_list_of_names_make_no_other_language(text):
    assert Article.from_text(text).language in ("", "en")


KOREAN = '서울시는 월요일 새 다리를 열었다. 건설에는 10년이 걸렸습니다! 시장은 "우리는 자랑스럽다."라고 말했다.'
FRENCH = (
    "Le pont a été ouvert lundi. M. Dupont a dit : « Nous sommes fiers. » Il a coûté 3,5 millions."
)
ARABIC = "افتتح العمدة الجسر يوم الاثنين. هل كلف الكثير؟ بلغت التكلفة 3.5 مليون دولار."
CHINESE = "市长星期一为大桥揭幕。工程历时十年！他说：“我们感到自豪。”为什么这么贵？"
JAPANESE = "市長は月曜日に橋を開通させた。「誇りに思う。」と述べた。工事は十年かかった！"


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("ko", KOREAN, ["열었다.", "걸렸습니다!", "말했다."]),
        ("fr", FRENCH, ["lundi.", "fiers. »", "millions."]),
        ("ar", ARABIC, ["الاثنين.", "الكثير؟", "دولار."]),
        ("zh", CHINESE, ["揭幕。", "十年！", "自豪。”", "这么贵？"]),
        ("ja", JAPANESE, ["させた。", "述べた。", "かかった！"]),
    ],
)
def test_other_scripts_are_known_and_split(language, text, ends):
    article = Article.from_text(text)
    assert article.language == language
    assert len(article.sentences) == len(ends)
    for sentence, end in zip(article.sentences, ends, strict=True):
        assert sentence.text.endswith(end)
    assert len(article.title) <= 82


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (KOREAN, "euc-kr"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE * 2, "gb18030"),
        (FRENCH * 3, "cp1252"),
        ("Мэр открыл мост в понедельник. Строительство заняло десять лет.", "cp1251"),
        ("The mayor’s bridge – it cost “a lot” – was opened, and the city paid for it.", "cp1252"),
        (KOREAN, "utf-16"),
        (KOREAN, "utf-8-sig"),
    ],
)
def test_text_in_many_encodings_is_read(tmp_path, text, encoding):
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    loaded = read_source(tmp_path / "a.txt")
    assert loaded.articles[0].text == text
    assert bool(loaded.dropped) == (not encoding.startswith("utf"))


def test_short_english_is_not_taken_for_another_language():
    for (
        text
    ) in "It opened.|NATO summit in Vilnius|Yoon meets Kishida in Tokyo|Die Hard is a film".split(
        "|"
    ):
        assert detect_language(text) in ("", "en")


@pytest.mark.parametrize("text", ["", "7, 8, 9.", "Yonhap", "OK."])
def test_a_text_that_says_too_little_has_no_language(text):
    assert detect_language(text) == ""


def test_a_foreign_article_is_noted_once_with_the_option_that_serves_it():
    korean, french = Article.from_text(KOREAN, title="다리"), Article.from_text(FRENCH)
    notice = language_notice([korean])
    assert notice.startswith("“다리” seems to be in Korean, but")
    assert "--encoder NAME" in notice
    assert language_notice([korean, french]).startswith(
        "2 articles seem to be in French and Korean"
    )
    assert language_notice([korean], "another-model") is None
    assert (
        language_notice([Article.from_text(TEXT), Article.from_text("7, 8.", language="")]) is None
    )
    with pytest.warns(UserWarning, match="seems to be in Korean"):
        ArticleQA.from_articles([korean], Settings(reader=SentenceReader()))


def test_the_command_line_notes_a_foreign_article_and_still_finds(tmp_path):
    (tmp_path / "a.txt").write_text(KOREAN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import qa.cli.main; qa.cli.main.run(qa.cli.main.app)", "retrieve", "다리", "--article", tmp_path],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0
    assert "열었다" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("article-qa: note: “")
    assert "Korean" in line


PIECES = (
    "A bridge. |\n\n|\r\n|“|»|\0|\ud800|？|C\xa0.|\u3000|e\u0301|\u202e|- |1. |(AP)|MOST POPULAR\n"
    "|The mayor said: “No.” |Mr. |가다. |“…다.”라고 |هل؟ |😀|&amp;<b>|\\|`|$x$|\ufeff|\u2028|\x1b[1m"
).split("|")
TEXTS = st.lists(st.text(max_size=40) | st.sampled_from(PIECES), max_size=40).map("".join)


def check_any_article(text, question, encoder, reader):
    """Ask an article of any text any question; whether it could be asked."""
    try:
        article = Article.from_text(text)
        engine = ArticleQA.from_articles([article], Settings(encoder=encoder, reader=reader))
        answer = engine.ask(question)
    except ArticleQAError:
        return False
    json.dumps(answer.to_dict(), allow_nan=False).encode()
    answer.to_markdown().encode()
    format_answer(answer).encode()
    for citation in (*answer.citations, *answer.nearest):
        assert article.text[citation.start : citation.end] == citation.quote
        assert article.sentences[citation.sentence_number].text == citation.quote
        assert citation.answer_span is None or (
            citation.start <= citation.answer_span[0] < citation.answer_span[1] <= citation.end
        )
    for hit in answer.hits:
        assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text
    return True


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, question=st.just("What of the bridge?") | TEXTS)
@pytest.mark.filterwarnings("ignore:.* seems to be in")
def test_any_article_is_asked_with_exact_quotes_or_refused(encoder, text, question):
    check_any_article(text, question, encoder, SentenceReader())
