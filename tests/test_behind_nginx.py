"""The page and the programs' routes behind nginx, under a path, by the location in .deploy/nginx.conf."""

import json
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from browser import LIMIT_MS, ask
from test_beside_page import KEY, started, status_of

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
LOCATION = Path(__file__).parents[1] / ".deploy" / "nginx.conf"
RIGHT = {"authorization": f"Bearer {KEY}"}
QUESTION = "How many areas does the plan cover?"

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="needs nginx (apt-get install nginx-light)"),
    pytest.mark.skipif(not LOCATION.is_file(), reason="needs .deploy of a clone"),
]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def nginx(folder, port, behind):
    """Run nginx with the shipped location, before what serves at another port."""
    location = LOCATION.read_text().replace("127.0.0.1:7860", f"127.0.0.1:{behind}")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{\n{paths}access_log off;\n"
        f"server {{ listen 127.0.0.1:{port};\n{location}}}\n}}\n"
    )
    command = [NGINX, "-c", folder / "nginx.conf", "-p", folder, "-e", "stderr"]
    with subprocess.Popen(command) as server:
        try:
            while server.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page's address behind nginx, once its models are loaded."""
    public, own = free_port(), free_port()
    options = ("--port", str(own), "--root-path", f"http://127.0.0.1:{public}/qa")
    with (
        started(*options, "--api-key", KEY, "--threshold", "0") as direct,
        nginx(tmp_path_factory.mktemp("nginx"), public, own),
    ):
        while status_of(direct, "/readyz")[0] == 503:
            time.sleep(0.1)
        yield f"http://127.0.0.1:{public}/qa"


def test_programs_are_answered_under_the_path_and_their_links_open(address):
    status, answer = status_of(address, "/v1/ask", body={"question": QUESTION}, **RIGHT)
    assert status == 200, answer
    assert json.loads(answer)["citations"]
    assert status_of(address, "/v1/ask", body={"question": QUESTION})[0] == 401
    asked = {"model": "article-qa", "messages": [{"role": "user", "content": QUESTION}]}
    status, reply = status_of(address, "/v1/chat/completions", body=asked, **RIGHT)
    [link, *_] = re.findall(r"\]\((\S+?)\)", json.loads(reply)["choices"][0]["message"]["content"])
    assert link.startswith(f"{address}/articles/")
    documented = json.loads(status_of(address, "/v1/openapi.json", **RIGHT)[1])
    assert documented["servers"] == [{"url": f"{address}/v1"}]
    with urlopen(link) as response:
        assert "11 areas" in response.read().decode()


def test_a_stream_arrives_as_it_is_sent(address):
    asked = {
        "model": "article-qa",
        "stream": True,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    status, events = status_of(address, "/v1/chat/completions", body=asked, **RIGHT)
    assert status == 200
    assert events.rstrip().endswith("data: [DONE]")


def test_another_page_may_not_send_anything_through_the_proxy(address):
    elsewhere = {**RIGHT, "origin": "http://evil.example"}
    assert status_of(address, "/v1/ask", body={"question": QUESTION}, **elsewhere)[0] == 403


def test_a_person_asks_on_the_page_under_the_path(address, chromium):
    context = chromium.new_context()
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    failed = []
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    page.goto(f"{address}/")
    page.locator("body[data-opened]").wait_for()
    assert "11 areas" in ask(page, QUESTION).inner_text()
    assert failed == []
    context.close()
