"""Sources that one writer of several reads: claimed by advisory locks, which end with their connection."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from index.postgres.shard import DatabaseError
from index.text.codec import encode_text

if TYPE_CHECKING:
    from index.postgres.shard import Connection, Shard


class Claims:
    """What a writer has claimed on the first shard of a library."""

    def __init__(self, shard: Shard) -> None:
        """Take the shard; a connection is made once something is claimed."""
        self._shard = shard
        self._connection: Connection | None = None

    def take(self, origin: str) -> bool:
        """Claim a source until ``release`` or this writer's end; return whether it was free."""
        return self._lock("pg_try_advisory_lock", origin)

    def release(self, origin: str) -> None:
        """Let other writers read a source."""
        self._lock("pg_advisory_unlock", origin)

    def close(self) -> None:
        """Release all."""
        if self._connection:
            self._connection.close()

    def _lock(self, function: str, origin: str) -> bool:
        number = int.from_bytes(sha256(encode_text(origin)).digest()[:8], "big", signed=True)
        if self._connection is None or self._connection.closed:
            self._connection = self._shard.connect()
        try:
            rows = self._connection.execute(f"SELECT {function}(%s)".encode(), [number]).fetchall()
        except DatabaseError:
            # The broken connection ended all claims: another writer may read the same sources, but
            # each article is still stored only once.
            self._connection.close()
            return True
        return bool(rows[0][0])
