"""What is broken in a library on servers, and its counts made anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.library.problems import Problem, ProblemKind
from index.postgres.article_rows import derived_keys, read_record
from index.postgres.counts import Counts, read_totals, written_counts
from index.postgres.servers import Servers
from index.postgres.shards import Shards

if TYPE_CHECKING:
    from index.postgres.shard import Connection, Shard

_KEYS = "SELECT key, id, n_passages, sha256 FROM articles ORDER BY key"


def verify_servers(servers: Servers) -> list[Problem]:
    """Return everything that is not as it was written, on all servers: nothing where all is whole.

    Raises:
        ServerError: a server is gone or holds no library.
    """
    shards = Shards(servers)
    try:
        by_shard = shards.each(lambda shard: list(_problems(shard, shards)), whole=True)
        return [problem for of_shard in by_shard.values() for problem in of_shard]
    finally:
        shards.close()


def _problems(shard: Shard, shards: Shards) -> Iterator[Problem]:
    """Yield what is broken on a shard, as of one moment: others may write meanwhile."""
    with shard.connect() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        counts = Counts()
        dim = shards.facts.dim
        for key, article_id, n_passages, sha256 in connection.execute(_KEYS.encode()).fetchall():
            try:
                record = read_record(connection, key, dim)
                _check(
                    shards.number_of(article_id) == shard.number, "its id, which names its server,"
                )
                _check(record.article.id == article_id, "its head")
                stems = counts.add(record.article, n_passages, sha256)
                _check_columns(connection, key, record.head, stems)
            except (ValueError, TypeError) as error:
                what = f"article {article_id} is damaged: {error}"
                yield Problem(ProblemKind.ARTICLE_DAMAGED, what, article_id)
        if read_totals(connection) != counts.totals or written_counts(connection) != (
            counts.stems,
            counts.forms,
        ):
            yield Problem(ProblemKind.COUNTS_WRONG, f"library {shard.url} counts its words wrongly")


def _check_columns(connection: Connection, key: int, head: Any, stems: list[list[str]]) -> None:
    """Raise ValueError where what is searched of an article is not what its text says."""
    sql = b"SELECT title_key, source_key, date, language FROM articles WHERE key = %s"
    written = connection.execute(sql, [key]).fetchall()
    _check(written == [derived_keys(head)], "its title, source, date or language for filters")
    sql = b"SELECT n_words, stems FROM sentences WHERE article = %s ORDER BY number"
    written = connection.execute(sql, [key]).fetchall()
    of_text = [(len(each), " ".join(each)) for each in stems]
    _check(written == of_text, "the words of its sentences")


def _check(holds: object, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} is not what was written")


def recount_servers(servers: Servers) -> None:
    """Count the words of all articles anew, from their texts; writers wait meanwhile.

    Raises:
        ServerError: a server is gone or holds no library, or the role may not write.
    """
    shards = Shards(servers)
    try:
        shards.each(lambda shard: shard.write(lambda each: _recount(each, shards)), whole=True)
    finally:
        shards.close()


def _recount(connection: Connection, shards: Shards) -> None:
    connection.execute("LOCK TABLE totals IN SHARE ROW EXCLUSIVE MODE")
    counts = Counts()
    for key, _, n_passages, sha256 in connection.execute(_KEYS.encode()).fetchall():
        try:
            record = read_record(connection, key, shards.facts.dim)
        except (ValueError, TypeError):
            continue  # `verify` names it
        counts.add(record.article, n_passages, sha256)
    for table in ("frequencies", "words", "totals"):
        connection.execute(f"DELETE FROM {table}".encode())
    counts.write(connection)
