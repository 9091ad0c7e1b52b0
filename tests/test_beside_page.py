"""The page and the programs' routes in one process: one engine, one queue, one guard."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[1]
KEY = "0123456789abcdef"
LIMIT_S = 240


@contextmanager
def started(*options):
    """Start the page's command, and yield its address once its models are loaded."""
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    command = [sys.executable, "-c", code, "ui", "--no-open", "--reader", "none", *options]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as server:
        try:
            yield server.stdout.readline().strip().rstrip("/")
        finally:
            server.terminate()


def status_of(address, path, *, body=None, **headers):
    """Return a response's status and text."""
    data = None if body is None else json.dumps(body).encode()
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    request = Request(f"{address}{path}", data, {"content-type": "application/json", **named})
    try:
        with urlopen(request, timeout=LIMIT_S) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_programs_are_answered_beside_the_page_by_the_same_guard():
    with started("--api-key", KEY) as address:
        assert status_of(address, "/healthz")[0] == 200
        assert status_of(address, "/v1/models")[0] == 401
        right = {"authorization": f"Bearer {KEY}"}
        while status_of(address, "/readyz")[0] == 503:
            pass
        asked = {"question": "How many areas does the plan cover?", "threshold": 0}
        status, answer = status_of(address, "/v1/ask", body=asked, **right)
        assert status == 200
        assert json.loads(answer)["citations"]
        assert (
            status_of(address, "/v1/ask", body=asked, origin="http://evil.example", **right)[0]
            == 403
        )
        assert status_of(address, "/v1/articles", body={"text": "A."})[0] == 401
        assert "article_qa_answers_total" in status_of(address, "/metrics", **right)[1]
        initialize = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        }
        accepts = {"accept": "application/json, text/event-stream", **right}
        pytest.importorskip("mcp", reason="needs mcp: pip install '.[mcp]'")
        status, reply = status_of(address, "/mcp", body=initialize, **accepts)
        assert status == 200
        assert '"serverInfo"' in reply
        assert "<!doctype html>" in status_of(address, "/")[1].lower()


def test_articles_that_programs_change_are_those_of_the_page():
    with started("--api-key", KEY) as address:
        right = {"authorization": f"Bearer {KEY}"}
        while status_of(address, "/readyz")[0] == 503:
            pass
        ferry = {"text": "The green ferry leaves at noon.", "title": "Ferries"}
        assert "green ferry" not in status_of(address, "/")[1]
        status, added = status_of(address, "/v1/articles", body=ferry, **right)
        assert status == 201
        assert "The green ferry leaves at noon." in status_of(address, "/")[1]
        [article] = json.loads(added)["articles"]
        gone = Request(f"{address}/v1/articles/{article['id']}", method="DELETE", headers=right)
        with urlopen(gone, timeout=LIMIT_S) as response:
            assert response.status == 204
        assert "green ferry" not in status_of(address, "/")[1]


def test_a_password_without_a_key_shuts_programs_out():
    with started("--auth", "name:secret") as address:
        assert status_of(address, "/v1/ask", body={"question": "x"})[0] == 404
        assert status_of(address, "/metrics")[0] == 404
