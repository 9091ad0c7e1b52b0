"""What articles are about: their key sentences, and what is known of an article itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from index import Article, Sentence, Vectors
from qa import wording
from qa.citations import cite
from qa.text import normalised, one_line, reading_minutes
from qa.types import Answer, Citation, Evidence, Kind, Status
from qa.understanding.intent import Intent
from qa.understanding.telling_nouns import DAYS, MONTHS

MAX_ARTICLES = 5
MIN_SENTENCES, MAX_SENTENCES = 3, 5
# Chosen on the news of the training texts, measured on others (bench/overviews.py).
_MIN_WORDS = 9  # a shorter sentence says little
_SENTENCES_FOR_ONE = 6  # so many have one key sentence
_POSITION_WEIGHT = 0.5
_REPEAT_WEIGHT = 0.3
# With these a sentence leans on the one before it.
_LEANS = re.compile(
    r"[“\"']?(?:(?:And|But|Or|So|Yet|Then|Still|Instead|Nor|Neither|Both|Thus|Therefore|However|Moreover|Nevertheless"
    r"|Also|Otherwise|Besides)\b|(?:(?:In|At|On|By|For|With|From|Of|Under|After|Before|Since|If|When|While|As|Although"
    r"|Because) )?(?:[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Tt]his|[Tt]hat|[Tt]hese|[Tt]hose|[Hh]is|[Hh]ers?|[Ii]ts|[Tt]heirs?"
    r"|[Hh]im|[Tt]hem|[Ss]uch)\b(?!’s (?:[a-z]+ )?(?:not|no)\b)|(?:The|An) (?:other|latter|former|same|later|earlier|second|third|next)\b"
    r"|Other\b|Another\b)|^(?:\S+ ){1,4}(?:also|too|however|instead)\b"
)
_BYLINE = re.compile(
    r"(?i:(?:written |text |report |story )?by|author:)\s+"
    r"(?P<name>[^\W\d_a-z][\w.’'-]*(?: (?:(?:and|de|van|von|der|la|al|bin)\b|[^\W\d_a-z][\w.’'-]*))*)"
)
_DAY = re.compile(
    rf"\d{{1,2}} (?:{MONTHS}) \d{{4}}|(?:{MONTHS}) \d{{1,2}}, \d{{4}}|\d{{4}}-\d\d-\d\d"
)
_DATELINE = re.compile(
    rf"(?i:(?:published|posted|last updated|updated|date)(?: on)?:? )?(?:(?:{DAYS}),? )?(?:{_DAY.pattern})[.,]?"
)
_N_TOP = 6  # sentences of an article among which its byline and date stand


def key_sentences(article: Article, vectors: Vectors, most: int = MAX_SENTENCES) -> list[Sentence]:
    """Return the sentences that say most of an article, in its order.

    One is chosen after the other: it is near to the mean of all (the centroid, as LexRank without a
    threshold ranks them, yet in linear time), stands early, and is unlike those chosen before
    (maximal marginal relevance). A sentence that leans on the one before it ("He also …") comes before
    that one only where nothing else is left.

    Args:
        article: of any length.
        vectors: unit rows, one for each of its sentences.
        most: how many at most, from 1 to ``MAX_SENTENCES``.

    Source: Radev et al. 2004, centroid-based summarization; Carbonell and Goldstein 1998, MMR.
    """
    body = [s for s in article.sentences if s.kind == "body"]
    long = [s for s in body if len(s.text.split()) >= _MIN_WORDS]
    able = long or body or [s for s in article.sentences if s.citable]
    n = min(most, max(MIN_SENTENCES, round(len(able) / _SENTENCES_FOR_ONE)), len(able))
    rows = vectors[[s.number for s in able]]
    central = rows @ rows.mean(axis=0)
    central = (central - central.min()) / max(float(np.ptp(central)), 1e-9)
    position = 1 / np.sqrt(1 + np.arange(len(able)))
    scores = (1 - _POSITION_WEIGHT) * central + _POSITION_WEIGHT * position
    repeats = np.zeros(len(able))
    chosen: list[int] = []
    for _ in range(n):
        left = scores - _REPEAT_WEIGHT * repeats
        left[_without_support(able, chosen)] -= len(able)
        left[chosen] = -np.inf
        chosen.append(int(left.argmax()))
        repeats = np.maximum(repeats, rows @ rows[chosen[-1]])
    return [able[i] for i in sorted(chosen)]


def _without_support(able: Sequence[Sentence], chosen: Sequence[int]) -> list[int]:
    """Return the positions of sentences that lean on one before them which is not chosen."""
    there = {able[i].number for i in chosen}
    return [i for i, s in enumerate(able) if leans(s) and s.number - 1 not in there]


def leans(sentence: Sentence) -> bool:
    """Return whether a sentence is understood only after the one before it, as "He also …" is."""
    return _LEANS.match(one_line(sentence.text)) is not None


def overview(question: str, articles: Sequence[tuple[Article, Vectors]]) -> Answer:
    """Return the key sentences of a few articles as an answer.

    Args:
        question: the wish for an overview.
        articles: up to ``MAX_ARTICLES``, each with the vectors of its sentences.
    """
    most = max(1, MAX_SENTENCES // len(articles))
    cited = [
        cite(number, Evidence(article, sentence, 1.0))
        for number, (article, sentence) in enumerate(
            ((a, s) for a, vectors in articles for s in key_sentences(a, vectors, most)), start=1
        )
    ]
    text = " ".join(one_line(c.quote) for c in cited)
    return _without_chance(question, "overview", text, citations=tuple(cited))


def too_many(question: str, n_articles: int) -> Answer:
    """Return that an overview is made of fewer articles."""
    text = wording.too_many_for_overview(n_articles, MAX_ARTICLES)
    return _without_chance(question, "overview", text, status="not_found")


def opener(question: str, n_articles: int, first: Article, suggestions: Sequence[str]) -> Answer:
    """Return what can be asked, to one who asked nothing yet.

    Args:
        question: a greeting, thanks, a call for help.
        n_articles: how many are asked.
        first: the first of them.
        suggestions: questions that they answer.
    """
    text = wording.invitation(n_articles, one_line(first.title))
    return _without_chance(
        question, "opener", text, status="not_found", suggestions=tuple(suggestions)
    )


def about(question: str, intent: Intent, articles: Sequence[Article]) -> Answer | None:
    """Return the title, author, date or length of articles, or None where it is not known of one.

    Args:
        question: as it was asked.
        intent: which of these.
        articles: a few.
    """
    facts = [_FACTS[intent](article) for article in articles]
    known = [fact for fact in facts if fact]
    if len(known) < len(articles):
        return None
    several = len(articles) > 1
    text = "; ".join(
        f"{one_line(article.title)}: {fact}" if several and intent != "title" else fact
        for article, (fact, _) in zip(articles, known, strict=True)
    )
    cited = [
        (article, s) for article, (_, s) in zip(articles, known, strict=True) if s and s.citable
    ]
    citations = tuple(
        cite(number, Evidence(article, sentence, 1.0))
        for number, (article, sentence) in enumerate(cited, start=1)
    )
    return _without_chance(question, "about", text, citations=citations)


# What is known of an article, and the sentence that says so, where one does.
_Fact = tuple[str, Sentence | None]


def _title(article: Article) -> _Fact | None:
    title = one_line(article.title)
    if title.endswith("…"):
        return None  # the text's first words: it has none
    same = (s for s in article.sentences if normalised(s.text) == normalised(title))
    return title, next(same, None)


def _author(article: Article) -> _Fact | None:
    """Return who the byline names: a short line at the top that begins with "By"."""
    for sentence in article.sentences[:_N_TOP]:
        byline = _BYLINE.match(one_line(sentence.text))
        if byline and sentence.kind != "body":
            return byline["name"].rstrip("."), sentence
    return None


def _date(article: Article) -> _Fact | None:
    """Return when an article was published, as its source says, or a line at its top that is a byline or a date."""
    if article.date:
        return article.date, None
    for sentence in article.sentences[:_N_TOP]:
        line = one_line(sentence.text)
        day = _DAY.search(line)
        if day and sentence.kind != "body" and (_BYLINE.match(line) or _DATELINE.fullmatch(line)):
            return day[0], sentence
    return None


def _length(article: Article) -> _Fact:
    n_words, n_sentences = len(article.text.split()), len(article.sentences)
    return wording.length(n_words, n_sentences, reading_minutes(n_words)), None


_FACTS = {"title": _title, "author": _author, "date": _date, "length": _length}


def _without_chance(
    question: str,
    kind: Kind,
    text: str,
    *,
    status: Status = "answered",
    citations: tuple[Citation, ...] = (),
    suggestions: tuple[str, ...] = (),
) -> Answer:
    """Return an answer without a confidence."""
    return Answer(
        question, status, text, None, None, citations, (), (), kind=kind, suggestions=suggestions
    )
