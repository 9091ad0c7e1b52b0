"""Texts become vectors, in batches of like length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from index.types import Encoder, Vectors

Progress = Callable[[int, int], None]
_BATCH = 256


def encode_texts(
    texts: Sequence[str], encoder: Encoder, progress: Progress | None = None
) -> Vectors:
    """Return float32 unit rows, (len(texts), dim), encoded from short to long: little is padded."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.empty((len(texts), encoder.dim), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        vectors[rows] = encoder.encode_passages([_readable(texts[i]) for i in rows])
        if progress:
            progress(start + len(rows), len(order))
    return vectors


def _readable(text: str) -> str:
    """Return a text that tokenizers take: lone surrogates become replacement characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
