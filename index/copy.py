"""A library is copied: from a folder to servers, back, or to others, without encoding anything."""

from __future__ import annotations

from collections.abc import Callable

from index.errors import IndexFolderError
from index.locations import Location, open_library
from index.types import Encoder

_N_TOGETHER = 64  # articles written in one transaction


def copy_library(
    source: Location,
    target: Location,
    *,
    encoder: Encoder | None = None,
    waiting: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[int, int]:
    """Add all articles of a library to another; return how many were copied and were there already.

    After a crash the same call goes on: what the target has is not copied again.

    Args:
        source: a folder or servers; it is not changed.
        target: others; made where there is none.
        encoder: must be the one that made it; None takes the one that it names.
        waiting: called once where another writer is at a folder.
        progress: called with (done, total) articles.

    Raises:
        IndexFolderError: one is no library, an article is damaged, the two were made with different
            encoders, or the target cannot be written.
    """
    with (
        open_library(source, encoder, waiting=waiting, must_exist=True) as old,
        open_library(target, old.encoder, waiting=waiting, facts=old.facts) as new,
    ):
        if old.facts != new.facts:
            raise IndexFolderError(
                str(target),
                "was made by another sentence splitter than what is copied",
                "index the articles there instead",
            )
        ids = old.ids()
        n_copied = 0
        progress(0, len(ids))
        for start in range(0, len(ids), _N_TOGETHER):
            own = ids[start : start + _N_TOGETHER]
            known = new.known_ids(own)
            n_copied += new.put_records(old.records([i for i in own if i not in known]))
            progress(start + len(own), len(ids))
        for origin, sha256 in old.files():
            new.set_file_sha256(origin, sha256)
    return n_copied, len(ids) - n_copied
