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


def encode_passages(vectors: Vectors) -> list[str]:
    """Return rows as pgvector's texts, each component one that 16 bits hold."""
    rows = _halves(vectors).astype(np.float64).tolist()
    return [f"[{','.join(f'{x:.5g}' for x in row)}]" for row in rows]  # five digits tell all apart


def passage_bytes(vectors: Vectors) -> bytes:
    """Return rows as ``halfvec_send`` gives them, without what it puts before each."""
    return _halves(vectors).astype(">f2").tobytes()


def decode_passages(data: list[bytes]) -> Vectors:
    """Return the unit rows of what ``halfvec_send`` gives, float32 (n, dim)."""
    rows = np.stack([np.frombuffer(each, dtype=">f2", offset=4) for each in data])
    rows = rows.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def encode_query(vector: Vectors) -> str:
    """Return a vector as pgvector's text."""
    return f"[{','.join(map(repr, vector.tolist()))}]"


def _halves(vectors: Vectors) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    return vectors.astype(np.float16)
