"""The engine as a server offers it: loaded in the background, entered through a gate."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from index import Article
from qa.article_qa import MAX_CITATIONS, TOP_K, ArticleQA
from qa.batch.batch import answer_rows
from qa.batch.question_file import QuestionFile
from qa.errors import QuestionError
from qa.history import Turn, earlier_questions
from qa.page.limiter import BusyError, Gate
from qa.page.session import Desk, DeskError, Shelf
from qa.page.suggestions import starter_questions
from qa.types import Answer, Hit

N_WAITING = 24
MAX_HISTORY = 20
MAX_QUESTIONS = 5000
MAX_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person sets: the confidence (0 to 1) below which it declines, and how many citations."""

    threshold: float | None = None
    max_citations: int = MAX_CITATIONS

    @classmethod
    def of(cls, threshold: float, max_citations: float) -> Settings:
        """Return the settings of two sliders; anybody may send what no slider shows."""
        return cls(min(max(float(threshold), 0.0), 1.0), min(max(int(max_citations), 1), 10))

    @classmethod
    def restore(cls, kept: Any, otherwise: Settings) -> Settings:
        """Return the settings that a browser kept, if it kept any."""
        try:
            return cls.of(*kept)
        except (TypeError, ValueError, OverflowError):
            return otherwise


class Service:
    """Answers for many sessions at once; it keeps nothing of any of them."""

    def __init__(self, articles: Sequence[Article], engine: Future[ArticleQA]) -> None:
        """Take the given articles, and the engine over them once it is loaded."""
        self.articles = list(articles)
        self.engine = engine
        self.shelf = Shelf()
        self.gate = Gate(max(1, (os.cpu_count() or 2) // 2), N_WAITING)

    @cached_property
    def starters(self) -> tuple[str, ...]:
        """Questions to begin with over the given articles."""
        return starter_questions(self.engine.result())

    def answer(self, question: str, turns: Sequence[Turn], desk: Desk, settings: Settings) -> Turn:
        """Return the turn of a question, with a problem where it has no answer."""
        try:
            desk = self.opened(desk)
            return Turn(question, self.ask(question, earlier_questions(turns), desk, settings))
        except QuestionError as error:
            return Turn(question[:MAX_SHOWN], problem=f"This cannot be asked: {error}.")
        except (BusyError, DeskError) as error:
            return Turn(question[:MAX_SHOWN], problem=str(error))

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        desk: Desk | None = None,
        settings: Settings | None = None,
    ) -> Answer:
        """Return an answer; raise BusyError where too many wait, QuestionError as the engine does."""
        engine = self._set(desk, settings)
        with self.gate.enter():
            return engine.ask(question, history=history[-MAX_HISTORY:])

    def retrieve(self, question: str, top_k: int = TOP_K) -> list[Hit]:
        """Return the best passages of the given articles; raise as ``ask`` does."""
        engine = self.engine.result()
        with self.gate.enter():
            return engine.retrieve(question, top_k)

    def records(
        self, questions: QuestionFile, desk: Desk | None = None, settings: Settings | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the records of a question file, a chunk at a time, as ``article-qa batch`` does."""
        chunks = answer_rows(self._set(desk, settings), questions.rows)
        while True:
            with self.gate.enter(max_wait=600):  # between two chunks others have their turn
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def opening(self, desk: Desk) -> Iterator[tuple[int, int] | Desk]:
        """Yield (done, total) while a desk is opened, then the desk, and last with its starters."""
        for step in desk.open(self.engine.result(), self.shelf):
            yield step
            if isinstance(step, Desk) and not step.starters:
                yield replace(step, starters=self._starters(step))

    def opened(self, desk: Desk) -> Desk:
        """Return an open desk."""
        for step in desk.open(self.engine.result(), self.shelf):
            desk = step if isinstance(step, Desk) else desk
        return desk

    def _starters(self, desk: Desk) -> tuple[str, ...]:
        """Return questions to begin with; none where too many wait, for they can be done without."""
        if desk.engine is None or desk.engine is self.engine.result():
            return self.starters
        with suppress(BusyError), self.gate.enter():
            return starter_questions(desk.engine)
        return ()

    def _set(self, desk: Desk | None, settings: Settings | None) -> ArticleQA:
        engine = (desk and desk.engine) or self.engine.result()
        if settings is None:
            return engine
        return engine.with_settings(
            threshold=settings.threshold, max_citations=settings.max_citations
        )
