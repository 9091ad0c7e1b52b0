"""The graph (HNSW) of passages: dropped before many are copied into an empty shard, then built.

That takes a tenth of the time of inserting passages one by one. While there is no graph, all
passages are compared: exact, but slow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.postgres.shard import Connection

GRAPH = "CREATE INDEX passages_vector ON passages USING hnsw (vector halfvec_ip_ops)"
_LOCK = 0x61716133
_HAS = "SELECT to_regclass('article_qa.passages_vector') IS NOT NULL"
# The least memory for building: a larger graph is built slowly. A server may have set more.
_MEMORY = """
SELECT set_config('maintenance_work_mem', '1GB', true)
WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('1GB')
"""


def drop_graph(connection: Connection) -> None:
    """Drop the graph of a shard that has no passage."""
    if _has_passages(connection):
        return
    connection.execute("LOCK TABLE passages IN ACCESS EXCLUSIVE MODE")
    if not _has_passages(connection):  # another writer was faster
        connection.execute("DROP INDEX IF EXISTS passages_vector")


def _has_passages(connection: Connection) -> bool:
    return bool(connection.execute("SELECT FROM passages LIMIT 1").fetchall())


def ensure_graph(connection: Connection) -> None:
    """Make the graph of a shard where there is none; writers wait meanwhile."""
    if _has_graph(connection):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not _has_graph(connection):
            connection.execute(_MEMORY)
            connection.execute(GRAPH.encode())


def _has_graph(connection: Connection) -> bool:
    return bool(connection.execute(_HAS).fetchall()[0][0])
