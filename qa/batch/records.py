"""The record that a batch writes of each question: its answer, or why it could not be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index import well_formed
from qa.article_qa import ArticleQA
from qa.batch.question_file import QuestionRow
from qa.errors import CitationError, QuestionError
from qa.types import Answer

CHUNK = 32  # questions that are asked, and whose records are written, together
FIELDS = (
    "id",
    "question",
    "status",
    "answer",
    "short_answer",
    "confidence",
    "citations",
    "nearest",
    "notes",
    "error",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A row with its answer, or with why it could not be asked."""

    row: QuestionRow
    answer: Answer | str

    def record(self) -> dict[str, Any]:
        """Return what is written of it, with the row's own words."""
        own = {"id": self.row.id, "question": well_formed(self.row.question)}
        if isinstance(self.answer, str):
            bad = {"status": "error", "error": well_formed(self.answer)}
            lists: dict[str, Any] = {"citations": [], "nearest": [], "notes": []}
            return {**dict.fromkeys(FIELDS), **lists, **own, **bad}
        record = {**self.answer.to_dict(), **own, "error": None}
        reworded = {"rewording": record["rewording"]} if self.answer.rewording else {}
        return {**{name: record[name] for name in FIELDS}, **reworded}


def answer_rows(engine: ArticleQA, rows: Sequence[QuestionRow]) -> Iterator[list[dict[str, Any]]]:
    """Yield the records of rows, in order, ``CHUNK`` at a time."""
    for asked in ask_rows(engine, rows):
        yield [each.record() for each in asked]


def ask_rows(engine: ArticleQA, rows: Sequence[QuestionRow]) -> Iterator[list[Asked]]:
    """Yield the rows with their answers, in order, ``CHUNK`` at a time."""
    for start in range(0, len(rows), CHUNK):
        yield _asked(engine, rows[start : start + CHUNK])


def _asked(engine: ArticleQA, rows: Sequence[QuestionRow]) -> list[Asked]:
    """Return the answers of rows, asked together; what cannot be asked spoils no other."""
    asked = [row for row in rows if row.error is None]
    try:
        answers = engine.ask_many([r.question for r in asked], histories=[r.history for r in asked])
    except (CitationError, QuestionError) as error:
        if len(rows) > 1:
            return [each for row in rows for each in _asked(engine, [row])]
        return [Asked(rows[0], f"line {rows[0].line}: {error}")]
    found = {row.number: answer for row, answer in zip(asked, answers, strict=True)}
    return [Asked(row, found.get(row.number) or row.error or "") for row in rows]
