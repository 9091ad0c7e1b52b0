"""The shards of a library: each article lies whole on the one that its id names."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from index.errors import ServerError
from index.library.facts import Facts
from index.postgres import schema
from index.postgres.servers import Servers
from index.postgres.shard import Shard
from index.text.codec import encode_text

T = TypeVar("T")

_SECONDS = 60.0  # for which a shard that was missing is not asked again


class Shards:
    """The open shards of a library, in the order of their numbers."""

    def __init__(self, servers: Servers, create: Callable[[], Facts] | None = None) -> None:
        """Connect to all servers.

        Args:
            servers: their URLs, in any order.
            create: returns the facts of a new library where the databases are empty; None refuses.

        Raises:
            ServerError: one cannot be reached, unless it may be missing, is no shard of this library,
                or is of another version.
        """
        self.servers = servers
        self._missing: dict[int, float] = {}
        self._lock = Lock()
        with ExitStack() as closing:
            opened: list[Shard] = []
            self._unreached: list[ServerError] = []
            for url in servers.urls:
                try:
                    opened.append(Shard(url))
                except ServerError as error:
                    if not servers.allow_missing:
                        raise
                    self._unreached.append(error)
                else:
                    closing.callback(opened[-1].close)
            if not opened:
                raise self._unreached[0]
            facts = [schema.read_facts(shard) for shard in opened]
            if create and not all(facts):
                facts = _create(opened, create)
            self._open(opened, facts, may_upgrade=create is not None)
            self._closing = closing.pop_all()
        self._pool = ThreadPoolExecutor(max_workers=2 * len(self.shards))
        self._closing.callback(self._pool.shutdown)

    def _open(
        self, opened: Sequence[Shard], facts: Sequence[dict[str, str]], *, may_upgrade: bool
    ) -> None:
        for shard, of_shard in zip(opened, facts, strict=True):
            if not of_shard:
                raise ServerError(
                    shard.url,
                    "has no library",
                    f"make one with `article-qa index PATH --into {str(self.servers)!r}`",
                )
            if may_upgrade:
                schema.upgrade(shard)
            else:
                schema.check_version(shard, of_shard)
            if of_shard["library"] != facts[0]["library"]:
                raise ServerError(shard.url, "is of another library than the first one")
        n_shards = int(facts[0]["n_shards"])
        if n_shards != len(self.servers.urls):
            raise ServerError(
                str(self.servers),
                f"must be all its {n_shards} databases, got {len(self.servers.urls)}",
                "name each of them",
            )
        self.n_shards = n_shards
        for shard, of_shard in zip(opened, facts, strict=True):
            shard.number = int(of_shard["shard"])
        self.shards = {shard.number: shard for shard in sorted(opened, key=lambda s: s.number)}
        if len(self.shards) != len(opened):
            raise ServerError(
                str(self.servers), "must name each of its databases once, got one twice"
            )
        self.facts = schema.library_facts(opened[0], facts[0])
        self.library = facts[0]["library"]

    def close(self) -> None:
        """Close all connections."""
        self._closing.close()

    def number_of(self, article_id: str) -> int:
        """Return the number of the shard of an article, or of anything that has a name."""
        return shard_number(article_id, self.n_shards)

    def shard_of(self, article_id: str) -> Shard:
        """Return the shard of an article.

        Raises:
            ServerError: it is missing.
        """
        number = self.number_of(article_id)
        if number not in self.shards:
            raise self._unreached[0]
        return self.shards[number]

    def each(self, work: Callable[[Shard], T], *, whole: bool = False) -> dict[int, T]:
        """Return what some work returns for each shard that is there, done at once.

        Args:
            work: what is done.
            whole: whether no shard may be missing, whatever the servers allow.

        Raises:
            ServerError: a shard is gone and may not be, or none is there.
        """
        asked = self._asked()
        if whole and len(asked) < self.n_shards:
            raise self._unreached[0] if self._unreached else self._gone()
        if len(asked) == 1:
            ((number, shard),) = asked.items()
            return {number: work(shard)}
        futures = {n: self._pool.submit(partial(work, shard)) for n, shard in asked.items()}
        done: dict[int, T] = {}
        problem: ServerError | None = None
        for number, future in futures.items():
            try:
                done[number] = future.result()
            except ServerError as error:
                problem = error
                self._missing[number] = monotonic()
        if problem and (whole or not self.servers.allow_missing or not done):
            self._missing.clear()
            raise problem
        return done

    def rows(self, sql: str, values: Any = (), *, whole: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows that a statement selects on all shards, one after the other.

        Raises:
            ServerError: as of ``each``.
        """
        by_shard = self.each(lambda shard: shard.rows(sql, values), whole=whole)
        return [row for number in sorted(by_shard) for row in by_shard[number]]

    def _asked(self) -> dict[int, Shard]:
        if not self.servers.allow_missing:
            return self.shards
        now = monotonic()
        asked = {
            number: shard
            for number, shard in self.shards.items()
            if now - self._missing.get(number, -_SECONDS) >= _SECONDS
        }
        for number in asked:
            self._missing.pop(number, None)
        return asked or self.shards

    def _gone(self) -> ServerError:
        return ServerError(str(self.servers), "has a database that cannot be reached")

    @property
    def n_missing(self) -> int:
        """How many shards cannot be reached now."""
        return self.n_shards - len(self.shards) + len(self._missing)


def shard_number(name: str, n_shards: int) -> int:
    """Return the shard of an article's id, or of the origin of a file."""
    return int.from_bytes(sha256(encode_text(name)).digest()[:8], "big") % n_shards


def _create(opened: Sequence[Shard], create: Callable[[], Facts]) -> list[dict[str, str]]:
    """Make the tables of the shards that have none; this also completes a run that died.

    Clients that do so at once, with the same URLs in any order, make the same library: its id is
    that of the shard whose URL sorts first.
    """
    ordered = sorted(opened, key=lambda shard: shard.url)
    facts = [schema.read_facts(shard) for shard in ordered]
    known = next((each for each in facts if each), None)
    made = schema.library_facts(ordered[0], known) if known else create()
    library = known["library"] if known else secrets.token_hex(8)
    for number, shard in enumerate(ordered):
        schema.create(shard, made, library, number, len(ordered))
        library = schema.read_facts(shard)["library"]
    return [schema.read_facts(shard) for shard in opened]
