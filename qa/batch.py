"""Answer a question file: a record a question, in order, resumed where a run was stopped.

    OUT.part         the records so far; its last one may be torn
    OUT.part.json    what a resume must match: questions, articles, encoder and settings
    OUT              the finished file, moved there in one step

A chunk of records is on the disk before the next is begun. Chunks begin at fixed positions, so the
encoder sees the same batches after a resume and the finished file is the same, byte for byte.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from index import ArticleQAError
from qa.article_qa import ArticleQA, clean_question
from qa.questions import QuestionFile, QuestionRow
from qa.records import (
    OutForm,
    decode,
    encode,
    error_record,
    header,
    is_record_of,
    record_of,
    split_records,
)
from qa.types import CitationError, QuestionError

CHUNK = 32
FORMAT = "article-qa batch"
VERSION = 1


class BatchError(ArticleQAError):
    """A batch cannot be begun, resumed or written."""


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
    form = out_form(out)
    settings = settings_of(engine, questions)
    try:
        done = None if restart else _finished(out, settings, form)
        if done:
            return done
        if out.exists() and not force:
            raise BatchError(f"{out} is there already; give --force to replace it")
        with _Part(out, settings, questions.rows, form, restart=restart) as part:
            return _answer(engine, questions.rows, part, progress, should_stop)
    except OSError as error:
        raise BatchError(
            f"{out} cannot be written: {error.strerror or error}; "
            "nothing is lost: make room and run the same command again"
        ) from error


def out_form(out: Path) -> OutForm:
    """Return the form that a name asks for."""
    if out.suffix.lower() == ".jsonl":
        return "jsonl"
    if out.suffix.lower() == ".csv":
        return "csv"
    raise BatchError(f"{out} must be named .jsonl or .csv, got {out.suffix!r}")


def settings_of(engine: ArticleQA, questions: QuestionFile) -> dict[str, Any]:
    """Return, as JSON-ready values, all that the records depend on."""
    article_index = engine.article_index
    spans = [
        [
            a.id,
            a.source,
            [[s.start, s.end, s.kind] for s in a.sentences],
            [[p.start, p.end] for p in passages],
        ]
        for a, passages in zip(article_index.articles, article_index.passages, strict=True)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": program_version(),
        "questions_sha256": questions.sha256,
        "n_questions": len(questions.rows),
        "articles_sha256": hashlib.sha256(json.dumps(spans).encode("ascii")).hexdigest(),
        "encoder": article_index.encoder.fingerprint,
        "reader": getattr(engine.reader, "fingerprint", type(engine.reader).__name__),
        "dense_weight": engine.retriever.dense_weight,
        "threshold": engine.threshold,
        "chunk": CHUNK,
    }


_MEANING = {
    "program": "the program's version",
    "questions_sha256": "the question file",
    "n_questions": "the question file",
    "articles_sha256": "the articles or the index",
    "encoder": "the encoder",
    "reader": "the reader",
    "dense_weight": "the search",
    "threshold": "the threshold",
}


def _answer(
    engine: ArticleQA,
    rows: Sequence[QuestionRow],
    part: _Part,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> BatchResult:
    """Write the records that a part lacks and finish it."""
    n_resumed = n_done = sum(part.counts.values())
    if progress:
        progress(n_done, len(rows))
    for start in range(n_done, len(rows), CHUNK):
        if should_stop and should_stop():
            return BatchResult(dict(part.counts), n_resumed, finished=False)
        chunk = rows[start : start + CHUNK]
        part.write(_answer_chunk(engine, chunk))
        if progress:
            progress(start + len(chunk), len(rows))
    part.finish()
    return BatchResult(dict(part.counts), n_resumed, finished=True)


def _answer_chunk(engine: ArticleQA, rows: Sequence[QuestionRow]) -> list[dict[str, Any]]:
    """Return the records of rows, asked together; what cannot be asked spoils no other."""
    errors = {row.number: row.error or _problem(row) for row in rows}
    asked = [row for row in rows if errors[row.number] is None]
    try:
        found = engine.ask_many([r.question for r in asked], histories=[r.history for r in asked])
        records = {row.number: record_of(row, a) for row, a in zip(asked, found, strict=True)}
    except (QuestionError, CitationError):
        records = {row.number: _answer_alone(engine, row) for row in asked}
    return [records.get(r.number) or error_record(r, errors[r.number] or "") for r in rows]


def _answer_alone(engine: ArticleQA, row: QuestionRow) -> dict[str, Any]:
    try:
        return record_of(row, engine.ask(row.question, history=row.history))
    except (QuestionError, CitationError) as error:
        return error_record(row, f"line {row.line}: {error}")


def _problem(row: QuestionRow) -> str | None:
    try:
        clean_question(row.question)
    except QuestionError as error:
        return f"line {row.line}: {error}"
    return None


class _Part:
    """The unfinished output: open, locked and cut back to the chunks that are whole."""

    def __init__(
        self,
        out: Path,
        settings: dict[str, Any],
        rows: Sequence[QuestionRow],
        form: OutForm,
        *,
        restart: bool,
    ) -> None:
        self.out, self.settings, self.form = out, settings, form
        self.counts: Counter[str] = Counter()
        self._file = os.open(_part(out), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            self._lock()
            if restart:
                os.ftruncate(self._file, 0)
                _remove(_side(out))
            self._resume(rows)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Add records and wait until they are on the disk."""
        self._append(b"".join(encode(record, self.form) for record in records))
        self.counts.update(record["status"] for record in records)

    def finish(self) -> None:
        """Move the part to its final name; each step leaves what ``_finished`` understands."""
        digest = _sha256(_part(self.out))
        _write_side(_side(self.out), {**self.settings, "finished_sha256": digest})
        _part(self.out).replace(self.out)
        _sync_folder(self.out.parent)
        _remove(_side(self.out))

    def _lock(self) -> None:
        part = _part(self.out)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = part.exists() and os.path.samestat(os.fstat(self._file), part.stat())
        except BlockingIOError:
            alone = False
        if not alone:  # or the other run has finished between the opening and the lock
            raise BatchError(f"{part} must be written by one run at a time, got two; wait for it")

    def _resume(self, rows: Sequence[QuestionRow]) -> None:
        """Keep the whole chunks of a stopped run of the same, or begin."""
        data = _part(self.out).read_bytes()
        side = _read_side(_side(self.out))
        if side is None and data:
            raise BatchError(
                f"{_part(self.out)} must have {_side(self.out).name} beside it, got none; "
                "delete it or give --restart"
            )
        if side is None:
            _write_side(_side(self.out), self.settings)
        else:
            _compare(self.out, side, self.settings)
        first = header(self.form)
        if not data.startswith(first):
            os.ftruncate(self._file, 0)
            self._append(first)
            return
        kept = self._whole_chunks(data[len(first) :], rows)
        end = len(first) + sum(map(len, kept))
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)

    def _whole_chunks(self, data: bytes, rows: Sequence[QuestionRow]) -> list[bytes]:
        """Return the leading records that are those of the rows, as many as end a chunk."""
        kept, statuses = [], []
        for record, row in zip(split_records(data, self.form), rows, strict=False):
            key = decode(record, self.form)
            if key is None or not is_record_of(row, key, self.form):
                break
            kept.append(record)
            statuses.append(key[2])
        n_kept = len(kept) if len(kept) == len(rows) else len(kept) // CHUNK * CHUNK
        self.counts.update(statuses[:n_kept])
        return kept[:n_kept]

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]
        os.fsync(self._file)


def _finished(out: Path, settings: dict[str, Any], form: OutForm) -> BatchResult | None:
    """Return the result of a run that was stopped after its last step but one, if there is one."""
    side = _read_side(_side(out))
    if side is None or _part(out).exists() or not out.exists():
        return None
    if side.get("finished_sha256") != _sha256(out):
        return None
    _remove(_side(out))
    if any(side.get(key) != value for key, value in settings.items()):
        return None
    keys = [decode(r, form) for r in split_records(out.read_bytes()[len(header(form)) :], form)]
    counts = Counter(key[2] for key in keys if key)
    return BatchResult(dict(counts), counts.total(), finished=True)


def _compare(out: Path, side: dict[str, Any], settings: dict[str, Any]) -> None:
    """Raise BatchError where a stopped run was of something else."""
    for key, value in settings.items():
        if side.get(key) != value:
            what = _MEANING.get(key, "the format")
            raise BatchError(
                f"{_part(out)} was begun with another {what.removeprefix('the ')} "
                f"({str(side.get(key))[:12]}), got {str(value)[:12]}; "
                "run it as before, or give --restart to begin again"
            )


def _part(out: Path) -> Path:
    return out.with_name(f"{out.name}.part")


def _side(out: Path) -> Path:
    return out.with_name(f"{out.name}.part.json")


def _read_side(path: Path) -> dict[str, Any] | None:
    try:
        side = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        side = None
    if not isinstance(side, dict):
        raise BatchError(f"{path} must be JSON of a batch, got something else; give --restart")
    return side


def _write_side(path: Path, settings: dict[str, Any]) -> None:
    """Write the side file, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(json.dumps(settings, indent=2).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync_folder(path.parent)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def program_version() -> str:
    """Return the installed version."""
    try:
        return version("article-qa")
    except PackageNotFoundError:  # run from its source, not installed
        return "source"
