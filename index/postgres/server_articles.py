"""The articles of a library on servers, read when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, overload

from index.library.record import Head
from index.postgres.article_rows import read_articles, read_heads
from index.types import Article

if TYPE_CHECKING:
    from index.postgres.shard import Shard
    from index.postgres.shards import Shards

N_IN_MEMORY = 256  # articles


class ServerArticles(Sequence[Article]):
    """The articles of a library on servers, in order of their servers and as they came to each."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._lock = Lock()
        self._cached: OrderedDict[tuple[int, int], Article] = OrderedDict()

    def __len__(self) -> int:
        sql = "SELECT coalesce(sum(n_articles), 0)::bigint FROM totals"
        return sum(n for (n,) in self._shards.rows(sql))

    @overload
    def __getitem__(self, number: int) -> Article: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Article, ...]: ...
    def __getitem__(self, number: int | slice) -> Article | tuple[Article, ...]:
        keys = self._all_keys()
        if isinstance(number, slice):
            read = self.read(keys[number])
            return tuple(read[key] for key in keys[number] if key in read)
        return self.read([keys[number]])[keys[number]]

    def __iter__(self) -> Iterator[Article]:
        for key in self._all_keys():
            yield from self.read([key]).values()

    def _all_keys(self) -> list[tuple[int, int]]:
        """Return the shard and the key of each article."""
        sql = "SELECT key FROM articles ORDER BY key"
        by_shard = self._shards.each(lambda shard: shard.rows(sql))
        return [(number, key) for number, rows in by_shard.items() for (key,) in rows]

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads of all articles."""
        by_shard = self._shards.each(lambda shard: shard.run(read_heads))
        return tuple(head for heads in by_shard.values() for head in heads.values())

    def find(self, article_id: str) -> Article | None:
        """Return the article of an id, or None."""
        number = self._shards.number_of(article_id)
        shard = self._shards.shard_of(article_id)
        rows = shard.rows("SELECT key FROM articles WHERE id = %s", [article_id])
        return self.read([(number, rows[0][0])]).get((number, rows[0][0])) if rows else None

    def read(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Article]:
        """Return the articles of some shards and keys, as far as they are there."""
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            read = {key: self._cached[key] for key in wanted if key in self._cached}
            for key in read:
                self._cached.move_to_end(key)
        missing = [key for key in wanted if key not in read]
        if missing:

            def read_on(shard: Shard) -> dict[int, Article]:
                own = [key for number, key in missing if number == shard.number]
                return shard.run(lambda connection: read_articles(connection, own)) if own else {}

            by_shard = self._shards.each(read_on)
            new = {
                (n, key): article for n, each in by_shard.items() for key, article in each.items()
            }
            read |= new
            with self._lock:
                self._cached.update(new)
                while len(self._cached) > N_IN_MEMORY:
                    self._cached.popitem(last=False)
        return read
