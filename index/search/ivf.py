"""Nearest neighbours by FAISS: exact, and by inverted lists (IVF) of quantized vectors.

The only file that imports faiss. FAISS is given arrays, which may be mapped from files, and reads and
writes no file itself, so no header of one can lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.storage.block_file import CheckedFile
from index.storage.durable import Bytes
from index.types import Vectors

if TYPE_CHECKING:
    from _thread import LockType

Rows = NDArray[np.int64]

BLOCK = 65_536  # how many rows are copied at once
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


def nearest(query_vectors: Vectors, vectors: Vectors, n: int) -> tuple[Vectors, Rows]:
    """Return the highest inner products, best first, and the rows that have them.

    Args:
        query_vectors: float32 (n_queries, dim).
        vectors: float32 (n_vectors, dim).
        n: how many of each query; fewer come back where there are fewer vectors.

    Returns:
        float32 and int64, each (n_queries, n).
    """
    import faiss  # 0.2 s to import

    queries = np.ascontiguousarray(query_vectors, dtype=np.float32)
    scores, rows = faiss.knn(
        queries, vectors, min(n, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT
    )
    return scores, rows


@dataclass(frozen=True)
class InvertedLists:
    """Vectors by the centroid they are nearest to, each two components in a code of 4 bits.

    ``live`` are the rows that were not removed; None is all. Results are counted among them.

    Source: Jégou, Douze and Schmid, 2011, "Product Quantization for Nearest Neighbor Search", with
    codes looked up in registers as by André, Kermarrec and Le Scouarnec, 2015 (FAISS's FastScan).
    """

    files: Mapping[str, CheckedFile]
    n: int
    dim: int
    live: Rows | None = None
    _lock: LockType = field(default_factory=Lock)

    def search(self, query_vectors: Vectors, n: int) -> tuple[Vectors, Rows]:
        """Return the nearest rows, best first, with their cosines, both approximate.

        Args:
            query_vectors: float32 unit rows, (n_queries, dim).
            n: how many rows of each query.

        Returns:
            Cosines, float32, and rows, int64, each (n_queries, n); a row is -1 where the lists that
            were searched hold fewer than ``n``.
        """
        with self._lock:
            lists = self._lists
        scores, rows = lists.search(np.ascontiguousarray(query_vectors, dtype=np.float32), n)
        return scores, rows

    @cached_property
    def _lists(self) -> Any:
        """FAISS's index, built from the files once all of their bytes were checked."""
        import faiss

        centroids, codebook, ends, rows, codes = self._arrays()
        quantizer = faiss.IndexFlatIP(self.dim)
        quantizer.add(centroids)
        n_codes = self.dim // PER_CODE
        slow: Any = faiss.IndexIVFPQ(
            quantizer, self.dim, len(ends), n_codes, 4, faiss.METRIC_INNER_PRODUCT
        )
        slow.by_residual = False
        faiss.copy_array_to_vector(codebook, slow.pq.centroids)
        slow.is_trained = True
        numbers = self._numbers()
        start = 0
        for number, end in enumerate(ends.tolist()):
            live = numbers[rows[start:end]]
            is_live = live >= 0
            live, live_codes = live[is_live], codes[start:end][is_live]
            slow.invlists.add_entries(
                number, len(live), faiss.swig_ptr(live), faiss.swig_ptr(live_codes)
            )
            start = end
        slow.ntotal = self.n if self.live is None else len(self.live)
        for file in self.files.values():
            file.let_go()
        fast = faiss.IndexIVFPQFastScan(slow)
        fast.nprobe = max(1, round(PROBED_SHARE * len(ends)))
        return fast

    def _numbers(self) -> Rows:
        """Return the number of each row among the live ones, -1 where it was removed."""
        if self.live is None:
            return np.arange(self.n)
        numbers = np.full(self.n, -1, dtype=np.int64)
        numbers[self.live] = np.arange(len(self.live))
        return numbers

    def _arrays(self) -> tuple[Vectors, Vectors, Rows, NDArray[np.int32], NDArray[np.uint8]]:
        """Return the arrays of the files; raise IndexFolderError where they contradict each other."""
        for file in self.files.values():
            file.check()
        centroids, codebook, ends, rows, codes = (
            self.files[name].array(kind)
            for name, kind in zip(LIST_FILES, ("<f4", "<f4", "<i8", "<i4", "u1"), strict=True)
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
    """Return the number of bytes of a vector's codes; two codes share one."""
    return -(-(dim // PER_CODE) // 2)


def write_lists(vectors: Vectors, write: Callable[[str, Bytes], None]) -> None:
    """Write the inverted lists of vectors; only a sample of them is in memory at a time.

    Args:
        vectors: float32 unit rows, (n, dim), such as a mapped file; ``n`` must be at least
            ``N_CODES``, and ``dim`` a multiple of ``PER_CODE``.
        write: takes a name of ``LIST_FILES`` and the next bytes of that file.
    """
    import faiss

    n, dim = vectors.shape
    n_lists = max(1, round(LISTS_PER_ROOT * np.sqrt(n)))
    random = np.random.default_rng(_SEED)
    chosen = random.choice(n, size=min(n, _TRAINED_PER_LIST * n_lists), replace=False)
    sample = np.ascontiguousarray(vectors[np.sort(chosen)])
    means: Any = faiss.Kmeans(
        dim, n_lists, niter=_N_ITERATIONS, seed=_SEED, spherical=True, min_points_per_centroid=1
    )
    means.train(sample)
    products = faiss.ProductQuantizer(dim, dim // PER_CODE, 4)
    products.cp.min_points_per_centroid = 1  # fewer are no error, and no warning
    products.train(sample)
    del sample
    centroid_of = np.concatenate(
        [
            nearest(np.asarray(vectors[start : start + BLOCK]), means.centroids, 1)[1][:, 0]
            for start in range(0, n, BLOCK)
        ]
    )
    order = np.argsort(centroid_of, kind="stable")
    write("centroids.f32", means.centroids.astype("<f4").data)
    write("codebook.f32", faiss.vector_to_array(products.centroids).astype("<f4").data)
    write("ends.i64", np.cumsum(np.bincount(centroid_of, minlength=n_lists)).astype("<i8").data)
    write("rows.i32", order.astype("<i4").data)
    for start in range(0, n, BLOCK):
        rows = np.ascontiguousarray(vectors[order[start : start + BLOCK]])
        write("codes.u8", products.compute_codes(rows).data)
