"""Fetching a page of the web; no private address is ever connected to."""

from __future__ import annotations

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
from urllib.parse import SplitResult, quote, urljoin

from index.errors import ArticleError
from index.limits import MAX_BYTES
from index.sources.addresses import is_public
from index.sources.url import PORTS, host_of, shown_url, split_url

MAX_REDIRECTS = 5
FETCH_SECONDS = 28.0
_SOCKET_SECONDS = 10.0
_HEADERS = {
    "User-Agent": "article-qa/0.1",
    "Accept": "text/html, text/plain, application/pdf;q=0.9, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[tuple[str, int], float], socket.socket]


@dataclass(frozen=True, slots=True)
class Page:
    """What is at an address.

    Attributes:
        url: the last one, after redirects.
        media_type: as "text/html".
        charset: the one that the server declares, or an empty string.
        data: unpacked.
    """

    url: str
    media_type: str
    charset: str
    data: bytes = field(repr=False)


def resolve(host: str, port: int) -> list[str]:
    """Return the numeric addresses of a host."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in rows))


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
    """Return the page at an http or https address.

    Each host, also of a redirect, is resolved once; its addresses are checked, and only they are
    connected to.

    Args:
        url: of http or https.
        allow_private: whether addresses inside this machine and its networks may be connected to.
        seconds: the most that all of it may take.
        resolve: returns a host's numeric addresses; tests give another one.
        connect: connects to a numeric address; tests give another one.

    Raises:
        ArticleError: the address is refused, does not answer, or gives too much.
    """
    work = _Fetch(allow_private, monotonic() + seconds, resolve, connect)
    thread = Thread(target=work.run, args=(url,), daemon=True)
    thread.start()
    thread.join(seconds)
    late = thread.is_alive()
    work.close()  # a thread that still reads is cut off
    if isinstance(work.result, Page) and not late:
        return work.result
    reason = f"it took more than {seconds:g} s" if late else work.result
    raise ArticleError(f"cannot be fetched: {reason}", shown_url(url))


@dataclass(slots=True)
class _Fetch:
    """One fetch, in a thread of its own that can be cut off."""

    allow_private: bool
    deadline: float
    resolve: Resolve
    connect: Connect
    result: Page | str | None = None
    open_socket: socket.socket | None = None

    def run(self, url: str) -> None:
        try:
            self.result = self._follow(url)
        except (OSError, HTTPException, ValueError) as error:
            self.result = _one_line(str(error)) or type(error).__name__
        finally:
            self.close()

    def close(self) -> None:
        if self.open_socket is not None:
            with suppress(OSError):  # it was closed already
                self.open_socket.shutdown(socket.SHUT_RDWR)
            self.open_socket.close()

    def _follow(self, url: str) -> Page:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(split_url(url))
            target = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not target:
                return self._page(url, response)
            self.close()
            url = urljoin(url, target.strip())
        raise ValueError(f"it must lead somewhere within {MAX_REDIRECTS} redirects, got more")

    def _get(self, url: SplitResult) -> HTTPResponse:
        """Return the response of a host at one of its checked addresses."""
        host, port = host_of(url), url.port or PORTS[url.scheme]
        addresses = list(self.resolve(host, port))
        if not addresses:
            raise ValueError(f"{host} has no address")
        for address in addresses:
            if not self.allow_private and not is_public(address):
                raise ValueError(
                    f"{host} must have a public address, got {address}; "
                    "give --allow-private to fetch it"
                )
        problem: OSError | None = None
        for address in addresses[:4]:
            try:
                return self._request(url, host, port, address)
            except OSError as error:
                problem = error
        raise problem or OSError("none of its addresses answers")

    def _request(self, url: SplitResult, host: str, port: int, address: str) -> HTTPResponse:
        left = self.deadline - monotonic()
        if left <= 0:
            raise ValueError("it took too long")
        self.open_socket = self.connect((address, port), min(_SOCKET_SECONDS, left))
        if monotonic() > self.deadline:  # fetch() has returned, and closes this socket no more
            raise ValueError("it took too long")
        self.open_socket.settimeout(_SOCKET_SECONDS)
        connection = HTTPConnection(host, port)
        if url.scheme == "https":
            connection = HTTPSConnection(host, port, context=_context())
            secure = _context().wrap_socket(
                self.open_socket, server_hostname=host, do_handshake_on_connect=False
            )
            self.open_socket = secure  # before the handshake, so that it can be cut off
            secure.do_handshake()
        connection.sock = self.open_socket
        target = quote(url.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = quote(url.query, safe="/%:@!$&'()*+,;=~-._?[]")
        connection.request("GET", f"{target}?{query}" if query else target, headers=_HEADERS)
        return connection.getresponse()

    def _page(self, url: str, response: HTTPResponse) -> Page:
        if response.status != 200:
            raise ValueError(f"the server answered {response.status} {response.reason}")
        raw = bytearray()
        while piece := response.read1(65536):
            raw += piece
            if len(raw) > MAX_BYTES:
                raise ValueError(f"it must be at most {MAX_BYTES} bytes, got more")
        if response.length:
            raise ValueError("the connection ended before the page did")
        headers = response.headers
        data = _unpacked(bytes(raw), headers.get("Content-Encoding", "").strip().lower())
        return Page(url, headers.get_content_type(), headers.get_content_charset(""), data)


@cache
def _context() -> ssl.SSLContext:
    """Return what checks certificates: the system's authorities and Mozilla's."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _unpacked(raw: bytes, coding: str) -> bytes:
    """Return a body unpacked: some servers pack it although the request forbids it."""
    if coding in ("", "identity"):
        return raw
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"its Content-Encoding must be gzip or deflate, got {coding[:20]}")
    try:
        unpacker = zlib.decompressobj(wbits=47)  # either header
        data = unpacker.decompress(raw, MAX_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"its compressed content is broken: {error}") from error
    if len(data) > MAX_BYTES:
        raise ValueError(f"it must be at most {MAX_BYTES} bytes, got more")
    return data


def _one_line(text: str) -> str:
    """Return a server's words on one short line, without control characters."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:200]
