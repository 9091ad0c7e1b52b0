"""Reading an article from a file."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError
from index.types import Article

MAX_BYTES = 50_000_000


def read_article(path: str | Path, *, title: str | None = None) -> Article:
    """Return the article of a plain-text file in UTF-8 (or UTF-16 with its mark).

    The text is kept as it stands in the file, line ends included.

    Raises:
        ArticleError: the file cannot be read, is not text, or holds no sentence.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:  # a device has no size, and may have no end
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"{path} must be at most {MAX_BYTES} bytes, got more; split it")
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleError(
            f"{path} must be text in UTF-8, got other bytes at {error.start}; save it as UTF-8"
        ) from error
    if "\0" in text:
        raise ArticleError(f"{path} must be text, got NUL bytes; give a plain-text file")
    try:
        return Article.from_text(text, title=title, source=str(path))
    except ArticleError as error:
        raise ArticleError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class Loaded:
    """The articles of a source, and in plain words what was left out."""

    articles: tuple[Article, ...]
    dropped: tuple[str, ...] = ()


def read_source(where: str | Path, *, allow_private: bool = False) -> Loaded:  # noqa: ARG001
    """Return the articles of a file; raise ArticleError where it cannot be read."""
    return Loaded((read_article(where),))
