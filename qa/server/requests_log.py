"""The middleware around each route of programs: limits of size and time, a line in the log, a count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from typing import Any

from qa.page.middleware import MAX_BODY, App, Receive, Scope, Send, log, request_line
from qa.server.metrics import Metrics
from qa.server.problems import problem

MAX_JSON = 4_000_000
MAX_BODY_S = 20.0
_LARGE = "/articles"  # files come there
FAULT = 500
_GONE = 499  # the client went before it was answered


class Observed:
    """An ASGI application around another that reads each body itself, within limits."""

    def __init__(self, app: App, metrics: Metrics, *, max_body_s: float = MAX_BODY_S) -> None:
        """Take what answers, what counts, and how many seconds a body may take to come."""
        self._app, self._metrics, self._max_body_s = app, metrics, max_body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, log it and count it."""
        began, status = time.perf_counter(), _GONE

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            large = scope["path"].rstrip("/").endswith(_LARGE)
            body = await self._read(receive, MAX_BODY if large else MAX_JSON)
            if isinstance(body, bytes):
                await self._app(_without_proxy(scope), _replayed(body, receive), noted)
            elif body:
                await problem(*body)(scope, receive, noted)
        except Exception:
            log.exception("%s failed", request_line(scope))
            if status == _GONE:
                await problem(500, "The server failed; its log says why")(scope, receive, noted)
            elif status != FAULT:  # a response that has begun must end as broken
                raise
        finally:
            seconds = time.perf_counter() - began
            self._metrics.count_request(scope["path"], scope["method"], status, seconds)
            log.info("%s %d %.0f ms", request_line(scope), status, seconds * 1000)

    async def _read(self, receive: Receive, limit: int) -> bytes | tuple[int, str] | None:
        """Return a body; the status and reason where it is refused; None where the client is gone."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._max_body_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > limit:
                        return 413, f"Body must be at most {limit:,} bytes"
                    more = message.get("more_body", False)
        except TimeoutError:
            return 408, f"Body must come within {self._max_body_s:.0f} seconds"
        return bytes(body)


def _without_proxy(scope: Scope) -> Scope:
    """Return a scope whose root is in its path: a proxy has taken off the path under which it serves."""
    root = scope.get("root_path", "")
    if scope["path"].startswith(root):
        return scope
    return {**scope, "root_path": root.removeprefix(scope.get("app_root_path", ""))}


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what hands on a body that was read, and then whether the client is still there."""
    parts = [body]

    async def replay() -> MutableMapping[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return replay
