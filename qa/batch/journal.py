"""The journal of a batch that is not finished, and the file that is made of it.

OUT.journal is JSON lines: what a resume must match, then the records so far. It is on the disk
before more is asked, and its end may be torn. OUT is rendered from it, whole or not at all.
"""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import well_formed
from index.storage.durable import file_lock, replace, write_all
from qa.batch.question_file import QuestionFile, QuestionRow
from qa.batch.records import FIELDS, OutForm, rendered
from qa.errors import BatchError
from qa.text import json_line

CHUNK = 32
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


def check_output(out: Path, questions: str, *, force: bool = False) -> None:
    """Raise BatchError where a file cannot be the output; it costs nothing to ask early.

    Args:
        out: the file to be written.
        questions: the name of the question file.
        force: whether a file that is there may be replaced.
    """
    out_form(out)
    if not out.parent.is_dir():
        raise BatchError(
            f"{out} must be in a folder that is there; make {out.parent} first", path=out
        )
    if not out.exists():
        return
    if not out.is_file():
        raise BatchError(
            f"{out} must be a file, got a folder or a device; choose another name", path=out
        )
    if Path(questions).exists() and out.samefile(questions):
        raise BatchError(
            f"{out} must be another file than the questions; choose another name", path=out
        )
    if not force:
        raise BatchError(f"{out} is there already; give --force to replace it", path=out)


def out_form(out: Path) -> OutForm:
    """Return the form that a name asks for."""
    forms: dict[str, OutForm] = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx"}
    if out.suffix.lower() not in forms:
        raise BatchError(f"{out} must be named .jsonl, .csv or .xlsx, got {out.suffix!r}", path=out)
    return forms[out.suffix.lower()]


@contextmanager
def open_journal(
    out: Path,
    questions: QuestionFile,
    settings: dict[str, Any],
    *,
    restart: bool = False,
    force: bool = False,
) -> Iterator[Journal]:
    """Give the journal of an output, begun or resumed, to one run at a time.

    Args:
        out: the file that is made of it at last.
        questions: what is asked.
        settings: what a run must have in common with the one that began it, JSON-ready.
        restart: throw the records of a stopped run away.
        force: whether an output that is there may be replaced.

    Raises:
        BatchError: the output cannot be written or has another run, or the journal was begun by a
            run of something else, or is none.
    """
    check_output(out, questions.name, force=force)
    path = out.with_name(f"{out.name}.journal")
    with _only_run(out):
        if restart:
            path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            journal = Journal(out, path, descriptor)
            journal.resume(settings, questions.rows)
            yield journal
        finally:
            os.close(descriptor)


class Journal:
    """The records of a run so far, cut back to the chunks that are whole.

    ``counts`` are those of its records, by status.
    """

    def __init__(self, out: Path, path: Path, descriptor: int) -> None:
        """Take the output and the open file of the journal."""
        self._out, self._path, self._file = out, path, descriptor
        self.counts: Counter[str] = Counter()

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Add records and wait until they are on the disk."""
        self._append(b"".join(map(json_line, records)))
        self.counts.update(record["status"] for record in records)

    def finish(self) -> None:
        """Render the output, whole or not at all, and remove the journal."""
        new = self._out.with_name(f"{self._out.name}.new")
        with self._path.open("rb") as lines, new.open("wb") as file:
            next(lines)
            file.writelines(rendered(map(json.loads, lines), out_form(self._out)))
            file.flush()
            os.fsync(file.fileno())
        replace(new, self._out)
        self._path.unlink()

    def resume(self, settings: dict[str, Any], rows: Sequence[QuestionRow]) -> None:
        """Go to the end of the last whole chunk of a stopped run of the same, or begin.

        Raises:
            BatchError: the run that began it was of something else, or the file is no journal.
        """
        first = json_line(settings)
        with self._path.open("rb") as lines:
            begun = lines.readline()
            if first.startswith(begun) and begun != first:  # empty, or torn in its first line
                os.ftruncate(self._file, 0)
                self._append(first)
                return
            self._compare(begun, settings)
            sizes, statuses = [], []
            for line, row in zip(lines, rows, strict=False):
                status = _status_of(line, row)
                if status is None:
                    break
                sizes.append(len(line))
                statuses.append(status)
        n_whole = len(sizes) if len(sizes) == len(rows) else len(sizes) // CHUNK * CHUNK
        end = len(first) + sum(sizes[:n_whole])
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)
        self.counts.update(statuses[:n_whole])

    def _compare(self, begun: bytes, settings: dict[str, Any]) -> None:
        """Raise BatchError where a stopped run was of something else."""
        before = _object(begun)
        if before is None or before.get("format") != settings["format"]:
            raise BatchError(
                f"{self._path} must be the journal of a batch, got another file; "
                "delete it or give --restart",
                path=self._path,
            )
        for key, value in settings.items():
            if before.get(key) != value:
                raise BatchError(
                    f"{self._path} was begun with another {_MEANING.get(key, 'format')} "
                    f"({str(before.get(key))[:12]}), got {str(value)[:12]}; "
                    "run it as before, or give --restart to begin again",
                    path=self._path,
                )

    def _append(self, data: bytes) -> None:
        write_all(self._file, data)
        os.fsync(self._file)


@contextmanager
def _only_run(out: Path) -> Iterator[None]:
    """Hold an output for one run; raise BatchError where another has it."""
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
