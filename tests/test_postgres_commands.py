"""Every command that takes a library's folder takes the URL of its server, as a user gives it."""

import json
import subprocess
import sys
import time
from contextlib import suppress

import httpx
import pytest

QUESTION = "How long is the Arvik bridge number 2?"
_PROGRAM = [sys.executable, "-c", "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"]


@pytest.fixture(scope="module")
def library(postgres_server, tmp_path_factory):
    """The URL of a library that was indexed, and the folder of its texts."""
    texts = tmp_path_factory.mktemp("texts")
    for n in (1, 2, 3):
        text = (
            f"The Arvik bridge number {n} is {n}00 metres long.\n\nHolm {n} opened it in 19{n}0.\n"
        )
        (texts / f"bridge{n}.txt").write_text(text)
    url = postgres_server.new_database()
    assert "3 added" in run("index", texts, "--into", url).stderr
    return url, texts


def run(*args, stdin=None, status=0):
    done = subprocess.run(
        [*_PROGRAM, *map(str, args)], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done


def test_questions_and_filters(library):
    url, _ = library
    assert "200 metres" in run("ask", QUESTION, "--index", url).stdout
    assert (
        "bridge3.txt" in run("ask", QUESTION, "--index", url, "--source", "*3.txt", status=1).stdout
    )
    refused = run("retrieve", QUESTION, "--index", url, "--since", "2020", status=2).stderr
    assert "since 2020" in refused
    assert refused.count("\n") == 1
    assert "200 metres" in run("retrieve", QUESTION, "--index", url).stdout.split("\n\n")[0]
    assert "Holm 3" in run("chat", "--index", url, stdin="Who opened bridge number 3?\n").stdout


def test_a_file_of_questions(library, tmp_path):
    questions = tmp_path / "q.txt"
    questions.write_text(f"{QUESTION}\nWho opened bridge number 1?\n")
    lines = run("batch", questions, "--index", library[0]).stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert "200 metres" in records[0]["answer"]
    assert len(records) == 2


def test_what_looks_after_a_library(library, postgres_server, tmp_path):
    _, texts = library
    url = postgres_server.new_database()
    run("copy", library[0], url)
    assert "is whole" in run("verify", url).stdout
    run("remove", url, texts / "bridge1.txt")
    run("compact", url)
    run("rebuild", url)
    assert run("list", url).stdout.count("Arvik") == 2
    assert "is whole" in run("verify", url).stdout


@pytest.mark.parametrize("command", [["serve"], ["ui", "--no-open"]], ids=["serve", "ui"])
def test_programs_are_served(library, command):
    with subprocess.Popen(
        [*_PROGRAM, *command, "--index", library[0], "--port", str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            address = server.stdout.readline().strip()
            for _ in range(600):
                with suppress(httpx.ConnectError):
                    if httpx.get(f"{address}readyz", timeout=30).status_code == 200:
                        break
                time.sleep(0.1)
            answer = httpx.post(f"{address}v1/ask", json={"question": QUESTION}, timeout=60).json()
            assert "200 metres" in answer["answer"]
            assert httpx.get(f"{address}v1/articles", timeout=30).json()["n_articles"] == 3
        finally:
            server.terminate()


def test_an_assistant_is_served(library):
    pytest.importorskip("mcp")
    messages = [
        {"id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {
            "name": "ask_article", "arguments": {"question": QUESTION}}},
    ]  # fmt: skip
    with subprocess.Popen(
        [*_PROGRAM, "mcp", "--index", library[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as assistant:
        try:
            for message in messages:
                assistant.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            assistant.stdin.flush()
            replies = [json.loads(assistant.stdout.readline()) for _ in range(2)]
            assert "200 metres" in replies[1]["result"]["content"][0]["text"]
        finally:
            assistant.kill()


def free_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
