"""A library: a folder of articles that grows, asked while it is written, and mended.

    folder/library.db       the truth: articles, sentences, passages and vectors
    folder/manifest.json    what the library is searched with, and
    folder/g-…/             its files, made from the truth
    folder/lock             held by the one writer

The database is written in transactions; what searches reads the generation only. Whatever moment
a writer dies at, the generation is a whole one, and the next writer makes one of what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from index.encoders.embed import Progress, encode_articles
from index.encoders.sentence_transformer import DEFAULT_ENCODER, SentenceTransformerEncoder
from index.errors import EncoderError, IndexFolderError
from index.library.database import SCHEMA_VERSION, DamagedEntryError, Database, describe
from index.library.layout import (
    DATABASE,
    JOURNAL,
    NEW_DATABASE,
    locked,
    manifest_or_none,
    refuse_foreign,
    whole_path,
)
from index.library.merge_policy import N_TOGETHER, Known, plan_parts
from index.library.record import Entry, Head
from index.library.segment import Segment
from index.library.snapshot import FORMAT, MANIFEST, write_generation
from index.passages import OVERLAP_SENTENCES, PASSAGE_TOKENS, split_passages
from index.search.vectors import N_EXACT
from index.storage.block_file import damaged, unwritable
from index.storage.durable import replace, sync_file
from index.text.sentences import SPLITTER
from index.types import Article, Encoder


@dataclass(frozen=True, slots=True)
class Put:
    """Articles read from one place.

    ``is_whole`` says that these are all: what was read there before and is not among
    ``whole_ids`` is taken out. ``file_sha256`` is of the file they were read from, if of one.
    """

    origin: str
    articles: Sequence[Article]
    is_whole: bool = True
    whole_ids: frozenset[str] = frozenset()
    file_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """How many articles were added, and taken out because their place now has others."""

    n_added: int = 0
    n_kept: int = 0
    n_removed: int = 0


class Library:
    """A folder's library, opened for writing by its one writer; use it in a ``with`` block.

    What a call of a method changed is kept once the call is over. At the end of the block it can
    be searched, too; if the block is left by Ctrl-C or an error, what is kept by then can.
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
    ) -> None:
        """Name the folder; it is made, or its lock is taken, when the block begins.

        Args:
            folder: a library's, or a new or empty one.
            encoder: None takes the one that the library was made with, or else the default.
            wait: whether to wait for another writer to finish.
            waiting: called once where there is another writer.
            n_exact: from so many passages on, search looks only at those that may be near.
            n_together: search files of up to so many sentences are written anew at each change.
        """
        self.folder = Path(folder)
        self._encoder = encoder
        self._wait, self._waiting = wait, waiting
        self._n_exact, self._n_together = n_exact, n_together

    def __enter__(self) -> Self:
        """Take the lock and open the database.

        Raises:
            IndexFolderError: the folder is no library, cannot be written, was made with another
                encoder, or another writer is at it and ``wait`` is false.
        """
        refuse_foreign(self.folder)
        self._lock = locked(self.folder, wait=self._wait, waiting=self._waiting)
        self._lock.__enter__()
        try:
            may_be_new = not (self.folder / MANIFEST).exists()
            self._database = Database(self.folder / DATABASE, may_be_new=may_be_new)
            try:
                self._start()
            except BaseException:
                self._database.close()
                raise
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Make what is kept searchable, and let go.

        Raises:
            IndexFolderError: the files could not be written; those that were there are unchanged.
        """
        try:
            self.publish()
        finally:
            self._database.close()
            self._lock.__exit__(None, None, None)

    def _start(self) -> None:
        facts = self._database.facts()
        if not facts:
            self._encoder = self._encoder or SentenceTransformerEncoder()
            with self._database.transaction():
                self._database.set_facts(facts_of(self._encoder))
            return
        if facts.get("format") != FORMAT or facts.get("version") != SCHEMA_VERSION:
            raise IndexFolderError(
                f"index {self.folder} must have a database of version {SCHEMA_VERSION}, "
                f"got {facts.get('version')!r}; index the articles again into another folder"
            )
        if self._encoder:
            check_encoder(self.folder, facts, self._encoder)
            if (name := _kept_name(self._encoder)) != facts.get("encoder"):  # it has moved
                with self._database.transaction():
                    self._database.set_facts({"encoder": name})

    @property
    def encoder(self) -> Encoder:
        """What encodes: the one given, or else, once it is needed, the one the library names.

        Raises:
            IndexFolderError: the one that has the name today is another.
        """
        if not self._encoder:
            self._encoder = named_encoder(self.folder, self._database.facts())
        return self._encoder

    def __len__(self) -> int:
        return len(self._database.article_keys())

    def heads(self) -> list[Head]:
        """Return the heads of all articles, in the order in which they came."""
        return self._database.heads()

    def has_file(self, origin: str, sha256: bytes) -> bool:
        """Return whether all articles of a file with this SHA-256 are in the library."""
        return self._database.file_sha256(origin) == sha256

    def origins_below(self, folder: str) -> list[str]:
        """Return the places that articles were read from below a folder, whose name ends in "/"."""
        return self._database.origins_below(folder)

    def add(self, articles: Sequence[Article], *, progress: Progress | None = None) -> Changes:
        """Add articles; of those with a source, they replace what came from the same source.

        An article that is there already is kept as it is, and not encoded again.

        Raises:
            IndexFolderError: they cannot be written; the library is as it was.
        """
        places: dict[str, list[Article]] = {}
        for article in articles:
            places.setdefault(article.source or article.id, []).append(article)
        return self.put([Put(origin, read) for origin, read in places.items()], progress)

    def put(self, puts: Sequence[Put], progress: Progress | None = None) -> Changes:
        """Add what was read from some places, all or none of it.

        Raises:
            IndexFolderError: it cannot be written; the library is as it was.
        """
        given = {a.id: a for p in puts for a in p.articles}
        known = self._database.known_ids(given)
        new = [article for article in given.values() if article.id not in known]
        entries = self._encode(new, progress)
        n_removed = 0
        with self._database.transaction():
            for entry in entries:
                self._database.insert(entry)
            for each in puts:
                for article in each.articles:
                    self._database.link(each.origin, article.id)
                if each.is_whole:
                    whole = each.whole_ids | {a.id for a in each.articles}
                    gone = self._database.origin_ids(each.origin) - whole
                    n_removed += len(self._database.unlink(each.origin, gone))
                    self._database.set_file_sha256(each.origin, each.file_sha256)
        return Changes(len(new), len(given) - len(new), n_removed)

    def _encode(self, articles: Sequence[Article], progress: Progress | None) -> list[Entry]:
        if not articles:
            return []
        split = [tuple(split_passages(a, self.encoder.count_tokens)) for a in articles]
        vectors = encode_articles(articles, split, self.encoder, progress)
        return [
            Entry(article, passages, *made)
            for article, passages, made in zip(articles, split, vectors, strict=True)
        ]

    def remove(self, names: Sequence[str]) -> list[Head]:
        """Take out the articles of these ids, titles, places or below these folders, and return them.

        Raises:
            IndexFolderError: there is none of a name; nothing is taken out.
        """
        heads = self.heads()
        gone: dict[str, Head] = {}
        for name in names:
            path = whole_path(name)
            found = [
                h
                for h in heads
                if name in (h.id, h.title, h.source, *h.origins)
                or any(o == path or o.startswith(f"{path}/") for o in h.origins)
            ]
            if not found:
                raise IndexFolderError(
                    f"index {self.folder} has no article {name!r}; `article-qa list` shows them"
                )
            gone |= {h.id: h for h in found}
        with self._database.transaction():
            self._database.remove(list(gone))
        return list(gone.values())

    def publish(self, *, again: bool = False) -> None:
        """Make what is kept searchable; ``again`` writes the files even if they seem up to date.

        Raises:
            IndexFolderError: an article is damaged, or the files cannot be written.
        """
        facts = self._database.facts()
        if not again and self._is_published(facts):
            return
        shown: dict[str, Any] = {k: v for k, v in facts.items() if k not in ("format", "version")}
        shown["languages"] = self._database.languages()
        segments = [] if again else self._segments(facts)
        parts = plan_parts(segments, self._database.known(), self._n_together)
        write_generation(
            self.folder,
            [part.said or self._entries(part.articles) for part in parts],
            shown,
            lambda: describe(self.folder / DATABASE),
            n_exact=self._n_exact,
        )

    def _is_published(self, facts: Mapping[str, Any]) -> bool:
        manifest = manifest_or_none(self.folder)
        if not manifest:
            return False
        is_there = all((self.folder / said["folder"]).is_dir() for said in manifest["segments"])
        return bool(manifest["state"] == facts.get("state")) and is_there

    def _segments(self, facts: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[bytes]]]:
        """Return the segments that can be used again, and the identities of their articles."""
        manifest = manifest_or_none(self.folder)
        if not manifest or manifest["encoder_fingerprint"] != facts.get("encoder_fingerprint"):
            return []
        found = []
        for said in manifest["segments"]:
            # One that is damaged is made anew from the database.
            with suppress(IndexFolderError, OSError):
                segment = Segment.open(self.folder, said, manifest["dim"])
                found.append((said, segment.identities()))
        return found

    def _entries(self, articles: Sequence[Known]) -> Iterator[Entry]:
        for article in articles:
            try:
                yield self._database.entry(article.key)
            except DamagedEntryError as error:
                raise damaged(self.folder, f"{DATABASE}: {error}") from error

    def compact(self) -> tuple[int, int]:
        """Give the room of what was taken out back to the disk; return the bytes before and after.

        Raises:
            IndexFolderError: there is no room for a copy; the library is as it was.
        """
        self.publish()
        before = _n_bytes(self.folder)
        new = self.folder / NEW_DATABASE
        try:
            new.unlink(missing_ok=True)
            self._database.copy_into(new)
            self._swap_in(new)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
        self.publish(again=True)
        return before, _n_bytes(self.folder)

    def _swap_in(self, new: Path) -> None:
        """Put a whole new database in the place of the old one."""
        self._database.close()
        try:
            _swap(new, self.folder / DATABASE)
        finally:
            self._database = Database(self.folder / DATABASE)

    @staticmethod
    def replace(folder: str | Path, encoder: Encoder, entries: Iterable[Entry]) -> None:
        """Make entries the library of a folder, whole or not at all.

        Raises:
            IndexFolderError: the folder holds something else, or cannot be written.
        """
        place = Path(folder)
        refuse_foreign(place)
        with locked(place):
            write_database(place, facts_of(encoder), entries)
        with Library(place, encoder) as library:
            library.publish()


def write_database(folder: Path, facts: Mapping[str, Any], entries: Iterable[Entry]) -> None:
    """Put a new database of entries in the place of the one that is there."""
    new = folder / NEW_DATABASE
    try:
        for path in (new, folder / f"{NEW_DATABASE}-journal"):
            path.unlink(missing_ok=True)
        state = int((manifest_or_none(folder) or {"state": 0})["state"])
        database = Database(new, may_be_new=True)
        try:
            with database.transaction():
                database.set_facts({**facts, "state": state + 1})
                for entry in entries:
                    database.insert(entry)
        finally:
            database.close()
        _swap(new, folder / DATABASE)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _swap(new: Path, path: Path) -> None:
    sync_file(new)
    # The journal of the database that is replaced must not be played back into the new one.
    path.with_name(JOURNAL).unlink(missing_ok=True)
    replace(new, path)


def named_encoder(folder: str | Path, facts: Mapping[str, Any]) -> Encoder:
    """Return the encoder that a library names.

    Raises:
        IndexFolderError: it is not there, or another has the name today.
    """
    encoder = SentenceTransformerEncoder(str(facts.get("encoder")))
    try:
        check_encoder(folder, facts, encoder)
    except EncoderError as error:
        raise IndexFolderError(
            f"index {folder} was made with encoder {encoder.name!r}, which cannot be loaded; "
            "say where it is now with --encoder"
        ) from error
    return encoder


def check_encoder(folder: str | Path, facts: Mapping[str, Any], encoder: Encoder) -> None:
    """Raise IndexFolderError where another encoder than this made a library."""
    if encoder.fingerprint != facts.get("encoder_fingerprint"):
        raise IndexFolderError(
            f"index {folder} was made with encoder {facts.get('encoder')!r} "
            f"({str(facts.get('encoder_fingerprint'))[:12]}), got {encoder.name!r} "
            f"({encoder.fingerprint[:12]}); name that encoder or index the articles again "
            "into another folder"
        )


def _kept_name(encoder: Encoder) -> str:
    """Return what finds an encoder again: of a folder, its whole path."""
    is_folder = encoder.name != DEFAULT_ENCODER and Path(encoder.name).is_dir()
    return whole_path(encoder.name) if is_folder else encoder.name


def facts_of(encoder: Encoder) -> dict[str, str | int]:
    """Return what a library says of how it is made."""
    return {
        "format": FORMAT,
        "version": SCHEMA_VERSION,
        "encoder": _kept_name(encoder),
        "encoder_fingerprint": encoder.fingerprint,
        "dim": encoder.dim,
        "splitter": SPLITTER,
        "passage_tokens": PASSAGE_TOKENS,
        "overlap_sentences": OVERLAP_SENTENCES,
    }


def _n_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
