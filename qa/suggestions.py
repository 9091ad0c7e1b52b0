"""Questions to begin with, made from an article's own names, figures and dates.

A question is proposed by what a sentence holds, and shown only if the engine answers it. Nothing here knows any article.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from index import Article, Sentence
from qa.text import one_line
from qa.types import Answer

N_STARTERS = 4
N_ARTICLES = 100  # of many, the first: as many as the page shows
N_PROPOSED = 12
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
# Alternatives of a regular expression.
_SPEAKING = (
    "said|says|told|tells|added|adds|wrote|writes|asked|asks|stressed|stresses|noted|notes|argued"
    "|argues|explained|explains|replied|warned|warns|recalled|thinks|thought|believes|believed"
)
_TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|Professor|President|Chancellor|Minister|Secretary"
    "|Secretary-General|Senator|Governor|Mayor|Judge|Justice|General|Colonel|Captain|Sergeant"
    "|Officer|Inspector|Detective|Coach|King|Queen|Prince|Princess|Pope|Bishop|Father|Sister"
    "|Uncle|Aunt|Spokesman|Spokeswoman|Spokesperson|secretary|spokesman|spokeswoman|spokesperson"
    "|president|chancellor|minister|professor|coach|captain|director"
)
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve twenty hundreds thousands"
)
_DATE = re.compile(
    rf"\b(?:(?i:in|since|until|by) (?P<year>(?:1[5-9]|20)\d\d)"
    rf"|(?i:on) (?P<day>{'|'.join(_DAYS)})"
    rf"|(?i:in|on) (?P<month>(?:\d{{1,2}} )?(?:{'|'.join(_MONTHS)})(?: \d{{1,2}}\b|\b)))"
)
_FIGURE = re.compile(
    rf"(?<![Tt]he )(?<![Tt]hese )(?<![Tt]hose )\b(?:\d[\d,.]*|{_NUMBER_WORDS.replace(' ', '|')})"
    r"(?: (?:million|billion|thousand|hundred))?"
    r" (?P<noun>(?:[a-z]{3,} )?[a-z]{3,}s(?: of (?:the )?[A-Z]\w+)?)\b"
)
_NAME_WORD = r"[A-Z][\w’'-]*[a-z]\w*"
_NAME = re.compile(rf"(?<![.!?“”\"] )(?<!^)\b{_NAME_WORD}(?: {_NAME_WORD})*(?:-[a-z]+)?")
_SPEAKS = re.compile(rf",? (?:{_SPEAKING})\b")
_TITLE = re.compile(rf"\b(?:{_TITLES})\.? ")
_NOT_NAMES = frozenset(
    [*_MONTHS, *_DAYS, *"The This That These Those It He She They We In On".split()]
)
_NOT_COUNTED = frozenset("times others ones was has does less plus perhaps always".split())


# A question, and the words of the text that it was made from.
Proposal = tuple[str, str]


class Engine(Protocol):
    """What is asked: an ``ArticleQA``."""

    @property
    def articles(self) -> Sequence[Article]: ...  # noqa: D102 - as of ArticleQA

    def ask_many(self, questions: Sequence[str]) -> list[Answer]: ...  # noqa: D102


def starter_questions(engine: Engine, n_wanted: int = N_STARTERS) -> tuple[str, ...]:
    """Return up to ``n_wanted`` questions that the engine answers, of different kinds first.

    They are made from the articles that the page shows, the first of many. The answer must cite
    what the question was made from, and no two cite the same sentence first.
    """
    proposals = islice(propose(engine.articles[:N_ARTICLES]), N_PROPOSED)
    taken: dict[str, str] = {}
    while len(taken) < n_wanted and (some := list(islice(proposals, n_wanted))):
        answers = engine.ask_many([question for question, _ in some])
        for (question, words), answer in zip(some, answers, strict=True):
            first = one_line(answer.citations[0].quote) if answer.citations else ""
            if answer.answered and words in first and first not in taken.values():
                taken[question] = first
    return tuple(taken)[:n_wanted]


def propose(articles: Sequence[Article]) -> Iterator[Proposal]:
    """Yield questions about figures, names and dates in turn, each once, in the texts' order."""
    sentences = [s for a in articles for s in a.sentences if s.kind == "body"]
    names = _names(sentences)
    kinds: list[list[Proposal]] = [
        [q for s in sentences for q in _about_figures(s)],
        [_about_name(name, sentences) for name, _ in names.most_common(N_PROPOSED)],
        [q for s in sentences for q in _about_dates(s)],
    ]
    queues = [iter(dict.fromkeys(questions)) for questions in kinds]
    while queues:
        for queue in list(queues):
            if proposal := next(queue, None):
                yield proposal
            else:
                queues.remove(queue)


def question_about(sentence: Sentence) -> str:
    """Return a question about one sentence, to be changed or asked as it is."""
    proposals = [*_about_figures(sentence), *_about_dates(sentence)]
    names = _names([sentence])
    if not proposals and names:
        proposals = [_about_name(next(iter(names)), [sentence])]
    words = one_line(sentence.text).strip("“”\"'.").split()
    return proposals[0][0] if proposals else f"What is said about “{' '.join(words[:8])}”?"


def _about_figures(sentence: Sentence) -> list[Proposal]:
    figures = _FIGURE.finditer(one_line(sentence.text))
    return [
        (f"How many {match['noun']} are there?", match[0])
        for match in figures
        if not _NOT_COUNTED & set(match["noun"].split())
    ]


def _about_dates(sentence: Sentence) -> list[Proposal]:
    questions = []
    for match in _DATE.finditer(one_line(sentence.text)):
        if match["year"]:
            questions.append((f"What happened in {match['year']}?", match["year"]))
        elif match["day"]:
            questions.append((f"What happened on {match['day']}?", match["day"]))
        else:
            word = "on" if any(c.isdigit() for c in match["month"]) else "in"
            questions.append((f"What happened {word} {match['month']}?", match["month"]))
    return questions


def _about_name(name: str, sentences: Sequence[Sentence]) -> Proposal:
    texts = [one_line(s.text) for s in sentences]
    person = any(
        _SPEAKS.match(text, match.end()) or _TITLE.search(text[: match.start()][-20:])
        for text in texts
        for match in re.finditer(re.escape(name), text)
    )
    who = person and " " in name
    return (f"Who is {name}?" if who else f"What is said about {name}?"), name


def _names(sentences: Sequence[Sentence]) -> Counter[str]:
    """Return names and how often they stand inside a sentence, where a capital means something."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        for match in _NAME.finditer(one_line(sentence.text)):
            name = _TITLE.sub("", match[0])
            if len(name) > 3 and not _NOT_NAMES & set(name.split()):
                counts[name] += 1
    return counts
