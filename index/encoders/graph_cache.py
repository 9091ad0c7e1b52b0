"""Models in the form that a runtime loads, kept on the disk: making one takes longer than loading it.

A file is its own SHA-256, 32 bytes, and the model. One that is damaged, or cannot be written, costs
time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from index.storage.durable import write_atomic

N_KEPT = 8  # older ones are of weights that are gone
_DIGEST = 32


def converted(key: str, make: Callable[[], bytes]) -> bytes:
    """Return what ``make`` makes, from the disk if it was made before.

    Args:
        key: a hash of all that the result depends on, fit for a file's name.
        make: makes the model; two processes may do so at once, and the last one's file stays.
    """
    path = cache_folder() / f"{key}.model"
    with suppress(OSError):
        data = path.read_bytes()
        if hashlib.sha256(data[_DIGEST:]).digest() == data[:_DIGEST]:
            return data[_DIGEST:]
    model = make()
    with suppress(OSError):
        _write(path, hashlib.sha256(model).digest() + model)
    return model


def cache_folder() -> Path:
    """Return where the models are kept: ``$XDG_CACHE_HOME/article-qa``, else in ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "article-qa"


def _write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, and remove the oldest beyond ``N_KEPT``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    by_age = sorted(path.parent.glob("*.model"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in by_age[N_KEPT:]:
        old.unlink(missing_ok=True)
