"""A turn of a conversation, and how it is kept as plain values and taken back without trust."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from index import Article, Sentence, well_formed
from qa.types import Answer, Citation

Vote = Literal["", "up", "down"]
MAX_TURNS = 100
MAX_TEXT = 20_000
MAX_SENTENCE = 50_000
_ARTICLE_ID = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer; or in ``problem`` why there is none; neither while it is awaited."""

    question: str
    answer: Answer | None = None
    problem: str = ""
    vote: Vote = ""
    word: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the turn as JSON-ready values, from which ``from_dict`` makes it again."""
        kept: dict[str, Any] = {"question": well_formed(self.question), "problem": self.problem}
        if self.answer:
            kept["answer"] = {
                **self.answer.to_dict(),
                "text": well_formed(self.answer.text),
                "unanswered": list(self.answer.unanswered),
                "corrections": [list(pair) for pair in self.answer.corrections],
                "citations": [_citation_dict(c) for c in self.answer.citations],
                "nearest": [_citation_dict(c) for c in self.answer.nearest],
            }
        return {**kept, "vote": self.vote, "word": self.word}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], articles: Mapping[str, Article]) -> Turn:
        """Return the turn that ``to_dict`` kept.

        Args:
            kept: values that anybody may have changed.
            articles: the known articles by id. A quote from another article is shown as it was
                kept; a quote of a known one must still stand where it says.

        Raises:
            ValueError: the values are not those of a turn.
        """
        answer = kept.get("answer")
        return cls(
            _text(kept, "question"),
            None
            if answer is None
            else _answer(_mapping(answer), articles, _text(kept, "question")),
            _text(kept, "problem"),
            _one_of(kept.get("vote", ""), get_args(Vote)),
            _text(kept, "word"),
        )


def earlier_questions(turns: Iterable[Turn]) -> list[str]:
    """Return what a follow-up may mean, oldest first: the answered questions, and the last one.

    Whoever asks on after a question that was declined means what it was about; later nobody does.
    """
    asked = [turn for turn in turns if turn.answer]
    return [t.question for t in asked if t is asked[-1] or (t.answer and t.answer.answered)]


def restore_turns(kept: Any, articles: Iterable[Article]) -> tuple[Turn, ...]:
    """Return the turns in values from a browser; what is not a turn is left out."""
    known = {article.id: article for article in articles}
    turns = []
    for each in kept[-MAX_TURNS:] if isinstance(kept, list) else ():
        try:
            turns.append(Turn.from_dict(_mapping(each), known))
        except ValueError:
            continue
    return tuple(turns)


def _citation_dict(citation: Citation) -> dict[str, Any]:
    span = citation.answer_span
    return {**citation.to_dict(), "answer_span": list(span) if span else None}


def _answer(kept: Mapping[str, Any], articles: Mapping[str, Article], question: str) -> Answer:
    short, standalone = kept.get("short_answer"), kept.get("standalone_question")
    corrections = tuple(_texts(pair) for pair in _list(kept, "corrections"))
    if any(len(pair) != 2 for pair in corrections):
        raise ValueError("corrections must be pairs")
    return Answer(
        question,
        _one_of(kept.get("status"), ("answered", "not_found")),
        _text(kept, "text"),
        None if short is None else _text(kept, "short_answer"),
        _share(kept.get("confidence")),
        tuple(_citation(_mapping(each), articles) for each in _list(kept, "citations")),
        tuple(_citation(_mapping(each), articles) for each in _list(kept, "nearest")),
        (),
        unanswered=_texts(_list(kept, "unanswered")),
        standalone_question=None if standalone is None else _text(kept, "standalone_question"),
        corrections=tuple((pair[0], pair[1]) for pair in corrections),
    )


def _citation(kept: Mapping[str, Any], articles: Mapping[str, Article]) -> Citation:
    named = _mapping(kept.get("article"))
    article_id, quote = _text(named, "id"), _text(kept, "quote")
    if not _ARTICLE_ID.fullmatch(article_id):
        raise ValueError("article id must be hexadecimal")
    places = {n: _count(kept.get(n)) for n in ("sentence_number", "paragraph_number", "start")}
    start, end = places["start"], places["start"] + len(quote)
    article = articles.get(article_id)
    if article is None:
        number = places["sentence_number"]
        if number > MAX_SENTENCE:
            raise ValueError("a sentence of an unknown article must have a small number")
        page = kept.get("page")
        quoted = Sentence(
            number, 0, start, end, quote, "body", None if page is None else _count(page)
        )
        # Of the article nothing is known but this sentence, which stands for all before it.
        sentences = (quoted,) * (number + 1)
        article = Article(article_id, "", _text(named, "title"), _text(named, "source"), sentences)
    elif (
        places["sentence_number"] >= len(article.sentences)
        or well_formed(article.sentences[places["sentence_number"]].text) != quote
        or article.sentences[places["sentence_number"]].start != start
    ):
        raise ValueError("a quote must stand in its article")
    span = kept.get("answer_span")
    if span is not None:
        first, last = (_count(place) for place in _list(kept, "answer_span"))
        if not start <= first < last <= end:
            raise ValueError("a short answer must stand in its quote")
        span = (first, last)
    return Citation(
        _count(kept.get("number")),
        article,
        places["sentence_number"],
        places["paragraph_number"],
        start,
        end,
        quote,
        _share(kept.get("score"), most=100.0),
        caption=kept.get("caption") is True,
        answer_span=span,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be an object")  # noqa: TRY004 - the values are bad
    return value


def _list(kept: Mapping[str, Any], name: str) -> list[Any]:
    value = kept.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_TURNS:
        raise ValueError(f"{name} must be a short list")
    return value


def _text(kept: Mapping[str, Any], name: str) -> str:
    value = kept.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{name} must be a text of at most {MAX_TEXT} characters")
    return well_formed(value)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or not all(isinstance(v, str) for v in values):
        raise ValueError("must be a list of texts")
    return tuple(well_formed(v)[:MAX_TEXT] for v in values)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 10**9:
        raise ValueError("must be a count")
    return value


def _share(value: Any, *, most: float = 1.0) -> float:
    if type(value) not in (int, float) or not -most <= value <= most:
        raise ValueError(f"must be a number up to {most}")
    return float(value)


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"must be one of {allowed}")
    return value
