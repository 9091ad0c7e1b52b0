"""Articles that can be shown at once, and the engine over them that takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from index import (
    DEFAULT_ENCODER,
    ENGLISH,
    Article,
    ArticleIndex,
    ArticleQAError,
    Described,
    SentenceTransformerEncoder,
    builtin_article,
    read_all,
    unpublished,
)
from qa.article_qa import ArticleQA
from qa.notices import language_notice
from qa.readers.search_reader import SentenceReader
from qa.readers.trained_reader import SpanReader
from qa.readers.transformers_reader import HubReader
from qa.retriever import Search
from qa.types import Reader

NO_READER = "none"


def open_articles(
    places: Sequence[str | Path] = (),
    folder: Path | None = None,
    encoder: str | None = None,
    *,
    reader: str | None = None,
    threshold: float | None = None,
    search: Search = "fused",
    allow_private: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    warm: bool = True,
) -> tuple[Sequence[Article], Callable[[], ArticleQA]]:
    """Return articles and what makes the engine over them, ready to be asked.

    Args:
        places: files, folders of files and addresses; without any, and without an index, the
            packaged article is taken.
        folder: a saved index, instead of files.
        encoder: the name or folder of another encoder than the default one.
        reader: as in ``open_reader``.
        threshold: as in ``ArticleQA``.
        search: as in ``ArticleQA``.
        allow_private: as in ``read_source``.
        tell: called with a line for what a person should know: a file of a folder that is left
            out, a language that the encoder does not serve, and what a stopped run has kept.
        warm: load the models before the first question is asked.

    Raises:
        ArticleQAError: both files and an index are given.
        ArticleError: a file or an address cannot be read.
        IndexFolderError: the index cannot be used.
    """
    if places and folder:
        raise ArticleQAError(
            "articles must come from --article or --index, got both; leave one out"
        )
    named = SentenceTransformerEncoder(encoder) if encoder else None
    opened = open_reader(reader)
    if folder:
        loaded = ArticleIndex.load(folder, named)
        if line := unpublished(folder):
            tell(line)
        engine = ArticleQA(loaded, reader=opened, threshold=threshold, search=search)
        if loaded.languages - {"", ENGLISH}:
            _tell_languages(loaded.heads, loaded.encoder.name, tell)
        return engine.articles, lambda: _warmed(engine) if warm else engine
    read = read_all(places, allow_private=allow_private, tell=tell)
    articles = read or [builtin_article()]
    _tell_languages(articles, encoder or DEFAULT_ENCODER, tell)

    def load() -> ArticleQA:
        built = ArticleIndex.build(articles, named or SentenceTransformerEncoder())
        engine = ArticleQA(built, reader=opened, threshold=threshold, search=search)
        return _warmed(engine) if warm else engine

    return articles, load


def open_reader(name: str | None = None) -> Reader:
    """Return a reader by name.

    Args:
        name: None for the packaged one, "none" for search alone, else a folder that
            training/export.py wrote, or the folder or hub name of another extractive model.
    """
    if name is None:
        return SpanReader()
    if name == NO_READER:
        return SentenceReader()
    return SpanReader(Path(name)) if (Path(name) / "reader.json").is_file() else HubReader(name)


def _tell_languages(
    articles: Sequence[Described], encoder: str, tell: Callable[[str], None]
) -> None:
    if notice := language_notice(articles, encoder):
        tell(notice)


def _warmed(engine: ArticleQA) -> ArticleQA:
    """Return the engine once its models are in memory."""
    engine.ask("Is the model there?")
    return engine
