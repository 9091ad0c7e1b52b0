"""Files that are on the disk once a call returns, and locks that the system releases with a process.

Every file of this program that must outlive a power cut is written here.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Bytes = bytes | bytearray | memoryview

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY


def write_all(descriptor: int, data: Bytes) -> None:
    """Write all of some bytes to an open file, which may take several calls."""
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view) :]


def write_file(path: Path, data: Bytes) -> None:
    """Write a file and wait until the disk has it; a full disk is an error here, not later."""
    descriptor = os.open(path, _NEW, 0o666)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: Bytes) -> None:
    """Write a file whole or not at all: under another name, read back, then renamed.

    Two processes may do so at once; the file of the last one stays. A process that is killed may
    leave a file that ``temporary_files`` finds.

    Raises:
        OSError: it cannot be written; a file that was there is unchanged, unless only the wait for
            the renaming failed.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        write_file(new, data)
        _check_bytes(new, data)
        replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _check_bytes(path: Path, data: Bytes) -> None:
    if path.read_bytes() != data:
        raise OSError(errno.EIO, "the disk returned other bytes than were written", str(path))


def temporary_files(path: Path) -> Iterator[Path]:
    """Yield what killed calls of ``write_atomic`` left beside a file."""
    yield from path.parent.glob(f".{path.name}.*.new")


def replace(new: Path, path: Path) -> None:
    """Give a file that is on the disk the name of another, in one step, and wait for it."""
    os.replace(new, path)  # noqa: PTH105 - one seam for tests
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the disk has a file that another library wrote."""
    descriptor = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name == "nt":  # where a folder cannot be opened, and renaming waits by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def file_lock(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock of a file, which is made if it is missing and stays.

    Raises:
        BlockingIOError: another holds it and ``wait`` is false.
        OSError: the file cannot be opened for writing.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o666)
    try:
        lock.acquire(blocking=wait)
    except Timeout as error:
        raise BlockingIOError(errno.EAGAIN, "is locked by another process", str(path)) from error
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Return whether another holds the lock of a file; False where it cannot be asked."""
    if not path.exists():
        return False
    try:
        with file_lock(path, wait=False):
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False
