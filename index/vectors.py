"""The vector index: exact search over unit vectors. The only file that imports faiss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

if TYPE_CHECKING:
    from faiss import IndexFlatIP


class VectorIndex:
    """Unit vectors and the exact search for the nearest by inner product, which is the cosine."""

    def __init__(self, flat: IndexFlatIP) -> None:
        self._flat = flat

    @classmethod
    def from_vectors(cls, vectors: Vectors) -> VectorIndex:
        """Return the index of float32 unit rows, (n, dim)."""
        import faiss  # 0.2 s to import

        norms = np.linalg.norm(vectors, axis=1)
        if vectors.size and not np.allclose(norms, 1.0, atol=1e-3):
            raise ValueError(
                f"vectors must have length 1, got lengths {norms.min()} to {norms.max()}"
            )
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(flat)

    def __len__(self) -> int:
        return int(self._flat.ntotal)

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return int(self._flat.d)

    def search(self, query_vectors: Vectors, n: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Return cosines and row numbers of the ``n`` nearest rows, best first, each (n_queries, n)."""
        scores, rows = self._flat.search(
            np.ascontiguousarray(query_vectors, dtype=np.float32), min(n, len(self))
        )
        return scores, rows

    def rows(self, numbers: NDArray[np.int64]) -> Vectors:
        """Return the vectors of some rows, float32 (len(numbers), dim)."""
        return np.asarray(self._flat.reconstruct_batch(numbers), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """Return the index as FAISS's own file format."""
        import faiss

        return bytes(faiss.serialize_index(self._flat))

    @classmethod
    def from_bytes(cls, data: bytes) -> VectorIndex:
        """Return the index that ``to_bytes`` gave; the caller has checked the bytes.

        Raises:
            ValueError: the bytes are not a flat inner-product index.
        """
        import faiss

        try:
            loaded = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except (RuntimeError, MemoryError) as error:
            raise ValueError("vectors must be a FAISS index, got other bytes") from error
        if not isinstance(loaded, faiss.IndexFlatIP):
            kind = type(loaded).__name__
            raise ValueError(f"vectors must be a flat FAISS index, got {kind}")  # noqa: TRY004
        return cls(loaded)
