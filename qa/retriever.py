"""From a question to ranked passages: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from index import Article, Candidates, Choice, Passage, Sentence, Store, Vectors, well_formed
from qa.settings import Search
from qa.text import normalised
from qa.types import Hit, ScoredSentence

# All measured with bench/retrieval.py on whole development articles: weighted scores put the
# answering passage first more often than reciprocal ranks, which forget by how much one text
# beats the next, and a passage is best judged together with its best sentence.
N_CANDIDATES = 100
DENSE_WEIGHT = 0.5
PASSAGE_WEIGHT = 1 / 3

Rows = NDArray[np.int64]


class Retriever:
    """Search over a store; holds nothing but the store."""

    def __init__(self, store: Store, *, search: Search = "fused") -> None:
        """Take the store, and which of its two searches to use; "fused" is both.

        Raises:
            ValueError: there is no such search.
        """
        if search not in get_args(Search):
            raise ValueError(f"search must be one of {', '.join(get_args(Search))}, got {search!r}")
        self.store = store
        self.search = search
        self.dense_weight = {"fused": DENSE_WEIGHT, "dense": 1.0, "lexical": 0.0}[search]

    def retrieve(
        self, questions: Sequence[str], top_k: int, *, chosen: Choice | None = None
    ) -> list[tuple[Hit, ...]]:
        """Return for each question its ``top_k`` best passages, best first, each text once.

        Args:
            questions: what is asked.
            top_k: how many passages of each.
            chosen: the articles that are searched; None is all.

        Raises:
            ValueError: ``top_k`` is below 1.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        if not questions:
            return []
        query_vectors = self.store.encoder.encode_questions([well_formed(q) for q in questions])
        candidates = (chosen or self.store.choose(None)).candidates(
            questions, query_vectors, max(N_CANDIDATES, top_k)
        )
        return [tuple(islice(self._hits(each, top_k), top_k)) for each in candidates]

    def _hits(self, candidates: Candidates, top_k: int) -> Iterator[Hit]:
        """Yield the best of the candidates for a question, best first, each text once."""
        starts, ends = candidates.starts, candidates.ends
        best_dense = _best_of_each(candidates.sentence_dense, starts, ends)
        passage_lexical = _best_of_each(candidates.sentence_lexical, starts, ends)
        dense = np.asarray((candidates.passage_dense + best_dense) / 2, dtype=np.float32)
        scores = self.fuse(dense, passage_lexical)
        own = self.fuse(candidates.sentence_dense, candidates.sentence_lexical)
        seen: set[str] = set()
        for i, (article, passage) in _read(candidates, np.argsort(-scores, kind="stable"), top_k):
            if (text := normalised(passage.text)) in seen:
                continue  # syndicated: another article has the same passage
            seen.add(text)
            sentences = tuple(
                ScoredSentence(
                    sentence,
                    float((1 - PASSAGE_WEIGHT) * own[j] + PASSAGE_WEIGHT * scores[i]),
                    float(candidates.sentence_dense[j]),
                    float(candidates.sentence_lexical[j]),
                )
                for sentence, j in _evidence(
                    article.sentences[passage.first_sentence : passage.end_sentence], starts[i], own
                )
            )
            yield Hit(
                article,
                passage,
                float(scores[i]),
                float(candidates.passage_dense[i]),
                float(passage_lexical[i]),
                sentences,
            )

    def fuse(self, dense: Vectors, lexical: Vectors) -> Vectors:
        """Return weighted scores (0 to 1): each kind is scaled to the best and worst of the given."""
        low, high = dense.min(), dense.max()
        scaled = (dense - low) / max(high - low, 1e-6)
        weighted = self.dense_weight * scaled
        if lexical.max() > 0:
            weighted = weighted + (1 - self.dense_weight) * lexical / lexical.max()
        return np.asarray(weighted, dtype=np.float32)


def _read(
    candidates: Candidates, ranked: Rows, n: int
) -> Iterator[tuple[int, tuple[Article, Passage]]]:
    """Yield the number, article and passage of candidates in order, ``n`` read at a time."""
    for start in range(0, len(ranked), n):
        numbers = ranked[start : start + n].tolist()
        for number, each in zip(numbers, candidates.read(numbers), strict=True):
            if each is not None:
                yield number, each


def _evidence(
    sentences: Sequence[Sentence], first: int, scores: Vectors
) -> Iterator[tuple[Sentence, int]]:
    """Yield the sentences of a passage that may answer, each with the row whose scores it has.

    A question in the article is no evidence; the sentence after it, which answers it, takes the
    question's scores where these are higher. Where all sentences of the passage ask, all are evidence.
    """
    asked = None
    only_asks = all(sentence.asks for sentence in sentences)
    for row, sentence in enumerate(sentences, first):
        if sentence.asks and not only_asks:
            asked = row
            continue
        yield sentence, row if asked is None or scores[row] > scores[asked] else asked
        asked = None


def _best_of_each(scores: Vectors, starts: Rows, ends: Rows) -> Vectors:
    """Return the largest of ``scores[start:end]`` for each pair."""
    edges = np.stack([starts, ends], axis=1).ravel()
    padded = np.append(scores, np.float32(-np.inf))  # an end may be one past the last score
    return np.asarray(np.maximum.reduceat(padded, edges)[::2], dtype=np.float32)
