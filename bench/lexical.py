"""Lexical search over a library's sentences: ours, bm25s mapped, SQLite FTS5 and tantivy.

    python bench/lexical.py OUT LIBRARY [--questions 200]

LIBRARY is one that bench/million.py made, OUT the folder in which it keeps its questions. All are
given the same words, as index/text/tokens.py finds them, and asked for the 100 best sentences of a
question, in turn, on one thread. Printed for each: the time to index, the time to add 24 sentences
more, the bytes, the median and 95th percentile of a search by the clock and of the processor, and
how many of the ten best are those of bm25s, whose scores are the reference.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[1])]

import bm25s  # noqa: E402
import numpy as np  # noqa: E402
import tantivy  # noqa: E402

from index.library.snapshot import open_snapshot  # noqa: E402
from index.library.stored_articles import StoredArticles  # noqa: E402
from index.search.bm25 import K1, B, LexicalIndex, Postings, WordCounter  # noqa: E402
from index.storage.block_file import CheckedFile, OutputFile  # noqa: E402
from index.text.tokens import words  # noqa: E402

N = 100
N_ADDED = 24


class Ours:
    """Counts in checked files, scored when asked; added texts are a segment of their own."""

    name = "ours"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "g-ours"
        self._folder.mkdir()
        self._segments: list[Postings] = []

    def add(self, texts: list[str], _found: list[list[str]]) -> None:
        """Index texts besides those that are there."""
        counter = WordCounter()
        for text in texts:
            counter.add(text)
        files = {}
        for name, array in counter.to_arrays().items():
            path = self._folder / f"{len(self._segments)}-{name}"
            with OutputFile(path) as out:
                out.write(array.data)
            files[name] = CheckedFile(path, out.n_bytes, bytes(out.digests))
        self._segments.append(Postings.from_files(files))
        self._index = LexicalIndex(self._segments)

    def search(self, question: str, _words: list[str]) -> np.ndarray:
        """Return the rows of the best texts, best first."""
        scores, scored = self._index.search(question)
        if len(scored) > N:
            found = scores[scored]
            scored = scored[found >= np.partition(found, -N)[-N]]
        scored = np.unique(scored)  # those with several words came several times
        return scored[np.argsort(-scores[scored], kind="stable")][:N]


class Bm25s:
    """bm25s, saved and mapped; what is added makes all of it anew."""

    name = "bm25s, mapped"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bm25s"
        self._all: list[list[str]] = []

    def add(self, _texts: list[str], found: list[list[str]]) -> None:
        """Index all texts anew."""
        self._all += found
        made = bm25s.BM25(k1=K1, b=B, method="lucene")
        made.index(self._all, show_progress=False)
        made.save(self._folder)
        self._index = bm25s.BM25.load(self._folder, mmap=True)

    def search(self, _question: str, asked: list[str]) -> np.ndarray:
        """Return the rows of the best texts, best first."""
        known = [word for word in asked if word in self._index.vocab_dict]
        if not known:
            return np.empty(0, dtype=np.int64)
        scores = self._index.get_scores(known)
        best = np.argpartition(scores, -N)[-N:]
        return best[np.argsort(-scores[best], kind="stable")]


class Fts5:
    """SQLite's full-text search, without a copy of the texts; BM25 with its own constants."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path) -> None:
        (folder / "fts5").mkdir()
        self._database = sqlite3.connect(folder / "fts5/index.db")
        self._database.execute("CREATE VIRTUAL TABLE texts USING fts5(body, content='')")
        self._n = 0

    def add(self, _texts: list[str], found: list[list[str]]) -> None:
        """Index texts besides those that are there."""
        with self._database:
            rows = ((self._n + i, " ".join(each)) for i, each in enumerate(found))
            self._database.executemany("INSERT INTO texts (rowid, body) VALUES (?, ?)", rows)
        self._n += len(found)

    def search(self, _question: str, asked: list[str]) -> np.ndarray:
        """Return the rows of the best texts, best first."""
        query = " OR ".join(f'"{word}"' for word in asked)
        found = self._database.execute(
            f"SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT {N}", (query,)
        )
        return np.array([row for (row,) in found], dtype=np.int64)


class Tantivy:
    """tantivy, in its own files; BM25 with its own constants and rounded lengths."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        (folder / "tantivy").mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("row", stored=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=str(folder / "tantivy"))
        self._n = 0

    def add(self, _texts: list[str], found: list[list[str]]) -> None:
        """Index texts besides those that are there."""
        writer = self._index.writer(heap_size=200_000_000, num_threads=1)
        for each in found:
            writer.add_document(tantivy.Document(body=" ".join(each), row=self._n))
            self._n += 1
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, _question: str, asked: list[str]) -> np.ndarray:
        """Return the rows of the best texts, best first."""
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "body", word))
            for word in asked
        ]
        hits = self._searcher.search(tantivy.Query.boolean_query(terms), N, count=False).hits
        return np.array([self._searcher.doc(at)["row"][0] for _, at in hits], dtype=np.int64)


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    args = parser.parse_args()
    questions = json.loads((args.out / "questions.json").read_text("utf-8"))[: args.questions]
    texts = [s.text for a in StoredArticles(open_snapshot(args.library)) for s in a.sentences]
    found = [words(text) for text in texts]
    root = Path(tempfile.mkdtemp(prefix="lexical-", dir=args.out))
    rows: dict[str, dict[str, Any]] = {}
    engines = [kind(root) for kind in (Ours, Bm25s, Fts5, Tantivy)]
    for engine in engines:
        start = time.perf_counter(), time.process_time()
        engine.add(texts, found)
        rows[engine.name] = {
            "index_s": time.perf_counter() - start[0],
            "index_cpu_s": time.process_time() - start[1],
        }
        print(engine.name, rows[engine.name], flush=True)
    asked = {question: list(dict.fromkeys(words(question))) for question in questions}
    takes: dict[str, list[tuple[float, float]]] = {engine.name: [] for engine in engines}
    best: dict[str, list[set[int]]] = {engine.name: [] for engine in engines}
    for number, question in enumerate([*questions[:20], *questions]):  # the first twenty warm up
        for engine in engines:
            start = time.perf_counter(), time.thread_time()
            result = engine.search(question, asked[question])
            if number >= 20:
                takes[engine.name].append(
                    (time.perf_counter() - start[0], time.thread_time() - start[1])
                )
                best[engine.name].append(set(result[:10].tolist()))
    for engine in engines:
        start_add = time.perf_counter()
        engine.add(texts[:N_ADDED], found[:N_ADDED])
        clock, processor = 1e3 * np.array(takes[engine.name]).T
        same = [len(a & b) / 10 for a, b in zip(best[engine.name], best[Bm25s.name], strict=True)]
        rows[engine.name] |= {
            "add_s": time.perf_counter() - start_add,
            "p50_ms": float(np.median(clock)),
            "p95_ms": float(np.percentile(clock, 95)),
            "p50_cpu_ms": float(np.median(processor)),
            "same_of_ten": float(np.mean(same)),
            "n_questions": len(clock),
        }
    for name, folder in zip(rows, ("g-ours", "bm25s", "fts5", "tantivy"), strict=True):
        rows[name]["bytes"] = sum(p.stat().st_size for p in (root / folder).rglob("*"))
        print(name, rows[name])
    (args.out / "lexical.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
