"""The articles pane: articles are added and chosen, and what the page shows meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from index import ArticleError, Loaded
from qa.notices import language_notice
from qa.page.browser_state import article_to_dict, restore_session
from qa.page.corpus import Corpus, names_of
from qa.page.limiter import BusyError
from qa.page.messages import ArticlesMessage, ChoiceMessage, OpenMessage, RemovalMessage
from qa.page.pace import Pace
from qa.page.render import render_articles
from qa.page.service import Service
from qa.page.session import Session, SessionError
from qa.page.uploads import read_address, read_pasted, read_upload
from qa.settings import Settings
from qa.text import one_line

MAX_NAMED = 80  # characters of a title in a line
# What an action of this pane yields: what the page shows, and the session from now on.
Step = tuple[dict[str, Any], Session]


class ArticlesPane:
    """Adds, chooses and removes articles; the session is handed in and handed back."""

    def __init__(self, service: Service) -> None:
        """Take what answers."""
        self.service = service

    def show(self, session: Session) -> dict[str, Any]:
        """Return what the page shows of a session: choices, text, title and length.

        Its "text" is null where that is the corpus's, which the page has from the beginning, and
        its "set" names the articles that are asked, for the browser to tell conversations apart.
        """
        corpus = self.service.corpus
        own = {article.id for article in session.own}
        is_corpus = session.asks_corpus(corpus)
        asked = () if is_corpus else session.asked(corpus)
        return {
            "choices": [
                {"id": i, "label": label, "own": i in own} for label, i in session.choices(corpus)
            ],
            "picked": session.picked(corpus),
            **(corpus.names if is_corpus else names_of(asked)),
            "text": None if is_corpus else render_articles(asked),
            "chosen": list(session.chosen),
        }

    def open(self, message: OpenMessage, session: Session) -> Iterator[Step]:
        """Yield the session that a browser saved, and last with it open."""
        session = restore_session(message.saved, self.service.corpus)
        if not self.service.engine.done():
            yield {"status": _status("Loading the model …"), "loading": True}, session
        yield from self._opening(session, before=Session())

    def add(self, message: ArticlesMessage, session: Session) -> Iterator[Step]:
        """Yield the page while articles are read and encoded, and last with them chosen."""
        yield {"status": _status("Reading …")}, session
        read = [_try(each) for each in _readers(message)]
        articles = [article for loaded, _ in read for article in loaded.articles]
        problems = [problem for _, problem in read if problem]
        if not articles:
            first, *others = problems or ["Nothing was read; give a text, a file or an address."]
            yield {"status": _status(first, others, failed=True)}, session
            return
        try:
            fuller = session.add(articles, self.service.corpus)
        except SessionError as error:
            yield {"status": _status(str(error), failed=True)}, session
            return
        names = ", ".join(f"“{_short(a.title)}”" for a in articles[:3])
        more = f" and {len(articles) - 3} more" if len(articles) > 3 else ""
        encoder = self.service.engine.result().store.encoder.name
        notice = language_notice(articles, encoder, how="expect poor answers about it")
        dropped = [line for loaded, _ in read for line in _notes(loaded, named=len(read) > 1)]
        lines = [*problems, *dropped, *([notice] if notice else [])]
        for shown, opened in self._opening(fuller, f"Added {names}{more}.", lines, before=session):
            if "view" in shown and opened.own == fuller.own:
                shown["added"] = [article_to_dict(article) for article in articles]
                articles = []
            yield shown, opened

    def choose(self, message: ChoiceMessage, session: Session) -> Iterator[Step]:
        """Yield the page while a choice of articles is made ready, and then with it."""
        try:
            chosen = session.choose(message.picked, self.service.corpus)
        except SessionError as error:
            yield {"status": _status(str(error), failed=True), "view": self.show(session)}, session
            return
        yield from self._opening(chosen, before=session)

    def remove(self, message: RemovalMessage, session: Session) -> Iterator[Step]:
        """Yield the page without one of the session's own articles."""
        yield from self._opening(session.remove(message.article), before=session)

    def _opening(
        self, session: Session, done: str = "", lines: Sequence[str] = (), *, before: Session
    ) -> Iterator[Step]:
        """Yield the page while a session is opened, and last with it open; with ``before`` if not."""
        pace = Pace()
        try:
            for step in self.service.opening(session):
                if isinstance(step, Session):
                    yield {"status": _status(done, lines), "view": self.show(step)}, step
                elif pace.slow and step[1]:
                    line = pace.line(*step, "sentences read")
                    yield {"status": _status(line, progress=step)}, before
        except (SessionError, BusyError, ArticleError) as error:
            yield {"status": _status(str(error), failed=True), "view": self.show(before)}, before


def first_data(corpus: Corpus, settings: Settings) -> dict[str, Any]:
    """Return what the page's scripts begin with, before any session: the corpus and the settings."""
    return {
        **corpus.names,
        "picked": corpus.ids,
        "threshold": settings.threshold,
        "max_citations": settings.max_citations,
    }


def _short(title: str) -> str:
    """Return a title on one line, cut at a word where it is long."""
    line = one_line(title)
    return line if len(line) <= MAX_NAMED else f"{line[:MAX_NAMED].rsplit(' ', 1)[0]} …"


def _status(
    message: str = "",
    lines: Sequence[str] = (),
    *,
    failed: bool = False,
    progress: tuple[int, int] | None = None,
) -> dict[str, Any]:
    return {"message": message, "lines": list(lines), "failed": failed, "progress": progress}


def _readers(message: ArticlesMessage) -> list[Callable[[], Loaded]]:
    """Return what reads each of the sources that a message names."""
    if message.address is not None:
        return [partial(read_address, message.address)]
    if message.text is not None:
        return [partial(read_pasted, message.text, message.title)]
    return [partial(read_upload, upload) for upload in message.files]


def _notes(loaded: Loaded, *, named: bool) -> list[str]:
    """Return what was left out of a file; ``named`` says of which."""
    source = loaded.articles[0].source if loaded.articles else ""
    return [f"{source}: {note}" if named else note for note in loaded.notes]


def _try(read: Callable[[], Loaded]) -> tuple[Loaded, str]:
    """Return the articles that are read and no problem, or none and the problem."""
    try:
        return read(), ""
    except ArticleError as error:
        return Loaded(()), str(error)
