"""The training files: which are read, how often, and what their texts are near to."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
        spans: whether its answers are short ones; else they only say which sentences are evidence.
    """

    stem: str
    share: float
    pool: str
    titled: bool = False
    spans: bool = True


WRITTEN = Source("written", 2.0, "written")
SOURCES = (
    WRITTEN,
    Source("squad_train_44_articles", 0.6, "squad", titled=True),
    Source("squad_train_1000_passages", 0.6, "squad"),
    Source("squad_train_cs224n_val", 0.6, "squad"),
    Source("squad_train_cs224n_matched", 0.6, "squad"),
    Source("squad_train_sentences", 0.1, "squad sentences"),
    Source("squad_train_unansq_lower", 0.25, "squad lower"),
    Source("squad2_12_dev_articles", 1.0, "squad", titled=True),
    Source("squad2_train_unanswerable", 0.9, "squad", titled=True),
    Source("squad2_train_unanswerable_lower", 0.25, "squad lower"),
    Source("squad2_unanswerable_sentences", 0.5, "squad sentences"),
    Source("squadshifts_wiki", 0.25, "wiki", titled=True),
    Source("qed_nq_train", 0.3, "qed", titled=True),
    Source("qed_dev", 0.3, "qed", titled=True),
    Source("tydiqa_en", 0.4, "tydiqa"),
    Source("mlqa_en_dev", 0.5, "mlqa", titled=True),
    Source("quoref", 0.3, "quoref", titled=True),
    Source("quoref_contrast", 0.25, "quoref", titled=True),
    Source("qamr", 0.075, "qamr"),
    Source("covidqa", 0.15, "biomedical"),
    Source("policyqa", 0.075, "policyqa"),
    Source("tweetqa", 0.025, "tweetqa"),
    Source("fairytaleqa", 0.1, "fairytaleqa"),
    Source("friendsqa", 0.1, "friendsqa"),
    Source("squadshifts_amazon", 0.1, "amazon"),
    Source("squadshifts_reddit", 0.1, "reddit"),
    Source("open/condaqa", 0.125, "condaqa", spans=False),
    Source("open/selqa_sections", 0.3, "selqa", titled=True, spans=False),
    Source("open/onestopqa_news", 0.25, "onestopqa", titled=True, spans=False),
    Source("open/nq_open_oracle", 0.3, "qed", titled=True),
    Source("open/qadiscourse_wikinews", 0.05, "qadiscourse"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One question over one text; ``answers`` are (text, start) and empty if there is none.

    Attributes:
        evidence: the alternatives of what says so, each (start, end) of its sentences in
            ``context``; empty where only the answers tell.
        history: the questions asked before this one, oldest first; it may mean them.
        others: questions of the same text that this one does not mean.
    """

    id: str
    source: Source
    licence: str
    title: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]
    kind: str
    evidence: tuple[tuple[tuple[int, int], ...], ...] = ()
    history: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def read_rows(folder: Path, source: Source) -> Iterator[Row]:
    """Yield the questions of one file.

    Raises:
        ValueError: a row is not of the form, or an answer is not where the row says.
    """
    path = folder / f"{source.stem}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield from rows_of(json.loads(line), source)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name} line {number}: {error}") from error


def rows_of(raw: dict[str, Any], source: Source) -> list[Row]:
    """Return the questions of one line: a question with its text, or a text with its questions.

    Raises:
        ValueError: an answer or a sentence is not where the line says.
    """
    if "questions" in raw:
        return list(_written(raw, source))
    return [_row(raw, source)]


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


def _written(raw: dict[str, Any], source: Source) -> Iterator[Row]:
    """Yield the questions of a text; one with a standalone form also comes as that."""
    text = str(raw["text"])
    asked = [str(q["question"]) for q in raw["questions"] if not q.get("history")]
    for number, q in enumerate(raw["questions"]):
        evidence = tuple(tuple(_place(text, s) for s in told) for told in q["evidence"])
        history = tuple(str(earlier) for earlier in q.get("history") or ())
        row = Row(
            id=f"{raw['id']}-{number}",
            source=source,
            licence=str(raw["licence"]),
            title=str(raw["title"]),
            context=text,
            question=" ".join(str(q["question"]).split()),
            answers=tuple(_answers(text, q["answers"], evidence)),
            kind=str(q["kind"]),
            evidence=evidence,
            history=history,
            others=() if history else tuple(other for other in asked if other != q["question"]),
        )
        yield row
        if q.get("standalone"):
            alone = " ".join(str(q["standalone"]).split())
            yield replace(row, id=row.id + "-alone", question=alone, history=())


def _place(text: str, piece: str) -> tuple[int, int]:
    start = text.find(piece)
    if start < 0:
        raise ValueError(f"evidence must stand in the text, got {piece!r}")
    return start, start + len(piece)


def _answers(
    text: str, answers: Sequence[str], evidence: Sequence[Sequence[tuple[int, int]]]
) -> Iterator[tuple[str, int]]:
    """Yield each answer where it first stands in each sentence of evidence, as whole words."""
    for start, end in sorted({place for told in evidence for place in told}):
        for answer in answers:
            pattern = rf"(?<!\w){re.escape(answer)}(?!\w)"
            if found := re.compile(pattern).search(text, start, end):
                yield answer, found.start()
