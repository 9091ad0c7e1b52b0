"""What the fault scripts of the library share: articles, ten questions, and what must hold."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that children may be forked
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "tests")]

from conftest import BagOfWords  # noqa: E402

from index import Article, ArticleIndex, IndexFolderError, Library, verify  # noqa: E402
from qa import ArticleQA, Settings  # noqa: E402, Settings
from qa.readers.search_reader import SentenceReader  # noqa: E402

ENCODER = BagOfWords()
TOWNS = "Arden Borva Celm Dunmore Estwick Farlow Gorse Hallin Irvane Jorvik".split()
QUESTIONS = [f"Who is the mayor of {town}0?" for town in TOWNS]


def article(number: int, n_houses: int = 40) -> Article:
    """Return the article of a number; all differ, and ten questions are about the first ten."""
    town = f"{TOWNS[number % 10]}{number // 10}"
    text = (
        f"{town} has {number * 7 + 3} bridges. The mayor of {town} is Person{number}.\n\n"
        f"Nobody in {town} swims. The river there is {number + 2} miles long. "
        + " ".join(
            f"House {n} of {town} was built in {1500 + n + number}." for n in range(n_houses)
        )
    )
    return Article.from_text(text, title=f"On {town}", source=f"town-{number}.txt")


def articles(start: int, stop: int) -> list[Article]:
    """Return the articles of numbers."""
    return [article(n) for n in range(start, stop)]


def answers(folder: Path) -> tuple[int, list[dict]]:
    """Return how many articles a library can be searched for, and its answers to ten questions."""
    loaded = ArticleIndex.load(folder, ENCODER)
    engine = ArticleQA(loaded, Settings(reader=SentenceReader(), threshold=0))
    return len(loaded.articles), [a.to_dict() for a in engine.ask_many(QUESTIONS)]


def opened(folder: Path) -> Library:
    """Return a library that has, small as it is, what a large one has: segments and inverted lists."""
    return Library(folder, ENCODER, n_exact=16, n_together=20)


def grow(folder: Path, more: list[Article]) -> None:
    """Add articles to a library, two at a time."""
    with opened(folder) as library:
        for start in range(0, len(more), 2):
            library.add(more[start : start + 2])


class Trial:
    """A library of the first ten articles, to which ten more are added, five times two."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="faults-"))
        self.base = self.root / "base"
        with opened(self.base) as library:
            library.add(articles(0, 6))
        with opened(self.base) as library:
            library.add(articles(6, 10))
        self.more = articles(10, 20)
        # Two are kept at a time, so that after an error a part of the ten may be there.
        self.known = dict([answers(self.base)])
        full = self.fresh("full")
        for stop in range(2, 12, 2):
            grow(full, self.more[:stop])
            self.known |= dict([answers(full)])
        if sorted(self.known) != list(range(10, 22, 2)):
            raise SystemExit(f"the trial must have 10 to 20 articles, got {sorted(self.known)}")

    def fresh(self, name: str, parent: Path | None = None) -> Path:
        """Return a new copy of the library of ten articles."""
        folder = (parent or self.root) / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.base, folder)
        return folder

    def grow(self, folder: Path) -> None:
        """Add the ten more."""
        grow(folder, self.more)

    def check(self, folder: Path) -> str:
        """Return "old", "new" or "kept in part" as the library is; then finish and verify it."""
        n, found = answers(folder)
        if self.known.get(n) != found:
            raise SystemExit(f"{folder}: {n} articles, and other answers than before")
        self.grow(folder)
        if answers(folder) != (20, self.known[20]):
            raise SystemExit(f"{folder}: other answers once it was finished")
        if problems := verify(folder):
            raise SystemExit(f"{folder}: {problems}")
        return {10: "old", 20: "new"}.get(n, "with a part kept")

    def close(self) -> None:
        """Remove all files."""
        shutil.rmtree(self.root, ignore_errors=True)


def one_line(error: IndexFolderError) -> str:
    """Return an error's text, which must be one line."""
    text = str(error)
    if "\n" in text or not text:
        raise SystemExit(f"the error must be one line, got {text!r}")
    return text


def peak_mb() -> float:
    """Return the most memory this process has had, in MB."""
    # Not by getrusage, which counts the process that started this one.
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000
