"""What a library stores: the database and the file of records, changed in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from index.errors import IndexFolderError
from index.library.article_table import ArticleTable, StoredArticle
from index.library.database import Database, Value
from index.library.facts import Facts
from index.library.layout import DATABASE, JOURNAL, NEW_DATABASE, RECORDS
from index.library.manifest import FORMAT, first_problem
from index.library.problems import Problem, ProblemKind
from index.library.record import PackedRecord, Record
from index.library.record_file import DamagedRecordError, RecordFile, new_name
from index.storage.block_file import damaged, unwritable
from index.storage.durable import replace, sync_file

SCHEMA_VERSION = 4
READABLE_VERSIONS = (3, SCHEMA_VERSION)  # 3 has no notes of articles
# From this share of removed records on, a publishing library has its store compacted first.
_MOST_REMOVED = 1 / 2
_FEW_BYTES = 1_000_000


class RecordStore:
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
        if facts and not (
            facts.get("format") == FORMAT and facts.get("version") in READABLE_VERSIONS
        ):
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
    def database_sha256(self) -> str:
        """The SHA-256 of the database, outside a transaction."""
        with self._database.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors.

        Raises:
            IndexFolderError: the database does not say.
        """
        try:
            return Facts.from_fields(self._database.facts())
        except ValidationError as error:
            raise damaged(self.folder, f"{DATABASE} {first_problem(error)}") from error

    def set_facts(self, facts: Facts) -> None:
        """Write facts, inside a transaction."""
        self._database.set_facts(_fact_rows(facts, self._records))

    def upgrade(self) -> None:
        """Bring a database of an earlier version up to date."""
        if not self.articles.has_notes:
            with self.transaction():
                self.articles.add_notes_column()
                self._database.set_facts({"version": SCHEMA_VERSION})

    def rename_encoder(self, name: str) -> None:
        """Write another name of the same encoder, inside a transaction."""
        self._database.set_facts({"encoder": name})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes made inside, or roll them back.

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
        _insert(self.articles, self._records, record.pack())

    def record(self, key: int) -> Record:
        """Return the record of an article.

        Raises:
            DamagedRecordError: it is not what was written.
        """
        try:
            extent, identity = self.articles.extent(key)
            head = self.articles.head(key)
            data = self._records.read(extent)
            if head.identity(extent.sha256) != identity:
                raise DamagedRecordError(f"{DATABASE} does not match its checksum")
            return Record.from_bytes(head, data)
        except (IndexFolderError, ValueError, TypeError, IndexError, OverflowError) as error:
            raise DamagedRecordError(str(error).splitlines()[0]) from error

    def records(self, articles: Iterable[StoredArticle]) -> Iterator[Record]:
        """Yield the records of articles.

        Raises:
            IndexFolderError: one is not what was written.
        """
        for article in articles:
            try:
                yield self.record(article.key)
            except DamagedRecordError as error:
                problem = self._problem(article.key, error)
                raise IndexFolderError(
                    self.folder, f"is damaged: {problem.what}", problem.kind.value
                ) from error

    def _problem(self, key: int, error: DamagedRecordError) -> Problem:
        try:
            name = self.articles.head(key).id
        except (IndexFolderError, ValueError, TypeError):
            name = ""
        what = f"article {name or key} is damaged: {error}"
        return Problem(ProblemKind.ARTICLE_DAMAGED, what, name)

    def problems(self) -> Iterator[Problem]:
        """Yield the damage of the database and the records."""
        for what in self._database.problems():
            yield Problem(ProblemKind.DATABASE_DAMAGED, f"{DATABASE}: {what}")
        for article in self.articles.stored():
            try:
                self.record(article.key)
            except DamagedRecordError as error:
                yield self._problem(article.key, error)
        for extent in self.articles.removed_extents():
            try:
                self._records.read(extent)
            except DamagedRecordError as error:
                what = f"the record of a removed article is damaged: {error}"
                yield Problem(ProblemKind.REMOVED_ARTICLE_DAMAGED, what)

    def clean(self) -> None:
        """Remove the files that a killed writer left."""
        self._records.cut(self._records.end)
        for path in self.folder.glob(f"{RECORDS}*"):
            if path != self._records.path:
                with suppress(OSError):
                    path.unlink()

    @property
    def is_mostly_removed(self) -> bool:
        """Whether more than half of the file of records, and not little, is of removed articles."""
        n_removed = self.articles.n_bytes_removed()
        return n_removed > max(_FEW_BYTES, _MOST_REMOVED * self._records.end)

    def compact(self) -> None:
        """Rewrite database and records without what was removed.

        Raises:
            IndexFolderError: there is no room for a copy, or an article is damaged; all is as it was.
        """
        try:
            write_store(
                self.folder,
                self.facts,
                (record.pack() for record in self.records(self.articles.stored())),
                state=self.state + 1,
                files=self.articles.file_rows(),
                before_swap=self.close,
            )
        finally:
            self.close()
            self._open()
        self.clean()


def write_store(
    folder: Path,
    facts: Facts,
    records: Iterable[PackedRecord],
    *,
    state: int = 1,
    files: Sequence[tuple[bytes, bytes]] = (),
    before_swap: Callable[[], None] = lambda: None,
) -> None:
    """Replace all records of a folder, whose lock is held.

    Args:
        folder: the library's.
        facts: what made the records.
        records: in order.
        state: the number of transactions to count from, more than any snapshot is of.
        files: rows of another database's files.
        before_swap: called before the new database replaces the old one, to close that.

    Raises:
        IndexFolderError: they cannot be written; what was there before is unchanged.
    """
    path = folder / NEW_DATABASE
    new_records = RecordFile(folder / new_name(), 0)
    try:
        for left in (path, folder / f"{NEW_DATABASE}-journal"):
            left.unlink(missing_ok=True)
        with closing(Database(path, may_be_new=True)) as database, database.transaction():
            database.set_facts({**_fact_rows(facts, new_records), "state": state})
            table = ArticleTable(database)
            for record in records:
                _insert(table, new_records, record)
            table.write_file_rows(files)
            new_records.sync()
        before_swap()
        sync_file(path)
        # The journal of the database that is replaced must not be played back into the new one.
        (folder / JOURNAL).unlink(missing_ok=True)
        replace(path, folder / DATABASE)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        new_records.close()
        if path.exists():  # the new one did not replace the old
            for left in (new_records.path, path):
                with suppress(OSError):
                    left.unlink()


def _insert(table: ArticleTable, records: RecordFile, record: PackedRecord) -> None:
    table.insert(record.head, record.n_sentences, records.append(record.data))


def _fact_rows(facts: Facts, records: RecordFile) -> Mapping[str, Value]:
    return {
        **asdict(facts),
        "format": FORMAT,
        "version": SCHEMA_VERSION,
        "records": records.path.name,
    }
