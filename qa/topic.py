"""What articles say about something: the sentences that mention it and say most of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index import folded_words
from qa.citations import cite, distinct
from qa.overview import leans
from qa.question import Question
from qa.text import normalised, one_line
from qa.types import Answer, Evidence, Hit
from qa.understanding.topic import mentions, mentions_all, names, surname

N_PASSAGES = 16  # that are looked through
MAX_SENTENCES = 3
MAX_OF_EACH = 2  # of several topics
_JOINED = re.compile(r",? (?:and|or|&) |, ")
# Chosen by reading the topics of training texts.
_EARLY = 4  # words: a sentence that names something so early is about it
_EARLY_WEIGHT = 0.3
_LEANING_WEIGHT = 0.3
_SHORT_WEIGHT = 0.2
_SHORT = 6  # words
# Who is named above a part of a text wrote or said it.
_SPEAKER = re.compile(r"(?:[A-Z][\w.’'-]+ ){1,3}[A-Z][\w.’'-]+(?:,.*|:)?")
_IN_SECTION = 3  # sentences


def about_topic(question: Question, hits: Sequence[Hit]) -> Answer | None:
    """Return the sentences that say most of a question's topic; None where none mentions it.

    They have its words in sequence, or at least all of them. Those are preferred that the search
    ranks high, that begin with the topic, and that do not depend on the sentence before. They come
    in the order of the text.

    Args:
        question: with a topic.
        hits: what the search has for the topic alone, best first.
    """
    best = _best(question.topic, hits, MAX_SENTENCES) or _best_of_several(question.topic, hits)
    if not best:
        return None
    rank = {hit.article.id: number for number, hit in reversed(list(enumerate(hits)))}
    best.sort(key=lambda e: (rank[e.article.id], e.sentence.number))
    citations = tuple(cite(number, each) for number, each in enumerate(best, start=1))
    return Answer(
        question.text,
        "answered",
        " ".join(one_line(c.quote) for c in citations),
        None,
        None,
        citations,
        (),
        tuple(hits),
        standalone_question=question.spelt if question.spelt != question.text else None,
        corrections=question.corrections,
        kind="topic",
    )


def _best_of_several(topics: str, hits: Sequence[Hit]) -> list[Evidence]:
    """Return the sentences for each of some topics that "and" joins; none where one is not mentioned."""
    each = _JOINED.split(topics)
    found = [_best(topic, hits, MAX_OF_EACH) for topic in each] if len(each) > 1 else [[]]
    return distinct(e for some in found for e in some) if all(found) else []


def _best(topic: str, hits: Sequence[Hit], most: int) -> list[Evidence]:
    """Return up to ``most`` sentences that say most about a topic, best first; none where none mentions it."""
    evidence = _mentioning(topic, hits)
    return distinct(sorted(evidence, key=lambda e: -_weight(topic, e)))[:most]


def _mentioning(topic: str, hits: Sequence[Hit]) -> list[Evidence]:
    """Return the sentences of hits that name a topic or stand under a heading that does.

    Where none does: those with other forms of its words, else those with all of them in any order.
    Headings are returned only where nothing else matches.
    """
    read = {
        (hit.article.id, each.sentence.number): Evidence(hit.article, each.sentence, each.score)
        for hit in reversed(hits)
        for each in hit.sentences
    }.values()
    last = surname(topic, (e.sentence.text for e in read))
    named = re.compile(rf"\b{re.escape(last)}\b(?![\w-]| [A-Z])") if last else None
    forms: tuple[Callable[[str], bool], ...] = (
        lambda text: names(topic, text) or bool(named and named.search(text)),
        lambda text: mentions(topic, text),
        lambda text: mentions_all(topic, text),
    )
    for form in forms:
        exact = [e for e in read if form(e.sentence.text) or form(_heading(e))]
        if body := [e for e in exact if e.sentence.kind != "heading"] or exact:
            return body
    return []


def _heading(evidence: Evidence) -> str:
    """Return the heading under which a sentence is among the first; "" where that is the title."""
    sentences, number = evidence.article.sentences, evidence.sentence.number
    for above in reversed(sentences[max(0, number - _IN_SECTION) : number]):
        if above.kind == "heading":
            title = normalised(evidence.article.title)
            is_title = above.number == 0 or normalised(above.text) == title
            return "" if is_title or _SPEAKER.fullmatch(above.text.strip()) else above.text
    return ""


def _weight(topic: str, evidence: Evidence) -> float:
    text = one_line(evidence.sentence.text)
    first = " ".join(folded_words(text)[: _EARLY + len(topic.split())])
    names_it = mentions_all(topic, first) or mentions(topic, _heading(evidence))
    weight = evidence.score + _EARLY_WEIGHT * names_it
    weight -= _SHORT_WEIGHT * (len(text.split()) < _SHORT and evidence.sentence.kind == "body")
    return weight - _LEANING_WEIGHT * leans(evidence.sentence)
