"""Reading articles from files and from the web."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError
from index.limits import MAX_BYTES, SMALL_BYTES
from index.sources.charset import decode_utf
from index.sources.document import Draft, Drafts, UnreadableError
from index.sources.fetch import fetch, is_url
from index.sources.sandbox import read_confined
from index.types import Article

FORMS = {
    ".txt": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
}
_MEDIA_TYPES = {
    "text/plain": "txt",
    "text/markdown": "md",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
_BEGINNINGS = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "docx"),
    (b"<!doctype html", "html"),
    (b"<html", "html"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The articles of a file or an address, and in plain words what was left out of them."""

    articles: tuple[Article, ...]
    dropped: tuple[str, ...] = ()


def read_source(where: str | Path, *, allow_private: bool = False) -> Loaded:
    """Return the articles at a path or an address.

    Text is kept as it stands in the file, line ends included; every other form as paragraphs with
    blank lines between. All but a small text in UTF-8 is read in a child process with limits on
    memory and time. PDF pages are counted from 1.

    Args:
        where: a .txt, .md, .html, .pdf, .docx or .jsonl file, or an http or https address.
        allow_private: whether an address may be one inside this machine and its networks.

    Raises:
        ArticleError: it cannot be read, is none of these, or holds no sentence.
    """
    if isinstance(where, str) and is_url(where):
        page = fetch(where, allow_private=allow_private)
        form = _MEDIA_TYPES.get(page.media_type) or _form(page.url.partition("?")[0], page.data)
        return _load(page.data, form, page.url, page.charset)
    path = Path(where)
    return _load(data := _read_bytes(path), _form(path.name, data), str(path))


def find_files(folder: str | Path) -> list[Path]:
    """Return the files below a folder that ``read_source`` knows by their names, sorted.

    Hidden files and folders are left out, and so are libraries and links out of the folder.

    Raises:
        ArticleError: the folder cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ArticleError(f"{folder} must be a folder, got none")
    root = folder.resolve()
    found = []
    for place, folders, names in os.walk(folder):
        if "library.db" in names:  # a library's own files are no articles
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(place, name)
            known = not name.startswith(".") and path.suffix.lower() in FORMS
            if known and path.is_file() and path.resolve().is_relative_to(root):
                found.append(path)
    return sorted(found)


def read_all(
    places: Sequence[str | Path],
    *,
    allow_private: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Article]:
    """Return the articles at paths, addresses and below folders.

    Args:
        places: a folder stands for all files below it that can be read.
        allow_private: as in ``read_source``.
        tell: called with a line for each file of a folder that cannot be read and is left out.

    Raises:
        ArticleError: a place that is no folder cannot be read, or a folder holds no article.
    """
    articles: list[Article] = []
    for place in places:
        if is_url(str(place)) or not Path(place).is_dir():
            articles += read_source(place, allow_private=allow_private).articles
            continue
        n_before = len(articles)
        for path in find_files(place):
            try:
                articles += read_source(path).articles
            except ArticleError as error:
                tell(f"left out: {error}")
        if len(articles) == n_before:
            raise ArticleError(f"{place} must hold {', '.join(FORMS)} files with text, got none")
    return articles


def read_article(path: str | Path, *, title: str | None = None) -> Article:
    """Return the one article of a file.

    Raises:
        ArticleError: the file cannot be read, is not text, or holds no sentence or several articles.
    """
    path = Path(path)
    data = _read_bytes(path)
    articles = _load(data, _form(path.name, data), str(path), title=title).articles
    if len(articles) > 1:
        raise ArticleError(f"{path} must hold one article, got {len(articles)}; use read_source")
    return articles[0]


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:  # a device has no size, and may have no end
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with NUL is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise ArticleError(f"{path} cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"{path} must be at most {MAX_BYTES} bytes, got more; split it")
    return data


def _form(name: str, data: bytes) -> str:
    """Return the form of a file by the end of its name, or by its first bytes."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - it may be an address
    head = data[:64].lstrip().lower()
    begins = (form for beginning, form in _BEGINNINGS if head.startswith(beginning.lower()))
    return FORMS.get(suffix) or next(begins, "txt")


def _load(
    data: bytes, form: str, source: str, charset: str = "", *, title: str | None = None
) -> Loaded:
    """Return the articles of bytes in a form; an error names their source."""
    try:
        drafts = _drafts(data, form, charset)
        articles, problems = _articles(drafts.drafts, source, title)
    except (UnreadableError, ArticleError) as error:
        raise ArticleError(_of(source, str(error))) from error
    return Loaded(articles, (*drafts.dropped, *problems))


def _drafts(data: bytes, form: str, charset: str) -> Drafts:
    """Return the drafts of bytes: a small plain text is decoded here, all else read in a child."""
    if form == "txt" and charset in ("", "utf-8") and len(data) <= SMALL_BYTES:
        try:
            return Drafts([Draft(_without_nul(decode_utf(data)))])
        except UnicodeDecodeError:
            pass  # which encoding it is, is guessed with limits
    drafts = read_confined(data, form, charset)
    if form == "txt":
        _without_nul(drafts.drafts[0].text)
    return drafts


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise UnreadableError("must be text, got NUL bytes; give a plain-text file")
    return text


def _articles(
    drafts: Sequence[Draft], source: str, title: str | None
) -> tuple[tuple[Article, ...], list[str]]:
    """Return the articles of drafts, and which of several were none."""
    articles, problems = [], []
    for number, draft in enumerate(drafts, start=1):
        try:
            articles.append(
                Article.from_text(
                    draft.text,
                    title=title or draft.title or None,
                    source=f"{source}{draft.source}"
                    if draft.source[:1] in ("", "#")
                    else draft.source,
                    date=draft.date,
                    page_starts=draft.page_starts,
                    spans=draft.spans,
                )
            )
        except ArticleError as error:
            if len(drafts) == 1:
                raise
            problems.append(f"article {number}: {error}")
    if not articles:
        raise ArticleError(f"it {problems[0]}")
    return tuple(articles), problems


def _of(source: str, problem: str) -> str:
    """Return a problem after the name it is about."""
    return f"{source} {problem}" if problem.startswith("must ") else f"{source}: {problem}"
