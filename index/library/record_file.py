"""The records of a library in one file: new ones are appended, and none is ever changed.

The database stores where each record lies, and only once the record is on the disk. What a killed
writer left after the last record is cut off by the next writer.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.library.layout import RECORDS
from index.storage.durable import sync_folder, write_all

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)


def new_name() -> str:
    """Return a name that no file of records has."""
    return f"{RECORDS}{secrets.token_hex(8)}"


class DamagedRecordError(Exception):
    """A record does not match its checksum; caught inside this package."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a record lies in the file of records, and its SHA-256."""

    start: int
    end: int
    sha256: bytes


class RecordFile:
    """An open file of records, of which the first ``end`` bytes are known to the database."""

    def __init__(self, path: Path, end: int) -> None:
        self.path = path
        self.end = end
        self._is_synced = True
        self._descriptor: int | None = None

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def append(self, data: bytes) -> Extent:
        """Append a record and return its position; OSError where the disk fails."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, _FLAGS, 0o666)
            sync_folder(self.path.parent)
        start = self.end
        os.lseek(self._descriptor, start, os.SEEK_SET)
        self._is_synced = False
        write_all(self._descriptor, data)
        self.end += len(data)
        return Extent(start, self.end, hashlib.sha256(data).digest())

    def sync(self) -> None:
        """Wait until the disk has all records."""
        if self._descriptor is not None and not self._is_synced:
            os.fsync(self._descriptor)
        self._is_synced = True

    def cut(self, end: int) -> None:
        """Cut the file at a byte: the database names no record behind it."""
        self.end = end
        with suppress(OSError):  # what cannot be cut off is written over
            if self.path.stat().st_size > end:
                os.truncate(self.path, end)

    def read(self, extent: Extent) -> bytes:
        """Return a record; raise DamagedRecordError where it is not what was written."""
        try:
            with self.path.open("rb") as file:
                file.seek(extent.start)
                data = file.read(extent.end - extent.start)
        except OSError as error:
            raise DamagedRecordError(
                f"{self.path.name} cannot be read: {error.strerror or error}"
            ) from error
        if hashlib.sha256(data).digest() != extent.sha256:
            raise DamagedRecordError(f"{self.path.name} does not match its checksum")
        return data
