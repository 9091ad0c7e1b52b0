"""Ask articles: the engine that the command line, the web page and Python programs share.

A question goes one way: understand (``question``) → retrieve, read, decide (``answering``); a writer,
where one is set, rewords answers that are given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from index import (
    Article,
    ArticleFilter,
    ArticleIndex,
    SentenceTransformerEncoder,
    Store,
    builtin_article,
    open_store,
    read_all,
    read_article,
    read_text,
    unpublished,
    words,
)
from qa.answering import Answering
from qa.decision import combined
from qa.history import History
from qa.models import open_encoder
from qa.notices import language_notice, with_notes
from qa.overview import MAX_ARTICLES, about, opener, overview, too_many
from qa.question import Question, clean_question, understand
from qa.scope import Scope
from qa.settings import DEFAULTS, TOP_K, Settings
from qa.topic import N_PASSAGES, about_topic
from qa.types import Answer, Hit, Limits
from qa.wording import OVERVIEW_QUESTION

N_SUGGESTED = 3
_BATCH = 32
_N_SCOPES = 8


class ArticleQA:
    """Articles that answer questions with the sentences that say so.

    An instance does not change once made, and may be used by several threads.
    """

    def __init__(self, store: Store, settings: Settings = DEFAULTS) -> None:
        """Put finished parts together; the classmethods do the work of making them.

        Args:
            store: what is asked.
            settings: of the answers; its encoder is not looked at, since an index has its own.
        """
        self.store = store
        self._answering = Answering(store, settings)
        self.reader, self.retriever = self._answering.reader, self._answering.retriever
        self.settings = replace(settings, reader=self.reader, encoder=store.encoder)
        self._whole = Scope(store, None)
        self._scope = lru_cache(_N_SCOPES)(self._make_scope)

    @classmethod
    def from_text(
        cls, text: str, settings: Settings = DEFAULTS, *, title: str | None = None
    ) -> ArticleQA:
        """Return an engine over one text, each row of whose tables names its columns.

        Raises:
            ArticleError: the text holds no sentence.
        """
        return cls.from_articles([read_text(text, title=title)], settings)

    @classmethod
    def from_file(
        cls, path: str | Path, settings: Settings = DEFAULTS, *, title: str | None = None
    ) -> ArticleQA:
        """Return an engine over the one article of a file; raise ArticleError where it has none."""
        return cls.from_articles([read_article(path, title=title)], settings)

    @classmethod
    def from_files(cls, sources: Iterable[str | Path], settings: Settings = DEFAULTS) -> ArticleQA:
        """Return an engine over files, folders and addresses, as ``read_all`` reads them."""
        return cls.from_articles(read_all(list(sources)), settings)

    @classmethod
    def from_articles(
        cls,
        articles: Sequence[Article],
        settings: Settings = DEFAULTS,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> ArticleQA:
        """Return an engine over articles.

        Args:
            articles: at least one.
            settings: which encoder and reader, and how the answers are given.
            progress: called with (done, total) texts while they are encoded.

        Warns:
            UserWarning: an article is in a language that the encoder does not serve.
        """
        encoder = open_encoder(settings.encoder) or SentenceTransformerEncoder()
        if notice := language_notice(articles, encoder.name):
            warnings.warn(notice, stacklevel=2)
        return cls(ArticleIndex.build(articles, encoder, progress=progress), settings)

    @classmethod
    def builtin(cls, settings: Settings = DEFAULTS) -> ArticleQA:
        """Return an engine over the packaged article."""
        return cls.from_articles([builtin_article()], settings)

    @classmethod
    def load(cls, folder: str | Path, settings: Settings = DEFAULTS) -> ArticleQA:
        """Return an engine over a library: in a folder, or on servers whose URLs are given.

        Raises:
            IndexFolderError: it cannot be used.

        Warns:
            UserWarning: a run that was stopped has left there what is not searched yet.
        """
        if line := unpublished(folder):
            warnings.warn(line, stacklevel=2)
        return cls(open_store(folder, open_encoder(settings.encoder)), settings)

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; raise IndexFolderError on failure.

        Raises:
            TypeError: the articles are on servers; `article-qa copy` writes them to a folder.
        """
        if not isinstance(self.store, ArticleIndex):
            raise TypeError(
                "only articles in memory or in a folder can be saved; use `article-qa copy`"
            )
        self.store.save(folder)

    @property
    def articles(self) -> Sequence[Article]:
        """The articles that are asked; those of a library are read when they are asked for."""
        return self.store.articles

    @property
    def limits(self) -> Limits:
        """The chances of an answer in the articles (0 to 1) between which it is unsure."""
        return self._answering.limits

    @property
    def threshold(self) -> float:
        """The chance of an answer in the articles (0 to 1) from which on a question is answered."""
        return self.limits.answered

    def over(self, store: Store) -> ArticleQA:
        """Return an engine with the same settings over other articles."""
        return ArticleQA(store, self.settings)

    def without_writer(self) -> ArticleQA:
        """Return an engine that shares all with this one and leaves the article's own words."""
        if self.settings.writer is None:
            return self
        return self._with(replace(self.settings, writer=None))

    def with_settings(
        self, *, threshold: float | None = None, max_citations: int | None = None
    ) -> ArticleQA:
        """Return an engine that shares all with this one but the settings that are given."""
        given: dict[str, Any] = {"threshold": threshold, "max_citations": max_citations}
        changed = {name: value for name, value in given.items() if value is not None}
        return self._with(replace(self.settings, **changed))

    def _with(self, settings: Settings) -> ArticleQA:
        other = ArticleQA(self.store, settings)
        # The same articles, the same words and lines.
        other._whole, other._scope = self._whole, self._scope
        other._answering = Answering(self.store, other.settings, self._answering.lines)
        return other

    def retrieve(
        self, question: str, top_k: int = TOP_K, *, within: ArticleFilter | None = None
    ) -> list[Hit]:
        """Return the ``top_k`` passages that best fit a question, best first.

        Args:
            question: in plain words, or key words.
            top_k: how many.
            within: the articles that are searched; None is all.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleQAError: ``within`` chooses no article.
            ValueError: ``top_k`` is below 1.
        """
        cleaned, scope = clean_question(question), self._scope(within)
        return list(self.retriever.retrieve([cleaned], top_k, chosen=scope.choice)[0])

    def ask(
        self,
        question: str,
        *,
        history: History | Sequence[str] = (),
        within: ArticleFilter | None = None,
    ) -> Answer:
        """Return the answer to a question, or an answer that says the articles have none.

        Args:
            question: in plain words, or key words.
            history: what was asked before, as a ``History`` or as texts, oldest first. It helps to
                understand this question and is never a source.
            within: the articles that are asked; None is all. No other article's words are used to
                understand the question either.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleQAError: ``within`` chooses no article.
        """
        return self.ask_many([question], histories=[history], within=within)[0]

    def ask_many(
        self,
        questions: Sequence[str],
        *,
        histories: Sequence[History | Sequence[str]] | None = None,
        within: ArticleFilter | None = None,
    ) -> list[Answer]:
        """Return the answers to questions, in order, as ``ask`` gives them one by one.

        Args:
            questions: encoded together, in batches.
            histories: one for each question; None is no history at all.
            within: the articles that are asked; None is all.

        Raises:
            QuestionError: a question is empty or too long.
            ValueError: ``histories`` is not as long as ``questions``.
            TypeError: ``questions`` or a history is one text instead of a list.
        """
        if isinstance(questions, str) or any(isinstance(h, str) for h in histories or ()):
            raise TypeError("questions and each history must be lists of texts, got one text")
        if histories is not None and len(histories) != len(questions):
            raise ValueError(
                f"histories and questions must be of one length, got {len(histories)} "
                f"and {len(questions)}"
            )
        scope = self._scope(within)
        understood = [
            understand(question, history, scope)
            for question, history in zip(questions, histories or [()] * len(questions), strict=True)
        ]
        answers = {
            number: answer
            for number, question in enumerate(understood)
            if (answer := self._not_asked(question, scope))
        }
        asked = [number for number in range(len(understood)) if number not in answers]
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            read = self._answering.answers([understood[number] for number in batch], scope)
            answers.update(
                (number, self._or_alone(understood[number], answer, scope))
                for number, answer in zip(batch, read, strict=True)
            )
        notice = self.store.notice
        noted = [with_notes(answers[number], notice) for number in range(len(understood))]
        writer = self.settings.writer
        return [writer.reworded(answer) for answer in noted] if writer else noted

    def _not_asked(self, question: Question, scope: Scope) -> Answer | None:
        """Return the answer to all but ordinary questions (as overviews, topics); None to those."""
        text, intent = question.text, question.intent
        if question.is_mixed:
            return combined(question, list(self._one_by_one(question, scope)), scope)
        if intent == "question":
            return self._topic(question, scope) if question.topic else None
        articles = scope.choice.first_articles(MAX_ARTICLES + 1)
        if intent == "opener":
            starters = self._starters if scope is self._whole else ()
            suggestions = tuple(dict.fromkeys((OVERVIEW_QUESTION, *starters)))
            return opener(text, scope.choice.n_articles, articles[0], suggestions)
        if scope.choice.n_articles > MAX_ARTICLES:
            return too_many(text, scope.choice.n_articles) if intent == "overview" else None
        if intent == "overview":
            vectors = [self.store.vectors_of(article.id) for article in articles]
            return overview(text, list(zip(articles, vectors, strict=True)))
        return about(text, intent, articles)

    def _or_alone(self, question: Question, answer: Answer, scope: Scope) -> Answer:
        """Return the answer to a follow-up asked by itself, where the follow-up had none.

        As a follow-up, "What about Ada?" asks the last question of Ada, and "Who wrote it?" is of
        its subject. By themselves they ask for all about Ada, and for the author of the article.
        """
        if answer.status != "not_found" or answer.withheld or not question.may_stand_alone:
            return answer
        other = self._not_asked(understand(question.text, (), scope), scope)
        return other if other and other.answered else answer

    def _one_by_one(self, question: Question, scope: Scope) -> Iterator[Answer]:
        """Yield the answer to each part of a question, asked by itself.

        "It" refers to the part before, unless that asks about the articles themselves.
        """
        about_all: list[str] = []
        for part, earlier in question.asked:
            before = [each for each in earlier if each not in about_all]
            understood = understand(part, before, scope)
            if understood.intent != "question":
                about_all.append(part)
            answer = self._not_asked(understood, scope)
            yield answer or self._answering.answers([understood], scope)[0]

    def _topic(self, question: Question, scope: Scope) -> Answer | None:
        """Return what the articles say about a question's topic; None where they do not mention it."""
        if not all(map(scope.has_stem, words(question.topic))):
            return None
        (hits,) = self.retriever.retrieve([question.topic], N_PASSAGES, chosen=scope.choice)
        return about_topic(question, hits)

    @cached_property
    def _starters(self) -> tuple[str, ...]:
        """Questions that the articles answer, as suggestions."""
        from qa.suggestions import starter_questions  # not needed to answer

        return starter_questions(self.without_writer(), N_SUGGESTED)

    def _make_scope(self, within: ArticleFilter | None) -> Scope:
        return Scope(self.store, within, self._whole) if within else self._whole
