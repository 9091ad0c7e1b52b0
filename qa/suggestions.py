"""Questions that a sentence answers, made of its own words, and checked by asking them.

A question is shown only if the engine is sure of its answer, which is of that sentence and of the words
that were asked for. Where no question is so sure, none is shown. Nothing here knows any article.
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
from qa.understanding.fact_questions import fact_questions, names_in
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
N_SUBJECT = 3  # sentences with a noun that alone, as in "the boat", is what an article is about
N_COUNTED = 2  # sentences with what is counted
_MIN_WORDS, _MAX_WORDS = 4, 18
_CUT_OFF = re.compile(
    r" (?:or|and|but|the|an?|of|as|than|that|which|who|with|for|when|where|why|how|if|because|while|until|since|after|before)\?$"
)
# What was counted, named or dated before.
_LEANING = re.compile(
    r"(?i)\b(?:each|ones?|others?|another|such|same|former|latter|later|earlier|instead|even|just|there"
    r"|here|both|all (?:two|three|four|five|six)|therefore|thus|\w+(?:rd|nd|st|th) of)\b"
)
_COUNTED_OFF = re.compile(r"(?i)(?:the|an?) (?:first|second|third|fourth|fifth|last|next)\b")
# A thing that a question names by its noun alone: "the boat", "the old boat".
_LONE_NOUN = re.compile(
    r"\b(?:do|did|does|has|had|have|will|would|can|could|is|was|are|were) the ([\w-]+)\b(?! (?:of|at|in|for|from)\b)(?: ([\w-]+))?"
)
_COUNTED = re.compile(
    r"^How many ([\w-]+)(?: ([\w-]+))?(?= (?:is|are|was|were|has|have|had|can|will)\b)"
)
_WHEN = re.compile(r"^What (?:happened|will happen) (.+)\?$")


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
    chosen: dict[tuple[str, int], str] = {}
    while len(chosen) < n_wanted and (some := list(islice(proposals, N_ASKED))):
        for proposal in _answered(engine, some, anywhere=True):
            chosen.setdefault((proposal.article_id, proposal.sentence_number), proposal.question)
    starters = tuple(chosen.values())[:n_wanted]
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
    people, names = people_of(article), names_of(article)
    for question, wanted in chain(questions_of(text, people), fact_questions(text, people, names)):
        n_words = len(question.split())
        if (
            question not in seen
            and _MIN_WORDS <= n_words <= _MAX_WORDS
            and not _LEANING.search(wanted)
            and not _COUNTED_OFF.match(wanted)
            and _is_clear(question, article)
        ):
            seen.add(question)
            yield Proposal(question, wanted, article.id, sentence.number)


def _is_clear(question: str, article: Article) -> bool:
    """Return whether a question is whole, and understood alone: a lone noun, if the article is about it."""
    if _CUT_OFF.search(question) or _LEANING.search(question):
        return False
    texts = [one_line(s.text) for s in article.sentences]
    if when := _WHEN.match(question):
        return sum(when[1].lower() in text.lower() for text in texts) == 1
    stems = [frozenset(words(text)) for text in (article.title, *texts)]
    for form, least in ((_LONE_NOUN, N_SUBJECT), (_COUNTED, N_COUNTED)):
        if match := form.search(question):
            nouns = [frozenset(words(noun)) for noun in match.groups() if noun]
            if not any(sum(bool(noun & each) for each in stems) >= least for noun in nouns):
                return False
    return True


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


def _answered(
    engine: Engine, proposals: Sequence[Proposal], *, anywhere: bool = False
) -> list[Proposal]:
    """Return the proposals that the engine is sure to answer with their words.

    Args:
        engine: what is asked.
        proposals: what it is asked.
        anywhere: whether another sentence may say the same of a person.
    """
    answers = engine.ask_many([p.question for p in proposals]) if proposals else []
    return [p for p, a in zip(proposals, answers, strict=True) if _fits(a, p, anywhere=anywhere)]


def _fits(answer: Answer, proposal: Proposal, *, anywhere: bool) -> bool:
    """Return whether an answer is sure and what a proposal asks for, and cites its sentence first."""
    if answer.status != "answered" or not answer.short_answer:
        return False
    first = answer.citations[0]
    own = (proposal.article_id, proposal.sentence_number)
    is_person = anywhere and proposal.question.startswith("Who is ")
    if (first.article.id, first.sentence_number) != own and not is_person:
        return False
    given, wanted = normalised(answer.short_answer), normalised(proposal.wanted)
    n_given, n_wanted = len(given.split()), len(wanted.split())
    if n_given == 1 and n_wanted >= N_BEGUN and wanted.startswith(given):
        return False  # a verb without what belongs to it
    if _WHEN.match(proposal.question) and wanted.split()[0] != given.split()[0]:
        return False  # "opened a factory" does not say who did
    is_longer = n_given > n_wanted + N_MORE and not is_person
    is_begun = given.startswith(wanted) and n_wanted >= N_BEGUN
    return given in wanted or (wanted in given and not is_longer) or is_begun
