"""How the page is served: to whom, and until when."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import TYPE_CHECKING

import typer

from index import ArticleQAError
from qa.page.middleware import is_loopback

if TYPE_CHECKING:
    from qa.article_qa import ArticleQA


def credentials(auth: str | None, host: str, *, allow_public: bool) -> tuple[str, str] | None:
    """Return the name and password that the page asks for; None where it asks for none.

    Raises:
        ArticleQAError: they are not USER:PASSWORD, or a public address has none.
    """
    if auth is None:
        if is_loopback(host) or allow_public:
            return None
        raise ArticleQAError(
            f"a public address needs --auth USER:PASSWORD, got none for {host}; "
            "or say --allow-public"
        )
    name, colon, password = auth.partition(":")
    if not (name and colon and password):
        raise ArticleQAError("--auth must be USER:PASSWORD, got another form")
    return name, password


def serve_forever(
    address: str,
    engine: Future[ArticleQA],
    load: Callable[[], ArticleQA],
    *,
    open_browser: bool | None,
) -> None:
    """Print the address of the page, load its engine, and serve until Ctrl-C.

    Args:
        address: of the page, which answers already.
        engine: takes what ``load`` returns.
        load: makes the engine.
        open_browser: None is yes where a person is at a screen.
    """
    typer.echo(address)
    try:
        if open_browser or (open_browser is None and _has_screen()):
            webbrowser.open(address)
        engine.set_result(load())
        Event().wait()
    except KeyboardInterrupt:
        typer.echo("The page is closed.", err=True)
    finally:
        engine.cancel()  # where it could not be made, nobody waits for it any longer


def _has_screen() -> bool:
    """Return whether a person is at a terminal from which a browser window can be opened."""
    windows = sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))
    return windows and sys.stdout.isatty()
