"""The endpoints that programs call; their docstrings are the API's own documentation."""

from __future__ import annotations

from typing import Any, Literal

from qa.batch.question_file import parse_questions
from qa.page.question_files import checked, file_of
from qa.page.service import Service
from qa.settings import MAX_CITATIONS, Settings

MAX_HISTORY = 20


class Api:
    """The endpoints /ask, /retrieve and /batch."""

    def __init__(self, service: Service) -> None:
        """Take what answers."""
        self.service = service

    def ask(
        self,
        question: str,
        history: list[str] | None = None,
        threshold: float | None = None,
        max_citations: int = MAX_CITATIONS,
    ) -> dict[str, Any]:
        """Return the answer to a question, with the sentences of the article that say so.

        Args:
            question: in plain words, or key words.
            history: the questions asked before, oldest first; they help to understand this one.
            threshold: the chance of an answer (0 to 1) from which on it answers; null is the reader's.
            max_citations: the most sentences cited.
        """
        settings = Settings(threshold=threshold, max_citations=max_citations)
        return dict(
            self.service.ask(question, (history or ())[-MAX_HISTORY:], None, settings).to_dict()
        )

    def retrieve(self, question: str, top_k: int = 5) -> list[dict[str, Any]]:
        """Return the passages that best fit a question, best first.

        Args:
            question: in plain words, or key words.
            top_k: how many passages.
        """
        return [hit.to_dict() for hit in self.service.retrieve(question, top_k)]

    def batch(
        self,
        questions: str,
        form: Literal["txt", "csv", "jsonl"] = "jsonl",
        out: Literal["jsonl", "csv"] = "jsonl",
    ) -> str:
        """Return the text of the file that article-qa batch writes for a question file.

        Args:
            questions: the text of the question file.
            form: its form; the same as the suffix it would have.
            out: the form of what comes back.
        """
        rows = checked(parse_questions("questions", questions.encode("utf-8", "replace"), form))
        return file_of([r for chunk in self.service.records(rows) for r in chunk], out).decode()
