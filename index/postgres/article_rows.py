"""The rows of articles on a shard: written, read, removed and checked, each article whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from index.filter import comparable
from index.library.record import PASSAGE_ROW, Head, Record, make_article, make_passages
from index.postgres import vector_codec
from index.postgres.counts import Counts
from index.text.codec import decode_text, encode_sentences, encode_text
from index.text.surrogates import well_formed
from index.types import Article

if TYPE_CHECKING:
    from index.postgres.shard import Connection

_INSERT = """
INSERT INTO articles (id, head, text, sentences, sha256, n_sentences, n_passages,
    title_key, source_key, date, language)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING RETURNING key
"""
_READ = "SELECT key, head, text, sentences FROM articles WHERE key = ANY(%s)"


def key_text(text: str) -> str:
    """Return a text as a filter compares it on a server, which takes neither NUL nor surrogates."""
    return well_formed(text).replace("\0", "\ufffd")


def insert_records(connection: Connection, records: Iterable[Record], counts: Counts) -> list[str]:
    """Write records of articles that are not there yet; return the ids of those that were written.

    It is done inside a transaction, and in the order of ids: two writers of the same articles wait
    for each other once at most.
    """
    written: list[str] = []
    sentences: list[tuple[Any, ...]] = []
    passages: list[tuple[Any, ...]] = []
    for record in sorted(records, key=lambda each: each.article.id):
        vectors = vector_codec.encode_sentences(record.sentence_vectors)
        halves = vector_codec.encode_passages(record.passage_vectors)
        sha256 = _sha256(record, vectors, halves)
        rows = connection.execute(_INSERT, _article_row(record, sha256)).fetchall()
        if not rows:
            continue
        written.append(record.article.id)
        (key,) = rows[0]
        stems = counts.add(record.article, len(record.passages), sha256)
        first, end = _passages_of(record)
        for number, of_sentence in enumerate(stems):
            sentences.append(
                (
                    key,
                    number,
                    int(first[number]),
                    int(end[number]),
                    len(of_sentence),
                    " ".join(of_sentence),
                    vectors[number],
                )
            )
        passages += [
            (key, number, p.first_sentence, p.end_sentence, half)
            for number, (p, half) in enumerate(zip(record.passages, halves, strict=True))
        ]
    _copy(connection, "sentences", "int8 int4 int4 int4 int4 text bytea", sentences)
    _copy(connection, "passages", "int8 int4 int4 int4 bytea", passages)
    return written


def _copy(connection: Connection, table: str, types: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows in binary form: vectors as they are, no text of each component."""
    sql = f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()
    with connection.cursor().copy(sql) as copy:
        copy.set_types(types.split())
        for row in rows:
            copy.write_row(row)


def _article_row(record: Record, sha256: bytes) -> tuple[Any, ...]:
    article = record.article
    return (
        article.id,
        _head_bytes(record.head),
        encode_text(article.text),
        encode_sentences(article.sentences),
        sha256,
        len(article.sentences),
        len(record.passages),
        *derived_keys(record.head),
    )


def derived_keys(head: Head) -> tuple[str, str, str, str]:
    """Return title, source, date and language as filters compare them."""
    title, source = key_text(comparable(head.title)), key_text(head.source)
    return title, source, key_text(head.date), key_text(head.language)


def _head_bytes(head: Head) -> bytes:
    """Return a head without its origins, which have rows of their own."""
    return replace(head, origins=()).to_json()


def _sha256(record: Record, vectors: Sequence[bytes], halves: Sequence[bytes]) -> bytes:
    """Return the SHA-256 of what a server stores of an article and never changes."""
    digest = hashlib.sha256(record.article.id.encode())
    components = b"".join(half[4:] for half in halves)
    for column in (*record.columns()[:3], b"".join(vectors), components):
        digest.update(len(column).to_bytes(8, "big") + column)
    return digest.digest()


def _passages_of(record: Record) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return for each sentence the first of the passages that have it, and the one after the last."""
    starts = np.array([p.first_sentence for p in record.passages])
    ends = np.array([p.end_sentence for p in record.passages])
    numbers = np.arange(len(record.article.sentences))
    first = np.searchsorted(ends, numbers, side="right")
    return first, np.maximum(np.searchsorted(starts, numbers, side="right"), first)


def read_articles(connection: Connection, keys: Sequence[int]) -> dict[int, Article]:
    """Return the articles of those keys that are still there."""
    rows = connection.cursor(binary=True).execute(_READ, [list(keys)]).fetchall()
    return {
        key: make_article(Head.from_json(head), decode_text(text), sentences)
        for key, head, text, sentences in rows
    }


def read_heads(connection: Connection, keys: Sequence[int] | None = None) -> dict[int, Head]:
    """Return the heads of the articles of some keys, or of all, in order."""
    where = "" if keys is None else "WHERE key = ANY(%s)"
    values = [] if keys is None else [list(keys)]
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(
        f"SELECT key, head FROM articles {where} ORDER BY key".encode(),
        values,
    ).fetchall()
    origins: dict[int, list[str]] = {}
    where = where.replace("key", "article")
    for key, origin in cursor.execute(
        f"SELECT article, origin FROM origins {where} ORDER BY 1, 2".encode(),
        values,
    ):
        origins.setdefault(key, []).append(decode_text(origin))
    return {
        key: replace(Head.from_json(head), origins=tuple(origins.get(key, ())))
        for key, head in rows
    }


def read_record(connection: Connection, key: int, dim: int) -> Record:
    """Return the record of an article.

    Raises:
        ValueError: it is not what was written, or was removed.
    """
    cursor = connection.cursor(binary=True)
    heads = read_heads(connection, [key])
    rows = cursor.execute(
        "SELECT text, sentences, sha256 FROM articles WHERE key = %s", [key]
    ).fetchall()
    if not heads or not rows:
        raise ValueError("it is gone")
    text, encoded, sha256 = rows[0]
    article = make_article(heads[key], decode_text(text), encoded)
    vectors = [
        vector
        for (vector,) in cursor.execute(
            "SELECT vector FROM sentences WHERE article = %s ORDER BY number", [key]
        ).fetchall()
    ]
    of_passages = cursor.execute(
        "SELECT first_sentence, end_sentence, halfvec_send(vector) FROM passages "
        "WHERE article = %s ORDER BY number",
        [key],
    ).fetchall()
    rows_of_passages = np.array([row[:2] for row in of_passages], dtype=PASSAGE_ROW)
    halves = [row[2] for row in of_passages]
    record = Record(
        article,
        make_passages(article, rows_of_passages),
        vector_codec.decode_sentences(b"".join(vectors), dim),
        vector_codec.decode_passages(halves),
        heads[key].origins,
    )
    if len(vectors) != len(article.sentences):
        raise ValueError(f"it must have {len(article.sentences)} sentences, got {len(vectors)}")
    if _sha256(record, vectors, halves) != sha256:
        raise ValueError("it has other bytes than were written")
    return record
