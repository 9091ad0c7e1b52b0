"""Round the large reader's base model: python round_base.py MPNET.

MPNET is the folder of all-mpnet-base-v2. Writes the files of index/encoders/weights/ and prints their
SHA-256, which index/encoders/mpnet.py has to hold: each matrix in integers of 8 bits with a scale for
each row, everything else as it is.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from index import SCALE
from index.encoders.mpnet import base_path
from index.encoders.onnx_weights import quantized

SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
WORDS = "embeddings.word_embeddings.weight"
BESIDE_WORDS = (
    "embeddings.position_embeddings.weight",
    "encoder.relative_attention_bias.weight",
)


def files_of(weights: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Return what the files "words" and "layers" hold of the base model's weights."""
    layers: dict[str, np.ndarray] = {}
    for name, weight in weights.items():
        if name.startswith("encoder.layer.") and weight.ndim == 2:
            layers[name], layers[name + SCALE] = quantized(weight)
        elif name.startswith(("encoder.layer.", "embeddings.LayerNorm.")):
            layers[name] = weight
    words = {name: weights[name] for name in BESIDE_WORDS}
    words[WORDS], words[WORDS + SCALE] = quantized(weights[WORDS])
    return {"words": words, "layers": layers}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", type=Path, help="the folder of all-mpnet-base-v2")
    path = parser.parse_args().base / "model.safetensors"
    with path.open("rb") as file:
        if (digest := hashlib.file_digest(file, "sha256").hexdigest()) != SHA256:
            parser.error(f"{path} must have the SHA-256 {SHA256}, got {digest}")
    for name, weights in files_of(load_file(path)).items():
        base_path(name).parent.mkdir(exist_ok=True)
        save_file(weights, base_path(name))
        print(name, hashlib.sha256(base_path(name).read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
