"""A snapshot is what a library is searched with: segments made from its store, named by a manifest.

New articles are written as a new segment, synced, read back and checked. Then the manifest is
replaced in one step, and after that the files that it no longer names are removed. A reader sees
the old snapshot or the new one, never a mixture, and keeps the one that it opened.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import IndexFolderError
from index.library.facts import Facts
from index.library.layout import MANIFEST, SEGMENT
from index.library.manifest import Manifest, SegmentManifest, manifest_or_none, read_manifest
from index.library.record import Record
from index.library.segment import Segment
from index.library.segment_writer import write_segment
from index.storage.block_file import damaged
from index.storage.durable import sync_folder, temporary_files, write_atomic

# A library of up to so many bytes is checked whole when it is opened, a larger one as it is used.
CHECKED_AT_ONCE = 64_000_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An opened snapshot of a library."""

    folder: Path
    manifest: Manifest
    segments: Sequence[Segment] = field(repr=False)

    def check(self) -> None:
        """Raise IndexFolderError where a file is damaged."""
        for segment in self.segments:
            segment.check()


def write_snapshot(
    folder: Path,
    segments: Sequence[SegmentManifest | Iterable[Record]],
    *,
    state: int,
    facts: Facts,
    languages: tuple[str, ...],
    digest: Callable[[], str],
    n_exact: int,
) -> None:
    """Make segments the snapshot of a folder, whose lock is held.

    Args:
        folder: the library's.
        segments: in order, the manifest of one that stays, or records, at least one, of a new one.
        state: of the database that the records are of.
        facts: what made the records.
        languages: of all articles.
        digest: called once the records are read; returns the SHA-256 of the database.
        n_exact: from so many passages on, a segment has inverted lists.

    Raises:
        IndexFolderError: it cannot be written; the snapshot that was there is as it was, unless the
            message says otherwise.
    """
    new: list[Path] = []
    data = b""
    try:
        manifests = []
        for each in segments:
            if not isinstance(each, SegmentManifest):
                new.append(folder / f"{SEGMENT}{secrets.token_hex(8)}")
                each = write_segment(new[-1], each, facts.dim, n_exact)  # noqa: PLW2901
                Segment.open(folder, each, facts.dim).check()
            manifests.append(each)
        data = Manifest(state, facts, languages, digest(), tuple(manifests)).to_json()
        sync_folder(folder)  # the new segments have names before the manifest names them
        write_atomic(folder / MANIFEST, data)
    except OSError as error:
        remedy = "what was there before is unchanged"
        if _is_written(folder / MANIFEST, data):
            remedy = "the new search files are there, but may be lost if the power fails"
        raise IndexFolderError(
            folder, f"cannot be written: {error.strerror or error}", remedy
        ) from error
    finally:
        if not _is_written(folder / MANIFEST, data):
            for path in new:
                shutil.rmtree(path, ignore_errors=True)
    remove_leftovers(folder, {manifest.folder for manifest in manifests})


def _is_written(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def remove_leftovers(folder: Path, live: set[str]) -> None:
    """Remove what unfinished work has left in a folder, and every segment but the live ones."""
    for path in folder.glob(f"{SEGMENT}*"):
        if path.name not in live:
            shutil.rmtree(path, ignore_errors=True)
    for path in temporary_files(folder / MANIFEST):
        path.unlink(missing_ok=True)


def is_published(folder: Path, state: int) -> bool:
    """Return whether the snapshot of a folder is whole, and of a state of its database."""
    manifest = manifest_or_none(folder)
    return (
        manifest is not None
        and manifest.state == state
        and all((folder / segment.folder).is_dir() for segment in manifest.segments)
    )


def live_segments(folder: Path, facts: Facts) -> list[tuple[SegmentManifest, list[bytes]]]:
    """Return the segments that can be used again, and the identities of their articles."""
    manifest = manifest_or_none(folder)
    if not manifest or manifest.facts.encoder_fingerprint != facts.encoder_fingerprint:
        return []
    live = []
    for each in manifest.segments:
        with suppress(IndexFolderError, OSError):  # a damaged one is made again from the store
            live.append((each, Segment.open(folder, each, manifest.facts.dim).identities()))
    return live


def open_snapshot(folder: Path) -> Snapshot:
    """Return the snapshot that a folder's manifest names, mapped.

    Raises:
        IndexFolderError: the folder is no library, is empty, or is damaged.
    """
    manifest = read_manifest(folder)
    while True:
        if not manifest.segments:
            raise IndexFolderError(
                folder,
                "holds no article",
                f"add some with `article-qa index PATH --into {folder}`",
            )
        try:
            segments = [Segment.open(folder, s, manifest.facts.dim) for s in manifest.segments]
        except FileNotFoundError as error:
            # A writer has published a new snapshot since the manifest was read.
            before, manifest = manifest, read_manifest(folder)
            if manifest == before:
                raise damaged(folder, f"{Path(error.filename).name} is missing") from error
        except OSError as error:
            raise IndexFolderError(folder, f"cannot be read: {error.strerror or error}") from error
        else:
            snapshot = Snapshot(folder, manifest, segments)
            if sum(len(f) for s in segments for f in s.files.values()) <= CHECKED_AT_ONCE:
                snapshot.check()
            for segment in segments:
                segment.check_rows()
            return snapshot
