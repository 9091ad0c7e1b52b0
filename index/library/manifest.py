"""The manifest of a library: which segments are searched, and the sizes and hashes of all files.

A run that was stopped may have stored articles that no manifest names yet.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, NonNegativeInt, PositiveInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from index.errors import IndexFolderError
from index.library.facts import Facts
from index.library.layout import DATABASE, JOURNAL, LOCK, MANIFEST
from index.storage.block_file import damaged
from index.storage.durable import is_locked

FORMAT = "article-qa library"
VERSION = 5
READABLE_VERSIONS = (4, VERSION)  # 4 has no notes of articles


def _check_name(name: str) -> str:
    """Return a name of a file in the folder itself; raise ValueError where it leads elsewhere."""
    if Path(name).name != name or not name:
        raise ValueError("must be a name in the folder")
    return name


FileName = Annotated[str, AfterValidator(_check_name)]


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size of a file, and the SHA-256 of the digests of its blocks."""

    n_bytes: NonNegativeInt
    sha256_of_blocks: str


@dataclass(frozen=True, slots=True)
class SegmentManifest:
    """A segment: its folder, counts and files, and the numbers of its removed articles, sorted."""

    folder: FileName
    n_articles: PositiveInt
    n_sentences: PositiveInt
    n_passages: PositiveInt
    removed: tuple[NonNegativeInt, ...]
    files: Mapping[FileName, FileDigest]

    def __post_init__(self) -> None:
        """Raise ValueError where the removed articles are not some of its own."""
        if self.removed and (
            list(self.removed) != sorted(set(self.removed))
            or self.removed[-1] >= self.n_articles
            or len(self.removed) == self.n_articles
        ):
            raise ValueError("must have articles that were not removed")


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
            raise IndexFolderError(folder, f"is no library: its {MANIFEST} is of another program")
        if values.get("version") not in READABLE_VERSIONS:
            raise IndexFolderError(
                folder,
                f"must have format version {VERSION}, got {values.get('version')!r}",
                f"run `article-qa rebuild {folder}`",
            )
        values.pop("sha256", None)
        if sealed(values) != data:
            raise damaged(folder, f"{MANIFEST} does not match its checksum")
        try:
            facts = Facts.from_fields(values)
            return TypeAdapter(cls).validate_python({**values, "facts": facts})
        except ValidationError as error:
            raise damaged(folder, f"{MANIFEST} {first_problem(error)}") from error


def sealed(values: Mapping[str, Any]) -> bytes:
    """Return values as indented JSON whose last member is the SHA-256 of the rest."""
    digest = hashlib.sha256(json.dumps(values).encode()).hexdigest()
    return json.dumps({**values, "sha256": digest}, indent=2).encode() + b"\n"


def first_problem(error: ValidationError) -> str:
    """Return the first validation error of some values, to be written after their name."""
    first = error.errors()[0]
    return f"has a wrong {'.'.join(map(str, first['loc']))}: {first['msg']}"


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
            f"is no library: it has no {MANIFEST}",
            "make one with `article-qa index PATH --into FOLDER`",
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


def unpublished(folder: str | Path) -> str | None:
    """Return a line where stored articles are not published and nobody is writing; else None.

    Nothing is written. Damage of the database is not reported: ``verify`` does that.

    Raises:
        IndexFolderError: the folder is no library, or its manifest is damaged.
    """
    absolute = Path(folder).absolute()
    if is_locked(absolute / LOCK):
        return None
    try:
        state, holds = _state_of(absolute / DATABASE)
    except (OSError, sqlite3.Error, TypeError):
        return None
    manifest = read_manifest(absolute)
    if state == manifest.state:
        return None
    return (
        f"{folder} {holds} that a stopped run left, and searches the "
        f"{manifest.n_articles} of before; `article-qa rebuild {folder}` makes it search all"
    )


def _state_of(path: Path) -> tuple[int, str]:
    """Return the state of a database, and a description of its articles."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            (state,) = database.execute("SELECT value FROM facts WHERE name = 'state'").fetchone()
            (n_articles,) = database.execute("SELECT count(*) FROM articles").fetchone()
    except sqlite3.OperationalError:
        if path.with_name(JOURNAL).exists():  # a transaction that did not end must be undone first
            return -1, "may hold articles"
        raise
    return state, f"holds {n_articles} articles"
