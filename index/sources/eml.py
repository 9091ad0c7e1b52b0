"""Mails (.eml): who wrote to whom, when and about what, and the text; attachments are named."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document, Verbatim, counted, join_blocks
from index.sources.markup import Markup
from index.sources.text_tables import with_rows

_HEADS = "From", "To", "Cc", "Date", "Subject"
_DEEPEST = 5  # mails inside mails
_N_NAMED = 5
_STUB = 0.5  # a plain text this much shorter than the HTML only points to it


def read_eml(data: bytes, _charset: str) -> Contents:
    """Return the text of a mail.

    Raises:
        ArticleError: it is none, or holds no text.
    """
    mail = message_from_bytes(data, policy=policy.default)
    if not isinstance(mail, EmailMessage) or not any(_head(mail, name) for name in _HEADS):
        raise ArticleError("must be a mail (.eml), got a file without From, To, Date or Subject")
    reader = _Reader()
    body = [*reader.body(mail, 0)]
    if not any(body):
        raise ArticleError("must hold text, got a mail without any")
    text = join_blocks([*_heads(mail), *body])
    document = Document(text, _head(mail, "Subject"), _day(mail))
    return Contents([document], reader.dropped())


def _head(mail: MIMEPart, name: str) -> str:
    """Return a header on one line, as far as it can be read; the date as it is written."""
    if name == "Date":
        raw = [value for key, value in mail.raw_items() if key.lower() == "date"]
        return " ".join(str(raw[0]).split()) if raw else ""
    try:
        return " ".join(str(mail.get(name, "")).split())
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):
        return ""  # the standard library fails on some broken addresses


def _heads(mail: MIMEPart) -> Iterator[str]:
    for name in _HEADS:
        if value := _head(mail, name):
            yield f"{name}: {value}"


def _day(mail: MIMEPart) -> str:
    try:
        return parsedate_to_datetime(_head(mail, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


class _Reader:
    """Reads a mail and those inside it, and notes what it leaves out."""

    def __init__(self) -> None:
        self._markup = Markup()
        self._notes: list[str] = []
        self._attached: list[str] = []

    def dropped(self) -> list[str]:
        """Return notes of what was left out."""
        named = ", ".join(filter(None, self._attached[:_N_NAMED]))
        attached = f"{counted(len(self._attached), 'attachment')}" if self._attached else ""
        return [
            *([f"{attached} ({named})" if named else attached] if attached else []),
            *self._markup.dropped(),
            *dict.fromkeys(self._notes),
        ]

    def body(self, mail: MIMEPart, depth: int) -> Iterator[str]:
        """Yield the blocks of a mail's text, and of the mails that it forwards."""
        text_body, html_body = (mail.get_body((kind,)) for kind in ("plain", "html"))
        from_text = [] if text_body is None else [*self._text_blocks(text_body)]
        from_html = [] if html_body is None else self._html_blocks(html_body)
        lengths = [sum(len(block.split()) for block in each) for each in (from_text, from_html)]
        yield from from_html if lengths[0] < _STUB * lengths[1] else from_text
        for part in mail.iter_attachments():
            inner = part.get_payload(0) if part.get_content_type() == "message/rfc822" else None
            if isinstance(inner, MIMEPart) and depth < _DEEPEST:
                yield from _heads(inner)
                yield from self.body(inner, depth + 1)
            elif part.get_content_type() == "text/plain" and not part.get_filename():
                yield from self._text_blocks(part)
            else:
                self._attached.append(part.get_filename() or "")

    def _text_blocks(self, part: MIMEPart) -> Iterator[str]:
        """Yield the paragraphs of a plain text with their line ends."""
        text = self._text(part).replace("\r\n", "\n")
        if part.get_param("format") == "flowed":
            text = _unflowed(text, delsp=part.get_param("delsp") == "yes")
        yield from map(Verbatim, with_rows(text).split("\n\n"))

    def _html_blocks(self, part: MIMEPart) -> list[str]:
        return self._markup.blocks(self._text(part))

    def _text(self, part: MIMEPart) -> str:
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset() or ""
        text, notes = decode(payload if isinstance(payload, bytes) else b"", charset)
        self._notes += notes
        return text.replace("\0", "")


def _unflowed(text: str, *, delsp: bool) -> str:
    """Return a text whose lines that end with a space go on in the next (RFC 3676)."""
    lines = [""]
    for line in text.split("\n"):
        lines[-1] += line
        if line.endswith(" ") and line != "-- ":
            lines[-1] = lines[-1][:-1] if delsp else lines[-1]
        else:
            lines.append("")
    return "\n".join(lines)
