"""Records: strict JSON, and CSV that no spreadsheet runs."""

import csv
import io
import json

import pytest

from qa.batch.question_file import QuestionRow
from qa.batch.records import FIELDS, encode, error_record
from qa.text import to_json


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, -float("inf")]])
def test_json_has_no_number_that_json_lacks(value):
    with pytest.raises(ValueError, match="Out of range float"):
        to_json({"score": value})


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_every_csv_cell_that_begins_like_a_formula_is_made_harmless(mark):
    text = f"{mark}cmd|' /C calc'!A0"
    record = dict.fromkeys(FIELDS, text)
    (cells,) = csv.reader(io.StringIO(encode(record, "csv").decode(), newline=""))
    assert cells == [f"'{text}"] * len(FIELDS)


def test_json_lines_keep_what_would_be_a_formula():
    row = QuestionRow(number=0, line=1, id="=1", question="=1+1?", history=(), error=None)
    record = json.loads(encode(error_record(row, "-"), "jsonl"))
    assert (record["id"], record["question"], record["error"]) == ("=1", "=1+1?", "-")
