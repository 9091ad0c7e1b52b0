"""A question file answered: a record a question, in order, resumed where a run was stopped.

OUT.journal is JSON lines: what a resume must match, then the records so far. A chunk of records is on
the disk before the next is begun, and the end of the file may be torn. Chunks begin at fixed positions,
so the encoder sees the same batches after a resume and the output is the same, byte for byte. OUT is
rendered at the end, whole or not at all.
"""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import well_formed
from index.storage.durable import file_lock, write_all
from qa.answering import N_READ
from qa.article_qa import ArticleQA
from qa.batch.output import check_output, write_output
from qa.batch.question_file import QuestionFile, QuestionRow
from qa.batch.records import CHUNK, FIELDS, answer_rows
from qa.errors import BatchError
from qa.text import json_line
from qa.version import program_version

FORMAT = "article-qa batch"
VERSION = 1
Progress = Callable[[int, int], None]

_MEANING = {
    "program": "version of the program",
    "questions_sha256": "question file",
    "n_questions": "question file",
    "articles_sha256": "articles or the index",
    "encoder": "encoder",
    "reader": "reader",
    "dense_weight": "search",
    "threshold": "threshold",
    "max_citations": "number of citations",
}


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
    out, rows = Path(out), questions.rows
    path = out.with_name(f"{out.name}.journal")
    try:
        check_output(out, questions.name, force=force)
        with _only_run(out), _opened(path, restart=restart) as journal:
            counts = _resume(path, journal, rows, settings_of(engine, questions))
            n_resumed = n_done = counts.total()
            chunks = answer_rows(engine, rows[n_done:])
            if progress:
                progress(n_done, len(rows))
            while n_done < len(rows):
                if should_stop and should_stop():
                    return BatchResult(dict(counts), n_resumed, finished=False)
                records = next(chunks)
                _append(journal, map(json_line, records))
                counts.update(record["status"] for record in records)
                n_done += len(records)
                if progress:
                    progress(n_done, len(rows))
            with path.open("rb") as lines:
                next(lines)
                write_output(out, map(json.loads, lines))
            path.unlink()
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
    return BatchResult(dict(counts), n_resumed, finished=True)


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


@contextmanager
def _only_run(out: Path) -> Iterator[None]:
    """Lock an output for one run; raise BatchError where another has it."""
    lock = out.with_name(f"{out.name}.lock")
    try:
        with file_lock(lock, wait=False):
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
    except BlockingIOError as error:
        if not lock.exists():  # nobody has it: it cannot be made
            raise OSError(errno.EACCES, "no file can be made there", str(lock)) from error
        raise BatchError(
            f"{out} must be written by one run at a time, got two; wait for it", path=out
        ) from error


@contextmanager
def _opened(path: Path, *, restart: bool) -> Iterator[int]:
    """Yield the descriptor of a journal, which is made where there is none."""
    if restart:
        path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _resume(
    path: Path, journal: int, rows: Sequence[QuestionRow], settings: dict[str, Any]
) -> Counter[str]:
    """Cut a journal back to the chunks that are whole, or begin it; return its records by status.

    Raises:
        BatchError: the run that began it was of something else, or the file is no journal.
    """
    first = json_line(settings)
    statuses: list[str] = []
    ends = [len(first)]
    with path.open("rb") as lines:
        begun = lines.readline()
        if first.startswith(begun) and begun != first:  # empty, or torn in its first line
            os.ftruncate(journal, 0)
            _append(journal, [first])
            return Counter()
        _compare(path, begun, settings)
        for line, row in zip(lines, rows, strict=False):
            status = _status_of(line, row)
            if status is None:
                break
            statuses.append(status)
            ends.append(ends[-1] + len(line))
    n_whole = len(statuses) if len(statuses) == len(rows) else len(statuses) // CHUNK * CHUNK
    os.ftruncate(journal, ends[n_whole])
    os.lseek(journal, ends[n_whole], os.SEEK_SET)
    return Counter(statuses[:n_whole])


def _compare(path: Path, begun: bytes, settings: dict[str, Any]) -> None:
    """Raise BatchError where a stopped run was of something else."""
    before = _object(begun)
    if before is None or before.get("format") != settings["format"]:
        raise BatchError(
            f"{path} must be the journal of a batch, got another file; delete it or give --restart",
            path=path,
        )
    for key, value in settings.items():
        if before.get(key) != value:
            raise BatchError(
                f"{path} was begun with another {_MEANING.get(key, 'format')} "
                f"({str(before.get(key))[:12]}), got {str(value)[:12]}; "
                "run it as before, or give --restart to begin again",
                path=path,
            )


def _status_of(line: bytes, row: QuestionRow) -> str | None:
    """Return the status of a row's record; None where a line is torn, or of another row."""
    record = _object(line)
    if record is None or tuple(record) != FIELDS:
        return None
    is_of_row = (record["id"], record["question"]) == (row.id, well_formed(row.question))
    return str(record["status"]) if is_of_row else None


def _object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a whole line, or None."""
    try:
        value = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _append(journal: int, lines: Iterable[bytes]) -> None:
    """Add lines and wait until they are on the disk."""
    write_all(journal, b"".join(lines))
    os.fsync(journal)
