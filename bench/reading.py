"""What is read of sixty files of ten formats, made here of our own texts, against what a person would copy.

python bench/reading.py

Recall and precision are of words, as a bag; order is the share of the words that stand in one common
order. Names of columns, which each row of a table repeats, and times of subtitles are not counted
against precision: a person does not copy them, and they are the program's.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from sample_files import (  # noqa: E402
    as_csv,
    epub,
    feed,
    mail,
    odf,
    pptx,
    rtf,
    rtf_text,
    shape,
    srt,
    xlsx,
)

from index import builtin_article, read_source  # noqa: E402

N_FILES = 6
HEADS = ["Town", "Bridges", "Opened"]
Block = tuple[str, str | list[str]]  # head, text, item, or row with its cells


def blocks_of(seed: int) -> list[Block]:
    """Return the blocks of a text: paragraphs of our article, heads, a list and a table."""
    chance = random.Random(seed)
    lines = [s.text for s in builtin_article().sentences if s.kind == "body"]
    chance.shuffle(lines)
    blocks: list[Block] = [("head", f"Report number {seed + 1}")]
    starts = range(0, 6 + 3 * seed, 3)
    blocks += [("text", " ".join(lines[start : start + 2])) for start in starts]
    blocks += [("head", "What was agreed"), *(("item", line) for line in lines[-3:])]
    towns = chance.sample(["Lund", "Arnsby", "Thorn", "Altdorf", "Nîmes", "Kraków", "Poole"], 4)
    blocks.append(("row", HEADS))
    rows = [[town, str(chance.randint(1, 40)), str(chance.randint(1850, 2020))] for town in towns]
    blocks += [("row", row) for row in rows]
    return [*blocks, ("text", lines[-4])]


def markup(blocks: Sequence[Block]) -> str:
    """Return blocks as HTML."""
    tags = {"head": "h2", "text": "p", "item": "li"}
    pieces = []
    for i, (kind, content) in enumerate(blocks):
        before = blocks[i - 1][0] if i else ""
        after = blocks[i + 1][0] if i + 1 < len(blocks) else ""
        start = {"item": "<ol>", "row": "<table>"}.get(kind, "") if before != kind else ""
        end = {"item": "</ol>", "row": "</table>"}.get(kind, "") if after != kind else ""
        if isinstance(content, list):
            tag = "td" if before == "row" else "th"
            cells = "".join(f"<{tag}>{escape(c)}</{tag}>" for c in content)
            pieces.append(f"{start}<tr>{cells}</tr>{end}")
        else:
            pieces.append(f"{start}<{tags[kind]}>{escape(content)}</{tags[kind]}>{end}")
    return "".join(pieces)


def open_document(blocks: Sequence[Block]) -> bytes:
    """Return blocks as a text in the form of OpenOffice."""
    pieces = []
    for i, (kind, content) in enumerate(blocks):
        if isinstance(content, list):
            row = f"<table:table-row>{_cells(content)}</table:table-row>"
            if content is HEADS:
                row = f"<table:table><table:table-header-rows>{row}</table:table-header-rows>"
            pieces.append(row + ("</table:table>" if blocks[i + 1][0] != "row" else ""))
        elif kind == "item":
            item = f"<text:list-item><text:p>{escape(content)}</text:p></text:list-item>"
            pieces.append(f"<text:list>{item}</text:list>")
        else:
            tag = "text:h" if kind == "head" else "text:p"
            pieces.append(f"<{tag}>{escape(content)}</{tag}>")
    return odf("".join(pieces))


def _cells(cells: Sequence[str]) -> str:
    return "".join(
        f"<table:table-cell><text:p>{escape(c)}</text:p></table:table-cell>" for c in cells
    )


def rich_text(blocks: Sequence[Block]) -> bytes:
    """Return blocks as rich text."""
    pieces = []
    for kind, content in blocks:
        if isinstance(content, list):
            head = r"\trhdr" if content is HEADS else ""
            cells = "".join(rf"\intbl {rtf_text(c)}\cell" for c in content)
            pieces.append(rf"\trowd{head}\cellx1000\cellx2000\cellx3000{cells}\row\pard ")
        else:
            mark = r"{\listtext\'b7\tab}" if kind == "item" else ""
            pieces.append(rf"\pard {mark}{rtf_text(content)}\par ")
    return rtf("".join(pieces))


def slides(blocks: Sequence[Block]) -> bytes:
    """Return blocks as slides: a head begins one, a table is a frame."""
    pages: list[str] = []
    rows = ""
    for kind, content in blocks:
        if isinstance(content, list):
            rows += (
                "<a:tr>"
                + "".join(
                    f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(c)}</a:t></a:r></a:p></a:txBody></a:tc>"
                    for c in content
                )
                + "</a:tr>"
            )
            continue
        if rows:
            pages[-1] += (
                f'<p:graphicFrame><a:tbl><a:tblPr firstRow="1"/>{rows}</a:tbl></p:graphicFrame>'
            )
            rows = ""
        if kind == "head" or not pages:
            pages.append("")
        pages[-1] += shape([content], "title" if kind == "head" else "body")
    return pptx(pages)


def sheet_rows(blocks: Sequence[Block]) -> list[list[str]]:
    """Return blocks as the rows of a sheet, a blank one around each table."""
    rows: list[list[str]] = []
    for i, (kind, content) in enumerate(blocks):
        if i and (kind == "row") != (blocks[i - 1][0] == "row"):
            rows.append([])
        rows.append(content if isinstance(content, list) else [content])
    return rows


def open_sheet(blocks: Sequence[Block]) -> bytes:
    """Return blocks as a sheet in the form of OpenOffice."""
    rows = "".join(
        f"<table:table-row>{_cells(row or [''])}</table:table-row>" for row in sheet_rows(blocks)
    )
    return odf(f'<table:table table:name="A">{rows}</table:table>', kind="spreadsheet")


def texts(blocks: Sequence[Block]) -> list[str]:
    """Return what a person would copy, a line for each block."""
    return [" ".join(c) if isinstance(c, list) else c for _, c in blocks]


MAKERS = {
    ".epub": lambda b: epub([markup(b[: len(b) // 2]), markup(b[len(b) // 2 :])]),
    ".odt": open_document,
    ".ods": open_sheet,
    ".rtf": rich_text,
    ".pptx": slides,
    ".xlsx": lambda b: xlsx(sheet_rows(b)),
    ".csv": lambda b: as_csv([HEADS, *(c for k, c in b if k == "row" and c is not HEADS)], ";"),
    ".eml": lambda b: bytes(
        mail("\n\n".join(texts(b)), html=f"<html><body>{markup(b)}</body></html>")
    ),
    ".rss": lambda b: feed([(str(b[0][1]), markup(b[1:]), "")]),
    ".srt": lambda b: srt(texts([x for x in b if x[0] != "row"])),
}


def expected(suffix: str, blocks: Sequence[Block]) -> list[str]:
    """Return the words that a person would copy from a file."""
    chosen = list(blocks)
    if suffix == ".csv":
        chosen = [b for b in blocks if b[0] == "row"]
    if suffix == ".srt":
        chosen = [b for b in blocks if b[0] != "row"]
    return words(" ".join(texts(chosen)))


def words(text: str) -> list[str]:
    """Return the words of a text, without marks around them."""
    return [w for w in (w.strip("-–.,;:()“”\"'‘’[]") for w in text.split()) if w]


def given(suffix: str, text: str) -> list[str]:
    """Return the words that were read, without what the program adds: names of columns, times, heads of mails."""
    if suffix == ".eml":
        text = text.split("\n\n", 4)[-1]
    text = re.sub(r"(?m)^\[\d+:\d\d:\d\d\] ", "", text)
    text = re.sub(r"(?m)^(?:- |\d+\. )", "", text)
    rows = re.compile(";? ?".join(f"{head}: ([^;\\n]+)" for head in HEADS))
    text = rows.sub(lambda row: " ".join([*HEADS, *row.groups()]), text, count=1)
    text = rows.sub(lambda row: " ".join(row.groups()), text)
    return words(text)


def main() -> None:
    """Print a row for each format."""
    print("| format | files | recall | precision | order | seconds a file |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for suffix, make in MAKERS.items():
            sums = Counter[str]()
            for seed in range(N_FILES):
                blocks = blocks_of(seed)
                path = Path(folder, f"{seed}{suffix}")
                path.write_bytes(make(blocks))
                began = time.monotonic()
                text = read_source(path).articles[0].text
                sums["seconds"] += time.monotonic() - began
                wanted, found = expected(suffix, blocks), given(suffix, text)
                both = (Counter(wanted) & Counter(found)).total()
                order = sum(
                    block.size
                    for block in SequenceMatcher(
                        None, wanted, found, autojunk=False
                    ).get_matching_blocks()
                )
                sums["recall"] += both / len(wanted)
                sums["precision"] += both / len(found)
                sums["order"] += order / len(wanted)
            cells = " | ".join(f"{sums[n] / N_FILES:.3f}" for n in ("recall", "precision", "order"))
            print(
                f"| {suffix} | {N_FILES} | {cells} | {sums['seconds'] / N_FILES:.1f} |", flush=True
            )


if __name__ == "__main__":
    main()
