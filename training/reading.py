"""Inference: a question and windows in, logits for each window out.

All the windows of a question are to be compared as they are: training puts them under one
softmax, so a sentence logit of one window means the same in another. "Not in these windows" is
what the [CLS] logits of the windows say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from groups import CLS, SEP
from numpy.typing import NDArray
from reader_model import END, EVIDENCE, START, ReaderModel, sentence_logits
from tokenizers import Tokenizer
from windows import MAX_QUESTION, Text

MAX_PIECES = 512
MAX_SPAN = 30

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one window.

    Attributes:
        window: the window as read.
        start: float32 (word pieces of the window,), logits of being an answer's first.
        end: the same for an answer's last.
        sentences: float32 (sentences of the window,), logits of being the evidence.
        none: float32 (3,), the [CLS] logits: no start, no end, no evidence here.
    """

    window: Text
    start: Floats
    end: Floats
    sentences: Floats
    none: Floats


@dataclass(frozen=True, slots=True)
class Span:
    """A short answer: (start, end) in code points of the window's text and start + end logit."""

    start: int
    end: int
    score: float


def read(
    model: ReaderModel, tokenizer: Tokenizer, question: str, windows: Sequence[Text]
) -> list[Reading]:
    """Return one reading for each window, in their order."""
    return read_many(model, tokenizer, [(question, windows)])[0]


def read_many(
    model: ReaderModel,
    tokenizer: Tokenizer,
    requests: Sequence[tuple[str, Sequence[Text]]],
    max_pieces: int = 4096,
) -> list[list[Reading]]:
    """Return the readings of several questions; windows of like length are read together.

    Args:
        model: the reader.
        tokenizer: of the base model.
        requests: (question, windows).
        max_pieces: padded word pieces read at once.
    """
    questions = tokenizer.encode_batch([q for q, _ in requests], add_special_tokens=False)
    rows = []
    for number, (_, windows) in enumerate(requests):
        question = questions[number].ids[:MAX_QUESTION]
        for place, window in enumerate(windows):
            room = MAX_PIECES - 3 - len(question)
            pieces = [CLS, *question, SEP, *window.ids[:room], SEP]
            rows.append((number, place, pieces, len(question) + 2, window))
    rows.sort(key=lambda row: len(row[2]))
    readings: list[dict[int, Reading]] = [{} for _ in requests]
    first = 0
    while first < len(rows):
        last = first + 1
        while last < len(rows) and (last + 1 - first) * len(rows[last][2]) <= max_pieces:
            last += 1
        members = rows[first:last]
        found = _read_batch(model, [(ids, shift, window) for _, _, ids, shift, window in members])
        for (number, place, *_), reading in zip(members, found, strict=True):
            readings[number][place] = reading
        first = last
    return [[found[place] for place in range(len(found))] for found in readings]


def _read_batch(
    model: ReaderModel, rows: Sequence[tuple[Sequence[int], int, Text]]
) -> list[Reading]:
    """Return the readings of (word pieces, where the window begins in them, window)."""
    length = max(len(ids) for ids, _, _ in rows)
    n_sentences = max(len(window.sentences) for _, _, window in rows)
    ids, types, mask, sentence = (
        torch.zeros(len(rows), length, dtype=torch.long) for _ in range(4)
    )
    for row, (pieces, shift, window) in enumerate(rows):
        ids[row, : len(pieces)] = torch.tensor(pieces)
        types[row, shift : len(pieces)] = 1
        mask[row, : len(pieces)] = 1
        for number, (a, b) in enumerate(window.sentences):
            sentence[row, shift + a : min(shift + b, len(pieces) - 1)] = number + 1
    with torch.inference_mode():
        logits = model(ids, types, mask)
        scores = sentence_logits(logits[:, :, EVIDENCE], sentence, n_sentences)
    readings = []
    for row, (pieces, shift, window) in enumerate(rows):
        own = logits[row, shift : len(pieces) - 1].numpy()
        readings.append(
            Reading(
                window=window,
                start=own[:, START],
                end=own[:, END],
                sentences=scores[row, : len(window.sentences)].numpy(),
                none=logits[row, 0].numpy(),
            )
        )
    return readings


def best_span(reading: Reading, sentence: int | None = None) -> Span:
    """Return the span with the highest start + end logit, inside one sentence where given.

    Args:
        reading: of one window.
        sentence: the number of the sentence the span has to lie in, None for any place.
    """
    low, high = 0, len(reading.start)
    if sentence is not None:
        low, high = reading.window.sentences[sentence]
        low, high = min(low, len(reading.start) - 1), min(high, len(reading.start))
    scores = reading.start[low:high, None] + reading.end[None, low:high]
    n = scores.shape[0]
    allowed = np.triu(np.ones((n, n), dtype=bool)) & ~np.triu(np.ones((n, n), dtype=bool), MAX_SPAN)
    first, last = divmod(int(np.argmax(np.where(allowed, scores, -np.inf))), n)
    offsets = reading.window.offsets
    return Span(offsets[low + first][0], offsets[low + last][1], float(scores[first, last]))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best sentence of all the windows of a question, and the signs that it answers.

    Attributes:
        window_number: which reading the sentence is in.
        sentence: its number in that window.
        span: the best short answer inside it.
        evidence_margin: its logit less the highest [CLS] evidence logit of its window.
        span_margin: the span's score less the start and end logits of its window's [CLS].
        share: the sentence's part of the softmax over all sentences and [CLS], 0 to 1.
        none_share: what part of that softmax the [CLS] of all the windows take, 0 to 1.
        lead: its logit less the second-best sentence's (10 where there is none).
    """

    window_number: int
    sentence: int
    span: Span
    evidence_margin: float
    span_margin: float
    share: float
    none_share: float
    lead: float

    @property
    def margin(self) -> float:
        """Above 0: the model holds it for an answer. Evidence and span count the same."""
        return self.evidence_margin + self.span_margin / 2


def judge(readings: Sequence[Reading]) -> Verdict:
    """Return the best sentence of the readings of one question (at least one reading)."""
    scores = [(float(s), n, m) for n, r in enumerate(readings) for m, s in enumerate(r.sentences)]
    scores.sort(reverse=True)
    top, number, sentence = scores[0]
    none = readings[number].none
    span = best_span(readings[number], sentence)
    every = np.array([s for s, _, _ in scores] + [float(r.none[EVIDENCE]) for r in readings])
    parts = np.exp(every - every.max())
    parts /= parts.sum()
    return Verdict(
        window_number=number,
        sentence=sentence,
        span=span,
        evidence_margin=top - float(none[EVIDENCE]),
        span_margin=span.score - float(none[START] + none[END]),
        share=float(parts[0]),
        none_share=float(parts[len(scores) :].sum()),
        lead=top - scores[1][0] if len(scores) > 1 else 10.0,
    )
