"""How the scores of a model become a ranking of sentences and a decision.

Each model has weights of its own, fitted by training/calibrate.py, for three questions: which sentence
is first, whether the article answers the question at all, and whether the first sentence is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index import words
from qa.readers.span_model import SentenceScores
from qa.readers.windows import Window
from qa.types import Hit, ScoredSentence

_NAME = re.compile(r"(?<!^)\b(?:[A-Z][\w’'-]*|\d[\d.,]*)")

Weights = Mapping[str, float]

RANK_FEATURES = frozenset({"retrieval", "evidence", "span"})
DECISION_FEATURES = frozenset(
    "intercept retrieval cosine passage_cosine evidence span own_evidence own_span lead"
    " small_evidence missing_names missing_words".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with a model's scores in the window where its evidence is highest.

    Attributes:
        window: that window.
        number: of the sentence in the window's passage.
        scores: what the model says.
        small: what the small model says of it in the same window.
    """

    window: Window
    number: int
    scores: SentenceScores
    small: SentenceScores

    @property
    def hit(self) -> Hit:
        """The window's passage."""
        return self.window.hit

    @property
    def scored(self) -> ScoredSentence:
        """The sentence with its scores of the search."""
        return self.hit.sentences[self.number]


@dataclass(frozen=True, slots=True)
class Null:
    """A model's logits of "no answer", added up (log-sum-exp) over all windows that it read."""

    evidence: float
    span: float


@dataclass(frozen=True, slots=True)
class MissingWords:
    """How many content words of a question stand in none of its passages.

    A missing name or number speaks against an answer. Other missing words do not: where there is
    evidence, the question is only a paraphrase.

    Attributes:
        names: words with a capital or a digit inside the question.
        others: all other words.
    """

    names: int
    others: int

    @classmethod
    def of(cls, question: str, hits: Sequence[Hit]) -> MissingWords:
        """Count the missing words of a question, each once, by their stems."""
        names = {stem for name in _NAME.findall(question) for stem in words(name)}
        missing = set(words(question))
        for hit in hits:
            if missing:
                missing.difference_update(words(hit.passage.text))
        return cls(len(missing & names), len(missing - names))


@dataclass(frozen=True, slots=True)
class DecisionWeights:
    """The weights of a model's scores, by the names of the features."""

    rank: Weights
    answerable: Weights
    right: Weights


def rank_features(candidate: Candidate) -> dict[str, float]:
    """Return the ``RANK_FEATURES``, which sentences are ranked by."""
    return {
        "retrieval": candidate.scored.score,
        "evidence": candidate.scores.evidence,
        "span": candidate.scores.span,
    }


def decision_features(
    candidates: Sequence[Candidate],
    order: Sequence[int],
    null: Null,
    small_null: Null,
    missing: MissingWords,
) -> dict[str, float]:
    """Return the ``DECISION_FEATURES``.

    Args:
        candidates: the sentences that a model has read.
        order: their numbers, best first.
        null: what the model says against an answer.
        small_null: what the small model says against one.
        missing: the words of the question that no passage has.
    """
    best = candidates[order[0]]
    second = candidates[order[1]] if len(order) > 1 else best
    scores = best.scores
    return {
        "intercept": 1.0,
        "retrieval": best.scored.score,
        "cosine": best.scored.dense_score,
        "passage_cosine": best.hit.dense_score,
        "evidence": scores.evidence - null.evidence,
        "span": scores.span - null.span,
        "own_evidence": scores.evidence - scores.no_evidence,
        "own_span": scores.span - scores.no_span,
        "lead": scores.evidence - second.scores.evidence,
        "small_evidence": best.small.evidence - small_null.evidence,
        "missing_names": float(missing.names),
        "missing_words": float(missing.others),
    }


def ordered(candidates: Sequence[Candidate], weights: Weights) -> tuple[list[int], list[float]]:
    """Return the numbers of candidates, best first, and their rank scores in that order."""
    scores = np.array([weighted(weights, rank_features(c)) for c in candidates])
    order = np.argsort(-scores, kind="stable")
    return [int(i) for i in order], scores[order].tolist()


def shares_of(scores: Sequence[float]) -> list[float]:
    """Return the share of each rank score in their softmax; they sum to 1."""
    odds = [math.exp(score - max(scores)) for score in scores]
    return [each / sum(odds) for each in odds]


def n_cited(scores: Sequence[float], margin: float, most: int) -> int:
    """Return how many sentences are cited: those whose rank score comes near the best one's.

    Args:
        scores: best first.
        margin: how much lower a score may be.
        most: how many at most.
    """
    return sum(scores[0] - score <= margin for score in scores[:most])


def weighted(weights: Weights, features: Mapping[str, float]) -> float:
    """Return the weighted sum of features."""
    return sum(weight * features[name] for name, weight in weights.items())


def logistic(logit: float) -> float:
    """Return the probability of a logit."""
    return 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))


def log_sum_exp(logits: Sequence[float]) -> float:
    """Return the logit of "one of these"."""
    most = max(logits)
    return most + math.log(sum(math.exp(logit - most) for logit in logits))
