"""A library in its folder as rows: the files of its snapshot, mapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article_rows import ArticleRows, RowTable
from index.library.facts import check_encoder, named_encoder
from index.library.snapshot import Snapshot, open_snapshot
from index.library.stored_articles import StoredArticles, StoredPassages
from index.search.bm25 import LexicalIndex, Postings
from index.search.vectors import SegmentVectors, VectorIndex
from index.types import Encoder


def load_rows(folder: Path, encoder: Encoder | None) -> ArticleRows:
    """Return a library as it is now: later changes to the folder do not matter.

    Args:
        folder: the library's.
        encoder: must be the one that made it; None takes the one that the manifest names.

    Raises:
        IndexFolderError: the folder is no library, is damaged, or another encoder made it.
    """
    snapshot = open_snapshot(folder)
    facts = snapshot.manifest.facts
    if encoder:
        check_encoder(folder, facts, encoder)
    else:
        encoder = named_encoder(folder, facts)
    articles = StoredArticles(snapshot)
    sentences, passages, postings = [], [], []
    for segment in snapshot.segments:
        files, dim = segment.files, segment.dim
        live = segment.live_rows("sentence_end")
        sentences.append(SegmentVectors.from_files(files, "sentences", dim, live))
        postings.append(Postings.from_files(files, live))
        live = segment.live_rows("passage_end")
        passages.append(SegmentVectors.from_files(files, "passages", dim, live))
    return ArticleRows(
        articles,
        StoredPassages(articles),
        encoder,
        VectorIndex(sentences),
        VectorIndex(passages),
        LexicalIndex(postings),
        _row_table(snapshot),
    )


def _row_table(snapshot: Snapshot) -> RowTable:
    """Return the rows of the live articles of a snapshot."""
    counts: list[NDArray[Any]] = []
    passages: list[NDArray[Any]] = []
    for segment in snapshot.segments:
        of_articles = [segment.counts(column) for column in ("sentence_end", "passage_end")]
        counts.append(np.stack(of_articles)[:, segment.live])
        rows, live = segment.passage_rows, segment.live_rows("passage_end")
        passages.append(rows if live is None else rows[live])
    live_passages = np.concatenate(passages)
    n_sentences, n_passages = np.concatenate(counts, axis=1)
    return RowTable.of(
        n_sentences,
        n_passages,
        live_passages["first_sentence"].astype(np.int64),
        live_passages["end_sentence"].astype(np.int64),
    )
