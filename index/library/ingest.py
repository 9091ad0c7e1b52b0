"""Files, folders and addresses are read into a library; what cannot be read is reported."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Protocol

from index.errors import ArticleError
from index.library.facts import Facts, older_rules
from index.library.layout import absolute_path
from index.library.updates import Changes, SourceUpdate
from index.sources.read import find_files, read_source, unknown_files
from index.sources.url import is_url

# How much is encoded and written at once: what Ctrl-C or a crash may cost.
N_SENTENCES = 1_000
N_ARTICLES = 64

_SECONDS = 0.5  # between two looks whether another writer is done with a source

Progress = Callable[[int, int], None]


class WritableLibrary(Protocol):
    """A library that sources are added to: in a folder, or on servers, where many write at once."""

    @property
    def folder(self) -> str | Path:
        """Its folder, or the URLs of its servers."""

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors."""

    def has_file(self, origin: str, sha256: bytes) -> bool:
        """Return whether all articles of a file with this SHA-256 are in the library."""

    def origins_below(self, folder: str) -> list[str]:
        """Return the origins of articles below a folder, whose name ends in "/"."""

    def claim(self, origin: str) -> bool:
        """Reserve a source for this writer until it is released; return whether it was free."""

    def release(self, origin: str) -> None:
        """Release a source for other writers."""

    def put(self, updates: Sequence[SourceUpdate]) -> Changes:
        """Write what was read from some sources."""


@dataclass(slots=True)
class IngestReport:
    """The result of an ingest: counts of articles and unchanged files, and a line for each problem.

    ``missing`` are files of indexed folders that are no longer there; what was read from them stays
    unless it is pruned. ``dropped`` names what was left out of files that were read, or guessed of them.
    ``older`` is a line where the library's articles were split into sentences by other rules than today's.
    """

    n_added: int = 0
    n_present: int = 0
    n_removed: int = 0
    n_files_unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    older: str | None = None


def ingest(
    library: WritableLibrary,
    sources: Sequence[str],
    report: IngestReport,
    *,
    allow_private: bool = False,
    prune: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> None:
    """Add what sources hold to an open library, update what changed and skip what did not.

    Args:
        library: inside its ``with`` block.
        sources: files, folders of them, and addresses.
        report: counts what was done as it is done, so that it is right after Ctrl-C too.
        allow_private: as in ``read_source``.
        prune: remove what was read from files that are missing from the folders among sources.
        progress: called with (done, total) articles; a file counts as one until it is read.

    Raises:
        IndexFolderError: the library cannot be written; what the report counts is written.
    """
    report.older = older_rules(library.folder, library.facts)
    origins = list(_origins(sources, report))
    writer = _Writer(library, report, progress, total=len(origins))
    others: list[str] = []  # sources that another writer reads now
    for origin in origins:
        if library.claim(origin):
            _ingest(origin, library, writer, report, allow_private=allow_private)
        else:
            others.append(origin)
    writer.write()
    for origin in others:
        while not library.claim(origin):
            sleep(_SECONDS)
        _ingest(origin, library, writer, report, allow_private=allow_private)
    writer.write()
    report.missing = _missing(library, sources, origins)
    if prune and report.missing:
        updates = [SourceUpdate(origin, ()) for origin in report.missing]
        report.n_removed += library.put(updates).n_removed


def _ingest(
    origin: str,
    library: WritableLibrary,
    writer: _Writer,
    report: IngestReport,
    *,
    allow_private: bool,
) -> None:
    """Add what a source holds that this writer has claimed, if it is not there."""
    sha256 = None if is_url(origin) else _file_sha256(Path(origin))
    if sha256 and library.has_file(origin, sha256):
        report.n_files_unchanged += 1
    else:
        try:
            loaded = read_source(origin, allow_private=allow_private)
        except ArticleError as error:
            report.errors.append(str(error))
        else:
            report.dropped += [f"{origin}: {note}" for note in loaded.notes]
            writer.total += len(loaded.articles) - 1
            for update in _pieces(SourceUpdate(origin, loaded.articles, file_sha256=sha256)):
                writer.add(update)
            return  # it is released once it is written
    library.release(origin)
    writer.count(1)


class _Writer:
    """Collects updates and writes them in batches."""

    def __init__(
        self, library: WritableLibrary, report: IngestReport, progress: Progress, *, total: int
    ) -> None:
        self.total = total
        self._library, self._report, self._progress = library, report, progress
        self._updates: list[SourceUpdate] = []
        self._n_done = 0
        self.count(0)

    def count(self, n_done: int) -> None:
        """Report that more articles are done."""
        self._n_done += n_done
        self._progress(self._n_done, self.total)

    def add(self, update: SourceUpdate) -> None:
        """Add an update, and write the batch once it is full."""
        self._updates.append(update)
        articles = [article for each in self._updates for article in each.articles]
        n_sentences = sum(len(article.sentences) for article in articles)
        if n_sentences >= N_SENTENCES or len(articles) >= N_ARTICLES:
            self.write()

    def write(self) -> None:
        """Write the batch."""
        if not self._updates:
            return
        changes = self._library.put(self._updates)
        n_done = sum(len(each.articles) for each in self._updates)
        for update in self._updates:
            if update.is_complete:
                self._library.release(update.origin)
        self._updates.clear()
        self._report.n_added += changes.n_added
        self._report.n_present += changes.n_present
        self._report.n_removed += changes.n_removed
        self.count(n_done)


def _missing(library: WritableLibrary, sources: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return the files below folders that were read before and no longer exist.

    For a folder without any file, whose disk may be missing, none is returned.
    """
    folders = [
        absolute_path(s).rstrip("/") + "/" for s in sources if not is_url(s) and Path(s).is_dir()
    ]
    there = [f for f in folders if any(origin.startswith(f) for origin in origins)]
    known = (origin for folder in there for origin in library.origins_below(folder))
    return sorted({origin for origin in known if _is_missing(Path(origin))})


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):  # it cannot be seen, which is not the same
        return False
    return False


def _origins(sources: Sequence[str], report: IngestReport) -> Iterator[str]:
    """Yield files by their absolute path, and addresses, each once."""
    seen: set[str] = set()
    for source in sources:
        try:
            is_folder = not is_url(source) and Path(source).is_dir()
            of_source = find_files(source) if is_folder else [source]
            if is_folder and (unknown := unknown_files(source)):
                report.dropped.append(unknown)
        except ArticleError as error:
            report.errors.append(str(error))
            continue
        for each in of_source:
            origin = str(each) if is_url(str(each)) else absolute_path(each)
            if origin not in seen:
                seen.add(origin)
                yield origin


def _file_sha256(path: Path) -> bytes | None:
    """Return the SHA-256 of a file, or None where it cannot be read; reading it reports why."""
    try:
        if not path.is_file():  # a pipe can be read only once
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except (OSError, ValueError):
        return None


def _pieces(update: SourceUpdate) -> Iterator[SourceUpdate]:
    """Yield the update of a file of many articles in pieces; the last one completes it."""
    articles = update.articles
    ids = frozenset(article.id for article in articles)
    for start in range(0, len(articles), N_ARTICLES):
        piece = articles[start : start + N_ARTICLES]
        if start + N_ARTICLES < len(articles):
            yield SourceUpdate(update.origin, piece, is_complete=False)
        else:
            yield SourceUpdate(update.origin, piece, True, ids, update.file_sha256)
