"""Libraries by where they lie: a folder's path, or the URLs of PostgreSQL servers.

What a folder or a server needs is imported once one is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from index.article_index import ArticleIndex
from index.errors import ArticleQAError
from index.postgres.servers import Servers, is_server, parse_servers
from index.store import Store
from index.types import Encoder

if TYPE_CHECKING:
    from index.library.facts import Facts
    from index.library.library import Library
    from index.library.problems import Problem
    from index.library.record import Head
    from index.postgres.server_library import ServerLibrary

Location = str | Path


def servers_of(where: Location, *, allow_missing: bool = False) -> Servers | None:
    """Return the servers that a text names, None where it is a folder's path.

    Raises:
        ServerError: a URL has a password in it, or is none.
        ArticleQAError: what speaks to servers is not installed.
    """
    if isinstance(where, Path) or not is_server(where):
        return None
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        raise ArticleQAError(
            "the package psycopg must be installed, got none; run `pip install '.[postgres]'`"
        )
    return parse_servers(where, allow_missing=allow_missing)


def open_store(
    where: Location, encoder: Encoder | None = None, *, allow_missing: bool = False
) -> Store:
    """Return a library to be asked.

    Args:
        where: its folder, or the URLs of its servers, separated by spaces.
        encoder: must be the one that made it; None takes the one that it names.
        allow_missing: ask the servers that can be reached, where one cannot.

    Raises:
        IndexFolderError: it is none, is damaged, cannot be reached, or another encoder made it.
    """
    if servers := servers_of(where, allow_missing=allow_missing):
        from index.postgres.server_store import ServerStore

        return ServerStore(servers, encoder)
    return ArticleIndex.load(where, encoder)


def reopen_store(store: Store, where: Location) -> Store:
    """Return a store as its library is now; on servers a store is always current."""
    return store if servers_of(where) else open_store(where, store.encoder)


def open_library(
    where: Location,
    encoder: Encoder | None = None,
    *,
    waiting: Callable[[], None] = lambda: None,
    must_exist: bool = False,
    facts: Facts | None = None,
) -> Library | ServerLibrary:
    """Return a library to be written, in a ``with`` block.

    Args:
        where: its folder, or the URLs of its servers, separated by spaces.
        encoder: None takes the one that it was made with, or else the default.
        waiting: called once where another writer is at a folder.
        must_exist: refuse to make a new one.
        facts: those of a new one, as of a library that is copied; None is today's.

    Raises:
        ServerError: a URL has a password in it, or is none.
    """
    if servers := servers_of(where):
        from index.postgres.server_library import ServerLibrary

        return ServerLibrary(servers, encoder, must_exist=must_exist, facts=facts)
    from index.library.layout import check_is_there
    from index.library.library import Library

    if must_exist:
        check_is_there(Path(where))
    return Library(where, encoder, waiting=waiting, facts=facts)


def check_location(where: Location) -> None:
    """Raise IndexFolderError where a library obviously cannot be made or written."""
    if not servers_of(where):
        from index.library.layout import refuse_foreign

        refuse_foreign(Path(where))


def list_articles(where: Location) -> Sequence[Head]:
    """Return the heads of the articles that a library can be searched for; empty where none is.

    Raises:
        IndexFolderError: it is no library, is damaged, or cannot be reached.
    """
    if servers_of(where):
        with open_library(where, must_exist=True) as library:
            return library.heads()
    from index.library import stored_articles

    return stored_articles.list_articles(where)


def unpublished(where: Location) -> str | None:
    """Return a line where stored articles of a folder are not published and nobody is writing."""
    if servers_of(where):
        return None
    from index.library import manifest

    return manifest.unpublished(where)


def verify(where: Location) -> list[Problem]:
    """Return all damage of a library; an intact one has none.

    Raises:
        IndexFolderError: it is no library, or cannot be reached.
    """
    if servers := servers_of(where):
        from index.postgres.server_checks import verify_servers

        return verify_servers(servers)
    from index.library import repair

    return repair.verify(where)


def rebuild(where: Location) -> None:
    """Rebuild what searches a library from its articles, encoding nothing.

    Raises:
        IndexFolderError: an article is damaged, or it cannot be written.
    """
    if servers := servers_of(where):
        from index.postgres.server_checks import recount_servers

        recount_servers(servers)
        return
    from index.library import repair

    repair.rebuild(where)
