"""Questions that a sentence answers, made of its own words, and checked by asking them.

A question is shown only if the engine answers it from
that sentence, with the words that were asked for. Nothing here knows any article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, zip_longest
from typing import Protocol

from index import Article, Sentence, words
from qa.text import normalised, one_line
from qa.types import Answer
from qa.understanding.fact_questions import ABOUT, fact_questions, names_in, topic_questions
from qa.understanding.statements import people_in, questions_of
from qa.wording import OVERVIEW_QUESTION

N_STARTERS = 4
N_ARTICLES = 100  # of many, the first: as many as the page shows
N_PROPOSED = 72
N_OF_SENTENCE = 4
N_ASKED = 8  # at once
N_ABOUT = 3
N_MORE = 1  # words of an answer beside those that were asked for
N_BEGUN = 3  # words with which a longer answer is what was asked for
N_BEFORE = 1  # words between a subject and the answer: its verb
N_SUBJECT = 3  # sentences with a noun that alone, as in "the boat", is what an article is about
_MIN_WORDS, _MAX_WORDS = 4, 18
_CUT_OFF = re.compile(r" (?:or|and|but|the|an?|of|as|than|that|which|with|for)\?$")
_ASIDE = re.compile(r"^, [^,]+, ")
_LONE_NOUN = re.compile(
    r"(?:about|did|does|has|had|have|will|would|can|could|is|was) the ([\w-]+)(?: do| done| want|\?)"
)


class Engine(Protocol):
    """What is asked: an ``ArticleQA``."""

    @property
    def articles(self) -> Sequence[Article]: ...  # noqa: D102 - as of ArticleQA

    def ask_many(self, questions: Sequence[str]) -> list[Answer]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question, the words that it asks for, and the sentence that holds them."""

    question: str
    wanted: str
    article_id: str
    sentence_number: int


def starter_questions(engine: Engine, n_wanted: int = N_STARTERS) -> tuple[str, ...]:
    """Return up to ``n_wanted`` questions that the engine answers, each from another sentence.

    They are made from the articles that the page shows, the first of many. Where there are fewer, the
    last one asks for an overview.
    """
    proposals = islice(_spread(engine.articles[:N_ARTICLES]), N_PROPOSED)
    sure: dict[tuple[str, int], str] = {}
    unsure: dict[tuple[str, int], str] = {}
    while len(sure) < n_wanted and (some := list(islice(proposals, N_ASKED))):
        for proposal, is_sure in _answered(engine, some):
            chosen = sure if is_sure else unsure
            chosen.setdefault((proposal.article_id, proposal.sentence_number), proposal.question)
    starters = tuple((sure | {at: q for at, q in unsure.items() if at not in sure}).values())
    starters = starters[:n_wanted]
    if len(starters) < n_wanted and engine.ask_many([OVERVIEW_QUESTION])[0].answered:
        return (*starters, OVERVIEW_QUESTION)
    return starters


def questions_about(engine: Engine, article: Article, sentence_number: int) -> list[str]:
    """Return questions that a sentence was checked to answer; often there are none."""
    proposals = list(propose(article, article.sentences[sentence_number]))[: 2 * N_ABOUT]
    return [p.question for p, _ in _answered(engine, proposals)][:N_ABOUT]


def propose(article: Article, sentence: Sentence) -> Iterator[Proposal]:
    """Yield questions that a sentence may answer, each once."""
    if sentence.kind != "body":
        return
    text = one_line(sentence.text).removesuffix(".")
    seen = set[str]()
    people, names = people_of(article), names_of(article)
    for question, wanted in chain(
        questions_of(text, people), fact_questions(text, people, names), topic_questions(text)
    ):
        n_words = len(question.split())
        if (
            question not in seen
            and _MIN_WORDS <= n_words <= _MAX_WORDS
            and _is_clear(question, article)
        ):
            seen.add(question)
            yield Proposal(question, wanted, article.id, sentence.number)


def _is_clear(question: str, article: Article) -> bool:
    """Return whether a question is whole, and understood alone: a lone noun, if the article is about it."""
    if _CUT_OFF.search(question):
        return False
    lone = _LONE_NOUN.search(question)
    if not lone:
        return True
    stems = frozenset(words(lone[1]))
    texts = [article.title, *(s.text for s in article.sentences)]
    return sum(not stems.isdisjoint(words(text)) for text in texts) >= N_SUBJECT


def _says(given: str, subject: str, wanted: str) -> bool:
    """Return whether an answer says what a sentence says first of a subject, and most of that."""
    stated, wanted = given.removeprefix(subject).strip(), _ASIDE.sub("", wanted)
    if not stated or stated not in wanted or wanted.startswith(","):
        return False  # of ", two wheels and the door were damaged" it is one of several subjects
    first = wanted.partition(",")[0]
    n_before = len(wanted.partition(stated)[0].split())
    return n_before <= N_BEFORE and 2 * len(stated.split()) >= len(first.split())


@lru_cache(64)
def people_of(article: Article) -> frozenset[str]:
    """Return the stems of the words of people's names in an article."""
    return people_in(one_line(s.text) for s in article.sentences)


@lru_cache(64)
def names_of(article: Article) -> frozenset[str]:
    """Return the words of an article that are names."""
    return names_in(one_line(s.text) for s in article.sentences if s.kind == "body")


def _spread(articles: Sequence[Article]) -> Iterator[Proposal]:
    """Yield the first question of each sentence, those of different kinds first; then the second."""
    proposed = [list(islice(propose(a, s), N_OF_SENTENCE)) for a in articles for s in a.sentences]
    for number in range(N_OF_SENTENCE):
        by_kind: dict[str, list[Proposal]] = {}
        for proposal in (each[number] for each in proposed if len(each) > number):
            by_kind.setdefault(" ".join(proposal.question.split()[:2]), []).append(proposal)
        for alike in zip_longest(*by_kind.values()):
            yield from filter(None, alike)


def _answered(engine: Engine, proposals: Sequence[Proposal]) -> list[tuple[Proposal, bool]]:
    """Return the proposals that the engine answers from their sentence, and whether it is sure of words."""
    answers = engine.ask_many([p.question for p in proposals]) if proposals else []
    return [
        (p, a.status == "answered" and bool(a.short_answer))
        for p, a in zip(proposals, answers, strict=True)
        if _fits(a, p)
    ]


def _fits(answer: Answer, proposal: Proposal) -> bool:
    """Return whether an answer is what a proposal asks for, and its sentence is cited first."""
    if not answer.given or not answer.citations:
        return False
    first = answer.citations[0]
    if (first.article.id, first.sentence_number) != (proposal.article_id, proposal.sentence_number):
        return False
    given, wanted = normalised(answer.short_answer or ""), normalised(proposal.wanted)
    if not given:
        return True  # the sentence is the answer
    n_given, n_wanted = len(given.split()), len(wanted.split())
    if proposal.question.startswith(ABOUT):
        return _says(given, normalised(proposal.question[len(ABOUT) : -1]), wanted)
    if n_given == 1 and n_wanted >= N_BEGUN and wanted.startswith(given):
        return False  # a verb without what belongs to it
    is_longer = n_given > n_wanted + N_MORE
    is_begun = given.startswith(wanted) and n_wanted >= N_BEGUN
    return given in wanted or (wanted in given and not is_longer) or is_begun
