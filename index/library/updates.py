"""What was read of sources, made ready to be written, and how many articles that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.encoders.embed import Progress, encode_sentences, passage_means
from index.library.record import Record
from index.passages import split_passages
from index.types import Article, Encoder


@dataclass(frozen=True, slots=True)
class SourceUpdate:
    """Articles read from one file or address.

    ``is_complete`` says that the source has no others: articles read from it before whose ids are
    neither in ``all_ids`` nor in ``articles`` are removed. ``file_sha256`` is the hash of the source, if it is a file.
    """

    origin: str
    articles: Sequence[Article]
    is_complete: bool = True
    all_ids: frozenset[str] = frozenset()
    file_sha256: bytes | None = None


def updates_of(articles: Iterable[Article]) -> list[SourceUpdate]:
    """Return articles by their sources; one without a source is one by itself."""
    by_source: dict[str, list[Article]] = {}
    for article in articles:
        by_source.setdefault(article.source or article.id, []).append(article)
    return [SourceUpdate(*each) for each in by_source.items()]


@dataclass(frozen=True, slots=True)
class Changes:
    """How many articles were added, were there already, and were removed as their source changed."""

    n_added: int = 0
    n_present: int = 0
    n_removed: int = 0


def encode_records(
    articles: Sequence[Article], encoder: Encoder, progress: Progress | None = None
) -> list[Record]:
    """Return the records of articles, at least one, with the passages and vectors that are made here."""
    passages = [tuple(split_passages(a, encoder.count_tokens)) for a in articles]
    vectors = encode_sentences(articles, encoder, progress)
    return [
        Record(article, own, each, passage_means(each, own))
        for article, own, each in zip(articles, passages, vectors, strict=True)
    ]
