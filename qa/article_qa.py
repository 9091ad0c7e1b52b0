"""Ask articles: the engine that the command line, the web page and Python programs share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from index import (
    SPLITTER,
    Article,
    ArticleIndex,
    Encoder,
    SentenceTransformerEncoder,
    builtin_article,
    read_article,
)
from qa.reader import SentenceReader
from qa.retriever import Retriever, Search
from qa.types import (
    Answer,
    Citation,
    CitationError,
    Evidence,
    Hit,
    QuestionError,
    Reader,
    Reading,
    one_line,
)

MAX_QUESTION = 4000
MAX_CITATIONS = 3
N_NEAREST = 3
TOP_K = 5
# Chosen with bench/scorer.py on SQuAD 2.0 articles set aside for training: it declines 30 % of
# their adversarial unanswerable questions and 17 % of the answerable ones.
THRESHOLD = 0.25
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
        threshold: float = THRESHOLD,
    ) -> None:
        """Put finished parts together; the classmethods do the work of making them.

        Args:
            article_index: what is asked.
            reader: finds the answer in passages; None takes the sentence reader.
            search: "fused", or only "dense" or "lexical".
            threshold: the confidence (0 to 1) below which a question is declined.

        Raises:
            ValueError: ``threshold`` is not in 0 to 1.
        """
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold must be from 0 to 1, got {threshold}")
        self.article_index = article_index
        self.reader = reader or SentenceReader()
        self.threshold = threshold
        self.retriever = Retriever(article_index, search=search)

    @classmethod
    def from_text(
        cls, text: str, *, title: str | None = None, encoder: Encoder | None = None
    ) -> ArticleQA:
        """Return an engine over one text; raise ArticleError where it holds no sentence."""
        return cls.from_articles([Article.from_text(text, title=title)], encoder=encoder)

    @classmethod
    def from_file(
        cls, path: str | Path, *, title: str | None = None, encoder: Encoder | None = None
    ) -> ArticleQA:
        """Return an engine over one text file; raise ArticleError where it cannot be read."""
        return cls.from_articles([read_article(path, title=title)], encoder=encoder)

    @classmethod
    def from_files(
        cls, paths: Iterable[str | Path], *, encoder: Encoder | None = None
    ) -> ArticleQA:
        """Return an engine over several text files; raise ArticleError where one cannot be read."""
        return cls.from_articles([read_article(path) for path in paths], encoder=encoder)

    @classmethod
    def from_articles(
        cls,
        articles: Sequence[Article],
        *,
        encoder: Encoder | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ArticleQA:
        """Return an engine over articles.

        Args:
            articles: at least one.
            encoder: None takes the packaged all-MiniLM-L6-v2.
            progress: called with (done, total) texts while they are encoded.
        """
        encoder = encoder or SentenceTransformerEncoder()
        return cls(ArticleIndex.build(articles, encoder, progress=progress))

    @classmethod
    def builtin(cls, *, encoder: Encoder | None = None) -> ArticleQA:
        """Return an engine over the packaged article."""
        return cls.from_articles([builtin_article()], encoder=encoder)

    @classmethod
    def load(cls, folder: str | Path, *, encoder: Encoder | None = None) -> ArticleQA:
        """Return an engine over a saved index; raise IndexFolderError where it cannot be used."""
        return cls(ArticleIndex.load(folder, encoder))

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; raise IndexFolderError on failure."""
        self.article_index.save(folder)

    @property
    def settings(self) -> dict[str, str]:
        """What the answers depend on, as texts: articles, splitter, encoder, reader, threshold."""
        return {
            "articles": sha256(" ".join(a.id for a in self.articles).encode()).hexdigest(),
            "splitter": SPLITTER,
            "encoder": self.article_index.encoder.fingerprint,
            "reader": type(self.reader).__name__,
            "search": self.retriever.search,
            "threshold": repr(self.threshold),
        }

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles that are asked."""
        return self.article_index.articles

    def retrieve(self, question: str, top_k: int = TOP_K) -> list[Hit]:
        """Return the ``top_k`` passages that best fit a question, best first.

        Raises:
            QuestionError: the question is empty or too long.
            ValueError: ``top_k`` is below 1.
        """
        return list(self.retriever.retrieve([clean_question(question)], top_k)[0])

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Answer:
        """Return the answer to a question, or an answer that says the article has none.

        Args:
            question: in plain words, or key words.
            history: the questions asked before, oldest first. They help to understand this one
                and are never a source.

        Raises:
            QuestionError: the question is empty or too long.
        """
        return self.ask_many([question], histories=[history])[0]

    def ask_many(
        self, questions: Sequence[str], *, histories: Sequence[Sequence[str]] | None = None
    ) -> list[Answer]:
        """Return the answers to questions, in order, as ``ask`` gives them one by one.

        Args:
            questions: encoded together, in batches.
            histories: one for each question; None is no history at all.

        Raises:
            QuestionError: a question is empty or too long.
            ValueError: ``histories`` is not as long as ``questions``.
        """
        if histories is not None and len(histories) != len(questions):
            raise ValueError(
                f"histories and questions must be of one length, got {len(histories)} "
                f"and {len(questions)}"
            )
        cleaned = [clean_question(q) for q in questions]
        answers: list[Answer] = []
        for start in range(0, len(cleaned), _BATCH):
            batch = cleaned[start : start + _BATCH]
            hits = self.retriever.retrieve(batch, TOP_K)
            readings = self.reader.read(list(zip(batch, hits, strict=True)))
            answers += map(self._answer, batch, hits, readings)
        return answers

    def _answer(self, question: str, hits: tuple[Hit, ...], reading: Reading) -> Answer:
        answered = bool(reading.evidence) and reading.confidence >= self.threshold
        n_shown = min(reading.n_cited, MAX_CITATIONS) if answered else N_NEAREST
        shown = tuple(
            _cite(number, evidence if answered else replace(evidence, short_answer=None))
            for number, evidence in enumerate(reading.evidence[:n_shown], start=1)
        )
        if not answered:
            text = (
                "The article does not say."
                if len(self.articles) == 1
                else "The articles do not say."
            )
            return Answer(question, "not_found", text, None, reading.confidence, (), shown, hits)
        span = shown[0].answer_span
        short_answer = shown[0].article.text[slice(*span)] if span else None
        text = short_answer or " ".join(one_line(c.quote) for c in shown)
        return Answer(question, "answered", text, short_answer, reading.confidence, shown, (), hits)


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
        raise QuestionError(f"question must be a text, got {type(question).__name__}")
    kept = (c for c in question if c.isprintable() or c.isspace() or c in _JOINERS)
    cleaned = one_line("".join(kept))
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError("question must hold a word, got none; ask about the article")
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"question must be at most {MAX_QUESTION} characters, got {len(cleaned)}; "
            "ask one thing at a time"
        )
    return cleaned


def _cite(number: int, evidence: Evidence) -> Citation:
    """Return the citation of a sentence, checked against the text of its article."""
    article, sentence, span = evidence.article, evidence.sentence, evidence.short_answer
    if span and not sentence.start <= span[0] < span[1] <= sentence.end:
        raise CitationError(
            f"short answer must stand in sentence {sentence.number}, got {span[0]} to {span[1]}"
        )
    if article.text[sentence.start : sentence.end] != sentence.text or not sentence.citable:
        raise CitationError(
            f"citation of sentence {sentence.number} must be an exact part of {article.id}, got another text"
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
