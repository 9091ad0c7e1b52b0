"""The guard: what a page serves, to whom, and how much of it."""

import asyncio
import json
from contextlib import closing

import pytest

from qa.page.middleware import (
    LOGIN_WINDOW_S,
    MAX_BODIES,
    MAX_BODY,
    MAX_LOGINS,
    Guard,
    is_loopback,
    own_names,
)


class Inner:
    """An application that reads its body and answers with one status."""

    def __init__(self, status=200):
        self.status, self.read = status, []

    async def __call__(self, scope, receive, send):
        message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            self.read.append(message)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"inner"})


def request(guard, path="/", *, method="GET", host="127.0.0.1:7860", body=(b"",), client="9.9.9.9", **headers):  # fmt: skip
    """Send a request and return its status, headers and body."""
    given = {"host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "client": (client, 1),
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
    }
    parts, sent = list(body), []

    async def receive():
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    # Not asyncio.run: it drops the loop that Gradio leaves in this thread, which nobody has closed.
    with closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(guard(scope, receive, send))
    start = sent[0]
    return start["status"], dict(start["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


@pytest.fixture
def guard():
    return Guard(Inner(), own_names("127.0.0.1", None))


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/assets/0a1b/main.js", "/login", "/gradio_api/queue/join",
     "/gradio_api/queue/data", "/gradio_api/call/ask", "/gradio_api/info", "/gradio_api/heartbeat/a1"],
)  # fmt: skip
def test_what_the_page_needs_is_let_through(guard, path):
    assert request(guard, path)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/passwd", "/file=index/manifest.json", "/gradio_api/file/x", "/file/x",
     "/gradio_api/upload", "/upload", "/gradio_api/upload_progress", "/gradio_api/proxy=http://a.b/",
     "/proxy=https://x.hf.space/", "/gradio_api/stream/a", "/gradio_api/process_recording",
     "/gradio_api/vibe-edit", "/gradio_api/dev/reload", "/monitoring", "/gradio_api/component_server",
     "/gradio_api/custom_component/a/b/c/d.js", "/gradio_api/run/ask", "/gradio_api/deep_link", "/.env",
     "/manifest.json/..", "/assets/index.js", "/assets/0a1b/../x", "/theme.css", "//etc/passwd"],
)  # fmt: skip
def test_no_file_is_served_or_uploaded_and_nothing_is_fetched(guard, path):
    assert request(guard, path)[0] == 404


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:80", "[::1]:7860"])
def test_the_pages_own_names_are_taken(guard, host):
    assert request(guard, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "",
     "10.0.0.1", "evil.example@127.0.0.1x", "[::1].evil"],
)  # fmt: skip
def test_a_rebound_name_is_refused(guard, host):
    assert request(guard, host=host)[0] in (400, 421)


def test_a_public_page_takes_addresses_in_numbers_and_its_proxys_name():
    guard = Guard(Inner(), own_names("0.0.0.0", "https://news.example/ask"))
    assert request(guard, host="192.168.1.7:7860")[0] == 200
    assert request(guard, host="news.example")[0] == 200
    assert request(guard, host="evil.example")[0] == 421


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:7860", 200), ("http://evil.example", 403), ("null", 403),
     ("http://127.0.0.1:9999", 403), ("http://127.0.0.1:7860.evil.example", 403)],
)  # fmt: skip
def test_only_the_page_itself_may_change_something(guard, origin, status):
    assert request(guard, "/gradio_api/queue/join", method="POST", origin=origin)[0] == status


def test_tries_to_log_in_are_throttled_by_client_and_success_forgets_them(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("qa.page.middleware.time.monotonic", lambda: now[0])
    inner = Inner(status=400)
    guard = Guard(inner, own_names("127.0.0.1", None))

    def statuses(n, client="9.9.9.9"):
        return [request(guard, "/login", method="POST", client=client)[0] for _ in range(n)]

    assert statuses(MAX_LOGINS + 2) == [400] * MAX_LOGINS + [429] * 2
    assert statuses(1, client="8.8.8.8") == [400]
    assert request(guard, "/login")[0] == 400  # to look at the page is no try
    now[0] += LOGIN_WINDOW_S + 1
    assert statuses(1) == [400]
    inner.status = 200
    assert statuses(MAX_LOGINS * 3) == [200] * MAX_LOGINS * 3


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(guard):
    path = "/gradio_api/queue/join"
    response = request(guard, path, method="POST", content_length=str(MAX_BODY + 1))
    assert response[0] == 413
    assert json.loads(response[2])["detail"].startswith("Body must be at most")
    half = b"x" * (MAX_BODY // 2)
    request(guard, path, method="POST", body=(half, half, half, b""))
    assert sum(len(m.get("body", b"")) for m in guard._app.read) <= MAX_BODY
    assert guard._app.read[-1]["type"] == "http.disconnect"
    guard._n_bytes = MAX_BODIES
    assert request(guard, path, method="POST", content_length="1")[0] == 503


def test_what_goes_back_forbids_other_hosts(guard):
    _, headers, _ = request(guard)
    assert b"frame-ancestors 'self'" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True),
     ("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("news.example", False)],
)  # fmt: skip
def test_a_loopback_address_is_known(host, loopback):
    assert is_loopback(host) is loopback
