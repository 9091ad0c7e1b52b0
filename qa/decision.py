"""Whether a question is answered, and the answer that its readings make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from qa.citations import cite, distinct
from qa.question import Question
from qa.scope import Scope
from qa.text import one_line
from qa.types import Answer, Hit, Limits, Reading

N_NEAREST = 3
N_MISSING = 3

# What was found for a part of a question, and what the reader made of it.
Read = tuple[tuple[Hit, ...], Reading]


def decide(
    question: Question, read: Sequence[Read], scope: Scope, *, limits: Limits, max_citations: int
) -> Answer:
    """Return the answer to a question, or one that says that the articles have none.

    Args:
        question: as understood.
        read: the hits and the reading of each of its parts, in order.
        scope: the articles that were asked.
        limits: the chances of an answer in the articles between which it is unsure.
        max_citations: the most sentences cited for a part.

    Raises:
        CitationError: a reader cites what is no exact part of an article.
    """
    readings = [reading for _, reading in read]
    hits = tuple({(h.article.id, h.passage.start): h for each, _ in read for h in each}.values())
    answered, unsure = (
        [r for r in readings if r.evidence and limits.status(r.answerable) == status]
        for status in ("answered", "unsure")
    )
    given = answered or unsure  # what is unsure is given where nothing is answered
    unanswered = tuple(p for p, r in zip(question.parts, readings, strict=True) if r not in given)
    answer = (
        _given(question, given, unanswered, hits, limits=limits, max_citations=max_citations)
        if given
        else _declined(question, readings, hits, scope)
    )
    changed = question.standalone if question.standalone != question.text else None
    return replace(answer, standalone_question=changed, corrections=question.corrections)


def _given(
    question: Question,
    readings: Sequence[Reading],
    unanswered: tuple[str, ...],
    hits: tuple[Hit, ...],
    *,
    limits: Limits,
    max_citations: int,
) -> Answer:
    """Return an answer that is given, as sure as its least sure part."""
    cited = distinct(
        chain.from_iterable(distinct(r.evidence[: r.n_cited])[:max_citations] for r in readings)
    )
    citations = tuple(cite(number, e) for number, e in enumerate(cited, start=1))
    firsts = [reading.evidence[0] for reading in readings]
    short = dict.fromkeys(e.article.text[slice(*e.short_answer)] for e in firsts if e.short_answer)
    text = "; ".join(short) or " ".join(one_line(c.quote) for c in citations)
    answerable = min(reading.answerable for reading in readings)
    status = limits.status(answerable)
    return Answer(
        question.text,
        status,
        text if status == "answered" else f"Perhaps: {text}",
        next(iter(short)) if len(short) == 1 else None,
        min(reading.confidence for reading in readings),
        citations,
        (),
        hits,
        answerable=answerable,
        unanswered=unanswered,
    )


def _declined(
    question: Question, readings: Sequence[Reading], hits: tuple[Hit, ...], scope: Scope
) -> Answer:
    best = max(readings, key=lambda reading: reading.answerable)
    near = (replace(e, short_answer=None) for e in distinct(best.evidence)[:N_NEAREST])
    nearest = tuple(cite(number, e) for number, e in enumerate(near, start=1))
    reason = reason_of(question.text, scope)
    return Answer(
        question.text,
        "not_found",
        reason,
        None,
        best.confidence,
        (),
        nearest,
        hits,
        answerable=best.answerable,
    )


def reason_of(question: str, scope: Scope) -> str:
    """Return in plain words that a question is not answered, and which of its words are missing."""
    missing = [f"“{word}”" for word in scope.unknown_words(question)[:N_MISSING]]
    listed = " or ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
    one = scope.n_articles == 1
    reason = "The article does not say." if one else "The articles do not say."
    return f"{reason} {'It does' if one else 'They do'} not mention {listed}." if listed else reason
