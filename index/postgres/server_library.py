"""A library on servers, opened for writing; many may write it at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from index.encoders.embed import Progress, encode_articles
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.errors import ServerError
from index.filter import comparable
from index.library.facts import Facts, check_encoder, named_encoder
from index.library.layout import absolute_path
from index.library.library import Changes, SourceUpdate, has_name, updates_of
from index.library.record import Head, Record
from index.passages import split_passages
from index.postgres import removal
from index.postgres.article_rows import insert_records, key_text, read_heads, read_record
from index.postgres.counts import Counts, fold
from index.postgres.servers import Servers
from index.postgres.shard import DatabaseError
from index.postgres.shards import Shards
from index.text.codec import decode_text, encode_text
from index.types import Article, Encoder

if TYPE_CHECKING:
    from index.postgres.shard import Connection, Shard


class ServerLibrary:
    """A library on PostgreSQL servers, as ``Library`` is one in a folder; use it in a ``with`` block.

    What a method changed is in the library, and is searched, once it returns.
    """

    def __init__(
        self, servers: Servers, encoder: Encoder | None = None, *, must_exist: bool = False
    ) -> None:
        """Name the servers; tables are made where there are none when the block begins.

        Args:
            servers: all of the library's.
            encoder: None takes the one that the library was made with, or else the default.
            must_exist: refuse to make tables.
        """
        self._must_exist = must_exist
        self.folder = str(servers)
        self._servers, self._encoder = servers, encoder
        self._claims: Connection | None = None

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            ServerError: a server is gone, the role may not write, or another encoder made the library.
        """
        self._shards = Shards(self._servers, None if self._must_exist else self._new_facts)
        try:
            if self._encoder:
                check_encoder(self.folder, self._shards.facts, self._encoder)
        except BaseException:
            self._shards.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Let go; what was written is there already."""
        if self._claims:
            self._claims.close()
        self._shards.close()

    def _new_facts(self) -> Facts:
        self._encoder = self._encoder or SentenceTransformerEncoder()
        return Facts.of(self._encoder)

    @property
    def encoder(self) -> Encoder:
        """What encodes: the one given, or else, once it is needed, the one the library names."""
        if not self._encoder:
            self._encoder = named_encoder(self.folder, self._shards.facts)
        return self._encoder

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors."""
        return self._shards.facts

    def __len__(self) -> int:
        return sum(self._shards.each(_n_articles).values())

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which each server has them."""
        by_shard = self._shards.each(lambda shard: shard.run(read_heads), whole=True)
        return [head for of_shard in by_shard.values() for head in of_shard.values()]

    def has_file(self, origin: str, sha256: bytes) -> bool:
        """Return whether all articles of a file with this SHA-256 are in the library."""
        rows = self._shards.shard_of(origin).rows(
            "SELECT sha256 FROM files WHERE origin = %s", [encode_text(origin)]
        )
        return rows == [(sha256,)]

    def origins_below(self, folder: str) -> list[str]:
        """Return the origins of articles below a folder, whose name ends in "/"."""
        first = encode_text(folder)
        values = [first, first[:-1] + b"0"]  # "0" is the character after "/"
        sql = "SELECT DISTINCT origin FROM origins WHERE origin >= %s AND origin < %s"
        by_shard = self._shards.each(lambda shard: shard.rows(sql, values), whole=True)
        return sorted({decode_text(origin) for rows in by_shard.values() for (origin,) in rows})

    def claim(self, origin: str) -> bool:
        """Return whether a source is this writer's to read; no other's until ``release``, or its end."""
        return self._advisory("pg_try_advisory_lock", origin)

    def release(self, origin: str) -> None:
        """Let other writers read a source."""
        self._advisory("pg_advisory_unlock", origin)

    def _advisory(self, function: str, origin: str) -> bool:
        shard = next(iter(self._shards.shards.values()))
        number = int.from_bytes(sha256(encode_text(origin)).digest()[:8], "big", signed=True)
        if self._claims is None or self._claims.closed:
            self._claims = shard.connect()
        try:
            rows = self._claims.execute(f"SELECT {function}(%s)".encode(), [number]).fetchall()
        except DatabaseError:
            # The connection broke, and with it all claims: what was claimed may be done twice, and
            # is in the library once all the same.
            self._claims.close()
            return True
        return bool(rows[0][0])

    def add(self, articles: Sequence[Article], *, progress: Progress | None = None) -> Changes:
        """Add articles; of those with a source, they replace what came from the same source.

        Raises:
            ServerError: they cannot be written.
        """
        return self.put(updates_of(articles), progress)

    def put(self, updates: Sequence[SourceUpdate], progress: Progress | None = None) -> Changes:
        """Write what was read from some sources, each article whole or not at all.

        Raises:
            ServerError: it cannot be written; the same call goes on with what is missing.
        """
        given = {article.id: article for update in updates for article in update.articles}
        known = self.known_ids(given)
        new = [article for article in given.values() if article.id not in known]
        n_added, n_removed = self._write(self._encode(new, progress), updates)
        return Changes(n_added, len(given) - n_added, n_removed)

    def put_records(self, records: Sequence[Record]) -> int:
        """Write records with their vectors and origins; return how many were not there."""
        updates = [
            SourceUpdate(origin, (record.article,), is_complete=False)
            for record in records
            for origin in record.origins
        ]
        return self._write(records, updates)[0]

    def known_ids(self, article_ids: Iterable[str]) -> set[str]:
        """Return those of some ids that articles have."""
        ids = list(article_ids)
        sql = "SELECT id FROM articles WHERE id = ANY(%s)"
        by_shard = self._shards.each(lambda shard: shard.rows(sql, [ids]), whole=True)
        return {article_id for rows in by_shard.values() for (article_id,) in rows}

    def ids(self) -> list[str]:
        """Return the ids of all articles, in the order in which each server got them."""
        sql = "SELECT id FROM articles ORDER BY key"
        by_shard = self._shards.each(lambda shard: shard.rows(sql), whole=True)
        return [article_id for rows in by_shard.values() for (article_id,) in rows]

    def records(self, article_ids: Iterable[str]) -> list[Record]:
        """Return the records of articles.

        Raises:
            ServerError: one is damaged, or a server is gone.
        """
        ids, dim = list(article_ids), self.facts.dim

        def read(connection: Connection) -> list[Record]:
            sql = b"SELECT key FROM articles WHERE id = ANY(%s) ORDER BY key"
            keys = [key for (key,) in connection.execute(sql, [ids]).fetchall()]
            try:
                return [read_record(connection, key, dim) for key in keys]
            except (ValueError, TypeError) as error:
                raise ServerError(
                    self.folder, f"is damaged: {error}", "`article-qa verify` names the articles"
                ) from error

        by_shard = self._shards.each(lambda shard: shard.run(read), whole=True)
        return [record for records in by_shard.values() for record in records]

    def files(self) -> list[tuple[str, bytes]]:
        """Return the origin and the SHA-256 of each file all of whose articles are there."""
        sql = "SELECT origin, sha256 FROM files ORDER BY 1"
        by_shard = self._shards.each(lambda shard: shard.rows(sql), whole=True)
        return [(decode_text(o), sha256) for rows in by_shard.values() for o, sha256 in rows]

    def set_file_sha256(self, origin: str, digest: bytes | None) -> None:
        """Write the SHA-256 of a file all of whose articles are there, or that it is not known."""
        values = [encode_text(origin), digest]
        sql = "DELETE FROM files WHERE origin = %s"
        if digest:
            sql = "INSERT INTO files VALUES (%s, %s) ON CONFLICT (origin) DO UPDATE SET sha256 = excluded.sha256"
        shard = self._shards.shard_of(origin)
        shard.write(lambda connection: connection.execute(sql.encode(), values[: 1 + bool(digest)]))

    def _encode(self, articles: Sequence[Article], progress: Progress | None) -> list[Record]:
        if not articles:
            return []
        passages = [tuple(split_passages(a, self.encoder.count_tokens)) for a in articles]
        vectors = encode_articles(articles, passages, self.encoder, progress)
        return [
            Record(article, of_article, *encoded)
            for article, of_article, encoded in zip(articles, passages, vectors, strict=True)
        ]

    def _write(self, records: Sequence[Record], updates: Sequence[SourceUpdate]) -> tuple[int, int]:
        """Write to each shard what is its own, in one transaction; return how many came and went."""
        shards = self._shards
        by_shard = {
            number: [r for r in records if shards.number_of(r.article.id) == number]
            for number in shards.shards
        }

        def write(shard: Shard) -> tuple[int, int]:
            def work(connection: Connection) -> tuple[int, int]:
                own = by_shard[shard.number]
                return _write_shard(
                    connection, own, updates, lambda i: shards.number_of(i) == shard.number
                )

            changed = shard.write(work)
            shard.run(fold)
            return changed

        changed = shards.each(write, whole=True).values()
        for update in updates:
            if update.is_complete:  # once all that it has is there
                self.set_file_sha256(update.origin, update.file_sha256)
        return sum(n for n, _ in changed), sum(n for _, n in changed)

    def remove(self, names: Sequence[str]) -> list[Head]:
        """Remove the articles of these ids, titles, sources or folders of sources; return them.

        Raises:
            ServerError: there is none of a name, and nothing is removed; or a server is gone.
        """
        for name in names:
            by_shard = self._shards.each(partial(_keys_on, name=name), whole=True)
            if not any(by_shard.values()):
                raise ServerError(
                    self.folder, f"has no article {name!r}", "`article-qa list` shows them"
                )

        def work(connection: Connection) -> tuple[list[Head], list[bytes]]:
            return removal.remove(
                connection, [k for name in names for k in _keys(connection, name)]
            )

        removed = self._shards.each(lambda shard: shard.write(work), whole=True).values()
        for origin in {origin for _, origins in removed for origin in origins}:
            self.set_file_sha256(decode_text(origin), None)  # is read anew the next time
        return [head for heads, _ in removed for head in heads]

    def compact(self) -> tuple[int, int]:
        """Give the room of what was removed back; return the bytes before and after."""

        def vacuum(connection: Connection) -> None:
            fold(connection, least=2)
            tables = "articles, origins, files, sentences, passages, frequencies, words, totals"
            connection.execute(f"VACUUM (ANALYZE) {tables}".encode())

        before = sum(self._shards.each(_n_bytes).values())
        self._shards.each(lambda shard: shard.run(vacuum), whole=True)
        return before, sum(self._shards.each(_n_bytes).values())


def _write_shard(
    connection: Connection,
    records: Sequence[Record],
    updates: Sequence[SourceUpdate],
    is_here: Callable[[str], bool],
) -> tuple[int, int]:
    """Write a shard's part of some updates inside a transaction; return how many came and went."""
    counts = Counts()
    written = insert_records(connection, records, counts)
    counts.write(connection)
    n_removed = 0
    for update in updates:
        own = [article for article in update.articles if is_here(article.id)]
        ids = {article.id for article in own}
        if ids:
            _link(connection, update.origin, ids)
            _note(connection, [article for article in own if article.id not in written])
        if update.is_complete:
            n_removed += removal.unlink(connection, update.origin, ids | update.all_ids)
    return len(written), n_removed


def _note(connection: Connection, articles: Sequence[Article]) -> None:
    """Write what reading articles left out, of those that are of the same source here."""
    by_id = {article.id: article for article in articles}
    sql = b"SELECT key, head FROM articles WHERE id = ANY(%s) FOR UPDATE"
    for key, data in connection.execute(sql, [list(by_id)]).fetchall():
        head = Head.from_json(data)
        article = by_id[head.id]
        if head.source == article.source and head.notes != article.notes:
            noted = replace(head, notes=article.notes).to_json()
            connection.execute("UPDATE articles SET head = %s WHERE key = %s", [noted, key])


def _link(connection: Connection, origin: str, article_ids: Collection[str]) -> None:
    connection.execute(
        "INSERT INTO origins SELECT %s, key, %s FROM articles WHERE id = ANY(%s) "
        "ON CONFLICT DO NOTHING",
        [encode_text(origin), key_text(origin), list(article_ids)],
    )


def _keys_on(shard: Shard, name: str) -> list[int]:
    return shard.run(lambda connection: _keys(connection, name))


def _keys(connection: Connection, name: str) -> list[int]:
    """Return the keys of the articles of a name, or at or below a path."""
    path = absolute_path(name)
    encoded = encode_text(path)
    rows = connection.execute(
        b"SELECT a.key FROM articles a LEFT JOIN origins o ON o.article = a.key "
        b"WHERE a.id = %s OR a.title_key = %s OR a.source_key = %s OR o.origin IN (%s, %s) "
        b"OR (o.origin >= %s AND o.origin < %s) GROUP BY a.key ORDER BY a.key",
        [
            key_text(name),
            key_text(comparable(name)),
            key_text(name),
            encode_text(name),
            encoded,
            encoded + b"/",
            encoded + b"0",  # "0" is the character after "/"
        ],
    ).fetchall()
    heads = read_heads(connection, [key for (key,) in rows])
    return [key for key, head in heads.items() if has_name(head, name, path)]


def _n_articles(shard: Shard) -> int:
    return int(shard.rows("SELECT coalesce(sum(n_articles), 0)::bigint FROM totals")[0][0])


def _n_bytes(shard: Shard) -> int:
    rows = shard.rows(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'article_qa' AND relkind = 'r'"
    )
    return int(rows[0][0])
