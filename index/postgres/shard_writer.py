"""What was read is written on a shard: new articles, where each was read, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.library.record import Head, Record
from index.library.updates import SourceUpdate
from index.postgres import removal
from index.postgres.article_rows import insert_records, key_text
from index.postgres.counts import Counts
from index.text.codec import encode_text
from index.types import Article

if TYPE_CHECKING:
    from index.postgres.shard import Connection


class VanishedError(Exception):
    """An article that was there before, and so was not encoded, was removed by another writer."""


def write_shard(
    connection: Connection,
    records: Sequence[Record],
    updates: Sequence[SourceUpdate],
    is_here: Callable[[str], bool],
) -> tuple[int, int]:
    """Write what is a shard's own of some updates, inside a transaction; return how many came and went.

    Args:
        connection: to the shard.
        records: new articles that lie here.
        updates: of all shards.
        is_here: returns whether the article of an id lies here.

    Raises:
        VanishedError: one of the updates' articles is neither there nor among the records.
    """
    counts = Counts()
    written = insert_records(connection, records, counts)
    counts.write(connection)
    n_removed = 0
    for update in updates:
        own = [article for article in update.articles if is_here(article.id)]
        ids = {article.id for article in own}
        if ids:
            _link(connection, update.origin, ids)
            _note(connection, [article for article in own if article.id not in written])
        if update.is_complete:
            n_removed += removal.unlink(connection, update.origin, ids | update.all_ids)
    return len(written), n_removed


def _note(connection: Connection, articles: Sequence[Article]) -> None:
    """Write what reading articles left out, of those that are of the same source here."""
    by_id = {article.id: article for article in articles}
    sql = b"SELECT key, head FROM articles WHERE id = ANY(%s) FOR UPDATE"
    for key, data in connection.execute(sql, [list(by_id)]).fetchall():
        head = Head.from_json(data)
        article = by_id[head.id]
        if head.source == article.source and head.notes != article.notes:
            noted = replace(head, notes=article.notes).to_json()
            connection.execute("UPDATE articles SET head = %s WHERE key = %s", [noted, key])


def _link(connection: Connection, origin: str, article_ids: Collection[str]) -> None:
    sql = b"SELECT key, id FROM articles WHERE id = ANY(%s) FOR KEY SHARE"
    keys = {article_id: key for key, article_id in connection.execute(sql, [list(article_ids)])}
    if len(keys) < len(article_ids):
        raise VanishedError
    connection.execute(
        "INSERT INTO origins SELECT %s, unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING",
        [encode_text(origin), sorted(keys.values()), key_text(origin)],
    )
