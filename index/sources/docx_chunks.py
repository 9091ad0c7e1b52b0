"""Web pages that a Word document holds as a whole, as programs that make one of HTML write it."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

from index.sources.charset import decode

_MAIL = "message/rfc822"  # a page with its pictures in one file


def chunk_html(part: Any) -> str:
    """Return the HTML that a part of a document holds; "" where it holds something else."""
    if part.content_type == _MAIL:
        page = message_from_bytes(part.blob, policy=policy.default).get_body(("html",))
        try:
            return "" if page is None else str(page.get_content())
        except (LookupError, ValueError, KeyError):
            return ""
    return decode(part.blob)[0] if "html" in part.content_type else ""
