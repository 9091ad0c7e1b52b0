"""Articles that can be shown at once, and the engine over them that takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from index import (
    Article,
    ArticleIndex,
    ArticleQAError,
    SentenceTransformerEncoder,
    builtin_article,
    read_article,
)
from qa.article_qa import ArticleQA
from qa.hub_reader import HubReader
from qa.reader import SentenceReader
from qa.retriever import Search
from qa.span_reader import SpanReader
from qa.types import Reader

NO_READER = "none"


def open_articles(
    paths: Sequence[Path] = (),
    folder: Path | None = None,
    encoder: str | None = None,
    *,
    reader: str | None = None,
    threshold: float | None = None,
    search: Search = "fused",
    warm: bool = True,
) -> tuple[Sequence[Article], Callable[[], ArticleQA]]:
    """Return articles and what makes the engine over them, ready to be asked.

    Args:
        paths: text files; without any, and without a folder, the packaged article is taken.
        folder: a saved index, instead of files.
        encoder: the name or folder of another encoder than the default one.
        reader: as in ``open_reader``.
        threshold: as in ``ArticleQA``.
        search: as in ``ArticleQA``.
        warm: load the models before the first question is asked.

    Raises:
        ArticleQAError: both files and a folder are given.
        ArticleError: a file cannot be read.
        IndexFolderError: the index cannot be used.
    """
    if paths and folder:
        raise ArticleQAError(
            "articles must come from --article or --index, got both; leave one out"
        )
    named = SentenceTransformerEncoder(encoder) if encoder else None
    opened = open_reader(reader)
    if folder:
        loaded = ArticleIndex.load(folder, named)
        engine = ArticleQA(loaded, reader=opened, threshold=threshold, search=search)
        return engine.articles, lambda: _warmed(engine) if warm else engine
    articles = [read_article(path) for path in paths] or [builtin_article()]

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


def _warmed(engine: ArticleQA) -> ArticleQA:
    """Return the engine once its models are in memory."""
    engine.ask("Is the model there?")
    return engine
