"""The conversation: what a person asks, and what the page shows of the answer.

The turns are the browser's: it sends what an action needs of them, and only what is new goes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index import Article, ArticleQAError
from qa.history import MAX_EXCHANGES, Exchange, History, Turn
from qa.page.browser_state import restore_turn, restore_turns, turn_to_dict
from qa.page.corpus import MAX_LISTED
from qa.page.export import export_chat
from qa.page.feedback import append_vote, clean_word
from qa.page.messages import (
    ExchangeMessage,
    ExportMessage,
    FirstMessage,
    QuestionMessage,
    SentenceMessage,
    TurnsMessage,
    VoteMessage,
)
from qa.page.render import overview_to_list, render_answer
from qa.page.service import Service, slider_settings
from qa.page.session import Session
from qa.suggestions import questions_about

LOADING = "Loading the model …"
READING = "Reading …"
MEDIA = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


class ChatPane:
    """Asks, votes and exports; sessions and turns are handed in."""

    def __init__(self, service: Service, feedback: Path) -> None:
        """Take what answers, and the file to which votes are appended."""
        self.service = service
        self.feedback = feedback

    def ask(self, message: QuestionMessage, session: Session) -> Iterator[dict[str, Any]]:
        """Yield what is awaited, and last the answer, as a turn to be saved and as HTML.

        Raises:
            ArticleQAError: it cannot be asked, or not now.
        """
        yield {"awaited": READING if self.service.engine.done() else LOADING}
        session = session.choose(message.picked, self.service.corpus)
        settings = slider_settings(message.threshold, message.max_citations)
        answer = self.service.answer(message.question, _history(message.history), session, settings)
        turn = Turn(message.question, answer)
        yield {"turn": turn_to_dict(turn), "html": self._shown(turn, session)}

    def show(self, message: TurnsMessage, session: Session) -> dict[str, Any]:
        """Return saved turns as HTML; null stands for one that is not valid."""
        shown: list[str | None] = []
        for saved in message.turns:
            turn = restore_turn(saved, self._finder(session))
            shown.append(self._shown(turn, session) if turn else None)
        return {"shown": shown}

    def vote(self, message: VoteMessage, session: Session) -> dict[str, Any]:
        """Append a vote to the file, and return it as it is saved.

        Raises:
            ArticleQAError: the turn is not valid, or the vote cannot be written.
        """
        turn = restore_turn(message.turn, self._finder(session))
        if turn is None:
            raise ArticleQAError("This answer is no longer known here; ask again to vote.")
        turn = replace(turn, vote=message.vote, word=clean_word(message.word))
        append_vote(self.feedback, turn)
        return {"vote": turn.vote, "word": turn.word}

    def export(self, message: ExportMessage, session: Session) -> dict[str, Any]:
        """Return the whole conversation as a file to save: its name, media type and text."""
        turns = restore_turns(message.turns, self._finder(session))
        text = export_chat(turns, self._exported(turns, session), message.form)
        name = f"article-qa-chat.{message.form}"
        return {"name": name, "type": MEDIA[message.form], "text": text}

    def first(self, _message: FirstMessage, session: Session) -> dict[str, Any]:
        """Return what is shown before the first question: key sentences, questions to begin with."""
        first = self.service.first_screen(session)
        return {"starters": list(first.starters), "overview": overview_to_list(first.overview)}

    def about(self, message: SentenceMessage, session: Session) -> dict[str, Any]:
        """Return questions that a sentence was checked to answer; none is a good answer."""
        article = session.find(message.article, self.service.corpus)
        if article is None or message.sentence >= len(article.sentences):
            return {"questions": []}
        session = self.service.opened(session)
        engine = session.engine or self.service.engine.result()
        with self.service.limiter.enter():
            return {"questions": questions_about(engine, article, message.sentence)}

    def _shown(self, turn: Turn, session: Session) -> str:
        several = len(session.asked(self.service.corpus)) > 1
        return render_answer(turn.answer, several=several) if turn.answer else ""

    def _finder(self, session: Session) -> Any:
        return lambda article_id: session.find(article_id, self.service.corpus)

    def _exported(self, turns: Sequence[Turn], session: Session) -> Sequence[Article]:
        """Return the articles that are exported: those that are asked; of a library, those cited."""
        asked = session.asked(self.service.corpus)
        if len(asked) <= MAX_LISTED:
            return asked
        cited = [c.article.id for turn in turns if turn.answer for c in turn.answer.citations]
        articles = (session.find(i, self.service.corpus) for i in dict.fromkeys(cited))
        return [article for article in articles if article]


def _history(exchanges: Sequence[ExchangeMessage]) -> History:
    """Return what was asked before as the engine takes it: of those declined only the last counts."""
    history = tuple(Exchange(e.question, e.given) for e in exchanges)
    counted = (*(e for e in history[:-1] if e.answered), *history[-1:])
    return History(counted[-MAX_EXCHANGES:])
