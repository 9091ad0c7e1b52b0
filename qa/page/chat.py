"""The chat pane: what a person does in the conversation, and what the page shows next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from index import Article
from qa.history import Turn
from qa.page.browser_state import MAX_TURNS, restore_turns, turn_to_dict
from qa.page.corpus import MAX_LISTED
from qa.page.export import export_chat
from qa.page.feedback import append_vote, clean_word
from qa.page.messages import ExportMessage, QuestionMessage, SentenceMessage, VoteMessage
from qa.page.render import render_chat
from qa.page.service import Service, slider_settings
from qa.page.session import Session, SessionError
from qa.suggestions import question_about
from qa.text import one_line, to_json

LOADING = "Loading the model …"
READING = "Reading …"
Turns = tuple[Turn, ...]
MEDIA = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


class ChatView(NamedTuple):
    """What the page shows of a conversation, its turns, and what is saved of them."""

    chat: Markup
    turns: Turns
    saved: list[dict[str, Any]]


class ChatPane:
    """Asks, votes and exports; the turns of a session are handed in and handed back."""

    def __init__(self, service: Service, feedback: Path) -> None:
        """Take what answers, and the file to which votes are appended."""
        self.service = service
        self.feedback = feedback

    def show(self, turns: Turns, session: Session, awaited: str = "") -> ChatView:
        """Return a conversation as the page shows it."""
        several = len(session.asked(self.service.corpus)) > 1
        chat = render_chat(turns, awaited, several=several)
        return ChatView(chat, turns, [turn_to_dict(turn) for turn in turns])

    def restore(self, saved: Any, session: Session) -> ChatView:
        """Return the conversation that a browser saved."""
        corpus = self.service.corpus
        return self.show(restore_turns(saved, lambda i: session.find(i, corpus)), session)

    def ask(
        self,
        message: QuestionMessage,
        turns: Turns,
        session: Session,
        picked: Sequence[str],
        *settings: float,
    ) -> Iterator[ChatView]:
        """Yield the conversation while a question waits for its answer, and then with it.

        Args:
            message: what is asked.
            turns: what was asked before.
            session: its articles.
            picked: which of them the page shows as chosen.
            settings: the threshold and the number of citations.
        """
        turns, question = turns[-MAX_TURNS + 1 :], message.question
        awaited = READING if self.service.engine.done() else LOADING
        waiting = self.show((*turns, Turn(question)), session, awaited)
        yield waiting._replace(turns=turns, saved=waiting.saved[:-1])
        try:
            session = session.choose(picked, self.service.corpus)
            turn = self.service.answer(question, turns, session, slider_settings(*settings))
        except SessionError as error:
            turn = Turn(one_line(question), problem=str(error))
        yield self.show((*turns, turn), session)

    def ask_again(self, turns: Turns, *rest: Any) -> Iterator[ChatView]:
        """Yield as ``ask`` does for the last question; its answer is replaced."""
        if turns:
            yield from self.ask(QuestionMessage(question=turns[-1].question), turns[:-1], *rest)

    def remove_last(self, turns: Turns, session: Session) -> ChatView:
        """Return the conversation without its last turn."""
        return self.show(turns[:-1], session)

    def vote(self, message: VoteMessage, turns: Turns, session: Session) -> ChatView:
        """Return the conversation with a vote on a turn.

        Raises:
            FeedbackError: the vote cannot be written.
        """
        if message.turn >= len(turns):
            return self.show(turns, session)
        turn = replace(turns[message.turn], vote=message.vote, word=clean_word(message.word))
        append_vote(self.feedback, turn)
        return self.show((*turns[: message.turn], turn, *turns[message.turn + 1 :]), session)

    def export(self, message: ExportMessage, turns: Turns, session: Session) -> str:
        """Return the whole chat as a file to save, in JSON: its name, media type and text."""
        text = export_chat(turns, self._exported(turns, session), message.form)
        name = f"article-qa-chat.{message.form}"
        return to_json({"name": name, "type": MEDIA[message.form], "text": text})

    def _exported(self, turns: Turns, session: Session) -> Sequence[Article]:
        """Return the articles that are exported: those that are asked; of a library, those cited."""
        asked = session.asked(self.service.corpus)
        if len(asked) <= MAX_LISTED:
            return asked
        cited = [c.article.id for turn in turns if turn.answer for c in turn.answer.citations]
        articles = (session.find(i, self.service.corpus) for i in dict.fromkeys(cited))
        return [article for article in articles if article]

    def suggest(self, message: SentenceMessage, session: Session) -> str:
        """Return a question about a sentence; nothing where there is no such sentence."""
        article = session.find(message.article, self.service.corpus)
        if article is None or message.sentence >= len(article.sentences):
            return ""
        return question_about(article.sentences[message.sentence])
