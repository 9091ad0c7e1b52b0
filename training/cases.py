"""Questions asked of the program over whole texts, with what every model says of every window.

What is fitted (calibrate.py) and measured (written.py, ablations) is reckoned from these cases, so
that the models read each window once.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from clapnq import read_rows as read_clapnq
from sources import WRITTEN, Row, rows_of

from index import Article, ArticleIndex, SentenceTransformerEncoder
from qa.answering import N_READ
from qa.history import MAX_EXCHANGES
from qa.readers.trained_reader import Scored, TrainedReader
from qa.retriever import Retriever
from qa.types import ReadRequest

BATCH = 16
NO_SPANS = np.zeros((0, 0), dtype=np.float32)
PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of one article, with what answers it.

    Attributes:
        group: the set it is of: "written", "squad", "clapnq" …
        text: names the article; cross-validation leaves out one after the other.
        kind: what kind of question it is.
        question: as it was typed.
        history: what was asked before, oldest first.
        gold: the alternatives of the sentences that answer together, by number; none: unanswerable.
        answers: acceptable short answers.
    """

    group: str
    text: str
    kind: str
    question: str
    history: tuple[str, ...]
    gold: tuple[frozenset[int], ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A question and its windows, scored by the models."""

    asked: Asked
    scored: Scored


def sentence_numbers(article: Article, ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers of the sentences of which half stands inside given ranges of the text."""
    return frozenset(
        s.number
        for s in article.sentences
        if 2 * sum(max(0, min(s.end, b) - max(s.start, a)) for a, b in ranges) > s.end - s.start
    )


def written(path: Path) -> Iterator[tuple[Article, list[Asked]]]:
    """Yield the texts of a file of written questions (JSON lines, gzip or not)."""
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        raw = json.loads(line)
        rows = [row for row in rows_of(raw, WRITTEN) if not row.id.endswith("-alone")]
        yield of_text(raw["text"], raw["title"], raw["id"], "written", rows)


def of_text(
    text: str, title: str, name: str, group: str, rows: Sequence[Row]
) -> tuple[Article, list[Asked]]:
    """Return an article and its questions."""
    article = Article.from_text(text, title=title, language="en")
    asked = []
    for row in rows:
        told = row.evidence or tuple(((s, s + len(a)),) for a, s in row.answers)
        gold = tuple(dict.fromkeys(n for places in told if (n := _numbers(article, places))))
        if row.answers and not gold:
            continue
        answers = tuple(dict.fromkeys(a for a, _ in row.answers))
        asked.append(Asked(group, name, row.kind, row.question, row.history, gold, answers))
    return article, asked


def _numbers(article: Article, ranges: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return the sentences inside ranges, or where they are short the one that holds their start."""
    return sentence_numbers(article, ranges) or frozenset(
        s.number for s in article.sentences for a, _ in ranges if s.start <= a < s.end
    )


def held_out(path: Path, n: int, random: Random) -> Iterator[tuple[Article, list[Asked]]]:
    """Yield the held-out articles of prepare.py with their questions, of all but "written" ``n``."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raws = [raw for raw in map(json.loads, lines) if not raw["id"].endswith("-alone")]
    others = [raw for raw in raws if raw["source"] != WRITTEN.stem]
    chosen = {raw["id"] for raw in random.sample(others, min(n, len(others)))}
    texts: dict[tuple[str, str], list[dict]] = {}
    for raw in raws:
        texts.setdefault((raw["source"], raw["title"]), []).append(raw)
    for (source, title), mine in texts.items():
        contexts = list(dict.fromkeys(raw["context"] for raw in mine))
        starts, at = {}, 0
        for context in contexts:
            starts[context] = at
            at += len(context) + len(PARAGRAPH)
        is_written = source == WRITTEN.stem
        rows = [
            _moved(raw, starts[raw["context"]]) for raw in mine if is_written or raw["id"] in chosen
        ]
        if rows:
            group = "written" if is_written else "squad"
            yield of_text(PARAGRAPH.join(contexts), title, f"{source}: {title}", group, rows)


def _moved(raw: dict[str, Any], by: int) -> Row:
    """Return a held-out question whose text begins so far on in its article."""
    return Row(
        id=raw["id"],
        source=WRITTEN,
        licence="",
        title=raw["title"],
        context="",
        question=raw["question"],
        answers=tuple((a, s + by) for a, s in raw["answers"]),
        kind=raw["kind"],
        evidence=tuple(tuple((a + by, b + by) for a, b in e) for e in raw["evidence"]),
        history=tuple(raw["history"]),
    )


def clapnq(folder: Path) -> Iterator[tuple[Article, list[Asked]]]:
    """Yield every second passage of CLAPnq, each with its question."""
    for number, row in enumerate(list(read_clapnq(folder))[::2]):
        name = f"clapnq {number}"
        yield row.article, [Asked("clapnq", name, "long", row.question, (), row.gold, ())]


def labelled(article: Path, questions: Path, name: str) -> tuple[Article, list[Asked]]:
    """Return an article and labelled questions, whose evidence is parts of its sentences."""
    text = Article.from_text(article.read_text(encoding="utf-8"), language="en")
    asked = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        gold = tuple(
            frozenset(s.number for part in told for s in text.sentences if part in s.text)
            for told in raw.get("evidence") or ()
        )
        asked.append(
            Asked(
                name,
                name,
                raw.get("kind", ""),
                raw["question"],
                tuple(raw.get("history") or ()),
                gold if raw["answerable"] else (),
                tuple(raw.get("answers") or ()),
            )
        )
    return text, asked


def collect(
    texts: Iterable[tuple[Article, list[Asked]]],
    reader: TrainedReader,
) -> list[Case]:
    """Return a case for each question, each window read by the small model."""
    encoder = SentenceTransformerEncoder()
    cases = []
    for article, asked in texts:
        retriever = Retriever(ArticleIndex.build([article], encoder))
        for first in range(0, len(asked), BATCH):
            some = asked[first : first + BATCH]
            earlier = [a.history[-MAX_EXCHANGES:] for a in some]
            queries = [" ".join((*e[-1:], a.question)) for e, a in zip(earlier, some, strict=True)]
            found = retriever.retrieve(queries, N_READ)
            requests = [
                ReadRequest(a.question, hits, e)
                for a, hits, e in zip(some, found, earlier, strict=True)
            ]
            scored = reader.prepare(requests)
            reader.score(scored, "small", [range(len(each.windows)) for each in scored])
            cases += [Case(a, _without_spans(s)) for a, s in zip(some, scored, strict=True)]
    return cases


def _without_spans(scored: Scored) -> Scored:
    """Return scores without those of each span, which take most of the memory and fit nothing."""
    for sentences in (s for by_window in scored.by_model.values() for s in by_window.values()):
        sentences[:] = [scores and replace(scores, spans=NO_SPANS) for scores in sentences]
    return scored


def read_on(
    cases: Sequence[Case], reader: TrainedReader, rank: Mapping[str, float], n_windows: int
) -> None:
    """Let the large model read the windows of cases that the small one prefers.

    Args:
        cases: read by the small model.
        reader: has both models.
        rank: the weights by which the small model ranks sentences.
        n_windows: how many windows of each are read.
    """
    for first in range(0, len(cases), BATCH):
        scored = [case.scored for case in cases[first : first + BATCH]]
        reader.score(scored, "large", [each.best_windows(rank, n_windows) for each in scored])
        for each in scored:
            _without_spans(each)
