"""Measure the program as it is: python measure.py DATA [--reader FOLDER] [--size SIZE] [--kinds].

Asks the written development questions, each of its own text, with the questions before it, and the
questions of CLAPnq, through the engine with its own limits. Prints JSON: how often the first cited
sentence is right, what is declined, how good the short answers are, whether all evidence is cited;
with --kinds also by the kind of question, and the ten worst answers.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cases import Asked, clapnq, labelled, written
from clapnq import overlap
from fitting import auc

from index import Article, SentenceTransformerEncoder
from qa import Answer, ArticleQA, Settings
from qa.evaluation import word_f1
from qa.readers.trained_reader import SIZES, TrainedReader


@dataclass(frozen=True, slots=True)
class Measured:
    """A question, the answer of the program, and the sentences it cites or names as nearest."""

    asked: Asked
    answer: Answer

    @property
    def cited(self) -> list[int]:
        """The numbers of the cited sentences, first the best."""
        return [c.sentence_number for c in self.answer.citations]

    @property
    def right(self) -> bool:
        """Whether the best sentence, cited or only named, is evidence."""
        ranked = self.cited or [c.sentence_number for c in self.answer.nearest]
        return bool(ranked) and any(ranked[0] in gold for gold in self.asked.gold)

    @property
    def complete(self) -> bool:
        """Whether all evidence of one alternative is cited."""
        return any(gold <= set(self.cited) for gold in self.asked.gold)

    @property
    def short_f1(self) -> float:
        """The F1 of the short answer's words, against the gold answer that fits best."""
        return max((word_f1(self.answer.short_answer, a) for a in self.asked.answers), default=0.0)


def ask(texts: Iterable[tuple[Article, list[Asked]]], reader: TrainedReader) -> list[Measured]:
    """Return the program's answers to the questions of texts."""
    settings = Settings(encoder=SentenceTransformerEncoder(), reader=reader)
    measured = []
    for article, asked in texts:
        engine = ArticleQA.from_articles([article], settings)
        answers = engine.ask_many(
            [a.question for a in asked], histories=[list(a.history) for a in asked]
        )
        measured += [Measured(a, answer) for a, answer in zip(asked, answers, strict=True)]
    return measured


def figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """Return the figures over some questions."""
    asked = [m for m in measured if m.asked.gold]
    others = [m for m in measured if not m.asked.gold]
    given = [m for m in asked if m.answer.given]
    short = [m.short_f1 for m in given if m.asked.answers]
    overlaps = [overlap(set(m.cited), m.asked.gold)[0] for m in asked]
    chances = np.array([m.answer.answerable or 0.0 for m in measured])
    found = {
        "questions": len(measured),
        "answerable": len(asked),
        "hit_at_1_nothing_declined": mean(m.right for m in asked),
        "hit_at_1": mean(m.right and m.answer.given for m in asked),
        "answerable_answered": mean(m.answer.answered for m in asked),
        "answerable_not_found": mean(not m.answer.given for m in asked),
        "unanswerable_not_answered": mean(not m.answer.answered for m in others),
        "unanswerable_not_found": mean(not m.answer.given for m in others),
        "short_answer_f1": mean(short),
        "citation_f1": mean(overlaps),
        "all_evidence_cited": mean(m.complete for m in given),
        "citations_an_answer": mean(len(m.cited) for m in given),
    }
    if asked and others:
        found["auc"] = round(auc(chances, np.array([bool(m.asked.gold) for m in measured])), 4)
    return found


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, rounded for reading; None of nothing."""
    values = list(values)
    return round(float(np.mean(values)), 4) if values else None


def by_kind(measured: Sequence[Measured]) -> dict[str, dict[str, Any]]:
    """Return for each kind of question how many are right, answered and not found."""
    kinds: dict[str, list[Measured]] = defaultdict(list)
    for m in measured:
        kinds[m.asked.kind + ("" if m.asked.gold else ", unanswerable")].append(m)
    return {
        kind: {
            "questions": len(some),
            "right": mean(m.right for m in some),
            "answered": mean(m.answer.answered for m in some),
            "not_found": mean(not m.answer.given for m in some),
        }
        for kind, some in sorted(kinds.items())
    }


def worst(measured: Sequence[Measured], n: int = 10) -> list[dict[str, Any]]:
    """Return the wrong answers of which the program was surest."""
    wrong = sorted(
        (m for m in measured if not m.right), key=lambda m: -(m.answer.answerable or 0.0)
    )
    return [
        {
            "question": m.asked.question,
            "kind": m.asked.kind,
            "answer": m.answer.text,
            "cited": [c.quote for c in m.answer.citations],
            "answerable": round(m.answer.answerable or 0.0, 3),
            "wanted": list(m.asked.answers) if m.asked.gold else "not answered by the text",
        }
        for m in wrong[:n]
    ]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("--reader", type=Path, help="another reader's folder")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--article", type=Path, help="a text, for --questions")
    parser.add_argument("--questions", type=Path, nargs="*", default=[], help="labelled JSON lines")
    parser.add_argument("--kinds", action="store_true", help="by kind, and the ten worst")
    args = parser.parse_args()
    reader = TrainedReader(args.reader, args.size)
    sets = {
        path.stem: ask([labelled(args.article, path, path.stem)], reader) for path in args.questions
    }
    if not sets:
        every = ask(written(args.data / "dev" / "written" / "written_dev.jsonl"), reader)
        sets = {
            "written": [m for m in every if not m.asked.history],
            "follow-ups": [m for m in every if m.asked.history],
            "clapnq": ask(clapnq(args.data / "dev" / "clapnq"), reader),
        }
    for name, measured in sets.items():
        print(json.dumps({"set": name, "size": args.size, **figures(measured)}), flush=True)
        if args.kinds:
            print(json.dumps({"kinds": by_kind(measured), "worst": worst(measured)}, indent=1))


if __name__ == "__main__":
    main()
