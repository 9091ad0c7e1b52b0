"""The training files: which are read, how often, and what their texts are near to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One file of questions and how much of it one pass takes.

    Attributes:
        stem: the file is ``<stem>.jsonl.gz``.
        share: how many times a pass takes each question (0.5: every other one, 1.2: some twice).
        pool: texts of one pool serve each other as near passages without the answer.
        titled: its titles name the article and may stand before the passage.
    """

    stem: str
    share: float
    pool: str
    titled: bool = False


SOURCES = (
    Source("squad_train_44_articles", 2.0, "squad", titled=True),
    Source("squad_train_1000_passages", 2.0, "squad"),
    Source("squad_train_cs224n_val", 2.0, "squad"),
    Source("squad_train_cs224n_matched", 2.0, "squad"),
    Source("squad_train_sentences", 0.6, "squad sentences"),
    Source("squad_train_unansq_lower", 1.0, "squad lower"),
    Source("squad2_12_dev_articles", 2.0, "squad", titled=True),
    Source("squad2_train_unanswerable", 2.0, "squad", titled=True),
    Source("squad2_train_unanswerable_lower", 1.2, "squad lower"),
    Source("squad2_unanswerable_sentences", 1.2, "squad sentences"),
    Source("squadshifts_wiki", 1.8, "wiki", titled=True),
    Source("qed_nq_train", 0.8, "qed", titled=True),
    Source("qed_dev", 0.8, "qed", titled=True),
    Source("tydiqa_en", 1.4, "tydiqa"),
    Source("mlqa_en_dev", 2.0, "mlqa", titled=True),
    Source("quoref", 0.8, "quoref", titled=True),
    Source("quoref_contrast", 0.6, "quoref", titled=True),
    Source("qamr", 0.35, "qamr"),
    Source("bioasq_golden", 0.6, "biomedical"),
    Source("covidqa", 0.4, "biomedical"),
    Source("policyqa", 0.15, "policyqa"),
    Source("tweetqa", 0.1, "tweetqa"),
    Source("fairytaleqa", 0.2, "fairytaleqa"),
    Source("friendsqa", 0.2, "friendsqa"),
    Source("squadshifts_amazon", 0.35, "amazon"),
    Source("squadshifts_reddit", 0.35, "reddit"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One question over one text; ``answers`` are (text, start) and empty if there is none."""

    id: str
    source: Source
    licence: str
    title: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]
    kind: str


def read_rows(folder: Path, source: Source) -> Iterator[Row]:
    """Yield the questions of one file.

    Raises:
        ValueError: a row is not of the form, or an answer is not where the row says.
    """
    path = folder / f"{source.stem}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _row(json.loads(line), source)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name} line {number}: {error}") from error


def _row(raw: dict[str, Any], source: Source) -> Row:
    answers = tuple((str(a["text"]), int(a["start"])) for a in raw["answers"])
    context = str(raw["context"])
    for text, start in answers:
        if context[start : start + len(text)] != text:
            raise ValueError(f"answer must stand in the context, got {text!r} at {start}")
    return Row(
        id=str(raw["id"]),
        source=source,
        licence=str(raw["licence"]),
        title=str(raw.get("title") or "").replace("_", " ").strip(),
        context=context,
        question=" ".join(str(raw["question"]).split()),
        answers=answers,
        kind=str(raw.get("kind") or ""),
    )
