"""What a person does in the chat, and what the page shows next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from markupsafe import Markup

from qa.batch.records import to_json
from qa.history import MAX_TURNS, Turn, Vote, restore_turns
from qa.page.export import ExportForm, export_chat
from qa.page.feedback import append_vote, clean_word
from qa.page.render import render_chat
from qa.page.service import Service, Settings
from qa.page.session import Desk, DeskError
from qa.page.suggestions import question_about
from qa.text import one_line

LOADING = "Loading the model …"
READING = "Reading …"
Turns = tuple[Turn, ...]
Sent = Mapping[str, Any]  # by the page's script, or by anybody
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

    def restore(self, kept: Any, desk: Desk) -> Shown:
        """Return the conversation that a browser kept."""
        return self.show(restore_turns(kept, (*self.service.articles, *desk.own)), desk)

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
        yield waiting._replace(turns=turns, kept=waiting.kept[:-1])
        try:
            desk = desk.choose(picked, self.service.articles)
            turn = self.service.answer(question, turns, desk, Settings.of(*settings))
        except DeskError as error:
            turn = Turn(one_line(question), problem=str(error))
        yield self.show((*turns, turn), desk)

    def ask_sent(self, sent: Sent, turns: Turns, *given: Any) -> Iterator[Shown]:
        """Yield as ``ask`` does for a question that was not typed into the box."""
        question = sent.get("question")
        if isinstance(question, str):
            yield from self.ask(question, turns, *given)

    def ask_again(self, turns: Turns, *given: Any) -> Iterator[Shown]:
        """Yield as ``ask`` does for the last question, in its own place."""
        if turns:
            yield from self.ask(turns[-1].question, turns[:-1], *given)

    def edit(self, turns: Turns, desk: Desk) -> Shown:
        """Return the conversation without its last question, which is in the box to be changed."""
        return self.show(turns[:-1], desk, turns[-1].question if turns else "")

    def vote(self, sent: Sent, turns: Turns, desk: Desk) -> Shown:
        """Return the conversation with a vote on a turn; raise FeedbackError where none is kept."""
        number, vote = sent.get("turn"), cast(Vote, sent.get("vote"))
        if type(number) is not int or not 0 <= number < len(turns) or vote not in get_args(Vote):
            return self.show(turns, desk)
        word = clean_word(str(sent.get("word") or ""))
        turn = replace(turns[number], vote=vote, word=word)
        append_vote(self.feedback, turn)
        return self.show((*turns[:number], turn, *turns[number + 1 :]), desk)

    def export(self, sent: Sent, turns: Turns, desk: Desk) -> str:
        """Return the whole chat as a file to save, in JSON: its name, media type and text."""
        known = sent.get("form") in get_args(ExportForm)
        form = cast(ExportForm, sent["form"]) if known else "md"
        text = export_chat(turns, desk.asked(self.service.articles), form)
        return to_json({"name": f"article-qa-chat.{form}", "type": MEDIA[form], "text": text})

    def suggest(self, sent: Sent, desk: Desk) -> str:
        """Return a question about a sentence; nothing where there is no such sentence."""
        number, asked = sent.get("sentence"), desk.asked(self.service.articles)
        article = next((a for a in asked if a.id == sent.get("article")), None)
        if article is None or type(number) is not int or not 0 <= number < len(article.sentences):
            return ""
        return question_about(article.sentences[number])
