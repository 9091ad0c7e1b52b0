"""The addresses of a library on PostgreSQL servers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from index.errors import ServerError

SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Servers:
    """The databases of a library, one URL each: its shards, in any order.

    ``allow_missing`` lets those answer that can be reached.
    """

    urls: tuple[str, ...]
    allow_missing: bool = False

    def __str__(self) -> str:
        return " ".join(self.urls)


def is_server(text: str) -> bool:
    """Return whether a text names servers, and no folder."""
    return text.lstrip().startswith(SCHEMES)


def parse_servers(text: str, *, allow_missing: bool = False) -> Servers:
    """Return the servers of URLs that are separated by spaces.

    Raises:
        ServerError: one is no URL of PostgreSQL, is given twice, or has a password in it.
    """
    urls = tuple(text.split())
    for url in urls:
        _check(url)
    if len(set(urls)) < len(urls):
        raise ServerError(text, "must name each database once, got one twice")
    return Servers(urls, allow_missing)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        has_password = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError as error:
        raise ServerError("", f"URL must be as in postgresql://host/name: {error}") from error
    if has_password:
        # The URL itself is not shown: it would put the password into the terminal and its log.
        raise ServerError(
            f"on {parts.hostname or 'a server'}",
            "must have no password in its URL, where other users of the machine see it",
            "give it by PGPASSWORD, ~/.pgpass or a service file",
        )
    if not url.startswith(SCHEMES):
        raise ServerError(url, "must be as in postgresql://host/name, got something else")
