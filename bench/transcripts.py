"""What programs, chat clients and assistants send, and what comes back: run, and written down.

    python bench/transcripts.py [--picture bench/notebook.png]   > bench/TRANSCRIPTS.md

Starts `article-qa serve` over the packaged article on a free port of loopback and `article-qa mcp` on
pipes; needs curl, openai, mcp and langchain-core, and for the picture Chromium. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
KEY = "0123456789abcdef"
QUESTION = "How many areas does the partnership plan cover?"
MAX_LINE = 400
RUN = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
TITLE = """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: { "title": "your concise title here" }
### Chat History:
<chat_history>
USER: How many areas does the partnership plan cover?
ASSISTANT: 11
</chat_history>"""


@contextmanager
def serving() -> Iterator[str]:
    """Serve, and yield the address once the models are loaded."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", RUN, "serve", "--port", str(port), "--api-key", KEY]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        address = f"http://127.0.0.1:{port}"
        ready = False
        while not ready:
            try:
                ready = urlopen(f"{address}/readyz").status == 200
            except URLError:
                time.sleep(0.2)
        yield address
        server.terminate()
        section("The server's own log of all this", "text", server.communicate()[1].strip())


def section(title: str, language: str, text: str) -> None:
    """Print a section, with lines that are very long cut."""
    lines = [
        line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} …" for line in text.splitlines()
    ]
    print(f"## {title}\n\n```{language}", *lines, "```\n", sep="\n")


def curl(address: str, path: str, body: Any = None, *, key: str = KEY) -> str:
    """Return a call of curl and what came back."""
    command = ["curl", "-s", "-w", "\n(%{http_code})", f"{address}{path}"]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
    if body is not None:
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = shlex.join(c for c in command if c not in ("-w", "\n(%{http_code})"))
    return f"$ {shown}\n{done.stdout}"


def openai_client(address: str) -> str:
    """Return what OpenAI's client reads, whole and streamed."""
    from openai import OpenAI

    lines = []
    with OpenAI(base_url=f"{address}/v1", api_key=KEY) as client:
        lines.append(f">>> client.models.list()  # {[m.id for m in client.models.list()]}")
        asked: Any = {"model": "article-qa", "messages": [{"role": "user", "content": QUESTION}]}
        message = client.chat.completions.create(**asked).choices[0].message
        lines.append(f">>> message.content\n{message.content}")
        cited = message.annotations or []
        lines += [f">>> annotation.url_citation\n{a.url_citation}" for a in cited]
        lines.append(">>> for chunk in client.chat.completions.create(…, stream=True):")
        for chunk in client.chat.completions.create(**asked, stream=True):
            told = chunk.choices[0].delta if chunk.choices else getattr(chunk, "event", None)
            lines.append(f"{told}")
    return "\n".join(lines)


def assistant() -> str:
    """Return the lines that an assistant and `article-qa mcp` send each other, as Claude Desktop does."""
    command = [sys.executable, "-c", RUN, "mcp"]
    asked = [
        ("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                        "clientInfo": {"name": "claude-ai", "version": "0.1.0"}}),
        ("notifications/initialized", None),
        ("tools/list", {}),
        ("tools/call", {"name": "ask_article", "arguments": {"question": QUESTION}}),
        ("tools/call", {"name": "ask_article", "arguments": {"question": "?"}}),
    ]  # fmt: skip
    lines = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdin
        assert server.stdout
        for number, (method, params) in enumerate(asked):
            message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
            if params is not None:
                message |= {"id": number, "params": params}
            lines.append(f"→ {json.dumps(message)}")
            server.stdin.write(f"{json.dumps(message)}\n")
            server.stdin.flush()
            if params is not None:
                lines.append(f"← {server.stdout.readline().strip()}")
        server.stdin.close()
    return "\n".join(lines)


def chain() -> str:
    """Return a LangChain chain, with a model that says what it was given, and what it answers."""
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough

    from qa import ArticleQA
    from qa.adapters.langchain import ArticleRetriever

    retriever = ArticleRetriever(engine=ArticleQA.builtin(), k=2)
    prompt = ChatPromptTemplate.from_template("Answer from these only:\n{passages}\n\n{question}")
    model = RunnableLambda(lambda given: given.to_string())  # a chat model stands here
    join = RunnableLambda(lambda found: "\n".join(d.page_content for d in found))
    steps: Any = {"passages": retriever | join, "question": RunnablePassthrough()}
    answered = (steps | prompt | model).invoke(QUESTION)
    shown = ">>> retriever = ArticleRetriever(engine=ArticleQA.builtin(), k=2)\n"
    shown += ">>> chain = {'passages': retriever | join, 'question': RunnablePassthrough()} | prompt | model\n"
    return f"{shown}>>> chain.invoke({QUESTION!r})\n{answered}"


def draw(picture: Path) -> None:
    """Write a picture of an answer and an article as a notebook shows them."""
    from playwright.sync_api import sync_playwright

    from qa import ArticleQA

    engine = ArticleQA.builtin()
    answer = engine.ask(QUESTION)
    cells = [
        ("engine = ArticleQA.builtin()\nengine.articles[0]", engine.articles[0]._repr_html_()),
        (f'engine.ask("{QUESTION}")', answer._repr_html_()),
        ('engine.ask("Who is the president of France?")',
         engine.ask("Who is the president of France?")._repr_html_()),
    ]  # fmt: skip
    style = (
        "body{font:14px/1.5 system-ui,sans-serif;margin:16px;width:860px}"
        "pre{background:#f5f5f5;border:1px solid #e0e0e0;padding:6px;margin:14px 0 6px}"
        ".out{padding:0 12px}"
    )
    body = "".join(f"<pre>{code}</pre><div class=out>{html}</div>" for code, html in cells)
    page_html = f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style>{body}"
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 900, "height": 400})
        page.set_content(page_html)
        page.screenshot(path=picture, full_page=True)
        browser.close()


def main() -> None:
    """Run all of it and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    print("# Programs, chat clients and assistants\n")
    print("Written by `python bench/transcripts.py`; lines over 400 characters are cut.\n")
    with serving() as address:
        section("curl: a question", "console", curl(address, "/v1/ask", {"question": QUESTION}))
        two = {"questions": [{"id": 1, "question": QUESTION}, {"id": 2, "question": "?"}]}
        section("curl: a batch, streamed", "console", curl(address, "/v1/ask/batch", two))
        section("curl: no key", "console", curl(address, "/v1/ask", {"question": "x"}, key=""))
        section("curl: no question", "console", curl(address, "/v1/ask", {"question": "?"}))
        section("OpenAI's client", "python", openai_client(address))
        chat: dict[str, Any] = {"model": "article-qa", "stream": True, "messages": []}
        question = {**chat, "messages": [{"role": "user", "content": QUESTION}]}
        shown = curl(address, "/v1/chat/completions", question)
        section("Open WebUI: a question", "console", shown)
        title = {**chat, "stream": False, "messages": [{"role": "user", "content": TITLE}]}
        section("Open WebUI: a title", "console", curl(address, "/v1/chat/completions", title))
        added = {"text": "The council of Lund opened the new bridge on Monday.", "title": "Bridge"}
        section("curl: an article is added", "console", curl(address, "/v1/articles", added))
    section("An assistant on stdin and stdout", "text", assistant())
    section("A LangChain chain", "python", chain())
    if arguments.picture:
        draw(arguments.picture)
        print(f"## A notebook\n\n![An article and answers in a notebook]({arguments.picture.name})")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
