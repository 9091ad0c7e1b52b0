"""Questions in a data frame, of pandas or polars, with their answers beside them."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from qa.article_qa import ArticleQA
from qa.batch.question_file import parse_questions
from qa.batch.records import FIELDS, answer_rows
from qa.errors import QuestionFileError
from qa.text import to_json

Frame = TypeVar("Frame")
_ANSWERED = tuple(name for name in FIELDS if name not in ("id", "question"))


def answer_frame(engine: ArticleQA, frame: Frame, *, question: str = "question") -> Frame:
    """Return a frame with a column for each field of a record beside its own columns.

    What cannot be asked, as an empty cell, has the status "error" and says why.

    Args:
        engine: answers.
        frame: a data frame of pandas or polars; it stays as it is.
        question: the name of the column that is asked.

    Raises:
        QuestionFileError: there is no such column.
    """
    source: Any = frame
    if question not in source.columns:
        listed = ", ".join(map(str, source.columns))
        raise QuestionFileError(
            f"frame must have the column {question!r}, got {listed or 'none'}", name="frame"
        )
    asked = source[question].to_list()
    lines = [to_json({"question": q if isinstance(q, str) else None}) for q in asked]
    rows = parse_questions("frame", "\n".join(lines).encode(), "jsonl").rows
    records = [record for chunk in answer_rows(engine, rows) for record in chunk]
    columns = {name: [record[name] for record in records] for name in _ANSWERED}
    if hasattr(source, "assign"):  # pandas: the index stays, too
        return cast("Frame", source.assign(**columns))
    return cast("Frame", source.with_columns(type(source)(columns, strict=False).get_columns()))
