"""A library: a folder of articles that its one writer changes, and that is searched meanwhile.

    folder/library.db       the truth: which articles, where from, and where their records lie
    folder/records-…        their records: text, sentences, passages and vectors
    folder/manifest.json    what the library is searched with, and
    folder/g-…/             its files, made from the truth
    folder/lock             held by the one writer

Database and records are written in transactions; searches read the snapshot only. Whenever a writer
dies, the snapshot is complete, and the next writer makes a new one of all that was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Self

from index.encoders.embed import Progress
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.errors import IndexFolderError
from index.library.facts import Facts, check_encoder, encoder_name, named_encoder
from index.library.layout import MANIFEST, absolute_path, refuse_foreign, writer_lock
from index.library.manifest import manifest_or_none
from index.library.merge_policy import N_TOGETHER, plan_segments
from index.library.record import Head, Record
from index.library.record_store import RecordStore, write_store
from index.library.snapshot import is_published, live_segments, write_snapshot
from index.library.updates import Changes, SourceUpdate, encode_records, updates_of
from index.search.vectors import N_EXACT
from index.text.codec import decode_text
from index.types import Article, Encoder


class Library:
    """A folder's library, opened for writing by its one writer; use it in a ``with`` block.

    A method's changes are stored once it returns. They can be searched once the block ends, also
    where Ctrl-C or an error ends it.
    """

    def __init__(
        self,
        folder: str | Path,
        encoder: Encoder | None = None,
        *,
        wait: bool = True,
        waiting: Callable[[], None] = lambda: None,
        n_exact: int = N_EXACT,
        n_together: int = N_TOGETHER,
        facts: Facts | None = None,
    ) -> None:
        """Name the folder; it is made, or its lock is taken, when the block begins.

        Args:
            folder: a library's, or a new or empty one.
            encoder: None takes the one that the library was made with, or else the default.
            wait: whether to wait for another writer to finish.
            waiting: called once where there is another writer.
            n_exact: from so many passages on, search looks only at those that may be near.
            n_together: search files of up to so many sentences are rewritten at each change.
            facts: those of a new library, as of one that is copied; None is today's.
        """
        self.folder = Path(folder)
        self._encoder = encoder
        self._wait, self._waiting = wait, waiting
        self._n_exact, self._n_together = n_exact, n_together
        self._new_facts = facts

    def __enter__(self) -> Self:
        """Take the lock and open the store.

        Raises:
            IndexFolderError: the folder is no library, cannot be written, was made with another
                encoder, or another process writes it and ``wait`` is false.
        """
        refuse_foreign(self.folder)
        with ExitStack() as stack:
            stack.enter_context(writer_lock(self.folder, wait=self._wait, waiting=self._waiting))
            may_be_new = not (self.folder / MANIFEST).exists()
            self._store = stack.enter_context(
                closing(RecordStore(self.folder, may_be_new=may_be_new))
            )
            self._start()
            self._closing = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Publish what was written, and release the lock.

        Raises:
            IndexFolderError: the files could not be written; those that were there are unchanged.
        """
        with self._closing:
            self.publish()

    def _start(self) -> None:
        store = self._store
        if store.is_new:
            self._encoder = self._encoder or SentenceTransformerEncoder()
            with store.transaction():
                store.set_facts(self._new_facts or Facts.of(self._encoder))
        store.upgrade()
        store.clean()
        if self._encoder:
            check_encoder(self.folder, store.facts, self._encoder)
            if (name := encoder_name(self._encoder)) != store.facts.encoder:  # it has moved
                with store.transaction():
                    store.rename_encoder(name)

    @property
    def encoder(self) -> Encoder:
        """What encodes: the one given, or else, once it is needed, the one the library names.

        Raises:
            IndexFolderError: the one that has the name today is another.
        """
        if not self._encoder:
            self._encoder = named_encoder(self.folder, self._store.facts)
        return self._encoder

    def __len__(self) -> int:
        return len(self._store.articles)

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which they came."""
        return self._store.articles.heads()

    def has_file(self, origin: str, sha256: bytes) -> bool:
        """Return whether all articles of a file with this SHA-256 are in the library."""
        return self._store.articles.file_sha256(origin) == sha256

    def origins_below(self, folder: str) -> list[str]:
        """Return the origins of articles below a folder, whose name ends in "/"."""
        return self._store.articles.origins_below(folder)

    def add(self, articles: Sequence[Article], *, progress: Progress | None = None) -> Changes:
        """Add articles; of those with a source, they replace what came from the same source.

        An article that is there already stays as it is, and is not encoded again.

        Raises:
            IndexFolderError: they cannot be written; the library is as it was.
        """
        return self.put(updates_of(articles), progress)

    def put(self, updates: Sequence[SourceUpdate], progress: Progress | None = None) -> Changes:
        """Write what was read from some sources in one transaction.

        Raises:
            IndexFolderError: it cannot be written; the library is as it was.
        """
        table = self._store.articles
        given = {article.id: article for update in updates for article in update.articles}
        known = table.known_ids(given)
        new = [article for article in given.values() if article.id not in known]
        records = encode_records(new, self.encoder, progress) if new else []
        n_removed = 0
        with self._store.transaction():
            for record in records:
                self._store.insert(record)
            for update in updates:
                for article in update.articles:
                    table.link(update.origin, article.id)
                    table.note(article)
                if update.is_complete:
                    ids = update.all_ids | {article.id for article in update.articles}
                    n_removed += table.unlink(update.origin, table.origin_ids(update.origin) - ids)
                    table.set_file_sha256(update.origin, update.file_sha256)
        return Changes(len(new), len(given) - len(new), n_removed)

    @property
    def facts(self) -> Facts:
        """What made all sentences, passages and vectors."""
        return self._store.facts

    def ids(self) -> list[str]:
        """Return the ids of all articles, in the order in which they came."""
        return [head.id for head in self.heads()]

    def known_ids(self, article_ids: Iterable[str]) -> set[str]:
        """Return those of some ids that articles have."""
        return self._store.articles.known_ids(article_ids)

    def records(self, article_ids: Iterable[str]) -> list[Record]:
        """Return the records of articles; raise IndexFolderError where one is damaged."""
        keys = {key for i in article_ids if (key := self._store.articles.key(i)) is not None}
        return list(self._store.records(a for a in self._store.articles.stored() if a.key in keys))

    def put_records(self, records: Sequence[Record]) -> int:
        """Write records with their vectors and origins; return how many were not there."""
        table = self._store.articles
        known = table.known_ids(record.article.id for record in records)
        with self._store.transaction():
            for record in records:
                if record.article.id not in known:
                    self._store.insert(record)
                for origin in record.origins:
                    table.link(origin, record.article.id)
        return len(records) - len(known)

    def files(self) -> list[tuple[str, bytes]]:
        """Return the origin and the SHA-256 of each file all of whose articles are there."""
        return [(decode_text(o), sha256) for o, sha256 in self._store.articles.file_rows()]

    def set_file_sha256(self, origin: str, sha256: bytes | None) -> None:
        """Write the SHA-256 of a file all of whose articles are stored; None is unknown."""
        if self._store.articles.file_sha256(origin) != sha256:
            with self._store.transaction():
                self._store.articles.set_file_sha256(origin, sha256)

    def claim(self, origin: str) -> bool:  # noqa: ARG002 - as of a library that many write at once
        """Return True: a folder has one writer, so that every source is free."""
        return True

    def release(self, origin: str) -> None:
        """Do nothing: a folder has one writer."""

    def remove(self, names: Sequence[str]) -> list[Head]:
        """Remove the articles of these ids, titles, sources or folders of sources; return them.

        Raises:
            IndexFolderError: there is none of a name; nothing is removed.
        """
        heads = self.heads()
        removed: dict[str, Head] = {}
        for name in names:
            named = [head for head in heads if head.has_name(name, absolute_path(name))]
            if not named:
                raise IndexFolderError(
                    self.folder, f"has no article {name!r}", "`article-qa list` shows them"
                )
            removed |= {head.id: head for head in named}
        with self._store.transaction():
            for article_id in removed:
                self._store.articles.remove(article_id)
        return list(removed.values())

    def publish(self, *, again: bool = False) -> None:
        """Make all stored articles searchable; ``again`` writes the files even if they are up to date.

        Raises:
            IndexFolderError: an article is damaged, or the files cannot be written.
        """
        if not again and is_published(self.folder, self._store.state):
            return
        if not again and self._store.is_mostly_removed:
            with suppress(IndexFolderError):  # no room, which the next time may have
                self._store.compact()
        segments = [] if again else live_segments(self.folder, self._store.facts)
        planned = plan_segments(segments, self._store.articles.stored(), self._n_together)
        write_snapshot(
            self.folder,
            [each.manifest or self._store.records(each.articles) for each in planned],
            state=self._store.state,
            facts=self._store.facts,
            languages=self._store.articles.languages(),
            digest=lambda: self._store.database_sha256,
            n_exact=self._n_exact,
        )

    def compact(self) -> tuple[int, int]:
        """Free the space of removed articles; return the bytes before and after.

        Raises:
            IndexFolderError: there is no room for a copy, or an article is damaged; the library is
                as it was.
        """
        before = _n_bytes(self.folder)
        self._store.compact()
        self.publish(again=True)
        return before, _n_bytes(self.folder)

    @staticmethod
    def replace(folder: str | Path, encoder: Encoder, records: Iterable[Record]) -> None:
        """Make records the library of a folder, whole or not at all.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        folder = Path(folder)
        refuse_foreign(folder)
        with writer_lock(folder):
            manifest = manifest_or_none(folder)
            state = manifest.state + 1 if manifest else 1
            packed = (record.pack() for record in records)
            write_store(folder, Facts.of(encoder), packed, state=state)
        with Library(folder, encoder) as library:
            library.publish()


def _n_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
