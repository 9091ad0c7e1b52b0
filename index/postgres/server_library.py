"""A library on servers, opened for writing; many may write it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Self

from index.encoders.embed import Progress, encode_articles
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.errors import ServerError
from index.library.facts import Facts, check_encoder, named_encoder
from index.library.library import Changes, SourceUpdate, updates_of
from index.library.record import Head, Record
from index.passages import split_passages
from index.postgres import removal
from index.postgres.article_rows import read_heads, read_record
from index.postgres.claims import Claims
from index.postgres.counts import fold
from index.postgres.graph import drop_graph, ensure_graph
from index.postgres.named_articles import named_keys
from index.postgres.servers import Servers
from index.postgres.shard_writer import write_shard
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
        self._is_filling = False

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
        self._claims = Claims(next(iter(self._shards.shards.values())))
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Let go; what was written is there already.

        Raises:
            ServerError: what searches copied articles fast could not be made; `compact` makes it.
        """
        try:
            if kind is None and self._is_filling:
                self._shards.each(lambda shard: shard.run(ensure_graph), whole=True)
        finally:
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
        return self._claims.take(origin)

    def release(self, origin: str) -> None:
        """Let other writers read a source."""
        self._claims.release(origin)

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
        """Write records with their vectors and origins; return how many were not there.

        In an empty library the graph that searches them is made at the end, of all at once.
        """
        if not self._is_filling:
            self._shards.each(lambda shard: shard.write(drop_graph), whole=True)
            self._is_filling = True
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
                return write_shard(
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
            by_shard = self._shards.each(_finder(name), whole=True)
            if not any(by_shard.values()):
                raise ServerError(
                    self.folder, f"has no article {name!r}", "`article-qa list` shows them"
                )

        def work(connection: Connection) -> tuple[list[Head], list[bytes]]:
            return removal.remove(
                connection, [k for name in names for k in named_keys(connection, name)]
            )

        removed = self._shards.each(lambda shard: shard.write(work), whole=True).values()
        for origin in {origin for _, origins in removed for origin in origins}:
            self.set_file_sha256(decode_text(origin), None)  # is read anew the next time
        return [head for heads, _ in removed for head in heads]

    def compact(self) -> tuple[int, int]:
        """Give the room of what was removed back; return the bytes before and after."""

        def vacuum(connection: Connection) -> None:
            ensure_graph(connection)
            fold(connection, least=2)
            tables = "articles, origins, files, sentences, passages, frequencies, words, totals"
            connection.execute(f"VACUUM (ANALYZE) {tables}".encode())

        before = sum(self._shards.each(_n_bytes).values())
        self._shards.each(lambda shard: shard.run(vacuum), whole=True)
        return before, sum(self._shards.each(_n_bytes).values())


def _finder(name: str) -> Callable[[Shard], list[int]]:
    return lambda shard: shard.run(lambda connection: named_keys(connection, name))


def _n_articles(shard: Shard) -> int:
    return int(shard.rows("SELECT coalesce(sum(n_articles), 0)::bigint FROM totals")[0][0])


def _n_bytes(shard: Shard) -> int:
    rows = shard.rows(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'article_qa' AND relkind = 'r'"
    )
    return int(rows[0][0])
