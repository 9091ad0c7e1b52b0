"""Any extractive question-answering model of the hub as a reader; its confidence is not calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index import model_folder, well_formed
from qa.errors import ReaderError
from qa.readers.answer_span import best_span
from qa.readers.decision import logistic
from qa.types import Evidence, Hit, Limits, Reading, ReadRequest

MAX_TOKENS = 384
MAX_QUESTION_TOKENS = 64
_BATCH = 16


class HubReader:
    """A model with start and end logits, as SQuAD 2.0 trains them, as a ``Reader``.

    A sentence is as good as its best span, less the logits of the first token, which say "not
    here"; the confidence is their logistic function. Remote code is never run and weights are read
    from safetensors only.
    """

    limits = Limits(answered=0.5, unsure=0.25)

    def __init__(self, name_or_path: str) -> None:
        """Name the model: a folder, or a name on the hub, from where it is fetched once."""
        self.name = name_or_path

    @property
    def fingerprint(self) -> str:
        """The model's name and revision folder."""
        return str(self.folder)

    @cached_property
    def folder(self) -> Path:
        """The folder of the model's files.

        Raises:
            ReaderError: there is no such folder and no such model within reach.
        """
        try:
            return model_folder(self.name)
        except OSError as error:
            raise ReaderError(f"reader {error}", reader=self.name) from error

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        settings: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.folder, **settings)
            model = AutoModelForQuestionAnswering.from_pretrained(
                self.folder, use_safetensors=True, **settings
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ReaderError(
                "reader must be an extractive question-answering model with safetensors weights, "
                f"got {self.name!r}: {reason}",
                reader=self.name,
            ) from error
        if not tokenizer.is_fast:
            raise ReaderError(
                f"reader must have a fast tokenizer, got {self.name!r} without one",
                reader=self.name,
            )
        return tokenizer, model.eval()

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
        return [self._read(request.question, request.hits) for request in requests]

    def _read(self, question: str, hits: Sequence[Hit]) -> Reading:
        best: dict[tuple[str, int], tuple[float, Evidence]] = {}
        for start in range(0, len(hits), _BATCH):
            for margin, evidence in self._found(question, hits[start : start + _BATCH]):
                key = (evidence.article.id, evidence.sentence.number)
                if key not in best or margin > best[key][0]:
                    best[key] = margin, evidence
        ordered = sorted(best.values(), key=lambda pair: -pair[0])
        if not ordered:
            return Reading((), 0.0, 0.0)
        chance = logistic(ordered[0][0])
        return Reading(tuple(evidence for _, evidence in ordered), chance, chance)

    def _found(self, question: str, hits: Sequence[Hit]) -> list[tuple[float, Evidence]]:
        """Return (margin, evidence) for each sentence of each hit that was read."""
        import torch

        tokenizer, model = self._parts
        ids = tokenizer(well_formed(question), add_special_tokens=False)["input_ids"]
        asked = tokenizer.decode(ids[:MAX_QUESTION_TOKENS])
        batch = tokenizer(
            [asked] * len(hits),
            [well_formed(hit.passage.text) for hit in hits],
            max_length=MAX_TOKENS,
            truncation="only_second",
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = batch.pop("offset_mapping").numpy()
        with torch.inference_mode():
            out = model(**batch)
        starts, ends = out.start_logits.float().numpy(), out.end_logits.float().numpy()
        candidates = []
        for row, hit in enumerate(hits):
            passage = np.array([kind == 1 for kind in batch.sequence_ids(row)])
            null = float(starts[row, 0] + ends[row, 0])
            firsts = offsets[row, :, 0] + hit.passage.start
            lasts = offsets[row, :, 1] + hit.passage.start
            for scored in hit.sentences:
                sentence = scored.sentence
                inside = passage & (firsts >= sentence.start) & (lasts <= sentence.end)
                places = np.flatnonzero(inside & (lasts > firsts))
                if places.size:
                    scores = starts[row, places, None] + ends[row, None, places]
                    (a, b), score, _ = best_span(scores)
                    margin = score - null
                    span = (int(firsts[places[a]]), int(lasts[places[b]]))
                    candidates.append(
                        (margin, Evidence(hit.article, sentence, logistic(margin), span))
                    )
        return candidates
