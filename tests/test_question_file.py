"""Question files: what is a row, what is a bad row and what is a bad file."""

from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest

from qa.batch.question_file import read_labelled, read_questions
from qa.errors import QuestionFileError

ABOVE = "; write question above the questions"


@pytest.fixture
def write(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


def asked(path):
    return [(row.id, row.question) for row in read_questions(path).rows]


def problems(path):
    return [row.error for row in read_questions(path).rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_file_is_a_question_a_line(write, end):
    path = write("q.txt", end.join(["\ufeffWho came?", "", "   ", " What for? ", "a\u2028b\x85c"]))
    assert asked(path) == [(1, "Who came?"), (2, "What for?"), (3, "a\u2028b\x85c")]


def test_a_csv_file_gives_its_question_column_and_ids(write):
    path = write("q.CSV", '\ufeffID, Question ,note\na,"Who, then?",x\n\n,"two\nlines",y\n')
    assert asked(path) == [("a", "Who, then?"), (2, "two\nlines")]
    assert [row.line for row in read_questions(path).rows] == [2, 4]


def test_json_lines_give_ids_and_history(write):
    rows = [{"question": "Who?", "id": 7}, {"question": "Why?", "id": None, "history": ["Who?"]}]
    path = write("q.jsonl", "\n\n".join(map(json.dumps, rows)))
    assert asked(path) == [(7, "Who?"), (2, "Why?")]
    assert read_questions(path).rows[1].history == ("Who?",)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "row must be JSON, got something else"),
        ("[" * 100_000, "row must be JSON, got something else"),
        ('{"question": NaN}', "row must be JSON, got something else"),
        ("[1]", "row must be a JSON object, got another value"),
        ('{"id": 1}', '"question" is missing'),
        ('{"question": null}', '"question" must be a text, got NoneType'),
        ('{"question": " "}', '"question" is empty'),
        ('{"question": "a\\u0000"}', '"question" must hold no NUL, got one at 1'),
        ('{"question": "a", "id": 1.5}', '"id" must be a text or a whole number, got 1.5'),
        (
            '{"question": "a", "history": "b"}',
            '"history" must be a list of texts, got another value',
        ),
        ('{"question": "a", "history": [1]}', '"history" must be a text, got int'),
        (
            '{"question": "ab\\ud800"}',
            '"question" must be UTF-8 text, got a lone surrogate or a bad byte at 2',
        ),
    ],
)
def test_a_bad_row_says_why_and_spoils_no_other(write, line, problem):
    path = write("q.jsonl", f'{line}\n{{"question": "Who?"}}\n')
    assert problems(path) == [f"line 1: {problem}", None]


def test_a_few_bytes_that_are_not_utf8_spoil_only_their_row(write):
    path = write("q.txt", "Où est l’été à Alès ?\n".encode() + b"caf\xe9?\nWho?\n")
    assert [e is None for e in problems(path)] == [True, False, True]
    assert asked(path)[1:] == [(2, "caf\ufffd?"), (3, "Who?")]


@pytest.mark.parametrize("name", ["q.txt", "q.csv"])
def test_a_file_in_another_charset_is_read_and_the_guess_is_noted(write, name):
    text = "question\r\nWhat’s the price at the café?\r\nHow long does the ferry take?\r\n"
    questions = read_questions(write(name, text.encode("cp1252")))
    assert questions.rows[-2].question == "What’s the price at the café?"
    (note,) = questions.notes
    assert note.endswith("the charset is a guess: cp1252")


TABLE = [["id", "question", "note"], ["a", "How much, in euros?", "x; y"], ["b", "Who?", ""]]


def as_csv(rows, delimiter, first=""):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return first + text.getvalue()


def as_xlsx(rows, *, first_row=1):
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, start=first_row):
        for column, value in enumerate(row, start=1):
            book.active.cell(number, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("comma.csv", as_csv(TABLE, ",")),
        ("bom.csv", as_csv(TABLE, ",", "\ufeff")),
        ("semicolon.csv", as_csv(TABLE, ";", "\ufeff")),
        ("bar.csv", as_csv(TABLE, "|")),
        ("tab.csv", as_csv(TABLE, "\t")),
        ("q.tsv", as_csv(TABLE, "\t")),
        ("sep.csv", as_csv(TABLE, ";", "sep=;\r\n")),
        ("bom-sep.csv", as_csv(TABLE, "^", "\ufeffsep=^\r\n")),
        ("utf16.csv", as_csv(TABLE, "\t").encode("utf-16")),
        ("unicode-text.txt", as_csv(TABLE, "\t").encode("utf-16")),
        ("utf16-be.csv", ("\ufeff" + as_csv(TABLE, ";")).encode("utf-16-be")),
        ("q.xlsx", as_xlsx(TABLE)),
        ("low.xlsx", as_xlsx(TABLE, first_row=4)),
        ("capital.csv", as_csv([["ID", " Questions ", ""], *TABLE[1:]], ",")),
    ],
)
def test_a_table_is_read_as_any_spreadsheet_writes_it(write, name, data):
    path = write(name, data)
    assert asked(path) == [("a", "How much, in euros?"), ("b", "Who?")]
    assert problems(path) == [None, None]
    assert read_questions(path).notes == ()


def test_a_workbook_gives_ids_that_are_numbers_and_the_rows_as_they_are_numbered(write):
    rows = [
        ["id", "question", "history"],
        [7, "Who?", "What is it?\nWhy?"],
        [None, None],
        [8, "B?"],
    ]
    questions = read_questions(write("q.xlsx", as_xlsx(rows)))
    assert [(r.id, r.line, r.history) for r in questions.rows] == [
        ("7", 2, ("What is it?", "Why?")),
        ("8", 4, ()),
    ]


def test_only_the_first_sheet_is_asked_and_the_others_are_noted(write):
    book = openpyxl.Workbook()
    book.active.append(["question"])
    book.active.append(["Who?"])
    book.create_sheet("More").append(["question"])
    file = io.BytesIO()
    book.save(file)
    questions = read_questions(write("q.xlsx", file.getvalue()))
    assert [r.question for r in questions.rows] == ["Who?"]
    assert questions.notes[0].endswith("left out: sheet “More”")


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip", b"question\nWho?\n", b""])
def test_a_workbook_that_is_none_is_one_line(write, data):
    with pytest.raises(QuestionFileError, match="must be a workbook"):
        read_questions(write("q.xlsx", data))


def test_an_unquoted_comma_is_an_error_and_no_shorter_question(write):
    path = write("q.csv", "question\nFor a car, how much is it?\nWho?\n,\nWhy?,,\n")
    assert problems(path) == [
        "line 2: row must have at most 1 cell, got 2; put a text with a comma in quotation marks",
        None,
        None,
    ]
    assert asked(path)[1:] == [(2, "Who?"), (3, "Why?")]


def test_rows_without_any_text_are_no_rows(write):
    path = write("q.csv", "id,question\n,\n ,  \na,Who?\n,\n")
    assert [(row.id, row.line) for row in read_questions(path).rows] == [("a", 4)]


@pytest.mark.parametrize("cell", ['"[""Who?"", ""Why?""]"', '"Who?\n\n Why? "'])
def test_earlier_questions_stand_in_a_cell(write, cell):
    path = write("q.csv", f"question,history\nWhen?,{cell}\nWhere?,\n")
    assert [row.history for row in read_questions(path).rows] == [("Who?", "Why?"), ()]


def test_a_quotation_mark_that_is_never_closed_costs_one_csv_row(write):
    path = write("q.csv", 'question\n"Who came?\nWhat for?\nWhen?\n')
    assert asked(path)[1:] == [(2, "What for?"), (3, "When?")]
    assert problems(path)[0].startswith("line 2: row must be CSV")


def test_a_csv_row_without_its_question_is_bad(write):
    path = write("q.csv", "id,question\na\nb,\nc,Who?\n")
    assert problems(path) == ['line 2: "question" is missing', 'line 3: "question" is empty', None]


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("q.doc", "Who?", "must be named .txt, .csv, .tsv, .jsonl or .xlsx, got '.doc'"),
        ("q.csv", "query\nWho?\n", f"must have a column named question, got query{ABOVE}"),
        ("q.csv", "", f"must have a column named question, got an empty file{ABOVE}"),
        ("q.csv", f"{'x' * 999}\n", f"must have a column named question, got {'x' * 60}{ABOVE}"),
        ("q.csv", "question,Question\na,b\n", "must have one column named question, got 2"),
        ("q.csv", "id,question,ID\na,b,c\n", "must have one column named id, got 2"),
        ("q.txt", b"\xff\xfea", "must be text, got broken UTF-16 or UTF-8; save it as UTF-8"),
    ],
)
def test_a_bad_file_is_one_line(write, name, data, problem):
    path = write(name, data)
    with pytest.raises(QuestionFileError) as caught:
        read_questions(path)
    assert str(caught.value) == f"{path} {problem}"


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(QuestionFileError, match=r"none\.txt cannot be read: No such file"):
        read_questions(tmp_path / "none.txt")


def test_labels_are_read(write):
    rows = [
        {"question": "Who?", "answerable": True, "evidence": [["a", "b"], ["c"]], "answers": ["d"]},
        {"id": "n", "question": "Why?", "answerable": False, "evidence": []},
    ]
    first, second = read_labelled(write("q.jsonl", "\n".join(map(json.dumps, rows))))
    assert (first.evidence, first.answers) == ((("a", "b"), ("c",)), ("d",))
    assert (second.id, second.answerable, second.evidence) == ("n", False, ())


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"question": "a", "evidence": []}', '"answerable" must be true or false'),
        ('{"question": "a", "answerable": true}', '"evidence" must be a list of lists of texts'),
        (
            '{"question": "a", "answerable": true, "evidence": []}',
            '"evidence" must be given where "answerable" is true, and only there',
        ),
        ("x", "row must be JSON, got something else"),
    ],
)
def test_a_bad_label_stops_a_measurement_with_its_line(write, row, problem):
    path = write("q.jsonl", f"\n{row}\n")
    with pytest.raises(QuestionFileError) as caught:
        read_labelled(path)
    assert str(caught.value) == f"{path} line 2: {problem}"


CAR, LONG_CROSSING, DOGS = (
    "How much is a ticket for a car?",
    "How long is the crossing?",
    "Must dogs be on a lead?",
)
ALL = [CAR, LONG_CROSSING, DOGS]
# What each file of ../shared/cases/batch asks; None is a row that is bad.
CASES = {
    "Question_header.csv": ALL,
    "Questions_header.csv": ALL,
    "blank.csv": [CAR, None],
    "comma_unquoted.csv": [None, LONG_CROSSING],
    "cp1252.csv": [f"{CAR[:-1]} at the café?", "What’s the price for a car?"],
    "cp1252.txt": ["What’s the price for a car?", LONG_CROSSING],
    "excel_bom.csv": ALL,
    "hist.csv": ["How long does it take?"],
    "newline.csv": [CAR.replace("ticket ", "ticket\r\n"), 'He said "free" - what travels free?'],
    "numbered.txt": [*ALL, "# a comment"],
    "out.csv": ["What costs 42 euros — a car?", "Who is Müller?"],
    "plain.csv": ALL,
    "q.tsv": ALL,
    "q.xlsx": [LONG_CROSSING],
    "semicolon.csv": ALL,
    "semicolon_one.csv": ALL,
    "sepline.csv": ALL,
    "tab.csv": ALL,
    "u.csv": ["What costs 42 euros — a car?", "Who is Müller?"],
    "utf16.csv": ALL,
    "utf16.txt": ALL,
}
REFUSED = {
    "noheader.csv": "must have a column named question, got How much is a ticket for a car",
    "q.json": "must be named .txt, .csv, .tsv, .jsonl or .xlsx, got '.json'",
}


@pytest.mark.parametrize("name", [*CASES, *REFUSED])
def test_files_as_spreadsheets_and_editors_write_them(shared, name):
    path = shared / "cases" / "batch" / name
    if not path.is_file():
        pytest.skip(f"needs {path}")
    if name in REFUSED:
        with pytest.raises(QuestionFileError, match=re.escape(REFUSED[name])):
            read_questions(path)
        return
    rows = read_questions(path).rows
    assert [None if row.error else row.question for row in rows] == CASES[name]


def test_every_file_of_the_cases_is_one_of_these(shared):
    folder = shared / "cases" / "batch"
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")
    assert {p.name for p in folder.iterdir()} - {"ferry.txt"} == {*CASES, *REFUSED}


@pytest.mark.parametrize(
    ("lines", "questions"),
    [
        ("1. Who?\n2. Why?\n\n3. When?", ["Who?", "Why?", "When?"]),
        ("1) Who?\n 2) Why?", ["Who?", "Why?"]),
        ("- Who?\n* Why?\n• When?", ["Who?", "Why?", "When?"]),
        ("1. FC Thorn?\nWho?", ["1. FC Thorn?", "Who?"]),
        ("3. Division?\n1. FC Thorn?", ["3. Division?", "1. FC Thorn?"]),
        ("- 3 degrees or more?\nWho?", ["- 3 degrees or more?", "Who?"]),
        ("2024: who?\n2025: who?", ["2024: who?", "2025: who?"]),
    ],
)
def test_the_marks_of_a_list_are_no_words_of_its_questions(write, lines, questions):
    assert [row.question for row in read_questions(write("q.txt", lines)).rows] == questions
