"""The ONNX graphs that come with the program, BERT's and MPNet's, without their weights.

    python training/onnx_graphs.py [--layers N ...]

writes them to index/encoders/graphs, and MPNet's of N layers for a reader that has so many. Each names
a file "weights" beside it, which the program makes of whichever weights it has:
index/encoders/onnx_weights.py says in which order. The only file that imports onnx.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.encoders.onnx_weights import SCALES, WEIGHTS_FILE, graph_weights, offsets_of

FOLDER = Path(__file__).parents[1] / "index" / "encoders" / "graphs"
_FUSED = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Architecture:
    """In what one transformer differs from the next.

    Attributes:
        name: what it is called.
        n_layers: how many layers it has.
        dim: the number of components of a hidden state.
        n_heads: of attention.
        epsilon: what its layer norms add to the variance.
        query_key_value: the names of a layer's three projections, after the layer's own name.
        attention_output: the name of the projection of what was attended to.
        attention_norm: the name of the layer norm after it.
        relative_positions: whether attention also depends on how far tokens are apart.
    """

    name: str
    n_layers: int
    dim: int
    n_heads: int
    epsilon: float
    query_key_value: tuple[str, str, str]
    attention_output: str
    attention_norm: str
    relative_positions: bool = False

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the name and shape of each weight, as transformers has them."""
        wide = 4 * self.dim
        for number in range(self.n_layers):
            prefix = f"encoder.layer.{number}."
            dense = {
                **dict.fromkeys([*self.query_key_value, self.attention_output], (self.dim,) * 2),
                "intermediate.dense": (wide, self.dim),
                "output.dense": (self.dim, wide),
            }
            for name, shape in dense.items():
                yield f"{prefix}{name}.weight", shape
                yield f"{prefix}{name}.bias", shape[:1]
            for name in (self.attention_norm, "output.LayerNorm"):
                yield f"{prefix}{name}.weight", (self.dim,)
                yield f"{prefix}{name}.bias", (self.dim,)
        yield "embeddings.LayerNorm.weight", (self.dim,)
        yield "embeddings.LayerNorm.bias", (self.dim,)


BERT = Architecture(
    name="bert",
    n_layers=6,
    dim=384,
    n_heads=12,
    epsilon=1e-12,
    query_key_value=("attention.self.query", "attention.self.key", "attention.self.value"),
    attention_output="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
)
MPNET = Architecture(
    name="mpnet_12",
    n_layers=12,
    dim=768,
    n_heads=12,
    epsilon=1e-5,
    query_key_value=("attention.attn.q", "attention.attn.k", "attention.attn.v"),
    attention_output="attention.attn.o",
    attention_norm="attention.LayerNorm",
    relative_positions=True,
)


class TransformerGraph:
    """The layers of a transformer as an ONNX graph, with the fused operators of ONNX Runtime."""

    def __init__(self, architecture: Architecture, *, int8: bool) -> None:
        """Take what the transformer is; ``int8`` multiplies in integers of 8 bits."""
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
        of = self._architecture
        self._rows = self._constant("rows", np.array([-1, of.dim], dtype=np.int64))
        self._shape = self._node("Shape", ["embedded"], domain="")
        x = self._node("Reshape", ["embedded", self._rows], domain="")
        x = self._layer_norm(x, "embeddings.LayerNorm")
        for number in range(of.n_layers):
            x = self._layer(f"encoder.layer.{number}.", x)
        x = self._node("Reshape", [x, self._shape], domain="")
        self._nodes.append(helper.make_node("Identity", [x], ["hidden"]))
        shape = ["n", "n_tokens", of.dim]
        given = [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape)]
        if of.relative_positions:
            biases = [1, of.n_heads, "n_tokens", "n_tokens"]
            given.append(helper.make_tensor_value_info("attention_bias", TensorProto.FLOAT, biases))
        return _model_bytes(
            helper.make_graph(
                self._nodes,
                "transformer",
                given,
                [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
                [*self._constants.values(), *external_weights(of, int8=self._int8)],
            )
        )

    def _layer(self, prefix: str, x: str) -> str:
        of = self._architecture
        names = [f"{prefix}{name}" for name in of.query_key_value]
        biases = [f"{name}.bias" for name in names]
        projected = [
            self._node("Reshape", [product, self._shape], domain="")
            for product in self._products(x, names)
        ]
        inputs = [*projected, self._node("Concat", biases, domain="", axis=0)]
        if of.relative_positions:
            inputs += ["", "attention_bias"]
        attended = self._node("MultiHeadAttention", inputs, num_heads=of.n_heads)
        attended = self._node("Reshape", [attended, self._rows], domain="")
        x = self._add_and_norm(
            attended, x, prefix + of.attention_output, prefix + of.attention_norm
        )
        name = f"{prefix}intermediate.dense"
        wide = self._node("BiasGelu", [*self._products(x, [name]), f"{name}.bias"])
        return self._add_and_norm(wide, x, f"{prefix}output.dense", f"{prefix}output.LayerNorm")

    def _add_and_norm(self, x: str, skipped: str, dense: str, layer_norm: str) -> str:
        (y,) = self._products(x, [dense])
        y = self._node("Add", [y, f"{dense}.bias"], domain="")
        y = self._node("Add", [y, skipped], domain="")
        return self._layer_norm(y, layer_norm)

    def _layer_norm(self, x: str, name: str) -> str:
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        epsilon = self._architecture.epsilon
        return self._node("LayerNormalization", inputs, domain="", epsilon=epsilon)

    def _products(self, x: str, names: Sequence[str]) -> list[str]:
        """Return x times each of some weights.

        In integers, each token has a scale of its own, and so has each column of the weights.
        """
        if not self._int8:
            return [self._node("MatMul", [x, f"{name}.weight"], domain="") for name in names]
        scale, integers = self._quantized(x)
        one = self._constant("one", np.float32(1))
        zero = self._constant("zero", np.uint8(128))
        products = []
        for name in names:
            weight = f"{name}.weight"
            inputs = [integers, weight, one, f"{weight}{SCALES}", zero]
            product = self._node("MatMulIntegerToFloat", inputs)
            products.append(self._node("Mul", [product, scale], domain=""))
        return products

    def _quantized(self, x: str) -> tuple[str, str]:
        """Return the scale of each token, (n, 1), and x as integers around 128."""
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

    def _constant(self, name: str, value: Any) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(
        self, kind: str, inputs: list[str], *, domain: str = _FUSED, **attributes: Any
    ) -> str:
        name = f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name


def external_weights(architecture: Architecture, *, int8: bool) -> list[TensorProto]:
    """Return the weights of a graph as what lies in another file: names, shapes and offsets."""
    empty = {name: np.zeros(shape, np.float32) for name, shape in architecture.shapes()}
    weights = graph_weights(empty, int8=int8)
    return [
        _external(name, weight, offset)
        for (name, weight), offset in zip(weights.items(), offsets_of(weights), strict=True)
    ]


def _external(name: str, weight: NDArray[Any], offset: int) -> TensorProto:
    tensor = TensorProto(
        name=name,
        dims=weight.shape,
        data_type=helper.np_dtype_to_tensor_dtype(weight.dtype),
        data_location=TensorProto.EXTERNAL,
    )
    stands = {"location": WEIGHTS_FILE, "offset": offset, "length": weight.nbytes}
    for key, value in stands.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def int8_probe() -> bytes:
    """Return a model that multiplies "a", uint8 (1, 64), by 64 × 16 times the largest int8."""
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "probe",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, (1, 64))],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [1, 16])],
        [numpy_helper.from_array(np.full((64, 16), 127, np.int8), "b")],
    )
    return _model_bytes(graph)


def _model_bytes(graph: onnx.GraphProto) -> bytes:
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=9)
    return bytes(model.SerializeToString(deterministic=True))


def graphs(layers: Sequence[int] = ()) -> Mapping[str, bytes]:
    """Return all graphs by the names of their files, MPNet's of so many layers as well."""
    found = {"int8_probe.onnx": int8_probe()}
    fewer = [replace(MPNET, name=f"mpnet_{n}", n_layers=n) for n in layers]
    for architecture in (BERT, MPNET, *fewer):
        for kind in ("int8", "float"):
            graph = TransformerGraph(architecture, int8=kind == "int8")
            found[f"{architecture.name}_{kind}.onnx"] = graph.to_bytes()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", nargs="+", type=int, default=(), help="as many as a reader has")
    args = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name, graph in graphs(args.layers).items():
        FOLDER.joinpath(name).write_bytes(graph)
