"""Question files: what is a row, what is a bad row and what is a bad file."""

from __future__ import annotations

import json

import pytest

from qa.batch.question_file import read_labelled, read_questions
from qa.errors import QuestionFileError


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


def test_bytes_that_are_not_utf8_spoil_only_their_row(write):
    path = write("q.txt", b"caf\xe9?\nWho?\n")
    assert [e is None for e in problems(path)] == [False, True]
    assert asked(path) == [(1, "caf\ufffd?"), (2, "Who?")]


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
        ("q.doc", "Who?", "must be named .txt, .csv or .jsonl, got '.doc'"),
        ("q.csv", "query\nWho?\n", "must have a column named question, got query"),
        ("q.csv", "", "must have a column named question, got an empty file"),
        ("q.csv", f"{'x' * 999}\n", f"must have a column named question, got {'x' * 60}"),
        ("q.csv", "question,Question\na,b\n", "must have one column named question, got 2"),
        ("q.csv", "id,question,ID\na,b,c\n", "must have one column named id, got 2"),
        ("q.txt", "Who?".encode("utf-16"), "must be in UTF-8, got UTF-16; save it as UTF-8"),
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
