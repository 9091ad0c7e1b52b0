"""The tables of a library's database: its articles, where they came from, and where records lie."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from index.library.database import Database
from index.library.record import Head
from index.library.record_file import Extent
from index.text.codec import decode_text, encode_text
from index.types import Article

_HEAD = "key, id, title, source, date, language, notes"
_NO_NOTES = "[]"


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article of the database; ``identity`` is the SHA-256 of all that is stored of it."""

    key: int
    identity: bytes
    n_sentences: int


class ArticleTable:
    """The articles of a database; what changes it is called inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database.rows
        self._write = database.write
        columns = {name for _, name, *_ in self._rows("PRAGMA table_info(articles)")}
        self.has_notes = "notes" in columns  # not in a database of version 3
        self._head = _HEAD if self.has_notes else _HEAD.replace("notes", f"'{_NO_NOTES}'")

    def add_notes_column(self) -> None:
        """Add the column of notes to a database of version 3, inside a transaction."""
        self._write(f"ALTER TABLE articles ADD COLUMN notes TEXT NOT NULL DEFAULT '{_NO_NOTES}'")
        self.has_notes, self._head = True, _HEAD

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM articles")[0][0])

    def stored(self) -> list[StoredArticle]:
        """Return all articles, in the order in which they came."""
        rows = self._rows("SELECT key, identity, n_sentences FROM articles ORDER BY key")
        return [StoredArticle(*row) for row in rows]

    def known_ids(self, article_ids: Iterable[str]) -> set[str]:
        """Return those of some ids that articles have."""
        return {i for i in article_ids if self.key(i) is not None}

    def key(self, article_id: str) -> int | None:
        """Return the key of an article, None where there is none."""
        rows = self._rows("SELECT key FROM articles WHERE id = ?", (article_id,))
        return rows[0][0] if rows else None

    def languages(self) -> tuple[str, ...]:
        """Return the languages of all articles, sorted."""
        return tuple(
            language
            for (language,) in self._rows("SELECT DISTINCT language FROM articles ORDER BY 1")
        )

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which they came."""
        origins: dict[int, list[str]] = {}
        for key, origin in self._rows("SELECT article, origin FROM origins ORDER BY 1, 2"):
            origins.setdefault(key, []).append(decode_text(origin))
        rows = self._rows(f"SELECT {self._head} FROM articles ORDER BY key")  # noqa: S608
        return [_head(row, origins.get(row[0], ())) for row in rows]

    def head(self, key: int) -> Head:
        """Return the head of an article."""
        (row,) = self._rows(f"SELECT {self._head} FROM articles WHERE key = ?", (key,))  # noqa: S608
        origins = self._rows("SELECT origin FROM origins WHERE article = ? ORDER BY 1", (key,))
        return _head(row, [decode_text(origin) for (origin,) in origins])

    def extent(self, key: int) -> tuple[Extent, bytes]:
        """Return the position of an article's record, and the article's identity."""
        rows = self._rows(
            'SELECT start, "end", sha256, identity FROM articles JOIN records ON record = start '
            "WHERE key = ?",
            (key,),
        )
        (start, end, sha256, identity) = rows[0]
        return Extent(start, end, sha256), identity

    def removed_extents(self) -> list[Extent]:
        """Return the positions of the records of removed articles, in order."""
        rows = self._rows(
            'SELECT start, "end", sha256 FROM records '
            "WHERE start NOT IN (SELECT record FROM articles) ORDER BY start"
        )
        return [Extent(*row) for row in rows]

    def origin_ids(self, origin: str) -> set[str]:
        """Return the ids of the articles that were read from an origin."""
        rows = self._rows(
            "SELECT id FROM origins JOIN articles ON key = article WHERE origin = ?",
            (encode_text(origin),),
        )
        return {article_id for (article_id,) in rows}

    def origins_below(self, folder: str) -> list[str]:
        """Return the origins of articles below a folder, whose name ends in "/"."""
        first = encode_text(folder)
        rows = self._rows(
            "SELECT DISTINCT origin FROM origins WHERE origin >= ? AND origin < ? ORDER BY 1",
            (first, first[:-1] + b"0"),  # "0" is the character after "/"
        )
        return [decode_text(origin) for (origin,) in rows]

    def file_sha256(self, origin: str) -> bytes | None:
        """Return the SHA-256 that a file had when all its articles had been read."""
        rows = self._rows("SELECT sha256 FROM files WHERE origin = ?", (encode_text(origin),))
        return rows[0][0] if rows else None

    def n_bytes_removed(self) -> int:
        """Return how many bytes the records of removed articles take."""
        return sum(extent.end - extent.start for extent in self.removed_extents())

    def file_rows(self) -> list[tuple[bytes, bytes]]:
        """Return the origin and the SHA-256 of each file all of whose articles had been read."""
        return self._rows("SELECT origin, sha256 FROM files ORDER BY 1")

    def write_file_rows(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Write what ``file_rows`` returned of another database."""
        self._database.write_rows("INSERT INTO files VALUES (?, ?)", rows)

    def end_of_records(self) -> int:
        """Return where the last record ends, 0 where there is none."""
        return int(self._rows('SELECT ifnull(max("end"), 0) FROM records')[0][0])

    def insert(self, head: Head, n_sentences: int, extent: Extent) -> None:
        """Add a new article, whose record is already written."""
        self._write("INSERT INTO records VALUES (?, ?, ?)", extent.start, extent.end, extent.sha256)
        self._write(
            "INSERT INTO articles (id, title, source, date, language, n_sentences, record, identity,"
            " notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            head.id,
            encode_text(head.title),
            encode_text(head.source),
            head.date,
            head.language,
            n_sentences,
            extent.start,
            head.identity(extent.sha256),
            json.dumps(head.notes),
        )
        key = self.key(head.id)
        self._database.write_rows(
            "INSERT INTO origins VALUES (?, ?)",
            [(encode_text(origin), key) for origin in head.origins],
        )

    def link(self, origin: str, article_id: str) -> None:
        """Write that an article was read from an origin."""
        key = self.key(article_id)
        if key is not None and self._write(
            "INSERT OR IGNORE INTO origins VALUES (?, ?)", encode_text(origin), key
        ):
            self._identify(key)

    def note(self, article: Article) -> None:
        """Write the notes of an article's reading, if it was read from the source that the table names."""
        key = self.key(article.id)
        if key is not None and self._write(
            "UPDATE articles SET notes = ? WHERE key = ? AND source = ? AND notes != ?",
            notes := json.dumps(article.notes),
            key,
            encode_text(article.source),
            notes,
        ):
            self._identify(key)

    def unlink(self, origin: str, article_ids: Collection[str]) -> int:
        """Remove an origin from articles; return how many articles have no other and were removed.

        An article with another origin stays; if its source was this origin, it becomes another.
        """
        n_removed = 0
        for article_id in article_ids:
            key = self.key(article_id)
            if key is None:
                continue
            self._write(
                "DELETE FROM origins WHERE origin = ? AND article = ?", encode_text(origin), key
            )
            head = self.head(key)
            if not head.origins:
                self.remove(article_id)
                n_removed += 1
                continue
            if head.source == origin:
                source = encode_text(head.origins[0])
                self._write("UPDATE articles SET source = ? WHERE key = ?", source, key)
            self._identify(key)
        return n_removed

    def _identify(self, key: int) -> None:
        extent, _ = self.extent(key)
        identity = self.head(key).identity(extent.sha256)
        self._write("UPDATE articles SET identity = ? WHERE key = ?", identity, key)

    def remove(self, article_id: str) -> None:
        """Remove an article; the files it came from are read again the next time."""
        key = self.key(article_id)
        self._write(
            "DELETE FROM files WHERE origin IN (SELECT origin FROM origins WHERE article = ?)", key
        )
        self._write("DELETE FROM origins WHERE article = ?", key)
        self._write("DELETE FROM articles WHERE key = ?", key)

    def set_file_sha256(self, origin: str, sha256: bytes | None) -> None:
        """Write the SHA-256 of a file; None is unknown."""
        self._write("DELETE FROM files WHERE origin = ?", encode_text(origin))
        if sha256:
            self._write("INSERT INTO files VALUES (?, ?)", encode_text(origin), sha256)


def _head(row: tuple[int, str, bytes, bytes, str, str, str], origins: Sequence[str]) -> Head:
    _, article_id, title, source, date, language, notes = row
    texts = decode_text(title), decode_text(source)
    return Head(article_id, *texts, date, language, tuple(origins), tuple(json.loads(notes)))
