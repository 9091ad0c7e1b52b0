"""A million sentences that are real text, or real text with words exchanged, and their vectors.

The real ones are the distinct sentences of the passages in DATA/train, in articles of 24 that keep
the passages' order. From the second round on, one in four of an article's longer words is
exchanged for one drawn from all the text, so that no two sentences are equal and words stay as
frequent as they were. Real sentences and passages are encoded; the vector of a changed one is the
real one's plus a displacement that was measured between a thousand real texts and their changed
forms, one drawn for each.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from index import Article, Encoder, SentenceTransformerEncoder
from index.encoders.embed import encode_texts, passage_means
from index.library.record import Record
from index.passages import split_passages
from index.text.sentences import split_sentences
from index.types import Passage, Sentence

N_OF_ARTICLE = 24
N_AT_ONCE = 64  # articles encoded and kept at a time
N_SAMPLED = 1000
ONE_IN = 4
_WORD = re.compile(r"[^\W\d_]{5,}")
SEED = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a real article: its sentences, their vectors, and its passages."""

    sentences: tuple[str, ...]
    windows: np.ndarray
    sentence_vectors: np.ndarray


def real_sentences(data: Path) -> list[tuple[str, ...]]:
    """Return the distinct sentences of all passages in groups of 24, in an order of chance."""
    contexts: dict[str, None] = {}
    for record in _records(data):
        contexts[" ".join(record.get("context", "").split())] = None
    sentences: dict[str, None] = {}
    for context in contexts:
        for start, end in split_sentences(context):
            sentences[context[start:end]] = None
    each = iter(sentences)
    groups = list(iter(lambda: tuple(islice(each, N_OF_ARTICLE)), ()))
    groups = [group for group in groups if len(group) == N_OF_ARTICLE]
    random.Random(SEED).shuffle(groups)
    return groups


def questions_about(data: Path, sentences: set[str], n: int) -> list[str]:
    """Return questions whose passages begin with one of some sentences, drawn by chance."""
    found: dict[str, None] = {}
    for record in _records(data):
        context = " ".join(record.get("context", "").split())
        if "question" in record and context and len(record["question"].split()) > 3:
            start, end = next(iter(split_sentences(context)))
            if context[start:end] in sentences:
                found[" ".join(record["question"].split())] = None
    return random.Random(SEED).sample(list(found), min(n, len(found)))


def _records(data: Path) -> Iterator[dict]:
    for path in sorted((data / "train").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def encode_real(groups: list[tuple[str, ...]], n: int, folder: Path, encoder: Encoder) -> None:
    """Encode the first groups that hold n sentences; what is in the folder already is kept.

    Vectors of other sentences, as of an older splitter, are not: they are made anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(-(-n // (N_OF_ARTICLE * N_AT_ONCE))):
        path = folder / f"{number:04}.npz"
        some = groups[number * N_AT_ONCE : (number + 1) * N_AT_ONCE]
        digest = _digest("\n".join(s for group in some for s in group))
        if _has_vectors_of(digest, path):
            continue
        articles = [make_article(group) for group in some]
        passages = [split_passages(article, encoder.count_tokens) for article in articles]
        windows = [(p.first_sentence, p.end_sentence) for each in passages for p in each]
        _save(
            path,
            sentences=encode_texts([s for group in some for s in group], encoder),
            windows=np.array(windows),
            n_passages=np.array([len(each) for each in passages]),
            digest=np.frombuffer(digest, dtype=np.uint8),
        )


def _has_vectors_of(digest: bytes, path: Path) -> bool:
    if not path.exists():
        return False
    with np.load(path) as said:
        return "digest" in said and said["digest"].tobytes() == digest


def _save(path: Path, **arrays: np.ndarray) -> None:
    new = path.with_suffix(".new.npz")
    np.savez(new, **arrays)
    new.replace(path)


def kept_articles(groups: list[tuple[str, ...]], n: int, folder: Path) -> Iterator[Kept]:
    """Yield what was kept of the first groups that hold n sentences."""
    for number in range(-(-n // (N_OF_ARTICLE * N_AT_ONCE))):
        with np.load(folder / f"{number:04}.npz") as said:
            sentences, windows = said["sentences"], said["windows"]
            ends = np.cumsum(said["n_passages"])
        for place, (start, end) in enumerate(
            zip(ends - np.diff(ends, prepend=0), ends, strict=True)
        ):
            yield Kept(
                groups[number * N_AT_ONCE + place],
                windows[start:end],
                sentences[place * N_OF_ARTICLE : (place + 1) * N_OF_ARTICLE],
            )


def displacements(kept: list[Kept], folder: Path, encoder: Encoder) -> np.ndarray:
    """Return what a change moves the vectors of sentences by, (1000, dim)."""
    path = folder / "displacements.npz"
    if not path.exists():
        pool = word_pool(kept)
        chance = random.Random(SEED)
        moved: list[np.ndarray] = []
        for each in chance.sample(kept, -(-N_SAMPLED // N_OF_ARTICLE)):
            changed = make_article(tuple(change(s, pool, chance) for s in each.sentences))
            texts = [s.text for s in changed.sentences]
            moved.append(encode_texts(texts, encoder) - each.sentence_vectors)
        _save(path, sentences=np.concatenate(moved)[:N_SAMPLED])
    with np.load(path) as said:
        return said["sentences"]


def word_pool(kept: list[Kept]) -> list[str]:
    """Return all longer words of the real text, each as often as it stands there."""
    return [word for each in kept for s in each.sentences for word in _WORD.findall(s)]


def change(sentence: str, pool: list[str], chance: random.Random) -> str:
    """Return a sentence with one in four of its longer words, and at least one, exchanged."""
    places = [match.span() for match in _WORD.finditer(sentence)]
    if not places:
        return f"{sentence} {chance.choice(pool)} {chance.choice(pool)}"
    chosen = chance.sample(places, -(-len(places) // ONE_IN))
    for start, end in sorted(chosen, reverse=True):
        sentence = sentence[:start] + chance.choice(pool) + sentence[end:]
    return sentence


def make_article(texts: tuple[str, ...]) -> Article:
    """Return an article of exactly these sentences."""
    sentences, start = [], 0
    for number, text in enumerate(texts):
        sentences.append(Sentence(number, number // 6, start, start + len(text), text, "body"))
        start += len(text) + 1
    text = " ".join(texts)
    article_id = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Article(
        article_id, text, texts[0][:60], f"made/{article_id}", tuple(sentences), "", "en"
    )


def passages_of(article: Article, windows: np.ndarray) -> tuple[Passage, ...]:
    """Return the passages of an article from the numbers of their sentences."""
    made = []
    for first, end in windows.tolist():
        start, stop = article.sentences[first].start, article.sentences[end - 1].end
        made.append(Passage(first, end, start, stop, article.text[start:stop]))
    return tuple(made)


def entries(kept: list[Kept], moves: np.ndarray, n: int) -> Iterator[Record]:
    """Yield articles that hold n sentences together; the last one may be shorter."""
    pool = word_pool(kept)
    chance, numbers = random.Random(SEED), np.random.default_rng(SEED)
    seen: set[bytes] = set()
    for number in range(-(-n // N_OF_ARTICLE)):
        each = kept[number % len(kept)]
        texts, vectors = each.sentences, each.sentence_vectors
        if number >= len(kept):
            texts = tuple(_new(s, pool, chance, seen) for s in texts)
            vectors = _moved(vectors, moves, numbers)
        else:
            seen |= set(map(_digest, texts))
        left = min(N_OF_ARTICLE, n - number * N_OF_ARTICLE)
        article = make_article(texts[:left])
        windows = each.windows[each.windows[:, 1] <= left]
        if not len(windows):  # the last article is shorter than its first passage
            windows = np.array([[0, left]])
        passages = passages_of(article, windows)
        made = passage_means(vectors, passages)
        yield Record(article, passages, vectors[:left], made, (article.source,))


def _new(sentence: str, pool: list[str], chance: random.Random, seen: set[bytes]) -> str:
    while True:
        changed = change(sentence, pool, chance)
        if (digest := _digest(changed)) not in seen:
            seen.add(digest)
            return changed
        sentence = changed


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:10]


def _moved(vectors: np.ndarray, moves: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    moved = vectors + moves[numbers.integers(len(moves), size=len(vectors))]
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def packaged_encoder() -> SentenceTransformerEncoder:
    """Return the encoder of the figures."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return SentenceTransformerEncoder()
