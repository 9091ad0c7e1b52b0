"""A shard: one database of a library, asked and written over connections that may break."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from index.errors import ServerError

if TYPE_CHECKING:
    Connection = psycopg.Connection[tuple[Any, ...]]

T = TypeVar("T")
DatabaseError = psycopg.Error  # of a connection that ``connect`` gave

SCHEMA = "article_qa"
N_CONNECTIONS = 8
# Seconds before each retry of a broken connection: a server needs some to restart after a crash.
# A cut network ends an attempt after about 15.
_WAITS = (0.2, 1.0, 3.0)
_DEFAULTS = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "article-qa",
}
# Each query is planned for its own words: how many sentences have a word differs a lot.
_SETTINGS = (
    "SET jit = off",
    "SET plan_cache_mode = force_custom_plan",
    "SET hnsw.iterative_scan = strict_order",
    # Parallel workers would read all word sets of a question at once, and LIMIT could cut the best.
    "SET max_parallel_workers_per_gather = 0",
    "SET client_min_messages = error",
    # The server, too, must notice a lost client, whose open transaction would block its retry.
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 3",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 15000",
)
# SQLSTATE classes and codes that are worth a retry; a broken connection has no SQLSTATE.
_TRANSIENT = ("08", "57P01", "57P02", "57P03", "53300", "40001", "40P01")
# Beginnings of SQLSTATEs, what is the matter, and what to do.
_PROBLEMS = (
    ("42501", "refuses", "use another role"),
    ("57014", "took longer than it allows", "raise its statement_timeout or ask less at once"),
    ("53", "has no room", "what was there before is unchanged"),
)
# A refused connection has no SQLSTATE either, so its English message is matched; where the server
# speaks another language, the refused connection is retried in vain.
_REFUSALS = (
    "authentication failed",
    "does not exist",
    "pg_hba.conf",
    "no password supplied",
    "does not support SSL",
    "certificate",
)


class Shard:
    """One database; ``run`` does work on one of its connections and retries where that breaks."""

    def __init__(self, url: str) -> None:
        """Connect, so that a server that is not there is known at once.

        Raises:
            ServerError: it cannot be reached, or refuses.
        """
        self.url = url
        self.number = 0  # among the shards of its library, once that is known
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            raise ServerError(url, f"must be a URL of PostgreSQL: {first_line(error)}") from error
        defaults: dict[str, Any] = {k: v for k, v in _DEFAULTS.items() if k not in given}
        self._conninfo = make_conninfo(url, **defaults)
        self.connect().close()
        # What is logged there is raised here, with the reason.
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        self._pool = ConnectionPool(
            self._conninfo,
            min_size=0,
            max_size=N_CONNECTIONS,
            open=True,
            timeout=5,
            reconnect_timeout=5,
            configure=_configure,
            kwargs={"autocommit": True},
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def connect(self) -> Connection:
        """Return a connection outside of the pool, for use beyond one ``run``.

        Raises:
            ServerError: the server cannot be reached, or refuses.
        """
        return self._again(self._connect)

    def _connect(self) -> Connection:
        connection = psycopg.connect(self._conninfo, autocommit=True)
        _configure(connection)
        return connection

    def run(self, work: Callable[[Connection], T]) -> T:
        """Return the result of some work on a connection; the work must be idempotent.

        Raises:
            ServerError: the server is gone, or does not do it.
        """

        def on_connection() -> T:
            with self._pool.connection() as connection:
                return work(connection)

        return self._again(on_connection)

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Return the rows that a statement selects.

        Raises:
            ServerError: the server is gone, or does not do it.
        """
        return self.run(lambda connection: _fetch(connection, sql, values))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Return the result of some work, done in one transaction.

        Raises:
            ServerError: the server is gone, or does not do it.
        """

        def in_transaction(connection: Connection) -> T:
            with connection.transaction():
                return work(connection)

        return self.run(in_transaction)

    def _again(self, work: Callable[[], T]) -> T:
        for wait in (*_WAITS, None):
            try:
                try:
                    return work()
                except PoolTimeout:
                    self.connect().close()  # raises what is wrong, where that is known
                    raise
            except psycopg.Error as error:
                if wait is None or not _is_transient(error):
                    raise self._problem(error) from error
                time.sleep(wait)
                if hasattr(self, "_pool"):
                    self._pool.drain()  # after a restart all of its connections are broken
        raise AssertionError  # the last wait is None

    def _problem(self, error: psycopg.Error) -> ServerError:
        if isinstance(error, PoolTimeout):
            return ServerError(self.url, "has no connection left", "try again")
        if _is_refusal(error):
            reason = first_line(error).rpartition("failed: ")[2].removeprefix("FATAL:").strip()
            return ServerError(
                self.url,
                f"refuses: {reason}",
                "check its name, the user, PGPASSWORD or ~/.pgpass, and sslmode",
            )
        state = error.sqlstate or ""
        for prefix, what, remedy in _PROBLEMS:
            if state.startswith(prefix):
                return ServerError(self.url, f"{what}: {first_line(error)}", remedy)
        is_gone = isinstance(error, psycopg.OperationalError)
        what = "cannot be reached" if is_gone else "does not do it"
        return ServerError(self.url, f"{what}: {first_line(error)}")


def _fetch(connection: Connection, sql: str, values: Any) -> list[tuple[Any, ...]]:
    return connection.cursor(binary=True).execute(sql.encode(), values).fetchall()


def _configure(connection: Connection) -> None:
    connection.execute("; ".join(_SETTINGS).encode())
    # pgvector's types are in the schema that the administrator chose.
    rows = connection.execute(
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'vector'"
    ).fetchall()
    path = ", ".join((SCHEMA, *(row[0] for row in rows), "public"))
    connection.execute(f"SET search_path = {path}".encode())


def _is_transient(error: psycopg.Error) -> bool:
    if error.sqlstate:
        return error.sqlstate.startswith(_TRANSIENT)
    return isinstance(error, psycopg.OperationalError) and not _is_refusal(error)


def _is_refusal(error: psycopg.Error) -> bool:
    if error.sqlstate or not isinstance(error, psycopg.OperationalError):
        return False
    return any(words in first_line(error) for words in _REFUSALS)


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or its kind where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
