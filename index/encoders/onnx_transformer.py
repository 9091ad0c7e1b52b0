"""Transformers on ONNX Runtime, without torch. The only file that imports onnxruntime.

The graphs in graphs/ are made by training/onnx_graphs.py; the weights, rounded, are mapped from a
cache on the disk.
Only texts of one length run together, so nothing is padded, and a text gives the same numbers alone
as among others but for the last bits.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index.encoders.onnx_weights import (
    Floats,
    Weights,
    as_float,
    graph_weights,
    weights_to_bytes,
)
from index.encoders.weights_cache import cached, is_sound
from index.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BATCH_TOKENS = 256  # what a processor keeps in its cache
MAX_DISTANCE, N_BUCKETS = 128, 32  # of MPNet's relative positions
_MAX_THREADS = 4  # more do not help a model this small
_PACK_AFTER = 4000  # tokens: from there on packed weights save more than packing takes
_VERSION = 4  # of the form that the graphs want weights in


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What the first layer of a transformer reads.

    Attributes:
        words: (n_words, dim), in any float type, or int8 where there are ``word_scales``.
        positions: float32 (n_positions, dim), from the first token's on.
        types: float32 (2, dim), of a first and a second text; None where there are none.
        relative: float32 (n_buckets, n_heads), of distances; None where there are none.
        word_scales: (n_words,), what each row of ``words`` is to be multiplied by.
    """

    words: NDArray[Any]
    positions: Floats
    types: Floats | None = None
    relative: Floats | None = None
    word_scales: NDArray[Any] | None = None

    def of_words(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Return what stands for the words of rows of one length, float32 (n, n_tokens, dim)."""
        numbers = np.array(ids)
        words: Floats = self.words[numbers].astype(np.float32, copy=False)
        if self.word_scales is not None:
            words *= self.word_scales[numbers, None]
        return words

    @classmethod
    def of_bert(cls, weights: Weights, words: Floats) -> Embeddings:
        """Return the embeddings of a ``BertModel``'s weights and its words."""
        positions, types = (
            as_float(weights, f"embeddings.{name}_embeddings.weight")
            for name in ("position", "token_type")
        )
        return cls(words, positions, types=types)


class OnnxTransformer:
    """Token ids in, hidden states out; may be used by several threads."""

    def __init__(
        self,
        architecture: str,
        embeddings: Embeddings,
        key: str,
        weights: Callable[[], Weights],
        *,
        int8: bool = True,
    ) -> None:
        """Make the model.

        Args:
            architecture: what kind of transformer it is: "bert", or "mpnet_12" with its layers.
            embeddings: what its first layer reads.
            key: names the weights; others must have another.
            weights: gives them, by the names that transformers has in ``BertModel`` or
                ``MPNetModel``; called where they are not in the cache yet.
            int8: multiply in integers of 8 bits, where this processor does so exactly. Measured with
                bench/retrieval.py's data: mean reciprocal rank 0.8431, in floats 0.8448.
        """
        self._embeddings = embeddings
        self._distance_bias = None
        if embeddings.relative is not None:
            buckets = distance_buckets(len(embeddings.positions))
            self._distance_bias = embeddings.relative[buckets].T
        int8 = int8 and exact_in_int8()
        named = f"{_VERSION} {architecture} {int8} {key}".encode()
        self._graph = read_graph(f"{architecture}_{'int8' if int8 else 'float'}")
        with cached(
            hashlib.sha256(named).hexdigest(),
            lambda: weights_to_bytes(graph_weights(weights(), int8=int8)),
        ) as self._path:
            self._session = _session(self._graph, self._path.parent)
        self._n_tokens = 0
        self._packing = Lock()
        # Running batches in parallel uses the cores better than splitting each product over them.
        self._pool = ThreadPoolExecutor(n_threads()) if n_threads() > 1 else None

    @property
    def dim(self) -> int:
        """The number of components of a hidden state."""
        return int(self._embeddings.words.shape[1])

    def hidden_states(
        self, ids: Sequence[Sequence[int]], first_of_second: Sequence[int] | None = None
    ) -> list[Floats]:
        """Return the hidden states of each row of token ids, float32 (n_tokens, dim).

        Args:
            ids: token ids with the special ones.
            first_of_second: for each row, where its second text starts; None where there is none.
        """
        states: list[Floats] = [np.empty((0, self.dim), dtype=np.float32)] * len(ids)
        batches = _batches([len(row) for row in ids])

        def run(batch: Sequence[int]) -> None:
            seconds = [first_of_second[i] for i in batch] if first_of_second else None
            for i, hidden in zip(batch, self._run([ids[i] for i in batch], seconds), strict=True):
                states[i] = hidden

        if len(batches) > 1 and self._pool:
            list(self._pool.map(run, batches))
        else:
            for batch in batches:
                run(batch)
        return states

    def _run(self, ids: Sequence[Sequence[int]], first_of_second: Sequence[int] | None) -> Floats:
        """Return the hidden states of rows of one length, float32 (n, n_tokens, dim)."""
        length = len(ids[0])
        embedded = self._embeddings.of_words(ids) + self._embeddings.positions[:length]
        if (types := self._embeddings.types) is not None:
            for row, second in zip(embedded, first_of_second or [length] * len(ids), strict=True):
                row[:second] += types[0]
                row[second:] += types[1]
        inputs = {"embedded": embedded}
        if self._distance_bias is not None:
            inputs["attention_bias"] = attention_bias(self._distance_bias, length)
        (hidden,) = self._session.run(None, inputs)
        self._pack_after(length * len(ids))
        return np.asarray(hidden, dtype=np.float32)

    def _pack_after(self, n_tokens: int) -> None:
        """Pack the weights once, after many tokens: it takes 0.1 s, then saves 3 to 30 % of time.

        Results stay the same to the last bit. One question alone reads fewer tokens.
        """
        self._n_tokens += n_tokens
        if self._n_tokens < _PACK_AFTER or not self._packing.acquire(blocking=False):
            return
        # Never released, so that packing runs once. Without the file, the present session stays.
        if is_sound(self._path):
            self._session = _session(self._graph, self._path.parent, packed=True)


def attention_bias(by_distance: Floats, length: int) -> Floats:
    """Return what attention adds for each pair of tokens, (1, n_heads, length, length).

    Args:
        by_distance: what it adds for each distance, (n_heads, n_distances), 0 in the middle.
        length: the number of tokens.
    """
    middle = by_distance.shape[1] // 2
    near = by_distance[:, middle - length + 1 : middle + length]
    return np.ascontiguousarray(sliding_window_view(near, length, axis=1)[:, ::-1][None])


def distance_buckets(n_tokens: int) -> NDArray[np.int64]:
    """Return the bucket of each distance from ``-n_tokens`` to ``n_tokens``, int64.

    Half of the buckets are for what stands ahead; of each half, the first half are for single
    distances and the rest grow with the logarithm.
    Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning", as MPNet uses it.
    """
    ahead = np.arange(-n_tokens, n_tokens + 1)
    half = N_BUCKETS // 2
    exact = half // 2
    distance = np.abs(ahead)
    scaled = np.log(np.maximum(distance, 1) / exact) / np.log(MAX_DISTANCE / exact)
    far = np.minimum(exact + (scaled * (half - exact)).astype(np.int64), half - 1)
    return np.where(ahead > 0, half, 0) + np.where(distance < exact, distance, far)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return the numbers of rows in batches of one length, longest first."""
    batches = []
    by_length = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for length, group in groupby(by_length, key=lambda i: lengths[i]):
        rows = list(group)
        step = max(1, BATCH_TOKENS // length)
        batches += [rows[start : start + step] for start in range(0, len(rows), step)]
    return batches


@cache
def exact_in_int8() -> bool:
    """Return whether this processor adds 8-bit products exactly; older Intel ones do not."""
    a = np.full((1, 64), 255, np.uint8)
    (c,) = _session(read_graph("int8_probe")).run(None, {"a": a})
    return bool((c == 64 * 255 * 127).all())


def read_graph(name: str) -> bytes:
    """Return a graph that comes with the program.

    Raises:
        EncoderError: there is none of this name.
    """
    try:
        return files("index.encoders").joinpath("graphs", f"{name}.onnx").read_bytes()
    except OSError as error:
        raise EncoderError(
            f"index/encoders/graphs must have {name}.onnx, got none; install article-qa again, or "
            "for a reader with other layers write it with training/onnx_graphs.py --layers",
            encoder=name,
        ) from error


def _session(graph: bytes, folder: Path | None = None, *, packed: bool = False) -> InferenceSession:
    """Return a session of a graph whose weights lie in a folder; it maps them, or packs a copy."""
    # From 1.32 on, ONNX Runtime would write usage events to a file, to be sent to its maker.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if folder:
        setting = "session.model_external_initializers_file_folder_path"
        options.add_session_config_entry(setting, str(folder))
    options.add_session_config_entry("session.disable_prepacking", str(int(not packed)))
    return InferenceSession(
        graph,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def n_threads() -> int:
    """Return how many threads a model takes: OMP_NUM_THREADS, else one a core, at most four."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(wanted) if wanted.isdecimal() and int(wanted) else min(n_cores or 1, _MAX_THREADS)
