"""The tables of a library on a server, and the versions of their schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from index.errors import ServerError
from index.library.facts import Facts
from index.postgres.graph import GRAPH
from index.postgres.shard import SCHEMA, Shard

if TYPE_CHECKING:
    from index.postgres.shard import Connection

_LOCK = 0x61716131  # of the session that makes or changes the tables
_LEAST = (160_000, (0, 8))  # PostgreSQL 16, pgvector 0.8

# Heads are JSON in ASCII, for PostgreSQL's texts cannot hold all that a title may; the columns
# beside them are what filters compare. Counts are written as rows that are added up, so that two
# writers never wait for each other; batch 0 is the sum of what was folded.
_TABLES = """
CREATE SEQUENCE batches;
CREATE TABLE facts (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE articles (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    head bytea NOT NULL, text bytea NOT NULL, sentences bytea NOT NULL,
    sha256 bytea NOT NULL, n_sentences int NOT NULL, n_passages int NOT NULL,
    title_key text COLLATE "C" NOT NULL, source_key text COLLATE "C" NOT NULL,
    date text COLLATE "C" NOT NULL, language text COLLATE "C" NOT NULL
);
CREATE INDEX articles_title ON articles (title_key);
CREATE INDEX articles_date ON articles (date);
CREATE INDEX articles_language ON articles (language);
CREATE TABLE origins (
    origin bytea, article bigint REFERENCES articles ON DELETE CASCADE,
    origin_key text COLLATE "C" NOT NULL, PRIMARY KEY (origin, article)
);
CREATE INDEX origins_of ON origins (article);
CREATE TABLE files (origin bytea PRIMARY KEY, sha256 bytea NOT NULL);
CREATE TABLE sentences (
    article bigint REFERENCES articles ON DELETE CASCADE, number int,
    first_passage int NOT NULL, end_passage int NOT NULL, n_words int NOT NULL,
    stems text COLLATE "C" NOT NULL, vector bytea NOT NULL, PRIMARY KEY (article, number)
);
CREATE INDEX sentences_stems ON sentences USING gin (string_to_array(stems, ' '));
CREATE TABLE passages (
    article bigint REFERENCES articles ON DELETE CASCADE, number int,
    first_sentence int NOT NULL, end_sentence int NOT NULL,
    vector halfvec({dim}) NOT NULL, PRIMARY KEY (article, number)
);
{graph};
CREATE TABLE frequencies (
    stem text COLLATE "C", batch bigint, n bigint NOT NULL, PRIMARY KEY (stem, batch)
);
CREATE TABLE words (
    form text COLLATE "C", batch bigint, n bigint NOT NULL, n_capital bigint NOT NULL,
    PRIMARY KEY (form, batch)
);
CREATE TABLE totals (
    batch bigint PRIMARY KEY, n_articles bigint NOT NULL, n_sentences bigint NOT NULL,
    n_passages bigint NOT NULL, n_filled bigint NOT NULL, n_words bigint NOT NULL,
    identities numeric NOT NULL
);
"""
# The statements that make version n + 1 of version n, in order; the first makes the tables.
STEPS: tuple[str, ...] = (_TABLES,)
VERSION = len(STEPS)


def create(shard: Shard, facts: Facts, library: str, number: int, n_shards: int) -> None:
    """Make the tables of a shard where there are none; another writer may do so at once.

    Raises:
        ServerError: the role may not, or the server is too old or lacks pgvector.
    """
    _check_server(shard)

    def work(connection: Connection) -> None:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if _has_tables(connection):
            return
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        for step in STEPS:
            connection.execute(step.format(dim=facts.dim, graph=GRAPH).encode())
        own = {"version": VERSION, "library": library, "shard": number, "n_shards": n_shards}
        values = [(name, str(value)) for name, value in {**asdict(facts), **own}.items()]
        connection.cursor().executemany("INSERT INTO facts VALUES (%s, %s)", values)

    shard.write(work)


def upgrade(shard: Shard) -> None:
    """Bring the tables of a shard to this version, if they are of an older one.

    Raises:
        ServerError: they are of a newer one, or the role may not.
    """

    def work(connection: Connection) -> None:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        rows = connection.execute("SELECT value FROM facts WHERE name = 'version'").fetchall()
        for step in STEPS[int(rows[0][0]) :]:
            connection.execute(step.encode())
        connection.execute("UPDATE facts SET value = %s WHERE name = 'version'", [str(VERSION)])

    if version_of(shard, read_facts(shard)) < VERSION:
        shard.write(work)


def read_facts(shard: Shard) -> dict[str, str]:
    """Return the facts of a shard, nothing where it has no tables.

    Raises:
        ServerError: the server is gone, or the role may not read them.
    """

    def work(connection: Connection) -> dict[str, str]:
        if not _has_tables(connection):
            return {}
        return dict(connection.execute("SELECT name, value FROM facts").fetchall())

    return shard.run(work)


def version_of(shard: Shard, facts: Mapping[str, str]) -> int:
    """Return the version of a shard's tables; raise ServerError where it is newer than this one."""
    version = int(facts["version"])
    if version > VERSION:
        raise ServerError(
            shard.url,
            f"must have tables of version {VERSION}, got {version}",
            "install a newer article-qa",
        )
    return version


def check_version(shard: Shard, facts: Mapping[str, str]) -> None:
    """Raise ServerError where the tables of a shard are of another version than this one."""
    if (version := version_of(shard, facts)) < VERSION:
        raise ServerError(
            shard.url,
            f"must have tables of version {VERSION}, got {version}",
            "`article-qa compact` with the role that owns them brings them up to date",
        )


def library_facts(shard: Shard, facts: Mapping[str, Any]) -> Facts:
    """Return what made the articles of a shard; raise ServerError where it does not say."""
    try:
        return Facts.from_fields(facts)
    except ValidationError as error:
        raise ServerError(shard.url, "is damaged: its facts are not whole") from error


def _has_tables(connection: Connection) -> bool:
    # Read as rows: to_regclass may return a state from before a lock that was waited for.
    return bool(
        connection.execute(
            "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = 'facts'",
            [SCHEMA],
        ).fetchall()
    )


def _check_server(shard: Shard) -> None:
    (version, encoding) = shard.rows(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    )[0]
    if version < _LEAST[0]:
        raise ServerError(shard.url, f"must be PostgreSQL 16 or newer, got {version // 10_000}")
    if encoding != "UTF8":
        raise ServerError(
            shard.url, f"must have the encoding UTF8, got {encoding}", "make another database"
        )
    rows = shard.rows("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
    if not rows:
        raise ServerError(shard.url, "must have pgvector 0.8 or newer, got none")
    if tuple(map(int, rows[0][0].split(".")[:2])) < _LEAST[1]:
        raise ServerError(shard.url, f"must have pgvector 0.8 or newer, got {rows[0][0]}")
