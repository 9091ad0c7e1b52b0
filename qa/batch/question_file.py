"""Question files: a question a line, a column of a table or JSON lines, with labels where they are."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index import read_raw_rows, read_raw_text, well_formed
from qa.batch.question_table import Fields, csv_rows, is_table, sheet_rows
from qa.errors import ArticleError, QuestionFileError
from qa.question import clean_question

Form = Literal["txt", "csv", "jsonl", "xlsx"]
STDIN = "-"
_FORMS: dict[str, Form] = {
    ".txt": "txt", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".xlsx": "xlsx"
}  # fmt: skip
_MARK = re.compile(r"(?:(\d{1,4})[.)]|[-*•])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A row of a question file: a question, or in ``error`` why it cannot be asked.

    ``number`` is the 1-based position among the rows and ``line`` that of its first line in the
    file. ``id`` is the row's own; without one it is ``number``.
    """

    number: int
    line: int
    id: str | int
    question: str
    history: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The rows of a question file, in order, and the SHA-256 of its bytes.

    ``notes`` say in words for a person what was guessed of the file, or left out.
    """

    name: str
    sha256: str
    rows: tuple[QuestionRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with what a good answer cites and says.

    ``evidence`` holds alternatives; each is the snippets of the article that must all be cited.
    """

    id: str | int
    question: str
    history: tuple[str, ...]
    answerable: bool
    evidence: tuple[tuple[str, ...], ...]
    answers: tuple[str, ...]


def read_questions(path: str | Path) -> QuestionFile:
    """Return the rows of a question file; a bad row is one with an ``error``.

    Args:
        path: ``.txt`` (a question a line); ``.csv``, ``.tsv`` or ``.xlsx`` (a column ``question``,
            maybe ``id`` and ``history``: earlier questions, one a line); or ``.jsonl``
            (``question``, maybe ``id`` and ``history``, a list of earlier questions). ``-`` is
            stdin: JSON lines where they begin with ``{``, else plain lines.

    Raises:
        QuestionFileError: there is no such file, or its form is another.
    """
    name, data, form = _read(path)
    return parse_questions(name, data, form)


def parse_questions(name: str, data: bytes, form: Form | None = None) -> QuestionFile:
    """Return the rows in the bytes of a question file, as ``read_questions`` does.

    Args:
        name: what errors call the file.
        data: a workbook; or text in UTF-8, with any byte order mark, or in a charset that is
            guessed, with a note.
        form: None is JSON lines where they begin with ``{``, else plain lines.

    Raises:
        QuestionFileError: the bytes are of another form.
    """
    if form == "xlsx":
        numbered, notes = _sheet(name, data)
    else:
        text, notes = _text(name, data)
        form = form or ("jsonl" if text.lstrip().startswith("{") else "txt")
        if form == "csv" or (form == "txt" and is_table(text)):
            numbered = csv_rows(text, name)
        else:
            lines = enumerate(io.StringIO(text, newline=None), start=1)
            given = [(line, each.strip()) for line, each in lines if each.strip()]
            numbered = (
                ((line, _json_row(each)) for line, each in given)
                if form == "jsonl"
                else ((line, {"question": each}) for line, each in _without_marks(given))
            )
    rows = tuple(
        _row(number, line, fields) for number, (line, fields) in enumerate(numbered, start=1)
    )
    return QuestionFile(name, hashlib.sha256(data).hexdigest(), rows, notes)


def read_labelled(path: str | Path) -> list[LabelledQuestion]:
    """Return the questions of a labelled ``.jsonl`` file, in order.

    Raises:
        QuestionFileError: the file cannot be read or a row is bad: a measurement needs them all.
    """
    name, data, form = _read(path)
    if form not in ("jsonl", None):
        raise QuestionFileError(f"{name} must be .jsonl with labels, got .{form}", name=name)
    text, _ = _text(name, data)
    questions: list[LabelledQuestion] = []
    for line, given in enumerate(io.StringIO(text, newline=None), start=1):
        if given.strip():
            try:
                questions.append(_labelled(len(questions) + 1, line, _json_row(given)))
            except ValueError as error:
                raise QuestionFileError(
                    f"{name} line {line}: {error}", name=name, line=line
                ) from error
    if not questions:
        raise QuestionFileError(f"{name} must hold at least one question, got none", name=name)
    return questions


def _read(path: str | Path) -> tuple[str, bytes, Form | None]:
    """Return a file's name, bytes and form; stdin has no form yet."""
    if str(path) == STDIN:
        return "stdin", sys.stdin.buffer.read(), None
    path = Path(path)
    form = question_form(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionFileError(
            f"{path} cannot be read: {error.strerror or error}", name=str(path)
        ) from error
    return str(path), data, form


def question_form(name: str) -> Form:
    """Return the form that a file's name says; raise QuestionFileError where it says none."""
    suffix = Path(name).suffix
    if suffix.lower() not in _FORMS:
        raise QuestionFileError(
            f"{name} must be named {', '.join(list(_FORMS)[:-1])} or .xlsx, got {suffix!r}",
            name=name,
        )
    return _FORMS[suffix.lower()]


def _text(name: str, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and a note where its charset is a guess.

    A few bytes that are no UTF-8 spoil their row, not the file.
    """
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" not in data:
        text = data.decode("utf-8-sig", "surrogateescape")
        n_bad = sum("\udc80" <= c <= "\udcff" for c in text)
        if not n_bad or sum(c > "\x7f" for c in text) > 4 * n_bad:
            return text, ()
    try:
        raw = read_raw_text(data)
    except ArticleError as error:
        raise QuestionFileError(f"{name} {error.reason}", name=name) from error
    return raw.text.removeprefix("\ufeff"), tuple(
        f"{name}: {note.removeprefix('nothing, but ')}" for note in raw.notes
    )


def _sheet(name: str, data: bytes) -> tuple[Iterator[tuple[int, Fields]], tuple[str, ...]]:
    try:
        raw = read_raw_rows(data)
    except ArticleError as error:
        raise QuestionFileError(f"{name} {error.reason}", name=name) from error
    notes = tuple(f"{name}: left out: {note}" for note in raw.notes)
    return sheet_rows(raw.rows, name), notes


def _without_marks(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield lines without the marks of a list: numbers that count up from 1, or bullets, two or more."""
    marks = [_MARK.match(text) for _, text in lines]
    numbers = [int(mark[1]) for mark in marks if mark and mark[1]]
    counts = len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))
    is_list = counts or sum(mark is not None and not mark[1] for mark in marks) > 1
    for (line, text), mark in zip(lines, marks, strict=True):
        in_list = is_list and mark and (counts or not mark[1])
        yield line, text[mark.end() :] if in_list and mark else text


def _json_row(line: str) -> Fields:
    try:
        fields = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return "row must be JSON, got something else"
    return fields if isinstance(fields, dict) else "row must be a JSON object, got another value"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


def _row(number: int, line: int, fields: Fields) -> QuestionRow:
    """Return the row of fields, with an error where they cannot be asked."""
    if isinstance(fields, str):
        return QuestionRow(number, line, number, "", error=f"line {line}: {fields}")
    given_id = fields.get("id")
    row_id: str | int = given_id if type(given_id) is int else number
    if isinstance(given_id, str):
        row_id = well_formed(given_id)
    question = fields.get("question")
    shown = well_formed(question) if isinstance(question, str) else ""
    try:
        _check(fields)
        clean_question(shown)
    except ValueError as error:
        return QuestionRow(number, line, row_id, shown, error=f"line {line}: {error}")
    return QuestionRow(number, line, row_id, shown, tuple(fields.get("history") or ()))


def _check(fields: dict[str, Any]) -> None:
    """Raise ValueError where fields cannot be asked."""
    if "question" not in fields:
        raise ValueError('"question" is missing')
    _check_text('"question"', fields["question"])
    if not fields["question"].strip():
        raise ValueError('"question" is empty')
    given_id = fields.get("id")
    if isinstance(given_id, str):
        _check_text('"id"', given_id)
    elif given_id is not None and type(given_id) is not int:
        raise ValueError(f'"id" must be a text or a whole number, got {json.dumps(given_id)}')
    history = fields.get("history")
    if history is not None and not isinstance(history, list):
        raise ValueError('"history" must be a list of texts, got another value')
    for earlier in history or ():
        _check_text('"history"', earlier)


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, got {type(value).__name__}")  # noqa: TRY004
    if "\0" in value:
        raise ValueError(f"{name} must hold no NUL, got one at {value.index(chr(0))}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} must be UTF-8 text, got a lone surrogate or a bad byte at {error.start}"
        ) from error


def _labelled(number: int, line: int, fields: Fields) -> LabelledQuestion:
    """Return a labelled question; raise ValueError where a label is missing or contradicts."""
    if isinstance(fields, str):
        raise ValueError(fields)  # noqa: TRY004 - the row is bad, not a type
    _check(fields)
    row = _row(number, line, fields)
    evidence, answers = fields.get("evidence"), fields.get("answers", [])
    if not isinstance(fields.get("answerable"), bool):
        raise ValueError('"answerable" must be true or false')  # noqa: TRY004
    if not isinstance(evidence, list) or not all(_texts(e) and e for e in evidence):
        raise ValueError('"evidence" must be a list of lists of texts')
    if not _texts(answers):
        raise ValueError('"answers" must be a list of texts')
    if fields["answerable"] != bool(evidence):
        raise ValueError('"evidence" must be given where "answerable" is true, and only there')
    return LabelledQuestion(
        row.id,
        row.question,
        row.history,
        fields["answerable"],
        tuple(tuple(e) for e in evidence),
        tuple(answers),
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value)
