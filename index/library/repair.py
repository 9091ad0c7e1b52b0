"""A library is verified, and its search files are rebuilt from its articles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from index.errors import IndexFolderError
from index.library.layout import DATABASE, MANIFEST, writer_lock
from index.library.library import Library
from index.library.manifest import Manifest, manifest_or_none, read_manifest
from index.library.problems import Problem, ProblemKind
from index.library.record_store import RecordStore
from index.library.snapshot import open_snapshot
from index.library.stored_articles import StoredArticles, StoredPassages


def verify(folder: str | Path) -> list[Problem]:
    """Return all damage of a library; an intact one has none.

    Raises:
        IndexFolderError: the folder is no library.
    """
    folder = _library_folder(folder)
    with writer_lock(folder, may_be_read_only=True):
        manifest: Manifest | None = None
        problems = []
        try:
            manifest = read_manifest(folder)
            if manifest.segments:
                _read_all(folder)
        except IndexFolderError as error:
            what = f"{folder} {error.problem}"
            problems.append(Problem(ProblemKind.SEARCH_FILES_DAMAGED, what))
        return problems + list(_store_problems(folder, manifest))


def rebuild(folder: str | Path) -> None:
    """Rebuild the search files of a library from its database and records, encoding nothing.

    Raises:
        IndexFolderError: the database or an article is damaged, or the files cannot be written; the
            search files are as they were.
    """
    folder = _library_folder(folder)
    with writer_lock(folder):
        problems = list(_store_problems(folder, manifest_or_none(folder)))
        for problem in problems:
            if problem.is_in_truth:
                what = f"cannot be rebuilt: {problem.what}"
                raise IndexFolderError(folder, what, problem.kind.value)
    with Library(folder) as library:
        if any(problem.kind is ProblemKind.DATABASE_ALTERED for problem in problems):
            library.compact()
        else:
            library.publish(again=True)


def _library_folder(folder: str | Path) -> Path:
    """Return a folder that has a manifest or a database; raise IndexFolderError where none is."""
    folder = Path(folder)
    if not (folder / MANIFEST).exists() and not (folder / DATABASE).exists():
        read_manifest(folder)
    return folder


def _read_all(folder: Path) -> None:
    """Raise IndexFolderError where the search files are damaged."""
    snapshot = open_snapshot(folder)
    snapshot.check()
    articles = StoredArticles(snapshot)
    for _ in StoredPassages(articles):
        pass


def _store_problems(folder: Path, manifest: Manifest | None) -> Iterator[Problem]:
    """Yield the damage of the database and the records."""
    if not (folder / DATABASE).exists():
        yield Problem(ProblemKind.DATABASE_DAMAGED, f"{DATABASE} is missing")
        return
    try:
        with closing(RecordStore(folder)) as store:
            problems = list(store.problems())
            yield from problems or (_differences(store, manifest) if manifest else ())
    except IndexFolderError as error:
        yield Problem(ProblemKind.DATABASE_DAMAGED, f"{folder} {error.problem}")


def _differences(store: RecordStore, manifest: Manifest) -> Iterator[Problem]:
    """Yield how a store of whole articles differs from the one that a manifest was made from."""
    if store.state != manifest.state:
        what = f"the search files are older than {DATABASE}"
        yield Problem(ProblemKind.SEARCH_FILES_OLD, what)
    elif store.facts != manifest.facts:
        what = f"{DATABASE} has other facts than {MANIFEST}"
        yield Problem(ProblemKind.DATABASE_DAMAGED, what)
    elif store.database_sha256 != manifest.database_sha256:
        what = f"{DATABASE} does not match its checksum"
        yield Problem(ProblemKind.DATABASE_ALTERED, what)
