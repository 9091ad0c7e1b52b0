"""Vectors as a server has them: those of sentences in 8 bits, those of passages in 16."""

from __future__ import annotations

import numpy as np

from index.types import Vectors

_LARGEST = 127


def encode_sentences(vectors: Vectors) -> list[bytes]:
    """Return unit rows as bytes, one a component: each is scaled to use all of the range."""
    scales = _LARGEST / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-12)
    return [row.tobytes() for row in np.rint(vectors * scales).astype(np.int8)]


def decode_sentences(data: bytes, dim: int) -> Vectors:
    """Return the unit rows of bytes, float32 (n, dim); encoding them again gives the same bytes."""
    rows = np.frombuffer(data, dtype=np.int8).reshape(-1, dim).astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def encode_passages(vectors: Vectors) -> list[bytes]:
    """Return rows in pgvector's binary form: how many components, two bytes of 0, and each in 16 bits."""
    head = vectors.shape[1].to_bytes(2, "big") + bytes(2)
    return [head + row.tobytes() for row in vectors.astype(">f2")]


def decode_passages(data: list[bytes]) -> Vectors:
    """Return the unit rows of what was encoded, or ``halfvec_send`` gives, float32 (n, dim)."""
    rows = np.stack([np.frombuffer(each, dtype=">f2", offset=4) for each in data])
    rows = rows.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def encode_query(vector: Vectors) -> str:
    """Return a vector as pgvector's text."""
    return f"[{','.join(map(repr, vector.tolist()))}]"
