"""Transformers as ONNX graphs, put together from their weights. The only file that imports onnx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Weights = Mapping[str, NDArray[Any]]

_FUSED = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Architecture:
    """In what one transformer differs from the next.

    Attributes:
        name: what it is called.
        n_heads: of attention.
        epsilon: what its layer norms add to the variance.
        query_key_value: the names of a layer's three projections, after the layer's own name.
        attention_output: the name of the projection of what was attended to.
        attention_norm: the name of the layer norm after it.
        first_position: the row of the position embeddings that is the first token's.
        relative_positions: whether attention also depends on how far tokens are apart.
    """

    name: str
    n_heads: int
    epsilon: float
    query_key_value: tuple[str, str, str]
    attention_output: str
    attention_norm: str
    first_position: int = 0
    relative_positions: bool = False


BERT = Architecture(
    name="bert",
    n_heads=12,
    epsilon=1e-12,
    query_key_value=("attention.self.query", "attention.self.key", "attention.self.value"),
    attention_output="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
)
MPNET = Architecture(
    name="mpnet",
    n_heads=12,
    epsilon=1e-5,
    query_key_value=("attention.attn.q", "attention.attn.k", "attention.attn.v"),
    attention_output="attention.attn.o",
    attention_norm="attention.LayerNorm",
    first_position=2,
    relative_positions=True,
)


class TransformerGraph:
    """The layers of a transformer as an ONNX graph, with the fused operators of ONNX Runtime."""

    def __init__(self, weights: Weights, architecture: Architecture, *, int8: bool) -> None:
        """Take weights by the names that transformers gives them; ``int8`` rounds the products'."""
        self._weights = weights
        self._architecture = architecture
        self._int8 = int8
        self._rows = self._shape = ""
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def to_bytes(self) -> bytes:
        """Return the model: "embedded", (n, n_tokens, dim), in; "hidden", the same shape, out.

        Inside, all tokens are rows of one matrix, but for attention. An architecture with
        relative positions takes "attention_bias", (1, n_heads, n_tokens, n_tokens), as well.
        """
        from onnx import TensorProto, helper

        names = [name for name in self._weights if name.endswith(".output.dense.weight")]
        n_layers = len({name.split(".")[2] for name in names})
        dim = self._weights["embeddings.LayerNorm.weight"].shape[0]
        self._rows = self._constant("rows", np.array([-1, dim], dtype=np.int64))
        self._shape = self._node("Shape", ["embedded"], domain="")
        norm = [self._weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        x = self._node("Reshape", ["embedded", self._rows], domain="")
        x = self._node(
            "LayerNormalization", [x, *norm], domain="", epsilon=self._architecture.epsilon
        )
        for number in range(n_layers):
            x = self._layer(f"encoder.layer.{number}.", x)
        x = self._node("Reshape", [x, self._shape], domain="")
        self._nodes.append(helper.make_node("Identity", [x], ["hidden"]))
        shape = ["n", "n_tokens", dim]
        given = [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape)]
        if self._architecture.relative_positions:
            bias_shape: list[str | int] = [
                1,
                self._architecture.n_heads,
                "n_tokens",
                "n_tokens",
            ]
            given.append(
                helper.make_tensor_value_info("attention_bias", TensorProto.FLOAT, bias_shape)
            )
        graph = helper.make_graph(
            self._nodes,
            "transformer",
            given,
            [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
            list(self._constants.values()),
        )
        return _model_bytes(graph)

    def _layer(self, prefix: str, x: str) -> str:
        of = self._architecture
        names = [f"{prefix}{name}." for name in of.query_key_value]
        bias = np.concatenate([as_float(self._weights, f"{name}bias") for name in names])
        parts = [
            self._node("Reshape", [part, self._shape], domain="")
            for part in self._products(x, names)
        ]
        inputs = [*parts, self._constant(f"{prefix}qkv.bias", bias)]
        if of.relative_positions:
            inputs += ["", "attention_bias"]
        attended = self._node("MultiHeadAttention", inputs, num_heads=of.n_heads)
        attended = self._node("Reshape", [attended, self._rows], domain="")
        x = self._add_and_norm(
            attended, x, prefix + of.attention_output, prefix + of.attention_norm
        )
        name = f"{prefix}intermediate.dense."
        wide = self._node("BiasGelu", [*self._products(x, [name]), self._weight(f"{name}bias")])
        return self._add_and_norm(wide, x, f"{prefix}output.dense", f"{prefix}output.LayerNorm")

    def _add_and_norm(self, x: str, skipped: str, dense: str, layer_norm: str) -> str:
        (y,) = self._products(x, [f"{dense}."])
        y = self._node("Add", [y, self._weight(f"{dense}.bias")], domain="")
        y = self._node("Add", [y, skipped], domain="")
        norm = [self._weight(f"{layer_norm}.{part}") for part in ("weight", "bias")]
        epsilon = self._architecture.epsilon
        return self._node("LayerNormalization", [y, *norm], domain="", epsilon=epsilon)

    def _products(self, x: str, names: Sequence[str]) -> list[str]:
        """Return x times each of some weights.

        In integers, each token has a scale of its own, and so has each column of the weights.
        """
        weights = {name: as_float(self._weights, f"{name}weight").T for name in names}
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
        return self._constant(name, as_float(self._weights, name))

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


def int8_probe() -> bytes:
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


def _model_bytes(graph: Any) -> bytes:
    from onnx import helper

    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=9)
    return bytes(model.SerializeToString())


def as_float(weights: Weights, name: str) -> Floats:
    """Return a weight in single precision."""
    return np.asarray(weights[name], dtype=np.float32)
