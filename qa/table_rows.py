"""A cell that a reader chose in a table is checked against the row and the column that a question names.

Readers know words, not columns. In a row that names its columns ("- Part: Oar; Repair: €35; New: €180") the
question's own words show which row and which column it asks for, where they name them whole. Where the
reader chose another, the answer becomes the cell that was asked for, or, where that is empty, its row;
since the reader did not choose it, it is unsure, unless the question names row and column whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from index import Article, RowCell, Sentence, row_cells, words
from qa.types import Evidence, Reading
from qa.types.threshold import EVEN
from qa.understanding.word_forms import irregular_stems

_UNSURE = 0.8 * EVEN
_MOST_ROWS = 200  # of a table, before and after the one that was chosen
_ASKING = re.compile(
    r"(?i)\b(?:what|which|whose|who)\b(?:['’]s|\s+(?:is|are|was|were))?\s+(?:the\s+|a\s+)?"
)
# What asks for more than any row says: a sum, the most or least of all, or how many rows there are.
_RECKONING = re.compile(
    r"""(?ix) \b(?: total | sum | average | mean | median | altogether | overall | combined | in\ all
    | (?:high|low|larg|small|bigg|cheap|dear|few|long|short|old|new|young|lat|earli|fast|slow|heavi|light)est
    | most | least | best | worst | maximum | minimum )\b"""
)
_COUNTING = re.compile(
    r"(?i)^\W*how many\b[^?]*\b(?:are|were) (?:there|listed|named|given|shown)\b"
)
# What may ask for several rows: "Which deals are open?"
_PLURAL = re.compile(
    r"(?i)^\W*(?:(?:what|which|who|how many)\b.*\b(?:are|were|have)\b|list\b|name\b)"
)
_AMOUNT = re.compile(r"[%$€£¥]|\d")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class _Row:
    """A row of a table: a sentence, and its cells."""

    sentence: Sentence
    cells: tuple[RowCell, ...]

    def text(self, cell: RowCell) -> str:
        return self.sentence.text[cell.start : cell.end]

    def span(self, cell: RowCell) -> tuple[int, int]:
        return self.sentence.start + cell.start, self.sentence.start + cell.end

    def under(self, label: str, asked: frozenset[str] = frozenset()) -> RowCell | None:
        """Return the cell of a label; without a label, the only cell the question does not name."""
        if label:
            return next((cell for cell in self.cells if cell.label == label), None)
        others = [c for c in self.cells if not set(words(self.text(c))) <= asked]
        return others[0] if len(others) == 1 and not others[0].label else None

    @cached_property
    def stems(self) -> dict[tuple[str, str], frozenset[str]]:
        """The stems of each cell by its label and text; of merged cells only the first."""
        texts: dict[str, tuple[str, str]] = {}
        for cell in self.cells:
            texts.setdefault(self.text(cell), (cell.label, self.text(cell)))
        return {key: frozenset(words(text)) for text, key in texts.items()}

    def named(self, asked: frozenset[str]) -> frozenset[tuple[str, str]]:
        """Return the label and text of each cell whose words are all asked for."""
        return frozenset(key for key, stems in self.stems.items() if stems and stems <= asked)


def as_the_rows_say(question: str, reading: Reading) -> Reading:
    """Return a reading whose first evidence is the row, and the cell, that a question names.

    Args:
        question: of the reading.
        reading: returned as it is where its first sentence is no row of a table.
    """
    if not reading.evidence or reading.evidence[0].sentence.kind != "row":
        return reading
    first = reading.evidence[0]
    rows = _table(first.article, first.sentence)
    if _is_reckoned(question, rows):
        bare = tuple(replace(e, short_answer=None) for e in reading.evidence)
        return _unsure(replace(reading, evidence=bare))
    chosen = next(row for row in rows if row.sentence.number == first.sentence.number)
    asked = frozenset(words(question)) | irregular_stems(question)
    fitting = _fitting(rows, chosen, asked)
    cell = _cell_at(chosen, first.short_answer)
    own = cell.label if cell else ""
    column = _asked_column(question, asked, rows, fitting[0], own)
    if chosen not in fitting or column != own:
        changed = _with_rows(reading, rows, fitting, column, asked)
        is_named = len(fitting) == 1 and column == (_after_asking(question, {column}) or own)
        has_column = bool(words(column)) and set(words(column)) <= asked
        is_named = is_named and (has_column or _are_pairs(rows))
        return changed if is_named and changed.evidence[0].short_answer else _unsure(changed)
    if not all(figure in first.article.text for figure in _FIGURE.findall(question)):
        return _unsure(reading)  # a question of the 400 metres, where only the 200 are listed
    if len(fitting) == 1 or not _PLURAL.search(question):
        return reading
    listed = _with_rows(reading, rows, fitting, own, asked)
    return _unsure(listed) if question.lower().startswith("how many") else listed


def _table(article: Article, sentence: Sentence) -> list[_Row]:
    """Return the rows around a sentence that have a label with it in common, or none at all."""
    sentences, number = article.sentences, sentence.number
    first, end = number, number + 1
    while first and number - first < _MOST_ROWS and sentences[first - 1].kind == "row":
        first -= 1
    while end < len(sentences) and end - number < _MOST_ROWS and sentences[end].kind == "row":
        end += 1
    rows = [_Row(s, tuple(row_cells(s.text))) for s in sentences[first:end]]
    labels = [{cell.label for cell in row.cells if cell.label} for row in rows]
    own = labels[number - first]
    return [row for row, others in zip(rows, labels, strict=True) if own & others or own == others]


def _are_pairs(rows: Sequence[_Row]) -> bool:
    """Return whether each row is two cells without labels, as of a price list: a name and what it has."""
    return all(len(row.cells) == 2 and not any(c.label for c in row.cells) for row in rows)


def _is_reckoned(question: str, rows: Sequence[_Row]) -> bool:
    """Return whether a question asks for a sum, extreme or count over rows that no row states."""
    if _COUNTING.search(question):
        return True
    reckoned = {match[0].lower() for match in _RECKONING.finditer(question)}
    return bool(reckoned) and not any(
        word in row.sentence.text.lower() for row in rows for word in reckoned
    )


def _cell_at(row: _Row, span: tuple[int, int] | None) -> RowCell | None:
    """Return the cell of a row in which a span begins."""
    at = span[0] - row.sentence.start if span else -1
    return next((cell for cell in row.cells if cell.start <= at < cell.end), None)


def _fitting(rows: Sequence[_Row], chosen: _Row, asked: frozenset[str]) -> list[_Row]:
    """Return the rows whose cells a question names best; in a tie, those like the chosen row."""

    def n_named(row: _Row) -> int:
        return len(frozenset().union(*(row.stems[key] for key in row.named(asked))))

    best = max([chosen, *rows], key=n_named)  # the first of those that are alike
    named = best.named(asked)
    return [row for row in rows if row.named(asked) == named] if named else [chosen]


def _asked_column(
    question: str, asked: frozenset[str], rows: Sequence[_Row], row: _Row, own: str
) -> str:
    """Return the label of the column that is asked for, usually the chosen cell's.

    Another label wins that the question names more fully. Where it does not name the chosen one at
    all, also one that follows the question word ("What is the limit"), or the only one named, if
    both columns hold amounts.

    Args:
        question: of the reading.
        asked: its stems.
        rows: of the table.
        row: that is asked for.
        own: the label of the chosen cell, "" where there is none.
    """
    known = {label for label, _ in row.named(asked)}
    labels = {c.label for each in rows for c in each.cells if words(c.label)} - known
    if own_named := set(words(own)) & asked:
        return _fuller(labels, own_named, asked, rows) or own
    if after := _after_asking(question, labels):
        return after
    if not (own and _holds_amounts(rows, own)):
        return own
    named = [
        label for label in labels if set(words(label)) <= asked and _holds_amounts(rows, label)
    ]
    return named[0] if len(named) == 1 else own


def _fuller(
    labels: Iterable[str], own_named: set[str], asked: frozenset[str], rows: Sequence[_Row]
) -> str:
    """Return the label that a question names with more words than the chosen one: "2023, Winter", or "".

    It has those of the chosen one too, or holds amounts.
    """
    whole = {
        label: len(set(words(label)))
        for label in labels
        if set(words(label)) <= asked
        and (own_named < set(words(label)) or _holds_amounts(rows, label))
    }
    most = max(whole.values(), default=0)
    fullest = [label for label, n in whole.items() if n == most]
    return fullest[0] if most > len(own_named) and len(fullest) == 1 else ""


def _after_asking(question: str, labels: Iterable[str]) -> str:
    """Return the longest label that follows the asking word of a question, or ""."""
    start = _ASKING.search(question)
    after = words(question[start.end() :]) if start else []
    fitting = [
        label for label in labels if words(label) and after[: len(words(label))] == words(label)
    ]
    return max(fitting, key=len, default="")


def _holds_amounts(rows: Sequence[_Row], label: str) -> bool:
    """Return whether half of the cells of a column, or more, have a figure."""
    cells = [(row, cell) for row in rows if (cell := row.under(label))]
    return 0 < len(cells) <= 2 * sum(bool(_AMOUNT.search(row.text(c))) for row, c in cells)


def _with_rows(
    reading: Reading,
    table: Sequence[_Row],
    rows: Sequence[_Row],
    label: str,
    asked: frozenset[str],
) -> Reading:
    """Return a reading with some rows of a table as its first evidence, and no others of the table.

    Their cells under a label are the short answers, unless these differ.
    """
    first, numbers = reading.evidence[0], {row.sentence.number for row in table}
    cells = [row.under(label, asked) for row in rows]
    texts = {row.text(cell) if cell else None for row, cell in zip(rows, cells, strict=True)}
    evidence = [
        Evidence(
            first.article,
            row.sentence,
            first.score,
            row.span(cell) if cell and len(texts) == 1 else None,
        )
        for row, cell in zip(rows, cells, strict=True)
    ]
    others = (
        e
        for e in reading.evidence
        if e.article is not first.article or e.sentence.number not in numbers
    )
    return replace(reading, evidence=(*evidence, *others), n_cited=len(rows))


def _unsure(reading: Reading) -> Reading:
    """Return a reading that is more likely wrong than right."""
    return replace(reading, confidence=min(reading.confidence, _UNSURE))
