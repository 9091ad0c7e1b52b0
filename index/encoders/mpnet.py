"""all-mpnet-base-v2 with a reader's adapters, run on ONNX Runtime.

The base model comes with the program, in weights/, its matrices in integers of 8 bits with a scale
for each row (training/round_base.py makes it). Those of its layers that have adapters are merged with
them and rounded once; the result lies in the cache on the disk, and the layers are not opened again.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.mapped_weights import mapped_weights
from index.encoders.onnx_transformer import Embeddings, OnnxTransformer
from index.encoders.onnx_weights import SCALE, Weights, as_float, dequantized
from index.errors import EncoderError

BASE = "all-mpnet-base-v2"
BASE_SHA256 = {
    "words": "525642759aee1a5c3df4626623e8f0aaa31deb44924a26fd96e6e538ed1d3e58",
    "layers": "943c1198a95456e07e7b029abcc6623ef8f90d23bebd3c2c07da7647de46db10",
}
ADAPTER_SCALE = 2.0  # what training/reader_model.py multiplies the adapters' product by
_WORDS, _POSITIONS, _RELATIVE = (
    "embeddings.word_embeddings.weight",
    "embeddings.position_embeddings.weight",
    "encoder.relative_attention_bias.weight",
)
_LAYER = "encoder.layer."
# BERT's vocabulary stands in MPNet's four numbers further on, but for the two special tokens.
_SHIFT = 4
_FIRST_POSITION = 2  # the rows before it are for padding
_SPECIAL = {101: 0, 102: 2}
log = logging.getLogger("article_qa")


class AdaptedMPNet:
    """The base model with adapters: BERT's token ids in, hidden states out."""

    def __init__(self, adapters: Weights, key: str, *, int8: bool = True) -> None:
        """Make the model.

        Args:
            adapters: by the names of training/reader_model.py, without "encoder." before them. A layer
                without any is left out; there must be a graph of as many as are left.
            key: names the adapters; others must have another.
            int8: multiply in integers of 8 bits.

        Raises:
            EncoderError: a file of the base model is missing or damaged, or there is no such graph.
        """
        self._transformer = OnnxTransformer(
            f"mpnet_{len(adapted_layers(adapters))}",
            _embeddings(),
            f"{BASE_SHA256['layers']} {key}",
            lambda: merged(base_layers(), adapters),
            int8=int8,
        )
        self.dim = self._transformer.dim

    def hidden_states(
        self, ids: list[tuple[int, ...]], first_of_second: list[int] | None = None
    ) -> list[NDArray[np.float32]]:
        """Return the hidden states of each row of BERT's token ids, float32 (n_tokens, dim)."""
        del first_of_second  # it has no token types
        rows = [[_SPECIAL.get(number, number + _SHIFT) for number in row] for row in ids]
        return self._transformer.hidden_states(rows)


def _embeddings() -> Embeddings:
    """Return the base model's embeddings, the words mapped."""
    arrays = _base_file("words")
    return Embeddings(
        arrays[_WORDS],
        arrays[_POSITIONS][_FIRST_POSITION:],
        relative=arrays[_RELATIVE],
        word_scales=arrays[_WORDS + SCALE],
    )


def adapted_layers(adapters: Weights) -> list[int]:
    """Return the numbers of the layers that have adapters, ascending."""
    return sorted({int(name.split(".")[2]) for name in adapters if name.startswith(_LAYER)})


def merged(base: Weights, adapters: Weights) -> dict[str, NDArray[Any]]:
    """Return the base model's adapted layers with the adapters merged into them, float32.

    The layers are numbered anew, from 0 on.
    """
    places = {str(layer): place for place, layer in enumerate(adapted_layers(adapters))}
    weights = {}
    for name in base:
        layer, _, part = name.removeprefix(_LAYER).partition(".")
        if name.startswith("embeddings.LayerNorm."):
            weights[name] = base[name]
        elif name.startswith(_LAYER) and layer in places:
            weights[f"{_LAYER}{places[layer]}.{part}"] = _adapted(base[name], name, adapters)
    return weights


def _adapted(weight: NDArray[Any], name: str, adapters: Weights) -> NDArray[Any]:
    """Return a weight as trained whole, or with its adapters' product added, or as it is."""
    if name in adapters:
        return as_float(adapters, name)
    prefix = name.removesuffix(".weight")
    if f"{prefix}.down" not in adapters:
        return weight
    up, down = (as_float(adapters, f"{prefix}.{half}") for half in ("up", "down"))
    changed: NDArray[Any] = weight + ADAPTER_SCALE * (up @ down)
    return changed


def base_layers() -> dict[str, NDArray[Any]]:
    """Return the base model's layers, float32, and log that this takes a while.

    Raises:
        EncoderError: their file is missing or damaged.
    """
    log.info("Preparing %s, once: merging and rounding its layers …", BASE)
    return dequantized(_base_file("layers"))


def base_path(name: str) -> Path:
    """Return the file of the base model's "words" or "layers"."""
    return Path(str(files("index.encoders").joinpath("weights", f"mpnet_{name}.safetensors")))


def _base_file(name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file of the base model, mapped, once it is checked."""
    path, again = base_path(name), "install article-qa again"
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            digest = hashlib.sha256(data).hexdigest()
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"{BASE} must have the file {path}, got none that can be read: {error}; {again}",
            encoder=BASE,
        ) from error
    if digest != BASE_SHA256[name]:
        raise EncoderError(
            f"{path} must have the SHA-256 {BASE_SHA256[name][:12]}…, got {digest[:12]}…: "
            f"it is damaged; {again}",
            encoder=BASE,
        )
    return mapped_weights(path)
