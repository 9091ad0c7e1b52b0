"""The folder of a library: the names of its files, the lock of its one writer, and files of others."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from index.errors import IndexFolderError
from index.storage.block_file import damaged, unwritable
from index.storage.durable import file_lock

DATABASE = "library.db"
JOURNAL = f"{DATABASE}-journal"
NEW_DATABASE = f"{DATABASE}.new"
RECORDS = "records-"  # and sixteen digits
MANIFEST = "manifest.json"
SEGMENT = "g-"  # and sixteen digits
LOCK = "lock"


def check_is_there(folder: Path) -> None:
    """Raise IndexFolderError where there is no folder."""
    if not folder.is_dir():
        raise IndexFolderError(
            folder,
            "must be a library's folder, got none",
            f"make one with `article-qa index PATH --into {folder}`",
        )


def refuse_foreign(folder: Path) -> None:
    """Raise IndexFolderError where a folder holds something else than a library."""
    try:
        if folder.exists() and not folder.is_dir():
            raise IndexFolderError(folder, "must be a folder, got a file", "choose another name")
        if folder.is_dir() and not all(_is_ours(path.name) for path in folder.iterdir()):
            raise IndexFolderError(
                folder,
                "must be a library or empty, got other files",
                "choose another folder",
            )
    except OSError as error:
        raise IndexFolderError(folder, f"cannot be read: {error.strerror or error}") from error
    if (folder / MANIFEST).exists() and not (folder / DATABASE).exists():
        raise damaged(folder, f"{DATABASE} is missing")


def _is_ours(name: str) -> bool:
    names = (MANIFEST, DATABASE, JOURNAL, NEW_DATABASE, f"{NEW_DATABASE}-journal", LOCK)
    # File managers hide files everywhere.
    return name in names or name.startswith((SEGMENT, RECORDS, "."))


def absolute_path(path: str | Path) -> str:
    """Return what a library calls a file or a folder: its path, the same from everywhere."""
    path = Path(path)
    if ".." in path.parts:
        with suppress(OSError, ValueError, RuntimeError):  # a loop of links, or a name with NUL
            return str(path.resolve())
    return str(path.absolute())


@contextmanager
def writer_lock(
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

    Raises:
        IndexFolderError: another writer has it and ``wait`` is false, or it cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(file_lock(folder / LOCK, wait=False))
            except BlockingIOError as error:
                if not wait:
                    raise IndexFolderError(
                        folder, "is being written by another process", "try again later"
                    ) from error
                waiting()
                stack.enter_context(file_lock(folder / LOCK, wait=True))
        except OSError as error:
            if not (may_be_read_only and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)):
                raise unwritable(folder, error) from error
        yield
