"""Search with eight threads while another process adds; no crash, and no answer of neither state.

Four threads open the library anew for every question, four share one opened index.

python bench/faults/search_while_adding.py [--seconds 600] [--threads 8]
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections import Counter

from library_faults import ENCODER, Trial, article, opened

from index import ArticleIndex
from qa.retriever import Retriever


def write_on(folder) -> None:
    """Add one article after the other, and take every other one out again, until killed."""
    number = 20
    while True:
        with opened(folder) as library:
            library.add([article(number)])
        if number % 2:
            with opened(folder) as library:
                library.remove([article(number - 1).id])
        number = number + 1 if number < 200 else 20


def search(loaded: ArticleIndex, number: int) -> str | None:
    """Ask for the mayor of a town; return what is wrong, if anything is."""
    town = article(number).title.removeprefix("On ")
    (hits,) = Retriever(loaded).retrieve([f"Who is the mayor of {town}?"], 3)
    is_there = any(head.title == f"On {town}" for head in loaded.heads)
    found = any(f"mayor of {town} is Person{number}." in hit.passage.text for hit in hits)
    text_is_exact = all(
        hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text for hit in hits
    )
    if found != is_there or not text_is_exact:
        return f"{town} is {'' if is_there else 'not '}there, found: {found}"
    return None


class Searchers:
    """Threads that search until an end; every other one opens the library anew each time."""

    def __init__(self, folder, seconds: float) -> None:
        self.folder = folder
        self.shared = ArticleIndex.load(folder, ENCODER)
        self.end = time.monotonic() + seconds
        self.seen: Counter[str] = Counter()
        self.states: set[str] = set()
        self.wrong: list[str] = []

    def run(self, n_threads: int) -> None:
        """Search with so many threads."""
        threads = [threading.Thread(target=self._guarded, args=(n,)) for n in range(n_threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _guarded(self, thread: int) -> None:
        try:
            self._ask(thread)
        except BaseException as error:
            self.wrong.append(repr(error))
            raise

    def _ask(self, thread: int) -> None:
        number = thread
        while time.monotonic() < self.end and not self.wrong:
            opens = thread % 2 == 0
            loaded = ArticleIndex.load(self.folder, ENCODER) if opens else self.shared
            if opens:
                self.states.add(" ".join(head.id for head in loaded.heads))
            problem = search(loaded, number % 60)
            self.seen["searches of a library opened anew" if opens else "of a shared index"] += 1
            if problem:
                self.wrong.append(problem)
            number += 7


def main() -> None:
    """Run for some time and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    trial = Trial()
    folder = trial.fresh("busy")
    writer = os.fork()
    if writer == 0:
        write_on(folder)
    searchers = Searchers(folder, options.seconds)
    searchers.run(options.threads)
    finished, status = os.waitpid(writer, os.WNOHANG)
    if finished:
        raise SystemExit(f"the writer ended with status {status}")
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    trial.close()
    if searchers.wrong or len(searchers.states) < 2:
        raise SystemExit(f"wrong: {searchers.wrong}, {len(searchers.states)} states seen")
    print(
        f"{options.threads} threads, {options.seconds:.0f} s: {dict(searchers.seen)}, "
        f"{len(searchers.states)} states of the library seen; no crash, no wrong result"
    )


if __name__ == "__main__":
    main()
