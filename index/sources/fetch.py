"""Fetching a page of the web, and nothing but that: no private address is ever connected to."""

from __future__ import annotations

import re
import socket
import ssl
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Thread
from time import monotonic
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from index.errors import ArticleError
from index.limits import MAX_BYTES
from index.sources.addresses import is_public

MAX_REDIRECTS = 5
FETCH_SECONDS = 28.0
_SOCKET_SECONDS = 10.0
_MAX_URL = 4000
_PORTS = {"http": 80, "https": 443}
_HEADERS = {
    "User-Agent": "article-qa/0.1",
    "Accept": "text/html, text/plain, application/pdf;q=0.9, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


@dataclass(frozen=True, slots=True)
class Page:
    """What an address gave: its last address after redirects, its type, encoding and bytes."""

    url: str
    media_type: str
    charset: str
    data: bytes = field(repr=False)


def is_url(where: str) -> bool:
    """Return whether a name is an address of any scheme, and not a file's path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", where) is not None


def resolve(host: str, port: int) -> list[str]:
    """Return the numeric addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connect(address: tuple[str, int], timeout: float) -> socket.socket:
    """Return a connection to a numeric address."""
    return socket.create_connection(address, timeout)


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    seconds: float = FETCH_SECONDS,
    resolve: Resolve = resolve,
    connect: Connect = connect,
) -> Page:
    """Return what is at an http or https address.

    Each host, that of a redirect too, is resolved once; its addresses are checked, and those and
    no others are connected to.

    Args:
        url: of http or https.
        allow_private: whether addresses inside this machine and its networks may be asked.
        seconds: after which it is given up, however the time was spent.
        resolve: gives a host's numeric addresses; another one for tests.
        connect: connects to a numeric address; another one for tests.

    Raises:
        ArticleError: the address is refused, does not answer, or gives too much.
    """
    work = _Fetch(allow_private, monotonic() + seconds, resolve, connect)
    thread = Thread(target=work.run, args=(url,), daemon=True)
    thread.start()
    thread.join(seconds)
    late = thread.is_alive()
    work.close()  # a thread that still reads is cut off
    if isinstance(work.found, Page) and not late:
        return work.found
    reason = f"it took more than {seconds:g} s" if late else work.found
    raise ArticleError(f"cannot be fetched: {reason}", _shown(url))


@dataclass(slots=True)
class _Fetch:
    """One fetch, in a thread of its own that can be cut off."""

    allow_private: bool
    deadline: float
    resolve: Resolve
    connect: Connect
    found: Page | str | None = None
    open_socket: socket.socket | None = None

    def run(self, url: str) -> None:
        try:
            self.found = self._follow(url)
        except _RefusedError as error:
            self.found = _plain(str(error))
        except (OSError, HTTPException, ValueError) as error:
            self.found = _plain(str(error)) or type(error).__name__
        finally:
            self.close()

    def close(self) -> None:
        if self.open_socket is not None:
            with suppress(OSError):  # it was closed already
                self.open_socket.shutdown(socket.SHUT_RDWR)
            self.open_socket.close()

    def _follow(self, url: str) -> Page:
        for _ in range(MAX_REDIRECTS + 1):
            parts = _checked(url)
            response = self._get(parts)
            target = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not target:
                return self._page(url, response)
            self.close()
            url = urljoin(url, target.strip())
        raise _RefusedError(f"it must lead somewhere within {MAX_REDIRECTS} redirects, got more")

    def _get(self, parts: SplitResult) -> HTTPResponse:
        """Return the response to a request that goes to a checked address and nowhere else."""
        host, port = _host(parts), parts.port or _PORTS[parts.scheme]
        addresses = list(self.resolve(host, port))
        if not addresses:
            raise _RefusedError(f"{host} has no address")
        for address in addresses:
            if not self.allow_private and not is_public(address):
                raise _RefusedError(
                    f"{host} must have a public address, got {address}; "
                    "say --allow-private if you mean it"
                )
        problem: OSError | None = None
        for address in addresses[:4]:
            try:
                return self._ask(parts, host, port, address)
            except OSError as error:
                problem = error
        raise problem or OSError("no address answers")

    def _ask(self, parts: SplitResult, host: str, port: int, address: str) -> HTTPResponse:
        left = self.deadline - monotonic()
        if left <= 0:
            raise _RefusedError("it took too long")
        self.open_socket = self.connect((address, port), min(_SOCKET_SECONDS, left))
        if monotonic() > self.deadline:  # nobody waits, nor closes this socket, any longer
            raise _RefusedError("it took too long")
        self.open_socket.settimeout(_SOCKET_SECONDS)
        connection = HTTPConnection(host, port)
        if parts.scheme == "https":
            connection = HTTPSConnection(host, port, context=_context())
            secure = _context().wrap_socket(
                self.open_socket, server_hostname=host, do_handshake_on_connect=False
            )
            self.open_socket = secure  # before the handshake, so that it can be cut off
            secure.do_handshake()
        connection.sock = self.open_socket
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
        connection.request("GET", f"{target}?{query}" if query else target, headers=_HEADERS)
        return connection.getresponse()

    def _page(self, url: str, response: HTTPResponse) -> Page:
        if response.status != 200:
            raise _RefusedError(f"the server said {response.status} {response.reason}")
        raw = bytearray()
        while piece := response.read1(65536):
            raw += piece
            if len(raw) > MAX_BYTES:
                raise _RefusedError(f"it must be at most {MAX_BYTES} bytes, got more")
        if response.length:
            raise _RefusedError("the answer broke off")
        headers = response.headers
        data = _unpacked(bytes(raw), headers.get("Content-Encoding", "").strip().lower())
        return Page(url, headers.get_content_type(), headers.get_content_charset(""), data)


class _RefusedError(Exception):
    """Why an address is not asked, or its answer not taken."""


def _checked(url: str) -> SplitResult:
    """Return the parts of an address that may be asked, with its host's name as on the wire."""
    if len(url) > _MAX_URL or _ODD.search(url):
        raise _RefusedError(
            "it must be a plain address, got spaces, backslashes or too many letters"
        )
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise _RefusedError(
            f"it must begin with http:// or https://, got {parts.scheme or 'neither'}://"
        )
    if "@" in parts.netloc:
        raise _RefusedError("it must carry no user name, got one")
    if not parts.hostname:
        raise _RefusedError("it must name a host, got none")
    _ = parts.port  # raises ValueError where it is none
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host as it is looked up, asked for and shown its certificate under."""
    host = (parts.hostname or "").removesuffix(".")
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise _RefusedError(f"it must name a host, got {host[:80]!r}") from error


@cache
def _context() -> ssl.SSLContext:
    """Return what checks certificates: the system's authorities and Mozilla's."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _unpacked(raw: bytes, coding: str) -> bytes:
    """Return a body as it was before a server packed it, although it was asked not to."""
    if coding in ("", "identity"):
        return raw
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise _RefusedError(f"its packing must be gzip or deflate, got {coding[:20]}")
    try:
        unpacker = zlib.decompressobj(wbits=47)  # either header
        data = unpacker.decompress(raw, MAX_BYTES + 1)
    except zlib.error as error:
        raise _RefusedError(f"its packing is broken: {error}") from error
    if len(data) > MAX_BYTES:
        raise _RefusedError(f"it must be at most {MAX_BYTES} bytes, got more")
    return data


def _plain(said: str) -> str:
    """Return what a server may have said on one line, short, without what commands a terminal."""
    return "".join(c for c in " ".join(said.split()) if c.isprintable())[:200]


def _shown(url: str) -> str:
    """Return an address in an error: on one line, and not too long; no password is repeated."""
    plain = re.sub(r"//[^/@]*@", "//…@", "".join(c for c in url if c.isprintable()))
    return plain if len(plain) <= 200 else f"{plain[:200]} …"
