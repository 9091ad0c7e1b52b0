"""Many programs at once: how long does /v1/ask take, and how long the page's own endpoint beside it?

    python bench/api_load.py [--users 1,10,50] [--questions 3] [--pause 5]

The page runs in a process of its own on loopback, with the packaged article and reader, and the
routes of programs beside it. For each number of users, each asks some questions with a pause between
them that is uniform around --pause seconds, once by POST /v1/ask and once by the page's queue
(/gradio_api/call/ask): in turn, so that both meet the same machine. Every request has a time limit,
and their number is bounded. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
LIMIT_S = 120.0
QUESTIONS = (
    "How many areas does the partnership plan cover?",
    "When was the older programme signed?",
    "Who is the press secretary?",
    "What is the name of the dog?",
    "Which city wants to host the Expo?",
    "How many countries of Europe are in NATO?",
)
Ask = Callable[[httpx.AsyncClient, str], Awaitable[str]]


async def ask_api(client: httpx.AsyncClient, question: str) -> str:
    """Return how a question by POST /v1/ask ended."""
    response = await client.post("v1/ask", json={"question": question})
    return {200: "answered", 429: "busy"}.get(response.status_code, "failed")


async def ask_page(client: httpx.AsyncClient, question: str) -> str:
    """Return how a question by the page's queue ended."""
    sent = await client.post("gradio_api/call/ask", json={"data": [question, [], None, 3]})
    if sent.status_code != 200:
        return "busy" if sent.status_code == 503 else "failed"
    event = ""
    async with client.stream("GET", f"gradio_api/call/ask/{sent.json()['event_id']}") as stream:
        async for line in stream.aiter_lines():
            event = line.removeprefix("event: ") if line.startswith("event: ") else event
    return {"complete": "answered", "error": "busy"}.get(event, "failed")


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process until now."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def visit(
    ask: Ask, client: httpx.AsyncClient, n_questions: int, pause: float, dice: random.Random
) -> list[tuple[str, float]]:
    """Return for each question of a user how it ended and how many seconds that took."""
    seen = []
    for _ in range(n_questions):
        await asyncio.sleep(dice.uniform(0, 2 * pause))
        began = time.perf_counter()
        try:
            ended = await asyncio.wait_for(ask(client, dice.choice(QUESTIONS)), LIMIT_S)
        except (httpx.HTTPError, TimeoutError):
            ended = "hung"
        seen.append((ended, time.perf_counter() - began))
    return seen


async def measure(address: str, arguments: argparse.Namespace, server: int) -> dict[str, Any]:
    """Return the figures; ``server`` is the process that serves."""
    limits = httpx.Limits(max_connections=None)
    report: dict[str, Any] = {"pause_s": arguments.pause, "questions_each": arguments.questions}
    async with httpx.AsyncClient(base_url=address, timeout=LIMIT_S, limits=limits) as client:
        while (await client.get("readyz")).status_code != 200:
            await asyncio.sleep(0.2)
        for n_users in arguments.users:
            for name, ask in (("/v1/ask", ask_api), ("page", ask_page)):
                before = cpu_seconds(server)
                visits = await asyncio.gather(
                    *(
                        visit(ask, client, arguments.questions, arguments.pause, random.Random(n))
                        for n in range(n_users)
                    )
                )
                every = [each for of_user in visits for each in of_user]
                waits = sorted(s for kind, s in every if kind == "answered") or [float("nan")]
                report[f"{n_users} users, {name}"] = {
                    **Counter(kind for kind, _ in every),
                    "p50_s": round(median(waits), 3),
                    "p95_s": round(waits[min(len(waits) - 1, int(0.95 * len(waits)))], 3),
                    "server_cpu_s": round(cpu_seconds(server) - before, 1),
                }
    return report


def main() -> None:
    """Serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--users", type=lambda s: [int(n) for n in s.split(",")], default=[1, 10, 50]
    )
    parser.add_argument("--questions", type=int, default=3)
    parser.add_argument("--pause", type=float, default=5.0)
    arguments = parser.parse_args()
    code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
    command = [sys.executable, "-c", code, "ui", "--no-open"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().strip()
            report = asyncio.run(measure(address, arguments, server.pid))
            print(json.dumps({"load_average": os.getloadavg()[0], **report}, indent=2))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
