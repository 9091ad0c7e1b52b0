"""Questions over tables in six formats, asked of the whole program: the right cell, declined, or a wrong one.

    pip install '.[test]' && python bench/tables.py [tables.json | more_tables.json] [--reader small] [--all]

The files beside this script hold the tables and the questions, which were written before any was
asked. A cell is right where the short answer is the cell, or a part of it that
begins it, and the first cited sentence is of its row. A question without a cell has no answer in the table.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docx
import fpdf
import openpyxl

from index import SentenceTransformerEncoder, read_source
from qa import Answer, ArticleQA, Settings

FOLDER = Path(__file__).parent
Placed = tuple[int, int, int, int, Any]  # row, column, height, width, text


def placed_cells(rows: Sequence[Sequence[Any]]) -> list[Placed]:
    """Return where each cell of a table stands; a merged one is an object with ``down`` or ``across``."""
    placed: list[Placed] = []
    taken: set[tuple[int, int]] = set()
    for i, row in enumerate(rows):
        j = 0
        for cell in row:
            while (i, j) in taken:
                j += 1
            given = cell if isinstance(cell, dict) else {"text": cell}
            down, across = given.get("down", 1), given.get("across", 1)
            taken |= {(i + a, j + b) for a in range(down) for b in range(across)}
            placed.append((i, j, down, across, given["text"]))
    return placed


def write(table: dict[str, Any], folder: Path) -> Path:
    """Write the file of a table, and return its path."""
    path = folder / f"{table['name']}.{table['format']}"
    if "text" in table:
        path.write_text(table["text"], encoding="utf-8")
        return path
    writers = {"docx": write_document, "xlsx": write_workbook, "pdf": write_page}
    write_rows = writers[table["format"]]
    write_rows(table, placed_cells(table["rows"]), path)
    return path


def write_document(table: dict[str, Any], cells: Sequence[Placed], path: Path) -> None:
    """Write a table in Word, its head bold, between a heading and a paragraph."""
    document = docx.Document()
    document.add_heading(table["title"])
    width = max(j + across for _, j, _, across, _ in cells)
    made = document.add_table(rows=len(table["rows"]), cols=width)
    for i, j, down, across, text in cells:
        cell = made.cell(i, j).merge(made.cell(i + down - 1, j + across - 1))
        cell.text = ""
        cell.paragraphs[0].add_run(text).bold = i < table["n_head"]
    document.add_paragraph(table["after"])
    document.save(str(path))


def write_workbook(table: dict[str, Any], cells: Sequence[Placed], path: Path) -> None:
    """Write a sheet with its title in the first row and the table below it, its head bold."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.cell(1, 1, table["title"])
    for i, j, down, across, text in cells:
        cell = sheet.cell(i + 3, j + 1, text)
        cell.font = openpyxl.styles.Font(bold=i < table["n_head"])
        if down * across > 1:
            sheet.merge_cells(
                start_row=i + 3, start_column=j + 1, end_row=i + 2 + down, end_column=j + across
            )
    book.save(path)


def write_page(table: dict[str, Any], cells: Sequence[Placed], path: Path) -> None:
    """Write a page of a PDF with a table without lines, its head bold, below a title."""
    paper = fpdf.FPDF()
    paper.add_page()
    paper.set_font("Helvetica", "B", 16)
    paper.cell(text=table["title"], new_x="LMARGIN", new_y="NEXT", h=14)
    width = paper.epw / max(j + across for _, j, _, across, _ in cells)
    top = paper.get_y()
    for i, j, _, _, text in cells:
        paper.set_font("Helvetica", "B" if i < table["n_head"] else "", 10)
        paper.text(paper.l_margin + j * width, top + 7 * (i + 1), text)
    paper.set_font("Helvetica", "", 10)
    paper.set_y(top + 7 * (len(table["rows"]) + 2))
    paper.multi_cell(0, 5, table["after"])
    paper.output(str(path))


def outcome(answer: Answer, question: dict[str, Any]) -> str:
    """Return what an answer is: "right", "unsure, right", "declined", "unsure, wrong" or "WRONG"."""
    level = "" if answer.answered else "unsure, "
    if not answer.citations:
        return "declined"
    short = bare(answer.short_answer or "")
    if question["cell"] is not None:
        is_cell = short and bare(question["cell"]).startswith(short)
        if is_cell and question["row"] in answer.citations[0].quote:
            return f"{level}right"
        if not short and question["row"] in answer.citations[0].quote:
            return f"{level}right row, no cell"
    return f"{level}wrong" if level else "WRONG"


def bare(text: str) -> str:
    """Return a text as it is compared: without marks around it, in small letters."""
    return re.sub(r"^\W+|\W+$", "", " ".join(text.split())).lower()


def main() -> None:
    """Print what is not right, or with ``--all`` each question, and the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", default="tables.json", help="beside this script")
    parser.add_argument("--reader", help="as of `article-qa ask`")
    parser.add_argument("--all", action="store_true", help="print what is right too")
    given = parser.parse_args()
    settings = Settings(encoder=SentenceTransformerEncoder(), reader=given.reader)
    counts: dict[str, Counter[str]] = {}
    with TemporaryDirectory() as folder:
        for table in json.loads((FOLDER / given.file).read_text(encoding="utf-8"))["tables"]:
            articles = read_source(write(table, Path(folder))).articles
            engine = ArticleQA.from_articles(articles, settings)
            for question in table["questions"]:
                answer = engine.ask(question["question"])
                got = outcome(answer, question)
                key = "answerable" if question["cell"] is not None else "without an answer"
                counts.setdefault(key, Counter())[got] += 1
                if given.all or got != "right":
                    quote = answer.citations[0].quote if answer.citations else "–"
                    print(f"{got}: {question['question']} {answer.short_answer} ← {quote}")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
