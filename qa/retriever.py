"""From a question to ranked passages: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from index import ArticleFilter, ArticleIndex, Vectors
from qa.types import Hit, ScoredSentence, normalised, well_formed

Search = Literal["fused", "dense", "lexical"]

# All measured with bench/retrieval.py on whole development articles: weighted scores put the
# answering passage first more often than reciprocal ranks, which forget by how much one text
# beats the next, and a passage is best judged together with its best sentence.
N_CANDIDATES = 100
DENSE_WEIGHT = 0.5
PASSAGE_WEIGHT = 1 / 3

Rows = NDArray[np.int64]


class Retriever:
    """Search over an index; holds nothing but the index."""

    def __init__(self, article_index: ArticleIndex, *, search: Search = "fused") -> None:
        """Take the index, and which of its two searches to use; "fused" is both.

        Raises:
            ValueError: there is no such search.
        """
        if search not in get_args(Search):
            raise ValueError(f"search must be one of {', '.join(get_args(Search))}, got {search!r}")
        self.article_index = article_index
        self.search = search
        self.dense_weight = {"fused": DENSE_WEIGHT, "dense": 1.0, "lexical": 0.0}[search]

    def retrieve(
        self, questions: Sequence[str], top_k: int, *, within: ArticleFilter | None = None
    ) -> list[tuple[Hit, ...]]:
        """Return for each question its ``top_k`` best passages, best first, each text once.

        Args:
            questions: what is asked.
            top_k: how many passages of each.
            within: the articles that are searched; None is all.

        Raises:
            ValueError: ``top_k`` is below 1.
            ArticleQAError: ``within`` chooses no article.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        if not questions:
            return []
        query_vectors = self.article_index.encoder.encode_questions(
            [well_formed(q) for q in questions]
        )
        n_found = max(N_CANDIDATES, top_k)
        chosen = self.article_index.choose(within) if within else None
        _, nearest = self.article_index.passage_vectors.search(query_vectors, n_found, chosen)
        return [
            self._hits(
                vector, self.article_index.lexical.scores(question), rows, n_found, top_k, chosen
            )
            for question, vector, rows in zip(questions, query_vectors, nearest, strict=True)
        ]

    def _hits(  # noqa: PLR0917 - all six are of one question
        self,
        query_vector: Vectors,
        lexical: Vectors,
        nearest: Rows,
        n_found: int,
        top_k: int,
        chosen: Rows | None,
    ) -> tuple[Hit, ...]:
        """Return the hits among the nearest passages and those with the best words."""
        index = self.article_index
        places = index.places
        passage_lexical = _best_of_each(lexical, places.starts, places.stops)
        if chosen is None:
            with_words = np.argsort(-passage_lexical, kind="stable")[:n_found]
        else:
            order = np.argsort(-passage_lexical[chosen], kind="stable")[:n_found]
            with_words = chosen[order]
        rows = np.union1d(nearest, with_words)
        sentence_rows = np.unique(np.concatenate([index.sentence_rows(r) for r in rows]))
        sentence_dense = index.sentence_vectors.rows(sentence_rows) @ query_vector
        starts = np.searchsorted(sentence_rows, places.starts[rows])
        ends = np.searchsorted(sentence_rows, places.stops[rows])
        own_dense = index.passage_vectors.rows(rows) @ query_vector
        best_dense = _best_of_each(sentence_dense, starts, ends)
        dense = np.asarray((own_dense + best_dense) / 2, dtype=np.float32)
        scores = self.fuse(dense, passage_lexical[rows])
        sentence_lexical = lexical[sentence_rows]
        own = self.fuse(sentence_dense, sentence_lexical)
        hits: list[Hit] = []
        seen: set[str] = set()
        for i in np.argsort(-scores, kind="stable"):
            if len(hits) == top_k:
                break
            article, passage = index.passage(int(rows[i]))
            if (text := normalised(passage.text)) in seen:
                continue  # syndicated: another article has the same passage
            seen.add(text)
            sentences = tuple(
                ScoredSentence(
                    index.sentence(int(sentence_rows[j]))[1],
                    float((1 - PASSAGE_WEIGHT) * own[j] + PASSAGE_WEIGHT * scores[i]),
                    float(sentence_dense[j]),
                    float(sentence_lexical[j]),
                )
                for j in range(starts[i], ends[i])
            )
            hits.append(
                Hit(
                    article,
                    passage,
                    float(scores[i]),
                    float(own_dense[i]),
                    float(passage_lexical[rows[i]]),
                    sentences,
                )
            )
        return tuple(hits)

    def fuse(self, dense: Vectors, lexical: Vectors) -> Vectors:
        """Return weighted scores (0 to 1): each kind is scaled to the best and worst of the given."""
        low, high = dense.min(), dense.max()
        scaled = (dense - low) / max(high - low, 1e-6)
        weighted = self.dense_weight * scaled
        if lexical.max() > 0:
            weighted = weighted + (1 - self.dense_weight) * lexical / lexical.max()
        return np.asarray(weighted, dtype=np.float32)


def _best_of_each(scores: Vectors, starts: Rows, ends: Rows) -> Vectors:
    """Return the largest of ``scores[start:end]`` for each pair."""
    edges = np.stack([starts, ends], axis=1).ravel()
    padded = np.append(scores, np.float32(-np.inf))  # an end may be one past the last score
    return np.asarray(np.maximum.reduceat(padded, edges)[::2], dtype=np.float32)
