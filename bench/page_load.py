"""Many people at the page at once: is anybody shown another's article, and how long do they wait?

    python bench/page_load.py [--sessions 50] [--users 10,50,200] [--questions 3] [--pause 5]

The page runs in a process of its own on loopback, with the packaged article and reader, and is
spoken to as a browser does. First each session pastes an article with a word of its own and asks
for it, all at once; then each of some users asks some questions over the built-in article, with
a pause between them that is uniform around --pause seconds. Every request has a time limit, and
their number is users x questions: the run is bounded. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
LIMIT_S = 120.0
N_TRIES = 30
BUSY = "Too many questions"
PAGE_DATA = re.compile(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', re.S)
QUESTIONS = (
    "How many areas does the partnership plan cover?",
    "When was the older programme signed?",
    "Who is the press secretary?",
    "What is the name of the dog?",
    "Which city wants to host the Expo?",
    "How many countries of Europe are in NATO?",
)
SECRETS = "amber birch cedar daisy ember fjord grove heron inlet jetty kelp larch maple north otter".split()


class Page:
    """The page as one browser sees it: a session of its own."""

    def __init__(self, client: httpx.AsyncClient, data: dict[str, Any], name: str) -> None:
        """Take the data that the page comes with: the numbers of its actions, what is chosen."""
        self.client, self.name = client, name
        self.actions, self.built_in = data["actions"], data["picked"]

    async def call(self, action: str, message: dict[str, Any]) -> dict[str, Any]:
        """Return what an action sends last; a problem where it was turned away."""
        body = {
            "data": [message, None],
            "fn_index": self.actions[action],
            "session_hash": self.name,
            "simple_format": True,
        }
        joined = await self.client.post("gradio_api/queue/join", json=body)
        if joined.status_code == 503:
            return {"problem": BUSY}
        joined.raise_for_status()
        query = {"session_hash": self.name}
        async with self.client.stream("GET", "gradio_api/queue/data", params=query) as stream:
            last: dict[str, Any] = {}
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                sent = ((message.get("output") or {}).get("data") or [None])[0]
                last = sent or last
                if message["msg"] == "process_completed":
                    return last if message.get("success", True) else {"problem": str(message)}
        return {"problem": "the stream ended"}

    async def ask(self, question: str, picked: list[str]) -> tuple[str, str]:
        """Return how a question ended, and all that the page shows and saves then, as text."""
        message = {"question": question, "picked": picked, "threshold": 0.0, "max_citations": 3}
        out = await self.call("ask", message)
        if problem := out.get("problem"):
            return "busy" if problem.startswith(BUSY) else "failed", problem
        return "answered" if out.get("turn") else "failed", json.dumps(out)


async def secrets(page: Page, word: str, others: set[str]) -> str:
    """Return "own", "none", "busy" or "foreign": which secret word a session is answered with.

    A session that finds the page busy tries again, at most ``N_TRIES`` times.
    """
    text = f"The secret word of this house is {word}. Nobody else knows the word {word}."
    sent = {"text": text, "title": f"House {word}"}
    for _ in range(N_TRIES):
        added = (await page.call("add", sent)).get("added")
        if added:
            own = [article["id"] for article in added]
            ended, shown = await page.ask("What is the secret word of this house?", own)
            if any(other in shown for other in others - {word}):
                return "foreign"
            if ended == "answered":
                return "own" if word in shown else "none"
        await asyncio.sleep(1)
    return "busy"


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process until now."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def visit(
    page: Page, n_questions: int, pause: float, dice: random.Random
) -> list[tuple[str, float]]:
    """Return for each question of a user how it ended and how many seconds that took."""
    seen = []
    for _ in range(n_questions):
        await asyncio.sleep(dice.uniform(0, 2 * pause))
        began = time.perf_counter()
        try:
            ended, _ = await asyncio.wait_for(
                page.ask(dice.choice(QUESTIONS), page.built_in), LIMIT_S
            )
        except (httpx.HTTPError, TimeoutError):
            ended = "hung"
        seen.append((ended, time.perf_counter() - began))
    return seen


async def measure(address: str, arguments: argparse.Namespace, server: int) -> dict[str, Any]:
    """Return the figures; ``server`` is the process that serves the page."""
    limits = httpx.Limits(max_connections=None)
    report: dict[str, Any] = {"pause_s": arguments.pause, "questions_each": arguments.questions}
    async with httpx.AsyncClient(base_url=address, timeout=LIMIT_S, limits=limits) as client:
        found = PAGE_DATA.search((await client.get("")).text)
        if found is None:
            raise RuntimeError("the page must hold its data, got none; see qa/page/render.py")
        data = json.loads(found[1])
        dice = random.Random(arguments.seed)
        words = [
            f"{SECRETS[n % len(SECRETS)]}{dice.randrange(10**6):06d}"
            for n in range(arguments.sessions)
        ]
        pages = [Page(client, data, f"secret{n}") for n in range(len(words))]
        ended = await asyncio.gather(
            *(secrets(p, w, set(words)) for p, w in zip(pages, words, strict=True))
        )
        report["secrets"] = {kind: ended.count(kind) for kind in sorted(set(ended))}
        for n_users in arguments.users:
            cpu_before, began = cpu_seconds(server), time.perf_counter()
            users = [Page(client, data, f"user{n_users}x{n}") for n in range(n_users)]
            visits = await asyncio.gather(
                *(
                    visit(u, arguments.questions, arguments.pause, random.Random(n))
                    for n, u in enumerate(users)
                )
            )
            every = [each for of_user in visits for each in of_user]
            kinds = [kind for kind, _ in every]
            waits = sorted(s for kind, s in every if kind == "answered") or [float("nan")]
            report[f"{n_users} users"] = {
                **{kind: kinds.count(kind) for kind in sorted(set(kinds))},
                "p50_s": round(median(waits), 3),
                "p95_s": round(waits[min(len(waits) - 1, int(0.95 * len(waits)))], 3),
                "longest_s": round(max(s for _, s in every), 3),
                "took_s": round(time.perf_counter() - began, 1),
                "server_cpu_s": round(cpu_seconds(server) - cpu_before, 1),
            }
    return report


def main() -> None:
    """Serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument(
        "--users", type=lambda s: [int(n) for n in s.split(",")], default=[10, 50, 200]
    )
    parser.add_argument("--questions", type=int, default=3)
    parser.add_argument("--pause", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    command = [sys.executable, "-c", code, "ui", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            began = time.perf_counter()
            assert server.stdout
            address = server.stdout.readline().strip()
            report = {"page_answers_after_s": round(time.perf_counter() - began, 2)}
            httpx.get(address, timeout=LIMIT_S)
            print(
                json.dumps(
                    {**report, **asyncio.run(measure(address, arguments, server.pid))}, indent=2
                )
            )
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
