"""Articles that a person brings to the page or chooses there, and what the page shows meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from index import Article, ArticleError, Loaded
from qa.notices import language_notice
from qa.page.limiter import BusyError
from qa.page.pace import Pace
from qa.page.render import UNKNOWN, render_articles, render_starters, render_status
from qa.page.service import Service
from qa.page.session import Desk, DeskError, restore_desk
from qa.page.uploads import read_sent
from qa.text import one_line


class OnDesk(NamedTuple):
    """What the page shows of a desk: progress, the desk, its picker, text, starters, what is kept."""

    status: Markup
    desk: Desk
    choices: list[tuple[str, str]]
    picked: list[str]
    articles: Markup
    starters: Markup
    kept: dict[str, Any]


class Bringing:
    """The articles' side of the page; the desk belongs to a session and is handed in."""

    def __init__(self, service: Service) -> None:
        """Take what answers."""
        self.service = service

    def show(self, desk: Desk, status: Markup | None = None) -> OnDesk:
        """Return a desk as the page shows it."""
        given = self.service.articles
        return OnDesk(
            render_status() if status is None else status,
            desk,
            desk.choices(given),
            desk.picked(given),
            render_articles(desk.asked(given)),
            render_starters(desk.starters),
            desk.to_dict(),
        )

    def restore(self, kept: Any) -> OnDesk:
        """Return the desk that a browser kept, not yet open."""
        articles, chosen = restore_desk(kept)
        desk = Desk()
        try:
            desk = desk.add(articles) if articles else desk
            known = {a.id for a in (*self.service.articles, *desk.own)} & set(chosen)
            desk = desk.choose([i for i in chosen if i in known], self.service.articles)
        except DeskError:
            return self.show(desk)
        return self.show(desk)

    def bring_sent(self, sent: Mapping[str, Any], desk: Desk) -> Iterator[OnDesk]:
        """Yield as ``bring`` does for what page.js sent: files, a text or an address."""
        yield from self.bring(read_sent(sent), desk)

    def bring(self, read: Iterable[tuple[Loaded, str]], desk: Desk) -> Iterator[OnDesk]:
        """Yield the page while articles are read and encoded, and last with them chosen.

        Args:
            read: for each source its articles, or none and why it cannot be read.
            desk: the session's articles until now.
        """
        yield self.show(desk, render_status("Reading …", total=UNKNOWN))
        found: list[Article] = []
        notes: list[str] = []
        problems: list[str] = []
        for loaded, problem in read:
            found += loaded.articles
            notes += loaded.dropped
            problems += [problem] if problem else []
        if not found:
            yield self.show(
                desk,
                render_status(
                    problems[0] if problems else "Nothing was read.",
                    lines=problems[1:],
                    failed=True,
                ),
            )
            return
        try:
            fuller = desk.add(found)
        except DeskError as error:
            yield self.show(desk, render_status(str(error), failed=True))
            return
        names = ", ".join(f"“{one_line(a.title):.60}”" for a in found[:3])
        said = f"Added {names}" + (f" and {len(found) - 3} more." if len(found) > 3 else ".")
        name = self.service.engine.result().article_index.encoder.name
        foreign = language_notice(found, name)
        lines = [*problems, *notes, *([foreign] if foreign else [])]
        yield from self.open(fuller, said, lines, before=desk)

    def choose(self, picked: Sequence[str], desk: Desk) -> Iterator[OnDesk]:
        """Yield the page while a choice of articles is made ready, and then with it."""
        try:
            chosen = desk.choose(picked, self.service.articles)
        except DeskError as error:
            yield self.show(desk, render_status(str(error), failed=True))
            return
        yield from self.open(chosen, "", (), before=desk)

    def choose_all(self, desk: Desk) -> Iterator[OnDesk]:
        """Yield as ``choose`` does for all articles that there are."""
        yield from self.choose([i for _, i in desk.choices(self.service.articles)], desk)

    def remove(self, desk: Desk) -> OnDesk:
        """Return the page without the session's own articles that are not chosen."""
        return self.show(desk.remove_unchosen())

    def open(
        self, desk: Desk, said: str = "", lines: Sequence[str] = (), *, before: Desk | None = None
    ) -> Iterator[OnDesk]:
        """Yield the page while a desk is opened, and last with it open.

        Args:
            desk: what is opened.
            said: what the page says then.
            lines: what it says beside that.
            before: the desk that stays where this one cannot be opened.
        """
        pace = Pace()
        try:
            for step in self.service.opening(desk):
                if isinstance(step, Desk):
                    yield self.show(step, render_status(said, lines=lines))
                elif pace.slow and step[1]:
                    line = pace.line(*step, "sentences and passages read")
                    yield self.show(desk, render_status(line, done=step[0], total=step[1]))
        except (DeskError, BusyError, ArticleError) as error:
            yield self.show(before or Desk(), render_status(str(error), failed=True))
