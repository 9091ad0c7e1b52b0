"""The commands that serve programs: by HTTP, and an assistant on stdin and stdout."""

from __future__ import annotations

from concurrent.futures import Future
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import AnswerOptions, ApiKey, ArticleOptions, Host, with_options
from qa.cli.streams import say
from qa.errors import ArticleQAError

if TYPE_CHECKING:
    from qa.article_qa import ArticleQA

DEFAULT_PORT = 7860


@with_options
def serve_programs(
    *,
    articles: ArticleOptions,
    answers: AnswerOptions,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port.")] = DEFAULT_PORT,
    api_key: ApiKey = None,
    allow_public: Annotated[
        bool, typer.Option("--allow-public", help="Serve on a public address without --api-key.")
    ] = False,
    root_path: Annotated[
        str | None,
        typer.Option(
            "--root-path", metavar="URL", help="Where a proxy serves it: https://NAME/PATH."
        ),
    ] = None,
) -> None:
    """Serve programs and assistants by HTTP.

    `ui` serves the page, too.

    POST /v1/ask, /v1/retrieve, /v1/ask/batch; /v1/articles; OpenAI's /v1/chat/completions; tools
    of assistants at /mcp; /healthz, /readyz, /metrics. One line a request on stderr. Exit
    status: 0 stopped, 2 error.
    """
    from qa.page.middleware import is_loopback, own_names
    from qa.page.service import Service
    from qa.server.app import build_programs, build_server
    from qa.server.links import Links, public_url
    from qa.server.serve import bind, checked_key, serve_until_stopped, show_requests

    key = checked_key(api_key, host, allow_public=allow_public)
    writer = answers.open_writer()
    if root_path and not public_url(root_path):
        raise ArticleQAError(
            f"--root-path must be https://NAME/PATH, for links and host names, got {root_path}"
        )
    with bind(host, port) as listening:
        opened, load = articles.open(answers.settings())
        engine: Future[ArticleQA] = Future()
        programs = build_programs(
            Service(opened, engine, writer),
            folder=articles.index,
            editable=key is not None or is_loopback(host),
            links=Links(public_url(root_path), key),
        )
        show_requests()
        typer.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        app = build_server(programs, own_names(host, root_path), key)
        serve_until_stopped(app, listening, engine, load)
    say("The server is stopped.")


@with_options
def serve_assistant(
    *,
    articles: ArticleOptions,
    answers: AnswerOptions,
) -> None:
    """Serve an assistant by MCP, on stdin and stdout."""
    if find_spec("mcp") is None:
        raise ArticleQAError(
            "the package mcp must be installed, got none; run `pip install '.[mcp]'`"
        )
    from qa.page.service import Service
    from qa.server.links import Links
    from qa.server.mcp_server import build_mcp

    writer = answers.open_writer()
    opened, load = articles.open(answers.settings())
    engine: Future[ArticleQA] = Future()
    engine.set_result(load())
    build_mcp(Service(opened, engine, writer), Links()).run()
