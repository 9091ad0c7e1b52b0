"""Articles that can be shown at once, and the engine over them that takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from index import Article, SentenceTransformerEncoder, builtin_article, read_article
from qa.article_qa import ArticleQA


def open_articles(
    paths: Sequence[Path] = (), folder: Path | None = None, encoder: str | None = None
) -> tuple[Sequence[Article], Callable[[], ArticleQA]]:
    """Return articles and what makes the engine over them, ready to be asked.

    Args:
        paths: text files; without any, and without a folder, the packaged article is taken.
        folder: a saved index, instead of files.
        encoder: the name or folder of another encoder than the default one.

    Raises:
        ArticleError: a file cannot be read.
        IndexFolderError: the index cannot be used.
    """
    named = SentenceTransformerEncoder(encoder) if encoder else None
    if folder:
        engine = ArticleQA.load(folder, encoder=named)
        return engine.articles, lambda: _warmed(engine)
    articles = [read_article(path) for path in paths] or [builtin_article()]
    return articles, lambda: ArticleQA.from_articles(articles, encoder=named)


def _warmed(engine: ArticleQA) -> ArticleQA:
    """Return the engine once its model is in memory."""
    engine.retrieve("Is the model there?", top_k=1)
    return engine
