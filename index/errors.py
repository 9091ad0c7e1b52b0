"""The errors that article-qa raises.

    ArticleQAError
    ├── ArticleError         a text or a file cannot be an article
    ├── EncoderError         an encoder cannot be loaded or used
    └── IndexFolderError     a folder is not a usable library

A mistake in a call (a wrong argument) is a plain ``ValueError`` or ``TypeError``.
"""

from __future__ import annotations


class ArticleQAError(Exception):
    """The root of all errors that article-qa raises for bad input or a bad environment."""


class ArticleError(ArticleQAError):
    """A text or a file cannot be an article."""


class EncoderError(ArticleQAError):
    """An encoder cannot be loaded or used."""


class IndexFolderError(ArticleQAError):
    """A folder is not a saved index, is damaged, or was made for something else."""
