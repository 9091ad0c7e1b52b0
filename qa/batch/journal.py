"""The output of a batch while it is not finished: what is on the disk, and what a resume may keep.

OUT.part         the records so far; its last one may be torn
OUT.part.json    what a resume must match: questions, articles, encoder and settings
OUT              the finished file, moved there in one step
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from index.storage.block_file import sync_folder
from qa.batch.question_file import QuestionRow
from qa.batch.records import OutForm, decode, encode, header, is_record_of, split_records
from qa.errors import BatchError

CHUNK = 32


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
    if not force and _last_step(out) is None:
        raise BatchError(f"{out} is there already; give --force to replace it", path=out)


def out_form(out: Path) -> OutForm:
    """Return the form that a name asks for."""
    if out.suffix.lower() == ".jsonl":
        return "jsonl"
    if out.suffix.lower() == ".csv":
        return "csv"
    raise BatchError(f"{out} must be named .jsonl or .csv, got {out.suffix!r}", path=out)


class Part:
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
        """Move the part to its final name; each step leaves what ``finished`` understands."""
        digest = _sha256(_part(self.out))
        _write_side(_side(self.out), {**self.settings, "finished_sha256": digest})
        _part(self.out).replace(self.out)
        sync_folder(self.out.parent)
        _remove(_side(self.out))

    def _lock(self) -> None:
        part = _part(self.out)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = part.exists() and os.path.samestat(os.fstat(self._file), part.stat())
        except BlockingIOError:
            alone = False
        if not alone:  # or the other run has finished between the opening and the lock
            raise BatchError(
                f"{part} must be written by one run at a time, got two; wait for it", path=part
            )

    def _resume(self, rows: Sequence[QuestionRow]) -> None:
        """Keep the whole chunks of a stopped run of the same, or begin."""
        data = _part(self.out).read_bytes()
        side = _read_side(_side(self.out))
        if side is None and data:
            raise BatchError(
                f"{_part(self.out)} must have {_side(self.out).name} beside it, got none; "
                "delete it or give --restart",
                path=_part(self.out),
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


def finished(out: Path, settings: dict[str, Any], form: OutForm) -> Counter[str] | None:
    """Return how many records there are by status where a run was stopped in its last step."""
    side = _last_step(out)
    if side is None:
        return None
    _remove(_side(out))
    if any(side.get(key) != value for key, value in settings.items()):
        return None
    keys = [decode(r, form) for r in split_records(out.read_bytes()[len(header(form)) :], form)]
    return Counter(key[2] for key in keys if key)


def _last_step(out: Path) -> dict[str, Any] | None:
    """Return the side file of a run that wrote all of its output and was then stopped."""
    side = _read_side(_side(out))
    if side is None or _part(out).exists() or not out.exists():
        return None
    return side if side.get("finished_sha256") == _sha256(out) else None


_MEANING = {
    "program": "the program's version",
    "questions_sha256": "the question file",
    "n_questions": "the question file",
    "articles_sha256": "the articles or the index",
    "encoder": "the encoder",
    "reader": "the reader",
    "dense_weight": "the search",
    "threshold": "the threshold",
    "max_citations": "the number of citations",
}


def _compare(out: Path, side: dict[str, Any], settings: dict[str, Any]) -> None:
    """Raise BatchError where a stopped run was of something else."""
    for key, value in settings.items():
        if side.get(key) != value:
            what = _MEANING.get(key, "the format")
            raise BatchError(
                f"{_part(out)} was begun with another {what.removeprefix('the ')} "
                f"({str(side.get(key))[:12]}), got {str(value)[:12]}; "
                "run it as before, or give --restart to begin again",
                path=_part(out),
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
        raise BatchError(
            f"{path} must be JSON of a batch, got something else; give --restart", path=path
        )
    return side


def _write_side(path: Path, settings: dict[str, Any]) -> None:
    """Write the side file, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(json.dumps(settings, indent=2).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
