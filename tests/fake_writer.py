"""A chat endpoint that answers as a test wants it to."""

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


def completion(content):
    """The bytes of a chat completion whose message has some content."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()


def written(*sentences):
    """The content of a good reply: (text, numbers of its evidence) of each sentence."""
    listed = [{"text": text, "evidence": numbers} for text, numbers in sentences]
    return json.dumps({"sentences": listed})


class FakeWriter(ThreadingHTTPServer):
    """Replies with ``reply``: the content of a message, bytes of a body, or what writes to the socket."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = ""
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        """A client that has gone away is none of our business."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        reply = self.server.reply
        if callable(reply):
            self.close_connection = True
            reply(self)
            return
        body = completion(reply) if isinstance(reply, str) else reply
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # noqa: A002
        """Nothing on stderr."""

    def drip(self, head, piece, seconds=30.0, pause=0.05):
        """Send a piece again and again, until the client goes away."""
        self.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause)


@contextmanager
def fake_writer():
    """Give a running endpoint."""
    with FakeWriter() as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
