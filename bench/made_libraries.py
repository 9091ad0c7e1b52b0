"""Libraries of made sentences in a folder, written without encoding anything, and questions for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

import many_sentences as made  # noqa: E402
import numpy as np  # noqa: E402

from index import Encoder, Library  # noqa: E402
from index.library.facts import Facts  # noqa: E402
from index.library.layout import writer_lock  # noqa: E402
from index.library.record import Record  # noqa: E402
from index.library.record_store import write_store  # noqa: E402


class GivenVectors:
    """The packaged encoder, for questions whose vectors are given."""

    def __init__(self, questions: Sequence[str], vectors: np.ndarray) -> None:
        self._real = made.packaged_encoder()
        self._vectors = dict(zip(questions, vectors, strict=True))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def encode_questions(self, texts: Sequence[str]) -> np.ndarray:
        """Return the given vectors of questions."""
        return np.stack([self._vectors[text] for text in texts])


def seconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def write_library(folder: Path, records: Iterable[Record], encoder: Encoder) -> dict[str, float]:
    """Write records as a library; return how long its database and its search files took."""

    def write() -> None:
        with writer_lock(folder):
            write_store(folder, Facts.of(encoder), (record.pack() for record in records))

    def publish() -> None:
        with Library(folder, encoder) as library:
            library.publish(again=True)

    return {"database_s": seconds(write), "files_s": seconds(publish)}
