"""A reader without a model: the best-scored sentence of the retrieved passages is the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from qa.readers.decision import logistic
from qa.types import Evidence, Hit, Limits, Reading, ReadRequest, ScoredSentence

# A logistic regression from the scores of the best sentence and its passage to whether the
# article answers the question and that sentence says so. Fitted by bench/scorer.py on the twelve SQuAD 2.0 articles
# set aside for training.
INTERCEPT = -3.904
WEIGHTS = {"dense": 2.856, "lexical": 1.571, "passage_dense": 1.312, "passage_lexical": 1.222}


class SentenceReader:
    """Cites the sentence with the best fused score; marks no short answer."""

    # Chosen with bench/scorer.py on SQuAD 2.0 articles set aside for training: it declines 30 %
    # of their adversarial unanswerable questions and 17 % of the answerable ones.
    limits = Limits(answered=0.25, unsure=0.15)
    fingerprint = "sentence reader 1"

    def read(self, requests: Sequence[ReadRequest]) -> list[Reading]:
        """Return a reading for each request."""
        return [_read(request.hits) for request in requests]


def features(hit: Hit, best: ScoredSentence) -> dict[str, float]:
    """Return what the confidence is judged by, for the best sentence and a passage it stands in."""
    return {
        "dense": best.dense_score,
        "lexical": best.lexical_score,
        "passage_dense": hit.dense_score,
        "passage_lexical": hit.lexical_score,
    }


def ranked(hits: Sequence[Hit]) -> list[tuple[Hit, ScoredSentence]]:
    """Return the sentences of all hits, each once with its best passage, best first."""
    best: dict[tuple[str, int], tuple[Hit, ScoredSentence]] = {}
    for hit in hits:
        for scored in hit.sentences:
            key = (hit.article.id, scored.sentence.number)
            if key not in best or scored.score > best[key][1].score:
                best[key] = (hit, scored)
    return sorted(best.values(), key=lambda pair: -pair[1].score)


def _read(hits: Sequence[Hit]) -> Reading:
    pairs = ranked(hits)
    if not pairs:
        return Reading((), 0.0, 0.0)
    evidence = tuple(Evidence(h.article, s.sentence, s.score) for h, s in pairs)
    values = features(*pairs[0])
    logit = INTERCEPT + sum(WEIGHTS[name] * value for name, value in values.items())
    chance = logistic(logit)
    return Reading(evidence, chance, chance)
