"""Ask articles: the engine that the command line, the web page and Python programs share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

from index import (
    Article,
    ArticleFilter,
    ArticleIndex,
    Encoder,
    SentenceTransformerEncoder,
    builtin_article,
    read_all,
    read_article,
    unpublished,
)
from qa.errors import CitationError, QuestionError
from qa.notices import language_notice
from qa.readers.trained_reader import SpanReader
from qa.retriever import Retriever, Search
from qa.text import normalised, one_line
from qa.types import Answer, Citation, Evidence, Hit, Reader, Reading
from qa.understanding.follow_ups import points_back, standalone_question
from qa.understanding.multi_part import split_parts
from qa.understanding.person_names import People
from qa.understanding.spelling import Corrected, Speller

MAX_QUESTION = 4000
MAX_CITATIONS = 3
N_NEAREST = 3
N_MISSING = 3
TOP_K = 5
# How many passages are read: all of a short article.
N_READ = 8
_BATCH = 32
_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


class ArticleQA:
    """Articles that answer questions with the sentences that say so.

    An instance does not change once made, and may be used by several threads.
    """

    def __init__(
        self,
        article_index: ArticleIndex,
        *,
        reader: Reader | None = None,
        search: Search = "fused",
        threshold: float | None = None,
        max_citations: int = MAX_CITATIONS,
    ) -> None:
        """Put finished parts together; the classmethods do the work of making them.

        Args:
            article_index: what is asked.
            reader: finds the answer in passages; None takes the packaged trained reader.
            search: "fused", or only "dense" or "lexical".
            threshold: the confidence (0 to 1) below which a question is declined; higher is
                stricter. None takes the reader's own.
            max_citations: the most sentences cited for a question, or for each part of it.

        Raises:
            ValueError: ``threshold`` is not in 0 to 1, or ``max_citations`` below 1.
        """
        self.article_index = article_index
        self.reader = reader or SpanReader()
        self.threshold = self.reader.threshold if threshold is None else threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must be from 0 to 1, got {threshold}")
        if max_citations < 1:
            raise ValueError(f"max_citations must be at least 1, got {max_citations}")
        self.max_citations = max_citations
        self.retriever = Retriever(article_index, search=search)

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        title: str | None = None,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
    ) -> ArticleQA:
        """Return an engine over one text; raise ArticleError where it holds no sentence."""
        return cls.from_articles(
            [Article.from_text(text, title=title)], encoder=encoder, reader=reader
        )

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        title: str | None = None,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
    ) -> ArticleQA:
        """Return an engine over the one article of a file; raise ArticleError where it has none."""
        return cls.from_articles([read_article(path, title=title)], encoder=encoder, reader=reader)

    @classmethod
    def from_files(
        cls,
        places: Iterable[str | Path],
        *,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
    ) -> ArticleQA:
        """Return an engine over files, folders and addresses, as ``read_all`` reads them."""
        return cls.from_articles(read_all(list(places)), encoder=encoder, reader=reader)

    @classmethod
    def from_articles(
        cls,
        articles: Sequence[Article],
        *,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ArticleQA:
        """Return an engine over articles.

        Args:
            articles: at least one.
            encoder: None takes the packaged all-MiniLM-L6-v2.
            reader: None takes the packaged trained reader.
            progress: called with (done, total) texts while they are encoded.

        Warns:
            UserWarning: an article is in a language that the encoder does not serve.
        """
        encoder = encoder or SentenceTransformerEncoder()
        if notice := language_notice(articles, encoder.name):
            warnings.warn(notice, stacklevel=2)
        return cls(ArticleIndex.build(articles, encoder, progress=progress), reader=reader)

    @classmethod
    def builtin(cls, *, encoder: Encoder | None = None, reader: Reader | None = None) -> ArticleQA:
        """Return an engine over the packaged article."""
        return cls.from_articles([builtin_article()], encoder=encoder, reader=reader)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
    ) -> ArticleQA:
        """Return an engine over a saved index.

        Raises:
            IndexFolderError: it cannot be used.

        Warns:
            UserWarning: a run that was stopped has kept there what is not searched yet.
        """
        if line := unpublished(folder):
            warnings.warn(line, stacklevel=2)
        return cls(ArticleIndex.load(folder, encoder), reader=reader)

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; raise IndexFolderError on failure."""
        self.article_index.save(folder)

    @property
    def articles(self) -> Sequence[Article]:
        """The articles that are asked; those of a library are read when they are asked for."""
        return self.article_index.articles

    def over(self, article_index: ArticleIndex) -> ArticleQA:
        """Return an engine with the same settings over other articles."""
        return ArticleQA(
            article_index,
            reader=self.reader,
            search=self.retriever.search,
            threshold=self.threshold,
            max_citations=self.max_citations,
        )

    def with_settings(
        self, *, threshold: float | None = None, max_citations: int | None = None
    ) -> ArticleQA:
        """Return an engine that shares all with this one but the settings that are given."""
        other = ArticleQA(
            self.article_index,
            reader=self.reader,
            search=self.retriever.search,
            threshold=self.threshold if threshold is None else threshold,
            max_citations=self.max_citations if max_citations is None else max_citations,
        )
        other.__dict__["_speller"] = self._speller  # the same articles have the same words
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
        return list(self.retriever.retrieve([clean_question(question)], top_k, within=within)[0])

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
    ) -> Answer:
        """Return the answer to a question, or an answer that says the article has none.

        Args:
            question: in plain words, or key words.
            history: the questions asked before, oldest first. They help to understand this one
                and are never a source.
            within: the articles that are asked; None is all.

        Raises:
            QuestionError: the question is empty or too long.
            ArticleQAError: ``within`` chooses no article.
        """
        return self.ask_many([question], histories=[history], within=within)[0]

    def ask_many(
        self,
        questions: Sequence[str],
        *,
        histories: Sequence[Sequence[str]] | None = None,
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
        cleaned = [clean_question(q) for q in questions]
        earlier = histories or [()] * len(questions)
        answers: list[Answer] = []
        for start in range(0, len(cleaned), _BATCH):
            batch = cleaned[start : start + _BATCH]
            understood = [
                self._understand(q, h) for q, h in zip(batch, earlier[start:], strict=False)
            ]
            parts = [split_parts(each.text) for each in understood]
            asked = [part for of_question in parts for part in of_question]
            hits = self.retriever.retrieve(asked, N_READ, within=within)
            readings = self.reader.read(list(zip(asked, hits, strict=True)))
            read = iter(list(zip(hits, readings, strict=True)))
            for question, meant, of_question in zip(batch, understood, parts, strict=True):
                found = [next(read) for _ in of_question]
                answer = self._answer(question, of_question, found)
                standalone = meant.text if meant.text != question else None
                answers.append(
                    replace(answer, standalone_question=standalone, corrections=meant.changes)
                )
        return answers

    def _understand(self, question: str, history: Sequence[str]) -> Corrected:
        """Return a question that stands alone, with misspelt words as the articles spell them."""
        turns = [self._speller.correct(turn).text for turn in _clean_turns(history)]
        corrected = self._speller.correct(question)
        answers: list[str | None] = []
        if turns and points_back(corrected.text):
            last = standalone_question(turns[-1], turns[:-1], people=self._people)
            said = self.ask(last[:MAX_QUESTION]).short_answer
            answers = [*[None] * (len(turns) - 1), said]
        text = standalone_question(corrected.text, turns, answers, people=self._people)
        return Corrected(text[:MAX_QUESTION], corrected.changes)

    @cached_property
    def _people(self) -> People:
        lexical, sentence = self.article_index.lexical, self.article_index.sentence
        return People(lambda stem: (sentence(row)[1].text for row in lexical.rows_of(stem)))

    @cached_property
    def _speller(self) -> Speller:
        articles = self.article_index
        return Speller(lambda: articles.written_words, articles.lexical.has_stem)

    def _answer(
        self, question: str, parts: Sequence[str], found: Sequence[tuple[tuple[Hit, ...], Reading]]
    ) -> Answer:
        """Return the answer put together from what was found for each part of a question."""
        hits = tuple(
            {(h.article.id, h.passage.start): h for each, _ in found for h in each}.values()
        )
        readings = [reading for _, reading in found]
        given = [r for r in readings if r.evidence and r.confidence >= self.threshold]
        if not given:
            best = max(readings, key=lambda reading: reading.confidence)
            near = (replace(e, short_answer=None) for e in distinct(best.evidence)[:N_NEAREST])
            nearest = tuple(_cite(number, e) for number, e in enumerate(near, start=1))
            reason = self._reason(question)
            return Answer(question, "not_found", reason, None, best.confidence, (), nearest, hits)
        # A sentence that several articles have, as syndicated ones do, is cited once.
        cited: dict[str, Evidence] = {}
        for reading in given:
            for evidence in distinct(reading.evidence[: reading.n_cited])[: self.max_citations]:
                cited.setdefault(normalised(evidence.sentence.text), evidence)
        citations = tuple(_cite(number, e) for number, e in enumerate(cited.values(), start=1))
        firsts = [reading.evidence[0] for reading in given]
        short = dict.fromkeys(
            e.article.text[slice(*e.short_answer)] for e in firsts if e.short_answer
        )
        short_answer = next(iter(short)) if len(short) == 1 else None
        text = "; ".join(short) or " ".join(one_line(c.quote) for c in citations)
        missing = tuple(p for p, r in zip(parts, readings, strict=True) if r not in given)
        return Answer(
            question,
            "answered",
            text,
            short_answer,
            min(reading.confidence for reading in given),
            citations,
            (),
            hits,
            unanswered=missing,
        )

    def _reason(self, question: str) -> str:
        """Return in plain words that a question is not answered, and which of its words are missing."""
        missing = [f"“{w}”" for w in self.article_index.lexical.unknown_words(question)[:N_MISSING]]
        named = " or ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
        one = len(self.articles) == 1
        reason = "The article does not say." if one else "The articles do not say."
        return (
            f"{reason} {'It does' if one else 'They do'} not mention {named}." if named else reason
        )


@cache
def _builtin_engine() -> ArticleQA:
    return ArticleQA.builtin()


def retrieve(question: str, top_k: int = TOP_K) -> list[Hit]:
    """Return the ``top_k`` passages of the packaged article that best fit a question, best first.

    Raises:
        QuestionError: the question is empty or too long.
        ValueError: ``top_k`` is below 1.
    """
    return _builtin_engine().retrieve(question, top_k)


def clean_question(question: str) -> str:
    """Return a question on one line, without NUL bytes and other control characters.

    Raises:
        QuestionError: nothing is left, or more than ``MAX_QUESTION`` characters are.
    """
    if not isinstance(question, str):
        raise QuestionError(
            f"question must be a text, got {type(question).__name__}", question=question
        )
    kept = (c for c in question if c.isprintable() or c.isspace() or c in _JOINERS)
    cleaned = one_line("".join(kept))
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError(
            "question must hold a word, got none; ask about the article", question=question
        )
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"question must be at most {MAX_QUESTION} characters, got {len(cleaned)}; "
            "ask one thing at a time",
            question=question,
        )
    return cleaned


def distinct(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return evidence, best first, without sentences that read like an earlier one."""
    found: dict[str, Evidence] = {}
    for each in evidence:
        found.setdefault(normalised(each.sentence.text), each)
    return list(found.values())


def _clean_turns(history: Sequence[str]) -> list[str]:
    """Return the earlier questions that can be asked; an odd one does no harm."""
    turns = []
    for turn in history:
        with suppress(QuestionError):
            turns.append(clean_question(turn))
    return turns


def _cite(number: int, evidence: Evidence) -> Citation:
    """Return the citation of a sentence, checked against the text of its article."""
    article, sentence, span = evidence.article, evidence.sentence, evidence.short_answer
    if span and not sentence.start <= span[0] < span[1] <= sentence.end:
        raise CitationError(
            f"short answer must stand in sentence {sentence.number}, got {span[0]} to {span[1]}",
            article_id=article.id,
            sentence_number=sentence.number,
        )
    if article.text[sentence.start : sentence.end] != sentence.text or not sentence.citable:
        raise CitationError(
            f"citation of sentence {sentence.number} must be an exact part of {article.id}, got another text",
            article_id=article.id,
            sentence_number=sentence.number,
        )
    return Citation(
        number,
        article,
        sentence.number,
        sentence.paragraph_number,
        sentence.start,
        sentence.end,
        sentence.text,
        evidence.score,
        caption=sentence.kind == "caption",
        answer_span=span,
    )
