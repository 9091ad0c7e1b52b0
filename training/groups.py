"""Groups: a question and the windows that are read for it together; their file and batches."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CLS, SEP = 101, 102
MAX_ANSWER = 40
MAX_QUESTION = 48
MAX_EARLIER = 48


@dataclass(frozen=True, slots=True)
class Window:
    """A run of sentences in word pieces, with where the answer is.

    Attributes:
        ids: word pieces; the first ``n_title`` are the title and no answer.
        n_title: how many word pieces the title takes.
        sentences: (start, end) of each sentence in ``ids``.
        answers: gold answers, the (first, last) word piece of each, in ``ids``.
        evidence: the gold sentences, (number of the sentence, number of the alternative): sentences
            of one alternative answer together, those of different ones each by itself.
    """

    ids: list[int]
    n_title: int
    sentences: list[tuple[int, int]]
    answers: list[tuple[int, int]]
    evidence: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """One question with its windows; no evidence in any window means it has no answer there.

    Attributes:
        source: the file, and after a slash how the group was made.
        question: word pieces.
        windows: read with the question.
        earlier: word pieces of what was asked before, empty where nothing was.
        spans: whether the windows tell where the short answer is, not only the evidence.
    """

    source: str
    question: list[int]
    windows: list[Window]
    earlier: list[int] = field(default_factory=list)
    spans: bool = True

    @property
    def answerable(self) -> bool:
        """Whether one of the windows holds evidence of an answer."""
        return any(window.evidence for window in self.windows)

    @property
    def asked(self) -> list[int]:
        """The word pieces that stand before a window: what was asked before, then the question."""
        question = self.question[:MAX_QUESTION]
        return [*self.earlier[-MAX_EARLIER:], SEP, *question] if self.earlier else question


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write groups as gzip JSON lines."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as file:
        for group in groups:
            windows = [
                [w.ids, w.n_title, w.sentences, w.answers, w.evidence] for w in group.windows
            ]
            row = [group.source, group.question, windows, group.earlier, group.spans]
            file.write(json.dumps(row) + "\n")


def read_lines(path: Path, without: Collection[str] = ()) -> list[str]:
    """Return the lines of a file of groups, less those of files or made in ways ``without``."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        if not without:
            return list(lines)
        return [x for x in lines if not set(without) & set(x.split('"', 2)[1].split("/"))]


def group_of(line: str) -> Group:
    """Return the group of a line."""
    return _group(json.loads(line))


def _group(raw: list[Any]) -> Group:
    source, question, windows, earlier, spans = raw
    return Group(
        source,
        question,
        [
            Window(
                ids,
                n_title,
                [(a, b) for a, b in sentences],
                [(a, b) for a, b in answers],
                [(number, told) for number, told in evidence],
            )
            for ids, n_title, sentences, answers, evidence in windows
        ],
        earlier,
        spans,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of several groups, padded to one length; W windows, L word pieces, S sentences.

    Attributes:
        ids: int64 (W, L), ``[CLS] question [SEP] window [SEP]``.
        types: int64 (W, L), 1 in the window and its [SEP].
        mask: int64 (W, L), 0 where padded.
        sentence: int64 (W, L), the number of the sentence + 1; 0 outside; S is their maximum.
        answers: int64 (A, 3), each gold answer inside one sentence as (window, first, last) word piece.
        evidence: bool (W, S), gold sentences.
        real: bool (W, S), where there is a sentence.
        group: int64 (W,), the number of the window's group, from 0.
        answerable: bool (groups,).
        spans: bool (groups,), whether it is known where the short answer is, or that there is none.
        told: int64 (T, 3), each gold sentence as (window, sentence, alternative); alternatives are
            numbered through the batch.
        told_group: int64 (alternatives,), the group of each.
        lengths: word pieces of each window with its question, ascending.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    sentence: Tensor
    answers: Tensor
    evidence: Tensor
    real: Tensor
    group: Tensor
    answerable: Tensor
    spans: Tensor
    told: Tensor
    told_group: Tensor
    lengths: list[int]

    def to(self, device: str) -> Batch:
        """Return the batch with its tensors on a device."""
        tensors = (getattr(self, name) for name in self.__slots__)
        return Batch(
            *(t.to(device, non_blocking=True) if isinstance(t, Tensor) else t for t in tensors)
        )


def collate(groups: Sequence[Group]) -> Batch:
    """Return the windows of groups as one padded batch, the windows sorted by length."""
    rows = [
        (number, group.asked, window)
        for number, group in enumerate(groups)
        for window in group.windows
    ]
    rows.sort(key=lambda row: len(row[1]) + len(row[2].ids))
    n = len(rows)
    lengths = [len(q) + len(w.ids) + 3 for _, q, w in rows]
    length = -(-lengths[-1] // 8) * 8
    n_sentences = max(1, *(len(w.sentences) for _, _, w in rows))
    ids, types, mask, sentence = (torch.zeros(n, length, dtype=torch.long) for _ in range(4))
    evidence, real = (torch.zeros(n, n_sentences, dtype=torch.bool) for _ in range(2))
    answers: list[tuple[int, int, int]] = []
    told: list[tuple[int, int, int]] = []
    alternatives: dict[tuple[int, int], int] = {}
    for row, (of_group, question, window) in enumerate(rows):
        shift = len(question) + 2
        end = shift + len(window.ids) + 1
        ids[row, :end] = torch.tensor([CLS, *question, SEP, *window.ids, SEP])
        types[row, shift:end] = 1
        mask[row, :end] = 1
        for number, (a, b) in enumerate(window.sentences):
            sentence[row, shift + a : shift + b] = number + 1
        answers.extend(
            (row, shift + a, shift + b)
            for a, b in window.answers
            if sentence[row, shift + a] == sentence[row, shift + b] and b - a < MAX_ANSWER
        )
        for number, alternative in window.evidence:
            evidence[row, number] = True
            known = alternatives.setdefault((of_group, alternative), len(alternatives))
            told.append((row, number, known))
        real[row, : len(window.sentences)] = True
    group = torch.tensor([number for number, _, _ in rows])
    answerable = torch.tensor([group.answerable for group in groups])
    spans = torch.tensor([group.spans or not group.answerable for group in groups])
    with_answer = {rows[row][0] for row, _, _ in answers}
    for number, one in enumerate(groups):
        spans[number] &= not one.answerable or number in with_answer
    told_group = torch.tensor([number for number, _ in alternatives], dtype=torch.long)
    return Batch(
        ids,
        types,
        mask,
        sentence,
        torch.tensor(answers, dtype=torch.long).reshape(-1, 3),
        evidence,
        real,
        group,
        answerable,
        spans,
        torch.tensor(told, dtype=torch.long).reshape(-1, 3),
        told_group,
        lengths,
    )
