"""The page's own HTML, styles and scripts, before Gradio: an ASGI application around another.

Gradio serves the queue, the sessions, the login and the programs' endpoints; what a browser shows is
ours. All answers are compressed, those that stream too.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from qa.page.middleware import App, Receive, Scope, Send, own_path

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg+xml")
_FOR_EVER = "public, max-age=31536000, immutable"
_LOGIN_CHECK = "/gradio_api/login_check"

Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent: its bytes, as they are and compressed, with their ETag."""

    media_type: str
    body: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, text: str, media_type: str = "text/html; charset=utf-8") -> File:
        """Return a file of a text."""
        body = text.encode("utf-8", "replace")
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return cls(media_type, body, gzip.compress(body, 9, mtime=0), tag)


@cache
def scripts_and_styles() -> dict[str, File]:
    """Return what the page loads, by name."""
    folder = files("qa").joinpath("page", "assets")
    return {
        item.name: File.of(item.read_text(encoding="utf-8"), TYPES[suffix])
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if (suffix := item.name.rpartition(".")[2]) in TYPES
    }


@cache
def version() -> str:
    """Return a short name that differs where a script or a style does; it stands in their addresses."""
    tags = "".join(file.tag for file in scripts_and_styles().values())
    return hashlib.sha256(tags.encode()).hexdigest()[:12]


class Frontend:
    """Answers requests for the page, its login and its files, and hands all others on."""

    def __init__(self, app: App, page: Callable[[], File], login: File) -> None:
        """Stand before an application.

        Args:
            app: answers everything else, and whether a request is logged in.
            page: gives what is shown at the root.
            login: what is shown there to whoever must log in first.
        """
        self._app = app
        self._page = page
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on and compress what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, reads = own_path(scope), scope["method"] in ("GET", "HEAD")
        if reads and path == "":  # relative addresses need the slash
            await _redirect(send, f"{scope['path'].rpartition('/')[2]}/")
        elif reads and path == "/":
            welcome = await self._is_welcome(scope)
            await _send(scope, send, self._page() if welcome else self._login, "no-cache")
        elif reads and (file := _file_at(path)):
            await _send(scope, send, file, _FOR_EVER)
        else:
            await self._app(scope, receive, Packed(scope, send) if _packs(scope) else send)

    async def _is_welcome(self, scope: Scope) -> bool:
        """Return whether a request is logged in, or need not be."""
        status = 500
        asked = {**scope, "path": scope["path"].rstrip("/") + _LOGIN_CHECK, "method": "GET"}
        asked["raw_path"] = asked["path"].encode()

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def take(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        await self._app(asked, nothing, take)
        return status < 400


class Packed:
    """Sends a response compressed, each of its pieces at once."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send: Callable[[Message], Awaitable[None]] = send
        self._head = scope["method"] == "HEAD"
        self._packer: Any = None

    async def __call__(self, message: Message) -> None:
        """Send a message of a response on."""
        if message["type"] == "http.response.start":
            headers = [(k.lower(), v) for k, v in message.get("headers", ())]
            named = dict(headers)
            media_type = named.get(b"content-type", b"").decode("latin-1")
            if media_type.startswith(_COMPRESSED) and b"content-encoding" not in named:
                self._packer = None if self._head else zlib.compressobj(6, wbits=31)
                headers = [(k, v) for k, v in headers if k != b"content-length"]
                headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
                message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and self._packer:
            more = message.get("more_body", False)
            body = self._packer.compress(message.get("body", b""))
            body += self._packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
            message = {**message, "body": body}
        await self._send(message)


def _file_at(path: str) -> File | None:
    folder, _, name = path.removeprefix("/").rpartition("/")
    return scripts_and_styles().get(name) if folder == f"assets/{version()}" else None


def _headers(scope: Scope) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}


def _packs(scope: Scope) -> bool:
    return "gzip" in _headers(scope).get("accept-encoding", "")


async def _send(scope: Scope, send: Send, file: File, caching: str) -> None:
    packed = _packs(scope)
    body = file.packed if packed else file.body
    headers = [
        (b"content-type", file.media_type.encode()),
        (b"etag", file.tag.encode()),
        (b"cache-control", caching.encode()),
        (b"vary", b"accept-encoding, cookie"),
    ]
    known = _headers(scope).get("if-none-match", "") == file.tag
    if not known:
        headers.append((b"content-length", b"%d" % len(body)))
        headers += [(b"content-encoding", b"gzip")] if packed else []
    await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
    sent = b"" if known or scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent})


async def _redirect(send: Send, to: str) -> None:
    headers = [(b"location", to.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
