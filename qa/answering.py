"""Questions as they were understood become answers: retrieve, read, decide.

What no passage answers is asked of the lines that were set aside as credits or site furniture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from index import Article, ArticleIndex, Choice, Store
from qa.decision import Read, decide
from qa.models import open_reader
from qa.question import Question
from qa.retriever import Retriever
from qa.scope import Scope
from qa.settings import Search, Settings
from qa.short_answer import as_asked
from qa.table_rows import as_the_rows_say
from qa.types import Answer, Citation, Limits, ReadRequest
from qa.wording import SET_ASIDE

N_READ = 8  # passages: all of a short article
_N_LINES = 8

# Returns a retriever over the set-aside lines of articles that have some; None if all were removed.
Lines = Callable[[tuple[Article, ...]], Retriever | None]


class Answering:
    """A store that is searched, a reader, and the settings of their answers."""

    def __init__(self, store: Store, settings: Settings, lines: Lines | None = None) -> None:
        """Open the reader that the settings name; ``lines`` are the store's, if made already."""
        self.settings = settings
        self.reader = open_reader(settings.reader)
        self.retriever = Retriever(store, search=settings.search)
        self.lines = lines or lru_cache(_N_LINES)(
            lambda articles: _lines_of(store, articles, settings.search)
        )

    @property
    def limits(self) -> Limits:
        """The chances of an answer in the articles (0 to 1) between which it is unsure."""
        return self.reader.limits.at(self.settings.threshold)

    def answers(self, questions: Sequence[Question], scope: Scope) -> list[Answer]:
        """Return the answers to questions as they were understood.

        A question, or part of one, that the articles do not answer is asked of the set-aside lines
        of the articles that were read.
        """
        answers = []
        all_reads = self._read(questions, self.retriever, scope.choice)
        for question, reads in zip(questions, all_reads, strict=True):
            answer = self._decided(question, reads, scope)
            answers.append(
                answer if answer.withheld else self._with_lines(question, reads, answer, scope)
            )
        return answers

    def _with_lines(
        self, question: Question, reads: Sequence[Read], answer: Answer, scope: Scope
    ) -> Answer:
        """Return an answer with its missing parts answered from set-aside lines, where these can.

        Args:
            question: as understood.
            reads: what was read for each of its parts.
            answer: what they gave.
            scope: the articles that were asked.
        """
        parts = answer.parts or (answer,)
        numbers = [number for number, part in enumerate(parts) if not part.given]
        from_hits = {hit.article.id: hit.article for hit in answer.hits} if numbers else {}
        articles = tuple(article for article in from_hits.values() if article.n_set_aside)
        lines = self.lines(articles) if articles else None
        if not lines:
            return answer
        both, limits = list(reads), _for_intent(question, self.limits)
        (of_lines,) = self._read([question.only(numbers)], lines)
        for number, (hits, reading) in zip(numbers, of_lines, strict=True):
            status = limits.status(reading.answerable, reading.confidence)
            if reading.evidence and status != "not_found":
                both[number] = hits, reading
        if both == list(reads):
            return answer
        return _from_set_aside(self._decided(question, both, scope), articles)

    def _read(
        self, questions: Sequence[Question], retriever: Retriever, chosen: Choice | None = None
    ) -> list[list[Read]]:
        """Retrieve and read: return what passages say to each part of each question."""
        asked = [each for question in questions for each in question.asked]
        queries = [" ".join((*earlier[-1:], part)) for part, earlier in asked]
        hits = retriever.retrieve(queries, N_READ, chosen=chosen)
        readings = self.reader.read(
            [ReadRequest(q, h, earlier) for (q, earlier), h in zip(asked, hits, strict=True)]
        )
        checked = [
            as_the_rows_say(q, as_asked(q, r)) for (q, _), r in zip(asked, readings, strict=True)
        ]
        read = iter(zip(hits, checked, strict=True))
        return [[next(read) for _ in question.parts] for question in questions]

    def _decided(self, question: Question, reads: Sequence[Read], scope: Scope) -> Answer:
        """Return the answer that what was read gives."""
        return decide(
            question,
            reads,
            scope,
            limits=_for_intent(question, self.limits),
            own_limits=_for_intent(question, self.reader.limits),
            max_citations=self.settings.max_citations,
        )


def _for_intent(question: Question, limits: Limits) -> Limits:
    """Return the limits for a question; one for author, title or date is never unsure."""
    return limits if question.intent == "question" else replace(limits, unsure=limits.answered)


def _lines_of(store: Store, articles: Sequence[Article], search: Search) -> Retriever | None:
    """Return a retriever over the set-aside lines of articles; None if all were removed.

    Its articles differ from these only in the kinds of their sentences.
    """
    vectors = {article.id: store.vectors_of(article.id) for article in articles}
    there = [a for a in articles if len(vectors[a.id]) == len(a.sentences)]  # not removed since
    if not there:
        return None
    lines = [article.only_set_aside() for article in there]
    of_lines = ArticleIndex.from_vectors(lines, store.encoder, [vectors[a.id] for a in there])
    return Retriever(of_lines, search=search)


def _from_set_aside(answer: Answer, articles: Iterable[Article]) -> Answer:
    """Return an answer from set-aside lines with the articles as read, and a note that says so.

    Args:
        answer: that is given, or whose parts are.
        articles: as they were read, those whose lines the answer may cite.
    """
    by_id = {article.id: article for article in articles}

    def as_read(article: Article) -> Article:
        return by_id.get(article.id, article)

    def own(citations: Iterable[Citation]) -> tuple[Citation, ...]:
        return tuple(replace(c, article=as_read(c.article)) for c in citations)

    def restored(each: Answer) -> Answer:
        return replace(each, citations=own(each.citations), nearest=own(each.nearest))

    return replace(
        restored(answer),
        parts=tuple(map(restored, answer.parts)),
        hits=tuple(replace(hit, article=as_read(hit.article)) for hit in answer.hits),
        notes=(SET_ASIDE, *answer.notes),
    )
