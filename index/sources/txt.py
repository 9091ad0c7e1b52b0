"""Text files, as they stand."""

from __future__ import annotations

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document


def read_txt(data: bytes, charset: str) -> Contents:
    """Return a text unchanged, line ends included.

    Raises:
        ArticleError: the bytes are no text.
    """
    text, notes = decode(data, charset)
    return Contents([Document(refuse_nul(text))], notes)


def refuse_nul(text: str) -> str:
    """Return a text; raise ArticleError where it holds NUL, which only other files do."""
    if "\0" in text:
        raise ArticleError("must be text, got NUL bytes; give a plain-text file")
    return text
