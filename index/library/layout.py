"""A library's folder: what its files are called, its one writer's lock, and what is no library."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError
from index.library.snapshot import MANIFEST, read_manifest
from index.storage.block_file import damaged, unwritable
from index.storage.durable import file_lock

DATABASE = "library.db"
JOURNAL = f"{DATABASE}-journal"
NEW_DATABASE = "library.db.new"
LOCK = "lock"


def refuse_foreign(folder: Path) -> None:
    """Raise IndexFolderError where something else lives."""
    try:
        if folder.exists() and not folder.is_dir():
            raise IndexFolderError(f"{folder} must be a folder, got a file; choose another name")
        if folder.is_dir() and not all(_is_ours(entry.name) for entry in folder.iterdir()):
            raise IndexFolderError(
                f"{folder} must be an index or empty, got other files; choose another folder"
            )
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be read: {error.strerror or error}") from error
    if (folder / MANIFEST).exists() and not (folder / DATABASE).exists():
        read_manifest(folder)
        raise damaged(folder, f"{DATABASE} is missing")


def _is_ours(name: str) -> bool:
    known = (MANIFEST, DATABASE, JOURNAL, NEW_DATABASE, f"{NEW_DATABASE}-journal", LOCK)
    return name in known or name.startswith(("g-", "."))  # file managers hide files everywhere


def manifest_or_none(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, or None where there is none that can be used."""
    try:
        return read_manifest(folder)
    except IndexFolderError:
        return None


def whole_path(place: str | Path) -> str:
    """Return what a library calls a file or a folder: its path, the same from everywhere."""
    path = Path(place)
    if ".." in path.parts:
        with suppress(OSError, ValueError, RuntimeError):  # a loop of links, or a name with NUL
            return str(path.resolve())
    return str(path.absolute())


@contextmanager
def locked(
    folder: Path,
    *,
    wait: bool = True,
    waiting: Callable[[], None] = lambda: None,
    may_be_read_only: bool = False,
) -> Iterator[None]:
    """Hold the lock of a folder's one writer.

    Args:
        folder: made where it is missing.
        wait: whether to wait for another writer to finish.
        waiting: called once where there is another writer.
        may_be_read_only: whether to go on without the lock where this user cannot write.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(file_lock(folder / LOCK, wait=False))
            except BlockingIOError as error:
                if not wait:
                    raise IndexFolderError(
                        f"index {folder} must have one writer, got a second; try again later"
                    ) from error
                waiting()
                stack.enter_context(file_lock(folder / LOCK, wait=True))
        except OSError as error:
            if not (may_be_read_only and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)):
                raise unwritable(folder, error) from error
        yield
