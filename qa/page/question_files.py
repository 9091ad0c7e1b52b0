"""The question file pane: a file is answered with live progress, a table and files to download."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, NamedTuple

from markupsafe import Markup

from index import ArticleQAError
from qa.batch.question_file import QuestionFile, parse_questions, question_form
from qa.batch.records import OutForm, rendered
from qa.errors import QuestionFileError
from qa.page.messages import DownloadMessage, QuestionFileMessage
from qa.page.pace import Pace
from qa.page.render import render_records, render_status
from qa.page.service import MAX_QUESTIONS, Service, slider_settings
from qa.page.session import Session
from qa.text import to_json

Records = tuple[dict[str, Any], ...]
MEDIA = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RunView(NamedTuple):
    """What the page shows of a run: how far it is, the table; the records, and what stops it."""

    status: Markup
    table: Markup
    records: Records
    stop: Event


def file_of(records: Sequence[dict[str, Any]], form: OutForm) -> bytes:
    """Return records as the file that ``article-qa batch`` writes."""
    return b"".join(rendered(records, form))


def checked(questions: QuestionFile) -> QuestionFile:
    """Return a question file that the page can answer; raise QuestionFileError otherwise."""
    n_questions = len(questions.rows)
    if n_questions > MAX_QUESTIONS:
        raise QuestionFileError(
            f"{questions.name} must hold at most {MAX_QUESTIONS:,} questions here, "
            f"got {n_questions:,}; use article-qa batch",
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

    def answer(
        self,
        message: QuestionFileMessage,
        session: Session,
        picked: Sequence[str],
        *sliders: float,
    ) -> Iterator[RunView]:
        """Yield the page while a question file is answered, and last with all its records."""
        try:
            file = message.files[0]
            parsed = parse_questions(file.name, file.data, question_form(file.name))
            questions = checked(parsed)
            session = self.service.opened(session.choose(picked, self.service.corpus))
        except ArticleQAError as error:
            status = render_status(str(error), failed=True)
            yield RunView(status, render_records([]), (), Event())
            return
        settings = slider_settings(*sliders)
        records: list[dict[str, Any]] = []
        total, pace, stop = len(questions.rows), Pace(), Event()

        def progress() -> Markup:
            line = pace.line(len(records), total, "questions")
            return render_status(line, done=len(records), total=total)

        yield RunView(progress(), render_records([]), (), stop)
        try:
            for chunk in self.service.records(questions, session, settings):
                records += chunk
                if stop.is_set():
                    break
                if pace.is_due():
                    yield RunView(progress(), render_records(records), tuple(records), stop)
        except ArticleQAError as error:
            status = render_status(str(error), failed=True)
        else:
            stopped = len(records) < total
            line = _stopped(records) if stopped else _summary(records)
            status = render_status(line, lines=questions.notes)
        yield RunView(status, render_records(records), tuple(records), stop)

    def cancel(self, stop: Event | None) -> None:
        """Stop a run after the questions at hand; the run itself says so, and only when it has."""
        if stop:
            stop.set()

    def download(self, message: DownloadMessage, records: Records) -> str:
        """Return the records as a file to save, in JSON: its name, media type and bytes."""
        data = b64encode(file_of(records, message.form)).decode()
        name = f"answers.{message.form}"
        return to_json({"name": name, "type": MEDIA[message.form], "base64": data})


def _summary(records: Sequence[dict[str, Any]]) -> str:
    statuses = [record["status"] for record in records]
    counts = [
        f"{statuses.count('answered')} answered",
        f"{statuses.count('unsure')} unsure",
        f"{statuses.count('not_found')} not found",
    ]
    if n_bad := statuses.count("error"):
        counts.append(f"{n_bad} bad row{'s' if n_bad > 1 else ''}")
    return f"{len(records)} questions: {', '.join(counts)}."


def _stopped(records: Sequence[dict[str, Any]]) -> str:
    return f"Stopped after {len(records):,} questions; the files hold these."
