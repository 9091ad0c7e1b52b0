"""Whether a question is answered, and the answer that its readings make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa import wording
from qa.citations import Numbers, distinct
from qa.question import Question
from qa.scope import Scope
from qa.text import normalised, one_line
from qa.types import STATUSES, Answer, Citation, Evidence, Hit, Limits, Reading

N_NEAREST = 3
N_MISSING = 3
# The second sentence is given with an unsure answer from this share of the first one's score on. Of
# 167 unsure answers to training questions it alone is right in 15 at 0.4, in 10 at 0.5.
RIVAL_SHARE = 0.4

# The hits for a part of a question, and what the reader made of it.
Read = tuple[tuple[Hit, ...], Reading]


def decide(
    question: Question,
    read: Sequence[Read],
    scope: Scope,
    *,
    limits: Limits,
    own_limits: Limits,
    max_citations: int,
) -> Answer:
    """Return the answer to a question, or one that says that none was found.

    Args:
        question: as understood.
        read: the hits and the reading of each of its parts, in order.
        scope: the articles that were asked.
        limits: the chances of an answer in the articles between which it is unsure; a question in another
            language than theirs, which the reader does not know, is answered or not.
        own_limits: those of the reader. An answer that only ``limits`` stand against says so.
        max_citations: the most sentences cited for a part.

    Raises:
        CitationError: a reader cites what is no exact part of an article.
    """
    notice = scope.notice(question.text)
    if notice:
        limits, own_limits = (replace(each, unsure=each.answered) for each in (limits, own_limits))
    hits = tuple({(h.article.id, h.passage.start): h for each, _ in read for h in each}.values())
    changed = question.spelt if question.spelt != question.text else None

    def at(limits: Limits) -> Answer:
        answer = _answer(question, [r for _, r in read], scope, limits, max_citations)
        if notice and not answer.given:
            answer = replace(answer, text=f"{wording.NOT_FOUND} {notice}")
        return replace(
            answer,
            hits=hits,
            notes=(notice,) if notice and answer.given else (),
            standalone_question=changed,
            corrections=question.corrections,
        )

    answer = at(limits)
    if limits == own_limits:
        return answer
    own = at(own_limits)
    if STATUSES.index(own.status) >= STATUSES.index(answer.status):
        return answer
    below = wording.below_setting(own.answerable or 0.0, limits.answered)
    if answer.given:
        return replace(answer, notes=(below, *answer.notes))
    return replace(answer, text=below, withheld=own)


def combined(question: Question, answers: Sequence[Answer], scope: Scope) -> Answer:
    """Return the answers to the parts of a question as one; quotes are numbered through."""
    numbers: dict[str, int] = {}
    parts = []
    for part in answers:
        cited = [
            replace(c, number=numbers.setdefault(normalised(c.quote), len(numbers) + 1))
            for c in part.citations
        ]
        parts.append(replace(part, citations=tuple(cited), hits=()))
    return replace(
        _together(question.text, parts, scope),
        hits=tuple({hit.id: hit for answer in answers for hit in answer.hits}.values()),
        standalone_question=question.spelt if question.spelt != question.text else None,
        corrections=question.corrections,
    )


def _answer(
    question: Question,
    readings: Sequence[Reading],
    scope: Scope,
    limits: Limits,
    max_citations: int,
) -> Answer:
    """Return the answer at some limits, without notes."""
    texts = question.parts if len(readings) > 1 else (question.text,)
    numbers = Numbers()
    parts = []
    for text, reading in zip(texts, readings, strict=True):
        status = "not_found"
        if reading.evidence:
            status = limits.status(reading.answerable, reading.confidence)
        parts.append(
            _declined(text, reading, scope)
            if status == "not_found"
            else _given(text, reading, numbers, sure=status == "answered", most=max_citations)
        )
    return _together(question.text, parts, scope) if len(parts) > 1 else parts[0]


def _given(text: str, reading: Reading, numbers: Numbers, *, sure: bool, most: int) -> Answer:
    """Return an answer that is given; an unsure one with its rival, where that is close."""
    evidence = distinct(reading.evidence)
    cited = evidence[: reading.n_cited][:most]
    rival = None if sure else _rival(evidence)
    if rival and rival not in cited:
        cited.append(rival)
    citations = tuple(map(numbers.cite, cited))
    short = _short(cited[0])
    words = short or " ".join(one_line(e.sentence.text) for e in cited if e is not rival)
    if rival:
        words = f"{words}; or: {_short(rival) or one_line(rival.sentence.text)}"
    return Answer(
        text,
        "answered" if sure else "unsure",
        words if sure else wording.PERHAPS + words,
        short,
        reading.confidence,
        citations,
        (),
        (),
        answerable=reading.answerable,
    )


def _rival(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the second sentence where it is close to the first and says something else."""
    if len(evidence) < 2 or evidence[1].score < RIVAL_SHARE * evidence[0].score:
        return None
    first, second = (normalised(_short(e) or e.sentence.text) for e in evidence[:2])
    return None if first == second else evidence[1]


def _short(evidence: Evidence) -> str | None:
    return evidence.article.text[slice(*evidence.short_answer)] if evidence.short_answer else None


def _declined(text: str, reading: Reading, scope: Scope) -> Answer:
    near = [replace(e, short_answer=None) for e in distinct(reading.evidence)[:N_NEAREST]]
    return Answer(
        text,
        "not_found",
        wording.not_found(scope.unknown_words(text)[:N_MISSING]),
        None,
        reading.confidence,
        (),
        tuple(map(Numbers().cite, near)),
        (),
        answerable=reading.answerable,
    )


def _together(text: str, parts: Sequence[Answer], scope: Scope) -> Answer:
    """Return the answer to a question in several parts; its status is that of the best of them."""
    status = min((part.status for part in parts), key=STATUSES.index)
    best = [part for part in parts if part.status == status]
    citations = {c.number: c for part in parts for c in part.citations}
    short = {part.short_answer: None for part in best if part.short_answer}
    whole = Answer(
        text,
        status,
        "; ".join(part.text for part in parts),
        next(iter(short)) if len(short) == 1 else None,
        min((part.confidence for part in best if part.confidence is not None), default=None),
        tuple(citations[number] for number in sorted(citations)),
        _nearest(parts) if status == "not_found" else (),
        (),
        answerable=min(
            (part.answerable for part in best if part.answerable is not None), default=None
        ),
        unanswered=tuple(part.question for part in parts if not part.given),
        parts=tuple(parts),
    )
    if whole.part_lines:
        return replace(whole, text="; ".join(f"{part.question} {part.text}" for part in parts))
    if status == "not_found":
        return replace(whole, text=wording.not_found(scope.unknown_words(text)[:N_MISSING]))
    perhaps = wording.PERHAPS if status == "unsure" else ""
    return replace(
        whole, text=perhaps + "; ".join(part.text.removeprefix(perhaps) for part in parts)
    )


def _nearest(parts: Sequence[Answer]) -> tuple[Citation, ...]:
    """Return the nearest sentences of several parts, the first of each before the others."""
    ranks = range(max(len(part.nearest) for part in parts))
    in_turn = [part.nearest[rank] for rank in ranks for part in parts if rank < len(part.nearest)]
    unlike = {normalised(c.quote): c for c in reversed(in_turn)}
    nearest = [c for c in in_turn if unlike[normalised(c.quote)] is c][:N_NEAREST]
    return tuple(replace(c, number=number) for number, c in enumerate(nearest, start=1))
