"""Votes on answers, appended to a local JSONL file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from index import ArticleQAError
from index.storage.durable import file_lock
from qa.history import Turn
from qa.text import json_line, one_line

MAX_WORD = 200
MAX_BYTES = 50_000_000


class FeedbackError(ArticleQAError):
    """A vote cannot be written.

    Attributes:
        path: the file of votes.
    """

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


def default_feedback_file() -> Path:
    """Return where votes go unless a user names another file."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "article-qa" / "feedback.jsonl"


def append_vote(path: Path, turn: Turn) -> None:
    """Append a line with a turn's vote and word, its question and answer; nothing about the voter.

    A vote of "" is one that was withdrawn.

    Raises:
        FeedbackError: the file cannot be written, or has become too large.
    """
    record = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "vote": turn.vote,
        "word": turn.word,
        "question": turn.question,
        "answer": turn.answer.to_dict() if turn.answer else None,
    }
    line = json_line(record)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock")
        with file_lock(lock, wait=True), path.open("ab", buffering=0) as file:
            if file.seek(0, os.SEEK_END) + len(line) > MAX_BYTES:
                raise FeedbackError(
                    f"{path.name} must be at most {MAX_BYTES} bytes, got more; move it away",
                    path=path,
                )
            file.write(line)
    except OSError as error:
        raise FeedbackError(
            f"{path.name} cannot be written: {error.strerror or error}", path=path
        ) from error


def clean_word(word: str) -> str:
    """Return what a voter wrote as one short line."""
    return one_line("".join(c for c in word if c.isprintable() or c.isspace()))[:MAX_WORD]
