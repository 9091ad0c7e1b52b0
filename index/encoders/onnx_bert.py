"""BERT on ONNX Runtime, without torch. The only file that imports onnx and onnxruntime.

The graph is put together from safetensors weights when it is first needed and kept by
``index.encoders.graph_cache``. Only texts of one length run together, so nothing is padded, and a text gives
the same numbers alone as among others but for the last bits.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.graph_cache import converted

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]
Weights = Mapping[str, NDArray[Any]]

BATCH_TOKENS = 256  # what a processor keeps in its cache
_HEADS = 12
_EPSILON = 1e-12
_MAX_THREADS = 4  # more do not help a model this small
_FUSED = "com.microsoft"
_WORDS = "embeddings.word_embeddings.weight"
_VERSION = 2  # of the graph that is made


class OnnxBert:
    """Token ids in, hidden states out; may be used by several threads."""

    def __init__(self, weights: Weights, words: Floats, key: str, *, int8: bool = True) -> None:
        """Make the model.

        Args:
            weights: by the names that transformers gives them in ``BertModel``.
            words: the word embeddings, float32 (n_words, dim).
            key: names the weights; others must have another.
            int8: multiply in integers of 8 bits, where this processor does so exactly. Measured with
                bench/retrieval.py's data: mean reciprocal rank 0.8431, in floats 0.8448.
        """
        self._words = words
        self._positions = _float(weights, "embeddings.position_embeddings.weight")
        self._types = _float(weights, "embeddings.token_type_embeddings.weight")
        int8 = int8 and exact_in_int8()
        named = f"{_VERSION} {int8} {key}".encode()
        self._session = _session(
            converted(
                hashlib.sha256(named).hexdigest(), lambda: _Graph(weights, int8=int8).to_bytes()
            )
        )

        # Batches side by side keep the cores busier than one product shared by all of them.
        self._pool = ThreadPoolExecutor(n_threads()) if n_threads() > 1 else None

    @property
    def dim(self) -> int:
        """The number of components of a hidden state."""
        return int(self._words.shape[1])

    def hidden_states(
        self, ids: Sequence[Sequence[int]], first_of_second: Sequence[int] | None = None
    ) -> list[Floats]:
        """Return the hidden states of each row of token ids, float32 (n_tokens, dim).

        Args:
            ids: token ids with the special ones.
            first_of_second: for each row, where its second text starts; None where there is none.
        """
        found: list[Floats] = [np.empty((0, self.dim), dtype=np.float32)] * len(ids)
        batches = _batches([len(row) for row in ids])

        def run(batch: Sequence[int]) -> None:
            seconds = [first_of_second[i] for i in batch] if first_of_second else None
            for i, hidden in zip(batch, self._run([ids[i] for i in batch], seconds), strict=True):
                found[i] = hidden

        if len(batches) > 1 and self._pool:
            list(self._pool.map(run, batches))
        else:
            for batch in batches:
                run(batch)
        return found

    def _run(self, ids: Sequence[Sequence[int]], first_of_second: Sequence[int] | None) -> Floats:
        """Return the hidden states of rows of one length, float32 (n, n_tokens, dim)."""
        length = len(ids[0])
        embedded = self._words[np.array(ids)] + self._positions[:length]
        for row, second in zip(embedded, first_of_second or [length] * len(ids), strict=True):
            row[:second] += self._types[0]
            row[second:] += self._types[1]
        (hidden,) = self._session.run(None, {"embedded": embedded})
        return np.asarray(hidden, dtype=np.float32)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return the numbers of rows in batches of one length, longest first."""
    batches = []
    by_length = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for length, group in groupby(by_length, key=lambda i: lengths[i]):
        rows = list(group)
        step = max(1, BATCH_TOKENS // length)
        batches += [rows[start : start + step] for start in range(0, len(rows), step)]
    return batches


class OnnxEncoder:
    """A sentence-transformers folder of a BERT with mean pooling, run by ``OnnxBert``."""

    def __init__(self, folder: Path, *, int8: bool = True) -> None:
        """Take the folder of the packaged encoder."""
        self.max_tokens = 256
        self._tokenizer = open_tokenizer(folder)
        weights = _BaseWeights(folder)
        self._bert = OnnxBert(weights, word_embeddings(folder), weights.key, int8=int8)
        self.dim = self._bert.dim

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 unit rows, (len(texts), dim)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = [_truncated(e.ids, self.max_tokens) for e in encoded]
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for row, hidden in enumerate(self._bert.hidden_states(ids)):
            mean = hidden.mean(axis=0)
            vectors[row] = mean / np.linalg.norm(mean)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without the special ones."""
        return [len(e) for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]


class _BaseWeights(Mapping[str, NDArray[Any]]):
    """The weights of a model's folder, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "model.safetensors"
        with self._open() as file:
            self._names = list(file.keys())

    @property
    def key(self) -> str:
        """The file by its place, its size and its time: to hash all of it takes longer than the rest."""
        status = self._file.stat()
        return f"{self._file.resolve()} {status.st_size} {status.st_mtime_ns}"

    def _open(self) -> Any:
        from safetensors import safe_open

        return safe_open(self._file, framework="numpy")

    def __getitem__(self, name: str) -> NDArray[Any]:
        with self._open() as file:  # closed each time, so that what was read leaves the memory
            weight: NDArray[Any] = file.get_tensor(name)
        return weight

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def word_embeddings(folder: Path) -> Floats:
    """Return the word embeddings of a model's folder, of which only the rows in use are read.

    Source: the layout of a safetensors file: a length, a header of JSON, then the arrays.
    """
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))[_WORDS]
    start = 8 + size + header["data_offsets"][0]
    return np.memmap(path, np.float32, "r", start, tuple(header["shape"]))


def open_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model's folder; it neither truncates nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@cache
def exact_in_int8() -> bool:
    """Return whether this processor adds products of 8 bits exactly; older ones of Intel do not."""
    a = np.full((1, 64), 255, np.uint8)
    (c,) = _session(converted(f"probe-{_VERSION}", _probe)).run(None, {"a": a})
    return bool((c == 64 * 255 * 127).all())


def _probe() -> bytes:
    """Return a model that multiplies "a", uint8 (1, 64), by 64 × 16 times the largest int8."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "probe",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, (1, 64))],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [1, 16])],
        [numpy_helper.from_array(np.full((64, 16), 127, np.int8), "b")],
    )
    return _model_bytes(graph)


class _Graph:
    """The layers of a BERT as an ONNX graph, with the fused operators that ONNX Runtime has."""

    def __init__(self, weights: Weights, *, int8: bool) -> None:
        self._weights = weights
        self._int8 = int8
        self._rows = self._shape = ""
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def to_bytes(self) -> bytes:
        """Return the model: "embedded", (n, n_tokens, dim), in; "hidden", the same shape, out.

        Inside, all tokens are rows of one matrix, but for attention.
        """
        from onnx import TensorProto, helper

        names = [name for name in self._weights if name.endswith("output.dense.weight")]
        n_layers = len({name.split(".")[2] for name in names})
        dim = self._weights["embeddings.LayerNorm.weight"].shape[0]
        self._rows = self._constant("rows", np.array([-1, dim], dtype=np.int64))
        self._shape = self._node("Shape", ["embedded"], domain="")
        norm = [self._weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        x = self._node("Reshape", ["embedded", self._rows], domain="")
        x = self._node("LayerNormalization", [x, *norm], domain="", epsilon=_EPSILON)
        for number in range(n_layers):
            x = self._layer(f"encoder.layer.{number}.", x)
        x = self._node("Reshape", [x, self._shape], domain="")
        self._nodes.append(helper.make_node("Identity", [x], ["hidden"]))
        shape = ["n", "n_tokens", dim]
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
            list(self._constants.values()),
        )
        return _model_bytes(graph)

    def _layer(self, prefix: str, x: str) -> str:
        names = [f"{prefix}attention.self.{part}." for part in ("query", "key", "value")]
        bias = np.concatenate([_float(self._weights, f"{name}bias") for name in names])
        parts = [
            self._node("Reshape", [part, self._shape], domain="")
            for part in self._products(x, names)
        ]
        attended = self._node(
            "MultiHeadAttention",
            [*parts, self._constant(f"{prefix}qkv.bias", bias)],
            num_heads=_HEADS,
        )
        attended = self._node("Reshape", [attended, self._rows], domain="")
        x = self._add_and_norm(attended, x, f"{prefix}attention.output.")
        name = f"{prefix}intermediate.dense."
        wide = self._node("BiasGelu", [*self._products(x, [name]), self._weight(f"{name}bias")])
        return self._add_and_norm(wide, x, f"{prefix}output.")

    def _add_and_norm(self, x: str, skipped: str, prefix: str) -> str:
        (y,) = self._products(x, [f"{prefix}dense."])
        y = self._node("Add", [y, self._weight(f"{prefix}dense.bias")], domain="")
        y = self._node("Add", [y, skipped], domain="")
        norm = [self._weight(f"{prefix}LayerNorm.{part}") for part in ("weight", "bias")]
        return self._node("LayerNormalization", [y, *norm], domain="", epsilon=_EPSILON)

    def _products(self, x: str, names: Sequence[str]) -> list[str]:
        """Return x times each of some weights.

        In integers, each token has a scale of its own, and so has each column of the weights.
        """
        weights = {name: _float(self._weights, f"{name}weight").T for name in names}
        if not self._int8:
            return [
                self._node("MatMul", [x, self._constant(f"{name}w", weight)], domain="")
                for name, weight in weights.items()
            ]
        scale, integers = self._quantized(x)
        products = []
        for name, weight in weights.items():
            scales = np.abs(weight).max(axis=0) / 127 + np.float32(1e-12)
            rounded = np.rint(weight / scales).astype(np.int8)
            constants = [
                self._constant(f"{name}w", rounded),
                self._constant("one", np.float32(1)),
                self._constant(f"{name}scales", scales),
                self._constant("zero", np.uint8(128)),
            ]
            product = self._node("MatMulIntegerToFloat", [integers, *constants])
            products.append(self._node("Mul", [product, scale], domain=""))
        return products

    def _quantized(self, x: str) -> tuple[str, str]:
        """Return the scale of each token, (n, 1), and x as integers around 128."""
        from onnx import numpy_helper

        size = self._node("Abs", [x], domain="")
        last = self._constant("last", np.array([-1], dtype=np.int64))
        most = self._node("ReduceMax", [size, last], domain="", keepdims=1)
        step = self._constant("step", np.float32(1 / 127))
        scale = self._node("Mul", [most, step], domain="")
        scale = self._node("Max", [scale, self._constant("least", np.float32(1e-12))], domain="")
        flat = self._node("Reshape", [scale, self._constant("flat", np.array([-1]))], domain="")
        n = self._node("Shape", [flat], domain="")
        zero = numpy_helper.from_array(np.array([128], np.uint8))
        zeros = self._node("ConstantOfShape", [n], domain="", value=zero)
        return scale, self._node("QuantizeLinear", [x, flat, zeros], domain="", axis=0)

    def _weight(self, name: str) -> str:
        return self._constant(name, _float(self._weights, name))

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(
                np.ascontiguousarray(value).reshape(np.shape(value)), name
            )
        return name

    def _node(
        self, kind: str, inputs: list[str], *, domain: str = _FUSED, **attributes: Any
    ) -> str:
        from onnx import helper

        name = f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name


def _model_bytes(graph: Any) -> bytes:
    from onnx import helper

    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=9)
    return bytes(model.SerializeToString())


def _session(model: bytes) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return InferenceSession(
        model,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


def n_threads() -> int:
    """Return how many threads a model takes: OMP_NUM_THREADS, else as many as there are cores."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(wanted) if wanted.isdecimal() and int(wanted) else min(n_cores or 1, _MAX_THREADS)


def _float(weights: Weights, name: str) -> Floats:
    return np.asarray(weights[name], dtype=np.float32)


def _truncated(ids: Sequence[int], n: int) -> Sequence[int]:
    """Return at most n ids; the last one, [SEP], stays last."""
    return ids if len(ids) <= n else [*ids[: n - 1], ids[-1]]
