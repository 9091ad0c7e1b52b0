"""Mined negatives: of windows without an answer, those in which a reader finds most evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from groups import Group, Window, collate
from loss import sentence_scores
from reader_model import ReaderModel, load_weights


class Miner:
    """A small reader that tells which windows without an answer look most as if they had one."""

    def __init__(self, weights: Path) -> None:
        """Take the reader's exported weights; it reads on a GPU where there is one."""
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = ReaderModel()
        self.model.load_own_weights(load_weights(weights))
        self.model.to(self.device).eval()

    @torch.inference_mode()
    def order(
        self, question: list[int], windows: Sequence[Window], earlier: list[int]
    ) -> list[int]:
        """Return the numbers of windows, the one first whose best sentence is furthest above [CLS].

        Args:
            question: its word pieces.
            windows: none of which should have an answer.
            earlier: the word pieces of what was asked before.
        """
        if len(windows) < 2:
            return list(range(len(windows)))
        # A group of its own for each window, so that the batch says which is which.
        groups = [Group("", question, [window], earlier) for window in windows]
        batch = collate(groups).to(self.device)
        scores = sentence_scores(self.model(batch.ids, batch.types, batch.mask), batch)
        lures = scores[:, 1:].amax(1) - scores[:, 0]
        return batch.group[lures.argsort(descending=True, stable=True)].tolist()
