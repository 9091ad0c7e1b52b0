"""What the browser keeps between two visits, and how it is validated when it comes back.

Anybody may have changed it, so each value has a model; one that does not fit its model is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, FiniteFloat, ValidationError

from index import Article, ArticleError, Sentence, well_formed
from qa.history import Turn, Vote
from qa.page.corpus import Corpus
from qa.page.session import MAX_ARTICLES, MAX_CHARACTERS, Session, SessionError
from qa.types import Answer, Citation, Kind, Rewording, Status, WrittenSentence

MAX_TURNS = 100
MAX_SENTENCE = 50_000

T = TypeVar("T")
Text = Annotated[str, Field(max_length=20_000), AfterValidator(well_formed)]
Label = Annotated[str, AfterValidator(lambda text: text[:300])]
Count = Annotated[int, Field(strict=True, ge=0, lt=10**9)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class SavedSource(BaseModel):
    """The article of a citation, as ``Citation.to_dict`` names it."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    title: Text = ""
    source: Text = ""


class SavedCitation(BaseModel):
    """A citation as ``Citation.to_dict`` writes it, and where in the article its short answer is."""

    number: Count
    article: SavedSource
    page: Count | None = None
    sentence_number: Count
    paragraph_number: Count
    start: Count
    quote: Text
    score: FiniteFloat
    caption: bool = False
    answer_span: tuple[Count, Count] | None = None

    def restored(self, find: Callable[[str], Article | None]) -> Citation:
        """Return the citation.

        Args:
            find: gives the article of an id. A quote of an unknown article is shown as it was
                saved; one of a known article must still stand there.

        Raises:
            ValueError: the quote or the short answer does not stand where it should.
        """
        end = self.start + len(self.quote)
        article = find(self.article.id) or self._article()
        standing = article.sentences[self.sentence_number : self.sentence_number + 1]
        if [(s.start, well_formed(s.text)) for s in standing] != [(self.start, self.quote)]:
            raise ValueError("quote must stand in its article, got another text")
        if self.answer_span and not self.start <= self.answer_span[0] < self.answer_span[1] <= end:
            raise ValueError(f"answer_span must lie in the quote, got {self.answer_span}")
        fields = {name: value for name, value in self if name not in ("article", "page")}
        return Citation(article=article, end=end, **fields)

    def _article(self) -> Article:
        """Return an article of which only the quoted sentence is known; it stands for all before it."""
        number, end = self.sentence_number, self.start + len(self.quote)
        if number > MAX_SENTENCE:
            raise ValueError(f"sentence_number must be at most {MAX_SENTENCE}, got {number}")
        quoted = Sentence(number, 0, self.start, end, self.quote, "body", self.page)
        named = self.article
        return Article(named.id, "", named.title, named.source, (quoted,) * (number + 1))


class SavedSentence(BaseModel):
    """A written sentence as ``Rewording.to_dict`` writes it."""

    text: Text
    citations: Annotated[tuple[Count, ...], Field(max_length=100)]


class SavedRewording(BaseModel):
    """A rewording as ``Rewording.to_dict`` writes it."""

    model: Label
    sentences: Annotated[list[SavedSentence], Field(min_length=1, max_length=20)]
    n_dropped: Count = 0

    def restored(self) -> Rewording:
        """Return the rewording."""
        sentences = tuple(WrittenSentence(s.text, s.citations) for s in self.sentences)
        return Rewording(sentences, well_formed(self.model), self.n_dropped)


class SavedAnswer(BaseModel):
    """An answer as ``answer_to_dict`` writes it."""

    status: Status
    text: Text
    short_answer: Text | None = None
    confidence: Share | None = None
    answerable: Share | None = None
    citations: Annotated[list[SavedCitation], Field(max_length=100)] = []
    nearest: Annotated[list[SavedCitation], Field(max_length=100)] = []
    unanswered: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    standalone_question: Text | None = None
    corrections: Annotated[tuple[tuple[Text, Text], ...], Field(max_length=100)] = ()
    kind: Kind = "answer"
    parts: Annotated[list[SavedPart], Field(max_length=20)] = []
    withheld: SavedPart | None = None
    notes: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    suggestions: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    rewording: SavedRewording | None = None

    def restored(self, question: str, find: Callable[[str], Article | None]) -> Answer:
        """Return the answer to a question; ``find`` and Raises as in ``SavedCitation``."""
        citations, nearest = (
            tuple(citation.restored(find) for citation in saved)
            for saved in (self.citations, self.nearest)
        )
        fields = {
            **dict(self),
            "citations": citations,
            "nearest": nearest,
            "parts": tuple(part.restored(part.question, find) for part in self.parts),
            "withheld": self.withheld and self.withheld.restored(question, find),
            "rewording": self.rewording and self.rewording.restored(),
        }
        return Answer(**{**fields, "question": question, "hits": ()})


class SavedPart(SavedAnswer):
    """The answer to a part of a question, or one that is withheld; each has its own question."""

    question: Text


class SavedTurn(BaseModel):
    """A turn as ``turn_to_dict`` writes it."""

    question: Text
    answer: SavedAnswer | None = None
    vote: Vote = ""
    word: Text = ""

    def restored(self, find: Callable[[str], Article | None]) -> Turn:
        """Return the turn; ``find`` and Raises as in ``SavedCitation``."""
        answer = self.answer.restored(self.question, find) if self.answer else None
        return Turn(**{**dict(self), "answer": answer})


class SavedArticle(BaseModel):
    """An article as ``article_to_dict`` writes it."""

    text: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    title: Label
    source: Label
    date: Label
    language: Label
    page_starts: list[Count] = []
    notes: Annotated[list[Text], Field(max_length=100)] = []

    def restored(self) -> Article:
        """Return the article; raise ArticleError or ValueError where the values make none."""
        starts = self.page_starts[: len(self.text)]
        if starts != sorted(starts):
            raise ValueError("page_starts must rise, got another order")
        fields = self.model_dump(exclude={"text", "page_starts"})
        return Article.from_text(self.text, **fields, page_starts=starts)


class SavedSession(BaseModel):
    """A session as the browser stores it; each article is validated by itself."""

    articles: Annotated[list[Any], Field(max_length=MAX_ARTICLES)] = []
    chosen: list[str] = []


def turn_to_dict(turn: Turn) -> dict[str, Any]:
    """Return a turn as JSON-ready values."""
    saved: dict[str, Any] = {"question": well_formed(turn.question)}
    if turn.answer:
        saved["answer"] = _answer_to_dict(turn.answer)
    return {**saved, "vote": turn.vote, "word": turn.word}


def article_to_dict(article: Article) -> dict[str, Any]:
    """Return an article as JSON-ready values, with its id, by which the browser finds it again."""
    pages = [s.page or 0 for s in article.sentences]
    starts = [
        next(s.start for s in article.sentences if (s.page or 0) >= page)
        for page in range(1, max(pages) + 1)
    ]
    names = ("id", "text", "title", "source", "date", "language")
    given = {name: getattr(article, name) for name in names}
    return {**given, "page_starts": starts, "notes": [*map(well_formed, article.notes)]}


def restore_turn(saved: Any, find: Callable[[str], Article | None]) -> Turn | None:
    """Return a turn that a browser saved, or None where it is not valid; ``find`` as below."""
    return next(iter(restore_turns([saved], find)), None)


def restore_turns(saved: Any, find: Callable[[str], Article | None]) -> tuple[Turn, ...]:
    """Return the turns that a browser saved; ``find`` gives the article of an id."""
    turns = saved[-MAX_TURNS:] if isinstance(saved, list) else []
    return tuple(_restored(turns, lambda each: SavedTurn.model_validate(each).restored(find)))


def restore_session(saved: Any, corpus: Corpus) -> Session:
    """Return the session that a browser saved; it is not yet open."""
    session = Session()
    with suppress(ValidationError, SessionError):
        fields = SavedSession.model_validate(saved)
        articles = _restored(
            fields.articles, lambda each: SavedArticle.model_validate(each).restored()
        )
        session = session.add(articles, corpus) if articles else session
        known = {choice_id for _, choice_id in session.choices(corpus)}
        session = session.choose([i for i in fields.chosen if i in known], corpus)
    return session


def _restored(saved: Sequence[Any], restore: Callable[[Any], T]) -> list[T]:
    """Return what is restored of each value, without those that are not valid."""
    restored = []
    for each in saved:
        with suppress(ArticleError, ValueError):  # a ValidationError is a ValueError
            restored.append(restore(each))
    return restored


def _answer_to_dict(answer: Answer) -> dict[str, Any]:
    return {
        **answer.to_dict(),
        "text": well_formed(answer.text),
        "unanswered": list(answer.unanswered),
        "corrections": [list(pair) for pair in answer.corrections],
        "citations": [_citation_to_dict(c) for c in answer.citations],
        "nearest": [_citation_to_dict(c) for c in answer.nearest],
        "parts": [_answer_to_dict(part) for part in answer.parts],
        "withheld": _answer_to_dict(answer.withheld) if answer.withheld else None,
    }


def _citation_to_dict(citation: Citation) -> dict[str, Any]:
    span = citation.answer_span
    return {**citation.to_dict(), "answer_span": list(span) if span else None}
