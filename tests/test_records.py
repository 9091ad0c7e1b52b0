"""Records: strict JSON, and tables that spreadsheets open rightly and never run."""

import csv
import io
import json

import openpyxl
import pytest

from qa.batch.output import COLUMNS, rendered
from qa.batch.question_file import QuestionRow
from qa.batch.records import Asked
from qa.text import json_line, to_json


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, -float("inf")]])
def test_json_has_no_number_that_json_lacks(value):
    with pytest.raises(ValueError, match="Out of range float"):
        to_json({"score": value})


CITATION = {
    "number": 1,
    "article": {
        "id": "a",
        "title": "The bridge",
        "source": "bridge.pdf",
        "date": "",
        "language": "en",
    },
    "page": 3,
    "quote": "It cost\n4 million.",
}
RECORD = {
    "id": 7,
    "question": "How much?",
    "status": "answered",
    "answer": "4 million",
    "short_answer": "4 million",
    "confidence": 0.79,
    "citations": [CITATION, {**CITATION, "quote": "So it did."}, {**CITATION, "quote": "-1."}],
    "nearest": [],
    "notes": [],
    "error": None,
}


def csv_cells(*records):
    text = b"".join(rendered(records, "csv")).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def xlsx_cells(*records):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(rendered(records, "xlsx"))))
    head, *rows = book.active.values
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_table_has_the_first_quote_its_article_and_page_in_cells_of_their_own():
    (row,) = csv_cells(RECORD)
    assert row == {
        **dict.fromkeys(COLUMNS, ""),
        "id": "7",
        "question": "How much?",
        "status": "answered",
        "answer": "4 million",
        "short_answer": "4 million",
        "confidence": "0.79",
        "citation": "It cost\n4 million.",
        "article": "The bridge",
        "source": "bridge.pdf",
        "page": "3",
        "other_citations": "So it did.\n-1.",
    }
    (sheet,) = xlsx_cells(RECORD)
    assert {name: "" if value is None else str(value) for name, value in sheet.items()} == row
    assert (sheet["id"], sheet["confidence"], sheet["page"]) == (7, 0.79, 3)


def test_a_csv_file_begins_with_the_mark_by_which_excel_knows_utf8():
    data = b"".join(rendered([{**RECORD, "question": "Müller?"}], "csv"))
    assert data.startswith(b"\xef\xbb\xbfid,question,")
    assert "Müller?".encode() in data


def test_a_record_without_a_citation_has_empty_cells():
    row = QuestionRow(number=0, line=1, id="x", question="Who?", error="line 1: it is bad")
    for (cells,) in (
        csv_cells(Asked(row, row.error).record()),
        xlsx_cells(Asked(row, row.error).record()),
    ):
        assert {k: v for k, v in cells.items() if v} == {
            "id": "x",
            "question": "Who?",
            "status": "error",
            "error": "line 1: it is bad",
        }


def test_the_same_records_are_the_same_workbook():
    first = b"".join(rendered([RECORD], "xlsx"))
    assert b"".join(rendered([RECORD], "xlsx")) == first


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_every_csv_cell_that_begins_like_a_formula_is_made_harmless(mark):
    text = f"{mark}cmd|' /C calc'!A0"
    record = {**dict.fromkeys(RECORD, text), "citations": [], "nearest": [], "notes": [text]}
    (cells,) = csv_cells(record)
    assert {name for name in RECORD if name in cells and cells[name] == f"'{text}"} == {*RECORD} - {
        "citations",
        "nearest",
    }


@pytest.mark.parametrize("text", ["=1+1", "@x", "https://h.example/1", "007", "{=1}", "internal:x"])
def test_a_text_in_a_workbook_stays_a_text(text):
    (cells,) = xlsx_cells({**RECORD, "question": text, "answer": text})
    assert (cells["question"], cells["answer"]) == (text, text)
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(rendered([{**RECORD, "question": text}], "xlsx")))
    )
    assert book.active["B2"].data_type == "s"
    assert book.active["B2"].hyperlink is None


def test_json_lines_keep_what_would_be_a_formula():
    row = QuestionRow(number=0, line=1, id="=1", question="=1+1?", history=(), error=None)
    record = json.loads(json_line(Asked(row, "-").record()))
    assert (record["id"], record["question"], record["error"]) == ("=1", "=1+1?", "-")
