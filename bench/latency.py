"""Time one question, warm: python bench/latency.py ARTICLE QUESTIONS.jsonl [--threads N] [--rounds N].

Each question is encoded alone, retrieved for and answered, in turn, so that a noisy machine
disturbs all three alike. Printed as JSON: medians and 95th percentiles in milliseconds, and the
medians of each question's ratios to its bare encoding.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index import SentenceTransformerEncoder
from qa import ArticleQA


def milliseconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("article", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    lines = args.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    encoder = SentenceTransformerEncoder()
    engine = ArticleQA.from_file(args.article, encoder=encoder)
    engine.ask(questions[0])
    times = np.array(
        [
            [
                milliseconds(lambda q=q: encoder.encode_questions([q])),
                milliseconds(lambda q=q: engine.retrieve(q)),
                milliseconds(lambda q=q: engine.ask(q)),
            ]
            for _ in range(args.rounds)
            for q in questions
        ]
    )
    ratios = np.median(times / times[:, :1], axis=0)
    for name, column, ratio in zip(("encode", "retrieve", "ask"), times.T, ratios, strict=True):
        p50, p95 = np.percentile(column, [50, 95])
        facts = {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "ratio": round(ratio, 2)}
        print(json.dumps({"what": name, "threads": args.threads, **facts}))


if __name__ == "__main__":
    main()
