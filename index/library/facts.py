"""The facts of a library that all its articles share: what splits and encodes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import PositiveInt, TypeAdapter
from pydantic.dataclasses import dataclass

from index.encoders.sentence_transformer import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import EncoderError, IndexFolderError
from index.library.layout import absolute_path
from index.passages import OVERLAP_SENTENCES, PASSAGE_TOKENS
from index.text.sentences import SPLITTER
from index.types import Encoder


@dataclass(frozen=True, slots=True)
class Facts:
    """What made the sentences, passages and vectors of a library."""

    encoder: str
    encoder_fingerprint: str
    dim: PositiveInt
    splitter: str
    passage_tokens: int
    overlap_sentences: int

    @classmethod
    def of(cls, encoder: Encoder) -> Self:
        """Return the facts of a library that is made today with an encoder."""
        return cls(
            encoder_name(encoder),
            encoder.fingerprint,
            encoder.dim,
            SPLITTER,
            PASSAGE_TOKENS,
            OVERLAP_SENTENCES,
        )

    @classmethod
    def from_fields(cls, values: Mapping[str, Any]) -> Self:
        """Return the facts among some values.

        Raises:
            ValidationError: one is missing or wrong.
        """
        return TypeAdapter(cls).validate_python(values)


def older_rules(where: str | Path, facts: Facts) -> str | None:
    """Return a line where a library's articles were split into sentences by other rules than today's."""
    if facts.splitter == SPLITTER:
        return None
    return (
        f"the articles in {where} were split into sentences by other rules than today's, and answer as "
        "before; `article-qa index` into a new library splits them anew"
    )


def encoder_name(encoder: Encoder) -> str:
    """Return the name by which an encoder is opened again: of a folder, its absolute path."""
    is_folder = encoder.name != DEFAULT_ENCODER and Path(encoder.name).is_dir()
    return absolute_path(encoder.name) if is_folder else encoder.name


def named_encoder(folder: str | Path, facts: Facts) -> Encoder:
    """Return the encoder that a library names.

    Raises:
        IndexFolderError: it is not there, or another has the name today.
    """
    encoder = SentenceTransformerEncoder(facts.encoder)
    try:
        check_encoder(folder, facts, encoder)
    except EncoderError as error:
        raise IndexFolderError(
            folder,
            f"was made with encoder {encoder.name!r}, which cannot be loaded",
            "say where it is now with --encoder",
        ) from error
    return encoder


def check_encoder(folder: str | Path, facts: Facts, encoder: Encoder) -> None:
    """Raise IndexFolderError where a library was made with another encoder."""
    if encoder.fingerprint != facts.encoder_fingerprint:
        raise IndexFolderError(
            folder,
            f"was made with encoder {facts.encoder!r} ({facts.encoder_fingerprint[:12]}), "
            f"got {encoder.name!r} ({encoder.fingerprint[:12]})",
            "name that encoder or index the articles again into another folder",
        )
