"""The vector index: nearest unit vectors, exact or by inverted lists. The only file that imports faiss.

A file of vectors is nothing but their float32 numbers, so it has no header that could lie: FAISS
searches them where they lie, exactly, or is given inverted lists made of such files, and reads and
writes no file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.storage.block_file import Bytes, CheckedFile
from index.types import Vectors

if TYPE_CHECKING:
    from _thread import LockType

Rows = NDArray[np.int64]

# So many vectors and more have inverted lists: an exact search of fewer takes some milliseconds.
N_EXACT = 20_000
_BLOCK = 65_536  # how many rows are copied at once
LIST_FILES = ("centroids.f32", "codebook.f32", "ends.i64", "rows.i32", "codes.u8")
# Measured with bench/million.py's library of a million sentences: a fifth of the lists holds 0.995 of
# a question's ten nearest, as two fifths do; an eighth holds 0.991 and saves 0.4 ms of 9.
LISTS_PER_ROOT = 4
PROBED_SHARE = 0.2
N_CODES = 16
PER_CODE = 2  # components that share one of so many codes
_TRAINED_PER_LIST = 40
_N_ITERATIONS = 8
_SEED = 0


class VectorIndex:
    """Unit vectors and the search for the nearest by inner product, which is the cosine."""

    def __init__(self, parts: Sequence[VectorPart]) -> None:
        """Take the vectors of all rows, in order."""
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])
        self._starts = self._ends - [len(part) for part in parts]

    @classmethod
    def from_vectors(cls, vectors: Vectors) -> VectorIndex:
        """Return the index of float32 unit rows, (n, dim)."""
        check_unit(vectors)
        return cls([VectorPart(np.ascontiguousarray(vectors, dtype=np.float32))])

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return self._parts[0].dim

    def search(
        self, query_vectors: Vectors, n: int, rows: Rows | None = None, *, exact: bool = False
    ) -> Rows:
        """Return the numbers of the nearest rows, best first, int64 (n_queries, n).

        Of those that inverted lists find, a few may be missing, and the order is rough: whoever
        ranks them reads their vectors with ``rows``.

        Args:
            query_vectors: float32 unit rows, (n_queries, dim).
            n: how many; fewer come back where there are fewer.
            rows: sorted numbers of the only rows to look at; None looks at all.
            exact: look at every vector, even where there are inverted lists.
        """
        found = []
        for part, start, end in zip(self._parts, self._starts, self._ends, strict=True):
            own = None
            if rows is not None:
                own = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)] - start
            scores, numbers = part.search(query_vectors, n, own, exact=exact)
            found.append((scores, numbers + start))
        return found[0][1] if len(found) == 1 else _best(found, n)[1]

    def rows(self, numbers: Rows) -> Vectors:
        """Return the vectors of some rows, float32 (len(numbers), dim)."""
        if len(self._parts) == 1:
            return self._parts[0].rows(numbers)
        found = np.empty((len(numbers), self.dim), dtype=np.float32)
        for part, start, end in zip(self._parts, self._starts, self._ends, strict=True):
            here = (start <= numbers) & (numbers < end)
            found[here] = part.rows(numbers[here] - start)
        return found


class VectorPart:
    """Vectors that lie together, in memory or in a file, some of which may have been taken out.

    Rows are counted among those that are kept.
    """

    def __init__(
        self,
        vectors: Vectors,
        file: CheckedFile | None = None,
        lists: InvertedLists | None = None,
        kept: Rows | None = None,
    ) -> None:
        self._vectors = vectors
        self._file = file
        self._lists = lists
        self._kept = kept

    @classmethod
    def from_files(
        cls, files: Mapping[str, CheckedFile], name: str, dim: int, kept: Rows | None = None
    ) -> VectorPart:
        """Return the part of the rows of a file, mapped; each is checked before it is used.

        Args:
            files: by their names, with those of its inverted lists if it has them.
            name: whose vectors: "sentences" or "passages".
            dim: the number of components of a vector.
            kept: the rows that were not taken out; None is all.
        """
        file = files[f"{name}.f32"]
        vectors = file.array("<f4").reshape(-1, dim)
        parts = {part: files[f"{name}-{part}"] for part in LIST_FILES if f"{name}-{part}" in files}
        if not parts:
            return cls(vectors, file, None, kept)
        if len(parts) < len(LIST_FILES):
            raise file.damaged("has not all of its inverted lists")
        return cls(vectors, file, InvertedLists(parts, len(vectors), dim, kept), kept)

    def __len__(self) -> int:
        return len(self._vectors if self._kept is None else self._kept)

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        return int(self._vectors.shape[1])

    def search(
        self, query_vectors: Vectors, n: int, rows: Rows | None, *, exact: bool
    ) -> tuple[Vectors, Rows]:
        """Return what ``VectorIndex.search`` does, of this part, with the cosines or about them."""
        if self._lists and not exact and rows is None:
            # One by one, so that what is found does not depend on what is asked with it.
            found = [self._from_lists(self._lists, q[None], n) for q in query_vectors]
            return np.concatenate([s for s, _ in found]), np.concatenate([r for _, r in found])
        if rows is None and self._kept is None:
            if self._file:
                self._file.check()
            return _nearest(query_vectors, self._vectors, n)
        rows = np.arange(len(self)) if rows is None else rows
        found = [_nothing(query_vectors)]
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            scores, places = _nearest(query_vectors, self.rows(block), n)
            found = [_best([*found, (scores, block[places])], n)]
        return found[0]

    def _from_lists(
        self, lists: InvertedLists, query_vector: Vectors, n: int
    ) -> tuple[Vectors, Rows]:
        scores, rows = lists.search(query_vector, min(n, len(self)))
        if rows.min() >= 0:
            return scores, rows
        return self.search(query_vector, n, None, exact=True)  # those looked at hold too few

    def rows(self, numbers: Rows) -> Vectors:
        """Return the vectors of some rows, float32 (len(numbers), dim)."""
        numbers = numbers if self._kept is None else self._kept[numbers]
        if self._file:
            return np.asarray(self._file.rows("<f4", self.dim, numbers), dtype=np.float32)
        return np.asarray(self._vectors[numbers], dtype=np.float32)


@dataclass(frozen=True)
class InvertedLists:
    """Vectors by the centroid they are nearest to, each two components in a code of 4 bits.

    Source: Jégou, Douze and Schmid, 2011, "Product Quantization for Nearest Neighbor Search", with
    codes looked up in registers as by André, Kermarrec and Le Scouarnec, 2015 (FAISS's FastScan).
    """

    files: Mapping[str, CheckedFile]
    n: int
    dim: int
    kept: Rows | None = None
    _lock: LockType = field(default_factory=Lock)

    def search(self, query_vectors: Vectors, n: int) -> tuple[Vectors, Rows]:
        """Return about the cosines of the rows that are about nearest, and their numbers.

        A number is -1 where the lists that were looked at hold too few.
        """
        with self._lock:
            made = self._faiss
        scores, rows = made.search(np.ascontiguousarray(query_vectors, dtype=np.float32), n)
        return scores, rows

    @cached_property
    def _faiss(self) -> Any:
        """FAISS's index, made of the files once all of their bytes were checked."""
        import faiss

        centroids, codebook, ends, rows, codes = self._arrays()
        quantizer = faiss.IndexFlatIP(self.dim)
        quantizer.add(centroids)
        n_codes = self.dim // PER_CODE
        made: Any = faiss.IndexIVFPQ(
            quantizer, self.dim, len(ends), n_codes, 4, faiss.METRIC_INNER_PRODUCT
        )
        made.by_residual = False
        faiss.copy_array_to_vector(codebook, made.pq.centroids)
        made.is_trained = True
        numbers = self._numbers()
        start = 0
        for number, end in enumerate(ends.tolist()):
            own = numbers[rows[start:end]]
            is_kept = own >= 0
            own, own_codes = own[is_kept], codes[start:end][is_kept]
            made.invlists.add_entries(
                number, len(own), faiss.swig_ptr(own), faiss.swig_ptr(own_codes)
            )
            start = end
        made.ntotal = self.n if self.kept is None else len(self.kept)
        for file in self.files.values():
            file.let_go()
        fast = faiss.IndexIVFPQFastScan(made)
        fast.nprobe = max(1, round(PROBED_SHARE * len(ends)))
        return fast

    def _numbers(self) -> Rows:
        """Return the number of each row among those that are kept, -1 where it was taken out."""
        if self.kept is None:
            return np.arange(self.n)
        numbers = np.full(self.n, -1, dtype=np.int64)
        numbers[self.kept] = np.arange(len(self.kept))
        return numbers

    def _arrays(self) -> tuple[Vectors, Vectors, Rows, NDArray[np.int32], NDArray[np.uint8]]:
        """Return the arrays of the files; raise IndexFolderError where they do not fit together."""
        for file in self.files.values():
            file.check()
        centroids, codebook, ends, rows, codes = (
            self.files[part].array(kind)
            for part, kind in zip(LIST_FILES, ("<f4", "<f4", "<i8", "<i4", "u1"), strict=True)
        )
        width = n_code_bytes(self.dim)
        fits = (
            len(ends) > 0
            and self.dim % PER_CODE == 0
            and centroids.size == len(ends) * self.dim
            and codebook.size == N_CODES * self.dim
            and len(rows) == self.n
            and codes.size == self.n * width
            and ends[-1] == self.n
            and bool(np.all(np.diff(ends, prepend=0) >= 0))
            and 0 <= rows.min() <= rows.max() < self.n
            and bool(np.all(np.bincount(rows) == 1))
            and bool(np.isfinite(centroids).all() and np.isfinite(codebook).all())
        )
        if not fits:
            raise self.files["ends.i64"].damaged("does not fit its inverted lists")
        return centroids.reshape(-1, self.dim), codebook, ends, rows, codes.reshape(-1, width)


def n_code_bytes(dim: int) -> int:
    """Return how many bytes the codes of a vector take; two codes share one."""
    return -(-(dim // PER_CODE) // 2)


def write_lists(vectors: Vectors, write: Callable[[str, Bytes], None]) -> None:
    """Make the inverted lists of vectors; only a sample of them is in memory at a time.

    Args:
        vectors: float32 unit rows, (n, dim), such as a mapped file; ``n`` must be at least
            ``N_CODES``, and ``dim`` a multiple of ``PER_CODE``.
        write: takes a name of ``LIST_FILES`` and the next bytes of that file.
    """
    import faiss

    n, dim = vectors.shape
    n_lists = max(1, round(LISTS_PER_ROOT * np.sqrt(n)))
    numbers = np.random.default_rng(_SEED)
    chosen = numbers.choice(n, size=min(n, _TRAINED_PER_LIST * n_lists), replace=False)
    sample = np.ascontiguousarray(vectors[np.sort(chosen)])
    means: Any = faiss.Kmeans(
        dim, n_lists, niter=_N_ITERATIONS, seed=_SEED, spherical=True, min_points_per_centroid=1
    )
    means.train(sample)
    products = faiss.ProductQuantizer(dim, dim // PER_CODE, 4)
    products.cp.min_points_per_centroid = 1  # fewer are no error, and no warning
    products.train(sample)
    del sample
    own = np.concatenate(
        [
            _nearest(np.asarray(vectors[start : start + _BLOCK]), means.centroids, 1)[1][:, 0]
            for start in range(0, n, _BLOCK)
        ]
    )
    order = np.argsort(own, kind="stable")
    write("centroids.f32", means.centroids.astype("<f4").data)
    write("codebook.f32", faiss.vector_to_array(products.centroids).astype("<f4").data)
    write("ends.i64", np.cumsum(np.bincount(own, minlength=n_lists)).astype("<i8").data)
    write("rows.i32", order.astype("<i4").data)
    for start in range(0, n, _BLOCK):
        rows = np.ascontiguousarray(vectors[order[start : start + _BLOCK]])
        write("codes.u8", products.compute_codes(rows).data)


def check_unit(vectors: Vectors) -> None:
    """Raise ValueError where a row does not have length 1."""
    norms = np.linalg.norm(vectors, axis=1)
    if vectors.size and not np.allclose(norms, 1.0, atol=1e-3):
        raise ValueError(f"vectors must have length 1, got lengths {norms.min()} to {norms.max()}")


def _nothing(query_vectors: Vectors) -> tuple[Vectors, Rows]:
    shape = (len(query_vectors), 0)
    return np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int64)


def _best(found: Sequence[tuple[Vectors, Rows]], n: int) -> tuple[Vectors, Rows]:
    """Return the n best of what was found in several places."""
    scores = np.concatenate([each for each, _ in found], axis=1)
    rows = np.concatenate([each for _, each in found], axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    return np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)


def _nearest(query_vectors: Vectors, vectors: Vectors, n: int) -> tuple[Vectors, Rows]:
    import faiss  # 0.2 s to import

    queries = np.ascontiguousarray(query_vectors, dtype=np.float32)
    scores, rows = faiss.knn(
        queries, vectors, min(n, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT
    )
    return scores, rows
