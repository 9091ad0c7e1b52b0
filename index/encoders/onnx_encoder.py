"""The packaged encoder on ONNX Runtime, and what it needs of a model's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoders.mapped_weights import mapped_weights
from index.encoders.onnx_transformer import Embeddings, OnnxTransformer
from index.encoders.onnx_weights import Floats

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class OnnxEncoder:
    """A sentence-transformers folder of a BERT with mean pooling, run by ``OnnxTransformer``."""

    def __init__(self, folder: Path, *, int8: bool = True) -> None:
        """Take the folder of the packaged encoder."""
        self.max_tokens = 256
        self._tokenizer = open_tokenizer(folder)
        weights = mapped_weights(folder / "model.safetensors")
        embeddings = Embeddings.of_bert(weights, word_embeddings(folder))
        key = _file_key(folder / "model.safetensors")
        self._bert = OnnxTransformer("bert", embeddings, key, lambda: weights, int8=int8)
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


def word_embeddings(folder: Path) -> Floats:
    """Return the word embeddings of a model's folder, of which only the rows in use are read."""
    return mapped_weights(folder / "model.safetensors")["embeddings.word_embeddings.weight"]


def open_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model's folder; it neither truncates nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _truncated(ids: Sequence[int], n: int) -> Sequence[int]:
    """Return at most n ids; the last one, [SEP], stays last."""
    return ids if len(ids) <= n else [*ids[: n - 1], ids[-1]]


def _file_key(path: Path) -> str:
    """Return a cache key of a file: path, size and time, since hashing it takes longer than all else."""
    status = path.stat()
    return f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
