"""The formats of files that can be read, and how each is recognised."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from index.errors import ArticleError
from index.sources.document import NOTHING

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files.

    ``index.sources.NAME`` reads it: its function ``read_NAME`` takes the bytes of a file and the
    charset that their sender declares ("" where none), and returns ``Contents``.

    Attributes:
        name: of the format and of its module.
        suffixes: how names of its files end, in small letters.
        media_types: how a web server calls it.
        first_bytes: how its files begin, as a pattern, whatever the case of letters.
        member: of a format that is a zip, the name of a file that only it has.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    first_bytes: bytes = b""
    member: bytes = b""


TEXT = Format("txt", (".txt",), ("text/plain",))
FORMATS = (
    TEXT,
    Format("markdown", (".md", ".markdown"), ("text/markdown",)),
    Format(
        "html",
        (".html", ".htm", ".xhtml"),
        ("text/html", "application/xhtml+xml"),
        rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype html|<html)",
    ),
    Format("pdf", (".pdf",), ("application/pdf",), rb"%pdf-"),
    Format(
        "docx", (".docx",), (f"{_OFFICE}.wordprocessingml.document",), member=b"word/document.xml"
    ),
    Format("epub", (".epub",), ("application/epub+zip",), member=b"META-INF/container.xml"),
    Format(
        "odf",
        (".odt", ".ods", ".odp"),
        (f"{_OPEN}.text", f"{_OPEN}.spreadsheet", f"{_OPEN}.presentation"),
        member=b"mimetypeapplication/vnd.oasis.opendocument",
    ),
    Format(
        "pptx",
        (".pptx",),
        (f"{_OFFICE}.presentationml.presentation",),
        member=b"ppt/presentation.xml",
    ),
    Format("xlsx", (".xlsx",), (f"{_OFFICE}.spreadsheetml.sheet",), member=b"xl/workbook.xml"),
    Format("csv", (".csv", ".tsv"), ("text/csv", "text/tab-separated-values")),
    Format("rtf", (".rtf",), ("application/rtf", "text/rtf"), rb"\{\\rtf"),
    Format(
        "eml",
        (".eml",),
        ("message/rfc822",),
        rb"(?:return-path|received|delivered-to|message-id|mime-version|from|to|date|subject): "
        rb".*^(?:mime-version|message-id|content-type): ",
    ),
    Format(
        "feed",
        (".rss", ".atom"),
        ("application/rss+xml", "application/atom+xml"),
        rb"(?:<\?xml[^>]*>\s*)?(?:<[?!][^>]*>\s*)*<(?:rss|feed|rdf:rdf)\b",
    ),
    Format(
        "subtitles",
        (".srt", ".vtt"),
        ("application/x-subrip", "text/vtt"),
        rb"webvtt\b|\d+\s*\n(?:\d+:)?\d+:\d+[.,]\d+ +--> ",
    ),
    Format("jsonl", (".jsonl",), ("application/jsonl", "application/x-ndjson")),
)
SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.suffixes)


# What begins like these is no text, and what to do about it.
_NO_TEXT = (
    (rb"\xd0\xcf\x11\xe0", "an old office file", "save it as .docx, .xlsx or .pptx"),
    (rb"\x89png|\xff\xd8\xff|gif8|ii\*\x00|mm\x00\*|riff....webp", "a picture", "save it as PDF"),
    (rb"pk\x03\x04|rar!|7z\xbc\xaf|\x1f\x8b|bzh", "an archive", "unpack it"),
    (rb".{60}bookmobi", "an e-book of another kind", "save it as .epub"),
)


def format_of(name: str, data: bytes, media_type: str = "") -> Format:
    """Return the format of a file by its media type, the end of its name, or its first bytes.

    Servers send many formats as text/plain, so that the name decides for these.
    """
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - it may be an address
    return (
        next((each for each in FORMATS[1:] if media_type in each.media_types), None)
        or next((each for each in FORMATS if suffix in each.suffixes), None)
        or _recognised(data)
        or TEXT
    )


def guess_of(name: str, form: Format) -> list[str]:
    """Return, as ``Contents.dropped`` has it, that a file of no known kind is read as plain text."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - it may be an address
    if form is not TEXT or not re.fullmatch(r"\.[a-z][a-z0-9]{0,5}", suffix) or suffix in SUFFIXES:
        return []
    return [f"{NOTHING}files named {suffix} are of no known kind: it is read as plain text"]


def refuse_no_text(data: bytes) -> None:
    """Raise ArticleError where bytes that nothing else knows are of a kind that is no text."""
    for first, what, advice in _NO_TEXT:
        if re.match(first, data[:100], re.IGNORECASE | re.DOTALL):
            raise ArticleError(f"must be text, got {what}; {advice}")


def _recognised(data: bytes) -> Format | None:
    """Return the format that bytes begin like, or whose files a zip names."""
    if data.startswith(b"PK\x03\x04"):  # names of files stand unpacked in a zip
        return next((each for each in FORMATS if each.member and each.member in data), None)
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next(
        (
            each
            for each in FORMATS
            if each.first_bytes
            and re.match(each.first_bytes, head, re.IGNORECASE | re.MULTILINE | re.DOTALL)
        ),
        None,
    )
