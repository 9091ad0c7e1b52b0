"""Shared-normalisation loss: the windows of one question compete under one softmax."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from groups import MAX_ANSWER, Batch
from reader_model import END, EVIDENCE, START, pair_scores, sentence_logits
from torch import Tensor

WINDOW_WEIGHT = 0.3
CHANNEL_WEIGHTS = {"span": 2 / 3, "evidence": 1 / 3}


def group_logsumexp(scores: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Return the logsumexp of the scores of each group's rows together, (n_groups,).

    Args:
        scores: (rows, slots), very low where there is no slot.
        group: int64 (rows,), each row's group.
        n_groups: how many groups there are.
    """
    rows = torch.logsumexp(scores, dim=1)
    top = rows.new_full((n_groups,), -1e9).scatter_reduce(0, group, rows.detach(), "amax")
    total = rows.new_zeros(n_groups).index_add(0, group, torch.exp(rows - top[group]))
    return top + torch.log(total.clamp(min=1e-30))


@dataclass(frozen=True, slots=True)
class Target:
    """What the slots of a channel should be, for the windows of a batch.

    Attributes:
        gold: bool (windows, slots), the first slot [CLS].
        alternatives: int64 (T, 3), each gold slot as (window, slot, alternative): slots of one
            alternative belong together; None lets each gold slot stand by itself.
        of_group: int64 (alternatives,), the group of each.
        known: bool (groups,), where the target is known.
    """

    gold: Tensor
    alternatives: Tensor | None
    of_group: Tensor
    known: Tensor


def channel_loss(scores: Tensor, target: Target, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the mean marginal loss (over each group's windows together, over each window alone).

    Where a group has an answer, its gold slots are the target, and the [CLS] of windows without any
    does not compete: it is right there. Elsewhere the [CLS] slots of all its windows are the
    target. A window alone has its gold slots as target, else its [CLS] slot. Of slots that belong
    together the mean log probability counts, of alternatives the likelier ones.
    Source: Clark and Gardner 2018, "Simple and Effective Multi-Paragraph Reading Comprehension".

    Args:
        scores: (windows, slots), the first slot [CLS], very low where there is no slot.
        target: the gold slots.
        batch: the groups of the windows.
    """
    n_groups = len(batch.answerable)
    low = torch.finfo(scores.dtype).min / 4
    first = torch.zeros_like(target.gold)
    first[:, 0] = True
    has_gold = target.gold.any(1, keepdim=True)
    answerable = batch.answerable[batch.group][:, None]
    competing = scores.masked_fill(first & answerable & ~has_gold, low)
    everything = group_logsumexp(competing, batch.group, n_groups)
    shared = torch.where(answerable, target.gold, first)
    wanted = group_logsumexp(scores.masked_fill(~shared, low), batch.group, n_groups)
    if target.alternatives is not None and len(target.of_group):
        window, slot, alternative = target.alternatives.unbind(1)
        gold_scores = scores[window, slot]
        n = scores.new_zeros(len(target.of_group))
        count = n.index_add(0, alternative, torch.ones_like(gold_scores))
        mean = n.index_add(0, alternative, gold_scores) / count
        together = group_logsumexp(mean[:, None], target.of_group, n_groups)
        wanted = torch.where(batch.answerable, together, wanted)
    alone = torch.where(has_gold, target.gold, first)
    each = torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~alone, low), 1)
    n_windows = scores.new_zeros(n_groups).index_add(0, batch.group, torch.ones_like(each))
    known = target.known.to(scores)
    total = known.sum().clamp(min=1)
    return (
        ((everything - wanted) * known).sum() / total,
        (each * known[batch.group] / n_windows[batch.group]).sum() / total,
    )


def span_scores(logits: Tensor, batch: Batch) -> Tensor:
    """Return the score of [CLS] and of each span inside a sentence, (windows, 1 + L * MAX_ANSWER).

    The span of word pieces i to i + d stands at 1 + i * MAX_ANSWER + d.
    """
    pairs = pair_scores(logits, MAX_ANSWER)
    length = logits.shape[1]
    low = torch.finfo(logits.dtype).min / 4
    ends = torch.arange(length, device=logits.device)[:, None] + torch.arange(
        MAX_ANSWER, device=logits.device
    )
    last = batch.sentence[:, ends.clamp(max=length - 1)]
    allowed = (last == batch.sentence[:, :, None]) & (last > 0) & (ends < length)
    none = logits[:, 0, START] + logits[:, 0, END]
    return torch.cat([none[:, None], pairs.masked_fill(~allowed, low).flatten(1)], dim=1)


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss to descend, and what each channel adds (shared, then window alone)."""

    total: Tensor
    parts: dict[str, Tensor]


def sentence_scores(logits: Tensor, batch: Batch) -> Tensor:
    """Return the score of [CLS] and of each sentence, (windows, 1 + S)."""
    low = torch.finfo(logits.dtype).min / 4
    evidence = logits[:, :, EVIDENCE]
    sentences = sentence_logits(evidence, batch.sentence, batch.real.shape[1])
    return torch.cat([evidence[:, :1], sentences.masked_fill(~batch.real, low)], dim=1)


def batch_loss(logits: Tensor, batch: Batch, *, without: AbstractSet[str] = frozenset()) -> Loss:
    """Return the loss of a batch of whole groups.

    Args:
        logits: (windows, word pieces, channels), as a reader model gives them.
        batch: the groups.
        without: for ablations, what is left out: "shared" or "alone" normalisation, "evidence".
    """
    sentences = sentence_scores(logits, batch)
    spans = span_scores(logits, batch)
    golds = torch.zeros_like(spans, dtype=torch.bool)
    window, first, last = batch.answers.unbind(1)
    golds[window, 1 + first * MAX_ANSWER + last - first] = True
    no = torch.zeros_like(batch.evidence[:, :1])
    told = torch.stack([batch.told[:, 0], batch.told[:, 1] + 1, batch.told[:, 2]], dim=1)
    channels = {
        "span": (spans, Target(golds, None, batch.told_group, batch.spans)),
        "evidence": (
            sentences,
            Target(
                torch.cat([no, batch.evidence], dim=1),
                told,
                batch.told_group,
                torch.ones_like(batch.answerable),
            ),
        ),
    }
    total = logits.new_zeros(())
    parts = {}
    for name, (scores, target) in channels.items():
        shared, alone = channel_loss(scores, target, batch)
        weights = (float("shared" not in without), WINDOW_WEIGHT * ("alone" not in without))
        if name not in without:
            total = total + CHANNEL_WEIGHTS[name] * (weights[0] * shared + weights[1] * alone)
        parts[name], parts[name + "_alone"] = shared.detach(), alone.detach()
    return Loss(total, parts)


def distil_loss(student: Tensor, teacher: Tensor, batch: Batch, temperature: float = 2.0) -> Tensor:
    """Return how far a student's distributions are from its teacher's, summed over the channels.

    Each channel's slots compete over all windows of a question and, weighed less, over each window
    alone; [CLS] slots compete everywhere. The divergence is multiplied by the temperature squared.
    Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network".

    Args:
        student: (windows, word pieces, channels), logits.
        teacher: the same of the teacher, without gradient.
        batch: the groups.
        temperature: what the scores are divided by first.
    """
    n_groups = len(batch.answerable)
    total = student.new_zeros(())
    for name, scores_of in (("span", span_scores), ("evidence", sentence_scores)):
        ours = scores_of(student, batch) / temperature
        theirs = scores_of(teacher, batch) / temperature
        logs = []
        for scores in (theirs, ours):
            shared = group_logsumexp(scores, batch.group, n_groups)[batch.group]
            logs.append((scores - shared[:, None], torch.log_softmax(scores, 1)))
        shared, alone = (
            (log_teacher.exp() * (log_teacher - log_student)).sum()
            for log_teacher, log_student in zip(*logs, strict=True)
        )
        weighed = shared / n_groups + WINDOW_WEIGHT * alone / len(batch.group)
        total = total + CHANNEL_WEIGHTS[name] * temperature**2 * weighed
    return total
