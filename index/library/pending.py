"""Articles that a stopped run stored but did not publish."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.library.layout import DATABASE, JOURNAL, LOCK
from index.library.manifest import read_manifest
from index.storage.durable import is_locked


def unpublished(folder: str | Path) -> str | None:
    """Return a line where stored articles are not published and nobody is writing; else None.

    Nothing is written. Damage of the database is not reported: ``verify`` does that.

    Raises:
        IndexFolderError: the folder is no library, or its manifest is damaged.
    """
    absolute = Path(folder).absolute()
    if is_locked(absolute / LOCK):
        return None
    try:
        state, holds = _state_of(absolute / DATABASE)
    except (OSError, sqlite3.Error, TypeError):
        return None
    manifest = read_manifest(absolute)
    if state == manifest.state:
        return None
    return (
        f"{folder} {holds} that a stopped run left, and searches the "
        f"{manifest.n_articles} of before; `article-qa rebuild {folder}` makes it search all"
    )


def _state_of(path: Path) -> tuple[int, str]:
    """Return the state of a database, and a description of its articles."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            (state,) = database.execute("SELECT value FROM facts WHERE name = 'state'").fetchone()
            (n_articles,) = database.execute("SELECT count(*) FROM articles").fetchone()
    except sqlite3.OperationalError:
        if path.with_name(JOURNAL).exists():  # a transaction that did not end must be undone first
            return -1, "may hold articles"
        raise
    return state, f"holds {n_articles} articles"
