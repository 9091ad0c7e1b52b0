"""Articles become vectors: each sentence its own, each passage the mean of its sentences'."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from index.text.surrogates import well_formed
from index.types import Article, Encoder, Passage, Vectors

Progress = Callable[[int, int], None]
_BATCH = 256


def encode_sentences(
    articles: Sequence[Article], encoder: Encoder, progress: Progress | None = None
) -> list[Vectors]:
    """Return for each article the vectors of its sentences, float32 (n, dim), unit rows."""
    vectors = encode_texts([s.text for a in articles for s in a.sentences], encoder, progress)
    ends = np.cumsum([len(article.sentences) for article in articles])[:-1]
    return np.split(vectors, ends)


def passage_means(vectors: Vectors, passages: Sequence[Passage]) -> Vectors:
    """Return the mean of each passage's sentences as a unit row.

    Such a mean retrieves as well as a vector encoded from the passage's text, in half the time: on
    bench/retrieval.py's data, the mean reciprocal rank is 0.843 both ways, and the answer is in the
    first five passages for 0.975 and 0.978 of the questions.
    """
    means = np.empty((len(passages), vectors.shape[1]), dtype=np.float32)
    for row, passage in enumerate(passages):
        mean = vectors[passage.first_sentence : passage.end_sentence].mean(axis=0)
        means[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return means


def encode_texts(
    texts: Sequence[str], encoder: Encoder, progress: Progress | None = None
) -> Vectors:
    """Return float32 unit rows, (len(texts), dim), encoded from short to long: little is padded."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.empty((len(texts), encoder.dim), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        vectors[rows] = encoder.encode_passages([well_formed(texts[i]) for i in rows])
        if progress:
            progress(start + len(rows), len(order))
    return vectors
