"""Twins: questions like one that a text answers, which it does not answer.

One name, number or date is exchanged for another of the text (a date for a near one where the text has no
other), two names for each other, or a word for its opposite. But for the two names, what is put in stands
nowhere in the sentences that answer, or these might answer the twin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random

from claim_words import OPPOSITE, finder
from questions import content_words

NAME, NUMBER, DATE, ROLE, OPPOSED = "name", "number", "date", "role", "opposite"
KINDS = (NAME, NUMBER, DATE, ROLE, OPPOSED)
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_CALENDAR = frozenset(_MONTHS + _DAYS)
_NAMES = re.compile(r"\b[A-Z][\w'’.-]*\w(?: (?:(?:of|the|de|von) )?[A-Z][\w'’.-]*\w)*")
_NUMBERS = re.compile(r"(?<![\w.,$€£])\d[\d,.]*(?<![.,])\b")
_WORDS = re.compile(r"\w+")
_YEARS = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_BEGINS = re.compile(r"(?:^|[.!?:”\"\n])\s*$")  # what stands before the first word of a sentence
_OPPOSITES = finder(OPPOSITE)
# Two names may be exchanged with no change of meaning around these.
_SYMMETRIC = re.compile(r"\b(?:and|or|with|between|both|from|than|versus|vs)\b", re.I)
# Opposites of these seldom make another question of one.
_LITTLE = frozenset(
    "he she his her can must no all every many most few with without both only lead longer".split()
)
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|must)\b",
    re.I,
)
_Change = tuple[tuple[int, int], str]


def twin(
    question: str, context: str, answering: str, random: Random, *, yes_or_no: bool = False
) -> tuple[str, str] | None:
    """Return (the twin of a question, its kind), None where nothing can be exchanged.

    Args:
        question: has an answer in the context.
        context: other names, numbers and dates are taken from it.
        answering: the sentences of the context that answer.
        random: draws the kind, among those that are possible, and the exchange.
        yes_or_no: is known to be answered by yes or no, whatever its form. "No" would answer it with
            another date, number or opposite.
    """
    changes = {
        NAME: _names(question, context, answering),
        ROLE: _roles(question),
        NUMBER: _numbers(question, context, answering),
        DATE: _dates(question, context, answering),
        OPPOSED: _opposites(question, answering),
    }
    kinds = [NAME, ROLE] if yes_or_no or _YES_OR_NO.search(question) else list(KINDS)
    random.shuffle(kinds)
    for kind in kinds:
        if possible := list(changes[kind]):
            (start, end), put = random.choice(possible)
            return question[:start] + put + question[end:], kind
    return None


def _names(question: str, context: str, answering: str) -> Iterator[_Change]:
    known = content_words(question) | content_words(answering)
    others = sorted({context[a:b] for a, b in _names_in(context)})
    others = [other for other in others if not known & content_words(other)]
    for place in _names_in(question):
        yield from ((place, other) for other in others)


def _numbers(question: str, context: str, answering: str) -> Iterator[_Change]:
    taken = set(_NUMBERS.findall(question + " " + answering))
    others = [n for n in sorted(set(_NUMBERS.findall(context)) - taken) if not _YEARS.fullmatch(n)]
    for match in _NUMBERS.finditer(question):
        if not _YEARS.fullmatch(match.group()):
            yield from ((match.span(), other) for other in others)


def _dates(question: str, context: str, answering: str) -> Iterator[_Change]:
    """Yield years, months and days of the week for others of the text, or near ones."""
    for match in _YEARS.finditer(question):
        years = set(_YEARS.findall(context)) - {match.group()}
        near = {str(int(match.group()) + by) for by in (-3, -2, -1, 1, 2, 3)}
        for year in sorted(y for y in years or near if y not in answering):
            yield match.span(), year
    for names in (_MONTHS, _DAYS):
        for match in re.finditer(rf"\b(?:{'|'.join(names)})\b", question):
            others = [
                name for name in names if name not in {match.group(), *_WORDS.findall(answering)}
            ]
            told = set(others) & set(_WORDS.findall(context))
            yield from ((match.span(), name) for name in others if name in told or not told)


def _roles(question: str) -> Iterator[_Change]:
    """Yield two names exchanged: "Did A sue B?", "Did B sue A?"."""
    for (start, end), (second, stop) in pairwise(_names_in(question)):
        between, one, other = question[end:second], question[start:end], question[second:stop]
        apart = not content_words(one) & content_words(other)
        if apart and _WORDS.search(between) and not _SYMMETRIC.search(between):
            yield (start, stop), other + between + one


def _opposites(question: str, answering: str) -> Iterator[_Change]:
    for match in _OPPOSITES.finditer(question):
        for other in OPPOSITE[match.group().lower()]:
            told = re.search(rf"\b{re.escape(other)}\b", answering, re.I)
            if not told and match.group().lower() not in _LITTLE:
                yield match.span(), other


def _names_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand, without "'s"; no dates, and no single word that begins a sentence."""
    for match in _NAMES.finditer(text):
        name = re.sub(r"['’]s$", "", match.group())
        start, end = match.start(), match.start() + len(name)
        before = _BEGINS.search(text[max(0, start - 3) : start])
        first, *more = name.split()
        if more and not content_words(first):  # "Did Anna Meier …", "In Oslo …"
            start, before, (first, *more) = start + len(first) + 1, None, more
        if content_words(first) and (more or not before) and not _CALENDAR & {first, *more}:
            yield start, end
