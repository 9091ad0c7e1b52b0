"""What a writer reads of a library on servers: its heads, records, ids and files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.errors import ServerError
from index.library.facts import Facts
from index.library.record import Head, Record
from index.postgres.article_rows import read_heads, read_record
from index.text.codec import decode_text, encode_text

if TYPE_CHECKING:
    from index.postgres.shard import Connection
    from index.postgres.shards import Shards


class ServerRecords:
    """What lies on the servers of a library; a subclass opens ``_shards``.

    All of it raises ServerError where a server is gone.
    """

    _shards: Shards

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors."""
        return self._shards.facts

    def __len__(self) -> int:
        rows = self._shards.rows("SELECT coalesce(sum(n_articles), 0)::bigint FROM totals")
        return sum(n for (n,) in rows)

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which each server has them."""
        by_shard = self._shards.each(lambda shard: shard.run(read_heads), whole=True)
        return [head for of_shard in by_shard.values() for head in of_shard.values()]

    def ids(self) -> list[str]:
        """Return the ids of all articles, in the order in which each server got them."""
        rows = self._shards.rows("SELECT id FROM articles ORDER BY key", whole=True)
        return [article_id for (article_id,) in rows]

    def known_ids(self, article_ids: Iterable[str]) -> set[str]:
        """Return those of some ids that articles have."""
        sql = "SELECT id FROM articles WHERE id = ANY(%s)"
        rows = self._shards.rows(sql, [list(article_ids)], whole=True)
        return {article_id for (article_id,) in rows}

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
                    str(self._shards.servers),
                    f"is damaged: {error}",
                    "`article-qa verify` names the articles",
                ) from error

        by_shard = self._shards.each(lambda shard: shard.run(read), whole=True)
        return [record for records in by_shard.values() for record in records]

    def has_file(self, origin: str, sha256: bytes) -> bool:
        """Return whether all articles of a file with this SHA-256 are in the library."""
        rows = self._shards.shard_of(origin).rows(
            "SELECT sha256 FROM files WHERE origin = %s", [encode_text(origin)]
        )
        return rows == [(sha256,)]

    def files(self) -> list[tuple[str, bytes]]:
        """Return the origin and the SHA-256 of each file all of whose articles are there."""
        rows = self._shards.rows("SELECT origin, sha256 FROM files ORDER BY 1", whole=True)
        return [(decode_text(origin), sha256) for origin, sha256 in rows]

    def origins_below(self, folder: str) -> list[str]:
        """Return the origins of articles below a folder, whose name ends in "/"."""
        first = encode_text(folder)
        values = [first, first[:-1] + b"0"]  # "0" is the character after "/"
        sql = "SELECT DISTINCT origin FROM origins WHERE origin >= %s AND origin < %s"
        rows = self._shards.rows(sql, values, whole=True)
        return sorted({decode_text(origin) for (origin,) in rows})
