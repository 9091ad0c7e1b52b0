"""Who does what to whom: whether the words of a sentence stand in an order that its evidence allows.

Nothing is parsed. A sentence may leave words out, move one phrase with its preposition to its beginning or
its end, and turn the active into the passive or back. Any other turn may say another thing, and so may a turn
into the passive that leaves the order as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index import words
from qa.understanding.word_forms import irregular_stems
from qa.writer.quantities import number_of

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+|,\d{3})*")
_OPENERS = frozenset(
    """in on at by from to for with since until before after during near through within around between under
    over into because as about inside outside across along behind off if while when although though of
    against without despite according above below every each last next this""".split()
)
_JOINTS = frozenset("and or but while whereas though although who which that because".split())
_WEAK, _STRONG = re.compile(r"[,()–—]"), re.compile(r"[;:!?]")
_BE = frozenset("is are was were be been being get gets got".split())
_N_BETWEEN = 3  # words from a form of "be" to its participle


@dataclass(frozen=True, slots=True)
class _Word:
    """A content word of a sentence.

    Attributes:
        stem: of the word.
        phrase: the preposition before it, if it is the first content word of a phrase.
        passive: whether it is a participle after a form of "be".
        opens: whether a clause or a member of a list begins before it.
        begins: whether a sentence, or what follows a semicolon or colon, begins there.
        position: where it stands among the evidence's content words; None where it is not there.
    """

    stem: str
    phrase: str
    passive: bool
    opens: bool
    begins: bool
    position: int | None = None


def is_in_order(sentence: str, quotes: Sequence[str]) -> bool:
    """Return whether the word order of a sentence is an allowed rewording of its quotes."""
    theirs = _of_quotes(quotes)
    own = [word for word in _located(sentence, theirs) if word.position is not None]
    for verb in [w for w in own if w.passive != theirs[w.position or 0].passive]:
        number = next((n for n, w in enumerate(own) if w is verb), None)
        rest = own if number is None else _without_turn(own, number, theirs)
        if rest is None:
            return False
        own = rest
    return _rises(own) or any(
        _rises(rest)
        and _rises(phrase)
        and theirs[phrase[0].position or 0].phrase == phrase[0].phrase != ""
        for phrase, rest in _moves(own)
    )


def skips_a_subject(sentence: str, quotes: Sequence[str]) -> bool:
    """Return whether a sentence goes on with a clause of its quotes but not with that clause's beginning.

    "Lund built it, and Malmo paid": "Lund paid" leaves out who did so.
    """
    theirs = _of_quotes(quotes)
    for a, b in pairwise(word.position for word in _located(sentence, theirs)):
        if a is None or b is None or b <= a:
            continue
        gap = theirs[a + 1 : b]  # the sentence leaves these words out here
        weak = next((w for w in reversed(theirs[a + 1 : b + 1]) if w.opens), None)
        if any(word.begins for word in gap) or (weak is not None and weak is not theirs[b]):
            return True
    return False


def _of_quotes(quotes: Sequence[str]) -> list[_Word]:
    """Return the content words of quotes; each quote begins anew."""
    content: list[_Word] = []
    for quote in quotes:
        own = list(_content(quote))
        content += [replace(word, opens=True, begins=True) for word in own[:1]] + own[1:]
    return content


def _located(sentence: str, theirs: Sequence[_Word]) -> list[_Word]:
    """Return the content words of a sentence with positions; of several, the next in order."""
    at: dict[str, list[int]] = {}
    for number, word in enumerate(theirs):
        at.setdefault(word.stem, []).append(number)
    located, last = [], -1
    for word in _content(sentence):
        forms = (word.stem, *irregular_stems(word.stem))
        positions = next((at[form] for form in forms if form in at), [])
        position = next((n for n in positions if n > last), positions[-1] if positions else None)
        last = last if position is None else position
        located.append(replace(word, position=position))
    return located


def _without_turn(own: Sequence[_Word], number: int, theirs: Sequence[_Word]) -> list[_Word] | None:
    """Return the words without a verb that is passive in one text only, and without its agent.

    None where the subject has not changed sides, so that the agent is another.
    """
    verb, before = own[number], own[:number]
    pivot = verb.position or 0
    if not before:
        return [w for w in own if w is not verb]
    if (before[-1].position or 0) < pivot:
        return None
    if verb.passive:
        doers = {n for n in range(number + 1, len(own)) if (own[n].position or 0) < pivot}
        if doers and own[min(doers)].phrase != "by":
            return None
    else:  # the agent after "by" is now the subject
        doers = {n for n in range(number) if (own[n].position or 0) > pivot}
        first = min(own[n].position or 0 for n in doers)
        if theirs[first].phrase != "by":
            return None
    return [w for n, w in enumerate(own) if n != number and n not in doers]


def _moves(own: Sequence[_Word]) -> Iterator[tuple[Sequence[_Word], Sequence[_Word]]]:
    """Yield each way to take a phrase from the beginning or the end, with the rest."""
    for cut in range(1, len(own)):
        yield own[:cut], own[cut:]
        yield own[cut:], own[:cut]


def _content(text: str) -> Iterator[_Word]:
    phrase, since_be, end, opens, begins = "", _N_BETWEEN, 0, False, False
    for match in _WORD.finditer(text):
        token, gap = match[0].casefold(), text[end : match.start()]
        begins = begins or bool(_STRONG.search(gap))
        opens = opens or begins or token in _JOINTS or bool(_WEAK.search(gap))
        end = match.end()
        if token in _BE:
            since_be = -1
        since_be += 1
        if token in _OPENERS:
            phrase = token
        if stems := words(token):
            stem = number_of(token) or stems[0]
            participle = token.endswith("ed") or bool(irregular_stems(token))
            passive = participle and since_be <= _N_BETWEEN
            yield _Word(stem, phrase, passive, opens, begins)
            phrase, opens, begins = "", False, False


def _rises(own: Sequence[_Word]) -> bool:
    return all((a.position or 0) <= (b.position or 0) for a, b in pairwise(own))
