"""What a stopped run has kept in a library, and no search sees before the next run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.library.layout import DATABASE, JOURNAL, LOCK
from index.library.snapshot import read_manifest
from index.storage.durable import is_locked


def unpublished(folder: str | Path) -> str | None:
    """Return a line where a library keeps something else than is searched, and nobody is at it.

    Nothing is written. What is wrong with the database is not told: ``verify`` does that.

    Raises:
        IndexFolderError: the folder is no library, or its manifest is damaged.
    """
    place = Path(folder).absolute()
    try:
        if is_locked(place / LOCK):
            return None
        state, holds = _kept(place / DATABASE)
    except (OSError, sqlite3.Error, TypeError):
        return None
    manifest = read_manifest(place)
    if state == manifest["state"]:
        return None
    return (
        f"index {folder} {holds} that a stopped run kept, and searches the "
        f"{manifest['n_articles']} of before; `article-qa rebuild {folder}` makes it search all"
    )


def _kept(path: Path) -> tuple[int, str]:
    """Return the state of a database and in words what it holds, as far as it can be read."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            (state,) = database.execute("SELECT value FROM facts WHERE name = 'state'").fetchone()
            (n_articles,) = database.execute("SELECT count(*) FROM articles").fetchone()
    except sqlite3.OperationalError:
        if path.with_name(JOURNAL).exists():  # what was not kept must be undone first
            return -1, "may hold articles"
        raise
    return state, f"holds {n_articles} articles"
