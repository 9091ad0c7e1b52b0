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
from typing import Any, Self

from index import well_formed
from index.storage.durable import file_lock, replace
from qa.batch.question_file import QuestionRow
from qa.batch.records import FIELDS, OutForm, encode, rendered
from qa.errors import BatchError

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
    if not force and not is_rendered(out):
        raise BatchError(f"{out} is there already; give --force to replace it", path=out)


def out_form(out: Path) -> OutForm:
    """Return the form that a name asks for."""
    forms: dict[str, OutForm] = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx"}
    if out.suffix.lower() not in forms:
        raise BatchError(f"{out} must be named .jsonl, .csv or .xlsx, got {out.suffix!r}", path=out)
    return forms[out.suffix.lower()]


class Journal:
    """The records of a run so far, cut back to the chunks that are whole; one run has it open."""

    def __init__(self, out: Path, settings: dict[str, Any], rows: Sequence[QuestionRow]) -> None:
        """Open the journal of an output, or begin it.

        Args:
            out: the file that is made of it at last.
            settings: what a run must have in common with the one that began it, JSON-ready.
            rows: what is asked.

        Raises:
            BatchError: the run that began it was of something else, or the file is no journal.
        """
        self._out = out
        self._path = journal_path(out)
        self.counts: Counter[str] = Counter()
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            self._resume(settings, rows)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Add records and wait until they are on the disk."""
        self._append(b"".join(map(encode, records)))
        self.counts.update(record["status"] for record in records)

    def finish(self) -> None:
        """Render the output and remove the journal; a run stopped between is seen to be finished."""
        new = self._out.with_name(f"{self._out.name}.new")
        with new.open("wb") as file:
            file.writelines(_rendered(self._path, out_form(self._out)))
            file.flush()
            os.fsync(file.fileno())
        replace(new, self._out)
        self._path.unlink()

    def _resume(self, settings: dict[str, Any], rows: Sequence[QuestionRow]) -> None:
        """Go to the end of the last whole chunk of a stopped run of the same."""
        first = _line(settings)
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
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]
        os.fsync(self._file)


@contextmanager
def only_run(out: Path) -> Iterator[None]:
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


def is_rendered(out: Path, settings: dict[str, Any] | None = None) -> bool:
    """Return whether a file is what its journal makes: a run was stopped in its very last step.

    Args:
        out: the file.
        settings: what the journal must have been begun with; None is anything.
    """
    journal = journal_path(out)
    if not (journal.is_file() and out.is_file()):
        return False
    with journal.open("rb") as lines, out.open("rb") as written:
        begun = lines.readline()
        if _object(begun) is None or (settings is not None and begun != _line(settings)):
            return False
        try:
            pieces = _rendered(journal, out_form(out))
            return all(p == written.read(len(p)) for p in pieces) and not written.read(1)
        except (ValueError, KeyError, TypeError):
            return False


def journal_path(out: Path) -> Path:
    """Return where the journal of an output is."""
    return out.with_name(f"{out.name}.journal")


def statuses_of(out: Path) -> Counter[str]:
    """Return how many records of each status the journal of an output has."""
    with journal_path(out).open("rb") as lines:
        next(lines)
        return Counter(json.loads(line)["status"] for line in lines)


def _rendered(journal: Path, form: OutForm) -> Iterator[bytes]:
    """Yield the bytes of the output, piece by piece."""
    with journal.open("rb") as lines:
        next(lines)
        yield from rendered(map(json.loads, lines), form)


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


def _line(settings: dict[str, Any]) -> bytes:
    return json.dumps(settings).encode("ascii") + b"\n"
