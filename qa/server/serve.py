"""How the programs' routes are served: to whom, and until when."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any

from index import ArticleQAError
from qa.page.middleware import is_loopback

if TYPE_CHECKING:
    from qa.article_qa import ArticleQA

MIN_KEY = 16
STOP_S = 20


def checked_key(key: str | None, host: str, *, allow_public: bool) -> str | None:
    """Return the key that programs must send; None where they need none.

    Raises:
        ArticleQAError: the key is short, or a public address has none.
    """
    if key is None:
        if is_loopback(host) or allow_public:
            return None
        raise ArticleQAError(
            f"a public address needs --api-key KEY, got none for {host}; or say --allow-public"
        )
    if len(key) < MIN_KEY or not (key.isascii() and key.isprintable()) or " " in key:
        raise ArticleQAError(
            f"--api-key must be at least {MIN_KEY} ASCII characters without spaces, "
            f"got {len(key)}; make one with `openssl rand -hex 16`"
        )
    return key


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise ArticleQAError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise ArticleQAError(
            f"port must be free, got {port} on {host} ({reason}); give another with --port"
        ) from error
    return listening


def serve_until_stopped(
    app: Any, listening: socket.socket, engine: Future[ArticleQA], load: Callable[[], ArticleQA]
) -> None:
    """Serve until SIGTERM or Ctrl-C; what is being answered then is answered first.

    Args:
        app: the ASGI application.
        listening: where it is served.
        engine: takes what ``load`` returns; until then the server says that it is not ready.
        load: makes the engine.

    Raises:
        ArticleQAError: the engine cannot be made.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=500,
        timeout_graceful_shutdown=STOP_S,
    )
    server = uvicorn.Server(config)

    def load_engine() -> None:
        try:
            engine.set_result(load())
        except BaseException as error:  # noqa: BLE001 - raised in the main thread
            engine.set_exception(error)
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):  # once it has stopped, uvicorn sends them again
        signal.signal(number, lambda *_: None)
    Thread(target=load_engine, daemon=True).start()
    server.run(sockets=[listening])
    if engine.done() and (error := engine.exception()):
        raise error


def show_requests() -> None:
    """Write a line to stderr for each request that programs send."""
    log = logging.getLogger("article_qa.server")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
