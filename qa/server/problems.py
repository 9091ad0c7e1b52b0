"""Errors as problem+json (RFC 9457), with a member that OpenAI's clients read."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from index import ArticleQAError, ServerError, well_formed
from qa.page.limiter import BusyError
from qa.page.middleware import PROBLEM, problem_of
from qa.page.service import UnreachableError
from qa.text import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_S = {429: "5", 503: "2"}


class NotReadyError(ArticleQAError):
    """The engine is not loaded yet."""

    def __init__(self) -> None:
        super().__init__("The model is being loaded; ask again in a moment.")


class ErrorMember(BaseModel):
    """What OpenAI's clients read of an error."""

    message: str
    type: str
    code: int


class Problem(BaseModel):
    """Why a request was not answered."""

    title: str = Field(description="What the status means.")
    status: int
    detail: str = Field(description="What was wrong, and what to do.")
    error: ErrorMember | None = None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how the statuses of problems are documented."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {s: {"description": HTTPStatus(s).phrase, "content": content} for s in statuses}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that is a problem."""
    own = {"Retry-After": RETRY_S[status]} if status in RETRY_S else {}
    body = to_json(problem_of(status, well_formed(detail)))
    return Response(body, status, {**own, **(headers or {})}, PROBLEM)


def status_of(error: ArticleQAError) -> int:
    """Return the status of an error that the engine, or what stands before it, raises."""
    if isinstance(error, BusyError):
        return 429
    return 503 if isinstance(error, NotReadyError | UnreachableError) else 422


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ArticleQAError, _ours)
    app.add_exception_handler(Exception, _fault)


def _invalid(request: Request, error: Any) -> Response:
    """Return the problem that names the field at fault, without its value."""
    if request.method == "POST" and "json" not in request.headers.get("content-type", ""):
        return problem(422, "body must be JSON, with the header Content-Type: application/json")
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "json_invalid":
        return problem(
            422, f"body must be JSON, which breaks off or goes wrong at character {where}"
        )
    message = first["msg"].removeprefix("Value error, ")
    return problem(422, f"{where}: {message}" if where else message)


def _http(_: Request, error: Any) -> Response:
    return problem(error.status_code, str(error.detail), error.headers)


def _ours(_: Request, error: Any) -> Response:
    if isinstance(error, ServerError):  # whose servers' names are nothing for who asks
        logging.getLogger("article_qa").warning("%s", error)
        error = UnreachableError()
    return problem(status_of(error), str(error))


def _fault(_: Request, __: Any) -> Response:
    return problem(500, "The server failed; its log says why")
