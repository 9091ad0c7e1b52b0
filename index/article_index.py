"""Articles made searchable: their sentences and passages with vectors and a lexical index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np

from index.errors import ArticleError, IndexFolderError
from index.lexical import LexicalIndex
from index.passages import split_passages
from index.store import Store
from index.types import Article, Encoder, Passage, Sentence, Vectors
from index.vectors import VectorIndex

Progress = Callable[[int, int], None]
_BATCH = 256


@dataclass(frozen=True)
class ArticleIndex:
    """Articles with all that a search over them needs; nothing in it changes.

    Sentences and passages have rows: 0-based positions over all articles, in order. Row ``r`` of
    ``sentence_vectors`` and of ``lexical`` is the sentence of row ``r``, and row ``p`` of
    ``passage_vectors`` is the passage of row ``p``. Furniture has rows too, but is in no passage.
    """

    articles: tuple[Article, ...]
    passages: tuple[tuple[Passage, ...], ...] = field(repr=False)
    encoder: Encoder
    sentence_vectors: VectorIndex = field(repr=False)
    passage_vectors: VectorIndex = field(repr=False)
    lexical: LexicalIndex = field(repr=False)

    @classmethod
    def build(
        cls, articles: Sequence[Article], encoder: Encoder, *, progress: Progress | None = None
    ) -> ArticleIndex:
        """Return the index of articles.

        Args:
            articles: at least one; the same article given twice is kept once.
            encoder: makes the vectors, and must be the same when questions are asked.
            progress: called with (done, total) texts while they are encoded.

        Raises:
            ArticleError: there is no article.
        """
        unique = tuple({article.id: article for article in articles}.values())
        if not unique:
            raise ArticleError("an index needs at least one article, got none")
        passages = tuple(tuple(split_passages(a, encoder.count_tokens)) for a in unique)
        sentence_texts = [s.text for a in unique for s in a.sentences]
        passage_texts = [p.text for of_article in passages for p in of_article]
        vectors = _encode([*sentence_texts, *passage_texts], encoder, progress)
        return cls(
            unique,
            passages,
            encoder,
            VectorIndex.from_vectors(vectors[: len(sentence_texts)]),
            VectorIndex.from_vectors(vectors[len(sentence_texts) :]),
            LexicalIndex.from_texts(sentence_texts),
        )

    @cached_property
    def _first_sentence_rows(self) -> list[int]:
        return [0, *accumulate(len(a.sentences) for a in self.articles)]

    @cached_property
    def _first_passage_rows(self) -> list[int]:
        return [0, *accumulate(len(p) for p in self.passages)]

    @property
    def n_sentences(self) -> int:
        """The number of sentences of all articles, furniture included."""
        return self._first_sentence_rows[-1]

    @property
    def n_passages(self) -> int:
        """The number of passages of all articles."""
        return self._first_passage_rows[-1]

    def passage(self, row: int) -> tuple[Article, Passage]:
        """Return the passage of a row and its article."""
        number = bisect_right(self._first_passage_rows, row) - 1
        return self.articles[number], self.passages[number][row - self._first_passage_rows[number]]

    def sentence_rows(self, passage_row: int) -> range:
        """Return the rows of a passage's sentences."""
        number = bisect_right(self._first_passage_rows, passage_row) - 1
        passage = self.passages[number][passage_row - self._first_passage_rows[number]]
        first = self._first_sentence_rows[number]
        return range(first + passage.first_sentence, first + passage.end_sentence)

    def sentence(self, row: int) -> tuple[Article, Sentence]:
        """Return the sentence of a row and its article."""
        number = bisect_right(self._first_sentence_rows, row) - 1
        return self.articles[number], self.articles[number].sentences[
            row - self._first_sentence_rows[number]
        ]

    @cached_property
    def passage_starts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The first sentence row of each passage, int64 (n_passages,)."""
        rows = range(self.n_passages)
        return np.array([self.sentence_rows(r).start for r in rows], dtype=np.int64)

    @cached_property
    def passage_ends(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The row after the last sentence of each passage, int64 (n_passages,)."""
        rows = range(self.n_passages)
        return np.array([self.sentence_rows(r).stop for r in rows], dtype=np.int64)

    @staticmethod
    def check_folder(folder: str | Path) -> None:
        """Raise IndexFolderError where an index could not be saved, because something else is there."""
        Store(Path(folder)).refuse_foreign()

    def save(self, folder: str | Path) -> None:
        """Write the index to a folder, whole or not at all; an index that was there is replaced.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        Store(Path(folder)).save(
            self.articles,
            self.passages,
            self.encoder,
            sentence_vectors=self.sentence_vectors.to_bytes(),
            passage_vectors=self.passage_vectors.to_bytes(),
            save_lexical=self.lexical.save,
        )

    @classmethod
    def load(cls, folder: str | Path, encoder: Encoder | None = None) -> ArticleIndex:
        """Return the index that ``save`` wrote.

        Args:
            folder: where it was saved.
            encoder: must be the one that made it; None takes the one that the manifest names.

        Raises:
            IndexFolderError: the folder is not an index, is damaged, or another encoder made it.
        """
        stored = Store(Path(folder)).load(encoder)
        try:
            index = cls(
                stored.articles,
                stored.passages,
                stored.encoder,
                VectorIndex.from_bytes(stored.sentence_vectors),
                VectorIndex.from_bytes(stored.passage_vectors),
                LexicalIndex.load(stored.lexical, sum(len(a.sentences) for a in stored.articles)),
            )
        except (ValueError, OSError, KeyError) as error:
            raise IndexFolderError(
                f"index {folder} is damaged: {error}; index the articles again"
            ) from error
        index.check(folder)
        return index

    def check(self, folder: str | Path) -> None:
        """Raise IndexFolderError where the parts do not fit together."""
        for name, found, wanted in (
            ("sentence vectors", len(self.sentence_vectors), self.n_sentences),
            ("passage vectors", len(self.passage_vectors), self.n_passages),
        ):
            if found != wanted:
                raise IndexFolderError(
                    f"index {folder} is damaged: {found} {name} for {wanted} texts; "
                    "index the articles again"
                )


def _encode(texts: list[str], encoder: Encoder, progress: Progress | None) -> Vectors:
    """Return the vectors of texts, encoded from short to long so that little is padded."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.empty((len(texts), encoder.dim), dtype=np.float32)
    for start in range(0, len(order), _BATCH):
        rows = order[start : start + _BATCH]
        vectors[rows] = encoder.encode_passages([_readable(texts[i]) for i in rows])
        if progress:
            progress(start + len(rows), len(order))
    return vectors


def _readable(text: str) -> str:
    """Return a text that tokenizers take: lone surrogates become replacement characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
