"""The REST API: a FastAPI application of its own, served under /v1."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query
from starlette.responses import Response, StreamingResponse

from index import Article, ArticleError, ArticleQAError, Loaded, heads_of, well_formed
from qa.batch.output import rendered
from qa.batch.question_file import QuestionFile, parse_questions
from qa.page.service import Service
from qa.page.uploads import read_address, read_upload
from qa.server.chat_completions import add_chat
from qa.server.collection import Collection
from qa.server.links import Links
from qa.server.messages import (
    AddedBody,
    AnswerBody,
    ArticleBody,
    ArticlesBody,
    AskBody,
    BatchBody,
    HitsBody,
    NewArticle,
    RetrieveBody,
)
from qa.server.problems import NotReadyError, Problem, add_handlers, problem, responses
from qa.text import to_json
from qa.types import article_dict
from qa.version import program_version

PREFIX = "/v1"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
MAX_LISTED = 1000
COMMON = (401, 404, 405, 408, 413, 422, 429, 503)

ArticleId = Annotated[str, Path(max_length=64, description="As /v1/articles lists it.")]
Offset = Annotated[int, Query(ge=0, le=10**9, description="How many to leave out at first.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED)]


def build_api(service: Service, collection: Collection | None, links: Links) -> FastAPI:
    """Return the API over a service.

    Args:
        service: answers.
        collection: changes the articles; None lets nobody do so.
        links: makes the addresses of cited sentences.
    """
    public = (links.public_url or "").rstrip("/")
    app = FastAPI(
        title="article-qa",
        version=program_version(),
        summary="Answers with the exact sentences of the articles that say so.",
        docs_url=None,
        redoc_url=None,  # both load scripts from other hosts
        responses=responses(*COMMON),
        servers=[{"url": f"{public}{PREFIX}"}] if public else None,
        root_path_in_servers=not public,
    )
    add_handlers(app)
    app.include_router(_questions(service))
    app.include_router(_articles(service, collection))
    add_chat(app, service, links)
    _document_problems(app)
    return app


def ready(service: Service) -> Service:
    """Return the service once its engine is loaded; raise NotReadyError before."""
    if not service.engine_is_loaded():
        raise NotReadyError
    return service


def _questions(service: Service) -> APIRouter:
    router = APIRouter(tags=["questions"])

    @router.post("/ask", response_model=AnswerBody)
    def ask(body: AskBody) -> Response:
        """Answer a question, with the sentences that say so."""
        answer = ready(service).ask(
            body.question, body.history, settings=body.settings, within=body.within
        )
        return _json(answer.to_dict())

    @router.post("/retrieve", response_model=HitsBody)
    def retrieve(body: RetrieveBody) -> Response:
        """Find the passages that best fit a question."""
        hits = ready(service).retrieve(body.question, body.top_k, body.within)
        return _json({"hits": [hit.to_dict() for hit in hits]})

    @router.post(
        "/ask/batch",
        response_class=StreamingResponse,
        responses={200: {"content": {JSON_LINES: {}}, "description": "A record a line."}},
    )
    def ask_batch(body: BatchBody) -> Response:
        """Answer questions in order, a record a line, as ``article-qa batch`` writes them."""
        chunks = ready(service).records(_rows(body), settings=body.settings)
        first = next(chunks)  # where too many wait, before anything is sent
        return StreamingResponse(_lines(chain([first], chunks)), media_type=JSON_LINES)

    return router


def _articles(service: Service, collection: Collection | None) -> APIRouter:
    router = APIRouter(prefix="/articles", tags=["articles"])

    @router.get("", response_model=ArticlesBody)
    def list_articles(offset: Offset = 0, limit: Limit = 100) -> Response:
        """List the articles that are asked."""
        heads = heads_of(service.corpus.articles)
        shown = [article_dict(h) for h in heads[offset : offset + limit]]
        return _json({"articles": shown, "n_articles": len(heads)})

    @router.get("/{article_id}", response_model=ArticleBody)
    def read_article(article_id: ArticleId) -> Response:
        """Return an article with its text and its sentences."""
        article = service.corpus.find(article_id)
        if article is None:
            return problem(404, f"article must be one of those asked, got {article_id!r}")
        return _json(_whole(article))

    @router.post("", response_model=AddedBody, status_code=201, responses=responses(403))
    def add_article(body: NewArticle) -> Response:
        """Add an article, or those of a file: to the library, or in memory until the server stops."""
        if collection is None:
            return problem(403, CLOSED)
        ready(service)
        loaded = _read(body)
        collection.add(loaded.articles)
        added = [article_dict(a) for a in loaded.articles]
        return _json({"articles": added, "left_out": list(loaded.dropped)}, 201)

    @router.delete("/{article_id}", status_code=204, responses=responses(403))
    def remove_article(article_id: ArticleId) -> Response:
        """Take an article out of what is asked; one of a library is gone from the disk."""
        if collection is None:
            return problem(403, CLOSED)
        ready(service)
        if not collection.remove(article_id):
            return problem(404, f"article must be one of those asked, got {article_id!r}")
        return Response(status_code=204)

    return router


CLOSED = "Articles on a public address can be changed only with a key; start the server with --api-key KEY"


def _read(body: NewArticle) -> Loaded:
    """Return the articles that a body names; raise ArticleError where they cannot be read."""
    if body.address is not None:
        return read_address(body.address)
    if body.file is not None:
        return read_upload(body.file)
    try:
        article = Article.from_text(
            body.text or "", title=body.title.strip() or None, source=body.source, date=body.date
        )
    except ValueError as error:
        raise ArticleError(str(error)) from error
    return Loaded((article,))


def _rows(body: BatchBody) -> QuestionFile:
    lines = [question.model_dump_json(exclude_none=True) for question in body.questions]
    return parse_questions("questions", "\n".join(lines).encode(), "jsonl")


def _lines(chunks: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """Yield records; where the rest cannot be answered, a last line says why."""
    try:
        for records in chunks:
            yield b"".join(rendered(records, "jsonl"))
    except ArticleQAError as error:
        yield f"{to_json({'status': 'error', 'error': str(error)})}\n".encode()


def _whole(article: Article) -> dict[str, Any]:
    sentences = [
        {"number": s.number, "start": s.start, "end": s.end, "text": well_formed(s.text)}
        for s in article.sentences
    ]
    return {**article_dict(article), "text": well_formed(article.text), "sentences": sentences}


def _json(value: Any, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type=JSON)


def _document_problems(app: FastAPI) -> None:
    """Put the schema of a problem among those that the documentation names."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        defined = schema["components"]["schemas"]["Problem"].pop("$defs", {})
        schema["components"]["schemas"].update(defined)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
