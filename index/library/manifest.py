"""The manifest of a library: which segments are searched, and the sizes and hashes of all files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.errors import IndexFolderError
from index.library.facts import Facts
from index.library.layout import DATABASE, MANIFEST
from index.storage.block_file import damaged

FORMAT = "article-qa library"
VERSION = 4


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size of a file, and the SHA-256 of the digests of its blocks."""

    n_bytes: int
    sha256_of_blocks: str

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Return what was written; raise ValueError where it is none."""
        digest = cls(_take(data, "n_bytes", int), _take(data, "sha256_of_blocks", str))
        if digest.n_bytes < 0:
            raise ValueError("has a file of less than no bytes")
        return digest


@dataclass(frozen=True, slots=True)
class SegmentManifest:
    """A segment: its folder, counts and files, and the numbers of its removed articles, sorted."""

    folder: str
    n_articles: int
    n_sentences: int
    n_passages: int
    removed: tuple[int, ...]
    files: Mapping[str, FileDigest]

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Return what was written; raise ValueError where it cannot be a segment."""
        segment = cls(
            _take(data, "folder", str),
            _take(data, "n_articles", int),
            _take(data, "n_sentences", int),
            _take(data, "n_passages", int),
            tuple(_take(data, "removed", list)),
            {n: FileDigest.from_json(f) for n, f in _take(data, "files", dict).items()},
        )
        removed = segment.removed
        fits = (
            all(Path(name).name == name != "" for name in (segment.folder, *segment.files))
            and min(segment.n_articles, segment.n_sentences, segment.n_passages) > 0
            and all(type(number) is int for number in removed)
            and list(removed) == sorted(set(removed))
            and all(0 <= number < segment.n_articles for number in removed)
            and len(removed) < segment.n_articles
        )
        if not fits:
            raise ValueError("has a segment that cannot be")
        return segment


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is searched; ``state`` counts the transactions of the database that it was made from."""

    state: int
    facts: Facts
    languages: tuple[str, ...]
    database_sha256: str
    segments: tuple[SegmentManifest, ...]

    @property
    def n_articles(self) -> int:
        """The number of articles that are searched."""
        return sum(segment.n_articles - len(segment.removed) for segment in self.segments)

    def to_json(self) -> bytes:
        """Return the manifest as JSON that ends with the SHA-256 of the rest."""
        return sealed(
            {
                "format": FORMAT,
                "version": VERSION,
                "state": self.state,
                **asdict(self.facts),
                "n_articles": self.n_articles,
                "languages": self.languages,
                "database_sha256": self.database_sha256,
                "segments": [asdict(segment) for segment in self.segments],
            }
        )

    @classmethod
    def from_json(cls, folder: Path, data: bytes) -> Self:
        """Return the manifest that ``to_json`` made.

        Raises:
            IndexFolderError: it made none such, or one of another version.
        """
        try:
            values = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise damaged(folder, f"{MANIFEST} is no JSON") from error
        is_ours = isinstance(values, dict) and str(values.get("format")).startswith("article-qa ")
        if not is_ours:
            raise IndexFolderError(
                folder, f"is not an index: its {MANIFEST} is of another program", noun=""
            )
        if values.get("version") != VERSION:
            raise IndexFolderError(
                folder,
                f"must have format version {VERSION}, got {values.get('version')!r}",
                f"run `article-qa rebuild {folder}`",
            )
        values.pop("sha256", None)
        try:
            if sealed(values) != data:
                raise ValueError("has other bytes than were written")  # noqa: TRY301
            return cls(
                _take(values, "state", int),
                Facts.from_fields(values),
                tuple(map(str, _take(values, "languages", list))),
                _take(values, "database_sha256", str),
                tuple(map(SegmentManifest.from_json, _take(values, "segments", list))),
            )
        except ValueError as error:
            raise damaged(folder, f"{MANIFEST} {error}") from error


def sealed(values: Mapping[str, Any]) -> bytes:
    """Return values as indented JSON that ends with the SHA-256 of the rest."""
    digest = hashlib.sha256(json.dumps(values).encode()).hexdigest()
    return json.dumps({**values, "sha256": digest}, indent=2).encode() + b"\n"


def _take(data: Any, name: str, kind: type) -> Any:
    value = data.get(name) if isinstance(data, dict) else None
    if type(value) is not kind:
        raise ValueError(f"has no {name}")
    return value


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder.

    Raises:
        IndexFolderError: there is none, or it is not as it was written.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if (folder / DATABASE).is_file():
            raise IndexFolderError(
                folder, f"has no {MANIFEST}", f"run `article-qa rebuild {folder}`"
            ) from error
        raise IndexFolderError(
            folder,
            f"is not an index: it has no {MANIFEST}",
            "make one with `article-qa index PATH --into FOLDER`",
            noun="",
        ) from error
    except OSError as error:
        raise IndexFolderError(folder, f"cannot be read: {error.strerror or error}") from error
    return Manifest.from_json(folder, data)


def manifest_or_none(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, or None where there is none that can be used."""
    try:
        return read_manifest(folder)
    except IndexFolderError:
        return None
