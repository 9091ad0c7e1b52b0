"""The support model: does a claim follow from its evidence?

It reads ``[CLS] claim [SEP] evidence [SEP]``. Two logits a word piece: that of [CLS] says whether all
follows, and those of the claim's pieces, of which the largest count most, where something does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from reader_model import ReaderModel
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

MAX_CLAIM, MAX_PIECES = 64, 192
N_FROZEN = 2  # layers that stay as the reader's
WHOLE, AMISS = 0, 1  # the channels
_CLS, _SEP = 101, 102


class SupportModel(nn.Module):
    """all-MiniLM-L6-v2, begun from the small reader's weights, with a head of two channels."""

    def __init__(self, reader: Path | None, dropout: float = 0.0) -> None:
        """Start from a reader's weights, or where there are none from the packaged encoder."""
        super().__init__()
        whole = ReaderModel(dropout=dropout)
        if reader:
            whole.load_own_weights(load_file(reader))
        self.encoder = whole.encoder
        self.head = nn.Linear(whole.head.in_features, 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():
            self.head.bias[WHOLE] = 3.0  # about the logarithm of a claim's word pieces
        for layer in self.encoder.encoder.layer[:N_FROZEN]:
            layer.requires_grad_(requires_grad=False)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return the logit of each claim being supported, float32 (n,)."""
        with torch.autocast(ids.device.type, torch.bfloat16):
            hidden = self.encoder(
                input_ids=ids, token_type_ids=types, attention_mask=mask
            ).last_hidden_state
        logits = self.head(hidden.float())
        claim = (types == 0) & mask.bool() & (ids != _CLS) & (ids != _SEP)
        amiss = logits[..., AMISS].masked_fill(~claim, -1e4)
        supported: Tensor = logits[:, 0, WHOLE] - torch.logsumexp(amiss, 1)
        return supported

    def own_weights(self) -> dict[str, Tensor]:
        """Return all weights but the word embeddings."""
        words = "encoder.embeddings.word_embeddings.weight"
        return {name: w.detach() for name, w in self.named_parameters() if name != words}

    def load_own_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take own weights, in any float type."""
        with torch.no_grad():
            for name, parameter in self.own_weights().items():
                parameter.copy_(weights[name])


def pieces_of(tokenizer: Tokenizer, claim: str, evidence: str) -> tuple[list[int], int]:
    """Return the model's input and where the evidence starts in it."""
    first = tokenizer.encode(claim, add_special_tokens=False).ids[:MAX_CLAIM]
    second = tokenizer.encode(evidence, add_special_tokens=False).ids
    second = second[: MAX_PIECES - len(first) - 3]
    return [_CLS, *first, _SEP, *second, _SEP], len(first) + 2


def collate(rows: Sequence[tuple[list[int], int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, types and mask of inputs, padded to the longest."""
    length = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (pieces, second) in enumerate(rows):
        ids[row, : len(pieces)] = torch.tensor(pieces)
        types[row, second : len(pieces)] = 1
        mask[row, : len(pieces)] = 1
    return ids, types, mask
