"""SQuAD 2.0: its JSON, the scores of answers, and the threshold for no answer.

Source: the official evaluation script of Rajpurkar et al. 2018, "Know What You Don't Know".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluation import exact, normalise, word_f1


@dataclass(frozen=True, slots=True)
class Question:
    """A question on one paragraph of an article; no answers: it has none there."""

    id: str
    title: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]


def read_squad(path: Path) -> list[Question]:
    """Return the questions of a file in SQuAD's JSON."""
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [
        Question(
            qa["id"],
            article["title"].replace("_", " "),
            paragraph["context"],
            qa["question"],
            tuple((a["text"], a["answer_start"]) for a in qa["answers"]),
        )
        for article in data
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]


def best_scores(answer: str, golds: Sequence[str]) -> tuple[float, float]:
    """Return (exact match, F1) against the gold answer that fits best; no golds: the empty one."""
    golds = [gold for gold in golds if normalise(gold)] or [""]
    best = max(float(exact(answer, gold)) for gold in golds)
    return best, max(word_f1(answer, gold) for gold in golds)


def best_threshold(rows: Sequence[tuple[float, float, bool]]) -> tuple[float, float]:
    """Return (threshold, score) where giving the answers with margins above it is best.

    Args:
        rows: per question its margin, the score of its answer if given, whether it has one.
    """
    score = sum(not answerable for _, _, answerable in rows)
    best, threshold = float(score), max(margin for margin, _, _ in rows)
    ordered = sorted(rows, reverse=True)
    total = best
    for number, (margin, given, answerable) in enumerate(ordered):
        total += given if answerable else -1
        following = ordered[number + 1][0] if number + 1 < len(ordered) else margin - 1
        if total > best and following < margin:
            best, threshold = total, (margin + following) / 2
    return threshold, best / len(rows)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive's score is above a negative's, ties counting half."""
    ranked = sorted([(s, True) for s in positive] + [(s, False) for s in negative])
    wins, below, at = 0.0, 0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        negatives = sum(not is_positive for _, is_positive in ranked[at:end])
        wins += (end - at - negatives) * (below + negatives / 2)
        below, at = below + negatives, end
    return wins / (len(positive) * len(negative))
