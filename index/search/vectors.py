"""The vector index: the nearest of unit vectors, in memory or in files of bare float32 numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.search.ivf import BLOCK, LIST_FILES, InvertedLists, nearest
from index.storage.block_file import CheckedFile
from index.types import Vectors

Rows = NDArray[np.int64]

# So many vectors and more have inverted lists: an exact search of fewer takes some milliseconds.
N_EXACT = 20_000
# 4-bit codes rank roughly: so many times as many are read, then ranked by their exact cosines.
# Measured with bench/postgres.py at a million sentences (bench/SCALE.md).
PER_FOUND = 3


class VectorIndex:
    """Unit vectors and the search for the nearest by inner product, which is the cosine."""

    def __init__(self, segments: Sequence[SegmentVectors]) -> None:
        """Take the vectors of all rows, in order."""
        self._segments = segments
        self._ends = np.cumsum([len(segment) for segment in segments])
        self._starts = self._ends - [len(segment) for segment in segments]

    @classmethod
    def from_vectors(cls, vectors: Vectors) -> VectorIndex:
        """Return the index of float32 unit rows, (n, dim)."""
        check_unit(vectors)
        return cls([SegmentVectors(np.ascontiguousarray(vectors, dtype=np.float32))])

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return self._segments[0].dim

    def search(
        self, query_vectors: Vectors, n: int, rows: Rows | None = None, *, exact: bool = False
    ) -> Rows:
        """Return the nearest rows, best first, int64 (n_queries, n).

        Inverted lists miss a few of the nearest.

        Args:
            query_vectors: float32 unit rows, (n_queries, dim).
            n: how many; fewer come back where there are fewer.
            rows: the only rows to search, sorted; None searches all.
            exact: search every vector, even where there are inverted lists.
        """
        results = []
        for segment, start, end in zip(self._segments, self._starts, self._ends, strict=True):
            inside = None
            if rows is not None:
                inside = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)] - start
            scores, nearest_rows = segment.search(query_vectors, n, inside, exact=exact)
            results.append((scores, nearest_rows + start))
        return _best(results, n)[1]

    def rows(self, rows: Rows) -> Vectors:
        """Return the vectors of some rows, float32 (len(rows), dim)."""
        if len(self._segments) == 1:
            return self._segments[0].rows(rows)
        vectors = np.empty((len(rows), self.dim), dtype=np.float32)
        for segment, start, end in zip(self._segments, self._starts, self._ends, strict=True):
            inside = (start <= rows) & (rows < end)
            vectors[inside] = segment.rows(rows[inside] - start)
        return vectors


class SegmentVectors:
    """The vectors of a segment, in memory or in a file, some of which may have been removed.

    Rows are counted among the live ones: those that were not removed.
    """

    def __init__(
        self,
        vectors: Vectors,
        file: CheckedFile | None = None,
        lists: InvertedLists | None = None,
        live: Rows | None = None,
    ) -> None:
        self._vectors = vectors
        self._file = file
        self._lists = lists
        self._live = live

    @classmethod
    def from_files(
        cls, files: Mapping[str, CheckedFile], name: str, dim: int, live: Rows | None = None
    ) -> SegmentVectors:
        """Return the vectors of a file, mapped; each block is checked before it is used.

        Args:
            files: by their names, with those of its inverted lists if it has them.
            name: whose vectors: "sentences" or "passages".
            dim: the number of components of a vector.
            live: the rows that were not removed; None is all.
        """
        file = files[f"{name}.f32"]
        vectors = file.array("<f4").reshape(-1, dim)
        lists = {of: files[f"{name}-{of}"] for of in LIST_FILES if f"{name}-{of}" in files}
        if not lists:
            return cls(vectors, file, None, live)
        if len(lists) < len(LIST_FILES):
            raise file.damaged("has not all of its inverted lists")
        return cls(vectors, file, InvertedLists(lists, len(vectors), dim, live), live)

    def __len__(self) -> int:
        return len(self._vectors if self._live is None else self._live)

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return int(self._vectors.shape[1])

    def search(
        self, query_vectors: Vectors, n: int, rows: Rows | None, *, exact: bool
    ) -> tuple[Vectors, Rows]:
        """Return the cosines and the rows of the nearest of this segment, best first.

        Arguments are as in ``VectorIndex.search``.
        """
        if self._lists and not exact and rows is None:
            # One by one: in a batch, a question's results would depend on the other questions.
            results = [self._from_lists(self._lists, q[None], n) for q in query_vectors]
            return np.concatenate([s for s, _ in results]), np.concatenate([r for _, r in results])
        if rows is None and self._live is None:
            if self._file:
                self._file.check()
            return nearest(query_vectors, self._vectors, n)
        rows = np.arange(len(self)) if rows is None else rows
        results = [_no_rows(query_vectors)]
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            scores, numbers = nearest(query_vectors, self.rows(block), n)
            results.append((scores, block[numbers]))
        return _best(results, n)

    def _from_lists(
        self, lists: InvertedLists, query_vector: Vectors, n: int
    ) -> tuple[Vectors, Rows]:
        n = min(n, len(self))
        numbers = lists.search(query_vector, min(PER_FOUND * n, len(self)))[1][0]
        rows = np.sort(numbers[numbers >= 0])
        if len(rows) < n:  # the lists searched hold too few
            return self.search(query_vector, n, None, exact=True)
        return _best([(query_vector @ self.rows(rows).T, rows[None])], n)

    def rows(self, rows: Rows) -> Vectors:
        """Return the vectors of some rows, float32 (len(rows), dim)."""
        rows = rows if self._live is None else self._live[rows]
        if self._file:
            return np.asarray(self._file.rows("<f4", self.dim, rows), dtype=np.float32)
        return np.asarray(self._vectors[rows], dtype=np.float32)


def check_unit(vectors: Vectors) -> None:
    """Raise ValueError where a row does not have length 1."""
    norms = np.linalg.norm(vectors, axis=1)
    if vectors.size and not np.allclose(norms, 1.0, atol=1e-3):
        raise ValueError(f"vectors must have length 1, got lengths {norms.min()} to {norms.max()}")


def _no_rows(query_vectors: Vectors) -> tuple[Vectors, Rows]:
    shape = (len(query_vectors), 0)
    return np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int64)


def _best(results: Sequence[tuple[Vectors, Rows]], n: int) -> tuple[Vectors, Rows]:
    """Return the n best of several results, each (scores, rows)."""
    scores = np.concatenate([each for each, _ in results], axis=1)
    rows = np.concatenate([each for _, each in results], axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    return np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)
