"""CLAPnq: questions with long answers over one passage each, and which sentences answer them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import Article


@dataclass(frozen=True, slots=True)
class Row:
    """A question, its passage as an article, and the sentence numbers each annotator chose."""

    question: str
    article: Article
    gold: tuple[frozenset[int], ...]


def read_rows(folder: Path) -> Iterator[Row]:
    """Yield the development questions, answerable ones first."""
    for kind in ("answerable", "unanswerable"):
        path = folder / f"clapnq_dev_{kind}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            passage = raw["passages"][0]
            article = Article.from_text(passage["text"], title=passage["title"])
            chosen = [o.get("selected_sentences") or () for o in raw["output"]]
            gold = tuple(numbers_of(article, c) for c in chosen if c)
            yield Row(raw["input"], article, gold if kind == "answerable" else ())


def numbers_of(article: Article, chosen: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the article's sentences that hold most of a chosen one."""
    numbers = set()
    for text in chosen:
        start = article.text.find(text.strip())
        end = start + len(text.strip())
        if start >= 0:
            numbers |= {
                s.number
                for s in article.sentences
                if min(end, s.end) - max(start, s.start) > (s.end - s.start) / 2
            }
    return frozenset(numbers)


def overlap(cited: set[int], gold: Sequence[frozenset[int]]) -> tuple[float, float, float]:
    """Return (F1, precision, recall) against the annotator who agrees most."""
    best = (0.0, 0.0, 0.0)
    for wanted in gold:
        common = len(cited & wanted)
        if common:
            precision, recall = common / len(cited), common / len(wanted)
            best = max(best, (2 * common / (len(cited) + len(wanted)), precision, recall))
    return best
