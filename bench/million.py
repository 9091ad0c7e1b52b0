"""What a library of 24 to a million sentences costs: to make, open, search, keep in memory and add to.

    python bench/million.py DATA OUT [--sentences 1000000] [--real 120000] [--compare]

DATA holds train/; OUT keeps the vectors and the libraries, so that a run that was stopped goes on.
How the sentences are made is said in bench/many_sentences.py: the figures are of real sentences and
of real ones with words exchanged, whose vectors were not encoded but moved by what was measured.

Each size is measured in a process of its own, on one thread. A search is all that
`Retriever.retrieve` does for one question but for the encoding of the question;
it takes turns with FAISS's IndexFlatIP over the vectors of all sentences, and of all passages, which
is what the dense part searches and its recall is reckoned against. Printed are a line for each size
and the table; the JSON and the plot lie in OUT.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[1])]

import many_sentences as made  # noqa: E402
import numpy as np  # noqa: E402
from made_libraries import GivenVectors, seconds, write_library  # noqa: E402
from speed import machine  # noqa: E402

from index import Article, ArticleIndex, Library  # noqa: E402
from index.library.manifest import read_manifest  # noqa: E402
from qa.retriever import N_CANDIDATES, Retriever  # noqa: E402
from qa.settings import TOP_K  # noqa: E402

SIZES = (24, 1_000, 10_000, 100_000, 1_000_000)
N_NEAREST = 10
N_WARM = 100
N_ADDED = 5


def resident_mb() -> float:
    """Return the memory of this process that is in use, mapped files included."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000


def prepare(args: argparse.Namespace) -> dict[str, float]:
    """Encode what is real, and ask for as many questions about it; return what that says."""
    encoder = made.packaged_encoder()
    groups = made.real_sentences(args.data)
    made.encode_real(groups, args.real, args.out / "real", encoder)
    kept = list(made.kept_articles(groups, args.real, args.out / "real"))
    moves = made.displacements(kept, args.out, encoder)
    questions = made.questions_about(args.data, {s for k in kept for s in k.sentences}, 1000)
    vectors = encoder.encode_questions(questions)
    (args.out / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    np.save(args.out / "questions.npy", vectors)
    sample = [made.make_article(group) for group in groups[:8]]
    texts = [s.text for a in sample for s in a.sentences]
    rate = len(texts) / seconds(lambda: made.encode_texts(texts, encoder))
    for size in (s for s in SIZES if s <= args.sentences):
        make_library(args.out, size, kept, moves)
    return {
        "distinct_real_sentences": len(groups) * made.N_OF_ARTICLE,
        "encoded_real_sentences": len(kept) * made.N_OF_ARTICLE,
        "cosine_real_to_changed": float(1 - (np.linalg.norm(moves, axis=1) ** 2).mean() / 2),
        "encoded_sentences_per_second": rate,
    }


def make_library(out: Path, size: int, kept: list[made.Kept], moves: Any) -> None:
    """Make the library of a size, unless it is there."""
    folder, said = out / f"library-{size}", out / f"made-{size}.json"
    if said.exists():
        return
    found = write_library(folder, made.entries(kept, moves, size), made.packaged_encoder())
    print(f"made {size}: {found}", flush=True)
    said.write_text(json.dumps(found), encoding="utf-8")


def measure(out: Path, size: int, n: int) -> dict[str, Any]:
    """Return what a library of a size costs to open and search."""
    import faiss

    folder = out / f"library-{size}"
    questions = json.loads((out / "questions.json").read_text("utf-8"))[: N_WARM + n]
    vectors = np.load(out / "questions.npy")[: N_WARM + n]
    encoder = GivenVectors(questions, vectors)
    encoder.fingerprint  # noqa: B018 - is no part of opening
    base = resident_mb()
    opening = [seconds(lambda: ArticleIndex.load(folder, encoder)) for _ in range(5)]
    retriever = Retriever(ArticleIndex.load(folder, encoder))
    first = seconds(lambda: retriever.retrieve(questions[:1], TOP_K))
    memory = 0.0
    for question in questions[:N_WARM]:
        retriever.retrieve([question], TOP_K)
        memory = max(memory, resident_mb())  # what was looked at is let go now and then
    index = retriever.store
    flat, flat_passages = (faiss.IndexFlatIP(index.encoder.dim) for _ in range(2))
    for of, into in ((index.sentence_vectors, flat), (index.passage_vectors, flat_passages)):
        for start in range(0, len(of), 65_536):
            into.add(of.rows(np.arange(start, min(start + 65_536, len(of)))))
    # Beside the time by the clock that of the processor: on a busy machine the first is much longer.
    times, in_use = (
        {k: [] for k in ("search", "flat", "flat_passages", "dense")} for _ in range(2)
    )
    for question, vector in zip(questions[N_WARM:], vectors[N_WARM:], strict=True):
        one = vector[None]
        for name, run in (
            ("search", lambda: retriever.retrieve([question], TOP_K)),  # noqa: B023
            ("flat", lambda: flat.search(one, N_NEAREST)),  # noqa: B023
            ("flat_passages", lambda: flat_passages.search(one, N_NEAREST)),  # noqa: B023
            ("dense", lambda: index.passage_vectors.search(one, N_CANDIDATES)),  # noqa: B023
        ):
            start = time.thread_time()
            times[name].append(seconds(run))
            in_use[name].append(time.thread_time() - start)
    _, exact = flat_passages.search(vectors[N_WARM:], N_NEAREST)
    found = [index.passage_vectors.search(v[None], N_CANDIDATES)[0] for v in vectors[N_WARM:]]
    k = min(N_NEAREST, index.n_passages)
    # The retriever ranks what is found by exact cosines: what is among it is among the best.
    recall = [len(set(a[:k]) & set(b)) / k for a, b in zip(exact, found, strict=True)]
    ratios = np.array(times["search"]) / np.array(times["flat"])
    return {
        "sentences": index.n_sentences,
        "passages": index.n_passages,
        "bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        "bytes_database": (folder / "library.db").stat().st_size,
        "bytes_records": sum(p.stat().st_size for p in folder.glob("records-*")),
        "opening_ms": 1e3 * float(np.median(opening)),
        "opening_ms_most": 1e3 * max(opening),
        "first_search_ms": 1e3 * first,
        **{f"{k}_p{p}_ms": 1e3 * float(np.percentile(v, p)) for k, v in times.items() for p in (50, 95)},
        **{f"{k}_p50_cpu_ms": 1e3 * float(np.median(v)) for k, v in in_use.items()},
        "ratio_cpu": float(np.median(in_use["search"]) / np.median(in_use["flat"])),
        "ratio": float(np.median(times["search"]) / np.median(times["flat"])),
        "ratio_quartiles": [float(np.percentile(ratios, p)) for p in (25, 75)],
        "recall_at_10": float(np.mean(recall)),
        "n_questions": len(ratios),
        "resident_mb": memory,
        "resident_mb_before": base,
    }  # fmt: skip


def add_to(out: Path, size: int) -> dict[str, Any]:
    """Return how long one more article takes until it can be searched, several times."""
    folder = out / f"library-{size}"
    encoder = made.packaged_encoder()
    chance = time.time_ns()
    text = "The {} bridge was opened in {}. It is {} metres long. Nobody in {} uses it."
    takes, names = [], []
    encoder.encode_passages([text])
    for number in range(N_ADDED):
        name = f"Adder{chance + number}"
        article = Article.from_text(text.format(name, number, number, name), language="en")

        def add(article: Article = article) -> None:
            with Library(folder, encoder) as library:
                library.add([article])

        takes.append(seconds(add))
        names.append(article.id)
    with Library(folder, encoder) as library:
        library.remove(names)
    manifest = read_manifest(folder)
    return {
        "add_s": float(np.median(takes)),
        "add_s_all": takes,
        "n_articles": manifest.n_articles,
        "n_segments": len(manifest.segments),
    }


def child(args: argparse.Namespace, part: str, size: int) -> dict[str, Any]:
    """Return what a part measures, in a process of its own."""
    command = [sys.executable, __file__, str(args.data), str(args.out), "--part", part]
    command += ["--size", str(size), "--questions", str(args.questions)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a table for a README."""
    columns = (
        ("sentences", "{sentences:,}"),
        ("written", "{database_s:.1f} + {files_s:.1f} s"),
        ("on the disk", "{megabytes:.1f} MB"),
        ("opened", "{opening_ms:.0f} ms"),
        ("search p50, p95", "{search_p50_ms:.1f}, {search_p95_ms:.1f} ms"),
        ("flat search p50", "{flat_p50_ms:.2f} ms"),
        ("ratio, of processor time", "{ratio:.3f}, {ratio_cpu:.3f}"),
        ("recall@10", "{recall_at_10:.3f}"),
        ("memory", "{resident_mb:.0f} MB"),
        ("one article added", "{add_s:.1f} s"),
    )
    lines = [[name for name, _ in columns], ["---"] * len(columns)]
    for row in rows:
        shown = row | {"megabytes": row["bytes"] / 1e6}
        lines.append([form.format(**shown) for _, form in columns])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw what grows with the sentences, on scales of powers of ten."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sizes = [r["sentences"] for r in rows]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4))
    lines = (
        (0, "milliseconds", "flat_p50_ms", "exact flat search", 1),
        (0, "milliseconds", "search_p95_ms", "search, p95", 1),
        (0, "milliseconds", "search_p50_ms", "search, p50", 1),
        (0, "milliseconds", "opening_ms", "opening", 1),
        (1, "MB", "bytes", "on the disk", 1e-6),
        (1, "MB", "resident_mb", "memory", 1),
        (2, "seconds", "database_s", "database written", 1),
        (2, "seconds", "files_s", "search files made", 1),
        (2, "seconds", "add_s", "one article added", 1),
    )
    for place, unit, key, label, scale in lines:
        axes[place].loglog(sizes, [r[key] * scale for r in rows], marker="o", ms=3, label=label)
        axes[place].set(xlabel="sentences", ylabel=unit)
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=80, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--real", type=int, default=120_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--part", choices=["search", "add"], help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part == "search":
        print(json.dumps(measure(args.out, args.size, args.questions)))
        return
    if args.part == "add":
        print(json.dumps(add_to(args.out, args.size)))
        return
    facts = {**machine(), "faiss-cpu": version("faiss-cpu"), "threads": 1}
    facts |= prepare(args)
    rows = []
    for size in (s for s in SIZES if s <= args.sentences):
        made_in = json.loads((args.out / f"made-{size}.json").read_text("utf-8"))
        rows.append(made_in | child(args, "search", size) | child(args, "add", size))
        print(json.dumps(rows[-1]), flush=True)
    said = {"machine": facts, "rows": rows}
    (args.out / "million.json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    plot(rows, args.out / "million.png")
    print(json.dumps(facts))
    print(table(rows))


if __name__ == "__main__":
    main()
