"""Index files on many machines by a scheduler that is there already, Dask: workers read, encode and write.

    dask scheduler                                        # on one machine
    dask worker SCHEDULER --nthreads 1                    # on each that encodes; all see the same files
    python bench/dask_index.py SCHEDULER FOLDER postgresql://host/library
    python bench/dask_index.py --try 20                   # kill each 20 times, on this machine

`pip install '.[postgres]' distributed` on each. What is handed out is names of files. A worker writes each article whole, in a
transaction, with the hash of its text as its key, and a file's hash once all of it is there: so a task that runs
twice writes nothing twice, and whoever comes to a file that is there skips it. A worker that dies has its tasks
given to others by Dask; where the coordinator or the scheduler dies, the same command goes on.

--try starts a real PostgreSQL server, a scheduler and two workers, indexes 40 files, and kills -9 a worker in as
many trials, and this script's own process, the coordinator, in as many more, each at a moment of chance. After
each, the same command is given again until it ends well, and then: every article is there, once, and `verify`
finds nothing.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench/faults")]

N_FILES = 40
N_TOGETHER = 4  # files of a task


def index_files(files: list[str], where: str, encoder: Any = None) -> tuple[int, int, list[str]]:
    """Index some files; return how many articles came, how many files were there, and the errors.

    It is what a worker does: twice is as once.
    """
    from index import IngestReport, ingest, open_library

    report = IngestReport()
    with open_library(where, encoder) as library:
        ingest(library, files, report)
    return report.n_added, report.n_files_unchanged, report.errors


def index_with_bag_of_words(files: list[str], where: str) -> tuple[int, int, list[str]]:
    """Index some files with the encoder of the tests, which takes no time."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from conftest import BagOfWords

    time.sleep(0.05)  # as if it took some
    return index_files(files, where, BagOfWords())


def coordinate(scheduler: str, folder: str, where: str, work: Any = index_files) -> int:
    """Hand the files of a folder to workers, and print what came; return the exit status."""
    from distributed import Client, as_completed

    files = sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())
    tasks = [files[start : start + N_TOGETHER] for start in range(0, len(files), N_TOGETHER)]
    n_added = n_present = 0
    errors: list[str] = []
    with Client(scheduler) as client:
        # Not pure: what was done for an earlier command is not taken for done.
        futures = client.map(work, tasks, where=where, pure=False, retries=10)
        for future in as_completed(futures):
            added, present, problems = future.result()
            n_added, n_present = n_added + added, n_present + present
            errors += problems
    print(f"{n_added} articles added, {n_present} files were there", *errors, sep="\n", flush=True)
    return 1 if errors else 0


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Trials:
    """A scheduler, two workers and a server, on which files are indexed while one of them is killed."""

    def __init__(self, address: str, server: Any, folder: str) -> None:
        self.address, self.server, self.folder = address, server, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.seen: Counter[str] = Counter()

    def start_worker(self) -> None:
        """Start a worker."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address]
        command += ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )

    def command(self, where: str) -> subprocess.Popen[bytes]:
        """Give the command that indexes the files."""
        command = [sys.executable, __file__, self.address, self.folder, where, "--bag-of-words"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, kind: str, chance: random.Random) -> None:
        """Index, kill a worker or the coordinator, go on, and check."""
        from conftest import BagOfWords

        from index import open_library, verify

        where = self.server.new_database()
        with open_library(where, BagOfWords()):
            pass
        coordinator = self.command(where)
        n_before = self._wait(where, chance.randint(1, N_FILES - 10))
        if kind == "worker":
            worker = self.workers.pop(0)
            worker.kill()
            worker.wait()
            self.start_worker()
        else:
            coordinator.kill()
            coordinator.wait()
            with open_library(where, BagOfWords(), must_exist=True) as library:
                self.seen["articles after the coordinator's end"] += len(library)
        status = coordinator.wait(120)
        self.seen[f"{kind}: {'ended well' if status == 0 else 'given again'}"] += 1
        while status:
            status = self.command(where).wait(120)
        with open_library(where, BagOfWords(), must_exist=True) as library:
            texts = Counter(record.article.text for record in library.records(library.ids()))
        expected = Counter(path.read_text("utf-8") for path in Path(self.folder).iterdir())
        if texts != expected or (problems := verify(where)):
            raise AssertionError((len(texts), len(expected), problems))
        self.seen[f"{kind}: killed after, articles"] += n_before
        self.seen[f"{kind}: whole"] += 1

    def _wait(self, where: str, n: int) -> int:
        """Wait until so many articles are there; return how many are."""
        import psycopg

        with psycopg.connect(where, autocommit=True) as connection:
            for _ in range(2400):
                (count,) = connection.execute(
                    "SELECT count(*) FROM article_qa.articles"
                ).fetchall()[0]
                if count >= n:
                    return int(count)
                time.sleep(0.02)
        raise RuntimeError("nothing is indexed")


def try_kills(n: int) -> None:
    """Kill workers and coordinators, and print what was seen."""
    from library_faults import article
    from postgres_servers import PostgresServer
    from server_load import free_port

    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory())
        for number in range(N_FILES):
            each = article(number, n_houses=8)
            (Path(folder) / f"{number}.txt").write_text(each.text, "utf-8")
        server = PostgresServer()
        closing.callback(server.close)
        port = free_port()
        scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
        closing.enter_context(running(*scheduler, "--host", "127.0.0.1", "--port", port))
        trials = Trials(f"tcp://127.0.0.1:{port}", server, folder)
        try:
            for _ in range(2):
                trials.start_worker()
            began = time.monotonic()
            chance = random.Random(0)
            for _ in range(n):
                for kind in ("worker", "coordinator"):
                    trials.run(kind, chance)
                print(dict(trials.seen), f"{time.monotonic() - began:.0f} s", flush=True)
        finally:
            for worker in trials.workers:
                with suppress(ProcessLookupError):
                    worker.kill()
                worker.wait()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scheduler", nargs="?")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("where", nargs="?")
    parser.add_argument("--try", type=int, dest="n_tries", metavar="N")
    parser.add_argument("--bag-of-words", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.n_tries:
        try_kills(options.n_tries)
        return
    if not options.where:
        parser.error("a scheduler, a folder and the URL of a library must be given")
    work = index_with_bag_of_words if options.bag_of_words else index_files
    sys.exit(coordinate(options.scheduler, options.folder, options.where, work))


if __name__ == "__main__":
    main()
