"""The errors of the index. ``qa/errors.py`` draws the whole tree.

A wrong argument in a call is a built-in ``ValueError`` or ``TypeError``.
"""

from __future__ import annotations

from pathlib import Path


class ArticleQAError(Exception):
    """The root of all errors that article-qa raises for bad input or a bad environment."""


class ArticleError(ArticleQAError):
    """A text, a file or a page of the web cannot be an article.

    Attributes:
        reason: what it must be and what it is, after the source's name: "must be text, got …".
        source: the file or the address; an empty string where it has none.
    """

    def __init__(self, reason: str, source: str = "") -> None:
        super().__init__(f"{source} {reason}" if source else reason)
        self.reason = reason
        self.source = source


class EncoderError(ArticleQAError):
    """An encoder cannot be loaded or used; ``encoder`` is its name or folder."""

    def __init__(self, message: str, *, encoder: str) -> None:
        super().__init__(message)
        self.encoder = encoder


class IndexFolderError(ArticleQAError):
    """A folder is no library, is damaged, or was made for something else.

    ``folder`` is the folder, ``problem`` what is wrong with it, and ``remedy`` what to do, or an
    empty string.
    """

    def __init__(self, folder: str | Path, problem: str, remedy: str = "") -> None:
        self.folder, self.problem, self.remedy = Path(folder), problem, remedy
        super().__init__(f"{folder} {problem}" + (f"; {remedy}" if remedy else ""))


class ServerError(IndexFolderError):
    """A library on PostgreSQL servers cannot be reached, or is not one that can be used.

    ``folder`` is the address, ``problem`` and ``remedy`` are as of a folder.
    """
