"""The articles pane: articles are added and chosen, and what the page shows meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from markupsafe import Markup

from index import ArticleError, Loaded
from qa.notices import language_notice
from qa.page.browser_state import restore_session, session_to_dict
from qa.page.limiter import BusyError
from qa.page.messages import ArticlesMessage
from qa.page.pace import Pace
from qa.page.render import UNKNOWN, render_articles, render_starters, render_status
from qa.page.service import Service
from qa.page.session import Session, SessionError
from qa.page.uploads import read_address, read_pasted, read_upload
from qa.text import one_line


class ArticlesView(NamedTuple):
    """What the page shows of a session: status, choices, texts, starters; and what is saved of it."""

    status: Markup
    session: Session
    choices: list[tuple[str, str]]
    picked: list[str]
    articles: Markup
    starters: Markup
    saved: dict[str, Any]


class ArticlesPane:
    """Adds, chooses and removes articles; the session is handed in and handed back."""

    def __init__(self, service: Service) -> None:
        """Take what answers."""
        self.service = service

    def show(self, session: Session, status: Markup | None = None) -> ArticlesView:
        """Return a session as the page shows it."""
        corpus = self.service.corpus
        if session.asks_corpus(corpus):
            articles = self._corpus_text
        else:
            articles = render_articles(session.asked(corpus))
        return ArticlesView(
            render_status() if status is None else status,
            session,
            session.choices(corpus),
            session.picked(corpus),
            articles,
            render_starters(session.starters),
            session_to_dict(session),
        )

    @cached_property
    def _corpus_text(self) -> Markup:
        return render_articles(self.service.corpus.articles)

    def restore(self, saved: Any) -> ArticlesView:
        """Return the session that a browser saved, not yet open."""
        return self.show(restore_session(saved, self.service.corpus))

    def add(self, message: ArticlesMessage, session: Session) -> Iterator[ArticlesView]:
        """Yield the page while articles are read and encoded, and last with them chosen."""
        yield self.show(session, render_status("Reading …", total=UNKNOWN))
        read = [_try(each) for each in _readers(message)]
        articles = [article for loaded, _ in read for article in loaded.articles]
        problems = [problem for _, problem in read if problem]
        if not articles:
            first, *others = problems or ["Nothing was read."]
            yield self.show(session, render_status(first, lines=others, failed=True))
            return
        try:
            fuller = session.add(articles)
        except SessionError as error:
            yield self.show(session, render_status(str(error), failed=True))
            return
        names = ", ".join(f"“{one_line(a.title):.60}”" for a in articles[:3])
        more = f" and {len(articles) - 3} more" if len(articles) > 3 else ""
        encoder = self.service.engine.result().article_index.encoder.name
        notice = language_notice(articles, encoder)
        dropped = [line for loaded, _ in read for line in _notes(loaded, named=len(read) > 1)]
        lines = [*problems, *dropped, *([notice] if notice else [])]
        yield from self.open(fuller, f"Added {names}{more}.", lines, before=session)

    def choose(self, picked: Sequence[str], session: Session) -> Iterator[ArticlesView]:
        """Yield the page while a choice of articles is made ready, and then with it."""
        try:
            chosen = session.choose(picked, self.service.corpus)
        except SessionError as error:
            yield self.show(session, render_status(str(error), failed=True))
            return
        yield from self.open(chosen, before=session)

    def choose_all(self, session: Session) -> Iterator[ArticlesView]:
        """Yield as ``choose`` does for all articles that there are."""
        yield from self.choose([i for _, i in session.choices(self.service.corpus)], session)

    def remove(self, session: Session) -> ArticlesView:
        """Return the page without the session's own articles that are not chosen."""
        return self.show(session.remove_unchosen())

    def open(
        self,
        session: Session,
        message: str = "",
        lines: Sequence[str] = (),
        *,
        before: Session | None = None,
    ) -> Iterator[ArticlesView]:
        """Yield the page while a session is opened, and last with it open.

        Args:
            session: what is opened.
            message: shown then.
            lines: shown below it.
            before: shown instead where this one cannot be opened.
        """
        pace = Pace()
        try:
            for step in self.service.opening(session):
                if isinstance(step, Session):
                    yield self.show(step, render_status(message, lines=lines))
                elif pace.slow and step[1]:
                    line = pace.line(*step, "sentences read")
                    yield self.show(session, render_status(line, done=step[0], total=step[1]))
        except (SessionError, BusyError, ArticleError) as error:
            yield self.show(before or Session(), render_status(str(error), failed=True))


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
