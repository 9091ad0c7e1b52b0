"""What the tests share: a bag-of-words encoder, small articles, and the real files where they are."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
from pathlib import Path
from threading import Thread

os.environ["HF_HUB_OFFLINE"] = "1"  # before any library reads it

import numpy as np
import pytest
from browser_fixtures import (  # noqa: F401 - of the tests in Chromium
    address,
    article,
    axe,
    chromium,
    engine,
    feedback,
    ferry,
    ferry_address,
    open_page,
    real,
    shared_context,
)

SHARED = Path(__file__).parents[2] / "shared"
DIM = 512


class BagOfWords:
    """An encoder whose vectors are a pure function of the text: its hashed words, counted."""

    name = "bag-of-words"
    fingerprint = "bag-of-words-1"
    dim = DIM
    max_tokens = 256

    def encode_questions(self, texts):
        return np.stack([self._vector(text) for text in texts])

    encode_passages = encode_questions

    def count_tokens(self, texts):
        return [len(re.findall(r"\w+", text)) for text in texts]

    @staticmethod
    def _vector(text):
        vector = np.zeros(DIM, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()) or [""]:
            vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % DIM] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """The tests, and what they start, write into no one's cache; those that run side by side share one."""
    before = os.environ.get("XDG_CACHE_HOME")
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    cache.mkdir(exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = str(cache)
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def encoder():
    return BagOfWords()


@pytest.fixture(scope="session")
def shared():
    """The folder of development files; a clone without it skips the tests that ask for it."""
    if not SHARED.is_dir():
        pytest.skip("needs the development files in ../shared")
    return SHARED


@pytest.fixture(scope="session")
def serve():
    """Return what serves an application on a free port until the tests end, and gives its address."""
    import uvicorn

    running = []

    def start(app):
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running.append((server, thread, listening))
        while not server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, thread, listening in running:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="session")
def postgres_server():
    """A server of PostgreSQL, which many tests share, each with databases of its own."""
    import postgres_servers

    if why := postgres_servers.reason():
        if os.environ.get("ARTICLE_QA_REQUIRE_POSTGRES") == "1":
            pytest.fail(why)
        pytest.skip(why)
    running = postgres_servers.PostgresServer()
    yield running
    running.close()
