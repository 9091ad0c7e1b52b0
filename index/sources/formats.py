"""The formats of files that can be read, and how each is recognised."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files.

    ``index.sources.NAME`` reads it: its function ``read_NAME`` takes the bytes of a file and the
    charset that their sender declares ("" where none), and returns ``Contents``.

    Attributes:
        name: of the format and of its module.
        suffixes: how names of its files end, in small letters.
        media_types: how a web server calls it.
        first_bytes: how its files begin, in small letters.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    first_bytes: tuple[bytes, ...] = ()


TEXT = Format("txt", (".txt",), ("text/plain",))
FORMATS = (
    TEXT,
    Format("markdown", (".md", ".markdown"), ("text/markdown",)),
    Format(
        "html",
        (".html", ".htm", ".xhtml"),
        ("text/html", "application/xhtml+xml"),
        (b"<!doctype html", b"<html"),
    ),
    Format("pdf", (".pdf",), ("application/pdf",), (b"%pdf-",)),
    Format(
        "docx",
        (".docx",),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
        (b"pk\x03\x04",),
    ),
    Format("jsonl", (".jsonl",), ("application/jsonl", "application/x-ndjson")),
)
SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.suffixes)


def format_of(name: str, data: bytes, media_type: str = "") -> Format:
    """Return the format of a file by its media type, the end of its name, or its first bytes."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - it may be an address
    head = data[:64].lstrip().lower()
    return (
        next((each for each in FORMATS if media_type in each.media_types), None)
        or next((each for each in FORMATS if suffix in each.suffixes), None)
        or next((each for each in FORMATS if head.startswith(each.first_bytes)), TEXT)
    )
