"""Answer a question file: a record a question, in order, resumed where a run was stopped.

A chunk of records is on the disk before the next is begun. Chunks begin at fixed positions, so the
encoder sees the same batches after a resume and the finished file is the same, byte for byte.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from qa.article_qa import N_READ, ArticleQA
from qa.batch.journal import CHUNK, Journal, open_journal
from qa.batch.question_file import QuestionFile, QuestionRow
from qa.batch.records import error_record, record_of
from qa.errors import BatchError, CitationError

FORMAT = "article-qa batch"
VERSION = 1


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a run did: records in the file by status, and how many were there before it."""

    counts: Mapping[str, int]
    n_resumed: int
    finished: bool

    @property
    def n_errors(self) -> int:
        """The number of rows that could not be asked."""
        return self.counts.get("error", 0)


Progress = Callable[[int, int], None]


def answer_rows(engine: ArticleQA, rows: Sequence[QuestionRow]) -> Iterator[list[dict[str, Any]]]:
    """Yield the records of rows, in order, ``CHUNK`` at a time."""
    for start in range(0, len(rows), CHUNK):
        yield _answer_chunk(engine, rows[start : start + CHUNK])


def answer_file(
    engine: ArticleQA,
    questions: QuestionFile,
    out: str | Path,
    *,
    restart: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> BatchResult:
    """Write a record for each question to a file; go on where a run was stopped.

    Args:
        engine: answers.
        questions: what is asked.
        out: a name ending in ``.jsonl`` or ``.csv``; it appears once every record is there.
        restart: throw the records of a stopped run away.
        force: replace a finished file that is there.
        progress: called with (done, total) questions after each chunk.
        should_stop: asked before each chunk; true leaves the rest to the same call later.

    Raises:
        BatchError: the file is there already, a stopped run was of something else, another run
            is at it, or it cannot be written.
    """
    out = Path(out)
    settings = settings_of(engine, questions)
    try:
        with open_journal(out, questions, settings, restart=restart, force=force) as journal:
            return _answer(engine, questions.rows, journal, progress, should_stop)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what_to_do = (
            "nothing is lost: make room and run the same command again"
            if full
            else "choose another folder"
        )
        raise BatchError(
            f"{out} cannot be written: {error.strerror or error}; {what_to_do}", path=out
        ) from error


def settings_of(engine: ArticleQA, questions: QuestionFile) -> dict[str, Any]:
    """Return, as JSON-ready values, all that the records depend on."""
    article_index = engine.article_index
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": program_version(),
        "questions_sha256": questions.sha256,
        "n_questions": len(questions.rows),
        "articles_sha256": article_index.sha256,
        "encoder": article_index.encoder.fingerprint,
        "reader": engine.reader.fingerprint,
        "dense_weight": engine.retriever.dense_weight,
        "threshold": engine.threshold,
        "max_citations": engine.settings.max_citations,
        "n_read": N_READ,
        "chunk": CHUNK,
    }


def _answer(
    engine: ArticleQA,
    rows: Sequence[QuestionRow],
    journal: Journal,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> BatchResult:
    """Write the records that a journal lacks and finish it."""
    n_resumed = n_done = sum(journal.counts.values())
    if progress:
        progress(n_done, len(rows))
    for start in range(n_done, len(rows), CHUNK):
        if should_stop and should_stop():
            return BatchResult(dict(journal.counts), n_resumed, finished=False)
        chunk = rows[start : start + CHUNK]
        journal.write(_answer_chunk(engine, chunk))
        if progress:
            progress(start + len(chunk), len(rows))
    journal.finish()
    return BatchResult(dict(journal.counts), n_resumed, finished=True)


def _answer_chunk(engine: ArticleQA, rows: Sequence[QuestionRow]) -> list[dict[str, Any]]:
    """Return the records of rows, asked together; what cannot be asked spoils no other."""
    asked = [row for row in rows if row.error is None]
    try:
        answers = engine.ask_many([r.question for r in asked], histories=[r.history for r in asked])
        records = {row.number: record_of(row, a) for row, a in zip(asked, answers, strict=True)}
    except CitationError:
        records = {row.number: _answer_alone(engine, row) for row in asked}
    return [records.get(row.number) or error_record(row, row.error or "") for row in rows]


def _answer_alone(engine: ArticleQA, row: QuestionRow) -> dict[str, Any]:
    try:
        return record_of(row, engine.ask(row.question, history=row.history))
    except CitationError as error:
        return error_record(row, f"line {row.line}: {error}")


def program_version() -> str:
    """Return the installed version."""
    try:
        return version("article-qa")
    except PackageNotFoundError:  # run from its source, not installed
        return "source"
