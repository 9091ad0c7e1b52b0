"""Weights in the form that a runtime maps, in files on the disk: making one takes longer than loading it.

Each file has its own folder and ends with its CRC-32 (4 bytes), which detects damage in half the
time of SHA-256. A file that is damaged, or cannot be written, costs time and nothing else.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.encoders.onnx_weights import WEIGHTS_FILE
from index.storage.durable import write_atomic

MAX_FILES = 8  # older ones are of weights that are gone
_CHECKSUM = 4


@contextmanager
def cached(key: str, make: Callable[[], bytearray]) -> Iterator[Path]:
    """Yield the cached file of a key; ``make`` writes it where there is none.

    Memory maps of the file stay valid afterwards.

    Args:
        key: a hash of all that the result depends on, fit for a file's name.
        make: makes the bytes; two processes may do so at once, and the last one's file stays.
    """
    path = cache_folder() / key / WEIGHTS_FILE
    if is_sound(path):
        yield path
        return
    data = make()
    data += _checksum(data)
    try:
        _write(path, data)
    except OSError:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, WEIGHTS_FILE)
            path.write_bytes(data)
            yield path
    else:
        yield path


def cache_folder() -> Path:
    """Return the folder of the cache: ``$XDG_CACHE_HOME/article-qa``, else in ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "article-qa"


def is_sound(path: Path) -> bool:
    """Return whether a file exists and ends with its checksum."""
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # it is missing, or empty
        return False
    return _checksum(data[:-_CHECKSUM]) == data[-_CHECKSUM:]


def _checksum(data: bytearray | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(_CHECKSUM, "little")


def _write(path: Path, data: bytearray) -> None:
    """Write a file, whole or not at all, and remove the oldest beyond ``MAX_FILES``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    folder = path.parent.parent
    by_age = sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in by_age[MAX_FILES:]:
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:  # of a version before
            old.unlink(missing_ok=True)
