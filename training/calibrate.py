"""Calibrate a reader: python calibrate.py DATA PREPARED READER OUT [--cases FILE].

Asks the program the written development questions and those of the held-out written texts, with the
questions before them, questions over held-out articles (SQuAD's) and every second question of CLAPnq,
each over its whole text; the small model reads all windows, the large one those that it prefers,
until it is sure.
Then fits for each of the two: how sentences are ranked, whether the text answers the question at all,
and whether the first sentence is right; and chooses the limits. All goes into READER/reader.json;
reliability.png and risk_coverage.png, of the large one, into OUT.

Every figure is of texts that the fit has not seen: it is made anew without each fifth of them.
Unanswerable questions count so much less that they weigh as a fifth of all, as people ask them.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from cases import Case, clapnq, collect, held_out, read_on, written
from fitting import (
    Bools,
    Floats,
    auc,
    bins_of,
    calibration_error,
    fit_logistic,
    fit_rank,
    sigmoid,
)
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qa.readers.decision import Candidate, n_cited, rank_features
from qa.readers.trained_reader import AT_ONCE, SIZES, TrainedReader

N_FOLDS = 5
N_ROUNDS = 2
UNANSWERABLE = 0.2  # the share of questions that a text does not answer, as people ask them
# The large model reads so many windows, fewer where the chance of an answer is so high or so low:
# bench/QUALITY.md says what others give.
N_WINDOWS = 4
ENOUGH = {"answerable": 0.95, "unanswerable": 0.02}
# Where the small one's chance is this or less, the large one reads nothing: of 1,996 answerable questions
# that stand alone 2 have so little, and none of these was answered rightly by both.
HOPELESS = 0.15
SETS = {"written": 0.65, "squad": 0.25, "clapnq": 0.1}  # how much each counts in the fits
# Of the answerable written questions so many may be "not found"; so many of the unanswerable ones
# must not be "answered".
NOT_FOUND, NOT_ANSWERED = 0.08, 0.87
MARGINS = (0.0, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0)  # of rank scores, within which sentences are cited
MOST_CITED, CITED_ON_AVERAGE, AS_GOOD = 3, 1.3, 0.002
CERTAIN = 0.1  # the share from which on a span is shown as the short answer
# How much the small model's scores of spans count beside the large one's: bench/QUALITY.md.
SMALL_SPANS = 0.15


@dataclass(frozen=True, slots=True)
class Row:
    """A case as a model sees it: its sentences, what they are ranked by, and which are right."""

    case: Case
    name: str
    candidates: list[Candidate]
    features: Floats
    right: Bools


@dataclass(frozen=True, slots=True)
class Fit:
    """The weights of a model's scores."""

    rank: Floats
    answerable: Floats
    right: Floats


@dataclass(frozen=True, slots=True)
class Decided:
    """What is made of cases: chances, and whether the first sentence is right."""

    answerable: Floats
    confidence: Floats
    right: Bools


def rows_of(cases: Sequence[Case], name: str) -> list[Row]:
    """Return cases as a model sees them."""
    rows = []
    for case in cases:
        candidates = case.scored.candidates(name)
        features = np.array([list(rank_features(c).values()) for c in candidates])
        gold = frozenset().union(*case.asked.gold)
        right = np.array([c.scored.sentence.number in gold for c in candidates], dtype=bool)
        rows.append(Row(case, name, candidates, features, right))
    return rows


def decision_of(row: Row, order: Sequence[int]) -> dict[str, float]:
    """Return what a row is decided by, for the order of its candidates."""
    return row.case.scored.features(row.name, row.candidates, order)


def table(rows: Sequence[Row], rank: Floats) -> tuple[Floats, Bools]:
    """Return (decision features of each row, whether its first sentence is right)."""
    features, right = [], []
    for row in rows:
        order = np.argsort(-(row.features @ rank), kind="stable").tolist()
        features.append(list(decision_of(row, order).values()))
        right.append(bool(row.right[order[0]]))
    return np.array(features), np.array(right)


def importance_of(rows: Sequence[Row]) -> Floats:
    """Return how much each row counts: by its set, and the unanswerable as a fifth of it."""
    counts = np.zeros(len(rows))
    groups = np.array([row.case.asked.group for row in rows])
    answerable = answerable_of(rows)
    for group, share in SETS.items():
        mine = groups == group
        if mine.any():
            counts[mine] = natural(answerable[mine])
            counts[mine] *= share / counts[mine].sum()
    return counts


def natural(answerable: Bools) -> Floats:
    """Return how much each question counts so that a fifth of them are unanswerable."""
    if answerable.all():
        return np.ones(len(answerable))
    n = max(1, int(answerable.sum()))
    return np.where(answerable, (1 - UNANSWERABLE) / n, UNANSWERABLE / max(1, (~answerable).sum()))


def answerable_of(rows: Sequence[Row]) -> Bools:
    """Return which rows' texts answer their questions."""
    return np.array([bool(row.case.asked.gold) for row in rows])


def fit(rows: Sequence[Row]) -> Fit:
    """Return the weights fitted on rows."""
    rank = fit_rank([row.features for row in rows], [row.right for row in rows])
    features, right = table(rows, rank)
    counts = importance_of(rows)
    return Fit(
        rank,
        fit_logistic(features, answerable_of(rows), counts),
        fit_logistic(features, right, counts),
    )


def decide(rows: Sequence[Row], weights: Fit) -> Decided:
    """Return what weights make of rows."""
    features, right = table(rows, weights.rank)
    answerable = sigmoid(features @ weights.answerable)
    return Decided(answerable, np.minimum(sigmoid(features @ weights.right), answerable), right)


def read_until_sure(
    cases: Sequence[Case], weights: Fit, enough: Mapping[str, float] = ENOUGH
) -> list[Case]:
    """Return cases with only what the large model reads until it is so sure, by weights.

    It reads all windows for a follow-up.
    """
    found = []
    for case in cases:
        n_read = len(case.scored.by_model["large"])
        for n in (n_read,) if case.asked.history else range(AT_ONCE, n_read + AT_ONCE, AT_ONCE):
            seen = Case(case.asked, case.scored.first_read("large", n))
            (chance,) = decide(rows_of([seen], "large"), weights).answerable
            if chance >= enough["answerable"] or chance <= enough["unanswerable"]:
                break
        found.append(seen)
    return found


def stopped(cases: Sequence[Case], enough: Mapping[str, float] = ENOUGH) -> list[Case]:
    """Return cases with only what the large model reads until it is so sure, by their own fit.

    What it reads depends on the weights, and they depend on what it reads: they are fitted in turn.
    """
    found = cases
    for _ in range(N_ROUNDS):
        found = read_until_sure(cases, fit(rows_of(found, "large")), enough)
    return list(found)


def folds_of(cases: Sequence[Case]) -> NDArray[np.int64]:
    """Return the fold of each case; cases of one text are in one."""
    texts = sorted({case.asked.text for case in cases})
    Random(7).shuffle(texts)
    number = {text: i % N_FOLDS for i, text in enumerate(texts)}
    return np.array([number[case.asked.text] for case in cases])


def unseen(cases: Sequence[Case], name: str) -> Decided:
    """Return what a model's scores make of cases, each by weights fitted without its text."""
    folds, rows = folds_of(cases), rows_of(cases, name)
    found = Decided(np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), dtype=bool))
    for fold in range(N_FOLDS):
        weights = fit([row for row, f in zip(rows, folds, strict=True) if f != fold])
        here = np.flatnonzero(folds == fold)
        one = decide([rows[i] for i in here], weights)
        found.answerable[here] = one.answerable
        found.confidence[here] = one.confidence
        found.right[here] = one.right
    return found


def quantiles(decided: Decided, answerable: Bools, low: float, high: float) -> tuple[float, float]:
    """Return the chance below which ``low`` of the answerable lie, and ``high`` of the others."""
    return (
        float(np.quantile(decided.answerable[answerable], low)),
        float(np.quantile(decided.answerable[~answerable], high)),
    )


def citations(rows: Sequence[Row], rank: Floats) -> dict[float, dict[str, float]]:
    """Return for each margin how much of the evidence is cited, over answerable rows."""
    found = {}
    for margin in MARGINS:
        complete, scores, n = [], [], []
        for row in rows:
            if not row.case.asked.gold:
                continue
            order = np.argsort(-(row.features @ rank), kind="stable")
            ranked = (row.features @ rank)[order].tolist()
            cited = {
                row.candidates[i].scored.sentence.number
                for i in order[: n_cited(ranked, margin, MOST_CITED)]
            }
            golds = row.case.asked.gold
            complete.append(any(gold <= cited for gold in golds))
            scores.append(max(2 * len(gold & cited) / (len(gold) + len(cited)) for gold in golds))
            n.append(len(cited))
        found[margin] = {
            "all_evidence_cited": round(float(np.mean(complete)), 4),
            "f1": round(float(np.mean(scores)), 4),
            "citations_an_answer": round(float(np.mean(n)), 4),
        }
    return found


def figures(decided: Decided, answerable: Bools, unsure: float, answered: float) -> dict[str, Any]:
    """Return how good decisions are, over the cases of one set."""
    given = decided.answerable >= unsure
    sure = decided.answerable >= answered
    found = {
        "questions": len(answerable),
        "hit_at_1": float(decided.right[answerable].mean()),
        "hit_at_1_given": float((decided.right & given)[answerable].mean()),
        "auc": auc(decided.answerable, answerable) if (~answerable).any() else None,
        "answerable_not_found": float((~given)[answerable].mean()),
        "answerable_answered": float(sure[answerable].mean()),
        "unanswerable_not_answered": float((~sure)[~answerable].mean())
        if (~answerable).any()
        else None,
        "unanswerable_not_found": float((~given)[~answerable].mean())
        if (~answerable).any()
        else None,
        "right_among_answered": float(decided.right[sure].mean()),
        "calibration_error": calibration_error(
            bins_of(decided.confidence, decided.right, natural(answerable))
        ),
    }
    return {k: v if v is None or isinstance(v, int) else round(v, 4) for k, v in found.items()}


def windows_read(rows: Sequence[Row]) -> dict[str, float]:
    """Return how many windows the large model reads on average, of answerable questions and others."""
    n = np.array([len(row.case.scored.by_model["large"]) for row in rows])
    answerable = answerable_of(rows)
    return {
        "answerable": round(float(n[answerable].mean()), 4),
        "unanswerable": round(float(n[~answerable].mean()), 4),
    }


def draw(decided: Decided, counts: Floats, out: Path) -> None:
    """Draw the reliability diagram and the risk-coverage curve."""
    bins = bins_of(decided.confidence, decided.right, counts)
    figure = Figure(figsize=(4, 4), layout="tight")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="perfect")
    axes.plot([b["confidence"] for b in bins], [b["right"] for b in bins], "o-", label="reader")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.savefig(out / "reliability.png", dpi=120)
    figure = Figure(figsize=(4, 4), layout="tight")
    axes = figure.subplots()
    order = np.argsort(-decided.answerable, kind="stable")
    given = np.cumsum(counts[order])
    axes.plot(given / given[-1], np.cumsum(~decided.right[order] * counts[order]) / given)
    axes.set(xlabel="coverage: share of questions answered", ylabel="risk: share of those wrong")
    axes.set(xlim=(0, 1), ylim=(0, None))
    figure.savefig(out / "risk_coverage.png", dpi=120)


def named(weights: Fit, row: Row) -> dict[str, Mapping[str, float]]:
    """Return the weights by the names of the features."""
    rank = list(rank_features(row.candidates[0]))
    decision = list(decision_of(row, [0]))
    return {
        "rank": dict(zip(rank, weights.rank.round(4).tolist(), strict=True)),
        "answerable": dict(zip(decision, weights.answerable.round(5).tolist(), strict=True)),
        "right": dict(zip(decision, weights.right.round(5).tolist(), strict=True)),
    }


def part_of(decided: Decided, mask: Bools) -> Decided:
    """Return what is made of some of the cases."""
    return Decided(*(getattr(decided, name)[mask] for name in Decided.__slots__))


def calibrate(cases: Sequence[Case], out: Path) -> dict[str, Any]:
    """Return what reader.json takes: weights, limits and figures; draw the two diagrams."""
    sets = np.array([case.asked.group for case in cases])
    answerable = np.array([bool(case.asked.gold) for case in cases])
    is_written = sets == "written"
    decisions, report = {}, {}
    for name in SIZES:
        if name == "large":  # what it reads depends on the weights, and they on what it reads
            cases = stopped(cases)
        rows, decided = rows_of(cases, name), unseen(cases, name)
        weights = fit(rows)
        unsure, answered = quantiles(
            part_of(decided, is_written), answerable[is_written], NOT_FOUND, NOT_ANSWERED
        )
        limits = {"unsure": round(unsure, 3), "answered": round(answered, 3)}
        decisions[name] = {**named(weights, rows[0]), "limits": limits}
        report[name] = {
            group: figures(part_of(decided, mask), answerable[mask], unsure, answered)
            for group in SETS
            if (mask := sets == group).any()
        }
    draw(decided, importance_of(rows), out)
    written_rows = [row for row in rows if row.case.asked.group == "written"]
    cited = citations(written_rows, weights.rank)
    affordable = [m for m in MARGINS if cited[m]["citations_an_answer"] <= CITED_ON_AVERAGE]
    # The curve is flat: of the margins as good as the best, the widest cites the most evidence.
    best = max(cited[m]["f1"] for m in affordable)
    margin = max(m for m in affordable if cited[m]["f1"] >= best - AS_GOOD)
    return {
        "decisions": decisions,
        "n_windows": N_WINDOWS,
        "hopeless": HOPELESS,
        "enough": ENOUGH,
        "short_answer": CERTAIN,
        "small_spans": SMALL_SPANS,
        "citations": {"margin": margin, "most": MOST_CITED},
        "calibration": {**report, "citations": cited, "windows_read": windows_read(written_rows)},
    }


def read_cases(data: Path, prepared: Path, reader: TrainedReader, sample: int) -> list[Case]:
    """Return the cases of all sets, read by the small model and then, in part, by the large one."""
    texts = [
        *written(data / "dev" / "written" / "written_dev.jsonl"),
        *held_out(prepared / "validation.jsonl.gz", sample, Random(7)),
        *clapnq(data / "dev" / "clapnq"),
    ]
    cases = [case for case in collect(texts, reader) if case.scored.candidates("small")]
    rows = rows_of(cases, "small")
    rank = dict(zip(rank_features(rows[0].candidates[0]), fit(rows).rank.tolist(), strict=True))
    read_on(cases, reader, rank, N_WINDOWS)
    return cases


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("prepared", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, default=1200, help="of the held-out questions")
    parser.add_argument("--cases", type=Path, help="keep what was read here, to fit it again")
    args = parser.parse_args()
    if args.cases and args.cases.exists():
        cases = pickle.loads(args.cases.read_bytes())
    else:
        cases = read_cases(args.data, args.prepared, TrainedReader(args.reader), args.sample)
    if args.cases:
        args.cases.write_bytes(pickle.dumps(cases))
    args.out.mkdir(parents=True, exist_ok=True)
    found = calibrate(cases, args.out)
    path = args.reader / "reader.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, **found}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
