"""The addresses of a library on PostgreSQL servers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from index.errors import ServerError

# Hosts with their ports, as libpq takes several; an address of version 6 stands in brackets.
_HOSTS = re.compile(r"((^|,)([^\[\]:,#@]*|\[[^\[\]@#]*\])(:\d*)?)*")
_SCHEMES = ("postgresql://", "postgres://")


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
    """Return whether a text names servers, rightly or not, and no folder."""
    return bool(re.match(r"\s*postgres[\w+]*://", text, re.IGNORECASE))


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
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    authority, _, name = before.partition("/")
    user, _, hosts = authority.rpartition("@")
    options = {unquote(each.partition("=")[0]) for each in query.split("&")}
    if (
        f"{scheme}://" not in _SCHEMES
        or ":" in user
        or not _HOSTS.fullmatch(hosts)
        or "@" in name
        or options & {"password", "sslpassword"}
        or any("@" in option for option in options)
    ):
        # The URL is not shown: what is not as it must be may be a password, as in ann:pass/word@host,
        # and would be in the terminal and its log.
        raise ServerError(
            "URL of PostgreSQL",
            "must be as in postgresql://user@host:5432/name, with no password in it, where other users of "
            "the machine see it",
            "give it by PGPASSWORD, ~/.pgpass or a service file",
        )
