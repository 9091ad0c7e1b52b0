"""Records become a segment: the files of one folder, each hashed in blocks as it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.library.manifest import FileDigest, SegmentManifest
from index.library.record import Record, join_columns
from index.library.segment import (
    ARTICLE_ROW,
    ARTICLES,
    DIGESTS,
    FILES,
    HEADS,
    PASSAGES,
    SENTENCES,
    TEXTS,
    VECTORS,
    WORDS,
)
from index.search.bm25 import WordCounter
from index.search.ivf import N_CODES, PER_CODE, write_lists
from index.search.vectors import check_unit
from index.search.vocabulary import WrittenWordCounter, encode_words
from index.storage.block_file import OutputFile
from index.storage.durable import Bytes, sync_folder, write_file


def write_segment(
    folder: Path, records: Iterable[Record], dim: int, n_exact: int
) -> SegmentManifest:
    """Write records, at least one, to the files of a new folder; return its manifest.

    Args:
        folder: made here.
        records: whose vectors have ``dim`` components.
        dim: the number of components of a vector.
        n_exact: from so many passages on, the segment has inverted lists.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir()
    word_counter, written_words = WordCounter(), WrittenWordCounter()
    ends = np.zeros(1, dtype=ARTICLE_ROW)
    n_articles = 0
    out: dict[str, OutputFile] = {}
    with ExitStack() as stack:
        for name in FILES:
            out[name] = stack.enter_context(OutputFile(folder / name))
        for record in records:
            written_words.add(record.article)
            for sentence in record.article.sentences:
                word_counter.add(sentence.text if sentence.citable else "")
            _write_record(out, record, ends)
            n_articles += 1
        out[WORDS].write(encode_words(written_words.words()))
    n_passages = int(ends["passage_end"][0])
    with ExitStack() as stack:

        def write(name: str, data: Bytes) -> None:
            if name not in out:
                out[name] = stack.enter_context(OutputFile(folder / name))
            out[name].write(data)

        for name, array in word_counter.to_arrays().items():
            write(name, array.data)
        if n_passages >= max(n_exact, N_CODES) and dim % PER_CODE == 0:
            _write_lists(folder, n_passages, dim, write)
    write_file(folder / DIGESTS, b"".join(bytes(file.digests) for file in out.values()))
    sync_folder(folder)
    return SegmentManifest(
        folder.name,
        n_articles,
        int(ends["sentence_end"][0]),
        n_passages,
        (),
        {name: FileDigest(file.n_bytes, file.sha256) for name, file in out.items()},
    )


def _write_lists(
    folder: Path, n_passages: int, dim: int, write: Callable[[str, Bytes], None]
) -> None:
    # These bytes come from the disk; they are checked, with all others, before publication.
    vectors = np.memmap(folder / VECTORS[1], "<f4", "r", shape=(n_passages, dim))
    write_lists(vectors, lambda name, data: write(f"passages-{name}", data))


def _write_record(out: Mapping[str, OutputFile], record: Record, ends: NDArray[Any]) -> None:
    """Write one record and advance ``ends``, where each file ends."""
    check_unit(record.sentence_vectors)
    check_unit(record.passage_vectors)
    head, columns = record.head.to_json(), record.columns()
    text, sentences, passages, *vectors = columns
    ends["head_end"] += len(head)
    ends["text_end"] += len(text)
    ends["sentence_end"] += len(record.article.sentences)
    ends["passage_end"] += len(record.passages)
    ends["identity"] = record.head.identity(sha256(join_columns(columns)).digest())
    out[HEADS].write(head)
    out[TEXTS].write(text)
    out[ARTICLES].write(ends.tobytes())
    out[SENTENCES].write(sentences)
    out[PASSAGES].write(passages)
    for name, of_vectors in zip(VECTORS, vectors, strict=True):
        out[name].write(of_vectors)
