"""Pictures of pages are read where the extra is installed, and are named where it is not."""

from __future__ import annotations

import fpdf
import pytest

from index import ArticleError, read_source
from index.sources.document import page_list
from index.sources.ocr import is_installed

INSTALLED = is_installed()
LINES = [
    "The new bridge over the river Arda cost 3.5 million euros.",
    "It was opened by the mayor, Mara Lindqvist, on 4 March.",
]


def picture_of(lines):
    """A picture of a page with lines."""
    pypdfium2 = pytest.importorskip("pypdfium2", reason="needs the extra ocr")
    paper = fpdf.FPDF(format=(150, 100))
    paper.set_font("Helvetica", size=12)
    paper.add_page()
    for line in lines:
        paper.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    return pypdfium2.PdfDocument(bytes(paper.output()))[0].render(scale=2.5).to_pil()


@pytest.fixture
def scan(tmp_path):
    """Makes a PDF of pages: texts, and lists of lines that stand in a picture."""

    def scan(*pages):
        paper = fpdf.FPDF(format=(150, 100))
        paper.set_font("Helvetica", size=12)
        for page in pages:
            paper.add_page()
            if isinstance(page, str):
                paper.multi_cell(0, 6, page, new_x="LMARGIN", new_y="NEXT")
            else:
                paper.image(picture_of(page), 0, 0, 150, 100)
        paper.output(str(tmp_path / "a.pdf"))
        return tmp_path / "a.pdf"

    return scan


@pytest.mark.skipif(not INSTALLED, reason="needs the extra ocr")
def test_a_picture_of_a_page_is_read_among_the_others_and_marked(scan):
    loaded = read_source(scan("It was cold on Monday.", LINES, "The meeting ended.", []))
    (article,) = loaded.articles
    assert [(s.text, s.page) for s in article.sentences] == [
        ("It was cold on Monday.", 1),
        (LINES[0], 2),
        (LINES[1], 2),
        ("The meeting ended.", 3),
    ]
    assert article.notes == (
        "left out: page 4, a picture in which OCR finds no text",
        "page 2 came from a picture, by OCR: letters may be wrong",
    )


@pytest.mark.skipif(not INSTALLED, reason="needs the extra ocr")
def test_lines_that_have_lower_letters_than_others_stay_in_their_paragraph(scan):
    lines = ["The work cost 340,000 euros in all, of which", "even as men ran", "no more came."]
    (article,) = read_source(scan(lines)).articles
    assert [s.text for s in article.sentences] == [" ".join(lines)]


@pytest.mark.skipif(not INSTALLED, reason="needs the extra ocr")
def test_pictures_without_a_letter_are_refused_in_one_line(scan):
    with pytest.raises(ArticleError, match="got pictures of pages in which OCR finds none"):
        read_source(scan([]))


def test_without_the_extra_pictures_are_named_with_what_reads_them(scan, monkeypatch):
    monkeypatch.setattr("index.sources.read.is_installed", lambda: False)
    loaded = read_source(scan("It was cold on Monday.", LINES, LINES, "It ended.", LINES))
    assert loaded.dropped == (
        "pages 2–3, 5, which only a picture shows (pip install 'article-qa[ocr]' reads them)",
    )
    with pytest.raises(
        ArticleError, match=r"got pictures of pages; pip install 'article-qa\[ocr\]'"
    ):
        read_source(scan(LINES))


def test_pages_are_listed_in_runs():
    assert page_list([3]) == "page 3"
    assert page_list([1, 2, 3, 7, 9, 10]) == "pages 1–3, 7, 9–10"
