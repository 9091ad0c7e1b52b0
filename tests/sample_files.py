"""Files of many formats with the same lines, as the programs of each write them. No tests: tests import it."""

from __future__ import annotations

import csv
import io
import zipfile
from email.message import EmailMessage
from xml.sax.saxutils import escape

import openpyxl

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in [
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("svg", "svg-compatible"),
        ("fo", "xsl-fo-compatible"),
    ]
) + (' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://www.w3.org/1998/Math/MathML"')
PML = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(files):
    """A zip of files, by their names; the first is not packed, as the formats want it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(files.items()):
            how = zipfile.ZIP_STORED if not number else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=how)
    return file.getvalue()


def xhtml(body):
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>x</title></head><body>{body}</body></html>"
    )


def epub(chapters, *, title="", extra=()):
    """An e-book whose chapters are given as XHTML bodies."""
    items = "".join(
        f'<item id="c{i}" href="c{i}.xhtml" media-type="application/xhtml+xml"/>'
        for i in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>{title}</dc:title>'
            f"<dc:date>2025-05-02</dc:date></metadata><manifest>{items}</manifest>"
            f"<spine>{spine}</spine></package>",
            **{f"OEBPS/c{i}.xhtml": xhtml(body) for i, body in enumerate(chapters)},
            **dict(extra),
        }
    )


def odf(body, *, kind="text", styles="", extra=()):
    """An open document whose body, and automatic styles, are given as XML."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            **dict(extra),
        }
    )


def shape(paragraphs, placeholder=None):
    """A shape of a slide, with paragraphs as texts or as XML of their inside."""
    holder = "" if placeholder is None else f'<p:nvPr><p:ph type="{placeholder}"/></p:nvPr>'
    inner = "".join(
        f"<a:p>{p}</a:p>" if p.startswith("<") else f"<a:p><a:r><a:t>{escape(p)}</a:t></a:r></a:p>"
        for p in paragraphs
    )
    return f"<p:sp><p:nvSpPr>{holder}</p:nvSpPr><p:txBody>{inner}</p:txBody></p:sp>"


def pptx(slides, *, notes=(), extra=()):
    """A presentation whose slides are given as XML of their shapes, with a note for some."""

    def relations(rows):
        inner = "".join(
            f'<Relationship Id="{i}" Type="{KIND}/{kind}" Target="{target}"/>'
            for i, kind, target in rows
        )
        return f'<Relationships xmlns="{RELATIONS}">{inner}</Relationships>'

    files = {
        "[Content_Types].xml": "<Types/>",
        "ppt/presentation.xml": f"<p:presentation {PML}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{256 + i}" r:id="s{i}"/>' for i in range(len(slides)))
        + "</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            (f"s{i}", "slide", f"slides/slide{i}.xml") for i in range(len(slides))
        ),
    }
    for i, shapes in enumerate(slides):
        files[f"ppt/slides/slide{i}.xml"] = (
            f"<p:sld {PML}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        if i < len(notes) and notes[i]:
            files[f"ppt/slides/_rels/slide{i}.xml.rels"] = relations(
                [("n", "notesSlide", f"../notesSlides/n{i}.xml")]
            )
            files[f"ppt/notesSlides/n{i}.xml"] = (
                f"<p:notes {PML}>{shape([notes[i]], 'body')}{shape(['7'], 'sldNum')}</p:notes>"
            )
    return zipped({**files, **dict(extra)})


def xlsx(rows, *, name="Sheet", more=()):
    """A workbook of sheets: rows of values, and more (name, rows)."""
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(list(row))
    for other, its_rows in more:
        sheet = book.create_sheet(other)
        for row in its_rows:
            sheet.append(list(row))
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(rows, delimiter=","):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode()


def rtf(body):
    return (
        "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Times;}}" + body + "}"
    ).encode()


def rtf_text(text):
    """A text in which all but plain letters are escaped."""
    return "".join(
        f"\\u{(ord(c) + 32768) % 65536 - 32768}?"
        if ord(c) > 126
        else f"\\{c}"
        if c in "{}\\"
        else c
        for c in text
    )


def mail(text, *, subject="Bridge", html=None, **more):
    message = EmailMessage()
    message["From"], message["To"] = "Ana Ruiz <ana@example.org>", "Ben <ben@example.org>"
    message["Subject"], message["Date"] = subject, "Fri, 2 May 2025 10:00:00 +0200"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(text, **more)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def feed(items):
    """A feed of (title, HTML, more XML) items."""
    inner = "".join(
        f"<item><title>{escape(title)}</title><link>https://h.example/{i}</link>"
        f"<pubDate>Fri, 02 May 2025 10:00:00 GMT</pubDate>{more}"
        f"<content:encoded>{escape(text)}</content:encoded></item>"
        for i, (title, text, more) in enumerate(items)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Herald</title>'
        f"{inner}</channel></rss>"
    ).encode()


def srt(lines):
    """Subtitles of lines, two seconds each, with five of silence between."""
    return "\n".join(
        f"{i + 1}\n00:00:{7 * i % 60:02},000 --> 00:00:{(7 * i + 2) % 60:02},500\n{line}\n"
        for i, line in enumerate(lines)
    ).encode()


def in_form(suffix, lines):
    """The bytes of a file with a paragraph for each line."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    match suffix:
        case ".epub":
            return epub([paragraphs])
        case ".odt":
            return odf("".join(f"<text:p>{escape(line)}</text:p>" for line in lines))
        case ".pptx":
            return pptx([shape(lines)])
        case ".xlsx":
            return xlsx([[line] for line in lines])
        case ".csv":
            return as_csv([[line] for line in lines])
        case ".rtf":
            return rtf("".join(f"{rtf_text(line)}\\par " for line in lines))
        case ".eml":
            return bytes(mail("\n\n".join(lines)))
        case ".rss":
            return feed([("", paragraphs, "")])
        case ".srt":
            return srt(lines)
    raise ValueError(suffix)


SUFFIXES = ".epub", ".odt", ".pptx", ".xlsx", ".csv", ".rtf", ".eml", ".rss", ".srt"
