"""The truth of a library: one SQLite database, written in transactions.

Each article has the SHA-256 of all that is kept of it, checked whenever it is read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import IndexFolderError
from index.library.merge_policy import Known
from index.library.record import (
    KINDS,
    PASSAGE_ROW,
    SENTENCE_ROW,
    Entry,
    Head,
    decode_text,
    encode_text,
    make_article,
    make_passages,
    passage_rows,
    sentence_rows,
)
from index.library.segment import identity
from index.storage.block_file import unwritable

SCHEMA_VERSION = 2
# Titles, sources, texts and origins are UTF-8 in which lone surrogates are kept, hence BLOB.
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE articles (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title BLOB NOT NULL, source BLOB NOT NULL,
    date TEXT NOT NULL, language TEXT NOT NULL, text BLOB NOT NULL, sha256 BLOB NOT NULL
);
CREATE TABLE sentences (
    article INTEGER, number INTEGER, paragraph_number INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, kind TEXT NOT NULL, page INTEGER, PRIMARY KEY (article, number)
) WITHOUT ROWID;
CREATE TABLE passages (
    article INTEGER, number INTEGER, first_sentence INTEGER NOT NULL,
    end_sentence INTEGER NOT NULL, PRIMARY KEY (article, number)
) WITHOUT ROWID;
CREATE TABLE vectors (
    article INTEGER NOT NULL, of TEXT NOT NULL, float32 BLOB NOT NULL, UNIQUE (article, of)
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

Value = str | int


class DamagedEntryError(Exception):
    """What is kept of an article is not what was written; never leaves this package."""


class Database:
    """An open database; a folder's lock keeps other writers out."""

    def __init__(self, path: Path, *, may_be_new: bool = False) -> None:
        """Open a database; ``may_be_new`` makes one where there is none or an empty file.

        Raises:
            IndexFolderError: it is no database, or cannot be written.
        """
        self.path = path
        with self._errors():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._open(may_be_new=may_be_new)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, *, may_be_new: bool) -> None:
        with self._errors():
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
        """Keep all that is written inside, or none of it.

        Raises:
            IndexFolderError: it cannot be written.
        """
        with self._errors():
            self._unlimit_length()
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

    def facts(self) -> dict[str, Value]:
        """Return what is known of the whole library: format, encoder, and a count of its states."""
        with self._errors():
            return dict(self._connection.execute("SELECT name, value FROM facts"))

    def set_facts(self, facts: Mapping[str, Value]) -> None:
        """Write facts, inside a transaction."""
        self._connection.executemany("REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    def article_keys(self) -> list[int]:
        """Return the keys of all articles, in the order in which they came."""
        with self._errors():
            return [
                key for (key,) in self._connection.execute("SELECT key FROM articles ORDER BY key")
            ]

    def ids(self) -> set[str]:
        """Return the ids of all articles."""
        with self._errors():
            return {
                article_id for (article_id,) in self._connection.execute("SELECT id FROM articles")
            }

    def known_ids(self, article_ids: Iterable[str]) -> set[str]:
        """Return those of some ids that articles have."""
        look = "SELECT 1 FROM articles WHERE id = ?"
        with self._errors():
            return {i for i in article_ids if self._connection.execute(look, (i,)).fetchone()}

    def languages(self) -> list[str]:
        """Return the languages of all articles, sorted."""
        with self._errors():
            rows = self._connection.execute("SELECT DISTINCT language FROM articles ORDER BY 1")
            return [language for (language,) in rows]

    def known(self) -> list[Known]:
        """Return what tells each article from any other, in the order in which they came."""
        with self._errors():
            origins: dict[int, list[bytes]] = {}
            for key, origin in self._connection.execute(
                "SELECT article, origin FROM origins ORDER BY article, origin"
            ):
                origins.setdefault(key, []).append(origin)
            rows = self._connection.execute(
                "SELECT key, sha256, (SELECT count(*) FROM sentences WHERE article = key) "
                "FROM articles ORDER BY key"
            )
            return [
                Known(key, identity(sha256, origins.get(key, [])), n) for key, sha256, n in rows
            ]

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which they came."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT key, id, title, source, date, language FROM articles ORDER BY key"
            )
            return [self._head(row) for row in rows.fetchall()]

    def entry(self, key: int) -> Entry:
        """Return what is kept of an article.

        Raises:
            DamagedEntryError: it is not what was written.
        """
        try:
            entry, sha256 = self._read(key)
        except (sqlite3.Error, ValueError, TypeError, OverflowError, IndexError) as error:
            raise DamagedEntryError(f"{_first_line(error)}") from error
        if entry.sha256 != sha256:
            raise DamagedEntryError(f"article {entry.article.id} is not as it was written")
        return entry

    def _read(self, key: int) -> tuple[Entry, bytes]:
        fetch = self._connection.execute
        row = fetch(
            "SELECT key, id, title, source, date, language, text, sha256 FROM articles "
            "WHERE key = ?",
            (key,),
        ).fetchone()
        head = self._head(row[:6])
        found = fetch(
            'SELECT paragraph_number, start, "end", kind, page FROM sentences '
            "WHERE article = ? ORDER BY number",
            (key,),
        )
        sentences = np.array(
            [(p, s, e, KINDS.index(k), -1 if page is None else page) for p, s, e, k, page in found],
            dtype=SENTENCE_ROW,
        )
        found = fetch(
            "SELECT first_sentence, end_sentence FROM passages WHERE article = ? ORDER BY number",
            (key,),
        )
        passages = np.array(found.fetchall(), dtype=PASSAGE_ROW)
        vectors = dict(fetch("SELECT of, float32 FROM vectors WHERE article = ?", (key,)))
        article = make_article(head, decode_text(row[6]), sentences)
        sentence_vectors, passage_vectors = (
            np.frombuffer(vectors.get(of, b""), dtype="<f4").reshape(n, -1)
            for of, n in (("sentences", len(sentences)), ("passages", len(passages)))
        )
        kept = make_passages(article, passages)
        return Entry(article, kept, sentence_vectors, passage_vectors, head.origins), row[7]

    def _head(self, row: tuple[int, str, bytes, bytes, str, str]) -> Head:
        key, article_id, title, source, date, language = row
        origins = self._connection.execute(
            "SELECT origin FROM origins WHERE article = ? ORDER BY origin", (key,)
        )
        places = tuple(decode_text(origin) for (origin,) in origins.fetchall())
        return Head(article_id, decode_text(title), decode_text(source), date, language, places)

    def insert(self, entry: Entry) -> None:
        """Add an article that is not there yet, inside a transaction."""
        write = self._connection.executemany
        head = entry.head
        key = self._connection.execute(
            "INSERT INTO articles (id, title, source, date, language, text, sha256) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                head.id,
                encode_text(head.title),
                encode_text(head.source),
                head.date,
                head.language,
                encode_text(entry.article.text),
                entry.sha256,
            ),
        ).lastrowid
        rows = sentence_rows(entry.article).tolist()
        write(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (key, number, p, start, end, KINDS[kind], None if page < 0 else page)
                for number, (p, start, end, kind, page) in enumerate(rows)
            ],
        )
        write(
            "INSERT INTO passages VALUES (?, ?, ?, ?)",
            [
                (key, number, *row)
                for number, row in enumerate(passage_rows(entry.passages).tolist())
            ],
        )
        write(
            "INSERT INTO vectors VALUES (?, ?, ?)",
            [
                (key, "sentences", entry.sentence_vectors.astype("<f4").tobytes()),
                (key, "passages", entry.passage_vectors.astype("<f4").tobytes()),
            ],
        )
        for origin in entry.origins:
            self.link(origin, head.id)

    def link(self, origin: str, article_id: str) -> None:
        """Say that an article was read from a place, inside a transaction."""
        self._connection.execute(
            "INSERT OR IGNORE INTO origins SELECT ?, key FROM articles WHERE id = ?",
            (encode_text(origin), article_id),
        )

    def origin_ids(self, origin: str) -> set[str]:
        """Return the ids of the articles that were read from a place."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT id FROM origins JOIN articles ON key = article WHERE origin = ?",
                (encode_text(origin),),
            )
            return {article_id for (article_id,) in rows}

    def origins_below(self, folder: str) -> list[str]:
        """Return the places that articles were read from below a folder, whose name ends in "/"."""
        first = encode_text(folder)
        with self._errors():
            rows = self._connection.execute(
                "SELECT DISTINCT origin FROM origins WHERE origin >= ? AND origin < ? ORDER BY 1",
                (first, first[:-1] + b"0"),  # "0" is the character after "/"
            )
            return [decode_text(origin) for (origin,) in rows]

    def unlink(self, origin: str, article_ids: Collection[str]) -> list[str]:
        """Say that articles are no longer at a place; return those that now have none and are gone."""
        self._connection.executemany(
            "DELETE FROM origins WHERE origin = ? "
            "AND article = (SELECT key FROM articles WHERE id = ?)",
            [(encode_text(origin), article_id) for article_id in article_ids],
        )
        left = {
            article_id
            for article_id in article_ids
            if not self._connection.execute(
                "SELECT 1 FROM origins JOIN articles ON key = article WHERE id = ?", (article_id,)
            ).fetchone()
        }
        self.remove(left)
        for article_id in set(article_ids) - left:
            with suppress(DamagedEntryError):  # which is told when it is read
                self._leave(origin, article_id)
        return sorted(left)

    def _leave(self, origin: str, article_id: str) -> None:
        """Let an article that names a place as its source name one that it still has."""
        key, source = self._connection.execute(
            "SELECT key, source FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        if source == encode_text(origin):
            entry = self.entry(key)
            entry = replace(entry, article=replace(entry.article, source=entry.origins[0]))
            self._connection.execute(
                "UPDATE articles SET source = ?, sha256 = ? WHERE key = ?",
                (encode_text(entry.article.source), entry.sha256, key),
            )

    def remove(self, article_ids: Collection[str]) -> None:
        """Take articles out, inside a transaction; the places they came from are read anew."""
        for article_id in article_ids:
            found = self._connection.execute("SELECT key FROM articles WHERE id = ?", (article_id,))
            self.remove_key(found.fetchone()[0])

    def remove_key(self, key: int) -> None:
        """Take one article out, inside a transaction."""
        self._connection.execute(
            "DELETE FROM files WHERE origin IN (SELECT origin FROM origins WHERE article = ?)",
            (key,),
        )
        for table in ("sentences", "passages", "vectors", "origins"):
            self._connection.execute(f"DELETE FROM {table} WHERE article = ?", (key,))  # noqa: S608
        self._connection.execute("DELETE FROM articles WHERE key = ?", (key,))

    def file_sha256(self, origin: str) -> bytes | None:
        """Return the SHA-256 that a file had when all its articles had been read."""
        with self._errors():
            row = self._connection.execute(
                "SELECT sha256 FROM files WHERE origin = ?", (encode_text(origin),)
            ).fetchone()
            return row[0] if row else None

    def set_file_sha256(self, origin: str, sha256: bytes | None) -> None:
        """Write the SHA-256 of a file, or that it is not known, inside a transaction."""
        self._connection.execute("DELETE FROM files WHERE origin = ?", (encode_text(origin),))
        if sha256:
            self._connection.execute(
                "INSERT INTO files VALUES (?, ?)", (encode_text(origin), sha256)
            )

    def problems(self) -> list[str]:
        """Return what SQLite finds wrong with the database's own order."""
        try:
            rows = self._connection.execute("PRAGMA integrity_check(5)").fetchall()
        except sqlite3.Error as error:
            return [_first_line(error)]
        return [_first_line(text) for (text,) in rows if text != "ok"]

    def copy_into(self, path: Path) -> None:
        """Write the database without its empty pages to a new file."""
        with self._errors():
            self._unlimit_length()
            self._connection.execute("VACUUM INTO ?", (str(path),))

    def _limit_length(self) -> None:
        size = max(self.path.stat().st_size, 1_000_000)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(size, 1_000_000_000))

    def _unlimit_length(self) -> None:
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000_000)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into one line that says what to do."""
        folder = self.path.parent
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
            if name.startswith(_DAMAGED):
                raise IndexFolderError(
                    f"index {folder} is damaged: {self.path.name}: {_first_line(error)}; "
                    f"run `article-qa verify {folder}`, then `rebuild`"
                ) from error
            raise IndexFolderError(
                f"index {folder} cannot be written: {_first_line(error)}; "
                "what was there before is unchanged"
            ) from error
        except OSError as error:
            raise unwritable(folder, error) from error


def _first_line(problem: object) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


def describe(path: Path) -> dict[str, Any]:
    """Return a database's size, SHA-256 and SQLite's count of its changes."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": path.stat().st_size, "sha256": sha256, "changes": _changes(path)}


def _changes(path: Path) -> list[int]:
    """Return the two counts of its changes that SQLite keeps in a database's header."""
    with path.open("rb") as file:
        header = file.read(100)
    return [int.from_bytes(header[at : at + 4], "big") for at in (24, 92)]


def is_altered(path: Path, described: Mapping[str, Any]) -> bool:
    """Return whether a database differs from what is said of it, though SQLite did not write it."""
    first, second = _changes(path)
    if first != second:
        return True
    return described.get("changes") == [first, second] and described != describe(path)
