"""The support model: does a claim follow from its evidence?

It reads ``[CLS] claim [SEP] evidence [SEP]``. Two logits a word piece: that of [CLS] says whether all
follows, and those of the claim's pieces, of which the largest count most, where something does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from reader_model import END, SCALE, START, LargeReaderModel, LowRank, layers_of, take_weights
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

MAX_CLAIM, MAX_PIECES = 64, 192
N_TRAINED = 6  # the uppermost layers; the others stay as the large reader's
NULL = 1.3  # what a reader's logits of no answer are multiplied by where the head begins
WHOLE, AMISS = 0, 1  # the channels
_CLS, _SEP = 101, 102


class SupportModel(nn.Module):
    """The large reader, of whose layers the uppermost learn on, with a head of two channels."""

    def __init__(
        self,
        base: Path,
        reader: Path,
        dropout: float = 0.0,
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        """Start from the base model's folder and the large reader's weights."""
        super().__init__()
        weights = load_file(reader)
        whole = LargeReaderModel(base, dropout, dtype, layers_of(weights))
        whole.load_own_weights(weights)
        whole.head = _head_of(whole.head)
        lower = list(whole.encoder.encoder.layer.values())[:-N_TRAINED]
        for layer in lower:
            _merge(layer)
            layer.requires_grad_(requires_grad=False)
        self.whole, self.n_lower = whole, len(lower)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return the logit of each claim being supported, float32 (n,)."""
        with torch.no_grad():
            hidden, bias = self.whole.embedded(ids, mask)
            hidden = self.whole.layers(hidden, bias, 0, self.n_lower)
        hidden = self.whole.layers(hidden, bias, self.n_lower, None)
        return _supported(self.whole.head(hidden.float()), ids, types, mask)

    def own_weights(self) -> dict[str, Tensor]:
        """Return what is not the large reader's: the upper layers' adapters and norms, and the head."""
        named = self.whole.named_parameters()
        return {name: w.detach() for name, w in named if w.requires_grad}

    def load_own_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take own weights, in any float type."""
        take_weights(self.own_weights(), weights)


def _head_of(reader: nn.Linear) -> nn.Linear:
    """Return a head that begins with what a reader says of a window without an answer.

    A claim taken for a question, that alone ranks true claims above false ones in 3 of 4 pairs; the
    weights are those of a fit to 220 claims.
    """
    head = nn.Linear(reader.in_features, 2)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        head.weight[WHOLE] = -NULL * (reader.weight[START] + reader.weight[END])
        head.bias[WHOLE] = 2.3 - NULL * (reader.bias[START] + reader.bias[END])
    return head


def _supported(logits: Tensor, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
    """Return [CLS]'s first logit less the log of the sum of exponentials of the claim's second ones."""
    claim = (types == 0) & mask.bool() & (ids != _CLS) & (ids != _SEP)
    amiss = logits[..., AMISS].masked_fill(~claim, -1e4)
    supported: Tensor = logits[:, 0, WHOLE] - torch.logsumexp(amiss, 1)
    return supported


@torch.no_grad()
def _merge(layer: nn.Module) -> None:
    """Put linear layers in the place of a layer's adapted ones."""
    for parent in list(layer.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LowRank):
                weight = child.weight.float() + SCALE * (child.up.float() @ child.down.float())
                linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=child.weight.dtype)
                linear.weight.copy_(weight)
                linear.bias.copy_(child.bias)
                setattr(parent, name, linear)


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
