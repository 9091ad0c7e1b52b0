"""Follow-up questions as they would be asked alone: what they point back to is put in."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from index import words
from qa.text import one_line
from qa.understanding.noun_phrases import (
    ASKING,
    AUXILIARIES,
    BEFORE_VERB,
    PREPOSITIONS,
    PRONOUNS,
    SMALL,
    TOKEN,
    Phrase,
    phrases,
    sort_of,
)
from qa.understanding.relative_dates import with_absolute_times

MAX_TURNS = 10
LEAST_SURE = 2.5  # the score below which a pronoun stays
_MAX_CUT, _MAX_CUT_LENGTH = 6, 100  # words and characters of a question cut short
_MAX_WORDS = 100  # of a question in which pronouns are looked for
_OWNING = frozenset("his her hers their theirs its".split())
_OWNED = frozenset("first last next own other same most many".split())
_CLAUSE = re.compile(
    r"(?i),|\b(?:and|or|but|if|when|because|while|that|before|after|until|since|as)\b"
)
_LEAD = re.compile(rf"(?i)(?:\b({'|'.join(PREPOSITIONS)}) )?(?:\b(?:the|an?) )?$")
_CLAUSAL = AUXILIARIES | PRONOUNS.keys() | ASKING
_AND = r"(?:(?:and|but|so|or)\b\W*)"
# "how long does it take to", "what is it called when", "is it easier to", "is it said that"
_EXPLETIVE = re.compile(
    r"(?i)it (?:\w+ )?(?:(?:take|mean|cost|called)\b.*\b(?:to|when|for)"
    r"|(?:\w+ ){0,2}(?!\w+ed to)\w+ (?:to|that)|(?:his|her|their) \w+)\b"
)
_BARE = re.compile(rf"(?i){_AND}?(why|when|where|how|who)(?: so| not)?\W*$")
_IDENTITY = re.compile(r"(?i)who(?:['’]s| is| was| are| were)\b")
_WHICH = re.compile(r"(?i)(?:what|which)\b")
# "In which years?", "How many?"
_WHICH_ALONE = re.compile(
    rf"(?i){_AND}?(?:(?:{'|'.join(PREPOSITIONS)}) )?"
    r"(?:(?:which|what|whose) (?!is\b|was\b|are\b|were\b)\w+|whom|how (?:many|much|long|often|far|old))\W*$"
)
_CUT_SHORT = re.compile(rf"(?i)(?:{_AND}(?:(?:what|how) about )?|(?:what|how) about )(.+?)\W*$")
# By logistic regression on half of CANARD and TREC CAsT (bench/follow_ups.py): is a phrase what the
# rewritten question adds? Its nearness, whether it is in the last answer, was the subject of a
# question, is a name, has several words, is plural. Rounded; "event" and "place" are too few to fit.
_WEIGHTS = {
    "person": (1.5, 0.7, 1.8, 2.4, 1.9, 0.0),
    "group": (1.3, 0.6, 1.3, 1.6, 0.5, 0.5),
    "thing": (1.8, 0.5, 1.0, 1.0, 1.0, -0.5),
    "event": (1.8, 0.5, 1.0, 1.0, 1.0, 0.0),
    "place": (1.8, 0.5, 1.0, 1.0, 1.0, 0.0),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question as it was understood, its short answer or "", and the phrases of both."""

    question: str
    answer: str
    asked: tuple[Phrase, ...]
    answered: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class _Mention:
    back: int  # turns
    in_answer: bool
    phrase: Phrase


def points_back(question: str) -> bool:
    """Return whether a question may refer to an earlier one: it has a pronoun, or is cut short."""
    low = [t[0].lower() for t in TOKEN.finditer(question)]
    return not PRONOUNS.keys().isdisjoint(low) or bool(
        len(low) <= _MAX_CUT
        and (_BARE.match(question) or _WHICH_ALONE.match(question) or _CUT_SHORT.match(question))
    )


def standalone_question(
    question: str,
    history: Sequence[str],
    answers: Sequence[str | None] = (),
    *,
    people: Container[str] = frozenset(),
) -> str:
    """Return a question as it would be asked without the earlier ones, on one line.

    A question that stands alone comes back unchanged, but for its white space. Only what
    ``history`` and ``answers`` say is added.

    Args:
        question: what is asked now.
        history: the questions asked before, oldest first.
        answers: the short answers to them, None where there was none; may be fewer.
        people: stems of the words of people's names.
    """
    turns: list[Turn] = []
    first = max(len(history) - MAX_TURNS, 0)
    for number, earlier in enumerate(history[first:], start=first):
        answer = answers[number] if number < len(answers) else None
        turns.append(turn_of(resolve(earlier, turns), answer or "", people))
    return resolve(question, turns)


def turn_of(question: str, short_answer: str, people: Container[str]) -> Turn:
    """Return an earlier question and its short answer with the phrases that a pronoun may mean.

    Args:
        question: as it was understood.
        short_answer: "" where there was none.
        people: stems of the words of people's names.
    """
    answer = one_line(short_answer)
    asked, answered = (
        tuple(_person(p, people) for p in each)
        for each in (phrases(question), phrases(answer, is_answer=True))
    )
    return Turn(question, answer, *_named(question, asked, answered))


def _person(phrase: Phrase, people: Container[str]) -> Phrase:
    known = phrase.is_name and bool(phrase.stems) and all(stem in people for stem in phrase.stems)
    return replace(phrase, is_person=True) if known else phrase


def _named(
    question: str, asked: tuple[Phrase, ...], answered: tuple[Phrase, ...]
) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Return what was asked for and answered, both called by the name that the answer gives.

    "Who is the mayor?" answered by "Anna Meier", and "What plan was signed?" by "the Ghent Plan",
    tell what the mayor and the plan are called.
    """
    name = next((p for p in answered if p.is_name and not p.is_location), None)
    subject = next((p for p in asked if p.is_subject), None)
    if not name or not subject or not subject.text.startswith("the "):
        return asked, answered
    is_who = bool(_IDENTITY.match(question))
    if not is_who and not (_WHICH.match(question) and subject.stems & name.stems):
        return asked, answered
    called = name.text if is_who or name.text.startswith("the ") else f"the {name.text}"
    is_person = is_who or subject.is_person
    named = replace(subject, text=called, is_name=True, is_person=is_person)
    own = replace(name, text=called, is_person=is_person)
    return (
        tuple(named if p is subject else p for p in asked),
        tuple(own if p is name else p for p in answered),
    )


def resolve(question: str, turns: Sequence[Turn]) -> str:
    """Return a question as it would be asked without the turns before it, on one line."""
    question = one_line(question)
    if not turns:
        return question
    question = with_absolute_times(question, [turn.question for turn in turns])
    return _completed(question, turns[-1]) or _with_referents(question, turns)


def _with_referents(question: str, turns: Sequence[Turn]) -> str:
    """Return a question in which pronouns are replaced by what they most likely mean."""
    tokens = list(TOKEN.finditer(question))
    parts: list[str] = []
    end = 0
    topic = ""
    taken: dict[str, Phrase] = {}
    for i, token in enumerate(tokens[:_MAX_WORDS]):
        kind = _kind(tokens, i)
        if kind is None or kind in taken:
            continue
        before = phrases(question[: token.start()])
        if _is_explained(kind, token, before):
            continue
        referent = _referent(kind, turns, taken.values())
        if referent is None or any(referent.stems & p.stems for p in before):
            continue
        taken[kind] = referent
        shown = referent.text
        if kind == "event":
            topic = f" ({shown})"
            continue
        if _owns(tokens, i):
            shown += "'" if shown.endswith("s") else "'s"
        if kind == "place":
            shown = "in " + shown
        if token.start() == 0:
            shown = shown[0].upper() + shown[1:]
        parts += [question[end : token.start()], shown]
        end = token.end()
    return "".join([*parts, question[end:], topic])


def _kind(tokens: Sequence[re.Match[str]], i: int) -> str | None:
    """Return the kind of thing a word points back to, or None, as for "there" in "is there"."""
    low = tokens[i][0].lower()
    before = tokens[i - 1][0].lower() if i else ""
    after = tokens[i + 1][0].lower() if i + 1 < len(tokens) else ""
    if low == "there" and (after or before in AUXILIARIES):
        return None
    if low in ("this", "that"):
        is_object = before in AUXILIARIES | PREPOSITIONS | {"what", "why", "how"}
        is_alone = after in (AUXILIARIES | PREPOSITIONS) - {"of"} or i >= len(tokens) - 1 - (
            before in BEFORE_VERB
        )
        return "event" if is_object and is_alone else None
    return PRONOUNS.get(low)


def _owns(tokens: Sequence[re.Match[str]], i: int) -> bool:
    low = tokens[i][0].lower()
    after = tokens[i + 1][0].lower() if i + 1 < len(tokens) else "a"
    return low in _OWNING and (low != "her" or after in _OWNED or after not in SMALL)


def _is_explained(kind: str, pronoun: re.Match[str], before: Sequence[Phrase]) -> bool:
    """Return whether a pronoun refers to a phrase of its own question, or to nothing."""
    low = pronoun[0].lower()
    if low == "it" and _EXPLETIVE.match(pronoun.string, pronoun.start()):
        return True
    if kind == "person" and low != "him" and any(p.is_name and not p.is_location for p in before):
        return True
    if low in _OWNING | {"them"} and any(not p.is_empty and not p.is_location for p in before):
        return True  # "what did the army gain from its victory"
    first = next((p for p in before if not p.is_empty and not p.is_location), None)
    return bool(first and _CLAUSE.search(pronoun.string, first.end, pronoun.start()))


def _referent(kind: str, turns: Sequence[Turn], taken: Iterable[Phrase]) -> Phrase | None:
    """Return the phrase of earlier turns that a pronoun of a kind most likely means."""
    taken_stems = frozenset[str]().union(*(p.stems for p in taken))
    best: tuple[float, Phrase] | None = None
    for stems, mentioned in _mentions(turns).items():
        phrase = max((m.phrase for m in mentioned), key=lambda p: (p.stems == stems, p.is_name))
        if stems <= taken_stems or not _agrees(kind, phrase, mentioned):
            continue
        score = sum(
            w * f for w, f in zip(_WEIGHTS[kind], _features(phrase, mentioned), strict=True)
        )
        if best is None or score > best[0]:
            best = (score, phrase)
    return best[1] if best and best[0] >= LEAST_SURE else None


def _mentions(turns: Sequence[Turn]) -> dict[frozenset[str], list[_Mention]]:
    """Return the mentions of each phrase, the latest first; a part of a name is that name."""
    mentions: dict[frozenset[str], list[_Mention]] = {}
    for back, turn in enumerate(reversed(turns)):
        for in_answer, in_turn in ((False, turn.asked), (True, turn.answered)):
            for phrase in (p for p in in_turn if not p.is_empty):
                mentions.setdefault(phrase.stems, []).append(_Mention(back, in_answer, phrase))
    names = [s for s, mentioned in mentions.items() if any(m.phrase.is_name for m in mentioned)]
    whole_names = [s for s in names if not any(_is_compound(m.phrase) for m in mentions[s])]
    for shorter in sorted(names, key=len):
        whole = next((s for s in whole_names if shorter < s), None)
        if whole:
            mentions[whole] += mentions.pop(shorter)
    return mentions


def _is_compound(phrase: Phrase) -> bool:
    return bool(re.search(r"['’]s? | of ", phrase.text)) or len(phrase.stems) > 4


def _features(phrase: Phrase, mentioned: Sequence[_Mention]) -> tuple[float, ...]:
    return (
        max((1 / (1 + m.back) for m in mentioned if not m.in_answer), default=0.0),
        any(m.in_answer and m.back == 0 for m in mentioned),
        any(m.phrase.is_subject for m in mentioned),
        phrase.is_name,
        len(phrase.stems) > 1,
        phrase.is_plural,
    )


def _agrees(kind: str, phrase: Phrase, mentioned: Sequence[_Mention]) -> bool:
    if kind in ("person", "group") and re.search(r"['’]s? ", phrase.text):
        return False  # neither is Anna's band "she", nor most often "they"
    if kind == "person":
        if phrase.is_plural:
            return False
        return phrase.is_name or any(m.phrase.is_person or m.phrase.is_subject for m in mentioned)
    if kind == "place":
        return any(m.phrase.is_location for m in mentioned)
    return kind != "thing" or not any(m.phrase.is_person for m in mentioned)


def _completed(question: str, turn: Turn) -> str | None:
    """Return a question cut short ("And on Monday?", "Why?") with the rest of the earlier one."""
    if len(question) > _MAX_CUT_LENGTH:
        return None
    inner = re.search(r"\(([^()]+)\)$", turn.question)
    rest = re.split(r"(?<=[.?!]) ", inner[1] if inner else turn.question)[-1].strip(" ?.!")
    if not rest:
        return None
    bare = _BARE.match(question)
    if bare or _WHICH_ALONE.match(question):
        why = _why(bare[1].capitalize(), rest, turn.answer) if bare else None
        return why or f"{question} ({rest})"
    cut = _CUT_SHORT.match(question)
    if not cut and question.partition(" ")[0].lower() in PREPOSITIONS:
        cut = re.match(r"(.+?)\W*$", question)
    low = [t[0].lower() for t in TOKEN.finditer(cut[1])] if cut else []
    if not cut or not 0 < len(low) <= _MAX_CUT or not _CLAUSAL.isdisjoint(low):
        return None
    new = cut[1][0].lower() + cut[1][1:] if low[0] in SMALL else cut[1]
    if span := _counterpart(new, low[0], rest):
        return f"{rest[: span[0]]}{new}{rest[span[1] :]}?"
    return f"{rest} {new}?" if low[0] in PREPOSITIONS else f"{question} ({rest})"


def _why(asked: str, earlier: str, answer: str) -> str | None:
    """Return "Why did …?" of "Did …?" or "When did …?", and None of other questions.

    Of "Who was …?", answered by "Anna", it is "Why was Anna …?".
    """
    first, _, others = earlier.partition(" ")
    if asked == "Who":
        return None
    if first.lower() in AUXILIARIES:
        return f"{asked} {first.lower()} {others}?"
    second = others.partition(" ")[0].lower()
    if first.lower() in ("who", "whom") and second.lower() in AUXILIARIES - BEFORE_VERB and answer:
        return f"{asked} {second} {answer} {others.partition(' ')[2]}?"
    is_adverb = first.lower() in ("when", "where", "why", "how")
    return f"{asked} {others}?" if is_adverb and second in AUXILIARIES else None


def _counterpart(new: str, first: str, earlier: str) -> tuple[int, int] | None:
    """Return where a question has a phrase of the sort of ``new``: the last time, name or noun."""
    sort = sort_of(new)
    for phrase in reversed(phrases(earlier)):
        start, end = phrase.start, phrase.end
        name = re.search(r"\b[A-Z]\w*(?: [A-Z]\w*)*$", earlier[start:end])
        if sort == "name" and name:  # "Vienna" of "the airport of Vienna"
            start += name.start()
        lead = _LEAD.search(earlier, 0, start)
        if lead is None or sort_of(earlier[start:end]) != sort:
            continue
        if first in PREPOSITIONS:
            if sort == "time" or (lead[1] or "").lower() == first:
                return lead.start(), end
        elif sort != "noun" or phrase.stems & set(words(new)):
            if first not in SMALL:
                return start, end
            return lead.start() if sort == "time" or not lead[1] else lead.end(1) + 1, end
    return None
