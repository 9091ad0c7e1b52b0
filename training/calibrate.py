"""Calibrate a reader: python calibrate.py DATA PREPARED READER OUT [--sample N] [--seed N].

Asks the program itself the questions of PREPARED/validation.jsonl.gz, each over the whole of its
article; these articles were held out of the training. Fits how evidence, span and retrieval rank
sentences and how sure the reader may be, and chooses the threshold on them and on every second
question of DATA/dev/clapnq. All of it goes into READER/reader.json; reliability.png and risk_coverage.png into OUT.
Every figure of the held-out articles is of those that the fit has not seen: it is made anew
without each article in turn.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from clapnq import read_rows
from matplotlib.figure import Figure
from numpy.typing import NDArray
from squad import Question

from index import SentenceTransformerEncoder
from qa.article_qa import N_READ, ArticleQA
from qa.readers.trained_reader import (
    Finding,
    SpanReader,
    confidence_features,
    rank_features,
)
from qa.retriever import N_CANDIDATES, PASSAGE_WEIGHT, Retriever
from qa.settings import Settings
from qa.types import Hit

N_BINS = 10
THRESHOLDS = np.arange(0.1, 0.9, 0.05)
RIDGE = 1e-3
REMOVED = 0.33
STEP = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was asked: its article, what was found, and which findings are right."""

    title: str
    question: str
    findings: list[Finding]
    right: NDArray[np.bool_]


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


def ask(
    reader: SpanReader, questions: Sequence[Question], sample: Sequence[Question], random: Random
) -> list[Case]:
    """Return a case for each sampled question.

    In an article that has answerable questions only, some are read without the passages that
    hold their answer: then no sentence is right.
    """
    cases = []
    for title in sorted({q.title for q in sample}):
        mine = [q for q in questions if q.title == title]
        contexts = list(dict.fromkeys(q.context for q in mine))
        starts = np.cumsum([0, *(len(c) + 2 for c in contexts)])
        place = dict(zip(contexts, starts[:-1].tolist(), strict=True))
        engine = ArticleQA.from_text("\n\n".join(contexts), Settings(reader=reader), title=title)
        removing = all(q.answers for q in mine)
        some = [q for q in sample if q.title == title]
        for first in range(0, len(some), STEP):
            asked = some[first : first + STEP]
            found = engine.retriever.retrieve([q.question for q in asked], N_CANDIDATES)
            requests, golds = [], []
            for question, hits in zip(asked, found, strict=True):
                gold = [place[question.context] + start for _, start in question.answers]
                gone: list[str] = []
                if removing and random.random() < REMOVED:
                    gone, gold = [text.lower() for text, _ in question.answers], []
                kept = without(hits, gone, engine.retriever) if gone else hits
                requests.append((question.question, kept[:N_READ]))
                golds.append(gold)
            for question, findings, gold in zip(
                asked, reader.findings(requests), golds, strict=True
            ):
                if findings:
                    right = [
                        any(f.sentence.start <= g < f.sentence.end for g in gold) for f in findings
                    ]
                    cases.append(Case(title, question.question, findings, np.array(right)))
    return cases


def ask_long(reader: SpanReader, data: Path) -> list[Case]:
    """Return a case for every second question of CLAPnq, each over its own passage.

    Right are the sentences of the annotator who agrees with the most evident one.
    """
    encoder = SentenceTransformerEncoder()
    cases = []
    for row in list(read_rows(data / "dev" / "clapnq"))[::2]:
        engine = ArticleQA.from_articles([row.article], Settings(encoder=encoder, reader=reader))
        hits = engine.retriever.retrieve([row.question], N_READ)[0]
        (findings,) = reader.findings([(row.question, hits)])
        if findings:
            best = max(findings, key=lambda f: f.evidence).sentence.number
            gold = max(row.gold, key=lambda g: (best in g, len(g)), default=frozenset())
            right = np.array([f.sentence.number in gold for f in findings])
            cases.append(Case(f"clapnq {len(cases)}", row.question, findings, right))
    return cases


def choose_threshold(
    asked: Sequence[tuple[Floats, NDArray[np.bool_]]],
) -> tuple[float, list[float]]:
    """Return the threshold that suits sets of questions best, and how well it suits each.

    Args:
        asked: of each set the confidences and which questions are answerable. A threshold suits
            by the mean of the share of answerable ones kept and of the others declined.
    """

    def suits(threshold: float) -> list[float]:
        return [
            float(((c[a] >= threshold).mean() + (c[~a] < threshold).mean()) / 2) for c, a in asked
        ]

    best = max(THRESHOLDS.tolist(), key=lambda threshold: sum(suits(threshold)))
    return round(best, 2), [round(share, 4) for share in suits(best)]


def without(hits: Sequence[Hit], gone: Sequence[str], retriever: Retriever) -> list[Hit]:
    """Return hits as if the passages with one of the texts were not in the article, best first.

    Scores are scaled to the best found, so they are made again from what is left.
    """
    kept = [h for h in hits if not any(t in h.passage.text.lower() for t in gone)]
    if not kept:
        return []
    sentences = {s.sentence.number: s for h in kept for s in h.sentences}
    scores = retriever.fuse(
        np.array([(h.dense_score + max(s.dense_score for s in h.sentences)) / 2 for h in kept]),
        np.array([h.lexical_score for h in kept]),
    )
    own = retriever.fuse(
        np.array([s.dense_score for s in sentences.values()]),
        np.array([s.lexical_score for s in sentences.values()]),
    )
    own_of = dict(zip(sentences, own.tolist(), strict=True))
    again = []
    for hit, score in zip(kept, scores.tolist(), strict=True):
        parts = tuple(
            replace(
                s,
                score=(1 - PASSAGE_WEIGHT) * own_of[s.sentence.number] + PASSAGE_WEIGHT * score,
            )
            for s in hit.sentences
        )
        again.append(replace(hit, score=score, sentences=parts))
    return sorted(again, key=lambda h: -h.score)


def fit_rank(cases: Sequence[Case]) -> dict[str, float]:
    """Return the weights under which right sentences take most of each question's softmax.

    A conditional logit with a small ridge, by Newton's method, over questions with a right one.
    """
    useful = [(features_of(c.findings), c.right) for c in cases if c.right.any()]
    names = list(rank_features(cases[0].findings[0]))
    weights = np.zeros(len(names))
    for _ in range(30):
        slope, curve = -RIDGE * len(useful) * weights, RIDGE * len(useful) * np.eye(len(names))
        for rows, right in useful:
            whole = softmax(rows @ weights)
            part = softmax(np.where(right, rows @ weights, -np.inf))
            slope += (part - whole) @ rows
            spread = rows - whole @ rows
            curve += (spread * whole[:, None]).T @ spread
        step = np.linalg.solve(curve, slope)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def features_of(findings: Sequence[Finding]) -> Floats:
    """Return the rank features of findings, float64 (n_findings, n_features)."""
    return np.array([list(rank_features(f).values()) for f in findings])


def softmax(scores: Floats) -> Floats:
    """Return the scores' shares, which sum to 1."""
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def order_of(case: Case, rank: dict[str, float]) -> list[int]:
    """Return the numbers of a case's findings, best first."""
    scores = features_of(case.findings) @ np.array(list(rank.values()))
    return np.argsort(-scores, kind="stable").tolist()


def table(cases: Sequence[Case], rank: dict[str, float]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (confidence features of each case, whether its first sentence is right)."""
    rows, right = [], []
    for case in cases:
        order = order_of(case, rank)
        rows.append(list(confidence_features(case.findings, order).values()))
        right.append(bool(case.right[order[0]]))
    return np.array(rows), np.array(right)


def fit_confidence(rows: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return the weights of a logistic regression, by Newton's method with a ridge.

    The first feature is the intercept, which is 1 and has no ridge.
    """
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    mean[0], scale[0] = 0.0, 1.0
    design = (rows - mean) / scale
    weights = np.zeros(design.shape[1])
    ridge = np.diag([1e-9] + [RIDGE * len(rows)] * (rows.shape[1] - 1))
    for _ in range(30):
        p = sigmoid(design @ weights)
        slope = design.T @ (right - p) - ridge @ weights
        curve = (design * (p * (1 - p))[:, None]).T @ design + ridge
        weights = weights + np.linalg.solve(curve, slope)
    plain = weights / scale
    plain[0] -= plain[1:] @ mean[1:]
    return np.asarray(plain, dtype=np.float64)


def sigmoid(logits: Floats) -> Floats:
    """Return the logistic function of logits."""
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def bins_of(confidence: Floats, right: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Return for each tenth of the confidence its mean, the share right and the count."""
    numbers = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [
        {
            "confidence": round(float(confidence[numbers == n].mean()), 4),
            "right": round(float(right[numbers == n].mean()), 4),
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


def calibrate(cases: Sequence[Case], long_cases: Sequence[Case], out: Path) -> dict[str, Any]:
    """Return what reader.json takes: weights, threshold and figures; draw the two diagrams."""
    titles = np.array([c.title for c in cases])
    answerable = np.array([c.right.any() for c in cases])
    confidence, right = np.zeros(len(cases)), np.zeros(len(cases), dtype=bool)
    for title in sorted(set(titles.tolist())):
        others = [c for c in cases if c.title != title]
        rank = fit_rank(others)
        weights = fit_confidence(*table(others, rank))
        rows, right[titles == title] = table([c for c in cases if c.title == title], rank)
        confidence[titles == title] = sigmoid(rows @ weights)
    rank = fit_rank(cases)
    weights = fit_confidence(*table(cases, rank))
    names = confidence_features(cases[0].findings, order_of(cases[0], rank))
    long_rows, _ = table(long_cases, rank)
    long_answerable = np.array([c.right.any() for c in long_cases])
    threshold, suits = choose_threshold(
        [(confidence, answerable), (sigmoid(long_rows @ weights), long_answerable)]
    )
    given = confidence >= threshold
    bins, given_bins = bins_of(confidence, right), bins_of(confidence[given], right[given])
    draw(bins, confidence, right, out)
    return {
        "rank": rank,
        "confidence": dict(zip(names, weights.round(5).tolist(), strict=True)),
        "threshold": threshold,
        "calibration": {
            "threshold_suits": dict(zip(("held-out articles", "clapnq"), suits, strict=True)),
            "questions": len(cases),
            "answerable": int(answerable.sum()),
            "articles": sorted(set(titles.tolist())),
            "hit_at_1": round(float(right[answerable].mean()), 4),
            "unanswerable_declined": round(float(1 - given[~answerable].mean()), 4),
            "answerable_declined": round(float(1 - given[answerable].mean()), 4),
            "right_among_given": round(float(right[given].mean()), 4),
            "ece": round(error_of(bins), 4),
            "ece_given": round(error_of(given_bins), 4),
            "brier": round(float(((confidence - right) ** 2).mean()), 4),
            "bins": bins,
        },
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("prepared", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, help="only so many questions, drawn with the seed")
    parser.add_argument("--cases", type=Path, help="keep what was found here, to fit it again")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    random = Random(args.seed)
    questions = read_questions(args.prepared / "validation.jsonl.gz")
    sample = random.sample(questions, min(args.sample or len(questions), len(questions)))
    if args.cases and args.cases.exists():
        cases, long_cases = pickle.loads(args.cases.read_bytes())
    else:
        reader = SpanReader(args.reader)
        cases, long_cases = ask(reader, questions, sample, random), ask_long(reader, args.data)
    if args.cases:
        args.cases.write_bytes(pickle.dumps((cases, long_cases)))
    args.out.mkdir(parents=True, exist_ok=True)
    found = calibrate(cases, long_cases, args.out)
    path = args.reader / "reader.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, **found}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
