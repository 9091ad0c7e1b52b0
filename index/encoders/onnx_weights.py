"""A transformer's weights as the graphs in graphs/ read them: rounded or not, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Weights = Mapping[str, NDArray[Any]]

WEIGHTS_FILE = "weights"  # as the graphs call it
SCALES = ".scales"  # after the name of a weight in integers of 8 bits
SCALE = ".scale"  # likewise, in files that are shipped
_ALIGNED = 64  # bytes


def graph_weights(weights: Weights, *, int8: bool) -> dict[str, NDArray[Any]]:
    """Return what a graph reads, by name, in the order of its file.

    Args:
        weights: those of a ``BertModel`` or ``MPNetModel``; its embeddings are left out.
        int8: round each matrix to integers, with a scale for each column of it.
    """
    chosen: dict[str, NDArray[Any]] = {}
    for name in sorted(weights):
        if not name.startswith(("encoder.layer.", "embeddings.LayerNorm.")):
            continue
        weight = as_float(weights, name)
        if int8 and weight.ndim == 2:
            steps, scales = quantized(weight)
            chosen[name], chosen[name + SCALES] = steps.T, scales
        else:
            chosen[name] = weight.T
    return chosen


def quantized(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return a matrix in integers of 8 bits, and the scale of each row."""
    scale = np.abs(weight).max(axis=1) / 127 + np.float32(1e-12)
    return np.rint(weight / scale[:, None]).astype(np.int8), scale


def dequantized(stored: Weights) -> dict[str, NDArray[Any]]:
    """Return weights, float32, of which matrices may be stored as ``quantized`` makes them.

    Args:
        stored: by name; the scales of a matrix have its name with ``SCALE`` after it.
    """
    weights = {}
    for name in stored:
        if name.endswith(SCALE):
            continue
        weights[name] = as_float(stored, name)
        if name + SCALE in stored:
            weights[name] = weights[name] * as_float(stored, name + SCALE)[:, None]
    return weights


def offsets_of(weights: Weights) -> list[int]:
    """Return where each weight starts in the file of all of them, in bytes."""
    sizes = [-(-weight.nbytes // _ALIGNED) * _ALIGNED for weight in weights.values()]
    return list(accumulate(sizes, initial=0))[:-1]


def weights_to_bytes(weights: Weights) -> bytearray:
    """Return the file of some weights, in their order."""
    data = bytearray()
    for weight, offset in zip(weights.values(), offsets_of(weights), strict=True):
        data += bytes(offset - len(data))
        data += np.ascontiguousarray(weight).tobytes()
    return data


def as_float(weights: Weights, name: str) -> Floats:
    """Return a weight in single precision."""
    return np.asarray(weights[name], dtype=np.float32)
