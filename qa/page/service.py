"""The engine as a server offers it: loaded in the background, behind a limiter."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from index import Article, ArticleFilter, ArticleQAError
from qa.article_qa import ArticleQA
from qa.batch.question_file import QuestionFile
from qa.batch.records import Asked, ask_rows
from qa.errors import QuestionError, ServerError
from qa.history import History
from qa.page.corpus import Corpus
from qa.page.limiter import BusyError, Limiter
from qa.page.session import Session, VectorBudget
from qa.settings import TOP_K, Settings
from qa.suggestions import starter_questions
from qa.types import Answer, Citation, Hit, Rewriter
from qa.wording import OVERVIEW_QUESTION

N_WAITING = 24
MAX_QUESTIONS = 5000
N_OVERVIEW = 3


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """Questions to begin with, and the sentences that say most of the articles."""

    starters: tuple[str, ...] = ()
    overview: tuple[Citation, ...] = ()

    @classmethod
    def of(cls, engine: ArticleQA) -> FirstScreen:
        """Return the first screen over the articles of an engine."""
        overview = engine.ask(OVERVIEW_QUESTION).citations[:N_OVERVIEW]
        return cls(starter_questions(engine), overview)


def slider_settings(threshold: float, max_citations: float) -> Settings:
    """Return the settings of two sliders, within their ranges: 0 to 1, and 1 to 10."""
    share = min(max(float(threshold), 0.0), 1.0)
    return Settings(threshold=share, max_citations=min(max(int(max_citations), 1), 10))


class UnreachableError(ArticleQAError):
    """The servers of the library cannot be reached."""

    def __init__(self) -> None:
        super().__init__("The library cannot be reached now; ask again in a moment.")


@contextmanager
def _address_hidden() -> Iterator[None]:
    """Log an error of the library's servers, and raise one without their names."""
    try:
        yield
    except ServerError as error:
        logging.getLogger("article_qa").warning("%s", error)
        raise UnreachableError from error


def _reworded(asked: Asked, writer: Rewriter) -> Asked:
    """Return a row with its answer worded anew."""
    if isinstance(asked.answer, str):
        return asked
    return replace(asked, answer=writer.reworded(asked.answer))


class Service:
    """Answers for many sessions at once, and stores nothing of any of them."""

    def __init__(
        self,
        articles: Sequence[Article],
        engine: Future[ArticleQA],
        writer: Rewriter | None = None,
    ) -> None:
        """Take the articles that all sessions may ask, and the engine over them once it is loaded.

        Args:
            articles: of the corpus.
            engine: over them, itself without a writer.
            writer: words answers anew, without holding up those that wait for the engine.
        """
        self.corpus = Corpus(articles)
        self.engine = engine
        self.writer = writer
        self.budget = VectorBudget()
        self.limiter = Limiter(max(1, (os.cpu_count() or 2) // 2), N_WAITING)
        self.on_answer: Callable[[Answer], None] = lambda _: None

    def first_screen(self, session: Session) -> FirstScreen:
        """Return what a session is shown first; nothing where too many wait, as it is optional."""
        session = self.opened(session)
        with suppress(BusyError, ServerError):
            if session.engine is None or session.engine is self.engine.result():
                return self._corpus_first
            with self.limiter.enter():
                return FirstScreen.of(session.engine)
        return FirstScreen()

    @cached_property
    def _corpus_first(self) -> FirstScreen:
        return FirstScreen.of(self.engine.result())

    def answer(
        self, question: str, history: History, session: Session, settings: Settings
    ) -> Answer:
        """Return the answer to a question in a session, which is opened for it where it is not.

        Raises:
            ArticleQAError: it cannot be asked, or not now, in words for the person who asks.
        """
        try:
            return self.ask(question, history, self.opened(session), settings)
        except QuestionError as error:
            raise ArticleQAError(f"This cannot be asked: {error}.") from error

    def ask(
        self,
        question: str,
        history: History | Sequence[str] = (),
        session: Session | None = None,
        settings: Settings | None = None,
        within: ArticleFilter | None = None,
    ) -> Answer:
        """Return an answer; raise BusyError where too many wait, else as the engine does."""
        engine = self._engine_with(session, settings)
        with self.limiter.enter(), _address_hidden():
            answer = engine.ask(question, history=history, within=within)
        if self.writer:
            answer = self.writer.reworded(answer)
        self.on_answer(answer)
        return answer

    def retrieve(
        self, question: str, top_k: int = TOP_K, within: ArticleFilter | None = None
    ) -> list[Hit]:
        """Return the best passages of the corpus; raise as ``ask`` does."""
        engine = self.engine.result()
        with self.limiter.enter(), _address_hidden():
            return engine.retrieve(question, top_k, within=within)

    def engine_is_loaded(self) -> bool:
        """Return whether questions are answered at once."""
        return self.engine.done() and not self.engine.cancelled() and not self.engine.exception()

    def replace(self, engine: ArticleQA) -> None:
        """Ask other articles from now on.

        A page that is open asks those that it shows, and must be reloaded where one of them is gone.
        """
        done: Future[ArticleQA] = Future()
        done.set_result(engine)
        self.corpus, self.engine = Corpus(engine.articles), done
        self.__dict__.pop("_corpus_first", None)

    def records(
        self,
        questions: QuestionFile,
        session: Session | None = None,
        settings: Settings | None = None,
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the records of a question file, a chunk at a time, as ``article-qa batch`` does.

        Where a writer words answers anew it is waited for after each question, outside of the queue.
        """
        chunks = ask_rows(self._engine_with(session, settings), questions.rows)
        while True:
            with (
                self.limiter.enter(max_wait=600),
                _address_hidden(),
            ):  # between two chunks others have their turn
                chunk = next(chunks, None)
            if chunk is None:
                return
            if self.writer is None:
                yield [asked.record() for asked in chunk]
                continue
            for asked in chunk:
                yield [_reworded(asked, self.writer).record()]

    def opening(self, session: Session) -> Iterator[tuple[int, int] | Session]:
        """Yield (done, total) while a session is opened, and last the session."""
        return session.open(self.corpus, self.engine.result(), self.budget)

    def opened(self, session: Session) -> Session:
        """Return an open session."""
        for step in self.opening(session):
            session = step if isinstance(step, Session) else session
        return session

    def _engine_with(self, session: Session | None, settings: Settings | None) -> ArticleQA:
        engine = (session and session.engine) or self.engine.result()
        if settings is None:
            return engine
        return engine.with_settings(
            threshold=settings.threshold, max_citations=settings.max_citations
        )
