"""What is broken in a library, and what of it can be mended without encoding anything again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from index.errors import IndexFolderError
from index.library.database import SCHEMA_VERSION, DamagedEntryError, Database, is_altered
from index.library.layout import DATABASE, JOURNAL, locked, manifest_or_none
from index.library.library import Library, write_database
from index.library.record import Entry
from index.library.snapshot import MANIFEST, read_manifest
from index.library.stored_articles import generation_entries

_FACTS = (
    "format",
    "encoder",
    "encoder_fingerprint",
    "dim",
    "splitter",
    "passage_tokens",
    "overlap_sentences",
)


def verify(folder: str | Path) -> list[str]:
    """Return a line for everything in a library that is not as it was written; none is well.

    Raises:
        IndexFolderError: the folder is no library.
    """
    place = Path(folder)
    if not (place / MANIFEST).exists() and not (place / DATABASE).exists():
        read_manifest(place)
    with locked(place, may_be_read_only=True):
        said: dict[str, Any] | None = None
        problems = []
        try:
            said = read_manifest(place)
            if said["segments"]:
                _check_entries(generation_entries(place))
        except IndexFolderError as error:
            problems.append(_told(error, "`rebuild` makes it from library.db"))
        return problems + _database_problems(place, said)


def _check_entries(entries: Iterable[Entry]) -> None:
    for _ in entries:
        pass


def _told(error: IndexFolderError, mends: str) -> str:
    return f"{str(error).partition('; ')[0]}; {mends}"


def _database_problems(folder: Path, manifest: Mapping[str, Any] | None) -> list[str]:
    path = folder / DATABASE
    mends = "`rebuild` takes it from the search files, or leaves it out to be indexed again"
    if not path.exists():
        return [f"{DATABASE} is missing; {mends}"]
    described = manifest["database"] if manifest else {}
    if not (folder / JOURNAL).exists() and is_altered(path, described):
        return [f"{DATABASE} has other bytes than were written; {mends}"]
    try:
        database = Database(path)
    except IndexFolderError as error:
        return [_told(error, mends)]
    try:
        problems = [f"{DATABASE}: {what}; {mends}" for what in database.problems()]
        for key in database.article_keys():
            try:
                database.entry(key)
            except DamagedEntryError as error:
                problems.append(f"{DATABASE}: {error}; {mends}")
        state = database.facts().get("state")
        if manifest and not problems and manifest["state"] != state:
            problems.append("the search files are older than library.db; `rebuild` makes them anew")
    except IndexFolderError as error:
        problems = [_told(error, mends)]
    finally:
        database.close()
    return problems


def rebuild(folder: str | Path) -> list[str]:
    """Mend a library from what is whole in it, encoding nothing again.

    The search files are made from the database. What is damaged in the database is taken from the
    search files where they are whole.

    Returns:
        A line for each article that is lost, and one where articles may be lost without a name.

    Raises:
        IndexFolderError: nothing is whole, or it cannot be written.
    """
    place = Path(folder)
    if not (place / MANIFEST).exists() and not (place / DATABASE).exists():
        read_manifest(place)
    with locked(place):
        problems = _database_problems(place, manifest_or_none(place))
        whole = not [p for p in problems if DATABASE in p and "older" not in p]
        lost = [] if whole else _mend_database(place)
    with Library(place) as library:
        library.publish(again=True)
    return lost


def _mend_database(folder: Path) -> list[str]:
    """Write a new database of all articles that are whole in the old one or the search files."""
    read, names, facts = _whole_in_database(folder)
    manifest = manifest_or_none(folder)
    try:
        kept = list(generation_entries(folder)) if manifest and manifest["segments"] else []
    except IndexFolderError:
        kept = []
    whole = {entry.article.id: entry for entry in kept}
    in_step = bool(kept and manifest and facts and manifest["state"] == facts.get("state"))
    if not in_step:
        whole = _with_read(whole, read, names)
    facts = manifest or facts  # a manifest that can be read is as it was written
    if not whole or not facts or not set(_FACTS) <= set(facts):
        raise IndexFolderError(
            f"index {folder} cannot be mended: neither {DATABASE} nor the search files are whole; "
            "index the articles again into another folder"
        )
    missing = [] if in_step else sorted((names or set()) - set(whole))
    lost = [f"article {name} is lost; index its source again" for name in missing]
    if names is None:
        lost.append("what was added after the search files were made is lost; index it again")
    kept_facts = {"version": SCHEMA_VERSION, **{name: facts[name] for name in _FACTS}}
    write_database(folder, kept_facts, list(whole.values()))
    return lost


def _with_read(
    kept: Mapping[str, Entry], read: Mapping[str, Entry], names: set[str] | None
) -> dict[str, Entry]:
    """Return what older search files kept, with what a database still tells.

    Where all that the database names could be read, what it no longer names was taken out of it.
    """
    if names is not None and names == set(read):
        kept = {name: entry for name, entry in kept.items() if name in names}
    return {**kept, **read}


def _whole_in_database(
    folder: Path,
) -> tuple[dict[str, Entry], set[str] | None, Mapping[str, Any] | None]:
    """Return the whole articles of a database, the ids of all, and its facts, as far as it is read."""
    whole: dict[str, Entry] = {}
    if not (folder / DATABASE).exists():
        return whole, None, None
    try:
        database = Database(folder / DATABASE)
    except IndexFolderError:
        return whole, None, None
    try:
        facts = database.facts() or None
        names = database.ids()
        for key in database.article_keys():
            with suppress(DamagedEntryError):
                entry = database.entry(key)
                whole[entry.article.id] = entry
    except IndexFolderError:
        return whole, None, None
    finally:
        database.close()
    return whole, names, facts
