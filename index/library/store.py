"""The truth of a library: the database and the file of records, changed together or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from index.errors import IndexFolderError
from index.library.article_table import ArticleTable, Extent
from index.library.database import Database, Value
from index.library.facts import Facts
from index.library.layout import DATABASE, JOURNAL, NEW_DATABASE, RECORDS
from index.library.manifest import FORMAT, manifest_or_none
from index.library.problems import Problem, ProblemKind
from index.library.record import Record
from index.library.record_file import DamagedRecordError, RecordFile, new_name
from index.storage.block_file import damaged, unwritable
from index.storage.durable import replace, sync_file

SCHEMA_VERSION = 3


class Store:
    """An open database with its file of records; the lock of the folder is held."""

    def __init__(self, folder: Path, *, may_be_new: bool = False) -> None:
        """Open what a folder has; ``may_be_new`` makes a database where there is none.

        Raises:
            IndexFolderError: it is no database, is of another version, or cannot be written.
        """
        self.folder = folder
        self._open(may_be_new=may_be_new)

    def _open(self, *, may_be_new: bool = False) -> None:
        self._database = Database(self.folder / DATABASE, may_be_new=may_be_new)
        try:
            self.articles = ArticleTable(self._database)
            self._records = RecordFile(self._record_path(), self.articles.end_of_records())
        except BaseException:
            self._database.close()
            raise

    def _record_path(self) -> Path:
        facts = self._database.facts()
        if facts and (facts.get("format"), facts.get("version")) != (FORMAT, SCHEMA_VERSION):
            raise IndexFolderError(
                self.folder,
                f"must have a database of version {SCHEMA_VERSION}, got {facts.get('version')!r}",
                "index the articles again into another folder",
            )
        name = str(facts["records"]) if facts else new_name()
        if Path(name).name != name or not name.startswith(RECORDS):
            raise damaged(self.folder, f"{DATABASE} names no file of records")
        return self.folder / name

    def close(self) -> None:
        """Close the files."""
        self._records.close()
        self._database.close()

    @property
    def is_new(self) -> bool:
        """Whether nothing was written yet."""
        return not self._database.facts()

    @property
    def state(self) -> int:
        """The number of transactions so far."""
        return int(self._database.facts().get("state", 0))

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors.

        Raises:
            IndexFolderError: the database does not say.
        """
        try:
            return Facts.from_fields(self._database.facts())
        except ValueError as error:
            raise damaged(self.folder, f"{DATABASE} {error}") from error

    def set_facts(self, facts: Facts) -> None:
        """Write facts, inside a transaction."""
        self._database.set_facts(_fact_rows(facts, self._records))

    def rename_encoder(self, name: str) -> None:
        """Write another name of the same encoder, inside a transaction."""
        self._database.set_facts({"encoder": name})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that is changed inside, or nothing of it.

        Raises:
            IndexFolderError: it cannot be written.
        """
        try:
            with self._database.transaction():
                yield
                self._records.sync()
        except BaseException:
            with suppress(IndexFolderError):
                self._records.cut(self.articles.end_of_records())
            raise

    def insert(self, record: Record) -> None:
        """Add an article that is not there yet, inside a transaction."""
        self.articles.insert(
            record.head, len(record.article.sentences), _append(self._records, record.to_bytes())
        )

    def record(self, key: int) -> Record:
        """Return the record of an article.

        Raises:
            DamagedRecordError: it is not what was written.
        """
        try:
            extent, identity = self.articles.extent(key)
            head = self.articles.head(key)
            data = self._records.read(extent.start, extent.end, extent.sha256)
            if head.identity(extent.sha256) != identity:
                raise DamagedRecordError(f"{DATABASE} has other bytes than were written")
            return Record.from_bytes(head, data)
        except (IndexFolderError, ValueError, TypeError, IndexError, OverflowError) as error:
            raise DamagedRecordError(str(error).splitlines()[0]) from error

    def problem(self, key: int, error: DamagedRecordError) -> Problem:
        """Return what is wrong with an article whose record cannot be read."""
        try:
            name = self.articles.head(key).id
        except (IndexFolderError, ValueError, TypeError):
            name = ""
        what = f"article {name or key} is damaged: {error}"
        return Problem(ProblemKind.ARTICLE_DAMAGED, what, name)

    def problems(self) -> Iterator[Problem]:
        """Yield what in the database and the records is not as it was written."""
        for what in self._database.problems():
            yield Problem(ProblemKind.DATABASE_DAMAGED, f"{DATABASE}: {what}")
        for extent, key in self.articles.extents():
            try:
                if key is None:
                    self._records.read(extent.start, extent.end, extent.sha256)
                else:
                    self.record(key)
            except DamagedRecordError as error:
                if key is not None:
                    yield self.problem(key, error)
                else:
                    what = f"the record of a removed article is damaged: {error}"
                    yield Problem(ProblemKind.REMOVED_ARTICLE_DAMAGED, what)

    def clean(self) -> None:
        """Remove what a writer that was killed left."""
        self._records.cut(self._records.end)
        for path in self.folder.glob(f"{RECORDS}*"):
            if path != self._records.path:
                with suppress(OSError):
                    path.unlink()

    @property
    def n_bytes(self) -> int:
        """The bytes of all records, removed ones included."""
        return self._records.end

    @property
    def n_bytes_removed(self) -> int:
        """The bytes of the records of removed articles."""
        extents = self.articles.extents()
        return sum(extent.end - extent.start for extent, key in extents if key is None)

    def compact(self) -> None:
        """Write database and records anew, without what was removed.

        Raises:
            IndexFolderError: there is no room for a copy, or an article is damaged; all is as it was.
        """
        try:
            with _replacement(self.folder) as (path, records):
                self._database.copy_into(path)
                self._move(Database(path), records)
                self.close()
        finally:
            self.close()
            self._open()
        self.clean()

    def _move(self, copy: Database, records: RecordFile) -> None:
        """Copy the records of all articles, and write where they are into a copied database."""
        moved: dict[int, Extent] = {}
        try:
            with copy.transaction():
                for extent, key in self.articles.extents():
                    if key is not None:
                        moved[key] = _append(records, self._bytes(key, extent))
                ArticleTable(copy).move_records(moved)
                copy.set_facts({"records": records.path.name})
                records.sync()
        finally:
            copy.close()

    def _bytes(self, key: int, extent: Extent) -> bytes:
        try:
            return self._records.read(extent.start, extent.end, extent.sha256)
        except DamagedRecordError as error:
            problem = self.problem(key, error)
            raise IndexFolderError(self.folder, problem.what, problem.kind.value) from error


def write_store(folder: Path, facts: Facts, records: Iterable[Record]) -> None:
    """Put records in the place of all that a folder has; its lock is held.

    Raises:
        IndexFolderError: they cannot be written; what was there before is unchanged.
    """
    manifest = manifest_or_none(folder)
    with _replacement(folder) as (path, file):
        database = Database(path, may_be_new=True)
        try:
            with database.transaction():
                state = manifest.state + 1 if manifest else 1
                database.set_facts({**_fact_rows(facts, file), "state": state})
                table = ArticleTable(database)
                for record in records:
                    extent = _append(file, record.to_bytes())
                    table.insert(record.head, len(record.article.sentences), extent)
                file.sync()
        finally:
            database.close()


@contextmanager
def _replacement(folder: Path) -> Iterator[tuple[Path, RecordFile]]:
    """Give the paths of a new database and its records, which then replace the old database."""
    path = folder / NEW_DATABASE
    records = RecordFile(folder / new_name(), 0)
    try:
        for left in (path, folder / f"{NEW_DATABASE}-journal"):
            left.unlink(missing_ok=True)
        yield path, records
        sync_file(path)
        # The journal of the database that is replaced must not be played back into the new one.
        (folder / JOURNAL).unlink(missing_ok=True)
        replace(path, folder / DATABASE)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        records.close()
        if path.exists():  # it is not in place
            for left in (records.path, path):
                with suppress(OSError):
                    left.unlink()


def _append(records: RecordFile, data: bytes) -> Extent:
    start = records.append(data)
    return Extent(start, start + len(data), hashlib.sha256(data).digest())


def _fact_rows(facts: Facts, records: RecordFile) -> Mapping[str, Value]:
    return {
        **asdict(facts),
        "format": FORMAT,
        "version": SCHEMA_VERSION,
        "records": records.path.name,
    }
