"""Questions that a sentence answers, made of its own words, and checked by asking them.

A question is shown only if the engine answers it from
that sentence, with the words that were asked for. Nothing here knows any article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Protocol

from index import Article, Sentence
from qa.text import normalised, one_line
from qa.types import Answer
from qa.understanding.statements import people_in, questions_of
from qa.wording import OVERVIEW_QUESTION

N_STARTERS = 4
N_ARTICLES = 100  # of many, the first: as many as the page shows
N_PROPOSED = 24
N_ABOUT = 3
MIN_CONFIDENCE = 0.5
_MIN_WORDS, _MAX_WORDS = 4, 18


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
    taken: dict[tuple[str, int], str] = {}
    while len(taken) < n_wanted and (some := list(islice(proposals, n_wanted))):
        for proposal in _answered(engine, some):
            taken.setdefault((proposal.article_id, proposal.sentence_number), proposal.question)
    starters = tuple(taken.values())[:n_wanted]
    if len(starters) < n_wanted and engine.ask_many([OVERVIEW_QUESTION])[0].answered:
        return (*starters, OVERVIEW_QUESTION)
    return starters


def questions_about(engine: Engine, article: Article, sentence_number: int) -> list[str]:
    """Return questions that a sentence was checked to answer; often there are none."""
    proposals = list(propose(article, article.sentences[sentence_number]))[: 2 * N_ABOUT]
    return [p.question for p in _answered(engine, proposals)][:N_ABOUT]


def propose(article: Article, sentence: Sentence) -> Iterator[Proposal]:
    """Yield questions that a sentence may answer, each once."""
    if sentence.kind != "body":
        return
    text = one_line(sentence.text).removesuffix(".")
    seen = set[str]()
    for question, wanted in questions_of(text, people_of(article)):
        words = question.split()
        if question not in seen and _MIN_WORDS <= len(words) <= _MAX_WORDS:
            seen.add(question)
            yield Proposal(question, wanted, article.id, sentence.number)


@lru_cache(64)
def people_of(article: Article) -> frozenset[str]:
    """Return the stems of the words of people's names in an article."""
    return people_in(one_line(s.text) for s in article.sentences)


def _spread(articles: Sequence[Article]) -> Iterator[Proposal]:
    """Yield the first question of each sentence, those of different kinds first."""
    firsts = [p for a in articles for s in a.sentences for p in islice(propose(a, s), 1)]
    by_kind: dict[str, list[Proposal]] = {}
    for proposal in firsts:
        by_kind.setdefault(" ".join(proposal.question.split()[:1]), []).append(proposal)
    queues = [iter(each) for each in by_kind.values()]
    while queues:
        for queue in list(queues):
            if (following := next(queue, None)) is not None:
                yield following
            else:
                queues.remove(queue)


def _answered(engine: Engine, proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that the engine answers with what they ask for, from their sentence."""
    answers = engine.ask_many([p.question for p in proposals]) if proposals else []
    return [p for p, answer in zip(proposals, answers, strict=True) if _fits(answer, p)]


def _fits(answer: Answer, proposal: Proposal) -> bool:
    if not answer.answered or not answer.citations or (answer.confidence or 0) < MIN_CONFIDENCE:
        return False
    first = answer.citations[0]
    if (first.article.id, first.sentence_number) != (proposal.article_id, proposal.sentence_number):
        return False
    given, wanted = normalised(answer.short_answer or ""), normalised(proposal.wanted)
    return bool(given) and (given in wanted or wanted in given)
