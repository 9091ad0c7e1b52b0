"""Text files, as they stand but for their tables."""

from __future__ import annotations

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document
from index.sources.text_tables import with_rows


def read_txt(data: bytes, charset: str) -> Contents:
    """Return a text unchanged, line ends included, but that rows of tables name their columns.

    Raises:
        ArticleError: the bytes are no text.
    """
    text, notes = decode(data, charset)
    return Contents([text_document(text)], notes)


def text_document(text: str) -> Document:
    """Return a text as a document; raise ArticleError where it holds NUL, which only other files do."""
    if "\0" in text:
        raise ArticleError("must be text, got NUL bytes; give a plain-text file")
    return Document(with_rows(text))
