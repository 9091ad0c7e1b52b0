"""What a person does in the chat, and what the page shows next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from markupsafe import Markup

from index import Article
from qa.desk import Desk, DeskError
from qa.export import ExportForm, export_chat
from qa.feedback import FeedbackError, append_vote, clean_word
from qa.render import render_chat
from qa.service import Service, Settings
from qa.starters import question_about
from qa.turns import MAX_TURNS, Turn, Vote
from qa.types import one_line

LOADING = "Loading the model …"
READING = "Reading …"
Turns = tuple[Turn, ...]
MEDIA = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


class Shown(NamedTuple):
    """What the chat shows: the question box, the chat, the turns, and what the browser keeps."""

    question: str
    chat: Markup
    turns: Turns
    kept: list[dict[str, Any]]


class Conversation:
    """The chat's side of the page; the turns themselves belong to a session and are handed in."""

    def __init__(self, service: Service, feedback: Path) -> None:
        """Take what answers, and the file to which votes are appended."""
        self.service = service
        self.feedback = feedback

    def show(self, turns: Turns, desk: Desk, question: str = "", awaited: str = "") -> Shown:
        """Return a conversation as the page shows it."""
        several = len(desk.asked(self.service.articles)) > 1
        chat = render_chat(turns, awaited, several=several)
        return Shown(question, chat, turns, [turn.to_dict() for turn in turns])

    def ask(
        self,
        question: str,
        turns: Turns,
        desk: Desk,
        picked: Sequence[str],
        *settings: float,
    ) -> Iterator[Shown]:
        """Yield the conversation while a question waits for its answer, and then with it.

        Args:
            question: what is asked.
            turns: what was asked before.
            desk: the session's articles.
            picked: which of them the page shows as chosen.
            settings: the threshold and the number of citations.
        """
        turns = turns[-MAX_TURNS + 1 :]
        awaited = READING if self.service.engine.done() else LOADING
        waiting = self.show((*turns, Turn(question)), desk, awaited=awaited)
        yield waiting._replace(turns=turns, kept=self.show(turns, desk).kept)
        try:
            desk = desk.choose(picked, self.service.articles)
            turn = self.service.answer(question, turns, desk, Settings.of(*settings))
        except DeskError as error:
            turn = Turn(one_line(question), problem=str(error))
        yield self.show((*turns, turn), desk)

    def edit(self, turns: Turns, desk: Desk) -> Shown:
        """Return the conversation without its last question, which is in the box to be changed."""
        return self.show(turns[:-1], desk, turns[-1].question if turns else "")

    def vote(
        self, turns: Turns, desk: Desk, number: Any, vote: Any, word: Any
    ) -> tuple[Shown, str]:
        """Return the conversation with a vote on a turn, and why it could not be written, if so."""
        if type(number) is not int or not 0 <= number < len(turns) or vote not in get_args(Vote):
            return self.show(turns, desk), ""
        old = turns[number]
        turn = Turn(old.question, old.answer, old.problem, vote, clean_word(str(word or "")))
        try:
            append_vote(self.feedback, turn)
        except FeedbackError as error:
            return self.show(turns, desk), str(error)
        return self.show((*turns[:number], turn, *turns[number + 1 :]), desk), ""

    def export(self, turns: Turns, desk: Desk, form: Any) -> dict[str, str]:
        """Return the whole chat as a file: its name, media type and text."""
        form = form if form in get_args(ExportForm) else "md"
        text = export_chat(turns, desk.asked(self.service.articles), form)
        return {"name": f"article-qa-chat.{form}", "type": MEDIA[form], "text": text}

    def suggest(self, desk: Desk, article_id: Any, sentence_number: Any) -> str:
        """Return a question about a sentence; nothing where there is no such sentence."""
        article = _find(desk.asked(self.service.articles), article_id)
        known = article is not None and type(sentence_number) is int
        if article is None or not known or not 0 <= sentence_number < len(article.sentences):
            return ""
        return question_about(article.sentences[sentence_number])


def _find(articles: Sequence[Article], article_id: Any) -> Article | None:
    return next((a for a in articles if a.id == article_id), None)
