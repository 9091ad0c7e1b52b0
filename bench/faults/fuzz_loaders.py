"""Fuzz the loaders with atheris: whatever a file holds, its loader says what is wrong or reads it.

The first byte says the form; the rest is the file, or for a Word document its body. An exception of
a library is what the child process turns into an error; one that our own code raises is a fault, and
so is a text whose sentences or pages are not where they are said to be. It begins with a sound file
of each form.

python bench/faults/fuzz_loaders.py [-max_total_time=60] [-max_len=…]
"""

from __future__ import annotations

import io
import logging
import re
import sys
import tempfile
import traceback
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import atheris
import docx
import fpdf

with atheris.instrument_imports(include=["index"]):
    from index.errors import ArticleError
    from index.sources.codec import decode_contents, encode_contents
    from index.sources.document import Contents
    from index.sources.docx import read_docx
    from index.sources.html import read_html
    from index.sources.jsonl import read_jsonl
    from index.sources.markdown import read_markdown
    from index.sources.pdf import read_pdf
    from index.sources.txt import read_txt
    from index.text.splitter import split_text
    from index.types import Article

PACKAGE = str(Path(sys.modules["index.sources.document"].__file__ or "").parents[1])
SENTENCE = "The bridge was opened on Monday. It cost a lot, says the state-\nowned bank.\n"
HTML = (
    "<html><head><title>Bridge</title><meta charset=utf-8></head><body><article><h1>Bridge</h1><p>"
    f"{SENTENCE * 3}<sup><a href=#1>1</a></sup></p><figure><img><figcaption>A bridge.</figcaption>"
    "</figure><ol><li>One<ul><li>Two</ul></ol><table><caption>C</caption><tr><th>A<th>B<tr><td>1<td>2"
    "</table><pre>x = 1\ny = 2</pre></article><footer>Terms</footer></body></html>"
)
MARKDOWN = (
    f"---\ntitle: T\ndate: 2024-05-31\n---\n# Bridge\n\n{SENTENCE}\n1. One\n   - Two\n\n"
    "| A | B |\n| - | - |\n| 1 | 2 |\n\n```\nx = 1\n```\n\n<div>x</div>\n\n![p](x) `y` <br> [l](z)\n"
)


def pdf() -> bytes:
    """Return a PDF of two pages with heads and feet, not packed, so that its text can be changed."""
    paper = fpdf.FPDF()
    paper.set_compression(False)
    paper.set_font("Helvetica", size=12)
    for number in (1, 2):
        paper.add_page()
        paper.cell(0, 5, "The Herald", new_x="LMARGIN", new_y="NEXT")
        paper.multi_cell(0, 5, SENTENCE * 2)
        paper.cell(0, 5, f"Page {number}")
    return bytes(paper.output())


def word_body() -> bytes:
    """Return the XML of a Word document with a list and a table."""
    document = docx.Document()
    document.add_heading("Bridge", 1)
    document.add_paragraph(SENTENCE)
    document.add_paragraph("One", style="List Number")
    document.add_table(rows=2, cols=2).cell(0, 0).text = "A"
    file = io.BytesIO()
    document.save(file)
    return zipfile.ZipFile(file).read("word/document.xml")


def word(body: bytes) -> bytes:
    """Return a Word document of a body."""
    source = io.BytesIO()
    docx.Document().save(source)
    file = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, body if name == "word/document.xml" else old.read(name))
    return file.getvalue()


FORMS = (
    (read_txt, "Café. ".encode("cp1252") * 20),
    (read_html, HTML.encode()),
    (read_markdown, MARKDOWN.encode()),
    (
        read_jsonl,
        b'{"text": "It opened.", "title": "T", "date": "2024-05-31", "id": 1}\n{"x": 1}\n',
    ),
    (read_pdf, pdf()),
    (read_docx, word(word_body())),
    (lambda data, charset: read_docx(word(data), charset), word_body()),
)
COUNTS = dict.fromkeys(("read", "refused", "refused by a library's own exception"), 0)


def try_one(data: bytes) -> None:
    """Read a file as the bytes say."""
    read = FORMS[data[0] % len(FORMS)][0] if data else FORMS[0][0]
    if sum(COUNTS.values()) % 5000 == 0:
        print(COUNTS, flush=True)
    try:
        contents = read(data[1:], "")
    except ArticleError as error:
        COUNTS["refused"] += 1
        if not re.fullmatch(r"must .+", error.reason):
            raise
        return
    except Exception as error:
        if traceback.extract_tb(error.__traceback__)[-1].filename.startswith(PACKAGE):
            raise
        COUNTS["refused by a library's own exception"] += 1
        return
    COUNTS["read"] += 1
    check(contents)


def check(contents: Contents) -> None:
    """Raise where the pages or sentences of documents are not where they must be."""
    split = []
    for document in contents.documents:
        text, starts = document.text, document.page_starts
        assert list(starts) == sorted(starts)
        assert all(0 <= start <= len(text) for start in starts)
        sentences = split_text(text, starts)
        split.append(replace(document, page_starts=(), sentences=sentences))
    decoded = decode_contents(encode_contents(Contents(split, list(contents.dropped))))
    assert decoded == Contents(split, list(contents.dropped))
    for document in decoded.documents:
        if any(row.kind != "furniture" for row in document.sentences or ()):
            article = Article.from_text(document.text, sentences=document.sentences, language="en")
            assert all(article.text[s.start : s.end] == s.text for s in article.sentences)


def main() -> None:
    """Fuzz, from a corpus of sound files, and tell at the end how it went."""
    warnings.simplefilter("ignore")
    logging.disable()
    corpus = tempfile.mkdtemp(prefix="article-qa-fuzz-")
    for number, (_, seed) in enumerate(FORMS):
        Path(corpus, str(number)).write_bytes(bytes([number]) + seed)
    given = sys.argv[1:] or ["-max_total_time=60"]
    limits = ["-timeout=30", "-rss_limit_mb=2000", "-max_len=20000"]
    atheris.Setup([sys.argv[0], *limits, *given, corpus], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
