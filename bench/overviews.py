"""Measure qa/overview.py beside the first sentences of a text, and LexRank.

    python bench/overviews.py DATA_FOLDER    # holds train/written.jsonl.gz and dev/written

For each text with questions: how many of them have a sentence of the overview among their evidence,
for each sentence of it, and which share of them. The weights were chosen on the news of train/.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from index import Article, SentenceTransformerEncoder, Vectors
from qa.overview import key_sentences

Chosen = Sequence[int]
Method = Callable[[Article, Vectors], Chosen]


def texts(path: Path) -> Iterator[tuple[str, Article, list[list[frozenset[int]]]]]:
    """Yield the domain, the article, and for each answerable question its alternative evidence."""
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        row = json.loads(line)
        article = Article.from_text(row["text"], title=row["title"], language="en")
        gold = []
        for question in row["questions"]:
            alternatives = [
                frozenset(s.number for s in article.sentences for part in parts if part in s.text)
                for parts in question.get("evidence") or ()
            ]
            if question["answers"] and not question.get("history") and any(alternatives):
                gold.append(alternatives)
        if gold:
            yield row["domain"], article, gold


def body(article: Article) -> list[int]:
    """Return the numbers of the sentences that may be chosen."""
    return [s.number for s in article.sentences if s.kind == "body" and len(s.text.split()) >= 5]


def lead(n: int | None) -> Method:
    """Return what takes the first sentences: n, or as many as the overview has."""
    return lambda a, v: body(a)[: n or len(key_sentences(a, v))]


def lexrank(article: Article, vectors: Vectors) -> Chosen:
    """Return the sentences of the highest LexRank. Source: Erkan and Radev 2004, continuous."""
    numbers = body(article)
    links = np.clip(vectors[numbers] @ vectors[numbers].T, 0, None)
    np.fill_diagonal(links, 0)
    links /= np.maximum(links.sum(axis=1, keepdims=True), 1e-9)
    rank = np.full(len(numbers), 1 / len(numbers))
    for _ in range(50):
        rank = 0.15 / len(numbers) + 0.85 * links.T @ rank
    n = len(key_sentences(article, vectors))
    return [numbers[i] for i in np.argsort(-rank)[:n]]


def main() -> None:
    """Print a line for each set and method."""
    encoder = SentenceTransformerEncoder()
    methods: dict[str, Method] = {
        "key sentences": lambda a, v: [s.number for s in key_sentences(a, v)],
        "lead-3": lead(3),
        "as many first ones": lead(None),
        "LexRank": lexrank,
    }
    folder = Path(sys.argv[1])
    for name in ("train/written.jsonl.gz", "dev/written/written_dev.jsonl"):
        rows = [
            (domain, article, gold, encoder.encode_passages([s.text for s in article.sentences]))
            for domain, article, gold in texts(folder / name)
            if domain.startswith("news") or name.startswith("dev")
        ]
        for domains in ("news", "") if name.startswith("dev") else ("news",):
            some = [row for row in rows if row[0].startswith(domains)]
            for method, choose in methods.items():
                per_sentence, covered = [], []
                for _, article, gold, vectors in some:
                    chosen = set(choose(article, vectors))
                    hits = [any(chosen & numbers for numbers in each) for each in gold]
                    per_sentence.append(sum(hits) / len(chosen))
                    covered.append(np.mean(hits))
                print(
                    f"{name} {domains or 'all'} ({len(some)}) {method}: "
                    f"{np.mean(per_sentence):.3f} a sentence, {np.mean(covered):.3f} covered"
                )


if __name__ == "__main__":
    main()
