"""What the sources read of sixty files, against the text a person would copy from them.

    python bench/source_texts.py [FOLDER]

Six texts of our own, each with headings, lists and a table, are written in ten formats, in the FOLDER
or in a temporary one. Recall is the share of a text's words that are read, precision the share of the
words read that stand in it (a table's labels may repeat in each row), and order the share of the words
that stand in the same order. Makers of files are those of the tests.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import docx
import fpdf
from sample_files import epub, mail, odf, pptx, rtf, rtf_text, shape

from index import read_source


@dataclass(frozen=True)
class Text:
    """A text: a title, then (heading, paragraphs, list, table) for each of its sections."""

    title: str
    sections: tuple[tuple[str, list[str], list[str], list[list[str]]], ...]

    def blocks(self) -> list[tuple[str, Any]]:
        """Return what stands below each other: ("h", text), ("p", text), ("li", text), ("table", rows)."""
        blocks: list[tuple[str, Any]] = [("h", self.title)]
        for heading, paragraphs, items, rows in self.sections:
            blocks.append(("h", heading))
            blocks += [("p", text) for text in paragraphs]
            blocks += [("li", text) for text in items]
            blocks += [("table", rows)] if rows else []
        return blocks

    def copied(self) -> list[str]:
        """Return the words of a copy, in order."""
        words = []
        for kind, inside in self.blocks():
            lines = [" ".join(row) for row in inside] if kind == "table" else [inside]
            words += [word for line in lines for word in _words(line)]
        return words

    def labels(self) -> Counter[str]:
        """Return how often a word of a table's head may be repeated: once for each row."""
        extra: Counter[str] = Counter()
        for kind, rows in self.blocks():
            if kind == "table":
                for word in _words(" ".join(rows[0])):
                    extra[word] += len(rows)
        return extra


_PLACES = "Thorn Arnsby Lindow Skerra Altdorf Brandt".split()
_THINGS = "mill bridge ferry library swimming_hall market".split()


def texts() -> list[Text]:
    """Return six texts, alike in form and not in words."""
    made = []
    for number, (place, thing) in enumerate(zip(_PLACES, _THINGS, strict=True)):
        name = thing.replace("_", " ")
        year, price = 1901 + 13 * number, 4 + number
        table = [
            ["Ticket", "Adults", "Children"],
            ["Day", f"€{price}.50", f"€{price // 2}.20"],
            ["Evening", f"€{price - 1}.00", f"€{price // 2}.00"],
            ["Year", f"€{price * 20}.00", f"€{price * 9}.50"],
        ]
        made.append(
            Text(
                f"The {name} of {place} opens again",
                (
                    (
                        "What was repaired",
                        [
                            (
                                f"The town of {place} has opened its {name} again after {number + 2} years "
                                f"of repairs, which cost {price}.3 million euros. It was built in {year} by "
                                f"Dr. Jonas Pell, and approx. {price * 40} people were at the opening."
                            ),
                            (
                                "“We waited too long,” said Mara Lindqvist, who led the work. “The beams were "
                                "rotten.” Half of the oak came from the forest behind the station."
                            ),
                        ],
                        [
                            f"the roof of the {name}",
                            "the stairs – all forty of them",
                            "a lift; it is new",
                        ],
                        [],
                    ),
                    (
                        "What it costs",
                        [
                            f"From 4 May on, the {name} is open from 9 a.m. to 6 p.m. These are the prices:"
                        ],
                        [],
                        table,
                    ),
                    (
                        "Who runs it",
                        [
                            (
                                f"A club of {price * 12} members looks after the {name}. Its chair, Otto Krain, "
                                "can be reached at 0711 555 0142. School classes come on Tuesdays and pay nothing."
                            )
                        ],
                        [],
                        [],
                    ),
                ),
            )
        )
    return made


def _words(text: str) -> list[str]:
    return [w for word in text.split() if (w := word.strip('-–;:,.·|"“”•()').lower())]


def as_text(text: Text) -> bytes:
    """Return a text file, its table in columns parted by tabs."""
    return "\n\n".join(
        "\n".join("\t".join(row) for row in inside)
        if kind == "table"
        else f"- {inside}" * (kind == "li") or inside
        for kind, inside in text.blocks()
    ).encode()


def as_markdown(text: Text) -> bytes:
    """Return a Markdown file."""
    lines = []
    for kind, inside in text.blocks():
        if kind == "table":
            rows = [f"| {' | '.join(row)} |" for row in inside]
            lines.append("\n".join([rows[0], "|---" * len(inside[0]) + "|", *rows[1:]]))
        else:
            lines.append({"h": "## ", "p": "", "li": "- "}[kind] + inside)
    return "\n\n".join(lines).encode()


def _body(text: Text) -> str:
    """Return a text as HTML or XHTML."""
    pieces = []
    for kind, inside in text.blocks():
        if kind == "table":
            head, *rows = inside
            cells = "".join(f"<th>{escape(c)}</th>" for c in head)
            lines = "".join(
                "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in r) + "</tr>" for r in rows
            )
            pieces.append(f"<table><tr>{cells}</tr>{lines}</table>")
        elif kind == "li":
            pieces.append(f"<ul><li>{escape(inside)}</li></ul>")
        else:
            tag = {"h": "h2", "p": "p"}[kind]
            pieces.append(f"<{tag}>{escape(inside)}</{tag}>")
    return "".join(pieces)


def as_html(text: Text) -> bytes:
    """Return a web page with what stands around an article."""
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{text.title}</title></head><body>"
        "<nav><a href=/>Home</a> <a href=/n>News</a></nav><main><article>"
        f"{_body(text)}</article></main><aside><h3>Related</h3><a href=/2>Ten places to eat</a></aside>"
        "<footer>© 2025 Herald. All rights reserved.</footer></body></html>"
    ).encode()


def as_docx(text: Text) -> bytes:
    """Return a Word document, the head of its table in bold."""
    document = docx.Document()
    for kind, inside in text.blocks():
        if kind == "table":
            table = document.add_table(rows=len(inside), cols=len(inside[0]))
            for line, row in zip(table.rows, inside, strict=True):
                for cell, said in zip(line.cells, row, strict=True):
                    cell.paragraphs[0].add_run(said).bold = row is inside[0]
        elif kind == "h":
            document.add_heading(inside, level=1)
        else:
            document.add_paragraph(inside, style="List Bullet" if kind == "li" else None)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_pdf(text: Text) -> bytes:
    """Return a PDF of small pages with running heads and page numbers."""

    class Paper(fpdf.FPDF):
        def header(self) -> None:
            self.set_font("Helvetica", size=8)
            self.cell(0, 6, "The Herald of the valley", new_x="LMARGIN", new_y="NEXT")

        def footer(self) -> None:
            self.set_y(-12)
            self.cell(0, 6, f"Page {self.page_no()}")

    paper = Paper(format="A5")
    paper.add_page()
    for kind, inside in text.blocks():
        paper.set_font("Helvetica", size=14 if kind == "h" else 10)
        if kind == "table":
            with paper.table(text_align="LEFT") as table:
                for row in inside:
                    line = table.row()
                    for cell in row:
                        line.cell(_latin(cell))
        else:
            mark = "- " if kind == "li" else ""
            paper.multi_cell(0, 6, mark + _latin(inside), align="L", new_x="LMARGIN", new_y="NEXT")
        paper.ln(4)
    return bytes(paper.output())


def _latin(text: str) -> str:
    return text.translate(str.maketrans({"“": '"', "”": '"', "–": "-", "€": "EUR "}))


def as_odt(text: Text) -> bytes:
    """Return an open document."""
    pieces = []
    for kind, inside in text.blocks():
        if kind == "table":
            rows = "".join(
                "<table:table-row>"
                + "".join(
                    f"<table:table-cell><text:p>{escape(c)}</text:p></table:table-cell>"
                    for c in row
                )
                + "</table:table-row>"
                for row in inside
            )
            first, rest = rows.split("</table:table-row>", 1)
            head = f"<table:table-header-rows>{first}</table:table-row></table:table-header-rows>"
            pieces.append(f"<table:table>{head}{rest}</table:table>")
        elif kind == "li":
            item = f"<text:list-item><text:p>{escape(inside)}</text:p></text:list-item>"
            pieces.append(f"<text:list>{item}</text:list>")
        else:
            pieces.append(f"<text:{kind}>{escape(inside)}</text:{kind}>")
    return odf("".join(pieces))


def as_epub(text: Text) -> bytes:
    """Return an e-book of one chapter."""
    return epub([_body(text)], title=text.title)


def as_rtf(text: Text) -> bytes:
    """Return rich text, its table in cells."""
    pieces = []
    for kind, inside in text.blocks():
        if kind == "table":
            for number, row in enumerate(inside):
                edges = "".join(f"\\cellx{2000 * (j + 1)}" for j in range(len(row)))
                cells = "".join(f"{rtf_text(c)}\\cell " for c in row)
                head = "\\trhdr" if number == 0 else ""
                pieces.append(f"\\trowd{head}{edges}\\pard\\intbl {cells}\\row ")
            pieces.append("\\pard ")
        else:
            pieces.append(f"{'- ' if kind == 'li' else ''}{rtf_text(inside)}\\par ")
    return rtf("".join(pieces))


def as_eml(text: Text) -> bytes:
    """Return a mail; its subject and who wrote it are read as well."""
    return bytes(mail(as_text(text).decode(), subject=text.title))


def as_pptx(text: Text) -> bytes:
    """Return a presentation: a slide for each heading; a table's rows are lines."""
    slides, lines, title = [], [], text.title
    for kind, inside in [*text.blocks()[1:], ("h", "")]:
        if kind == "h":
            slides.append(shape([title], "title") + shape(lines))
            title, lines = inside, []
        else:
            lines += [" ".join(row) for row in inside] if kind == "table" else [inside]
    return pptx(slides)


FORMS = {
    ".txt": as_text,
    ".md": as_markdown,
    ".html": as_html,
    ".docx": as_docx,
    ".pdf": as_pdf,
    ".odt": as_odt,
    ".epub": as_epub,
    ".rtf": as_rtf,
    ".eml": as_eml,
    ".pptx": as_pptx,
}


def measure(suffix: str, folder: Path) -> dict[str, float]:
    """Return recall, precision and order of the words of a format's files, all together."""
    n_right = n_wanted = n_read = n_known = n_ordered = 0
    for number, text in enumerate(texts()):
        path = folder / f"{number}{suffix}"
        path.write_bytes(FORMS[suffix](text))
        read = [w for article in read_source(path).articles for w in _words(article.text)]
        copied = " ".join(text.copied())
        wanted = _words(_latin(copied) if suffix == ".pdf" else copied)
        given = Counter(read)
        n_wanted += len(wanted)
        n_read += len(read)
        n_right += sum((Counter(wanted) & given).values())
        n_known += sum(((Counter(wanted) + text.labels()) & given).values())
        matched = SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks()
        n_ordered += sum(block.size for block in matched)
    return {
        "recall": round(n_right / n_wanted, 4),
        "precision": round(n_known / n_read, 4),
        "order": round(n_ordered / n_wanted, 4),
    }


def main() -> None:
    """Print a row for each format, and all as JSON on the last line."""
    with tempfile.TemporaryDirectory() as other:
        folder = Path(sys.argv[1] if sys.argv[1:] else other)
        folder.mkdir(parents=True, exist_ok=True)
        rows = {}
        for suffix in FORMS:
            rows[suffix] = measure(suffix, folder)
            print(f"{suffix:6} {rows[suffix]}", file=sys.stderr)
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
