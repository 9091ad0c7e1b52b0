"""Groups: a question and the windows that are read for it together; their file and batches."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from windows import MAX_QUESTION, Window

CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Group:
    """One question with its windows; no gold in any window means it has no answer there."""

    source: str
    question: list[int]
    windows: list[Window]

    @property
    def answerable(self) -> bool:
        """Whether one of the windows holds an answer."""
        return any(window.starts for window in self.windows)


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write groups as gzip JSON lines."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as file:
        for group in groups:
            windows = [
                [w.ids, w.n_title, w.sentences, w.starts, w.ends, w.evidence] for w in group.windows
            ]
            file.write(json.dumps([group.source, group.question, windows]) + "\n")


def read_groups(
    path: Path, limit: int | None = None, without: Collection[str] = ()
) -> Iterator[Group]:
    """Yield the first ``limit`` groups of a file (None: all), less those made in ways ``without``."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        groups = (_group(json.loads(line)) for line in lines)
        kept = (group for group in groups if group.source.partition("/")[2] not in without)
        yield from islice(kept, limit)


def _group(raw: list[Any]) -> Group:
    source, question, windows = raw
    return Group(
        source,
        question,
        [
            Window(ids, n_title, [(a, b) for a, b in sentences], starts, ends, evidence)
            for ids, n_title, sentences, starts, ends, evidence in windows
        ],
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of several groups, padded to one length; W windows, L word pieces, S sentences.

    Attributes:
        ids: int64 (W, L), ``[CLS] question [SEP] window [SEP]``.
        types: int64 (W, L), 1 in the window and its [SEP].
        mask: int64 (W, L), 0 where padded.
        slots: bool (W, L), where a span may start or end: [CLS] and the window, no title.
        sentence: int64 (W, L), the number of the sentence + 1; 0 outside; S is their maximum.
        starts: bool (W, L), gold first word pieces.
        ends: bool (W, L), gold last word pieces.
        evidence: bool (W, S), gold sentences.
        real: bool (W, S), where there is a sentence.
        group: int64 (W,), the number of the window's group, from 0.
        answerable: bool (groups,).
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    slots: Tensor
    sentence: Tensor
    starts: Tensor
    ends: Tensor
    evidence: Tensor
    real: Tensor
    group: Tensor
    answerable: Tensor


def collate(groups: Sequence[Group]) -> Batch:
    """Return the windows of groups as one padded batch, the windows sorted by length."""
    rows = [
        (number, group.question[:MAX_QUESTION], window)
        for number, group in enumerate(groups)
        for window in group.windows
    ]
    rows.sort(key=lambda row: len(row[1]) + len(row[2].ids))
    n = len(rows)
    length = max(len(q) + len(w.ids) for _, q, w in rows) + 3
    n_sentences = max(1, *(len(w.sentences) for _, _, w in rows))
    ids, types, mask, sentence = (torch.zeros(n, length, dtype=torch.long) for _ in range(4))
    slots, starts, ends = (torch.zeros(n, length, dtype=torch.bool) for _ in range(3))
    evidence, real = (torch.zeros(n, n_sentences, dtype=torch.bool) for _ in range(2))
    for row, (_, question, window) in enumerate(rows):
        shift = len(question) + 2
        end = shift + len(window.ids) + 1
        ids[row, :end] = torch.tensor([CLS, *question, SEP, *window.ids, SEP])
        types[row, shift:end] = 1
        mask[row, :end] = 1
        slots[row, 0] = True
        slots[row, shift + window.n_title : end - 1] = True
        for number, (a, b) in enumerate(window.sentences):
            sentence[row, shift + a : shift + b] = number + 1
        starts[row, [shift + a for a in window.starts]] = True
        ends[row, [shift + b for b in window.ends]] = True
        evidence[row, window.evidence] = True
        real[row, : len(window.sentences)] = True
    group = torch.tensor([number for number, _, _ in rows])
    answerable = torch.tensor([group.answerable for group in groups])
    return Batch(ids, types, mask, slots, sentence, starts, ends, evidence, real, group, answerable)
