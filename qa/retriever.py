"""From a question to ranked passages: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from index import ArticleIndex, Sentence, Vectors, well_formed
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
        self, questions: Sequence[str], top_k: int, *, chosen: Rows | None = None
    ) -> list[tuple[Hit, ...]]:
        """Return for each question its ``top_k`` best passages, best first, each text once.

        Args:
            questions: what is asked.
            top_k: how many passages of each.
            chosen: the rows of the passages that are searched, sorted; None is all.

        Raises:
            ValueError: ``top_k`` is below 1.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        if not questions:
            return []
        query_vectors = self.article_index.encoder.encode_questions(
            [well_formed(q) for q in questions]
        )
        n_found = max(N_CANDIDATES, top_k)
        nearest = self.article_index.passage_vectors.search(query_vectors, n_found, chosen)
        return [
            self._hits(
                vector, self.article_index.lexical.search(question), rows, n_found, top_k, chosen
            )
            for question, vector, rows in zip(questions, query_vectors, nearest, strict=True)
        ]

    def _hits(  # noqa: PLR0917 - all six are of one question
        self,
        query_vector: Vectors,
        lexical: tuple[Vectors, Rows],
        nearest: Rows,
        n_found: int,
        top_k: int,
        chosen: Rows | None,
    ) -> tuple[Hit, ...]:
        """Return the hits among the nearest passages and those with the best words."""
        index = self.article_index
        table = index.table
        rows = _distinct(np.concatenate([nearest, self._with_words(*lexical, n_found, chosen)]))
        sentence_rows = _distinct(_spans(table.starts[rows], table.stops[rows]))
        sentence_dense = index.sentence_vectors.rows(sentence_rows) @ query_vector
        sentence_lexical = lexical[0][sentence_rows]
        starts = np.searchsorted(sentence_rows, table.starts[rows])
        ends = np.searchsorted(sentence_rows, table.stops[rows])
        own_dense = index.passage_vectors.rows(rows) @ query_vector
        best_dense = _best_of_each(sentence_dense, starts, ends)
        passage_lexical = _best_of_each(sentence_lexical, starts, ends)
        dense = np.asarray((own_dense + best_dense) / 2, dtype=np.float32)
        scores = self.fuse(dense, passage_lexical)
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
                    sentence,
                    float((1 - PASSAGE_WEIGHT) * own[j] + PASSAGE_WEIGHT * scores[i]),
                    float(sentence_dense[j]),
                    float(sentence_lexical[j]),
                )
                for sentence, j in _evidence(
                    article.sentences[passage.first_sentence : passage.end_sentence], starts[i], own
                )
            )
            hits.append(
                Hit(
                    article,
                    passage,
                    float(scores[i]),
                    float(own_dense[i]),
                    float(passage_lexical[i]),
                    sentences,
                )
            )
        return tuple(hits)

    def _with_words(self, scores: Vectors, scored: Rows, n: int, chosen: Rows | None) -> Rows:
        """Return the rows of the passages with the best sentences by their words, best first.

        Where fewer than ``n`` have any of the words, the first others fill up.
        """
        table = self.article_index.table
        scores_of_scored = scores[scored]
        n_tried = 4 * n  # sentences: some share a passage, or are in none that is chosen
        while True:
            is_last = n_tried >= len(scored)
            least = np.float32(0)
            if not is_last:
                least = np.partition(scores_of_scored, -n_tried)[-n_tried]
            best = _distinct(scored[scores_of_scored >= least])
            best = best[np.argsort(-scores[best], kind="stable")]
            # The passages of a sentence: from the first that ends after it to the last that starts
            # before it.
            first = np.searchsorted(table.stops, best, side="right")
            end = np.maximum(np.searchsorted(table.starts, best, side="right"), first)
            passages, places_of_best = np.unique(_spans(first, end), return_index=True)
            passage_scores = np.repeat(scores[best], end - first)[places_of_best]
            if chosen is not None:
                fits = np.isin(passages, chosen, assume_unique=True)
                passages, passage_scores = passages[fits], passage_scores[fits]
            if is_last or len(passages) >= n:
                break
            n_tried *= 4
        passages = passages[np.argsort(-passage_scores, kind="stable")][:n]
        if len(passages) == n:
            return passages
        others = np.arange(min(n, len(table.starts))) if chosen is None else chosen[:n]
        fill = np.setdiff1d(others, passages)[: n - len(passages)]
        return np.concatenate([passages, fill])

    def fuse(self, dense: Vectors, lexical: Vectors) -> Vectors:
        """Return weighted scores (0 to 1): each kind is scaled to the best and worst of the given."""
        low, high = dense.min(), dense.max()
        scaled = (dense - low) / max(high - low, 1e-6)
        weighted = self.dense_weight * scaled
        if lexical.max() > 0:
            weighted = weighted + (1 - self.dense_weight) * lexical / lexical.max()
        return np.asarray(weighted, dtype=np.float32)


def _evidence(
    sentences: Sequence[Sentence], first: int, scores: Vectors
) -> Iterator[tuple[Sentence, int]]:
    """Yield the sentences of a passage that may answer, each with the row whose scores it has.

    A question in the article is no evidence; the sentence after it, which answers it, has its scores
    where they are better.
    """
    asked = None
    only_asks = all(sentence.asks for sentence in sentences)
    for row, sentence in enumerate(sentences, first):
        if sentence.asks and not only_asks:
            asked = row
            continue
        yield sentence, row if asked is None or scores[row] > scores[asked] else asked
        asked = None


def _distinct(numbers: Rows) -> Rows:
    """Return numbers sorted, each once; of some hundreds, in a fifth of np.unique's time."""
    numbers = np.sort(numbers)
    is_new = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_new[1:])
    return numbers[is_new]


def _spans(starts: Rows, ends: Rows) -> Rows:
    """Return the numbers from each start up to its end, one after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    numbers: Rows = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return numbers


def _best_of_each(scores: Vectors, starts: Rows, ends: Rows) -> Vectors:
    """Return the largest of ``scores[start:end]`` for each pair."""
    edges = np.stack([starts, ends], axis=1).ravel()
    padded = np.append(scores, np.float32(-np.inf))  # an end may be one past the last score
    return np.asarray(np.maximum.reduceat(padded, edges)[::2], dtype=np.float32)
