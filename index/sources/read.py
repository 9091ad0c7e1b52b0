"""Reading articles from files, folders and the web."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from index.errors import ArticleError
from index.limits import MAX_BYTES, SMALL_BYTES
from index.sources.charset import decode_utf
from index.sources.document import Contents, counted, notes_of, page_list, set_aside
from index.sources.formats import (
    SUFFIXES,
    TEXT,
    Format,
    format_of,
    guess_of,
    refuse_no_text,
)
from index.sources.ocr import INSTALL, is_installed
from index.sources.sandbox import SCAN, read_sandboxed
from index.sources.text_tables import with_rows
from index.sources.txt import text_document
from index.sources.url import is_url
from index.text.rows import MARK
from index.types import Article

_N_KINDS = 5


@dataclass(frozen=True, slots=True)
class Loaded:
    """The articles of a file or an address, and notes of what was left out of them."""

    articles: tuple[Article, ...]
    dropped: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out and what was guessed, as lines for a person."""
        return notes_of(self.dropped)


def read_source(where: str | Path, *, allow_private: bool = False) -> Loaded:
    """Return the articles at a path or an address.

    A .txt file's text is unchanged, line ends included, but that each row of a table names its
    columns; of every other format it is paragraphs with blank lines between. All but a small text
    in UTF-8 is read in a process with limits on memory and time. Pages of a PDF, and slides, are
    counted from 1.

    Args:
        where: a file of a format of ``index.sources.formats``, or an http or https address.
        allow_private: whether an address may be one inside this machine and its networks.

    Raises:
        ArticleError: it cannot be read, is none of these, or holds no sentence.
    """
    if isinstance(where, str) and is_url(where):
        from index.sources.fetch import fetch  # HTTP and TLS, of no use to a file

        page = fetch(where, allow_private=allow_private)
        name = page.url.partition("?")[0]
        return _load(page.data, format_of(name, page.data, page.media_type), page.url, page.charset)
    path = Path(where)
    data = _read_bytes(path)
    return _load(data, format_of(path.name, data), str(path))


def find_files(folder: str | Path) -> list[Path]:
    """Return the files below a folder whose names end as those of a known format, sorted.

    Hidden files and folders are left out, and so are libraries and links out of the folder.

    Raises:
        ArticleError: the folder cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ArticleError("must be a folder, got none", str(folder))
    return sorted(path for path in _files(folder) if _is_known(path))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, but for hidden ones, libraries and links out of it."""
    root = folder.resolve()
    for parent, folders, names in os.walk(folder):
        if "library.db" in names:  # a library's own files are no articles
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(parent, name) for name in names if not name.startswith(".")):
            if path.is_file() and path.resolve().is_relative_to(root):
                yield path


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def read_all(
    sources: Sequence[str | Path],
    *,
    allow_private: bool = False,
    notify: Callable[[str], None] = lambda _: None,
) -> list[Article]:
    """Return the articles at paths, addresses and below folders.

    Args:
        sources: a folder stands for all files below it that can be read.
        allow_private: as in ``read_source``.
        notify: called with a line for each source of which something is left out or guessed, and for
            what is left out of a folder: files that cannot be read, or are of no known kind.

    Raises:
        ArticleError: a source that is no folder cannot be read, or a folder holds no article.
    """
    articles: list[Article] = []
    for source in sources:
        if is_url(str(source)) or not Path(source).is_dir():
            articles += _notified(read_source(source, allow_private=allow_private), source, notify)
            continue
        if line := unknown_files(source):
            notify(line)
        n_before = len(articles)
        for path in find_files(source):
            try:
                articles += _notified(read_source(path), path, notify)
            except ArticleError as error:
                notify(f"left out: {error}")
        if len(articles) == n_before:
            raise ArticleError(
                f"must hold {', '.join(SUFFIXES)} files with text, got none", str(source)
            )
    return articles


def unknown_files(folder: str | Path) -> str:
    """Return a line that counts the files below a folder that are of no known kind; "" without any."""
    kinds = Counter(
        path.suffix.lower() or path.name for path in _files(Path(folder)) if not _is_known(path)
    )
    if not kinds:
        return ""
    shown = ", ".join(kind for kind, _ in kinds.most_common(_N_KINDS))
    more = ", …" if len(kinds) > _N_KINDS else ""
    what = counted(kinds.total(), "file of no known kind", "files of no known kind")
    return f"left out: {what} in {folder} ({shown}{more})"


def _notified(
    loaded: Loaded, source: str | Path, notify: Callable[[str], None]
) -> tuple[Article, ...]:
    """Return the articles of a source once its notes, and what they set aside, are a line."""
    n_set_aside = sum(article.n_set_aside for article in loaded.articles)
    if line := "; ".join([*loaded.notes, *set_aside(n_set_aside)]):
        notify(f"{source}: {line}")
    return loaded.articles


def read_article(path: str | Path, *, title: str | None = None) -> Article:
    """Return the one article of a file.

    Args:
        path: of a file of any format.
        title: instead of the one that the file names.

    Raises:
        ArticleError: the file cannot be read, is not text, or holds no sentence or several articles.
    """
    path = Path(path)
    data = _read_bytes(path)
    articles = _load(data, format_of(path.name, data), str(path), title=title).articles
    if len(articles) > 1:
        raise ArticleError(
            f"must hold one article, got {len(articles)}; use read_source", str(path)
        )
    return articles[0]


def read_text(text: str, *, title: str | None = None) -> Article:
    """Return the article of a text that is in no file; each row of a table in it names its columns.

    Raises:
        ArticleError: it holds no sentence.
    """
    return Article.from_text(with_rows(text), title=title)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:  # a device has no size, and may have no end
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with NUL is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise ArticleError(f"cannot be read: {reason}", str(path)) from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"must be at most {MAX_BYTES} bytes, got more; split it", str(path))
    return data


def _load(
    data: bytes, form: Format, source: str, charset: str = "", *, title: str | None = None
) -> Loaded:
    """Return the articles of a file's bytes; an error names their source."""
    try:
        contents = _contents(data, form, charset)
        contents = replace(contents, dropped=[*contents.dropped, *guess_of(source, form)])
        articles, problems = _articles(contents, source, title)
    except ArticleError as error:
        raise ArticleError(error.reason, source) from error
    return Loaded(articles, (*contents.dropped, *problems))


def _contents(data: bytes, form: Format, charset: str) -> Contents:
    """Return the contents of bytes: a small text is decoded here, all else read in the sandbox."""
    if form is TEXT:
        refuse_no_text(data)
    is_small = len(data) <= SMALL_BYTES and b"\0" not in data  # NUL: another charset, or no text
    if form is TEXT and charset in ("", "utf-8") and is_small:
        try:
            return Contents([text_document(decode_utf(data))])
        except UnicodeDecodeError:
            pass  # the charset is guessed, which takes limits
    contents = read_sandboxed(data, form.name, charset)
    if contents.scanned and is_installed():
        contents = read_sandboxed(data, SCAN)
    if not contents.scanned:
        return contents
    pages = f"{page_list(contents.scanned)}, which only a picture shows"
    how = "reading them takes too long" if is_installed() else f"{INSTALL} reads them"
    if not any(document.text for document in contents.documents):
        raise ArticleError(f"must hold text, got pictures of pages; {how}")
    return replace(contents, dropped=[*contents.dropped, f"{pages} ({how})"])


def _articles(
    contents: Contents, file: str, title: str | None
) -> tuple[tuple[Article, ...], list[str]]:
    """Return the articles of a file, and which of its documents are none.

    What was left out of a file is noted of its article where there is only one.
    """
    documents = contents.documents
    notes = notes_of(contents.dropped) if len(documents) == 1 else ()
    articles, problems = [], []
    for number, document in enumerate(documents, start=1):
        own = document.source
        try:
            article = Article.from_text(
                document.text,
                title=title or document.title or _file_title(document.text, file) or None,
                source=own if own and not own.startswith("#") else f"{file}{own}",
                date=document.date,
                sentences=document.sentences,
                notes=notes,
            )
        except ArticleError as error:
            if len(documents) == 1:
                raise
            problems.append(f"article {number} {error.reason}")
        else:
            articles.append(article)
    if not articles:
        raise ArticleError(
            f"must hold an article, got {len(documents)} without text; {problems[0]}"
        )
    return tuple(articles), problems


def _file_title(text: str, file: str) -> str:
    """Return a file's name as the title of a text that begins with a row of a table, else ""."""
    return PurePath(file).stem if text.startswith(MARK) and not is_url(file) else ""
