"""The likeliest spans of an answer among tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_ANSWER_TOKENS = 40
Logits = NDArray[np.float32]
Ends = tuple[int, int]


def best_span(scores: Logits) -> tuple[Ends, float, float]:
    """Return the best span, its score, and its share among all spans (0 to 1).

    Args:
        scores: natural logarithms of odds by (first, last) token, float32 (n_tokens, n_tokens).
    """
    size = len(scores)
    ordered = np.tri(size, dtype=bool).T & np.tri(size, k=MAX_ANSWER_TOKENS - 1, dtype=bool)
    allowed = np.where(ordered, scores, -np.inf).ravel()
    number = int(allowed.argmax())
    best = float(allowed[number])
    return (number // size, number % size), best, 1 / float(np.exp(allowed - best).sum())
