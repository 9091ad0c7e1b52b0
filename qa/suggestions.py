"""Questions that a sentence answers, made of its own words, and checked by asking them.

A question is shown only if the engine is sure of its answer, cites that sentence first and gives
the words asked for. Where too few questions pass, others follow about topics that the sentences
name, and last about the article itself: what it is about, who wrote it, when, how long it is.
Nothing here depends on any one article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest
from typing import Protocol

from index import Article, Sentence, words
from qa.overview import leans
from qa.text import normalised, one_line
from qa.topic import MAX_SENTENCES
from qa.types import Answer
from qa.understanding.clauses import Asked, Names, names_in
from qa.understanding.people_questions import people_questions
from qa.understanding.text_topics import article_topics, begins_with
from qa.understanding.thing_questions import row_questions, thing_questions
from qa.wording import OVERVIEW_QUESTION, TOPIC_QUESTION

N_STARTERS = 4
ABOUT_THE_ARTICLE = (
    OVERVIEW_QUESTION,
    "Who wrote this article?",
    "When was this article published?",
    "How long is this article?",
)
N_ARTICLES = 100  # of many, the first: as many as the page shows
N_PROPOSED = 72
N_OF_SENTENCE = 4
N_ASKED = 8  # at once
N_TOPICS = 20  # of an article
N_TOPIC_ARTICLES = 12
N_ABOUT = 3
N_MORE = 1  # words of an answer beside those that were asked for
N_SUBJECT = 2  # sentences that must name "the boat" for it to be a subject of the article
N_WHETHER = 3  # the same for yes-or-no questions and "Who is the …?"
_MIN_WORDS, _MAX_WORDS = 3, 18
_MIN_WHETHER = 6
_MIN_TOLD = 4
_MORE_TOLD = 5
_WHETHER = ("Is", "Are", "Will", "Can")
# A thing that a question names by its noun alone: "the boat", "the old boat".
_LONE_NOUN = re.compile(
    r"\bthe ([a-z][\w-]*)\b(?! (?:of|at|in|from)\b)(?: ([\w-]+)(?! (?:of|at|in|from)\b))?"
)
_WHEN = re.compile(r"^What (?:happened|will happen) (?:in|on) (.+)\?$")
_SAYS = re.compile(r"^What d(?:oes|id) .*?([\w’'-]+) say\?$")


class Engine(Protocol):
    """What is asked: an ``ArticleQA``."""

    @property
    def articles(self) -> Sequence[Article]: ...  # noqa: D102 - as of ArticleQA

    def ask_many(self, questions: Sequence[str]) -> list[Answer]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question, what a right answer has, and the sentence that holds it."""

    asked: Asked
    article_id: str
    sentence_number: int

    @property
    def question(self) -> str:
        """The question alone."""
        return self.asked.question


def starter_questions(engine: Engine, n_wanted: int = N_STARTERS) -> tuple[str, ...]:
    """Return up to ``n_wanted`` questions that the engine answers, each from another sentence.

    They are made from the articles that the page shows, the first of many. Where too few pass,
    questions about topics follow, and last those about the articles themselves.
    """
    proposals = islice(_spread(engine.articles[:N_ARTICLES]), N_PROPOSED)
    chosen: dict[tuple[str, int], str] = {}
    while len(chosen) < n_wanted and (some := list(islice(proposals, N_ASKED))):
        for proposal in _answered(engine, some):
            if proposal.question not in chosen.values():
                chosen.setdefault(
                    (proposal.article_id, proposal.sentence_number), proposal.question
                )
    starters = tuple(chosen.values())[:n_wanted]
    starters += tuple(islice(_about_topics(engine), n_wanted - len(starters)))
    if len(starters) == n_wanted:
        return starters
    answers = engine.ask_many(ABOUT_THE_ARTICLE)
    known = [
        q
        for q, a in zip(ABOUT_THE_ARTICLE, answers, strict=True)
        if a.answered and a.kind in ("overview", "about")
    ]
    return (*starters, *known)[:n_wanted]


def _about_topics(engine: Engine) -> Iterator[str]:
    """Yield questions about topics that articles name, no two answered by the same sentences.

    First come topics for which several sentences are cited, of which one begins with the topic;
    then those of one such sentence; then those of ``MAX_SENTENCES`` other sentences.
    """
    of_each = [_topics(article) for article in engine.articles[:N_TOPIC_ARTICLES]]
    topics = (topic for some in zip_longest(*of_each) for topic in some if topic)
    seen: list[frozenset[tuple[str, int]]] = []
    later: dict[bool, list[str]] = {True: [], False: []}
    while some := list(islice(topics, N_ASKED)):
        answers = engine.ask_many([TOPIC_QUESTION.format(topic) for topic in some])
        for topic, answer in zip(some, answers, strict=True):
            cited = frozenset((c.article.id, c.sentence_number) for c in answer.citations)
            repeats = any(cited <= each for each in seen)
            if repeats or answer.kind != "topic" or not _says_much(answer):
                continue
            begins = _begins(answer, topic)
            if begins or len(cited) == MAX_SENTENCES:
                seen.append(cited)
            if begins and len(cited) > 1:
                yield answer.question
            elif begins or len(cited) == MAX_SENTENCES:
                later[begins].append(answer.question)
    yield from (*later[True], *later[False])


def _says_much(answer: Answer) -> bool:
    """Return whether the sentences about a topic have words enough."""
    n_words = [len(one_line(c.quote).split()) for c in answer.citations]
    return min(n_words) >= _MIN_TOLD and sum(n_words) >= _MIN_TOLD + _MORE_TOLD


def _begins(answer: Answer, topic: str) -> bool:
    """Return whether one of the sentences is understood alone and begins with a topic."""
    return any(
        begins_with(topic, one_line(c.quote)) and not leans(c.article.sentences[c.sentence_number])
        for c in answer.citations
    )


def _topics(article: Article) -> list[str]:
    title = normalised(article.title)
    lines = [
        (s.kind, one_line(s.text))
        for s in article.sentences
        if s.citable and normalised(s.text) != title
    ]
    return article_topics(lines, article.title, names_of(article), N_TOPICS)


def questions_about(engine: Engine, article: Article, sentence_number: int) -> list[str]:
    """Return questions that a sentence was checked to answer; often there are none."""
    proposals = list(propose(article, article.sentences[sentence_number]))[: 2 * N_ABOUT]
    return [p.question for p in _answered(engine, proposals)][:N_ABOUT]


def propose(article: Article, sentence: Sentence) -> Iterator[Proposal]:
    """Yield questions that a sentence may answer, each once."""
    seen = set[str]()
    for asked in _asked_of(article, sentence):
        n_words = len(asked.question.split())
        if (
            asked.question not in seen
            and _MIN_WORDS <= n_words <= _MAX_WORDS
            and _is_clear(asked.question, article)
        ):
            seen.add(asked.question)
            yield Proposal(asked, article.id, sentence.number)


def _asked_of(article: Article, sentence: Sentence) -> Iterator[Asked]:
    text = one_line(sentence.text).lstrip("-–•* ").removesuffix(".")
    if sentence.kind == "row":
        yield from row_questions(text)
    elif sentence.kind == "body":
        yield from people_questions(text, names_of(article))
        yield from thing_questions(text, names_of(article))


def _is_clear(question: str, article: Article) -> bool:
    """Return whether a question is understood by itself and only one sentence answers it.

    Only one sentence may name its day or its speaker, and a noun that stands alone must be a
    subject of the article.
    """
    texts = [one_line(s.text) for s in article.sentences]
    if when := _WHEN.match(question):
        return sum(when[1].lower() in text.lower() for text in texts) == 1
    if says := _SAYS.match(question):
        return sum(says[1] in text for text in texts) == 1
    stems = [frozenset(words(text)) for text in (article.title, *texts)]
    asks_whether = _kind(question) in _WHETHER
    least = N_WHETHER if asks_whether or question.startswith("Who is the ") else N_SUBJECT
    if asks_whether and len(question.split()) < _MIN_WHETHER:
        return False
    for noun in _LONE_NOUN.finditer(question):
        alone = [frozenset(words(each)) for each in noun.groups() if each]
        if not any(sum(bool(each & one) for one in stems) >= least for each in alone):
            return False
    return True


@lru_cache(64)
def names_of(article: Article) -> Names:
    """Return the names of an article, and its people."""
    return names_in(one_line(s.text) for s in article.sentences if s.kind == "body")


def _spread(articles: Sequence[Article]) -> Iterator[Proposal]:
    """Yield the first question of each sentence, those of different kinds first; then the second."""
    proposed = [list(islice(propose(a, s), N_OF_SENTENCE)) for a in articles for s in a.sentences]
    for number in range(N_OF_SENTENCE):
        by_kind: dict[str, list[Proposal]] = {}
        for proposal in (each[number] for each in proposed if len(each) > number):
            by_kind.setdefault(_kind(proposal.question), []).append(proposal)
        for alike in zip_longest(*by_kind.values()):
            yield from filter(None, alike)


def _kind(question: str) -> str:
    """Return the kind of a question: its first word, or two of them for Who, What and How."""
    first, second, *_ = question.split()
    return f"{first} {second}" if first in ("Who", "What", "How") else first


def _answered(engine: Engine, proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that the engine is sure to answer with their words."""
    answers = engine.ask_many([p.question for p in proposals]) if proposals else []
    return [p for p, a in zip(proposals, answers, strict=True) if _fits(a, p)]


def _fits(answer: Answer, proposal: Proposal) -> bool:
    """Return whether an answer is sure and what a proposal asks for, and cites its sentence first."""
    if answer.status != "answered" or not answer.short_answer:
        return False
    first = answer.citations[0]
    if (first.article.id, first.sentence_number) != (proposal.article_id, proposal.sentence_number):
        return False
    given, core = normalised(answer.short_answer), normalised(proposal.asked.core)
    whole = normalised(proposal.asked.whole)
    n_given, n_core = len(given.split()), len(core.split())
    if _WHEN.match(proposal.question) and given.split()[0] != core.split()[0]:
        return False  # "opened a factory" does not say who did
    if " not " in f" {core} " and " not " not in f" {given} ":
        return False
    if core in given:
        return n_given <= max(n_core, len(whole.split())) + N_MORE
    return given in core and 2 * n_given >= n_core
