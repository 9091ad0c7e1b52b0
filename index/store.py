"""A saved index: a folder with a readable manifest beside the files it names.

    folder/manifest.json          what the index is: version, encoder, counts, SHA-256 of each file
    folder/GENERATION/            articles.json, sentences.faiss, passages.faiss, lexical/

A save writes a new generation, then swaps the manifest in with one atomic rename, and only then
removes the old generation: a reader sees the old index or the new one, never a mixture.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.encoder import SentenceTransformerEncoder
from index.errors import IndexFolderError
from index.passages import OVERLAP_SENTENCES, PASSAGE_TOKENS
from index.sentences import SPLITTER
from index.types import Article, Encoder, Passage, Sentence

FORMAT = "article-qa index"
VERSION = 1
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder held, checked against its manifest but not yet decoded by the libraries."""

    articles: tuple[Article, ...]
    passages: tuple[tuple[Passage, ...], ...]
    encoder: Encoder
    sentence_vectors: bytes
    passage_vectors: bytes
    lexical: Path


class Store:
    """The folder of a saved index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self,
        articles: Sequence[Article],
        passages: Sequence[Sequence[Passage]],
        encoder: Encoder,
        *,
        sentence_vectors: bytes,
        passage_vectors: bytes,
        save_lexical: Callable[[Path], None],
    ) -> None:
        """Write a new generation and make it the index; raise IndexFolderError where it fails."""
        self.refuse_foreign()
        generation = self.folder / f"g-{secrets.token_hex(4)}"
        try:
            (generation / "lexical").mkdir(parents=True)
            save_lexical(generation / "lexical")
            _sync_files(generation / "lexical")
            _write(generation / "articles.json", _dump_articles(articles, passages))
            _write(generation / "sentences.faiss", sentence_vectors)
            _write(generation / "passages.faiss", passage_vectors)
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "generation": generation.name,
                "encoder": encoder.name,
                "encoder_fingerprint": encoder.fingerprint,
                "dim": encoder.dim,
                "splitter": SPLITTER,
                "passage_tokens": PASSAGE_TOKENS,
                "overlap_sentences": OVERLAP_SENTENCES,
                "n_articles": len(articles),
                "n_sentences": sum(len(a.sentences) for a in articles),
                "n_passages": sum(map(len, passages)),
                "sha256": _hash_files(generation),
            }
            _write(generation / _MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")
            (generation / _MANIFEST).replace(self.folder / _MANIFEST)
            sync_folder(self.folder)
        except OSError as error:
            shutil.rmtree(generation, ignore_errors=True)
            raise IndexFolderError(
                f"index {self.folder} cannot be written: {error.strerror or error}; "
                "what was there before is unchanged"
            ) from error
        for old in self.folder.glob("g-*"):
            if old != generation:
                shutil.rmtree(old, ignore_errors=True)

    def load(self, encoder: Encoder | None) -> Stored:
        """Return what the folder holds; raise IndexFolderError where it cannot be trusted."""
        manifest = self._manifest()
        generation = self.folder / manifest["generation"]
        if not generation.is_dir():  # a save swapped it away since the manifest was read
            manifest = self._manifest()
            generation = self.folder / manifest["generation"]
        if _hash_files(generation) != manifest["sha256"]:
            raise self._damaged("its files differ from its manifest")
        encoder = encoder or SentenceTransformerEncoder(manifest["encoder"])
        if encoder.fingerprint != manifest["encoder_fingerprint"]:
            raise IndexFolderError(
                f"index {self.folder} was made with encoder {manifest['encoder']!r} "
                f"({manifest['encoder_fingerprint'][:12]}), got {encoder.name!r} "
                f"({encoder.fingerprint[:12]}); name that encoder or index the articles again"
            )
        try:
            articles, passages = _load_articles((generation / "articles.json").read_bytes())
            return Stored(
                articles,
                passages,
                encoder,
                (generation / "sentences.faiss").read_bytes(),
                (generation / "passages.faiss").read_bytes(),
                generation / "lexical",
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(str(error)) from error

    def _manifest(self) -> dict[str, Any]:
        path = self.folder / _MANIFEST
        try:
            manifest = json.loads(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError) as error:
            raise IndexFolderError(
                f"{self.folder} is not an index: it has no {_MANIFEST}; "
                "make one with `article-qa index ARTICLE --into FOLDER`"
            ) from error
        except (OSError, ValueError) as error:
            raise self._damaged(f"{_MANIFEST} cannot be read") from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise IndexFolderError(
                f"{self.folder} is not an index: its {_MANIFEST} is of another program"
            )
        if manifest.get("version") != VERSION:
            raise IndexFolderError(
                f"index {self.folder} must have format version {VERSION}, "
                f"got {manifest.get('version')!r}; index the articles again"
            )
        wanted = {"generation": str, "encoder": str, "encoder_fingerprint": str, "sha256": dict}
        for key, kind in wanted.items():
            if not isinstance(manifest.get(key), kind):
                raise self._damaged(f"{_MANIFEST} has no {key}")
        if Path(manifest["generation"]).name != manifest["generation"]:
            raise self._damaged(f"{_MANIFEST} names a folder outside")
        return manifest

    def _damaged(self, what: str) -> IndexFolderError:
        return IndexFolderError(f"index {self.folder} is damaged: {what}; index the articles again")

    def refuse_foreign(self) -> None:
        """Raise IndexFolderError where something else lives."""
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self._is_ours():
            raise IndexFolderError(
                f"{self.folder} must be an index or empty, got other files; choose another folder"
            )
        if self.folder.exists() and not self.folder.is_dir():
            raise IndexFolderError(
                f"{self.folder} must be a folder, got a file; choose another name"
            )

    def _is_ours(self) -> bool:
        """Return whether all that the folder holds is from a save, finished or not."""
        return all(
            entry.name == _MANIFEST or entry.name.startswith("g-")
            for entry in self.folder.iterdir()
        )


def _dump_articles(articles: Sequence[Article], passages: Sequence[Sequence[Passage]]) -> bytes:
    """Return articles as JSON: the text once, sentences and passages as offsets into it."""
    records = [
        {
            "id": a.id,
            "title": a.title,
            "source": a.source,
            "text": a.text,
            "sentences": [[s.paragraph_number, s.start, s.end, s.kind] for s in a.sentences],
            "passages": [[p.first_sentence, p.end_sentence] for p in of_article],
        }
        for a, of_article in zip(articles, passages, strict=True)
    ]
    return json.dumps(records).encode("ascii")


def _load_articles(data: bytes) -> tuple[tuple[Article, ...], tuple[tuple[Passage, ...], ...]]:
    articles, passages = [], []
    for record in json.loads(data):
        text = record["text"]
        sentences = tuple(
            Sentence(number, paragraph, start, end, text[start:end], kind)
            for number, (paragraph, start, end, kind) in enumerate(record["sentences"])
        )
        articles.append(Article(record["id"], text, record["title"], record["source"], sentences))
        spans = [
            (first, end, sentences[first].start, sentences[end - 1].end)
            for first, end in record["passages"]
        ]
        passages.append(tuple(Passage(f, e, a, b, text[a:b]) for f, e, a, b in spans))
    return tuple(articles), tuple(passages)


def _hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file under a folder, by its relative path."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != _MANIFEST)
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def _write(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk: a full disk is an error here, not later."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_files(folder: Path) -> None:
    """Wait until files that a library wrote are on the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
