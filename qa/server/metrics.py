"""Counts of requests and answers, in the form that Prometheus reads."""

from __future__ import annotations

import re

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from qa.page.service import Service
from qa.types import Answer

# The paths by which requests are counted; another path is "other", so that nobody adds to them.
_ROUTES = re.compile(
    r".*?(/v1/(?:ask(?:/batch)?|retrieve|articles|chat/completions|models|openapi\.json)"
    r"|/v1/articles(?=/)|/mcp|/metrics|/healthz|/readyz|/articles(?=/))(?:/\w*)?/?"
)
_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts requests, answers and what waits."""

    def __init__(self, service: Service) -> None:
        """Take what answers; its answers are counted from now on, the page's as well."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "article_qa_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "article_qa_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "article_qa_answers", "Answers by status.", ("status",), registry=self.registry
        )
        for name, help_text, read in (
            ("article_qa_waiting", "Questions answered or waiting.", lambda: service.limiter.n_inside),
            ("article_qa_articles", "Articles asked.", lambda: len(service.corpus.articles)),
            ("article_qa_ready", "Whether the engine is loaded.", service.engine_is_loaded),
        ):  # fmt: skip
            Gauge(name, help_text, registry=self.registry).set_function(read)
        service.on_answer = self.count_answer

    def count_answer(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.status).inc()

    def count_request(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count a request that ended."""
        known = _ROUTES.fullmatch(path)
        route = known[1] if known else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def show(self, _: Request) -> Response:
        """Return all counts."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
