"""The trained reader: a small model reads all passages, and a large one those that it prefers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from index import is_installed
from qa.errors import ReaderError
from qa.readers.decision import (
    Candidate,
    DecisionWeights,
    Null,
    decision_features,
    log_sum_exp,
    logistic,
    n_cited,
    ordered,
    shares_of,
    weighted,
)
from qa.readers.span_model import SentenceScores, SpanModel, load_model
from qa.readers.windows import Window, WindowTokenizer
from qa.types import Evidence, Limits, Reading, ReadRequest

Size = Literal["small", "large"]
SIZES: tuple[Size, ...] = ("small", "large")
_SETTINGS = ("models", "decisions", "n_windows", "short_answer", "citations")


@dataclass(slots=True)
class Scored:
    """The windows of a request with the scores of each model that has read them.

    Attributes:
        windows: of the request's hits, best first.
        by_model: for each model, by the number of the window, the scores of its sentences.
    """

    windows: list[Window]
    by_model: dict[str, dict[int, list[SentenceScores | None]]] = field(default_factory=dict)

    def candidates(self, name: str) -> list[Candidate]:
        """Return the sentences of the windows that a model has read, each once."""
        best: dict[tuple[str, int], Candidate] = {}
        for number, sentences in sorted(self.by_model.get(name, {}).items()):
            hit = self.windows[number].hit
            for scored, scores in zip(hit.sentences, sentences, strict=True):
                key = (hit.article.id, scored.sentence.number)
                if scores and (key not in best or scores.evidence > best[key].scores.evidence):
                    best[key] = Candidate(hit, scored, scores)
        return list(best.values())

    def best_windows(self, rank: Mapping[str, float], n: int) -> list[int]:
        """Return the numbers of the ``n`` windows whose sentences the small model prefers."""
        candidates = self.candidates("small")
        numbers = {(w.hit.article.id, w.hit.passage.start): i for i, w in enumerate(self.windows)}
        chosen: dict[int, None] = {}
        for i in ordered(candidates, rank)[0] if candidates else ():
            hit = candidates[i].hit
            chosen.setdefault(numbers[hit.article.id, hit.passage.start])
        return list(chosen)[:n]

    def null(self, name: str) -> Null:
        """Return what a model says against an answer in the windows it has read, at least one."""
        firsts = [
            next(s for s in sentences if s)
            for sentences in self.by_model[name].values()
            if any(sentences)
        ]
        return Null(
            log_sum_exp([s.no_evidence for s in firsts]), log_sum_exp([s.no_span for s in firsts])
        )


class TrainedReader:
    """The trained reader as a ``Reader``; a model is loaded when it is first used."""

    def __init__(self, folder: Path | None = None, size: Size | None = None) -> None:
        """Take the folder of ``reader.json`` and its weights; None is the packaged reader.

        Args:
            folder: what training/export.py and training/calibrate.py have made.
            size: "small" lets the small model read alone, "large" the large one after it; None is
                "large" where the base of the large one is installed, else "small".
        """
        self.folder = folder or Path(str(files("qa").joinpath("weights")))
        self.size = size
        self._tokenizer = WindowTokenizer()

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What ``reader.json`` holds: hashes, and how scores become a decision.

        Raises:
            ReaderError: the file is missing or lacks a setting.
        """
        try:
            settings = json.loads((self.folder / "reader.json").read_bytes())
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"reader must be a folder with reader.json, got {self.folder}; "
                "export one with training/export.py",
                reader=str(self.folder),
            ) from error
        missing = [
            key for key in _SETTINGS if not isinstance(settings, dict) or key not in settings
        ]
        if missing:
            raise ReaderError(
                f"reader {self.folder} must have {', '.join(missing)}, got none",
                reader=str(self.folder),
            )
        return dict(settings)

    @property
    def limits(self) -> Limits:
        """The limits that training/calibrate.py has chosen for the model that decides."""
        limits = self.settings["decisions"][self._last]["limits"]
        return Limits(float(limits["answered"]), float(limits["unsure"]))

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the settings, which hold the weights' own, and of which models read."""
        named = json.dumps([self.has_large, self.settings], sort_keys=True)
        return hashlib.sha256(named.encode()).hexdigest()

    @cached_property
    def has_large(self) -> bool:
        """Whether the large model reads."""
        return self.size == "large" or (self.size is None and is_installed())

    @property
    def _last(self) -> Size:
        """The model that decides."""
        return "large" if self.has_large else "small"

    @cached_property
    def _models(self) -> dict[str, SpanModel]:
        return {}

    def model(self, name: str) -> SpanModel:
        """Return a model, loaded when it is first asked for.

        Raises:
            ReaderError: its weights are missing or others.
        """
        if name not in self._models:
            self._models[name] = load_model(self.folder, name, self.settings["models"][name])
        return self._models[name]

    def _weights(self, name: str) -> DecisionWeights:
        weights: Mapping[str, Any] = self.settings["decisions"][name]
        return DecisionWeights(weights["rank"], weights["answerable"], weights["right"])

    def score(self, scored: Sequence[Scored], name: str, numbers: Sequence[Sequence[int]]) -> None:
        """Let a model read some windows of requests, by their numbers."""
        windows = [
            each.windows[n] for each, chosen in zip(scored, numbers, strict=True) for n in chosen
        ]
        if not windows:
            return
        scores = iter(self.model(name).score(windows))
        for each, chosen in zip(scored, numbers, strict=True):
            known = each.by_model.setdefault(name, {})
            for number in chosen:
                known[number] = next(scores)

    def prepare(self, requests: Sequence[ReadRequest]) -> list[Scored]:
        """Return the windows of requests, not read yet."""
        return [Scored(self._tokenizer.windows(request)) for request in requests]

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
        scored = self.prepare(requests)
        self.score(scored, "small", [range(len(each.windows)) for each in scored])
        if self.has_large:
            rank, n = self._weights("small").rank, int(self.settings["n_windows"])
            self.score(scored, "large", [each.best_windows(rank, n) for each in scored])
        return [self.reading(each, self._last) for each in scored]

    def reading(self, scored: Scored, name: str) -> Reading:
        """Return the evidence in what a model has read, ranked, with how sure it is."""
        candidates = scored.candidates(name)
        if not candidates:
            return Reading((), 0.0, 0.0)
        weights = self._weights(name)
        order, scores = ordered(candidates, weights.rank)
        features = decision_features(candidates, order, scored.null(name))
        citing = self.settings["citations"]
        evidence = tuple(
            self._evidence(candidates[i], share)
            for i, share in zip(order, shares_of(scores), strict=True)
        )
        answerable = logistic(weighted(weights.answerable, features))
        right = logistic(weighted(weights.right, features))
        return Reading(
            evidence,
            confidence=min(right, answerable),  # nothing is right where nothing answers
            answerable=answerable,
            n_cited=n_cited(scores, citing["margin"], citing["most"]),
        )

    def _evidence(self, candidate: Candidate, share: float) -> Evidence:
        """Return a sentence as evidence; a span that is not likely enough is no short answer."""
        scores, sentence = candidate.scores, candidate.scored.sentence
        answer = scores.answer if scores.share >= self.settings["short_answer"] else None
        return Evidence(candidate.hit.article, sentence, share, answer)
