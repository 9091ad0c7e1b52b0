"""What a library is searched with: segments made from its database, and a manifest that names them.

    folder/manifest.json    what there is: version, encoder, counts, size and SHA-256 of each file
    folder/g-…/             the files of each segment that the manifest names

What is new is written as a new segment beside the others, waited for, read back and checked; then
its manifest is swapped in with one atomic rename, and only then what it no longer names is removed.
A reader sees the old generation or the new one, never a mixture, and keeps the one that it opened.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError
from index.library.record import Entry
from index.library.segment import Segment, fits_segment, write_segment
from index.search.vectors import N_EXACT
from index.storage.block_file import damaged
from index.storage.durable import sync_folder, write_atomic

FORMAT = "article-qa library"
VERSION = 3
MANIFEST = "manifest.json"
# A library of up to so many bytes is checked whole when it is opened, a larger one as it is used.
CHECKED_AT_ONCE = 64_000_000
_FACTS: dict[str, type] = {
    "state": int,
    "encoder": str,
    "encoder_fingerprint": str,
    "dim": int,
    "n_articles": int,
    "languages": list,
    "segments": list,
}


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation."""

    folder: Path
    manifest: Mapping[str, Any]
    segments: Sequence[Segment] = field(repr=False)

    def check(self) -> None:
        """Raise IndexFolderError where any byte of any file is not as it was written."""
        for segment in self.segments:
            segment.check()


def write_generation(
    folder: Path,
    parts: Sequence[Mapping[str, Any] | Iterable[Entry]],
    facts: Mapping[str, Any],
    database: Callable[[], Any],
    *,
    n_exact: int = N_EXACT,
) -> None:
    """Make parts the generation of a folder.

    Args:
        folder: the library's; its lock is held.
        parts: in order, what is said of a segment that stays, or articles, at least one, that
            become a new one.
        facts: what the manifest says besides: the encoder and the state of the database.
        database: called once the articles are read; what the manifest says about the database.
        n_exact: from so many passages on, a segment has inverted lists.

    Raises:
        IndexFolderError: it cannot be written; the generation that was there is as it was.
    """
    new: list[Path] = []
    swapped, data = False, b""
    try:
        segments = []
        for part in parts:
            if isinstance(part, Mapping):
                segments.append(dict(part))
                continue
            new.append(folder / f"g-{secrets.token_hex(8)}")
            said = write_segment(new[-1], part, facts["dim"], n_exact)
            Segment.open(folder, said, facts["dim"]).check()
            segments.append(said)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            **facts,
            "n_articles": sum(said["n_articles"] - len(said["removed"]) for said in segments),
            "database": database(),
            "segments": segments,
        }
        data = dump_manifest(manifest)
        sync_folder(folder)  # which names the new segments before the manifest does
        write_atomic(folder / MANIFEST, data)
        swapped = True
    except OSError as error:
        swapped = _is_written(folder / MANIFEST, data)
        state = "the new search files are there, but may be lost if the power fails"
        if not swapped:
            state = "what was there before is unchanged"
        raise IndexFolderError(
            f"index {folder} cannot be written: {error.strerror or error}; {state}"
        ) from error
    finally:
        if not swapped:
            for place in new:
                shutil.rmtree(place, ignore_errors=True)
    remove_leftovers(folder, {said["folder"] for said in segments})


def _is_written(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def remove_leftovers(folder: Path, kept: set[str]) -> None:
    """Remove what unfinished work has left in a folder, and every segment but those that are kept."""
    for path in folder.glob("g-*"):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def open_generation(folder: Path) -> Generation:
    """Return the generation that a folder's manifest names, mapped.

    Raises:
        IndexFolderError: the folder is no library, is empty, or is damaged.
    """
    manifest = read_manifest(folder)
    while True:
        if not manifest["segments"]:
            raise IndexFolderError(
                f"index {folder} holds no article; "
                f"add some with `article-qa index PATH --into {folder}`"
            )
        try:
            segments = [
                Segment.open(folder, said, manifest["dim"]) for said in manifest["segments"]
            ]
        except FileNotFoundError as error:
            # A writer has swapped a new generation in since the manifest was read.
            found, manifest = manifest, read_manifest(folder)
            if manifest == found:
                raise damaged(folder, f"{Path(error.filename).name} is missing") from error
        except OSError as error:
            raise IndexFolderError(
                f"index {folder} cannot be read: {error.strerror or error}"
            ) from error
        else:
            generation = Generation(folder, manifest, segments)
            if sum(len(f) for s in segments for f in s.files.values()) <= CHECKED_AT_ONCE:
                generation.check()
            for segment in segments:
                segment.check_rows()
            return generation


def dump_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as JSON that ends with the SHA-256 of the rest."""
    whole = {**manifest, "sha256": hashlib.sha256(json.dumps(manifest).encode()).hexdigest()}
    return json.dumps(whole, indent=2).encode() + b"\n"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder.

    Raises:
        IndexFolderError: there is none, or it is not as it was written.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
        manifest = json.loads(data)
    except (FileNotFoundError, NotADirectoryError) as error:
        if (folder / "library.db").is_file():
            raise IndexFolderError(
                f"index {folder} has no {MANIFEST}; run `article-qa rebuild {folder}`"
            ) from error
        raise IndexFolderError(
            f"{folder} is not an index: it has no {MANIFEST}; "
            "make one with `article-qa index PATH --into FOLDER`"
        ) from error
    except OSError as error:
        raise IndexFolderError(
            f"index {folder} cannot be read: {error.strerror or error}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(folder, f"{MANIFEST} is no JSON") from error
    return _checked_manifest(folder, manifest, data)


def _checked_manifest(folder: Path, manifest: Any, data: bytes) -> dict[str, Any]:
    if not isinstance(manifest, dict) or not str(manifest.get("format")).startswith("article-qa "):
        raise IndexFolderError(f"{folder} is not an index: its {MANIFEST} is of another program")
    if manifest.get("version") != VERSION:
        raise IndexFolderError(
            f"index {folder} must have format version {VERSION}, got {manifest.get('version')!r}; "
            f"run `article-qa rebuild {folder}`"
        )
    manifest.pop("sha256", None)
    if dump_manifest(manifest) != data:
        raise damaged(folder, f"{MANIFEST} has other bytes than were written")
    for key, kind in _FACTS.items():
        if type(manifest.get(key)) is not kind:
            raise damaged(folder, f"{MANIFEST} has no {key}")
    if not all(map(fits_segment, manifest["segments"])):
        raise damaged(folder, f"{MANIFEST} has a segment that cannot be")
    if manifest["dim"] < 1:
        raise damaged(folder, f"{MANIFEST} has a wrong dim")
    return manifest
