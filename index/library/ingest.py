"""Files, folders and addresses go into a library, each as far as it can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import ArticleError
from index.library.layout import whole_path
from index.library.library import Library, Put
from index.sources.read import find_files, read_source
from index.sources.url import is_url

# How much is encoded and written at once: what Ctrl-C or a crash may cost.
N_SENTENCES = 1_000
N_ARTICLES = 64


@dataclass(slots=True)
class Grown:
    """What was done: counts of articles, of files left alone, and a line for each problem.

    ``gone`` are files of indexed folders that are no longer there; what was read from them stays
    unless it is pruned.
    """

    n_added: int = 0
    n_kept: int = 0
    n_removed: int = 0
    n_files_unchanged: int = 0
    gone: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def grow(
    library: Library,
    places: Sequence[str],
    grown: Grown,
    *,
    allow_private: bool = False,
    prune: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Add what is at places to an open library, update what changed and skip what did not.

    Args:
        library: inside its ``with`` block.
        places: files, folders of them, and addresses.
        grown: is told what was done as it is done, so that it is known after Ctrl-C too.
        allow_private: as in ``read_source``.
        prune: take out what was read from files that are gone from the folders among places.
        progress: called with (done, total) articles; a file counts as one until it is read.

    Raises:
        IndexFolderError: the library cannot be written; what is told as done is kept.
    """
    origins = list(_origins(places, grown))
    n_done, total = 0, len(origins)
    waiting: list[Put] = []

    def write() -> None:
        nonlocal n_done
        changes = library.put(waiting)
        n_done += sum(len(each.articles) for each in waiting)
        waiting.clear()
        grown.n_added += changes.n_added
        grown.n_kept += changes.n_kept
        grown.n_removed += changes.n_removed
        progress(n_done, total)

    progress(0, total)
    for origin in origins:
        sha256 = None if is_url(origin) else _file_sha256(Path(origin))
        if sha256 and library.has_file(origin, sha256):
            grown.n_files_unchanged += 1
            n_done += 1
            progress(n_done, total)
            continue
        try:
            loaded = read_source(origin, allow_private=allow_private)
        except ArticleError as error:
            grown.errors.append(str(error))
            n_done += 1
            progress(n_done, total)
            continue
        grown.dropped += [f"{origin}: {what}" for what in loaded.dropped]
        total += len(loaded.articles) - 1
        for part in _parts(Put(origin, loaded.articles, file_sha256=sha256)):
            waiting.append(part)
            articles = [a for each in waiting for a in each.articles]
            n_sentences = sum(len(a.sentences) for a in articles)
            if n_sentences >= N_SENTENCES or len(articles) >= N_ARTICLES:
                write()
    if waiting:
        write()
    grown.gone = _gone(library, places, origins)
    if prune and grown.gone:
        grown.n_removed += library.put([Put(origin, ()) for origin in grown.gone]).n_removed


def _gone(library: Library, places: Sequence[str], found: Sequence[str]) -> list[str]:
    """Return the files that were read below folders and are there no longer.

    Where a folder has no file at all, its disk may be missing: none is named.
    """
    folders = [
        whole_path(p).rstrip("/") + "/" for p in places if not is_url(p) and Path(p).is_dir()
    ]
    there = [f for f in folders if any(origin.startswith(f) for origin in found)]
    known = (origin for folder in there for origin in library.origins_below(folder))
    return sorted({origin for origin in known if _is_gone(Path(origin))})


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):  # it cannot be seen, which is not the same
        return False
    return False


def _origins(places: Sequence[str], grown: Grown) -> Iterator[str]:
    """Yield files by their whole path, and addresses, each once."""
    seen: set[str] = set()
    for place in places:
        try:
            found = find_files(place) if not is_url(place) and Path(place).is_dir() else [place]
        except ArticleError as error:
            grown.errors.append(str(error))
            continue
        for each in found:
            origin = str(each) if is_url(str(each)) else whole_path(each)
            if origin not in seen:
                seen.add(origin)
                yield origin


def _file_sha256(path: Path) -> bytes | None:
    """Return the SHA-256 of a file, or None where it cannot be read, which reading it will tell."""
    try:
        if not path.is_file():  # a pipe can be read only once
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except (OSError, ValueError):
        return None


def _parts(whole: Put) -> Iterator[Put]:
    """Yield a file of many articles in parts; the last one says what the whole is."""
    articles = whole.articles
    ids = frozenset(a.id for a in articles)
    for start in range(0, len(articles), N_ARTICLES):
        part = articles[start : start + N_ARTICLES]
        if start + N_ARTICLES < len(articles):
            yield Put(whole.origin, part, is_whole=False)
        else:
            yield Put(whole.origin, part, True, ids, whole.file_sha256)
