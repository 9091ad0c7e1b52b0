"""The engine over files or a library: its articles are there at once, its models load later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from index import (
    DEFAULT_ENCODER,
    ENGLISH,
    Article,
    ArticleIndex,
    ArticleQAError,
    Described,
    Location,
    SentenceTransformerEncoder,
    builtin_article,
    heads_of,
    open_store,
    read_all,
    unpublished,
)
from qa.article_qa import ArticleQA
from qa.models import open_encoder, open_reader
from qa.notices import language_notice
from qa.settings import DEFAULTS, TOP_K, Settings
from qa.types import Hit


def open_articles(
    sources: Sequence[str | Path] = (),
    folder: Location | None = None,
    settings: Settings = DEFAULTS,
    *,
    allow_private: bool = False,
    partial: bool = False,
    notify: Callable[[str], None] = lambda _: None,
    warm: bool = True,
) -> tuple[Sequence[Article], Callable[[], ArticleQA]]:
    """Return articles, and the function that makes the engine over them.

    Args:
        sources: files, folders of files and addresses; without any, and without an index, the
            packaged article is taken.
        folder: a library instead of files: its folder, or the URLs of its servers.
        settings: of the engine.
        allow_private: as in ``read_source``.
        partial: ask the servers that can be reached, where one cannot.
        notify: called with a line for what a person should know: a file of a folder that is left
            out, a language that the encoder does not serve, and what a stopped run has left unpublished.
        warm: load the models before the first question is asked.

    Raises:
        ArticleQAError: both files and an index are given.
        ArticleError: a file or an address cannot be read.
        IndexFolderError: the index cannot be used.
    """
    if sources and folder:
        raise ArticleQAError(
            "articles must come from --article or --index, got both; leave one out"
        )
    settings = replace(settings, reader=open_reader(settings.reader))
    named = open_encoder(settings.encoder)
    if folder:
        loaded = open_store(folder, named, allow_missing=partial)
        if loaded.notice:
            notify(loaded.notice)
        if line := unpublished(folder):
            notify(line)
        engine = ArticleQA(loaded, settings)
        if loaded.languages - {"", ENGLISH}:
            _notify_languages(heads_of(loaded.articles), loaded.encoder.name, notify)
        return engine.articles, lambda: _warmed(engine) if warm else engine
    read = read_all(sources, allow_private=allow_private, notify=notify)
    articles = read or [builtin_article()]
    _notify_languages(articles, named.name if named else DEFAULT_ENCODER, notify)

    def load() -> ArticleQA:
        built = ArticleIndex.build(articles, named or SentenceTransformerEncoder())
        engine = ArticleQA(built, settings)
        return _warmed(engine) if warm else engine

    return articles, load


def _notify_languages(
    articles: Sequence[Described], encoder: str, notify: Callable[[str], None]
) -> None:
    if notice := language_notice(articles, encoder):
        notify(notice)


def _warmed(engine: ArticleQA) -> ArticleQA:
    """Return the engine once its models are in memory."""
    engine.without_writer().ask("Is the model there?")
    return engine


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
