"""The likeliest span of an answer among tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_ANSWER_TOKENS = 40
Logits = NDArray[np.float32]


def best_span(starts: Logits, ends: Logits) -> tuple[int, int]:
    """Return the first and last token of the span whose start and end logits sum highest."""
    sums = starts[:, None] + ends[None, :]
    n = len(starts)
    allowed = np.triu(np.ones((n, n), dtype=bool)) & ~np.triu(
        np.ones((n, n), dtype=bool), MAX_ANSWER_TOKENS
    )
    place = int(np.where(allowed, sums, -np.inf).argmax())
    return place // n, place % n
