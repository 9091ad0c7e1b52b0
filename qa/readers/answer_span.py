"""The likeliest spans of an answer among tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_ANSWER_TOKENS = 40
Logits = NDArray[np.float32]
Ends = tuple[int, int]


def best_span(starts: Logits, ends: Logits) -> Ends:
    """Return the first and last token of the span whose start and end logits sum highest."""
    _, [(best, _)] = likeliest(starts[:, None] + ends[None, :], 1)
    return best


def likeliest(scores: Logits, n: int) -> tuple[float, list[tuple[Ends, float]]]:
    """Return the best score, and the ``n`` best spans with their shares among all spans.

    Args:
        scores: natural logarithms of odds by (first, last) token, float32 (n_tokens, n_tokens).
        n: how many.
    """
    size = len(scores)
    ordered = np.tri(size, dtype=bool).T & np.tri(size, k=MAX_ANSWER_TOKENS - 1, dtype=bool)
    allowed = np.where(ordered, scores, -np.inf).ravel()
    n = min(n, int(ordered.sum()))
    numbers = np.argpartition(-allowed, n - 1)[:n]
    numbers = numbers[np.argsort(-allowed[numbers], kind="stable")]
    best = float(allowed[numbers[0]])
    shares = np.exp(allowed - best)
    total = float(shares.sum())
    spans = [((int(i) // size, int(i) % size), float(shares[i]) / total) for i in numbers]
    return best, spans
