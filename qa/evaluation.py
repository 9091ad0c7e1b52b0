"""How good the answers to labelled questions are."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import Article
from qa.article_qa import ArticleQA
from qa.batch.question_file import LabelledQuestion
from qa.errors import QuestionFileError
from qa.text import one_line, to_json
from qa.types import Answer, Citation

# A sentence, by its article's id and its number.
Key = tuple[str, int]
# Where a snippet occurs: each time, the sentences it touches.
_Occurrences = list[frozenset[Key]]
_CHUNK = 32


@dataclass(frozen=True, slots=True)
class Judged:
    """How one question was answered; figures that its kind of question has not are None.

    ``ranking_hit`` says whether the best-ranked sentence is evidence even where the answer was
    declined; ``hit`` whether the first citation is, and a declined answer has none.
    """

    question: LabelledQuestion
    answer: Answer
    ranking_hit: bool | None = None
    hit: bool | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    short_exact: bool | None = None
    short_f1: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as JSON-ready values."""
        names = ("ranking_hit", "hit", "precision", "recall", "f1", "short_exact", "short_f1")
        return {
            "id": self.question.id,
            "answerable": self.question.answerable,
            **self.answer.to_dict(),
            **{name: getattr(self, name) for name in names},
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The quality over a question file: shares and means from 0 to 1; None where nothing counts.

    Attributes:
        n_answerable: how many questions the article answers.
        n_unanswerable: how many it does not.
        hit_at_1: share of answerable questions whose first citation is evidence; declined is a miss.
        ranking_hit_at_1: the same with no question declined: the best-ranked sentence is judged.
        citation_precision: share of cited sentences that are evidence, mean over answerable ones.
        citation_recall: share of evidence that is cited, likewise.
        citation_f1: their harmonic mean for each question, against its best alternative, likewise.
        short_answer_exact: share of short answers that equal a labelled one; none given is a miss.
        short_answer_f1: their overlap in words, likewise; none given is 0.
        unanswerable_declined: share of unanswerable questions that were declined.
        answerable_declined: share of answerable questions that were declined, wrongly.
    """

    n_answerable: int
    n_unanswerable: int
    hit_at_1: float | None
    ranking_hit_at_1: float | None
    citation_precision: float | None
    citation_recall: float | None
    citation_f1: float | None
    short_answer_exact: float | None
    short_answer_f1: float | None
    unanswerable_declined: float | None
    answerable_declined: float | None


TITLES = {
    "n_answerable": "answerable questions",
    "n_unanswerable": "unanswerable questions",
    "hit_at_1": "evidence hit@1, first citation",
    "ranking_hit_at_1": "evidence hit@1, best-ranked sentence",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "citation_f1": "citation F1",
    "short_answer_exact": "short answer, exact match",
    "short_answer_f1": "short answer F1",
    "unanswerable_declined": "unanswerable, declined",
    "answerable_declined": "answerable, wrongly declined",
}


def evaluate(
    engine: ArticleQA,
    questions: Sequence[LabelledQuestion],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Figures, list[Judged]]:
    """Return the figures and how each question was answered.

    Raises:
        QuestionFileError: a snippet of evidence stands nowhere in the articles.
        QuestionError: a question is too long.
    """
    gold = [[_occurrences(engine.articles, e, q) for e in q.evidence] for q in questions]
    judged: list[Judged] = []
    if progress:
        progress(0, len(questions))
    for start in range(0, len(questions), _CHUNK):
        chunk = questions[start : start + _CHUNK]
        answers = engine.ask_many([q.question for q in chunk], histories=[q.history for q in chunk])
        judged += map(judge, chunk, answers, gold[start : start + _CHUNK])
        if progress:
            progress(len(judged), len(questions))
    return summarise(judged), judged


def judge(
    question: LabelledQuestion, answer: Answer, gold: Sequence[Sequence[_Occurrences]]
) -> Judged:
    """Return how one question was answered; ``gold`` has the occurrences of each evidence snippet."""
    if not question.answerable:
        return Judged(question, answer)
    evidence = {
        key for snippets in gold for occurrences in snippets for p in occurrences for key in p
    }
    cited = [_key(c) for c in answer.citations]
    ranked = [_key(c) for c in answer.citations or answer.nearest]
    precision, recall, f1 = max(
        (_overlap(set(cited), _nearest(set(cited), snippets)) for snippets in gold),
        key=lambda scores: (scores[2], scores[1]),
    )
    return Judged(
        question,
        answer,
        ranking_hit=bool(ranked) and ranked[0] in evidence,
        hit=bool(cited) and cited[0] in evidence,
        precision=precision,
        recall=recall,
        f1=f1,
        short_exact=max((exact(answer.short_answer, a) for a in question.answers), default=None),
        short_f1=max((word_f1(answer.short_answer, a) for a in question.answers), default=None),
    )


def summarise(judged: Sequence[Judged]) -> Figures:
    """Return the figures over judged questions."""
    asked = [j for j in judged if j.question.answerable]
    others = [j for j in judged if not j.question.answerable]
    return Figures(
        n_answerable=len(asked),
        n_unanswerable=len(others),
        hit_at_1=_mean(j.hit for j in asked),
        ranking_hit_at_1=_mean(j.ranking_hit for j in asked),
        citation_precision=_mean(j.precision for j in asked),
        citation_recall=_mean(j.recall for j in asked),
        citation_f1=_mean(j.f1 for j in asked),
        short_answer_exact=_mean(j.short_exact for j in asked),
        short_answer_f1=_mean(j.short_f1 for j in asked),
        unanswerable_declined=_mean(not j.answer.answered for j in others),
        answerable_declined=_mean(not j.answer.given for j in asked),
    )


def figures_table(figures: Figures) -> str:
    """Return the figures as a table for a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("measure", box=box.SIMPLE)
    table.add_column("value", justify="right")
    for name, value in asdict(figures).items():
        shown = "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
        table.add_row(TITLES[name], shown)
    console = Console()
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n")


def write_report(
    path: Path, figures: Figures, judged: Sequence[Judged], settings: dict[str, Any]
) -> None:
    """Write the figures, what they were measured with and every judgement as JSON."""
    report = {
        "settings": settings,
        "figures": asdict(figures),
        "questions": [j.to_dict() for j in judged],
    }
    path.write_text(to_json(report, indent=1) + "\n", encoding="utf-8")


def normalise(text: str) -> str:
    """Return a short answer without case, ASCII punctuation, English articles and extra space.

    Source: the official SQuAD evaluation script, ``normalize_answer``.
    """
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return one_line(re.sub(r"\b(a|an|the)\b", " ", bare))


def exact(given: str | None, labelled: str) -> bool:
    """Return whether a short answer is the labelled one; None never is."""
    return given is not None and normalise(given) == normalise(labelled)


def word_f1(given: str | None, labelled: str) -> float:
    """Return the harmonic mean of the shares of words that two short answers share; 0 for None."""
    if given is None:
        return 0.0
    words, gold = normalise(given).split(), normalise(labelled).split()
    if not words or not gold:
        return float(words == gold)
    common = (Counter(words) & Counter(gold)).total()
    return 2 * common / (len(words) + len(gold))


def _key(citation: Citation) -> Key:
    return citation.article.id, citation.sentence_number


def _overlap(cited: set[Key], gold: set[Key]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of cited sentences; all 0 where none is cited."""
    common = len(cited & gold)
    if not cited:
        return 0.0, 0.0, 0.0
    return common / len(cited), common / len(gold), 2 * common / (len(cited) + len(gold))


def _nearest(cited: set[Key], snippets: Sequence[_Occurrences]) -> set[Key]:
    """Return the sentences of an alternative; of a snippet's occurrences, the one most cited counts."""
    best = [max(occurrences, key=lambda p: (len(p & cited), -len(p))) for occurrences in snippets]
    return set().union(*best)


def _occurrences(
    articles: Iterable[Article], snippets: Sequence[str], question: LabelledQuestion
) -> list[_Occurrences]:
    """Return where each snippet stands; raise QuestionFileError where one stands nowhere."""
    of_snippets = []
    for snippet in snippets:
        occurrences = [
            occurrence for article in articles for occurrence in _in_article(article, snippet)
        ]
        if not occurrences:
            raise QuestionFileError(
                f"evidence of question {question.id} must stand in the articles, "
                f"got {snippet[:80]!r}; name the article it was labelled for with --article",
                name=str(question.id),
            )
        of_snippets.append(occurrences)
    return of_snippets


def _in_article(article: Article, snippet: str) -> _Occurrences:
    occurrences, start = [], article.text.find(snippet)
    while start >= 0:
        end = start + len(snippet)
        touched = [s for s in article.sentences if s.start < end and start < s.end and s.citable]
        if touched:
            occurrences.append(frozenset((article.id, s.number) for s in touched))
        start = article.text.find(snippet, end)
    return occurrences


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are, to four digits, or None without any."""
    counted = [v for v in values if v is not None]
    return round(sum(counted) / len(counted), 4) if counted else None
