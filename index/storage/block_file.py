"""Files that are on the disk once they are closed, and whose bytes are checked before use.

Blocks are hashed in memory as they are written, not from what the disk then holds, and each block
is checked before its first use. So a file of gigabytes is mapped and opened at once, and damage is
still noticed before it can do harm.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexFolderError
from index.storage.durable import Bytes, write_all

# A search reads bytes scattered over a large file, so blocks are small: a few vectors, checked in
# microseconds. The digests add 0.8 % to the size.
BLOCK = 4_096
_AT_ONCE = 256 * BLOCK
# Beyond so many mapped bytes all rows are released, which costs the next search some page faults.
# A fault maps the pages around it, too: at least ``_FAULT_AROUND`` bytes, and several times as many
# where the file is in memory in large pieces.
_MAPPED_AT_ONCE = 32_000_000
_FAULT_AROUND = 65_536
_DIGEST = hashlib.sha256().digest_size


class OutputFile:
    """A new file, written from its beginning to its end; ``digests`` are those of its blocks."""

    def __init__(self, path: Path) -> None:
        self.n_bytes = 0
        self.digests = bytearray()
        self._pending = bytearray()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._write_blocks(len(self._pending))
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def write(self, data: Bytes) -> None:
        """Append bytes; OSError where the disk fails."""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), _AT_ONCE):
            self._pending += view[start : start + _AT_ONCE]
            if len(self._pending) >= _AT_ONCE:
                self._write_blocks(len(self._pending) // BLOCK * BLOCK)

    def _write_blocks(self, n_bytes: int) -> None:
        ready = bytes(self._pending[:n_bytes])
        del self._pending[:n_bytes]
        self.digests += _digests(memoryview(ready))
        self.n_bytes += len(ready)
        write_all(self._descriptor, ready)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the digests of all blocks."""
        return hashlib.sha256(self.digests).hexdigest()


class CheckedFile:
    """A file mapped into memory, of which every block is checked before it is first used."""

    def __init__(self, path: Path, n_bytes: int, digests: bytes) -> None:
        """Map a file of a library's segment.

        Raises:
            IndexFolderError: it is not as long as it was written.
        """
        self._path = path
        self._digests = digests
        size = path.stat().st_size
        if size != n_bytes or len(digests) != self.n_blocks(n_bytes) * _DIGEST:
            raise self.damaged(f"must have {n_bytes} bytes, got {size}")
        self._map: mmap.mmap | None = None
        if n_bytes:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = np.frombuffer(self._map or b"", dtype=np.uint8)
        self._checked = np.zeros(len(digests) // _DIGEST, dtype=bool)
        self._n_mapped = 0

    def __len__(self) -> int:
        return len(self._bytes)

    @staticmethod
    def n_blocks(n_bytes: int) -> int:
        """Return how many blocks so many bytes are; the last may be shorter."""
        return -(-n_bytes // BLOCK)

    def damaged(self, what: str) -> IndexFolderError:
        """Return the error that says what is wrong with the file."""
        return damaged(self._path.parents[1], f"{self._path.name} {what}")

    def check(self, start: int = 0, end: int | None = None) -> None:
        """Raise IndexFolderError where a byte from ``start`` to ``end`` is not as it was written."""
        end = len(self) if end is None else end
        if not 0 <= start <= end <= len(self):
            raise self.damaged(f"must have bytes {start} to {end}, got {len(self)}")
        first, last = start // BLOCK, -(-end // BLOCK)
        if not self._checked[first:last].all():
            self._check_blocks(np.flatnonzero(~self._checked[first:last]) + first)

    def _check_blocks(self, numbers: NDArray[np.int64]) -> None:
        view = memoryview(self._map or b"")
        for number in numbers.tolist():
            digest = hashlib.sha256(view[number * BLOCK : (number + 1) * BLOCK]).digest()
            if digest != self._digests[number * _DIGEST : (number + 1) * _DIGEST]:
                raise self.damaged("does not match its checksum")
            self._checked[number] = True

    def rows(self, dtype: np.dtype[np.void] | str, dim: int, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return a copy of some checked rows of ``dim`` numbers each."""
        table = self.array(dtype).reshape(-1, dim)
        width = table.itemsize * dim
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(table):
            raise self.damaged(f"must have row {numbers.max()}, got {len(table)} rows")
        spanned = (width - 2) // BLOCK + 1  # how far from a row's first block its last may be
        first, last = numbers * width // BLOCK, ((numbers + 1) * width - 1) // BLOCK
        blocks = np.minimum(first[:, None] + np.arange(spanned + 1), last[:, None])
        unchecked = blocks[~self._checked[blocks]]
        if len(unchecked):
            self._check_blocks(np.unique(unchecked))
        copied: NDArray[Any] = table[numbers]
        n_faults = 1 + int(np.count_nonzero(np.diff(first // (_FAULT_AROUND // BLOCK))))
        self._n_mapped += n_faults * _FAULT_AROUND
        if self._n_mapped > _MAPPED_AT_ONCE:
            self.let_go()
        return copied

    def let_go(self) -> None:
        """Release the mapped memory; what is used again is mapped again."""
        self._n_mapped = 0
        if self._map and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def read(self, start: int, end: int) -> bytes:
        """Return checked bytes."""
        self.check(start, end)
        return self._bytes[start:end].tobytes()

    def array(self, dtype: np.dtype[np.void] | str) -> NDArray[Any]:
        """Return the file as an array, mapped and not yet checked."""
        kind = np.dtype(dtype)
        if len(self) % kind.itemsize:
            raise self.damaged(f"must be rows of {kind.itemsize} bytes")
        return self._bytes.view(kind)


def damaged(folder: Path, what: str) -> IndexFolderError:
    """Return the error for a library that cannot be used, with what to do."""
    return IndexFolderError(
        folder, f"is damaged: {what}", f"run `article-qa verify {folder}`, then `rebuild`"
    )


def unwritable(folder: Path, error: OSError) -> IndexFolderError:
    """Return the error for a library that was to be changed and is as it was."""
    return IndexFolderError(
        folder,
        f"cannot be written: {error.strerror or error}",
        "what was there before is unchanged",
    )


def _digests(data: memoryview) -> bytes:
    blocks = (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))
    return b"".join(hashlib.sha256(block).digest() for block in blocks)
