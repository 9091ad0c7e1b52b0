"""The routes of programs put together, to stand beside the page's or alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from index import Location
from qa.page.middleware import Guard
from qa.page.render import render_export
from qa.page.service import Service
from qa.server.api import PREFIX, build_api
from qa.server.collection import Collection
from qa.server.links import PASS, Links
from qa.server.metrics import Metrics
from qa.server.problems import NotReadyError, problem
from qa.server.requests_log import Observed

GREETING = """article-qa answers programs here.

POST /v1/ask                {"question": "…"}
POST /v1/chat/completions   as OpenAI's clients send it
GET  /v1/openapi.json       every route
     /mcp                   tools of assistants
"""
# The page of an article has its styles in it and nothing else.
_ARTICLE_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


@dataclass(frozen=True, slots=True)
class Programs:
    """The routes of programs, and what must run while they are served."""

    routes: list[BaseRoute]
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]]


def build_programs(
    service: Service,
    *,
    folder: Location | None = None,
    editable: bool = False,
    links: Links | None = None,
) -> Programs:
    """Return the routes over a service.

    Args:
        service: answers, within its queue.
        folder: of the library that it asks, where it asks one.
        editable: whether programs may add articles and take some out.
        links: makes the addresses of cited sentences.
    """
    links = links or Links()
    metrics = Metrics(service)
    observed = [Middleware(Observed, metrics)]
    collection = Collection(service, folder) if editable else None

    def show_article(request: Request) -> Response:
        article_id = request.path_params["article_id"]
        if not links.opens(article_id, request.query_params.get(PASS, "")):
            return problem(403, "Article is shown to those who follow the link of a citation")
        article = service.corpus.find(article_id)
        if article is None:
            return problem(404, "Article is not asked here any longer")
        return HTMLResponse(render_export((), [article]), headers=_ARTICLE_HEADERS)

    def live(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    def ready(_: Request) -> Response:
        if service.engine_is_loaded():
            return PlainTextResponse("ready\n")
        return problem(503, str(NotReadyError()))

    routes: list[BaseRoute] = [
        Mount(PREFIX, build_api(service, collection, links), middleware=observed),
        Route("/articles/{article_id}", show_article, middleware=observed),
        Route("/metrics", metrics.show, middleware=observed),
        Route("/healthz", live),
        Route("/readyz", ready),
    ]
    if find_spec("mcp") is None:
        return Programs(routes, _nothing)
    from qa.server.mcp_server import build_mcp, mcp_route

    server = build_mcp(service, links)
    routes.append(mcp_route(server, observed))
    return Programs(routes, lambda _: server.session_manager.run())


@asynccontextmanager
async def _nothing(_: Any) -> AsyncIterator[None]:
    yield


def build_server(programs: Programs, names: set[str], key: str | None) -> Starlette:
    """Return the application that serves the routes alone, without the page."""

    def greet(_: Request) -> Response:
        return PlainTextResponse(GREETING)

    return Starlette(
        routes=[*programs.routes, Route("/", greet)],
        lifespan=programs.lifespan,
        middleware=[Middleware(Guard, names=names, programs=True, key=key)],
    )
