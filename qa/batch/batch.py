"""Answer a question file: a record a question, in order, resumed where a run was stopped.

A row goes one way: question file → batch → journal → records, which the engine answers → output.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qa.article_qa import N_READ, ArticleQA
from qa.batch.journal import BatchResult, Progress, write_journaled
from qa.batch.output import check_output
from qa.batch.question_file import QuestionFile
from qa.batch.records import CHUNK, answer_rows
from qa.errors import BatchError
from qa.version import program_version

FORMAT = "article-qa batch"
VERSION = 1


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
        out: a name ending in ``.jsonl``, ``.csv`` or ``.xlsx``; it appears once every record is there.
        restart: throw the records of a stopped run away.
        force: replace a finished file that is there.
        progress: called with (done, total) questions after each chunk.
        should_stop: asked before each chunk; true leaves the rest to the same call later.

    Raises:
        BatchError: the file exists, a stopped run was of something else, another run writes it, or
            it cannot be written.
    """
    out = Path(out)
    try:
        check_output(out, questions.name, force=force)
        return write_journaled(
            out,
            questions.rows,
            partial(answer_rows, engine),
            settings_of(engine, questions),
            restart=restart,
            progress=progress,
            should_stop=should_stop,
        )
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
    store = engine.store
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": program_version(),
        "questions_sha256": questions.sha256,
        "n_questions": len(questions.rows),
        "articles_sha256": store.sha256,
        "encoder": store.encoder.fingerprint,
        "reader": engine.reader.fingerprint,
        "dense_weight": engine.retriever.dense_weight,
        "threshold": engine.threshold,
        "max_citations": engine.settings.max_citations,
        "n_read": N_READ,
        "chunk": CHUNK,
        **({"writer": engine.settings.writer.fingerprint} if engine.settings.writer else {}),
    }
