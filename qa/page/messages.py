"""What page.js sends with an event, validated: anybody may have sent it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from qa.batch.records import OutForm
from qa.page.export import ExportForm
from qa.page.uploads import Upload

MAX_FILES = 20

Position = Annotated[int, Field(strict=True, ge=0)]


class QuestionMessage(BaseModel):
    """A question to be asked."""

    question: str


class VoteMessage(BaseModel):
    """A vote on the answer of a turn, with a word of reason."""

    turn: Position
    vote: Literal["up", "down"]
    word: str = ""


class ExportMessage(BaseModel):
    """The form in which the chat is exported."""

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


class QuestionFileMessage(BaseModel):
    """A question file to be answered, the first of those that were dropped."""

    files: Annotated[list[Upload], Field(min_length=1, max_length=MAX_FILES)]


class DownloadMessage(BaseModel):
    """The form in which the records of a question file are downloaded."""

    form: OutForm
