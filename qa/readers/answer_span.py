"""The likeliest spans of an answer among tokens."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from index import words
from qa.understanding.word_forms import NUMBERS

MAX_ANSWER_TOKENS = 40
_NEXT_WORD = re.compile(r" ([a-z][\w’'-]*)")
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


def is_half_phrase(text: str, start: int, end: int) -> bool:
    """Return whether a part of a text is a single word that the next one completes, no name or number.

    "unlawful" of "the unlawful invasion" is; "nine" of "nine boats" is not.
    """
    answer, following = text[start:end], _NEXT_WORD.match(text, end)
    return (
        answer.isalpha()
        and answer[0].islower()
        and answer not in NUMBERS
        and following is not None
        and bool(words(following[1]))
    )
