"""The messages of the page's scripts, validated."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat

from qa.batch.output import OutForm
from qa.history import Vote
from qa.page.browser_state import MAX_TURNS, Text
from qa.page.export import ExportForm
from qa.page.service import MAX_QUESTIONS
from qa.page.session import MAX_ARTICLES
from qa.page.uploads import Upload

MAX_FILES = 20
MAX_HISTORY = 20

Position = Annotated[int, Field(strict=True, ge=0)]
Ids = Annotated[list[str], Field(max_length=MAX_ARTICLES * 10)]
Turns = Annotated[list[Any], Field(max_length=MAX_TURNS)]


class OpenMessage(BaseModel):
    """What the browser saved of a person's own articles and of their choice."""

    saved: Any = None


class FirstMessage(BaseModel):
    """The first screen is wanted; there is nothing else to say."""


class SettingsMessage(BaseModel):
    """The choice of articles and the settings that a person sees while they ask."""

    picked: Ids
    threshold: FiniteFloat
    max_citations: FiniteFloat


class ExchangeMessage(BaseModel):
    """A question asked before, as it was understood, and whether it was answered."""

    question: Text
    given: bool = True


class QuestionMessage(SettingsMessage):
    """A question to be asked, and what was asked before it, oldest first."""

    question: str
    history: Annotated[list[ExchangeMessage], Field(max_length=MAX_HISTORY)] = []


class TurnsMessage(BaseModel):
    """Turns that the browser saved, to be shown again."""

    turns: Turns


class VoteMessage(BaseModel):
    """A vote on a turn, with a word of reason; no vote is one that is withdrawn."""

    turn: Any
    vote: Vote
    word: str = ""


class ExportMessage(TurnsMessage):
    """The form in which a conversation is exported."""

    form: ExportForm


class SentenceMessage(BaseModel):
    """A sentence to ask about: its article's id and its number there."""

    article: str
    sentence: Position


class ArticlesMessage(BaseModel):
    """Articles to be added: one of files, a text and an address."""

    files: Annotated[list[Upload], Field(max_length=MAX_FILES)] = []
    text: str | None = None
    title: str = ""
    address: str | None = None


class ChoiceMessage(BaseModel):
    """The ids of the articles that are chosen."""

    picked: Ids


class RemovalMessage(BaseModel):
    """The id of an own article that is removed."""

    article: str


class QuestionFileMessage(SettingsMessage):
    """A question file to be answered, the first of those that were dropped."""

    files: Annotated[list[Upload], Field(min_length=1, max_length=MAX_FILES)]


class DownloadMessage(BaseModel):
    """The records of a question file, a line of JSON each, and the form of their download."""

    form: OutForm
    records: Annotated[list[str], Field(max_length=MAX_QUESTIONS)]
