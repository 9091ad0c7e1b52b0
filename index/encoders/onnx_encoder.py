"""The packaged encoder on ONNX Runtime, and what it needs of a model's folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.onnx_graph import BERT, Floats
from index.encoders.onnx_transformer import Embeddings, OnnxTransformer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WORDS = "embeddings.word_embeddings.weight"


class OnnxEncoder:
    """A sentence-transformers folder of a BERT with mean pooling, run by ``OnnxTransformer``."""

    def __init__(self, folder: Path, *, int8: bool = True) -> None:
        """Take the folder of the packaged encoder."""
        self.max_tokens = 256
        self._tokenizer = open_tokenizer(folder)
        weights = BaseWeights(folder)
        embeddings = Embeddings.of_bert(weights, word_embeddings(folder))
        self._bert = OnnxTransformer(BERT, embeddings, weights.key, lambda: weights, int8=int8)
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


class BaseWeights(Mapping[str, NDArray[Any]]):
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


def _truncated(ids: Sequence[int], n: int) -> Sequence[int]:
    """Return at most n ids; the last one, [SEP], stays last."""
    return ids if len(ids) <= n else [*ids[: n - 1], ids[-1]]
