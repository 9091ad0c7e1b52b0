"""The bodies of requests and responses, as they are validated and documented."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from index import ArticleFilter
from qa.page.service import MAX_QUESTIONS
from qa.page.uploads import MAX_TITLE, Upload
from qa.settings import MAX_CITATIONS, TOP_K, Settings
from qa.types import Kind, Status

MAX_HISTORY = 20
MAX_TOP_K = 100
MAX_CITED = 10
MAX_NAMES = 100
MAX_TEXT = 400_000
MAX_ID = 200

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Name = Annotated[str, Field(max_length=1000)]
Names = Annotated[list[Name], Field(max_length=MAX_NAMES)]
Share = Annotated[float, Field(ge=0, le=1)]
History = Annotated[list[Text], Field(max_length=MAX_HISTORY)]


class _Question(BaseModel):
    """A question, and which articles it is asked of."""

    question: Text = Field(description="In plain words, or key words.")
    articles: Names = Field([], description="Only these: ids or titles.")
    sources: Names = Field([], description="Only from here; * stands for anything.")
    since: Name = Field("", description="Only of this date or later: 2024, 2024-05 or 2024-05-31.")
    until: Name = Field("", description="Only of this date or earlier.")

    @property
    def within(self) -> ArticleFilter | None:
        """The filter of the articles; None is all."""
        chosen = ArticleFilter(tuple(self.articles), tuple(self.sources), self.since, self.until)
        return chosen or None

    @model_validator(mode="after")
    def _dates_are_dates(self) -> Self:
        _ = self.within
        return self


class _Answered(BaseModel):
    """How answers are given."""

    threshold: Share | None = Field(
        None, description="The chance of an answer from which on it answers; null is the reader's."
    )
    max_citations: Annotated[int, Field(ge=1, le=MAX_CITED)] = MAX_CITATIONS

    @property
    def settings(self) -> Settings:
        """The settings of the answer."""
        return Settings(threshold=self.threshold, max_citations=self.max_citations)


class AskBody(_Answered, _Question):
    """A question to be answered."""

    history: History = Field([], description="The questions asked before, oldest first.")


class RetrieveBody(_Question):
    """A question for which passages are searched."""

    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K)] = TOP_K


class BatchQuestion(BaseModel):
    """A question of a batch, as a line of a ``.jsonl`` question file."""

    question: Text
    id: Annotated[str, Field(max_length=MAX_ID)] | int | None = None
    history: History = []

    @model_validator(mode="before")
    @classmethod
    def _is_object(cls, data: object) -> object:
        if isinstance(data, dict | cls):
            return data
        raise ValueError('must be an object such as {"question": "Who paid?"}')


class BatchBody(_Answered):
    """Questions to be answered, in order."""

    questions: Annotated[list[BatchQuestion], Field(min_length=1, max_length=MAX_QUESTIONS)]


class NewArticle(BaseModel):
    """An article to be added: one of a text, an address and a file."""

    text: Text | None = None
    title: Annotated[str, Field(max_length=MAX_TITLE)] = ""
    source: Name = ""
    date: Name = Field("", description="As in 2024-05-31, 2024-05 or 2024.")
    address: Name | None = Field(None, description="An http or https address, a public one.")
    file: Upload | None = Field(None, description="A name, and the bytes in base64.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        n_given = sum(value is not None for value in (self.text, self.address, self.file))
        if n_given != 1:
            raise ValueError(f"one of text, address and file must be given, got {n_given}")
        return self


class _Documented(BaseModel):
    """What is sent back; the engine may add to it."""

    model_config = ConfigDict(extra="allow")


class ArticleHead(_Documented):
    """Which article it is."""

    id: str
    title: str
    source: str
    date: str
    language: str


class CitationBody(_Documented):
    """A sentence cited: ``text[start:end]`` of its article, in code points, is the quote."""

    number: int
    article: ArticleHead
    page: int | None
    sentence_id: str
    sentence_number: int
    start: int
    end: int
    quote: str
    score: float


class WrittenBody(_Documented):
    """A sentence of a writer, and the numbers of the citations that it rests on."""

    text: str
    citations: list[int]


class RewordingBody(_Documented):
    """What a writer made of the citations: the sentences that were checked and hold."""

    model: str
    sentences: list[WrittenBody]
    n_dropped: int


class AnswerBody(_Documented):
    """An answer, with the sentences that say so."""

    question: str
    standalone_question: str | None
    kind: Kind
    status: Status
    answer: str
    short_answer: str | None
    confidence: float | None
    answerable: float | None
    citations: list[CitationBody]
    nearest: list[CitationBody]
    parts: list[AnswerBody]
    withheld: AnswerBody | None
    notes: list[str]
    suggestions: list[str]
    rewording: RewordingBody | None


class HitBody(_Documented):
    """A passage, with its scores."""

    article: ArticleHead
    start: int
    end: int
    text: str
    score: float


class HitsBody(BaseModel):
    """The passages that best fit a question, best first."""

    hits: list[HitBody]


class ArticlesBody(BaseModel):
    """Articles, ``n_articles`` in all."""

    articles: list[ArticleHead]
    n_articles: int


class SentenceBody(BaseModel):
    """A sentence: ``text[start:end]`` of its article, in code points."""

    number: int
    start: int
    end: int
    text: str


class ArticleBody(ArticleHead):
    """An article whole."""

    text: str
    sentences: list[SentenceBody]


class AddedBody(BaseModel):
    """The articles that were added or there already, and what was left out of their files."""

    articles: list[ArticleHead]
    left_out: list[str]
