"""The middleware before the page and the programs' routes: which requests it takes, and from where.

An ASGI application around another. It lets requests through only on the paths that the page and
programs need (no file is ever served or uploaded), only to the page's own host names (against DNS
rebinding), from programs only with their key, and, if they change something, only from the page or
from no page. It limits bytes and tries to log in. A refusal is a problem (RFC 9457).
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

PROBLEM = "application/problem+json"
MAX_BODY = 16_000_000
MAX_BODIES = 64_000_000
MAX_LOGINS = 5
LOGIN_WINDOW_S = 60.0
_MAX_CLIENTS = 10_000
_PATHS = re.compile(
    r"|/(?:assets/[0-9a-f]+/[\w.-]+|config/?|robots\.txt"
    r"|login/?|logout|login_check/?|user/?"
    r"|gradio_api/(?:queue/(?:join|data)|info/?|startup-events|heartbeat/\w+|cancel|reset/?|app_id/?"
    r"|user/?|token/?|login_check/?|call/.*|config/?))?"
)
# Paths of programs: the first need the key, where there is one, the second do not.
_PROGRAM_PATHS = re.compile(r"/(?:v1/.*|mcp/?|metrics)")
_OPEN_PATHS = re.compile(r"/(?:healthz|readyz|articles/\w+)")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

log = logging.getLogger("article_qa.server")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Refuses requests that the page does not send, from elsewhere, or too many."""

    def __init__(
        self, app: App, names: Iterable[str], *, programs: bool = False, key: str | None = None
    ) -> None:
        """Stand before an application.

        Args:
            app: what is guarded.
            names: the host names under which it is served; an empty one stands for any address
                written in numbers.
            programs: whether the routes of programs are there.
            key: what programs must send as a bearer token; None is nothing.
        """
        self._app = app
        self._programs, self._key = programs, key
        self._names = {name.lower() for name in names}
        self._n_bytes = 0
        self._logins: dict[str, list[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refusal = (
            self._foreign(scope, headers)
            or self._keyless(scope, headers)
            or self._excess(scope, headers)
        )
        if refusal is None:
            await self._pass(scope, receive, send)
        elif scope["type"] == "http":
            log.info("%s %d %s", request_line(scope), *refusal)
            await _answer(send, *refusal)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _foreign(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[int, str] | None:
        """Return status and reason where a request is not one of the page's own."""
        path, host = own_path(scope), headers.get("host", "")
        called = self._programs and bool(_PROGRAM_PATHS.fullmatch(path))
        known = called or _PATHS.fullmatch(path) or (self._programs and _OPEN_PATHS.fullmatch(path))
        if not self._is_own(host):
            return 421, "Host is not this page's; serve it under that name with --root-path URL"
        if scope["type"] != "http" or not known:
            return 404, "Nothing is here; a proxy must take off the path under which it serves"
        if scope["method"] not in ("GET", "HEAD", "POST", "OPTIONS") and not called:
            return 405, "Method is not allowed"
        origin = headers.get("origin")
        if (
            scope["method"] != "GET"
            and origin is not None
            and not self._is_own_origin(origin, host)
        ):
            return 403, "Origin is not this page"
        return None

    def _keyless(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[int, str] | None:
        """Return status and reason where a program lacks the key."""
        if self._key is None or not _PROGRAM_PATHS.fullmatch(own_path(scope)):
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self._key.encode())
        if same and scheme.lower() == "bearer":
            return None
        return 401, "Key is missing or wrong; send the header Authorization: Bearer KEY"

    def _excess(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[int, str] | None:
        """Return status and reason where a request is one too many, or too large."""
        if (
            scope["path"].rstrip("/").endswith("/login")
            and scope["method"] == "POST"
            and not self._may_try(scope)
        ):
            return 429, "Too many tries to log in; wait a minute"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY:
            return 413, f"Body must be at most {MAX_BODY} bytes"
        if self._n_bytes + int(length) > MAX_BODIES:
            return 503, "Busy: too much is being uploaded; try again in a moment"
        return None

    def _is_own(self, host: str) -> bool:
        written = _HOST.fullmatch(host)
        name = written[1].strip("[]").lower() if written else ""
        return bool(name) and (name in self._names or ("" in self._names and _is_number(name)))

    def _is_own_origin(self, origin: str, host: str) -> bool:
        url = urlsplit(origin)
        same = url.netloc.lower() == host.lower()
        named = (url.hostname or "") in self._names - LOOPBACK and url.scheme == "https"
        return url.scheme in ("http", "https") and (same or named)

    def _may_try(self, scope: Scope) -> bool:
        """Count a try to log in; it is taken off again where it succeeds."""
        client, now = _client(scope), time.monotonic()
        tries = [t for t in self._logins.pop(client, ()) if t > now - LOGIN_WINDOW_S]
        allowed = len(tries) < MAX_LOGINS
        if len(self._logins) >= _MAX_CLIENTS:
            self._logins.pop(next(iter(self._logins)))
        self._logins[client] = [*tries, now] if allowed else tries
        return allowed

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, count the bytes it brings and add headers to what goes back."""
        n_read = 0
        login = scope["path"].rstrip("/").endswith("/login") and scope["method"] == "POST"

        async def counted() -> MutableMapping[str, Any]:
            nonlocal n_read
            message = await receive()
            size = len(message.get("body", b""))
            n_read += size
            self._n_bytes += size
            if n_read > MAX_BODY or self._n_bytes > MAX_BODIES:
                return {"type": "http.disconnect"}
            return message

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.decode("latin-1").lower() for name, _ in given}
                own = [(k.encode(), v.encode()) for k, v in _HEADERS.items() if k not in names]
                message["headers"] = [*given, *own]
                if login and message["status"] < 400:
                    self._logins.pop(_client(scope), None)
            await send(message)

        try:
            await self._app(scope, counted, with_headers)
        finally:
            self._n_bytes -= n_read


def own_path(scope: Scope) -> str:
    """Return the path of a request, without the one under which a proxy serves the page."""
    return str(scope["path"].removeprefix(scope.get("root_path") or ""))


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def own_names(host: str, root_path: str | None) -> set[str]:
    """Return the host names of a page on an address; "" is any address written in numbers."""
    names = set(LOOPBACK)
    if not is_loopback(host):
        names |= {"", host.lower()}
    if root_path and (public := urlsplit(root_path).hostname):
        names.add(public)
    return names


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def request_line(scope: Scope) -> str:
    """Return whose request it is and for what, on one line, without its query."""
    return f"{_client(scope)} {scope['method']} {quote(scope['path'][:200])}"


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("?",))[0])


def problem_of(status: int, reason: str) -> dict[str, Any]:
    """Return a problem as RFC 9457 has it, with the member that OpenAI's clients read."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": reason,
        "error": {"message": reason, "type": kind, "code": status},
    }


async def _answer(send: Send, status: int, reason: str) -> None:
    body = json.dumps(problem_of(status, reason)).encode()
    headers = [
        (b"content-type", PROBLEM.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    if status in (429, 503):
        headers.append((b"retry-after", b"60" if status == 429 else b"5"))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
