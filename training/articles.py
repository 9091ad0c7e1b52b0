"""Whole articles: their windows near a question, and whether the sentence found answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from near import Pool
from reading import Verdict
from squad import Question
from tokenizers import Tokenizer
from windows import Text, make_texts, part

WINDOW = 160
TOP_K = 8


@dataclass(frozen=True, slots=True)
class Near:
    """Windows of an article near a question, with the number of the paragraph each is of."""

    paragraphs: list[int]
    windows: list[Text]


class WholeArticle:
    """An article in paragraphs, searched for the windows near a question."""

    def __init__(self, tokenizer: Tokenizer, paragraphs: Sequence[str]) -> None:
        """Cut the paragraphs into windows of whole sentences and index them."""
        self.numbers = {paragraph: number for number, paragraph in enumerate(paragraphs)}
        self.texts = make_texts(tokenizer, paragraphs)
        members = [(n, text) for n, text in enumerate(self.texts) if text.sentences]
        self.pool = Pool(members, lambda: WINDOW)

    def near(self, question: str, without: Sequence[str] = ()) -> Near:
        """Return the windows nearest to a question, those with one of the words ``without`` not."""
        runs = self.pool.nearest([question], TOP_K + 8 * bool(without))[0]
        bad = [words.lower() for words in without]
        kept = [run for run in runs if not any(words in run.words.lower() for words in bad)]
        return Near(
            [run.text_number for run in kept[:TOP_K]],
            [part(self.texts[run.text_number], run.run) for run in kept[:TOP_K]],
        )

    def is_evidence(self, question: Question, near: Near, verdict: Verdict) -> bool:
        """Return whether a gold answer begins in the sentence found."""
        window = near.windows[verdict.window_number]
        if near.paragraphs[verdict.window_number] != self.numbers[question.context]:
            return False
        return holds_answer(window, verdict.sentence, question.answers)


def holds_answer(window: Text, sentence: int, answers: Sequence[tuple[str, int]]) -> bool:
    """Return whether one of the answers (text, start) begins in a sentence of the window."""
    a, b = window.sentences[sentence]
    low, high = window.offsets[a][0], window.offsets[b - 1][1]
    return any(low <= start < high for _, start in answers)
