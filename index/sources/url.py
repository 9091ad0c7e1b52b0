"""Addresses of the web: which may be fetched, under which host's name, and how one is shown."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
_MAX_URL = 4000
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")


def is_url(where: str) -> bool:
    """Return whether a name is an address of any scheme, and not a file's path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", where) is not None


def split_url(url: str) -> SplitResult:
    """Return the components of an address that may be fetched.

    Raises:
        ValueError: it may not; the message begins with "it".
    """
    if len(url) > _MAX_URL or _ODD.search(url):
        raise ValueError("it must be an address, got spaces, backslashes or too many letters")
    split = urlsplit(url)
    if split.scheme not in PORTS:
        raise ValueError(
            f"it must begin with http:// or https://, got {split.scheme or 'neither'}://"
        )
    if "@" in split.netloc:
        raise ValueError("it must carry no user name, got one")
    if not split.hostname:
        raise ValueError("it must name a host, got none")
    _ = split.port  # raises ValueError where it is none
    return split


def host_of(url: SplitResult) -> str:
    """Return the name under which a host is looked up, requested and certified.

    Raises:
        ValueError: it is no name.
    """
    host = (url.hostname or "").removesuffix(".")
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"it must name a host, got {host[:80]!r}") from error


def shown_url(url: str) -> str:
    """Return an address for an error: on one line, at most 201 characters, without a password."""
    shown = re.sub(r"//[^/@]*@", "//…@", "".join(c for c in url if c.isprintable()))
    return shown if len(shown) <= 200 else f"{shown[:200]} …"
