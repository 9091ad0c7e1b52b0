"""The trained reader: a small model reads all passages, and a large one those that it prefers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from qa.errors import ReaderError
from qa.readers.answer_span import best_span
from qa.readers.decision import (
    DECISION_FEATURES,
    RANK_FEATURES,
    Candidate,
    DecisionWeights,
    MissingWords,
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

AT_ONCE = 2  # windows that the large model reads between checks of whether it is sure: one a core
Size = Literal["small", "large"]
SIZES: tuple[Size, ...] = ("small", "large")
_SETTINGS = (
    "decisions",
    "n_windows",
    "hopeless",
    "enough",
    "short_answer",
    "small_spans",
    "citations",
)
# What a model's decisions hold, and the names that each may have.
_DECISIONS = {
    "rank": RANK_FEATURES,
    "answerable": DECISION_FEATURES,
    "right": DECISION_FEATURES,
    "limits": frozenset({"answered", "unsure"}),
}


@dataclass(slots=True)
class Scored:
    """The windows of a request with the scores of each model that has read them.

    Attributes:
        windows: of the request's hits, best first.
        missing: the words of its question that no hit has.
        by_model: for each model, by the number of the window, the scores of its sentences, in the
            order in which it read them.
    """

    windows: list[Window]
    missing: MissingWords
    by_model: dict[str, dict[int, list[SentenceScores | None]]] = field(default_factory=dict)

    def candidates(self, name: str) -> list[Candidate]:
        """Return the sentences of the windows that a model, and the small one, have read, each once."""
        best: dict[tuple[str, int], Candidate] = {}
        for i, sentences in sorted(self.by_model.get(name, {}).items()):
            window, small = self.windows[i], self.by_model["small"][i]
            for number, scored in enumerate(window.hit.sentences):
                scores, others = sentences[number], small[number]
                key = (window.hit.article.id, scored.sentence.number)
                if (
                    scores
                    and others
                    and (key not in best or scores.evidence > best[key].scores.evidence)
                ):
                    best[key] = Candidate(window, number, scores, others)
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

    def first_read(self, name: str, n: int) -> Scored:
        """Return the same with only the first ``n`` windows that a model has read."""
        first = dict(list(self.by_model[name].items())[:n])
        return Scored(self.windows, self.missing, {**self.by_model, name: first})

    def null(self, name: str) -> Null:
        """Return a model's logits of "no answer" over the windows it has read, at least one."""
        firsts = [
            next(s for s in sentences if s)
            for sentences in self.by_model[name].values()
            if any(sentences)
        ]
        return Null(
            log_sum_exp([s.no_evidence for s in firsts]), log_sum_exp([s.no_span for s in firsts])
        )

    def features(
        self, name: str, candidates: Sequence[Candidate], order: Sequence[int]
    ) -> dict[str, float]:
        """Return the features of the decisions, given a model's candidates and their order."""
        return decision_features(
            candidates, order, self.null(name), self.null("small"), self.missing
        )


class Decided(NamedTuple):
    """Candidates and their rank scores, best first, and the chances of an answer and of the first."""

    candidates: list[Candidate]
    scores: list[float]
    answerable: float
    right: float


class TrainedReader:
    """The trained reader as a ``Reader``; a model is loaded when it is first used."""

    def __init__(self, folder: Path | None = None, size: Size | None = None) -> None:
        """Take the folder of ``reader.json`` and its weights; None is the packaged reader.

        Args:
            folder: what training/export.py and training/calibrate.py have made.
            size: "small" lets the small model read alone, "large" the large one after it; None is
                "large" where the folder has one, else "small".
        """
        self.folder = folder or Path(str(files("qa").joinpath("weights")))
        self.size = size
        self._tokenizer = WindowTokenizer()

    @cached_property
    def described(self) -> dict[str, Any]:
        """What ``reader.json`` holds; before training/calibrate.py has fitted it, only the models.

        Raises:
            ReaderError: the file is missing or names no models.
        """
        try:
            described = json.loads((self.folder / "reader.json").read_bytes())
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"reader must be a folder with reader.json, got {self.folder}; "
                "export one with training/export.py",
                reader=str(self.folder),
            ) from error
        if not isinstance(described, dict) or "models" not in described:
            raise self._refused("no models", "export one with training/export.py")
        return dict(described)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The hashes of the models, and how their scores become a decision.

        Raises:
            ReaderError: ``reader.json`` is missing, not fitted yet or of another version.
        """
        if other := _other_than_mine(self.described):
            raise self._refused(other, "fit it with training/calibrate.py")
        return self.described

    def _refused(self, got: str, what_to_do: str) -> ReaderError:
        return ReaderError(
            f"reader {self.folder} must have this version's reader.json, got {got}; {what_to_do}",
            reader=str(self.folder),
        )

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
        return self.size == "large" or (self.size is None and "large" in self.described["models"])

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
            self._models[name] = load_model(self.folder, name, self.described["models"][name])
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
        return [
            Scored(self._tokenizer.windows(r), MissingWords.of(r.question, r.hits))
            for r in requests
        ]

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
        scored = self.prepare(requests)
        self.score(scored, "small", [range(len(each.windows)) for each in scored])
        if self.has_large:
            self._read_on(scored, [not request.earlier for request in requests])
        return [
            self.reading(each, "large" if "large" in each.by_model else "small") for each in scored
        ]

    def _read_on(self, scored: Sequence[Scored], stands_alone: Sequence[bool]) -> None:
        """Let the large model read the windows that the small one prefers, until it is sure.

        It reads none where the small one finds nothing like an answer, and all of them for a
        follow-up, whose meaning the small one may well have missed.
        """
        rank, most = self._weights("small").rank, int(self.settings["n_windows"])
        reading = [
            (each, may_stop, each.best_windows(rank, most))
            for each, may_stop in zip(scored, stands_alone, strict=True)
            if not self._is_hopeless(each)
        ]
        for n in range(0, most, AT_ONCE):
            reading = [
                (each, may_stop, chosen)
                for each, may_stop, chosen in reading
                if n < len(chosen) and not (n and may_stop and self._is_enough(each))
            ]
            now = [chosen[n : n + AT_ONCE] for *_, chosen in reading]
            self.score([each for each, *_ in reading], "large", now)

    def _is_hopeless(self, scored: Scored) -> bool:
        """Return whether the small model finds nothing like an answer."""
        if not scored.candidates("small"):
            return True
        return self._decided(scored, "small").answerable <= float(self.settings["hopeless"])

    def _is_enough(self, scored: Scored) -> bool:
        """Return whether what the large model has read makes it sure, one way or the other."""
        enough, chance = self.settings["enough"], self._decided(scored, "large").answerable
        return bool(chance >= enough["answerable"] or chance <= enough["unanswerable"])

    def reading(self, scored: Scored, name: str) -> Reading:
        """Return the evidence in what a model has read, ranked, with how sure it is."""
        if not scored.candidates(name):
            return Reading((), 0.0, 0.0)
        decided, citing = self._decided(scored, name), self.settings["citations"]
        return Reading(
            tuple(map(self._evidence, decided.candidates, shares_of(decided.scores))),
            confidence=min(
                decided.right, decided.answerable
            ),  # where nothing answers, nothing is right
            answerable=decided.answerable,
            n_cited=n_cited(decided.scores, citing["margin"], citing["most"]),
        )

    def _decided(self, scored: Scored, name: str) -> Decided:
        candidates, weights = scored.candidates(name), self._weights(name)
        order, scores = ordered(candidates, weights.rank)
        features = scored.features(name, candidates, order)
        return Decided(
            [candidates[i] for i in order],
            scores,
            logistic(weighted(weights.answerable, features)),
            logistic(weighted(weights.right, features)),
        )

    def _evidence(self, candidate: Candidate, share: float) -> Evidence:
        """Return a sentence as evidence; a span that is not likely enough is no short answer.

        A span that both models read has the large one's score plus a share of the small one's.
        """
        spans = candidate.scores.spans
        if candidate.scores is not candidate.small:
            spans = spans + self.settings["small_spans"] * candidate.small.spans
        (first, last), _, likely = best_span(spans)
        answer = candidate.window.characters(candidate.number, first, last)
        return Evidence(
            candidate.hit.article,
            candidate.scored.sentence,
            share,
            answer if likely >= self.settings["short_answer"] else None,
        )


def _other_than_mine(described: Mapping[str, Any]) -> str:
    """Return what this version needs and a ``reader.json`` has otherwise, "" where nothing."""
    if missing := [key for key in _SETTINGS if key not in described]:
        return f"no {', '.join(missing)}"
    for name in described["models"]:
        decision = described["decisions"].get(name, {})
        for part, names in _DECISIONS.items():
            if part not in decision:
                return f"no decisions of {name}: {part}"
            if unknown := sorted(decision[part].keys() - names):
                return f"{', '.join(unknown)} in {name}: {part}"
    return ""
