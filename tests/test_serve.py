"""How the programs' routes are served: what the options must be, and how it starts and stops."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from index import ArticleQAError
from qa.server.serve import bind, checked_key

ROOT = Path(__file__).parents[1]
KEY = "0123456789abcdef"


@pytest.mark.parametrize(
    ("key", "host", "message"),
    [
        (None, "0.0.0.0", "needs --api-key KEY, got none for 0.0.0.0; or say --allow-public"),
        ("short", "127.0.0.1", "at least 16 ASCII characters without spaces, got 5"),
        ("with a space in it", "127.0.0.1", "without spaces"),
        ("ключключключключ", "127.0.0.1", "ASCII"),
    ],
)
def test_a_key_must_be_there_and_hard_to_guess(key, host, message):
    with pytest.raises(ArticleQAError, match=message):
        checked_key(key, host, allow_public=False)


def test_this_machine_and_those_who_say_so_need_no_key():
    assert checked_key(None, "127.0.0.1", allow_public=False) is None
    assert checked_key(None, "0.0.0.0", allow_public=True) is None
    assert checked_key(KEY, "0.0.0.0", allow_public=False) == KEY


def test_a_port_in_use_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ArticleQAError, match=f"port must be free, got {port} on 127.0.0.1"):
            bind("127.0.0.1", port)


def command(*options):
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    return [sys.executable, "-c", code, "serve", "--reader", "none", *options]


def test_it_starts_answers_and_stops_by_itself_when_it_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "ARTICLE_QA_API_KEY": KEY}
    with subprocess.Popen(
        command("--port", str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as server:
        address = server.stdout.readline().strip()
        assert address == f"http://127.0.0.1:{port}/"
        status = 0
        while status != 200:
            assert server.poll() is None
            with suppress(URLError):  # 503 while it loads; it binds before it listens
                status = urlopen(f"{address}readyz", timeout=60).status
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        asked = Request(f"{address}v1/ask", json.dumps({"question": "the plan"}).encode(), headers)
        with urlopen(asked, timeout=60) as response:
            assert json.load(response)["question"] == "the plan"
        server.send_signal(signal.SIGTERM)
        _, message = server.communicate(timeout=60)
    assert server.returncode == 0
    assert " 127.0.0.1 POST /v1/ask 200 " in message
    assert "the plan" not in message
    assert message.endswith("The server is stopped.\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "a public address needs --api-key KEY"),
        (["--root-path", "/qa"], "--root-path must be https://NAME/PATH"),
        (["--article", "none.txt", "--port", "7999"], "none.txt"),
    ],
)
def test_a_wrong_call_is_one_line_that_says_what_to_do(options, message, tmp_path):
    done = subprocess.run(
        command(*options), capture_output=True, text=True, check=False, cwd=ROOT, timeout=300
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("article-qa: error: ")
    assert len(done.stderr.splitlines()) == 1


def test_without_mcp_the_command_says_what_to_install():
    code = "import sys; sys.modules['mcp'] = None; import ui; sys.argv[0] = 'article-qa'; ui.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "mcp"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert "pip install '.[mcp]'" in done.stderr


def test_without_mcp_programs_are_answered_all_the_same(monkeypatch, encoder):
    from starlette.testclient import TestClient

    from qa import ArticleQA, Settings
    from qa.page.service import Service
    from qa.server.app import build_programs, build_server

    monkeypatch.setitem(sys.modules, "mcp", None)
    engine = Future()
    settings = Settings(reader="none", encoder=encoder)
    engine.set_result(ArticleQA.from_text("The tram is yellow.", settings))
    programs = build_programs(Service(engine.result().articles, engine))
    with TestClient(build_server(programs, {"testserver"}, None)) as client:
        assert client.post("/v1/retrieve", json={"question": "tram"}).status_code == 200
        assert client.post("/mcp", json={}).status_code == 404
