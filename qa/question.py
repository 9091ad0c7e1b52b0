"""A question as it is understood: cleaned, spelt as the articles spell, in its parts, after earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from qa.errors import QuestionError
from qa.history import MAX_EXCHANGES, History
from qa.scope import Scope
from qa.text import one_line
from qa.understanding.intent import Intent, intent_of
from qa.understanding.multi_part import split_parts
from qa.understanding.spelling import Corrected
from qa.understanding.topic import topic_of

MAX_QUESTION = 4000
MAX_PARTS = 10
MAX_SHORT = 5  # words of a question that is too short to name what it is about
_WORD = re.compile(r"\w[\w-]*")
_POINTING = frozenset(
    "it its itself he him his himself she her hers herself they them their theirs themselves"
    " this that these those there here then one ones same other another else too also instead"
    " former latter so".split()
)
_GOING_ON = re.compile(r"(?i)\W*(?:and|but|or|(?:what|how) about)\b")
_WISH_FIRST = re.compile(r"(?P<wish>[^.?!]+)[.!]\s+(?P<rest>\w.*\?)\s*")
_JOINERS = "\u200c\u200d"  # they shape words in Persian and Indian scripts


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood.

    Attributes:
        text: what was asked, cleaned.
        intent: what the person wants; the attributes below count only if that is a question.
        spelt: the text with its slips of spelling mended.
        parts: the questions it asks, each to be answered by itself; most ask one.
        asked: each part with the questions before it that it may refer to, oldest first.
        corrections: (written, taken for) of each misspelt word.
        topic: what the person wants to know all about; "" in any other question.
        is_mixed: whether one of its parts is no ordinary question.
        may_stand_alone: whether it is a follow-up that, asked first, would want all about a topic,
            or the author or date of the articles.
    """

    text: str
    intent: Intent
    spelt: str
    parts: tuple[str, ...]
    asked: tuple[tuple[str, tuple[str, ...]], ...]
    corrections: tuple[tuple[str, str], ...] = ()
    topic: str = ""
    is_mixed: bool = False
    may_stand_alone: bool = False

    def only(self, numbers: Sequence[int]) -> Question:
        """Return the question with only some of its parts."""
        return replace(
            self,
            parts=tuple(self.parts[n] for n in numbers),
            asked=tuple(self.asked[n] for n in numbers),
        )


def clean_question(question: str) -> str:
    """Return a question on one line, without NUL bytes and other control characters.

    Raises:
        QuestionError: nothing is left, or more than ``MAX_QUESTION`` characters are.
    """
    if not isinstance(question, str):
        raise QuestionError(
            f"question must be a text, got {type(question).__name__}", question=question
        )
    shown = (c for c in question if c.isprintable() or c.isspace() or c in _JOINERS)
    cleaned = one_line("".join(shown))
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError(
            "question must hold a word, got none; ask about the article", question=question
        )
    if len(cleaned) > MAX_QUESTION:
        raise QuestionError(
            f"question must be at most {MAX_QUESTION} characters, got {len(cleaned)}; "
            "ask one thing at a time",
            question=question,
        )
    return cleaned


def understand(question: str, history: History | Sequence[str], scope: Scope) -> Question:
    """Return a question as it is understood after others.

    Args:
        question: in plain words, or key words.
        history: what was asked before, oldest first; a text that cannot be asked is left out.
        scope: the articles that are asked, whose spelling words are given.

    Raises:
        QuestionError: the question is empty or too long, or asks too many things.
    """
    text = clean_question(question)
    if isinstance(history, History):
        history = history.over(scope.choice.has_article)
        is_first = not history.exchanges
    else:
        is_first = not history
    spelt = Corrected(text) if scope.notice(text) else scope.written_as_here(text)
    understood = spelt.text[:MAX_QUESTION]
    parts = _parts(understood, is_first=is_first)
    if len(parts) > MAX_PARTS:
        raise QuestionError(
            f"question must ask at most {MAX_PARTS} things, got {len(parts)}; ask them one by one",
            question=text,
        )
    earlier = _earlier(history, scope) if refers_back(understood) else ()
    intent = intent_of(text, is_first=is_first)
    return Question(
        text,
        intent,
        understood,
        parts,
        tuple(_asked(parts, earlier)),
        spelt.changes,
        topic_of(understood, is_first=is_first) if intent == "question" else "",
        intent == "question" and len(parts) > 1 and _any_wish(parts, is_first=is_first),
        not is_first and all(_stands_alone(part) for part in parts),
    )


def _parts(text: str, *, is_first: bool) -> tuple[str, ...]:
    """Return the questions that a text asks; a wish before them ("Tell me about Ada. How old is she?") is one."""
    wish = _WISH_FIRST.fullmatch(text)
    if wish and _any_wish((wish["wish"],), is_first=is_first):
        return (wish["wish"], *split_parts(wish["rest"]))
    return split_parts(text)


def _stands_alone(part: str) -> bool:
    """Return whether a question asks, by itself, all about a topic, or who wrote the articles and when."""
    about = intent_of(part, is_first=True) in ("author", "date")
    return about or bool(topic_of(part, is_first=True))


def _any_wish(parts: Sequence[str], *, is_first: bool) -> bool:
    """Return whether one of some parts wishes an overview, all about a topic, or to know of the article itself."""
    for part in parts:
        intent = intent_of(part, is_first=is_first)
        if intent not in ("question", "opener") or topic_of(part, is_first=is_first):
            return True
        is_first = False  # "it" is now what was asked about
    return False


def refers_back(question: str) -> bool:
    """Return whether a question may mean what an earlier one names.

    It has a pronoun or another word that points, goes on ("And …", "What about …"), or is short.
    Few questions that stand alone do, and the reader ignores an earlier question that does not matter.
    """
    low = [word.lower() for word in _WORD.findall(question)]
    return len(low) <= MAX_SHORT or not _POINTING.isdisjoint(low) or bool(_GOING_ON.match(question))


def _earlier(history: History | Sequence[str], scope: Scope) -> tuple[str, ...]:
    """Return the last questions of a history, spelt as the articles spell."""
    if isinstance(history, History):
        return history.questions
    cleaned = []
    for text in history:
        with suppress(QuestionError):
            cleaned.append(clean_question(text))
    return tuple(scope.written_as_here(text).text for text in cleaned[-MAX_EXCHANGES:])


def _asked(
    parts: tuple[str, ...], earlier: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each part with what it may refer to: the part before it, as the questions before them all."""
    for number, part in enumerate(parts):
        before = (*earlier, *parts[:number])[-MAX_EXCHANGES:]
        yield part, before if refers_back(part) else ()
