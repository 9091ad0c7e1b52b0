"""The SQLite database of a library: opened, written in transactions and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError
from index.storage.block_file import damaged, unwritable

# Titles, sources and origins are UTF-8 in which lone surrogates may be, hence BLOB. A record that
# no article has is of one that was removed: its bytes stay in the file until it is written anew.
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE records (start INTEGER PRIMARY KEY, "end" INTEGER NOT NULL, sha256 BLOB NOT NULL);
CREATE TABLE articles (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title BLOB NOT NULL, source BLOB NOT NULL,
    date TEXT NOT NULL, language TEXT NOT NULL, n_sentences INTEGER NOT NULL,
    record INTEGER NOT NULL UNIQUE REFERENCES records, identity BLOB NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE origins (origin BLOB, article INTEGER, PRIMARY KEY (origin, article)) WITHOUT ROWID;
CREATE INDEX origins_of ON origins (article);
CREATE TABLE files (origin BLOB PRIMARY KEY, sha256 BLOB NOT NULL) WITHOUT ROWID;
"""
_PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = EXTRA",
    "cell_size_check = ON",
    "trusted_schema = OFF",
    "temp_store = MEMORY",
)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_TOOBIG", "SQLITE_ERROR")
_MOST_BYTES = 1_000_000_000

Value = str | int


class Database:
    """An open database; the lock of its folder is held, so that it has one writer."""

    def __init__(self, path: Path, *, may_be_new: bool = False) -> None:
        """Open a database; ``may_be_new`` makes one where there is none or an empty file.

        Raises:
            IndexFolderError: it is no database, or cannot be written.
        """
        self.path = path
        with self.errors():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._open(may_be_new=may_be_new)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, *, may_be_new: bool) -> None:
        with self.errors():
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            # No value can be longer than the file: a damaged length is an error, not an allocation.
            self._limit_length()
            (n_tables,) = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if not n_tables and not may_be_new:
                raise sqlite3.DatabaseError("file is empty")
            if not n_tables:
                self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes made inside as a new state, or roll them back.

        Raises:
            IndexFolderError: it cannot be written.
        """
        with self.errors():
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute(
                    "INSERT INTO facts VALUES ('state', 1) "
                    "ON CONFLICT (name) DO UPDATE SET value = value + 1"
                )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._limit_length()

    def _limit_length(self) -> None:
        size = max(self.path.stat().st_size, 1_000_000)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(size, _MOST_BYTES))

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows that a statement selects.

        Raises:
            IndexFolderError: the database is damaged.
        """
        with self.errors():
            return self._connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: Any) -> int:
        """Run a statement inside a transaction; return how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def write_rows(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row of values, inside a transaction."""
        self._connection.executemany(sql, rows)

    def facts(self) -> dict[str, Value]:
        """Return the facts of the whole library, the count of its states among them."""
        return dict(self.rows("SELECT name, value FROM facts"))

    def set_facts(self, facts: Mapping[str, Value]) -> None:
        """Write facts, inside a transaction."""
        self.write_rows("REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    def problems(self) -> list[str]:
        """Return the errors that SQLite's integrity check reports."""
        try:
            rows = self._connection.execute("PRAGMA integrity_check(5)").fetchall()
        except sqlite3.Error as error:
            return [_first_line(error)]
        return [_first_line(text) for (text,) in rows if text != "ok"]

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of SQLite and of the disk as IndexFolderError, with what to do."""
        folder = self.path.parent
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
            if name.startswith(_DAMAGED):
                raise damaged(folder, f"{self.path.name}: {_first_line(error)}") from error
            raise IndexFolderError(
                folder,
                f"cannot be written: {_first_line(error)}",
                "what was there before is unchanged",
            ) from error
        except OSError as error:
            raise unwritable(folder, error) from error


def _first_line(problem: object) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]
