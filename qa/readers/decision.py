"""How the scores of the models become a ranking of sentences and a decision.

A stage is what has been read so far: by the small model alone, or by both. Each stage has weights of
its own, fitted by training/calibrate.py, for three questions: which sentence is first, whether the
article answers the question at all, and whether the first sentence is the right one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.readers.span_model import SentenceScores
from qa.types import Hit, ScoredSentence

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what each model says of it, each from the window with most evidence for it.

    Attributes:
        hit: the best passage that holds it.
        scored: the sentence with its scores of the search.
        scores: by the model's name.
    """

    hit: Hit
    scored: ScoredSentence
    scores: Mapping[str, SentenceScores]


@dataclass(frozen=True, slots=True)
class Null:
    """What a model says against an answer over all windows it read, as the softmax has it."""

    evidence: float
    span: float


@dataclass(frozen=True, slots=True)
class StageWeights:
    """The weights of a stage, by the names of the features."""

    rank: Weights
    answerable: Weights
    right: Weights


def rank_features(candidate: Candidate) -> dict[str, float]:
    """Return what sentences are ranked by."""
    features = {"retrieval": candidate.scored.score}
    for name, scores in candidate.scores.items():
        features[f"{name}_evidence"] = scores.evidence
        features[f"{name}_span"] = scores.span
    return features


def decision_features(
    candidates: Sequence[Candidate], order: Sequence[int], nulls: Mapping[str, Null]
) -> dict[str, float]:
    """Return what is decided by, for candidates and their order, best first."""
    best = candidates[order[0]]
    second = candidates[order[1]] if len(order) > 1 else best
    features = {
        "intercept": 1.0,
        "retrieval": best.scored.score,
        "cosine": best.scored.dense_score,
        "passage_cosine": best.hit.dense_score,
    }
    for name, scores in best.scores.items():
        features[f"{name}_evidence"] = scores.evidence - nulls[name].evidence
        features[f"{name}_span"] = scores.span - nulls[name].span
        features[f"{name}_own_evidence"] = scores.evidence - scores.no_evidence
        features[f"{name}_own_span"] = scores.span - scores.no_span
        features[f"{name}_lead"] = scores.evidence - second.scores[name].evidence
    return features


def ordered(candidates: Sequence[Candidate], weights: Weights) -> tuple[list[int], list[float]]:
    """Return the numbers of candidates, best first, and their rank scores in that order."""
    scores = np.array([weighted(weights, rank_features(c)) for c in candidates])
    order = np.argsort(-scores, kind="stable")
    return [int(i) for i in order], scores[order].tolist()


def shares_of(scores: Sequence[float]) -> list[float]:
    """Return the share of each rank score in their softmax; they sum to 1."""
    odds = [math.exp(score - max(scores)) for score in scores]
    return [each / sum(odds) for each in odds]


def short_answer(candidate: Candidate) -> tuple[tuple[int, int], float]:
    """Return the span that the models together find likeliest, and its share among their spans.

    A span that a model has not among its likeliest counts as its last one.
    """
    lists = [dict(scores.spans) for scores in candidate.scores.values()]
    spans = {span: None for each in lists for span in each}
    joint = {
        span: math.prod(each.get(span, min(each.values())) for each in lists) for span in spans
    }
    best = max(joint, key=lambda span: joint[span])
    return best, joint[best] / sum(joint.values())


def n_cited(scores: Sequence[float], margin: float, most: int) -> int:
    """Return how many sentences are cited: those whose rank score comes near the best one's.

    Args:
        scores: best first.
        margin: how much lower a score may be.
        most: how many at most.
    """
    return sum(scores[0] - score <= margin for score in scores[:most])


def weighted(weights: Weights, features: Mapping[str, float]) -> float:
    """Return the weighted sum of features."""
    return sum(weight * features[name] for name, weight in weights.items())


def logistic(logit: float) -> float:
    """Return the probability of a logit."""
    return 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))


def log_sum_exp(logits: Sequence[float]) -> float:
    """Return the logit of "one of these"."""
    most = max(logits)
    return most + math.log(sum(math.exp(logit - most) for logit in logits))
