"""What the worker hands to its parent, as bytes: the contents of a file, or why it has none."""

from __future__ import annotations

import base64
import json
from typing import Any

from index.errors import ArticleError
from index.sources.document import Contents, Document
from index.text.codec import decode_sentences, decode_text, encode_sentences, encode_text

_FIELDS = "text", "title", "date", "source"


def encode_contents(contents: Contents) -> bytes:
    """Return the contents of a file, whose documents are split, as ``decode_contents`` reads them.

    JSON, but for the sentences: as numbers in JSON a million of them would take a gigabyte.
    """
    documents = [
        {
            **{name: getattr(document, name) for name in _FIELDS},
            "sentences": base64.b64encode(encode_sentences(document.sentences or ())).decode(),
        }
        for document in contents.documents
    ]
    return _encode(
        {
            "documents": documents,
            "dropped": list(contents.dropped),
            "scanned": list(contents.scanned),
        }
    )


def encode_error(reason: str) -> bytes:
    """Return why a file has no contents, as ``decode_contents`` reads it."""
    return _encode({"error": reason})


def decode_contents(data: bytes) -> Contents:
    """Return the contents that were encoded.

    Raises:
        ArticleError: there are none, for the reason that was encoded.
        ValueError: the bytes are something else.
    """
    result = json.loads(decode_text(data))
    if "error" in result:
        raise ArticleError(result["error"])
    return Contents(list(map(_document, result["documents"])), result["dropped"], result["scanned"])


def _document(fields: dict[str, Any]) -> Document:
    sentences = decode_sentences(base64.b64decode(fields["sentences"]), len(fields["text"]))
    return Document(**{name: fields[name] for name in _FIELDS}, sentences=sentences)


def _encode(result: dict[str, Any]) -> bytes:
    return encode_text(json.dumps(result, ensure_ascii=False))
