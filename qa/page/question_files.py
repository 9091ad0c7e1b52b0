"""The question file pane: a file is answered with live progress; its records stay in the browser."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from qa.batch.output import OutForm, rendered
from qa.batch.question_file import QuestionFile, parse_questions, question_form
from qa.errors import QuestionFileError
from qa.page.messages import DownloadMessage, QuestionFileMessage
from qa.page.pace import Pace
from qa.page.service import MAX_QUESTIONS, Service, slider_settings
from qa.page.session import Session
from qa.text import to_json

MEDIA = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_of(records: Sequence[dict[str, Any]], form: OutForm) -> bytes:
    """Return records as the bytes that ``article-qa batch`` writes."""
    return b"".join(rendered(records, form))


def checked(questions: QuestionFile) -> QuestionFile:
    """Return a question file that the page can answer; raise QuestionFileError otherwise."""
    n_questions = len(questions.rows)
    if n_questions > MAX_QUESTIONS:
        raise QuestionFileError(
            f"{questions.name} must hold at most {MAX_QUESTIONS:,} questions here, "
            f"got {n_questions:,}; split it",
            name=questions.name,
        )
    if n_questions == 0:
        raise QuestionFileError(
            f"{questions.name} must hold a question, got none", name=questions.name
        )
    return questions


class QuestionFilePane:
    """Answers question files; the session is handed in."""

    def __init__(self, service: Service) -> None:
        """Take what answers."""
        self.service = service

    def answer(self, message: QuestionFileMessage, session: Session) -> Iterator[dict[str, Any]]:
        """Yield the new records of a question file as they are answered, and how far that is.

        Each record is a line of JSON, which the browser stores as it is: its numbers would not come
        back as they were otherwise.

        Raises:
            ArticleQAError: the file cannot be read, or not answered now.
        """
        file = message.files[0]
        parsed = parse_questions(file.name, file.data, question_form(file.name))
        questions = checked(parsed)
        session = self.service.opened(session.choose(message.picked, self.service.corpus))
        settings = slider_settings(message.threshold, message.max_citations)
        total, pace, done, new = len(questions.rows), Pace(), 0, list[str]()
        notes = list(questions.notes)
        line = f"0 of {total:,} questions"
        yield {"records": [], "done": 0, "total": total, "message": line, "notes": notes}
        for chunk in self.service.records(questions, session, settings):
            new += [to_json(record) for record in chunk]
            done += len(chunk)
            if pace.is_due() or done == total:
                line = pace.line(done, total, "questions")
                yield {"records": new, "done": done, "total": total, "message": line}
                new = []

    def download(self, message: DownloadMessage, _session: Session) -> dict[str, Any]:
        """Return records as a file to save: its name, media type and bytes in base64.

        Raises:
            QuestionFileError: what the browser saved are no records.
        """
        try:
            data = file_of([json.loads(line) for line in message.records], message.form)
        except (ValueError, TypeError, KeyError) as error:
            raise QuestionFileError(
                "The saved answers cannot be read; answer the file again", name="answers"
            ) from error
        name = f"answers.{message.form}"
        return {"name": name, "type": MEDIA[message.form], "base64": b64encode(data).decode()}
