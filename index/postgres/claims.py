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
        """Return whether a source is this writer's to read; no other's until ``release``, or its end."""
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
            # The connection broke, and with it all claims: what was claimed may be done twice, and
            # is in the library once all the same.
            self._connection.close()
            return True
        return bool(rows[0][0])
