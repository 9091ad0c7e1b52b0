"""How the scores of a model become a ranking of sentences and a decision.

Each model has weights of its own, fitted by training/calibrate.py, for three questions: which sentence
is first, whether the article answers the question at all, and whether the first sentence is right.
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
    """A sentence with what a model says of it, from the window with most evidence for it.

    Attributes:
        hit: that window's passage.
        scored: the sentence with its scores of the search.
        scores: what the model says.
    """

    hit: Hit
    scored: ScoredSentence
    scores: SentenceScores


@dataclass(frozen=True, slots=True)
class Null:
    """What a model says against an answer over all windows it read, as their softmax has it."""

    evidence: float
    span: float


@dataclass(frozen=True, slots=True)
class DecisionWeights:
    """The weights of a model's scores, by the names of the features."""

    rank: Weights
    answerable: Weights
    right: Weights


def rank_features(candidate: Candidate) -> dict[str, float]:
    """Return what sentences are ranked by."""
    return {
        "retrieval": candidate.scored.score,
        "evidence": candidate.scores.evidence,
        "span": candidate.scores.span,
    }


def decision_features(
    candidates: Sequence[Candidate], order: Sequence[int], null: Null
) -> dict[str, float]:
    """Return what is decided by, for candidates and their order, best first."""
    best = candidates[order[0]]
    second = candidates[order[1]] if len(order) > 1 else best
    scores = best.scores
    return {
        "intercept": 1.0,
        "retrieval": best.scored.score,
        "cosine": best.scored.dense_score,
        "passage_cosine": best.hit.dense_score,
        "evidence": scores.evidence - null.evidence,
        "span": scores.span - null.span,
        "own_evidence": scores.evidence - scores.no_evidence,
        "own_span": scores.span - scores.no_span,
        "lead": scores.evidence - second.scores.evidence,
    }


def ordered(candidates: Sequence[Candidate], weights: Weights) -> tuple[list[int], list[float]]:
    """Return the numbers of candidates, best first, and their rank scores in that order."""
    scores = np.array([weighted(weights, rank_features(c)) for c in candidates])
    order = np.argsort(-scores, kind="stable")
    return [int(i) for i in order], scores[order].tolist()


def shares_of(scores: Sequence[float]) -> list[float]:
    """Return the share of each rank score in their softmax; they sum to 1."""
    odds = [math.exp(score - max(scores)) for score in scores]
    return [each / sum(odds) for each in odds]


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
