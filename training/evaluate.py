"""Measure a reader on SQuAD 2.0: python evaluate.py DATA READER [--size SIZE] [--limit N].

Asks the reader each question of DATA/dev/squad2 on its own paragraph, as SQuAD 2.0 does, and
prints JSON. ``f1_fixed`` answers from even odds on, ``f1_best`` chooses the threshold afterwards, as
SQuAD's own script reports it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from squad import Question, auc, best_scores, best_threshold, read_squad

from index import Article, Passage
from qa.readers.trained_reader import SIZES, TrainedReader
from qa.types import Hit, ReadRequest, ScoredSentence

STEP = 64
FEW_WORDS = 250


def hits_of(context: str) -> list[Hit]:
    """Return a paragraph as hits that hold all of it: one, or two halves where it is long."""
    article = Article.from_text(context)
    n = len(article.sentences)
    halves = [(0, n)] if len(context.split()) <= FEW_WORDS or n == 1 else [(0, n // 2), (n // 2, n)]
    hits = []
    for first, end in halves:
        start, stop = article.sentences[first].start, article.sentences[end - 1].end
        sentences = article.sentences[first:end]
        scored = tuple(ScoredSentence(s, 0.0, 0.0, 0.0) for s in sentences)
        passage = Passage(first, end, start, stop, article.text[start:stop])
        hits.append(Hit(article, passage, 0.0, 0.0, 0.0, scored))
    return hits


def figures_of(reader: TrainedReader, questions: Sequence[Question]) -> dict[str, Any]:
    """Return the figures of SQuAD 2.0."""
    hits = {context: hits_of(context) for context in {q.context for q in questions}}
    rows: list[tuple[float, float, float, bool]] = []
    spans, exacts, evidence = [], [], []
    for first in range(0, len(questions), STEP):
        some = questions[first : first + STEP]
        readings = reader.read([ReadRequest(q.question, hits[q.context]) for q in some])
        for question, reading in zip(some, readings, strict=True):
            golds = [text for text, _ in question.answers]
            best = reading.evidence[0]
            exact, f1 = best_scores(question.context[slice(*best.short_answer or (0, 0))], golds)
            rows.append((reading.answerable, f1, exact, bool(golds)))
            if golds:
                spans.append(f1)
                exacts.append(exact)
                starts = [start for _, start in question.answers]
                sentence = best.sentence
                evidence.append(float(any(sentence.start <= s < sentence.end for s in starts)))
    _, best_f1 = best_threshold([(m, f, a) for m, f, _, a in rows])
    _, best_exact = best_threshold([(m, e, a) for m, _, e, a in rows])
    fixed = [(f if a else 0.0) if m > 0.5 else float(not a) for m, f, _, a in rows]
    return {
        "questions": len(rows),
        "unanswerable": sum(not a for *_, a in rows),
        "f1_fixed": mean(fixed),
        "f1_best": round(best_f1, 4),
        "exact_best": round(best_exact, 4),
        "answerable_span_f1": mean(spans),
        "answerable_span_exact": mean(exacts),
        "evidence_sentence": mean(evidence),
        "unanswerable_auc": round(
            auc([m for m, *_, a in rows if a], [m for m, *_, a in rows if not a]), 4
        ),
    }


def mean(values: Sequence[float]) -> float:
    """Return the mean, rounded for reading."""
    return round(sum(values) / max(1, len(values)), 4)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("reader", type=Path, help="folder of reader.json")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--limit", type=int, help="take every so many-th question only")
    args = parser.parse_args()
    questions = read_squad(args.data / "dev" / "squad2" / "squad2_4_articles.json")
    figures = figures_of(TrainedReader(args.reader, args.size), questions[:: args.limit])
    print(json.dumps({"size": args.size, **figures}, indent=1))


if __name__ == "__main__":
    main()
