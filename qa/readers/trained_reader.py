"""The trained reader: a small model first, and where that is not sure enough a large one as well."""

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
    Null,
    StageWeights,
    decision_features,
    log_sum_exp,
    logistic,
    n_cited,
    ordered,
    shares_of,
    short_answer,
    weighted,
)
from qa.readers.span_model import SentenceScores, SpanModel, load_model
from qa.readers.windows import Window, WindowTokenizer
from qa.types import Evidence, Limits, Reading, ReadRequest

Size = Literal["small", "large", "cascade"]
SIZES: tuple[Size, ...] = ("small", "large", "cascade")
MODELS = ("small", "large")
_SETTINGS = ("models", "stages", "limits", "cascade", "citations")


@dataclass(slots=True)
class Scored:
    """The windows of a request with the scores of each model that has read them.

    Attributes:
        windows: of the request's hits, best first.
        by_model: for each model, by the number of the window, the scores of its sentences.
    """

    windows: list[Window]
    by_model: dict[str, dict[int, list[SentenceScores | None]]] = field(default_factory=dict)

    def candidates(self, names: Sequence[str]) -> list[Candidate]:
        """Return the sentences of the windows that all of some models have read, each once."""
        read = set.intersection(*(set(self.by_model.get(name, ())) for name in names))
        found: dict[tuple[str, int], dict[str, tuple[int, int, SentenceScores]]] = {}
        for number in sorted(read):
            hit = self.windows[number].hit
            for position, scored in enumerate(hit.sentences):
                key = (hit.article.id, scored.sentence.number)
                for name in names:
                    scores = self.by_model[name][number][position]
                    if scores is None:
                        continue
                    known = found.setdefault(key, {})
                    if name not in known or scores.evidence > known[name][2].evidence:
                        known[name] = (number, position, scores)
        candidates = []
        for known in found.values():
            if len(known) == len(names):
                number, position, _ = known[names[-1]]
                hit = self.windows[number].hit
                scores_of = {name: scores for name, (_, _, scores) in known.items()}
                candidates.append(Candidate(hit, hit.sentences[position], scores_of))
        return candidates

    def best_windows(self, rank: Mapping[str, float], n: int) -> list[int]:
        """Return the numbers of the ``n`` windows whose sentences the small model prefers."""
        candidates = self.candidates(["small"])
        numbers = {(w.hit.article.id, w.hit.passage.start): i for i, w in enumerate(self.windows)}
        chosen: dict[int, None] = {}
        for i in ordered(candidates, rank)[0] if candidates else ():
            hit = candidates[i].hit
            chosen.setdefault(numbers[hit.article.id, hit.passage.start])
        return list(chosen)[:n]

    def nulls(self, names: Sequence[str]) -> dict[str, Null]:
        """Return for each model what says that no window it has read holds an answer."""
        nulls = {}
        for name in names:
            firsts = [
                next(s for s in scores if s is not None)
                for scores in self.by_model[name].values()
                if any(scores)
            ]
            nulls[name] = Null(
                log_sum_exp([s.no_evidence for s in firsts]),
                log_sum_exp([s.no_span for s in firsts]),
            )
        return nulls


class TrainedReader:
    """The trained reader as a ``Reader``; a model is loaded when it is first used."""

    def __init__(self, folder: Path | None = None, size: Size = "cascade") -> None:
        """Take the folder of ``reader.json`` and its weights; None is the packaged reader.

        Args:
            folder: what training/export.py and training/calibrate.py have made.
            size: which models read: "small" alone, "large" after it always, or "cascade", which
                lets the large one read where the small one is not sure and the large is installed.
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
        """The limits that training/calibrate.py has chosen."""
        limits = self.settings["limits"]
        return Limits(float(limits["answered"]), float(limits["unsure"]))

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the settings, which hold the weights' own, and of which models read."""
        named = json.dumps([self.size, self.has_large, self.settings], sort_keys=True)
        return hashlib.sha256(named.encode()).hexdigest()

    @cached_property
    def has_large(self) -> bool:
        """Whether the large model reads at all; a cascade does without where it is not installed."""
        return self.size == "large" or (self.size == "cascade" and is_installed())

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

    def _weights(self, stage: str) -> StageWeights:
        weights: Mapping[str, Any] = self.settings["stages"][stage]
        return StageWeights(weights["rank"], weights["answerable"], weights["right"])

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
        readings = self._read_small(scored)
        if not self.has_large:
            return readings
        low, high = (float(self.settings["cascade"][key]) for key in ("hopeless", "sure"))
        left = [
            i
            for i, reading in enumerate(readings)
            if reading.evidence and (self.size == "large" or low < reading.answerable < high)
        ]
        rank, n = self._weights("small").rank, int(self.settings["cascade"]["n_windows"])
        chosen = [scored[i].best_windows(rank, n) for i in left]
        self.score([scored[i] for i in left], "large", chosen)
        for i in left:
            readings[i] = self.reading(scored[i], "both")
        return readings

    def _read_small(self, scored: Sequence[Scored]) -> list[Reading]:
        self.score(scored, "small", [range(len(each.windows)) for each in scored])
        return [self.reading(each, "small") for each in scored]

    def reading(self, scored: Scored, stage: str) -> Reading:
        """Return the evidence of what was read, ranked, with how sure it is."""
        names = list(MODELS) if stage == "both" else [stage]
        candidates = scored.candidates(names) if scored.windows else []
        if not candidates:
            return Reading((), 0.0, 0.0)
        weights = self._weights(stage)
        order, scores = ordered(candidates, weights.rank)
        features = decision_features(candidates, order, scored.nulls(names))
        citing = self.settings["citations"]
        evidence = tuple(
            self._evidence(candidates[i], share)
            for i, share in zip(order, shares_of(scores), strict=True)
        )
        return Reading(
            evidence,
            confidence=logistic(weighted(weights.right, features)),
            answerable=logistic(weighted(weights.answerable, features)),
            n_cited=n_cited(scores, citing["margin"], citing["most"]),
        )

    def _evidence(self, candidate: Candidate, share: float) -> Evidence:
        """Return a sentence as evidence; a span that is not likely enough is no short answer."""
        span, certainty = short_answer(candidate)
        certain = certainty >= self.settings["limits"]["short_answer"]
        sentence = candidate.scored.sentence
        return Evidence(candidate.hit.article, sentence, share, span if certain else None)
