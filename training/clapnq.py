"""Measure citations of several sentences on CLAPnq: python training/clapnq.py DATA [--reader FOLDER].

Each of the 300 + 300 development questions is asked of its one passage, through the engine as it
is: with the sentence reader (fused search alone) and with the trained one. Printed as JSON lines:
precision, recall and F1 of the cited sentences against the best annotator, as asked and with
nothing declined, and how many questions of each kind were declined.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluate import mean

from index import Article, ArticleIndex, SentenceTransformerEncoder
from qa import ArticleQA, Reader, Settings
from qa.readers.search_reader import SentenceReader
from qa.readers.trained_reader import SpanReader


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


def measure(rows: Sequence[Row], reader: Reader) -> dict[str, float]:
    """Return the figures of a reader."""
    encoder = SentenceTransformerEncoder()
    strict: list[tuple[float, float, float]] = []
    lenient: list[tuple[float, float, float]] = []
    declined: dict[bool, list[bool]] = {True: [], False: []}
    n_cited = []
    for row in rows:
        built = ArticleIndex.build([row.article], encoder)
        answer = ArticleQA(built, Settings(reader=reader, threshold=0.0)).ask(row.question)
        given = answer.confidence >= reader.threshold
        declined[bool(row.gold)].append(not given)
        if row.gold:
            cited = {c.sentence_number for c in answer.citations}
            lenient.append(overlap(cited, row.gold))
            strict.append(lenient[-1] if given else (0.0, 0.0, 0.0))
            n_cited.append(len(cited))
    names = ("f1", "precision", "recall")
    return {
        **dict(zip(names, map(mean, zip(*strict, strict=True)), strict=True)),
        **dict(
            zip(
                (f"{n}_undeclined" for n in names),
                map(mean, zip(*lenient, strict=True)),
                strict=True,
            )
        ),
        "answerable_declined": mean(declined[True]),
        "unanswerable_declined": mean(declined[False]),
        "citations_an_answer": mean(n_cited),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("--reader", type=Path, help="another reader's folder")
    parser.add_argument("--limit", type=int, help="take every so many-th question only")
    args = parser.parse_args()
    rows = list(read_rows(args.data / "dev" / "clapnq"))[:: args.limit]
    readers = {"sentence reader": SentenceReader(), "trained reader": SpanReader(args.reader)}
    for name, reader in readers.items():
        print(json.dumps({"reader": name, "questions": len(rows), **measure(rows, reader)}))


if __name__ == "__main__":
    main()
