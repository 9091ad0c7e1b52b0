"""Files that strangers made to do harm: each is refused in one line or read, and nothing else happens.

The files are made here. ``bench/faults/hostile_files.py`` reads the slow ones too and prints a table.
"""

from __future__ import annotations

import base64
import io
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from pathlib import Path
from urllib.request import Request, urlopen

import openpyxl
import pytest
from sample_files import ODF, epub, feed, odf, pptx, saved, shape, xlsx, zipped

from index import ArticleError, read_all, read_source
from qa import ArticleQA

ROOT = Path(__file__).parents[1]
SECONDS = 30
MEGABYTES = 1000
OCR_MEGABYTES = 2600  # a page without text is a picture; OCR has limits of its own
PICTURES = {"circle-form.pdf"}
SENTENCE = "The bridge across the river was opened by the mayor on Monday. "
CANARY = "canary-7f3a"

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONSHIPS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


def docx(body, *, doctype="", extra=()):
    """A Word document whose body is given as XML, or as chunks of bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONSHIPS)
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            part.write(f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{W}"><w:body>'.encode())
            for chunk in [body.encode()] if isinstance(body, str) else body:
                part.write(chunk)
            part.write(b"</w:body></w:document>")
        for name, data in extra:
            archive.writestr(name, data)
    return file.getvalue()


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(*objects, trailer="", first="%PDF-1.4\n"):
    """A PDF of objects, numbered from 1; the first is the catalog."""
    data, offsets = first.encode(), []
    for number, written in enumerate(objects, start=1):
        offsets.append(len(data))
        content = written if isinstance(written, bytes) else written.encode("latin-1")
        data += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = f"/Size {len(objects) + 1} /Root 1 0 R"
    return data + f"trailer\n<<{trailer or size}>>\nstartxref\n{start}\n%%EOF\n".encode()


def stream(data, fields=""):
    return f"<<{fields} /Length {len(data)}>>\nstream\n".encode() + data + b"\nendstream"


def page_of(content, *more, fields=""):
    """A PDF of one page with a content stream (object 4) and a font (object 5)."""
    return pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        f"/Resources <</Font <</F1 5 0 R>> {fields}>> >>",
        content,
        "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
        *more,
    )


def drawn(text):
    return f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode()


def deflated(megabytes, piece):
    """Megabytes of a repeated piece, packed by zlib without ever being held."""
    packer = zlib.compressobj(9)
    block = (piece * (2**20 // len(piece) + 1))[: 2**20]
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def locked_pdf():
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(page_of(stream(drawn(SENTENCE))))))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def laughs(root, inner):
    """A billion laughs: entities of entities, nine deep."""
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10))
    return f"<!DOCTYPE {root} [{entities}]>", inner.format("&a9;")


DOCX_BOMB, DOCX_LAUGHS = laughs("w:document", paragraph(SENTENCE + "{}"))
HTML_BOMB, HTML_LAUGHS = laughs("html", "<html><body><p>" + SENTENCE + "{}</p></body></html>")
OUTSIDE = '<!DOCTYPE {} [<!ENTITY x SYSTEM "file://{{canary}}">]>'


EPUB_BOMB, EPUB_LAUGHS = laughs("container", "<container><rootfiles>{}</rootfiles></container>")
EPUB_LAUGHS = EPUB_BOMB + EPUB_LAUGHS
ODF_BOMB, ODF_LAUGHS = laughs(
    "d",
    f"<office:document-content {ODF}><office:body><office:text><text:p>{{}}</text:p>"
    "</office:text></office:body></office:document-content>",
)
PPTX_LAUGHS = "".join(laughs("p", "<p>{}</p>"))
RSS_BOMB, RSS_LAUGHS = laughs(
    "rss",
    f"<rss version='2.0'><channel><item><title>A</title><description>{SENTENCE}{{}}</description></item></channel></rss>",
)
XLSX_BOMB = laughs("worksheet", "{}")[0]
CIRCLE = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    + "".join(
        f'<Relationship Id="s{i}" Type="x/slide" Target="presentation.xml"/>' for i in range(2)
    )
    + "</Relationships>"
)


def swollen(data, name, megabytes=500):
    """A zip in which one file unpacks to megabytes of blanks."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for each in before.namelist():
            with archive.open(each, "w", force_zip64=True) as member:
                for chunk in [b" " * 2**20] * megabytes if each == name else [before.read(each)]:
                    member.write(chunk)
    return file.getvalue()


def nested(outer, inner, depth):
    """An element in an element, many deep."""
    start, end = f"<{outer}><{inner}>", f"</{inner}></{outer}>"
    return f"{start * depth}<text:p>{SENTENCE}</text:p>{end * depth}"


def sheet_of(rows, *, first="", after=""):
    """A workbook whose one sheet is given as XML of its rows."""
    spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    entity = "&a9;" if first else ""
    book = openpyxl.load_workbook(io.BytesIO(xlsx([["x"]])))
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?>{first}<worksheet xmlns="{spreadsheet}"><sheetData>{rows}{entity}</sheetData>{after}</worksheet>'
    )
    return zipped(files)


def page(inner):
    return f"<!doctype html><html><body>{inner}</body></html>".encode()


# Name, what makes the bytes (given the path of the canary), and what must happen: "refused", "read"
# or "either", where all that counts is that nothing else happens.
FILES = [
    ("empty.txt", lambda c: b"", "refused"),
    ("only-marks.txt", lambda c: b"... --- !!!", "refused"),
    ("nul.txt", lambda c: b"A text.\0 And more of it.", "refused"),
    ("noise.txt", lambda c: random.Random(1).randbytes(300_000), "refused"),
    ("broken-utf-16.txt", lambda c: b"\xff\xfea\0b\0c", "refused"),
    ("surrogates.txt", lambda c: (SENTENCE * 9).encode() + b"\xed\xa0\x80\xed\xbf\xbf.", "either"),
    (
        "mixed.txt",
        lambda c: ("Café à Nîmes. " * 50).encode() + "Été à Alès.".encode("latin-1"),
        "read",
    ),
    ("line-10-mb.txt", lambda c: (SENTENCE * 160_000).encode(), "read"),
    ("word-10-mb.txt", lambda c: b"a" * 10_000_000, "read"),
    ("spaces-10-mb.txt", lambda c: b"The end. (" + b" " * 10_000_000 + b"x", "read"),
    ("marks-5-mb.txt", lambda c: b'"(' * 2_500_000 + b"The end.", "read"),
    ("accents.txt", lambda c: ("e" + "\u0301" * 500_000 + " is here.").encode(), "read"),
    ("too-big.txt", lambda c: b"a " * 25_000_001, "refused"),
    ("sentences-50-mb.txt", lambda c: b"a! " * 16_000_000, "refused"),
    ("lines-50-mb.txt", lambda c: b"a\n" * 24_000_000, "refused"),
    ("comments-3-mb.html", lambda c: b"<!--" * 786_432, "refused"),
    ("deep.html", lambda c: page("<div>" * 100_000 + SENTENCE), "either"),
    ("deep-tables.html", lambda c: page("<table><tr><td>" * 20_000 + SENTENCE), "either"),
    ("brackets.html", lambda c: b"<" * 3_000_000, "either"),
    (
        "attributes.html",
        lambda c: page(f"<p {' '.join(f'a{i}=1' for i in range(100_000))}>{SENTENCE * 9}"),
        "either",
    ),
    ("paragraphs.html", lambda c: page(f"<p>{SENTENCE}" * 20_000), "either"),
    ("nul.html", lambda c: page(f"<p>{SENTENCE * 9}\0{SENTENCE}</p>"), "read"),
    ("charset.html", lambda c: page(f"<meta charset=zip><p>{SENTENCE * 9}"), "read"),
    ("punycode.html", lambda c: page(f"<meta charset=punycode><p>{SENTENCE * 9000}"), "either"),
    ("laughs.xhtml", lambda c: (HTML_BOMB + HTML_LAUGHS).encode(), "either"),
    (
        "outside.xhtml",
        lambda c: (
            OUTSIDE.format("html").format(canary=c)
            + f"<html><body><p>{SENTENCE * 9}&x;</p></body></html>"
        ).encode(),
        "either",
    ),
    ("no-zip.docx", lambda c: b"PK\x03\x04" + b"\0" * 1000, "refused"),
    (
        "other-zip.docx",
        lambda c: docx("", extra=[("x", b"x")]).replace(b"word/document.xml", b"word/documens.xml"),
        "refused",
    ),
    ("cut.docx", lambda c: docx(paragraph(SENTENCE) * 999)[:700], "refused"),
    ("bomb.docx", lambda c: docx(b" " * 2**20 for _ in range(500)), "refused"),
    ("laughs.docx", lambda c: docx(DOCX_LAUGHS, doctype=DOCX_BOMB), "refused"),
    (
        "outside.docx",
        lambda c: docx(paragraph(SENTENCE + "&x;"), doctype=OUTSIDE.format("w").format(canary=c)),
        "either",
    ),
    (
        "sentences.docx",
        lambda c: docx(f"<w:p><w:r><w:t>{'a! ' * 10_000}</w:t></w:r></w:p>" * 1000),
        "refused",
    ),
    ("deep.docx", lambda c: docx("<w:sdt><w:sdtContent>" * 50_000), "refused"),
    (
        "paths.docx",
        lambda c: docx(paragraph(SENTENCE), extra=[("../../../canary", b"x"), ("/etc/x", b"x")]),
        "either",
    ),
    (
        "members.docx",
        lambda c: docx(paragraph(SENTENCE), extra=[(f"x{i}", b"") for i in range(10_000)]),
        "read",
    ),
    ("noise.pdf", lambda c: b"%PDF-1.7\n" + random.Random(2).randbytes(200_000), "refused"),
    ("cut.pdf", lambda c: page_of(stream(drawn(SENTENCE)))[:300], "either"),
    ("locked.pdf", lambda c: locked_pdf(), "refused"),
    ("picture.pdf", lambda c: page_of(stream(b"0 0 600 800 re f")), "refused"),
    (
        "bomb.pdf",
        lambda c: page_of(stream(deflated(300, b" "), "/Filter /FlateDecode")),
        "refused",
    ),
    (
        "bomb-twice.pdf",
        lambda c: page_of(
            stream(zlib.compress(deflated(1500, b" "), 9), "/Filter [/FlateDecode /FlateDecode]")
        ),
        "refused",
    ),
    ("deep.pdf", lambda c: page_of("[" * 100_000 + "]" * 100_000), "refused"),
    (
        "circle.pdf",
        lambda c: pdf(
            "<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [2 0 R 2 0 R] /Count 9>>"
        ),
        "refused",
    ),
    ("circle-length.pdf", lambda c: page_of(b"<</Length 4 0 R>>\nstream\nx\nendstream"), "refused"),
    (
        "circle-form.pdf",
        lambda c: page_of(
            stream(b"/X Do"),
            stream(
                b"/X Do /X Do",
                "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X 6 0 R>> >>",
            ),
            fields="/XObject <</X 6 0 R>>",
        ),
        "refused",
    ),
    (
        "circle-previous.pdf",
        lambda c: pdf(
            "<</Type /Catalog /Pages 2 0 R>>",
            "<</Type /Pages /Kids [] /Count 0>>",
            trailer="/Size 3 /Root 1 0 R /Prev 120",
        ),
        "refused",
    ),
    (
        "size.pdf",
        lambda c: page_of(stream(drawn(SENTENCE))).replace(b"0 6\n", b"0 999999999\n"),
        "either",
    ),
    (
        "glyphs.pdf",
        lambda c: page_of(
            stream(drawn(SENTENCE)),
            stream(
                b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"
            ),
        ).replace(b"/BaseFont", b"/ToUnicode 6 0 R /BaseFont"),
        "either",
    ),
    ("no-zip.epub", lambda c: b"PK\x03\x04" + b"\0" * 1000, "refused"),
    ("bomb.epub", lambda c: swollen(epub(["x"]), "OEBPS/c0.xhtml"), "refused"),
    ("cut.epub", lambda c: epub([f"<p>{SENTENCE}</p>" * 999])[:700], "refused"),
    (
        "laughs.epub",
        lambda c: epub(["x"], extra=[("META-INF/container.xml", EPUB_LAUGHS)]),
        "refused",
    ),
    (
        "outside.epub",
        lambda c: epub(
            ["x"],
            extra=[
                (
                    "OEBPS/c0.xhtml",
                    OUTSIDE.format("html").format(canary=c)
                    + f"<html><body><p>{SENTENCE}&x;</p></body></html>",
                )
            ],
        ),
        "read",
    ),
    (
        "paths.epub",
        lambda c: epub([f"<p>{SENTENCE}</p>"], extra=[("../../../canary", b"x")]),
        "read",
    ),
    ("deep.epub", lambda c: epub(["<div>" * 100_000 + SENTENCE]), "either"),
    ("chapters.epub", lambda c: epub([f"<p>{SENTENCE}</p>"] * 3000), "either"),
    ("bomb.odt", lambda c: swollen(odf("x"), "content.xml"), "refused"),
    ("laughs.odt", lambda c: odf("x", extra=[("content.xml", ODF_BOMB + ODF_LAUGHS)]), "refused"),
    ("deep.odt", lambda c: odf("<text:section>" * 50_000), "refused"),
    ("deep-lists.odt", lambda c: odf(nested("text:list", "text:list-item", 120)), "either"),
    (
        "repeated.ods",
        lambda c: odf(
            '<table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell '
            'table:number-columns-repeated="999999999"><text:p>a!</text:p></table:table-cell>'
            "</table:table-row></table:table>",
            kind="spreadsheet",
        ),
        "either",
    ),
    (
        "spanned.odt",
        lambda c: odf(
            "<table:table>"
            + '<table:table-row><table:table-cell table:number-rows-spanned="99999" '
            'table:number-columns-spanned="99999"><text:p>a</text:p></table:table-cell></table:table-row>'
            * 500
            + "</table:table>"
        ),
        "either",
    ),
    ("bomb.pptx", lambda c: swollen(pptx(["x"]), "ppt/slides/slide0.xml"), "refused"),
    (
        "circle.pptx",
        lambda c: pptx(
            [shape([SENTENCE])] * 2, extra=[("ppt/_rels/presentation.xml.rels", CIRCLE)]
        ),
        "either",
    ),
    (
        "laughs.pptx",
        lambda c: pptx(["x"], extra=[("ppt/presentation.xml", PPTX_LAUGHS)]),
        "refused",
    ),
    ("slides.pptx", lambda c: pptx([shape([SENTENCE])] * 2000), "either"),
    ("no-zip.xlsx", lambda c: b"PK\x03\x04" + b"\0" * 1000, "refused"),
    ("bomb.xlsx", lambda c: swollen(sheet_of(""), "xl/worksheets/sheet1.xml"), "refused"),
    ("laughs.xlsx", lambda c: sheet_of("", first=XLSX_BOMB), "refused"),
    (
        "merged.xlsx",
        lambda c: sheet_of(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>',
            after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        ),
        "refused",
    ),
    (
        "far.xlsx",
        lambda c: sheet_of(
            '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Far away.</t></is></c></row>'
        ),
        "read",
    ),
    ("quotes.csv", lambda c: b'"' * 3_000_001 + b"a", "either"),
    ("commas.csv", lambda c: b"," * 10_000_000 + b"The end.", "either"),
    ("nul.csv", lambda c: b"a,b\0\n1,2", "read"),
    ("cell.csv", lambda c: b"a" * 5_000_000 + b",b", "either"),
    ("deep.rtf", lambda c: b"{\\rtf1" + b"{" * 1_000_000 + b"The end.", "either"),
    ("closed.rtf", lambda c: b"{\\rtf1 The end." + b"}" * 1_000_000, "read"),
    ("skip.rtf", lambda c: b"{\\rtf1\\bin2000000000 The end.", "refused"),
    ("letters.rtf", lambda c: b"{\\rtf1\\uc99999999" + b"\\u9999999999?" * 100_000, "either"),
    (
        "cells.rtf",
        lambda c: b"{\\rtf1\\trowd" + b"\\cellx1" * 50_000 + b" a\\cell" * 50_000 + b"\\row}",
        "either",
    ),
    ("words.rtf", lambda c: b"{\\rtf1" + b"\\par" * 2_000_000 + b" The end.", "either"),
    (
        "deep.eml",
        lambda c: (
            b"From: a\n"
            + b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
                for i in range(3000)
            )
            + b"\nThe end."
        ),
        "either",
    ),
    (
        "parts.eml",
        lambda c: (
            b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n"
            + b"--b\n\nThe end.\n" * 50_000
        ),
        "either",
    ),
    (
        "heads.eml",
        lambda c: b"".join(b"From: a%d@x.org\n" % i for i in range(100_000)) + b"\nThe end.",
        "either",
    ),
    ("addresses.eml", lambda c: b"From: " + b"(" * 100_000 + b"\n\nThe end.", "either"),
    (
        "base64.eml",
        lambda c: b"From: a\nContent-Transfer-Encoding: base64\n\n" + b"=" * 3_000_000,
        "either",
    ),
    (
        "charset.eml",
        lambda c: b"From: a\nContent-Type: text/plain; charset=zip\n\nThe end.",
        "read",
    ),
    ("laughs.rss", lambda c: (RSS_BOMB + RSS_LAUGHS).encode(), "either"),
    (
        "outside.rss",
        lambda c: (
            OUTSIDE.format("rss").format(canary=c)
            + f"<rss version='2.0'><channel><item><title>A</title><description>{SENTENCE}&x;</description></item></channel></rss>"
        ).encode(),
        "either",
    ),
    ("deep.rss", lambda c: b"<rss version='2.0'><channel>" + b"<item>" * 100_000, "refused"),
    ("items.rss", lambda c: feed([("A", SENTENCE, "")] * 3000), "either"),
    ("arrows.srt", lambda c: b"00:00:01,000 --> 00:00:02,000\n" * 300_000, "refused"),
    ("spaces.vtt", lambda c: b"WEBVTT\n" + b" " * 5_000_000 + b"-->", "refused"),
    (
        "tags.vtt",
        lambda c: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 300_000 + b"x",
        "either",
    ),
    ("deep.jsonl", lambda c: b'{"text": ' + b"[" * 1_000_000, "refused"),
    ("number.jsonl", lambda c: b'{"text": ' + b"9" * 1_000_000 + b"}", "refused"),
    (
        "surrogates.jsonl",
        lambda c: b'{"text": "A lone \\ud800 stands here.", "title": "\\udfff"}',
        "read",
    ),
    ("lists.jsonl", lambda c: b"[" + b"[]," * 10_000_000 + b"[]]", "refused"),
    (
        "kinds.jsonl",
        lambda c: b'{"text": 1}\n{"text": "A. B.", "title": []}\n[]\nnull\n"x"\n{}',
        "refused",
    ),
    ("no-json.jsonl", lambda c: b"\x00\x01\x02 {]" * 100, "refused"),
    ("sentences.jsonl", lambda c: (b'{"text": "' + b"a! " * 9000 + b'"}\n') * 1500, "refused"),
    ("quotes.md", lambda c: b">" * 100_000 + b" The end.", "either"),
    ("lists.md", lambda c: b"- " * 20_000 + b"The end.", "either"),
    ("links.md", lambda c: b"[" * 100_000 + b"The end." + b"](x)" * 100_000, "either"),
    ("stars.md", lambda c: b"*a **b " * 50_000, "either"),
    ("ticks.md", lambda c: b" ".join(b"`" * i for i in range(1500)) + b" The end.", "either"),
]
PARAGRAPH, CELL = (
    f"<text:p>{SENTENCE}</text:p>",
    "<table:table-cell><text:p>a</text:p></table:table-cell>",
)
# A whole file of each kind that is a zip, and the file in it that holds the text.
ZIPPED = {
    "docx": (docx(paragraph(SENTENCE)), "word/document.xml"),
    "epub": (epub([f"<p>{SENTENCE}</p>"]), "OEBPS/c0.xhtml"),
    "odp": (odf(f"<draw:page>{PARAGRAPH}</draw:page>", kind="presentation"), "content.xml"),
    "ods": (
        odf(
            f"<table:table><table:table-row>{CELL}</table:table-row></table:table>",
            kind="spreadsheet",
        ),
        "content.xml",
    ),
    "odt": (odf(PARAGRAPH), "content.xml"),
    "pptx": (pptx([shape([SENTENCE])]), "ppt/slides/slide0.xml"),
    "xlsx": (xlsx([["a", "b"], ["c", "d"]]), "xl/worksheets/sheet1.xml"),
}
NOISE = random.Random(5).randbytes(100_000)
for kind, (whole, text_file) in ZIPPED.items():
    FILES += [
        (f"half.{kind}", lambda c, data=whole: data[: len(data) // 2], "refused"),
        (f"noise.{kind}", lambda c: NOISE, "refused"),
        (f"a-script.{kind}", lambda c: b"#!/bin/sh\ntouch canary-was-here\n", "refused"),
        (f"swollen.{kind}", lambda c, of=(whole, text_file): swollen(*of), "refused"),
        (f"empty.{kind}", lambda c: b"", "refused"),
    ]
for kind in ("csv", "eml", "rss", "rtf", "srt", "tsv", "vtt"):
    FILES += [
        (f"noise.{kind}", lambda c: NOISE, "either"),
        (f"zeros.{kind}", lambda c: bytes(100_000), "either"),
        (f"one-line.{kind}", lambda c: SENTENCE.encode() * 10_000, "either"),
        (f"empty.{kind}", lambda c: b"", "refused"),
    ]
# Each takes seconds; only the bench reads them.
SLOW = {
    "arrows.srt",
    "deep.rss",
    "merged.xlsx",
    "parts.eml",
    "spanned.odt",
    "words.rtf",
    "attributes.html",
    "bomb-twice.pdf",
    "brackets.html",
    "line-10-mb.txt",
    "lines-50-mb.txt",
    "links.md",
    "lists.jsonl",
    "marks-5-mb.txt",
    "paragraphs.html",
    "sentences-50-mb.txt",
    "sentences.docx",
    "sentences.jsonl",
    "slides.pptx",
    "chapters.epub",
    "items.rss",
    "spaces-10-mb.txt",
    "stars.md",
    "word-10-mb.txt",
}


def make(folder, name, maker):
    """Write one of the files, beside the canary that some of them name."""
    canary = folder / "canary"
    canary.write_text(f"{CANARY} was read.")
    path = folder / name
    path.write_bytes(maker(str(canary)))
    return path


class Watched:
    """The memory that the children of this process take at most, in MB, while they read files.

    ``ru_maxrss`` would count what the parent had when it was copied; a child's own high-water mark
    starts anew once it runs its own program. It is zero where there is no /proc.
    """

    def __enter__(self):
        self.megabytes, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(0.01):
            for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
                for child in self._read(task).split():
                    if "index.sources.worker" in self._read(Path(f"/proc/{child}/cmdline")):
                        self.megabytes = max(self.megabytes, peak_megabytes(child))

    @staticmethod
    def _read(path):
        try:
            return path.read_text()
        except OSError:  # it has ended
            return ""


def peak_megabytes(process):
    """The high-water mark of a process's memory; 0 where it has ended or there is no /proc."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def read(path):
    """What becomes of a file: the outcome, the error or the text, the seconds and the megabytes."""
    began = time.monotonic()
    with Watched() as watched:
        try:
            outcome, message = "read", read_source(path).articles[0].text
        except ArticleError as error:
            outcome, message = "refused", str(error)
    return outcome, message, time.monotonic() - began, watched.megabytes


@pytest.mark.parametrize(
    ("name", "maker", "wanted"),
    [f for f in FILES if f[0] not in SLOW],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_hostile_file_is_read_or_refused_in_one_line(name, maker, wanted, tmp_path):
    path = make(tmp_path, name, maker)
    outcome, message, seconds, megabytes = read(path)
    assert wanted in (outcome, "either"), message[:300]
    assert seconds < SECONDS
    assert CANARY not in message
    if outcome == "refused":
        assert "\n" not in message
        assert len(message) < 500
        assert name in message
    assert megabytes < (OCR_MEGABYTES if name in PICTURES else MEGABYTES)
    assert {p.name for p in tmp_path.iterdir()} == {name, "canary"}


def test_a_word_document_without_a_title_has_no_title_made_up(tmp_path):
    path = make(tmp_path, "a.docx", lambda c: docx(paragraph(SENTENCE)))
    assert read_source(path).articles[0].title.startswith("The bridge")


def test_there_are_more_than_thirty():
    assert len({name for name, *_ in FILES}) == len(FILES) > 30


def test_the_rest_of_a_folder_is_read_and_the_bad_files_are_named(tmp_path):
    make(tmp_path, "a-bomb.pdf", lambda c: page_of(stream(b"0 0 600 800 re f")))
    make(tmp_path, "b.jsonl", lambda c: json.dumps({"text": SENTENCE}).encode())
    make(tmp_path, "c-cut.docx", lambda c: b"PK\x03\x04")
    make(tmp_path, "d.txt", lambda c: SENTENCE.encode())
    lines = []
    assert len(read_all([tmp_path], notify=lines.append)) == 2
    assert [line.startswith("left out: ") for line in lines] == [True, True, True]
    assert "1 file of no known kind" in lines[0]
    assert "a-bomb.pdf" in lines[1]


class Server:
    """The page in a process of its own, spoken to as a browser does."""

    def __init__(self, folder):
        self.log = folder / "server.log"
        for _ in range(3):  # on a very busy machine Gradio gives up on itself
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            self.url = f"http://127.0.0.1:{port}/"
            command = [sys.executable, "-c", "import ui; ui.main()", "ui", "--port", str(port)]
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
            if self._started():
                break

    def _started(self):
        """Whether the server has printed its address."""
        while self.process.poll() is None:
            if self.url in self.log.read_text():
                return True
            time.sleep(0.1)
        return False

    def _open(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.url.rstrip("/")}
        return urlopen(Request(f"{self.url}{path}", data, headers), timeout=100)

    @staticmethod
    def _events(response):
        return [json.loads(line[5:]) for line in response if line.startswith(b"data:")]

    def ask(self):
        """The answer to a question about the built-in article, by the way that programs take."""
        body = {"data": ["How many areas does the plan cover?", [], None, 3]}
        with self._open("gradio_api/call/ask", body) as response:
            event = json.load(response)["event_id"]
        with self._open(f"gradio_api/call/ask/{event}") as response:
            events = self._events(response)
        assert events, "the server did not answer"
        (answer,) = events[-1]
        return answer["status"], answer["short_answer"]

    def upload(self, files):
        """The page's notes on files, (name, bytes) each, that are added to it."""
        page = urlopen(self.url, timeout=100).read().decode()
        shown = json.loads(
            re.search(r'type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
        )
        sent = [{"name": n, "data": base64.b64encode(data).decode()} for n, data in files]
        session = f"s{time.monotonic_ns()}"
        body = {
            "data": [{"files": sent}, None],
            "fn_index": shown["actions"]["add"],
            "session_hash": session,
            "simple_format": True,
        }
        self._open("gradio_api/queue/join", body).close()
        status = None
        with self._open(f"gradio_api/queue/data?session_hash={session}") as response:
            for line in response:
                event = json.loads(line[5:]) if line.startswith(b"data:") else {}
                step = ((event.get("output") or {}).get("data") or [None])[0]
                status = (step or {}).get("status") or status
                if event.get("msg") == "process_completed":
                    assert event["success"], event
                    return " ".join([status["message"], *status["lines"]])
        raise AssertionError("the page did not answer")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def uploaded(server, files):
    """The page's note on files, and the seconds that each question asked meanwhile took."""
    notes, waits = [], []
    work = threading.Thread(target=lambda: notes.append(server.upload(files)))
    work.start()
    while work.is_alive():
        began = time.monotonic()
        assert server.ask() == ("answered", "11")
        waits.append(time.monotonic() - began)
        time.sleep(1)
    assert notes, "the server took no files"
    return notes[0], waits


def test_a_running_server_reads_hostile_files_and_answers_meanwhile_and_after(tmp_path):
    hostile = "bomb.docx bomb.pdf deep.docx kinds.jsonl laughs.docx noise.pdf nul.txt".split()
    makers = {name: maker for name, maker, _ in FILES}
    files = [(name, makers[name](str(tmp_path / "canary"))) for name in hostile]
    files += [("good.txt", SENTENCE.encode())]
    ArticleQA.builtin().ask("How many?")  # models are prepared once, which takes memory
    server = Server(tmp_path)
    try:
        assert server.ask() == ("answered", "11")
        note, waits = uploaded(server, files)
        other, more = uploaded(server, [("sentences.txt", b"a! " * 1_500_000)])
        assert server.ask() == ("answered", "11")
        megabytes = peak_megabytes(server.process.pid)
    finally:
        server.stop()
    assert "Added “The bridge across" in note
    assert all(name in note for name in hostile)
    assert "sentences.txt must be readable" in other
    assert max(waits + more) < SECONDS
    assert megabytes < MEGABYTES
