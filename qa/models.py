"""The encoder and the reader that settings name."""

from __future__ import annotations

from pathlib import Path

from index import Encoder, SentenceTransformerEncoder
from qa.readers.search_reader import SentenceReader
from qa.readers.trained_reader import SIZES, TrainedReader
from qa.readers.transformers_reader import HubReader
from qa.settings import NO_READER
from qa.types import Reader


def open_encoder(encoder: Encoder | str | None) -> Encoder | None:
    """Return an encoder by name; None stays None, since a saved index names its own."""
    return SentenceTransformerEncoder(encoder) if isinstance(encoder, str) else encoder


def open_reader(reader: Reader | str | None = None) -> Reader:
    """Return a reader by name.

    Args:
        reader: None for the packaged one, "small" or "large" for one that reads with its small
            model alone or, as by default, with both, "none" for search alone, else a folder that
            training/export.py wrote, or the folder or hub name of another extractive model. A
            reader comes back as it is.
    """
    if reader is None:
        return TrainedReader()
    if not isinstance(reader, str):
        return reader
    if reader == NO_READER:
        return SentenceReader()
    for size in SIZES:
        if reader == size:
            return TrainedReader(size=size)
    is_trained = (Path(reader) / "reader.json").is_file()
    return TrainedReader(Path(reader)) if is_trained else HubReader(reader)
