"""Fits of a few weights: which sentence is first, and logistic regressions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3
N_BINS = 10

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def fit_rank(rows: Sequence[Floats], right: Sequence[Bools]) -> Floats:
    """Return the weights under which right rows take most of each question's softmax.

    A conditional logit with a small ridge, by Newton's method, over questions with a right one.

    Args:
        rows: for each question the features of its sentences, (n_sentences, n_features).
        right: for each question which of them are right.
    """
    useful = [(x, r) for x, r in zip(rows, right, strict=True) if r.any()]
    n = useful[0][0].shape[1]
    weights = np.zeros(n)
    for _ in range(30):
        slope, curve = -RIDGE * len(useful) * weights, RIDGE * len(useful) * np.eye(n)
        for x, r in useful:
            whole = softmax(x @ weights)
            part = softmax(np.where(r, x @ weights, -np.inf))
            slope += (part - whole) @ x
            spread = x - whole @ x
            curve += (spread * whole[:, None]).T @ spread
        step = np.linalg.solve(curve, slope)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
    return weights


def softmax(scores: Floats) -> Floats:
    """Return the scores' shares, which sum to 1."""
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def fit_logistic(rows: Floats, right: Bools, importance: Floats | None = None) -> Floats:
    """Return the weights of a logistic regression, by Newton's method with a ridge.

    The first feature is the intercept, which is 1 and has no ridge.

    Args:
        rows: (n, n_features).
        right: (n,), the outcomes.
        importance: (n,), how much each row counts; None is 1 each.
    """
    counts = np.ones(len(rows)) if importance is None else importance * len(rows) / importance.sum()
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    mean[0], scale[0] = 0.0, 1.0
    design = (rows - mean) / scale
    weights = np.zeros(design.shape[1])
    ridge = np.diag([1e-9] + [RIDGE * len(rows)] * (rows.shape[1] - 1))
    for _ in range(30):
        p = sigmoid(design @ weights)
        slope = design.T @ (counts * (right - p)) - ridge @ weights
        curve = (design * (counts * p * (1 - p))[:, None]).T @ design + ridge
        weights = weights + np.linalg.solve(curve, slope)
    unscaled = weights / scale
    unscaled[0] -= unscaled[1:] @ mean[1:]
    return np.asarray(unscaled, dtype=np.float64)


def sigmoid(logits: Floats) -> Floats:
    """Return the logistic function of logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float64)


def auc(scores: Floats, positive: Bools) -> float:
    """Return the chance that a positive one has a higher score than another (ties count half)."""
    order = np.argsort(scores, kind="stable")
    _, inverse, count = np.unique(scores[order], return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks = np.empty(len(scores))
    ranks[order] = (last - (count - 1) / 2)[inverse]
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def bins_of(confidence: Floats, right: Bools, counts: Floats) -> list[dict[str, float]]:
    """Return for each tenth of the confidence its mean, the share right and its part of all.

    Args:
        confidence: (n,), 0 to 1.
        right: (n,), the outcomes.
        counts: (n,), how much each counts.
    """
    numbers = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    found = []
    for n in range(N_BINS):
        mine = numbers == n
        if mine.any():
            found.append(
                {
                    "confidence": round(
                        float(np.average(confidence[mine], weights=counts[mine])), 4
                    ),
                    "right": round(float(np.average(right[mine], weights=counts[mine])), 4),
                    "share": round(float(counts[mine].sum() / counts.sum()), 4),
                }
            )
    return found


def calibration_error(bins: Sequence[dict[str, float]]) -> float:
    """Return the expected calibration error. Source: Guo et al. 2017."""
    return sum(b["share"] * abs(b["confidence"] - b["right"]) for b in bins)
