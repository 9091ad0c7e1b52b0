"""Shared-normalisation loss: the windows of one question compete under one softmax."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from groups import Batch
from reader_model import END, EVIDENCE, START, sentence_logits
from torch import Tensor

WINDOW_WEIGHT = 0.3


def group_logsumexp(scores: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Return the logsumexp of the scores of each group's windows together, (n_groups,).

    Args:
        scores: (windows, slots), -inf where there is no slot.
        group: int64 (windows,), each window's group.
        n_groups: how many groups there are.
    """
    rows = torch.logsumexp(scores, dim=1)
    top = rows.new_full((n_groups,), -1e9).scatter_reduce(0, group, rows.detach(), "amax")
    total = rows.new_zeros(n_groups).index_add(0, group, torch.exp(rows - top[group]))
    return top + torch.log(total.clamp(min=1e-30))


def channel_loss(
    scores: Tensor, gold: Tensor, group: Tensor, answerable: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the mean marginal loss (over each group's windows together, over each window alone).

    Where a group has an answer its gold slots are the target, else the [CLS] slots of all its
    windows. A window alone has its gold slots as target, else its [CLS] slot.
    Source: Clark and Gardner 2018, "Simple and Effective Multi-Paragraph Reading Comprehension".

    Args:
        scores: (windows, slots), the first the [CLS] slot, -inf where there is no slot.
        gold: bool (windows, slots).
        group: int64 (windows,).
        answerable: bool (groups,).
    """
    n_groups = len(answerable)
    first = torch.zeros_like(gold)
    first[:, 0] = True
    low = torch.finfo(scores.dtype).min / 4
    shared = torch.where(answerable[group][:, None], gold, first)
    alone = torch.where(gold.any(1, keepdim=True), gold, first)
    everything = group_logsumexp(scores, group, n_groups)
    wanted = group_logsumexp(scores.masked_fill(~shared, low), group, n_groups)
    each = torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~alone, low), 1)
    n_windows = torch.zeros(n_groups).to(scores).index_add(0, group, torch.ones_like(each))
    return (everything - wanted).mean(), (each / n_windows[group]).sum() / n_groups


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss to descend, and what each channel adds (shared, then window alone)."""

    total: Tensor
    parts: dict[str, float]


def batch_loss(logits: Tensor, batch: Batch, *, without: AbstractSet[str] = frozenset()) -> Loss:
    """Return the loss of a batch of whole groups.

    Args:
        logits: (windows, word pieces, 3).
        batch: the groups.
        without: for ablations, what is left out: "shared" or "alone" normalisation, "evidence".
    """
    low = torch.finfo(logits.dtype).min / 4
    spans = logits.masked_fill(~batch.slots[:, :, None], low)
    evidence = logits[:, :, EVIDENCE]
    sentences = sentence_logits(evidence, batch.sentence, batch.real.shape[1])
    sentences = torch.cat([evidence[:, :1], sentences.masked_fill(~batch.real, low)], dim=1)
    no = torch.zeros_like(batch.evidence[:, :1])
    channels = {
        "start": (spans[:, :, START], batch.starts),
        "end": (spans[:, :, END], batch.ends),
        "evidence": (sentences, torch.cat([no, batch.evidence], dim=1)),
    }
    total = logits.new_zeros(())
    parts = {}
    for name, (scores, gold) in channels.items():
        shared, alone = channel_loss(scores, gold, batch.group, batch.answerable)
        weights = (float("shared" not in without), WINDOW_WEIGHT * ("alone" not in without))
        if name not in without:
            total = total + (weights[0] * shared + weights[1] * alone) / len(channels)
        parts[name], parts[name + "_alone"] = float(shared.detach()), float(alone.detach())
    return Loss(total, parts)
