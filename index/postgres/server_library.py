"""A library on servers, opened for writing; many may write it at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from index.encoders.embed import Progress
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.errors import ServerError
from index.library.facts import Facts, check_encoder, named_encoder
from index.library.record import Head, Record
from index.library.updates import Changes, SourceUpdate, encode_records, updates_of
from index.postgres import removal
from index.postgres.claims import Claims
from index.postgres.counts import fold
from index.postgres.graph import drop_graph, ensure_graph
from index.postgres.named_articles import named_heads
from index.postgres.server_records import ServerRecords
from index.postgres.servers import Servers
from index.postgres.shard_writer import VanishedError, write_shard
from index.postgres.shards import Shards
from index.text.codec import encode_text
from index.types import Article, Encoder

if TYPE_CHECKING:
    from index.postgres.shard import Connection, Shard


class ServerLibrary(ServerRecords):
    """A library on PostgreSQL servers, as ``Library`` is one in a folder; use it in a ``with`` block.

    What a method changed is in the library, and is searched, once it returns.
    """

    def __init__(
        self,
        servers: Servers,
        encoder: Encoder | None = None,
        *,
        must_exist: bool = False,
        facts: Facts | None = None,
    ) -> None:
        """Name the servers; tables are made where there are none when the block begins.

        Args:
            servers: all of the library's.
            encoder: None takes the one that the library was made with, or else the default.
            must_exist: refuse to make tables.
            facts: those of a new library, as of one that is copied; None is today's.
        """
        self._must_exist, self._given_facts = must_exist, facts
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
        """Close the connections; all writes are committed already.

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
        return self._given_facts or Facts.of(self._encoder)

    @property
    def encoder(self) -> Encoder:
        """What encodes: the one given, or else, once it is needed, the one the library names."""
        if not self._encoder:
            self._encoder = named_encoder(self.folder, self._shards.facts)
        return self._encoder

    def claim(self, origin: str) -> bool:
        """Claim a source until ``release`` or this writer's end; return whether it was free."""
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
        records: dict[str, Record] = {}
        while True:
            known = self.known_ids(given) | records.keys()
            new = [article for article in given.values() if article.id not in known]
            encoded = encode_records(new, self.encoder, progress) if new else []
            records |= {record.article.id: record for record in encoded}
            try:
                n_added, n_removed = self._write(list(records.values()), updates)
            except VanishedError:
                continue  # it is encoded now, so that this ends
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
        while True:
            with suppress(VanishedError):
                return self._write(records, updates)[0]

    def set_file_sha256(self, origin: str, digest: bytes | None) -> None:
        """Write the SHA-256 of a file all of whose articles are there, or that it is not known."""
        if not digest:
            self._forget_files({origin})
            return
        sql = (
            b"INSERT INTO files VALUES (%s, %s) "
            b"ON CONFLICT (origin) DO UPDATE SET sha256 = excluded.sha256"
        )
        values = [encode_text(origin), digest]
        self._shards.shard_of(origin).write(lambda connection: connection.execute(sql, values))

    def _forget_files(self, origins: Collection[str]) -> None:
        """Write that some files are not known to be whole: they are read anew."""
        values = [[encode_text(origin) for origin in origins]]
        sql = b"DELETE FROM files WHERE origin = ANY(%s)"
        self._shards.each(lambda shard: shard.write(lambda c: c.execute(sql, values)), whole=True)

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

        # A file counts as whole only while all its articles are there, even if this is stopped.
        self._forget_files({update.origin for update in updates})
        changed = shards.each(write, whole=True).values()
        for update in updates:
            if update.is_complete and update.file_sha256:
                self.set_file_sha256(update.origin, update.file_sha256)
        return sum(n for n, _ in changed), sum(n for _, n in changed)

    def remove(self, names: Sequence[str]) -> list[Head]:
        """Remove the articles of these ids, titles, sources or folders of sources; return them.

        Raises:
            ServerError: there is none of a name, and nothing is removed; or a server is gone.
        """
        named: list[Head] = []
        for name in names:
            by_shard = self._shards.each(
                lambda shard: shard.run(lambda c: named_heads(c, name)),  # noqa: B023 - done at once
                whole=True,
            )
            if not any(by_shard.values()):
                raise ServerError(
                    self.folder, f"has no article {name!r}", "`article-qa list` shows them"
                )
            named += [head for heads in by_shard.values() for head in heads.values()]

        def work(connection: Connection) -> list[Head]:
            return removal.remove(
                connection, [key for name in names for key in named_heads(connection, name)]
            )

        self._forget_files({origin for head in named for origin in head.origins})
        removed = self._shards.each(lambda shard: shard.write(work), whole=True).values()
        return [head for heads in removed for head in heads]

    def compact(self) -> tuple[int, int]:
        """Give the room of what was removed back; return the bytes before and after.

        Raises:
            ServerError: the role does not own the tables, or a server is gone.
        """
        for number, ((is_owner,),) in self._shards.each(_owns_tables, whole=True).items():
            if not is_owner:  # VACUUM would pass over them in silence
                url = self._shards.shards[number].url
                raise ServerError(url, "refuses: the role must own the tables", "use another role")

        def vacuum(connection: Connection) -> None:
            ensure_graph(connection)
            fold(connection, least=2)
            tables = "articles, origins, files, sentences, passages, frequencies, words, totals"
            connection.execute(f"VACUUM (ANALYZE) {tables}".encode())

        before = sum(self._shards.each(_n_bytes).values())
        self._shards.each(lambda shard: shard.run(vacuum), whole=True)
        return before, sum(self._shards.each(_n_bytes).values())


def _owns_tables(shard: Shard) -> list[tuple[Any, ...]]:
    sql = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'totals'::regclass"
    return shard.rows(sql)


def _n_bytes(shard: Shard) -> int:
    rows = shard.rows(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'article_qa' AND relkind = 'r'"
    )
    return int(rows[0][0])
