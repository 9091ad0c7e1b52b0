"""Addresses: only public ones are asked, whatever they are called and wherever they lead.

Nothing here leaves the machine: a canary listens on loopback, and where a name must lead to a
public address, resolving and connecting are replaced.
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index import ArticleError, read_source
from index.sources import fetch as fetching
from index.sources.addresses import is_public
from index.sources.fetch import fetch

PUBLIC = "93.184.216.34"
PAGE = (
    b"<html><body><p>The bridge was opened by the mayor on Monday. It cost a lot.</p></body></html>"
)


class Canary(BaseHTTPRequestHandler):
    """Answers as its path says, and remembers that it was asked."""

    def do_GET(self):  # noqa: C901 - a branch for each page
        self.server.hits.append((self.path, self.headers["Host"]))
        kind = self.path.split("?")[0].strip("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", self.path.split("?", 1)[1])
            self.end_headers()
        elif kind == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        elif kind in ("drip", "drip-head"):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" + b"\r\n" * (kind == "drip"))
            while True:
                self.wfile.write(b"x")
                time.sleep(0.05)
        elif kind == "bomb":
            self.answer(zlib.compress(b" " * 60_000_000), {"Content-Encoding": "deflate"})
        elif kind == "gzip":
            self.answer(gzip.compress(PAGE), {"Content-Encoding": "gzip"})
        elif kind == "brotli":
            self.answer(b"x", {"Content-Encoding": "br"})
        elif kind == "broken":
            self.answer(b"no gzip", {"Content-Encoding": "gzip"})
        elif kind == "none":
            self.send_error(404)
        elif kind == "shout":
            self.send_error(500, "\x1b[31m" + "no " * 500)
        elif kind == "latin":
            page = "<p>Le café de Nîmes a été ouvert par le maire. Il a coûté très cher.</p>"
            self.answer(page.encode("latin-1"), {"Content-Type": "text/html; charset=iso-8859-1"})
        elif kind == "text":
            self.answer(b"One line.\r\nAnother.", {"Content-Type": "text/plain"})
        elif kind == "cut":
            self.answer(PAGE, {"Content-Type": "text/html", "Content-Length": "9999"})
        else:
            self.answer(PAGE, {"Content-Type": "text/html"})

    def answer(self, body, headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that hangs up is what is tested


@contextmanager
def listening():
    server = Server(("127.0.0.1", 0), Canary)
    server.hits = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def canary():
    with listening() as server:
        yield server


def private_forms(port):
    """Addresses that lead to this machine or its networks, or are no address to be asked."""
    hosts = """127.0.0.1 127.1 127.0.1 127.127.127.127 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1
    0177.0.0.1 017700000001 0 0.0.0.0 localhost LOCALHOST localhost. 127.0.0.1. [::1] [::]
    [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1]
    [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fe80::1%25lo] [fc00::1]
    [fec0::1] [ff02::1] １２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1 10.0.0.1 172.16.0.1 192.168.0.1
    [0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1] [2001:0:0:0:0:0:80ff:fffe] 0x7F000001 00177.0.0.1
    169.254.169.254 100.64.0.1 192.0.0.8 192.88.99.1 198.18.0.1 224.0.0.1 240.0.0.1
    255.255.255.255""".split()
    urls = [f"http://{host}:{port}/" for host in hosts]
    urls += [f"https://{host}:{port}/" for host in ("127.0.0.1", "localhost", "[::1]")]
    urls += [
        f"http://user@127.0.0.1:{port}/",
        f"http://example.org@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}#@example.org/",
        f"http://127.0.0.1:{port}\\@example.org/",
        f"http://127.0.0.1\t:{port}/",
        f" http://127.0.0.1:{port}/",
        f"http://%31%32%37.0.0.1:{port}/",
        f"http:///127.0.0.1:{port}/",
        f"http://[::1:{port}/",
        "http://127.0.0.1:99999/",
        f"ftp://127.0.0.1:{port}/",
        f"gopher://127.0.0.1:{port}/_GET",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "data://text/plain,x",
    ]
    return urls


def test_no_form_of_a_private_address_is_asked(canary):
    forms = private_forms(canary.server_port)
    assert len(forms) >= 40
    for url in forms:
        with pytest.raises(ArticleError) as caught:
            read_source(url) if "://" in url and url[0] != " " else fetch(url)
        assert "\n" not in str(caught.value)
    assert canary.hits == []


@pytest.mark.parametrize(
    "address",
    """0.1.2.3 10.1.2.3 100.127.255.255 127.0.0.1 169.254.1.1 172.31.0.1 192.0.0.1 192.0.2.1
    192.88.99.1 192.168.1.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1
    255.255.255.255 :: ::1 ::ffff:8.8.8.8 ::ffff:10.0.0.1 ::8.8.8.8 64:ff9b::808:808
    64:ff9b:1::1 100::1 2001::1 2001:0:808:808::1 2001:20::1 2001:db8::1 2002:808:808::1 3fff::1
    fc00::1 fd00::1 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 5f00::1 4000::1
    localhost 127.1 x""".split(),
)
def test_an_address_that_is_not_public_is_known(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:4700:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_known(address):
    assert is_public(address)


def through(canary, log):
    """A way to connect that leads public addresses to the canary, and writes down which."""

    def connect(address, timeout):
        log.append(address[0])
        assert address[0] == PUBLIC
        return socket.create_connection(("127.0.0.1", canary.server_port), timeout)

    return connect


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "//localhost:{port}/x",
     "http://inner.example/", "file:///etc/passwd", "http://u@127.0.0.1:{port}/", "https://[::1]/"],
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_not_followed(canary, target):
    log = []
    hosts = {"outer.example": PUBLIC, "inner.example": "10.0.0.7"}
    url = f"http://outer.example/to/?{target.format(port=canary.server_port)}"
    with pytest.raises(ArticleError):
        fetch(
            url,
            resolve=lambda host, port: [hosts.get(host) or fetching.resolve(host, port)[0]],
            connect=through(canary, log),
        )
    assert log == [PUBLIC]
    assert len(canary.hits) == 1


@pytest.mark.parametrize("n_hops", range(1, 6))
def test_every_hop_is_checked(canary, n_hops):
    log = []
    url = f"http://127.0.0.1:{canary.server_port}/secret"
    for _ in range(n_hops):
        url = f"http://outer.example/to/?{url}"
    with pytest.raises(ArticleError, match=r"must have a public address, got 127\.0\.0\.1"):
        fetch(
            url,
            resolve=lambda host, port: [PUBLIC if host == "outer.example" else host],
            connect=through(canary, log),
        )
    assert log == [PUBLIC] * n_hops
    assert all(path != "/secret" for path, _ in canary.hits)


def test_proxies_of_the_environment_are_not_asked(canary, monkeypatch):
    with listening() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            for each in (name, name.upper()):
                monkeypatch.setenv(each, f"http://127.0.0.1:{proxy.server_port}")
        assert private(canary, "page").data == PAGE
        with pytest.raises(ArticleError, match="must have a public address"):
            fetch(f"http://127.0.0.1:{canary.server_port}/")
        assert proxy.hits == []


def test_a_name_that_changes_its_address_is_resolved_once_and_asked_there(canary):
    log, answers = [], iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    page = fetch(
        "http://rebinding.example/a%20b/ü?x=1",
        resolve=lambda *_: next(answers),
        connect=through(canary, log),
    )
    assert log == [PUBLIC]
    assert canary.hits == [("/a%20b/%C3%BC?x=1", "rebinding.example")]
    assert page.data == PAGE


def test_a_name_with_one_private_address_among_others_is_refused(canary):
    log = []
    with pytest.raises(ArticleError, match=r"must have a public address, got 127\.0\.0\.1"):
        fetch(
            "http://mixed.example/",
            resolve=lambda *_: [PUBLIC, "127.0.0.1"],
            connect=through(canary, log),
        )
    assert log == canary.hits == []


def test_a_name_that_turns_private_at_a_redirect_is_refused(canary):
    log, answers = [], iter([[PUBLIC], ["127.0.0.1"]])
    with pytest.raises(ArticleError, match="must have a public address"):
        fetch(
            "http://rebinding.example/to/?/next",
            resolve=lambda *_: next(answers),
            connect=through(canary, log),
        )
    assert log == [PUBLIC]
    assert len(canary.hits) == 1


def private(canary, path, **options):
    return fetch(f"http://127.0.0.1:{canary.server_port}/{path}", allow_private=True, **options)


def test_who_means_it_may_ask_a_private_address(canary):
    loaded = read_source(f"http://localhost:{canary.server_port}/page", allow_private=True)
    assert loaded.articles[0].source == f"http://localhost:{canary.server_port}/page"
    assert "The bridge was opened by the mayor on Monday." in loaded.articles[0].text
    assert private(canary, "gzip").data == PAGE


def test_what_the_server_says_of_type_and_encoding_is_believed(canary):
    where = f"http://127.0.0.1:{canary.server_port}"
    (french,) = read_source(f"{where}/latin", allow_private=True).articles
    assert "Le café de Nîmes" in french.text
    (text,) = read_source(f"{where}/text", allow_private=True).articles
    assert text.text == "One line.\r\nAnother."


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("loop", "within 5 redirects, got more"),
        ("endless", "at most 50000000 bytes, got more"),
        ("bomb", "at most 50000000 bytes, got more"),
        ("brotli", "must be gzip or deflate, got br"),
        ("broken", "content is broken"),
        ("cut", "ended before the page did"),
        ("none", "the server answered 404 Not Found"),
        ("shout", "the server answered 500"),
    ],
)
def test_an_answer_that_is_too_much_or_none_is_refused_in_one_line(canary, path, message):
    with pytest.raises(ArticleError, match=message) as caught:
        private(canary, path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("path", ["drip", "drip-head"])
def test_a_server_that_never_ends_is_given_up(canary, path):
    began = time.monotonic()
    with pytest.raises(ArticleError, match=r"took more than 1 s|timed out"):
        private(canary, path, seconds=1)
    assert time.monotonic() - began < 5


def test_a_handshake_that_never_ends_is_cut_off():
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ArticleError, match=r"took more than 0\.5 s"):
            fetch(f"https://127.0.0.1:{port}/", allow_private=True, seconds=0.5)
        for _ in range(100):
            if set(threading.enumerate()) <= before:
                break
            time.sleep(0.05)
        assert set(threading.enumerate()) <= before


def test_a_resolver_that_never_answers_is_given_up():
    with pytest.raises(ArticleError, match=r"took more than 0\.2 s"):
        fetch("http://slow.example/", seconds=0.2, resolve=lambda *_: time.sleep(2) or [])


def test_a_certificate_is_checked_under_the_name(monkeypatch):
    """The TLS handshake is made with the host's name, over the connection to the checked address."""
    seen = []

    class Context:
        def wrap_socket(self, plain, *, server_hostname, **_):
            seen.append(server_hostname)
            raise OSError("stop here")

    monkeypatch.setattr(fetching, "_context", Context)
    monkeypatch.setattr(fetching, "HTTPSConnection", lambda *_, **__: None)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ArticleError, match="stop here"):
        fetch("https://bücher.example./", resolve=lambda *_: [PUBLIC], connect=lambda *_: ours)
    assert seen == ["xn--bcher-kva.example"]
