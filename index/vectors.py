"""The vector index: exact search over unit vectors. The only file that imports faiss.

FAISS searches an array where it lies, in memory or mapped from a file, and reads no file itself:
a file of vectors is nothing but their float32 numbers, so it has no header that could lie.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.files import CheckedFile
from index.types import Vectors

_BLOCK = 65_536  # how many chosen rows are copied at once


class VectorIndex:
    """Unit vectors and the exact search for the nearest by inner product, which is the cosine."""

    def __init__(self, vectors: Vectors, file: CheckedFile | None = None) -> None:
        self._vectors = vectors
        self._file = file

    @classmethod
    def from_vectors(cls, vectors: Vectors) -> VectorIndex:
        """Return the index of float32 unit rows, (n, dim)."""
        check_unit(vectors)
        return cls(np.ascontiguousarray(vectors, dtype=np.float32))

    @classmethod
    def from_file(cls, file: CheckedFile, dim: int) -> VectorIndex:
        """Return the index of the rows of a file, mapped; each is checked before it is used."""
        return cls(file.array("<f4").reshape(-1, dim), file)

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return int(self._vectors.shape[1])

    def search(
        self, query_vectors: Vectors, n: int, rows: NDArray[np.int64] | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Return cosines and row numbers of the nearest rows, best first, each (n_queries, n).

        Args:
            query_vectors: float32 unit rows, (n_queries, dim).
            n: how many; fewer come back where there are fewer.
            rows: sorted numbers of the only rows to look at; None looks at all.
        """
        if rows is None:
            if self._file:
                self._file.check()
            return _nearest(query_vectors, self._vectors, n)
        n = min(n, len(rows))
        scores = np.empty((len(query_vectors), 0), dtype=np.float32)
        found = np.empty((len(query_vectors), 0), dtype=np.int64)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            block_scores, places = _nearest(query_vectors, self.rows(block), n)
            scores = np.concatenate([scores, block_scores], axis=1)
            found = np.concatenate([found, block[places]], axis=1)
            best = np.argsort(-scores, axis=1, kind="stable")[:, :n]
            scores = np.take_along_axis(scores, best, axis=1)
            found = np.take_along_axis(found, best, axis=1)
        return scores, found

    def rows(self, numbers: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, float32 (len(numbers), dim)."""
        if self._file:
            width = self.dim * 4
            for number in numbers.tolist():
                self._file.check(number * width, (number + 1) * width)
        return np.asarray(self._vectors[numbers], dtype=np.float32)


def check_unit(vectors: Vectors) -> None:
    """Raise ValueError where a row does not have length 1."""
    norms = np.linalg.norm(vectors, axis=1)
    if vectors.size and not np.allclose(norms, 1.0, atol=1e-3):
        raise ValueError(f"vectors must have length 1, got lengths {norms.min()} to {norms.max()}")


def _nearest(query_vectors: Vectors, vectors: Vectors, n: int) -> tuple[Vectors, NDArray[np.int64]]:
    import faiss  # 0.2 s to import

    queries = np.ascontiguousarray(query_vectors, dtype=np.float32)
    scores, rows = faiss.knn(
        queries, vectors, min(n, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT
    )
    return scores, rows
