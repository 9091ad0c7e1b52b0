"""The text of a file as it stands, for who reads no article."""

from __future__ import annotations

from index.sources.charset import decode
from index.sources.document import Contents, Document


def read_raw_txt(data: bytes, charset: str) -> Contents:
    """Return a text unchanged and not split.

    Raises:
        ArticleError: the bytes are no text.
    """
    text, notes = decode(data, charset)
    return Contents([Document(text, sentences=())], notes)
