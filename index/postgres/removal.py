"""Articles are taken from a shard, with all that counts them; inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from index.library.record import Head
from index.postgres.article_rows import key_text, read_articles, read_heads
from index.postgres.counts import Counts

if TYPE_CHECKING:
    from index.postgres.shard import Connection

_TAKE = """
SELECT key, n_passages, sha256 FROM articles WHERE key = ANY(%s) ORDER BY key FOR UPDATE
"""


def remove(connection: Connection, keys: Sequence[int]) -> list[Head]:
    """Remove the articles of some keys; return their heads.

    One that another writer removes at the same time is not counted twice: its row is locked first.
    """
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(_TAKE, [list(set(keys))]).fetchall()
    there = [key for key, _, _ in rows]
    heads = read_heads(connection, there)
    counts = Counts()
    for key, n_passages, sha256 in rows:
        with suppress(ValueError):  # a damaged one goes, too; `rebuild` counts anew
            counts.add(read_articles(connection, [key])[key], n_passages, sha256)
    cursor.execute("DELETE FROM articles WHERE key = ANY(%s)", [there])
    counts.write(connection, -1)
    return list(heads.values())


def unlink(connection: Connection, origin: str, article_ids: Collection[str]) -> int:
    """Write that only some articles are at an origin; return how many others were removed with it.

    An article with another origin stays; if its source was this origin, it becomes another.
    """
    encoded = origin.encode("utf-8", "surrogatepass")
    keys = [
        key
        for (key,) in connection.execute(
            "DELETE FROM origins o USING articles a WHERE a.key = o.article AND o.origin = %s "
            "AND a.id <> ALL(%s) RETURNING a.key",
            [encoded, list(article_ids)],
        ).fetchall()
    ]
    if not keys:
        return 0
    # Locked before their origins are read: another writer may be adding one.
    connection.execute("SELECT FROM articles WHERE key = ANY(%s) ORDER BY key FOR UPDATE", [keys])
    heads = read_heads(connection, keys)
    for key, head in heads.items():
        if head.origins and head.source == origin:
            moved = replace(head, source=head.origins[0])
            connection.execute(
                "UPDATE articles SET head = %s, source_key = %s WHERE key = %s",
                [replace(moved, origins=()).to_json(), key_text(moved.source), key],
            )
    return len(remove(connection, [key for key, head in heads.items() if not head.origins]))
