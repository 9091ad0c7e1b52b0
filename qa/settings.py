"""The settings of an engine: one value, checked in one place, for programs, command line and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:  # to read settings loads no library
    from index import Encoder
    from qa.types import Reader, Rewriter

Search = Literal["fused", "dense", "lexical"]
MAX_CITATIONS = 3
TOP_K = 5
NO_READER = "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """How articles are searched, read and answered from.

    Attributes:
        threshold: the least chance (0 to 1) of an answer in the articles at which a question is
            answered; the limit of "not found" scales with it. None takes the reader's own.
        search: "fused", or only "dense" or "lexical".
        max_citations: the most sentences cited for a question, or for each part of it.
        reader: finds the answer in passages. A name is that of ``open_reader``; None takes the
            packaged trained reader.
        encoder: makes the vectors. A name is that of another sentence-transformers model, or its
            folder; None takes the packaged all-MiniLM-L6-v2, or the one that made a saved index.
        writer: rewords answers, checked against their quotes; None, as a rule, leaves the
            article's own words.

    Raises:
        ValueError: a number is out of its range, or there is no such search.
    """

    threshold: float | None = None
    search: Search = "fused"
    max_citations: int = MAX_CITATIONS
    reader: Reader | str | None = None
    encoder: Encoder | str | None = None
    writer: Rewriter | None = None

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must be from 0 to 1, got {self.threshold}")
        if self.search not in get_args(Search):
            listed = ", ".join(get_args(Search))
            raise ValueError(f"search must be one of {listed}, got {self.search!r}")
        if self.max_citations < 1:
            raise ValueError(f"max_citations must be at least 1, got {self.max_citations}")


DEFAULTS = Settings()
