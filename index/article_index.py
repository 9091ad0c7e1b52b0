"""The store in memory or in a folder: articles with vectors and a lexical index of their sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.article_rows import ArticleRows, RowTable
from index.encoders.embed import Progress, encode_sentences, passage_means
from index.errors import ArticleError
from index.passages import split_passages
from index.search.bm25 import LexicalIndex
from index.search.vectors import VectorIndex
from index.search.vocabulary import WrittenWord, written_words
from index.text.tokens import words
from index.types import Article, Encoder, Vectors


class ArticleIndex(ArticleRows):
    """The store in memory or in a folder: articles made searchable, or a library as it was opened."""

    notice = ""  # all of it can be asked

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
        vectors = encode_sentences(unique, encoder, progress)
        return cls.from_vectors(unique, encoder, vectors)

    @classmethod
    def from_vectors(
        cls, articles: Sequence[Article], encoder: Encoder, vectors: Sequence[Vectors]
    ) -> ArticleIndex:
        """Return the index of articles whose sentences were encoded before.

        Args:
            articles: at least one, each once.
            encoder: has made the vectors.
            vectors: of the sentences of each article, float32 unit rows.
        """
        passages = tuple(tuple(split_passages(a, encoder.count_tokens)) for a in articles)
        means = [passage_means(own, each) for own, each in zip(vectors, passages, strict=True)]
        return cls(
            articles,
            passages,
            encoder,
            VectorIndex.from_vectors(np.concatenate(vectors)),
            VectorIndex.from_vectors(np.concatenate(means)),
            LexicalIndex.from_texts(
                [s.text if s.citable else "" for a in articles for s in a.sentences]
            ),
            RowTable.of(
                np.array([len(a.sentences) for a in articles]),
                np.array([len(each) for each in passages]),
                np.array([p.first_sentence for each in passages for p in each]),
                np.array([p.end_sentence for each in passages for p in each]),
            ),
        )

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the articles, as BCP 47 tags; an empty one where it is not known."""
        stored: frozenset[str] | None = getattr(self.articles, "languages", None)
        return frozenset(a.language for a in self.articles) if stored is None else stored

    @property
    def written_words(self) -> list[WrittenWord]:
        """The words of all sentences as they are written, the commonest first."""
        stored: list[WrittenWord] | None = getattr(self.articles, "written_words", None)
        if stored is None:
            return written_words(self.articles)
        if not getattr(self.articles, "has_removed", False):
            return stored
        is_removed = cache(self.lexical.is_removed)
        return [
            w for w in stored if not (stems := words(w.form)) or not all(map(is_removed, stems))
        ]

    @property
    def sha256(self) -> str:
        """The SHA-256 of which articles there are, and of where their passages begin and end."""
        named = json.dumps([[head.id, head.source] for head in self.heads])
        digest = hashlib.sha256(named.encode("ascii"))
        table = self.table
        for rows in (table.sentence_ends, table.passage_ends, table.starts, table.stops):
            digest.update(np.ascontiguousarray(rows, dtype="<i8").data)
        return digest.hexdigest()

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; an index that was there is replaced.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        # What is asked in memory, as most is, needs nothing of a library on the disk.
        from index.library.library import Library
        from index.library.record import Record

        Library.replace(folder, self.encoder, (Record(*parts) for parts in self._parts()))

    def _parts(self) -> Iterator[tuple[Any, ...]]:
        """Yield the article, passages and vectors of each record."""
        sentence_ends, passage_ends = (
            [0, *ends.tolist()] for ends in (self.table.sentence_ends, self.table.passage_ends)
        )
        for n, (article, passages) in enumerate(zip(self.articles, self.passages, strict=True)):
            yield (
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
            IndexFolderError: the folder is no library, is damaged, or another encoder made it.
        """
        from index.library.stored_articles import load_rows

        rows = load_rows(Path(folder), encoder)
        return cls(**{name: getattr(rows, name) for name in cls.__match_args__})
