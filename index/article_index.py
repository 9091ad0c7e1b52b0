"""Articles made searchable: their sentences and passages with vectors and a lexical index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article_rows import ArticleRows, RowTable
from index.encoders.embed import Progress, encode_articles
from index.errors import ArticleError
from index.filter import ArticleFilter
from index.library.facts import check_encoder, named_encoder
from index.library.library import Library
from index.library.record import Record
from index.library.snapshot import Snapshot, open_snapshot
from index.library.stored_articles import StoredArticles, StoredPassages
from index.passages import split_passages
from index.row_choice import RowChoice
from index.search.bm25 import LexicalIndex, Postings
from index.search.vectors import SegmentVectors, VectorIndex
from index.search.vocabulary import WrittenWord, written_words
from index.text.tokens import words
from index.types import Article, Encoder


class ArticleIndex(ArticleRows):
    """The store in memory or in a folder: articles made searchable, or a library as it was opened."""

    @classmethod
    def build(
        cls, articles: Sequence[Article], encoder: Encoder, *, progress: Progress | None = None
    ) -> ArticleIndex:
        """Return the index of articles.

        Args:
            articles: at least one; the same article given twice is in it once.
            encoder: makes the vectors, and must be the same when questions are asked.
            progress: called with (done, total) sentences while they are encoded.

        Raises:
            ArticleError: there is no article.
        """
        unique = tuple({article.id: article for article in articles}.values())
        if not unique:
            raise ArticleError("an index needs at least one article, got none")
        passages = tuple(tuple(split_passages(a, encoder.count_tokens)) for a in unique)
        vectors = encode_articles(unique, passages, encoder, progress)
        return cls(
            unique,
            passages,
            encoder,
            VectorIndex.from_vectors(np.concatenate([of_sentences for of_sentences, _ in vectors])),
            VectorIndex.from_vectors(np.concatenate([of_passages for _, of_passages in vectors])),
            LexicalIndex.from_texts(
                [s.text if s.citable else "" for a in unique for s in a.sentences]
            ),
            RowTable.of(
                np.array([len(a.sentences) for a in unique]),
                np.array([len(each) for each in passages]),
                np.array([p.first_sentence for each in passages for p in each]),
                np.array([p.end_sentence for each in passages for p in each]),
            ),
        )

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the articles, as BCP 47 tags; an empty one where it is not known."""
        if isinstance(self.articles, StoredArticles):
            return self.articles.languages
        return frozenset(article.language for article in self.articles)

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words of all sentences as they are written, the commonest first."""
        if isinstance(self.articles, StoredArticles):
            written = self.articles.written_words
            if not self.articles.has_removed:
                return written
            is_removed = self.lexical.is_removed
            return [
                w
                for w in written
                if not (stems := words(w.form)) or not all(map(is_removed, stems))
            ]
        return written_words(self.articles)

    @property
    def sha256(self) -> str:
        """The SHA-256 of which articles there are, and of where their passages begin and end."""
        named = json.dumps([[head.id, head.source] for head in self.heads])
        digest = hashlib.sha256(named.encode("ascii"))
        table = self.table
        for rows in (table.sentence_ends, table.passage_ends, table.starts, table.stops):
            digest.update(np.ascontiguousarray(rows, dtype="<i8").data)
        return digest.hexdigest()

    def choose(self, within: ArticleFilter | None) -> RowChoice:
        """Return the articles that a filter chooses; None chooses all.

        Raises:
            ArticleQAError: no article fits.
        """
        return RowChoice(self, within)

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; an index that was there is replaced.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        Library.replace(folder, self.encoder, self._records())

    def _records(self) -> Iterator[Record]:
        sentence_ends, passage_ends = (
            [0, *ends.tolist()] for ends in (self.table.sentence_ends, self.table.passage_ends)
        )
        for n, (article, passages) in enumerate(zip(self.articles, self.passages, strict=True)):
            yield Record(
                article,
                passages,
                self.sentence_vectors.rows(np.arange(*sentence_ends[n : n + 2])),
                self.passage_vectors.rows(np.arange(*passage_ends[n : n + 2])),
                (article.source or article.id,),
            )

    @classmethod
    def load(cls, folder: str | Path, encoder: Encoder | None = None) -> ArticleIndex:
        """Return the index of a library, as it is now: later changes to the folder do not matter.

        Args:
            folder: where it was saved.
            encoder: must be the one that made it; None takes the one that the manifest names.

        Raises:
            IndexFolderError: the folder is not an index, is damaged, or another encoder made it.
        """
        snapshot = open_snapshot(Path(folder))
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
        return cls(
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
