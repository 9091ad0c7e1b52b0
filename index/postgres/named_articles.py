"""Articles of a shard by their names: ids, titles, sources, folders of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.filter import comparable
from index.library.layout import absolute_path
from index.postgres.article_rows import key_text, read_heads
from index.text.codec import encode_text

if TYPE_CHECKING:
    from index.library.record import Head
    from index.postgres.shard import Connection

_MAY_HAVE_NAME = """
SELECT a.key FROM articles a LEFT JOIN origins o ON o.article = a.key
WHERE a.id = %s OR a.title_key = %s OR a.source_key = %s OR o.origin IN (%s, %s)
OR (o.origin >= %s AND o.origin < %s) GROUP BY a.key ORDER BY a.key
"""


def named_heads(connection: Connection, name: str) -> dict[int, Head]:
    """Return the heads of the articles of a name, or at or below a path, by their keys."""
    path = absolute_path(name)
    encoded = encode_text(path)
    rows = connection.execute(
        _MAY_HAVE_NAME.encode(),
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
    return {key: head for key, head in heads.items() if head.has_name(name, path)}
