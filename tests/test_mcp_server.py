"""The tools of assistants: in process, by HTTP, on stdin and stdout, and by the conformance tool."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from index import Article, ArticleIndex
from qa import ArticleQA, Settings
from qa.page.limiter import Limiter
from qa.page.middleware import own_names
from qa.page.service import Service
from qa.server.app import build_programs, build_server
from qa.server.links import Links

pytest.importorskip("mcp", reason="needs mcp: pip install '.[mcp]'")

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from qa.server.mcp_server import build_mcp

ROOT = Path(__file__).parents[1]
LUND = "The council of Lund opened the new bridge on Monday. It cost four million euros."
OSLO = "The museum of Oslo lent a painting to Bergen. The painting shows a fjord in winter."
KEY = "0123456789abcdef"
# Scenarios that need no tools or resources of their own on the server.
SCENARIOS = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")


@pytest.fixture
def service(encoder):
    articles = [Article.from_text(LUND), Article.from_text(OSLO)]
    engine: Future = Future()
    engine.set_result(ArticleQA(ArticleIndex.build(articles, encoder), Settings(reader="none")))
    return Service(articles, engine)


def call(target, name, **arguments):
    """Call a tool and return its result."""

    async def run():
        async with Client(target) as client:
            return await client.call_tool(name, arguments)

    return asyncio.run(run())


def value(target, name, **arguments):
    result = call(target, name, **arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


@pytest.fixture
def server(service):
    return build_mcp(service, Links())


def test_five_tools_are_listed_that_change_nothing(server):
    async def run():
        async with Client(server) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(run())
    assert {t.name for t in tools} == {
        "ask_article",
        "search_article",
        "read_sentences",
        "search",
        "fetch",
    }
    assert all(t.annotations.read_only_hint and t.description and t.output_schema for t in tools)


def test_an_answer_is_the_engines_own(server, service):
    asked = {"question": "Who opened it?", "history": ["What did the bridge cost?"]}
    answer = value(server, "ask_article", **asked)
    assert answer == service.ask(**asked).to_dict()


def test_passages_are_found_and_their_neighbours_read(server, service):
    [hit] = value(server, "search_article", query="a fjord", top_k=1)["hits"]
    article = service.corpus.find(hit["article"]["id"])
    assert article.text == OSLO
    read = value(
        server,
        "read_sentences",
        article_id=article.id,
        first=hit["end_sentence"] - 1,
        n_sentences=5,
    )
    assert read["n_sentences"] == 2
    [last] = read["sentences"]
    assert OSLO[last["start"] : last["end"]] == last["text"] == article.sentences[1].text


def test_a_connector_lists_passages_and_fetches_one_or_an_article(server, service):
    first, *_ = value(server, "search", query="a fjord in winter")["results"]
    fetched = value(server, "fetch", id=first["id"])
    assert fetched["text"] == OSLO
    assert fetched["title"] == first["title"]
    assert value(server, "fetch", id=first["id"].partition(":")[0])["text"] == OSLO


def test_only_some_articles_may_be_asked(server, service):
    _, oslo = service.corpus.articles
    hits = value(server, "search_article", query="the bridge", articles=[oslo.id])["hits"]
    assert {h["article"]["id"] for h in hits} == {oslo.id}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ask_article", {"question": "?"}, "question must hold a word"),
        ("ask_article", {"question": "x", "articles": ["none"]}, "got none of 2"),
        ("search_article", {"query": "x", "top_k": 0}, "greater than or equal to 1"),
        ("read_sentences", {"article_id": "none"}, "article must be one of those asked"),
        ("fetch", {"id": "none:0-1"}, "article must be one of those asked"),
    ],
)
def test_an_assistant_is_told_what_was_wrong(server, name, arguments, message):
    result = call(server, name, **arguments)
    assert result.is_error
    assert message in result.content[0].text


def test_a_passage_that_is_not_there_is_told_of(server, service):
    article_id = service.corpus.articles[0].id
    for sentences in ("9-10", "x-y", "0"):
        result = call(server, "fetch", id=f"{article_id}:{sentences}")
        assert "id must be as search lists it" in result.content[0].text


def test_an_assistant_is_told_of_a_full_queue_and_of_nothing_else(server, service, monkeypatch):
    service.limiter = Limiter(1, 0)
    with service.limiter.enter():
        assert "Too many questions" in call(server, "ask_article", question="x").content[0].text

    def fail(*_, **__):
        raise RuntimeError("secret")

    monkeypatch.setattr(service, "ask", fail)
    assert "secret" not in call(server, "ask_article", question="x").content[0].text


def test_the_log_of_the_process_stays_as_it_was(service):
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    build_mcp(service, Links())
    assert (root.handlers, root.level) == (before, level)


@pytest.fixture
def address(service, serve):
    programs = build_programs(service, links=Links(key=KEY))
    return serve(build_server(programs, own_names("127.0.0.1", None), KEY))


def test_it_is_served_by_http_to_those_with_the_key(address, service):
    import httpx2

    async def run():
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{address}/mcp", http_client=http)
            async with Client(transport) as client:
                found = await client.call_tool("search", {"query": "a fjord"})
        async with httpx2.AsyncClient() as http:
            refused = await http.post(f"{address}/mcp", json={})
        return found.structured_content["results"][0]["url"], refused.status_code

    url, refused = asyncio.run(run())
    assert refused == 401
    assert url.startswith(f"{address}/articles/{service.corpus.articles[1].id}?pass=")


def test_the_command_speaks_on_stdin_and_stdout(tmp_path):
    article = tmp_path / "oslo.txt"
    article.write_text(OSLO, encoding="utf-8")
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    arguments = ["-c", code, "mcp", "--article", str(article), "--reader", "none"]
    started = StdioServerParameters(
        command=sys.executable, args=arguments, env=dict(os.environ), cwd=str(ROOT)
    )
    answer = value(stdio_client(started), "ask_article", question="What does the painting show?")
    cited = [c["quote"] for c in answer["citations"]]
    assert cited
    assert all(quote in OSLO for quote in cited)


def test_the_official_tool_finds_it_conformant(service, serve):
    tool, node = os.environ.get("MCP_CONFORMANCE"), os.environ.get("NODE", "node")
    if not tool:
        pytest.skip("needs MCP_CONFORMANCE, the official tool's dist/index.js, and Node 22")
    address = serve(build_server(build_programs(service), own_names("127.0.0.1", None), None))
    for scenario in SCENARIOS:
        done = subprocess.run(
            [node, tool, "server", "--url", f"{address}/mcp", "--scenario", scenario],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{scenario}\n{done.stdout}\n{done.stderr}"
