"""The parts of sentences that questions are made of: names, subjects, clauses that stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qa.understanding.telling_nouns import DAYS, MONTHS, PASTS, ROLES, SAID, TITLES

_CAPITAL = r"(?<![\w’'-])[^\W\d_a-z][\w’'-]*\w"
_JOINED = r"(?:(?:de|da|del|di|van|von|der|den|la|al|el|bin|ibn)(?: (?:der|den|la))? )?"
PERSON = rf"{_CAPITAL}(?: (?:[A-Z]\.|{_JOINED}{_CAPITAL}))+(?<![’']s)"
NAME = rf"{_CAPITAL}(?: {_JOINED}{_CAPITAL})*(?<![’']s)"
INSIDE = r"(?:[^,;:.?!“”\"()–—]|(?<=\d)[,.](?=\d))"  # of a clause
ENDS = r"(?=[,;]| [–—(]|\.?$)"
DATE = (
    rf"(?:in (?:(?:{MONTHS}) )?(?:1\d|20)\d\d|on (?:{DAYS})|on \d{{1,2}} (?:{MONTHS})(?: \d{{4}})?"
    rf"|on (?:{MONTHS}) \d{{1,2}}(?:, \d{{4}})?)"
)
MIN_CLAUSE, MAX_CLAUSE = 4, 14  # words
CLAUSE = re.compile(
    r"[,;:](?!\d)| (?:where|which|who|that|when|while|because|unless|and|but|as|or) "
)
QUOTES = re.compile(r"[“”\"«»()]")
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|must|should|did|does|do|says?"
    rf"|{SAID}|{PASTS}|[a-z]{{3,}}ed)\b"
)
# Words that lean on another sentence, or on whoever speaks.
LEANS = re.compile(
    r"(?i)\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|such|here|there|you|your"
    r"|we|us|our|ours|i|me|my|mine|both|latter|former|same|then|so|too|others?|another|one|ones|each|today|now|ago"
    r"|yesterday|tomorrow|again|also|similar|above|below|following|instead|himself|herself|itself|themselves)\b"
)
# Words of what is counted, compared or asked for in a clause.
COMPARES = re.compile(
    r"(?i)\b(?:more|less|fewer|only|even|still|first|second|third|last|next|as|neither|did|does|between"
    r"|either|few|further|additional|remaining|already|away|nearby|alone|whoever|nobody|nothing|everybody|everyone|what|how|why|whether|if|most|rest)\b"
)
_NO_NAME = re.compile(
    rf"(?:{DAYS}|{MONTHS}|{TITLES}|In|On|At|By|For|With|From|Of|Under|After|Before|Since|If|When|While|As|Although"
    r"|Because|To|According|Like|During|Among|Outside|Near|Over|Between|But|And|The|An?|Its|His|Her|Their|Our|My|Without"
    r"|He|She|It|They|We|You|I|This|That|Not|No|Yes|Then|There|Here|What|Who|Why|How|Where|Which|Dear|Yet|So|Or|Only"
    r"|Even|Both|Some|Most|Many|All|One|Two|Three|Additionally|However|Ask|See|Call|Contact|Email|Ring|Write|Visit"
    r"|Thank|Thanks|Hi|Hello)\b"
)
_SAID_OF = re.compile(r"-(?:born|old|based|trained|educated|led|backed|owned)\b")  # "Arda-born"
_DANGLING = frozenset(
    "the a an of to in on at by for from with as or and about than into over".split()
)
_BEFORE = r"(?<![\w’'-])(?:[\w’'-]+ )"
ROLE_BEFORE = re.compile(
    rf"(?P<role>{_BEFORE}{{0,2}}(?P<core>{ROLES}|{TITLES})) (?P<name>{PERSON})"
)
ROLE_AFTER = re.compile(
    rf"(?P<name>{PERSON}),(?: (?:aged )?\d\d,)? (?P<role>(?:an? |the |its )?(?P<before>(?:(?!for |after |by )[\w’'-]+ ){{0,3}}?)"
    rf"(?P<core>{ROLES})(?: (?:of|for|at|from|in|with|on|to|who|whose|and) {INSIDE}{{2,70}}?)?{ENDS})"
)
AGE = re.compile(rf"(?P<name>{PERSON}), (?:aged )?(?P<age>[1-9]\d)(?=,(?! ?\d)|\.?$)")
_SPEAKS = re.compile(rf"(?P<name>{NAME})(?: also| later| then)? (?:{SAID}|says|warns|argues)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the words that a right answer to it has, and all that it may have."""

    question: str
    core: str
    whole: str


@dataclass(frozen=True, slots=True)
class Names:
    """Words of an article that are names, last names of its people, and words that are no names."""

    words: frozenset[str]
    people: frozenset[str]
    small: frozenset[str]

    def has(self, subject: str) -> bool:
        """Return whether a subject without its article is a name."""
        last = subject.rsplit(maxsplit=1)[-1]
        is_long = last != subject and last[0].isupper()
        return not _NO_NAME.match(subject) and (is_long or subject in self.words)


def names_in(texts: Iterable[str]) -> Names:
    """Return the names in sentences: words never small, and people with a role, age or quote."""
    inner, small, people = set[str](), set[str](), set[str]()
    for text in texts:
        inner.update(re.findall(r"(?<=[a-z,] )[A-Z][\w’'-]+", text))
        small.update(re.findall(r"\b[a-z][\w’'-]+", text))
        for form in (ROLE_BEFORE, ROLE_AFTER, AGE, _SPEAKS):
            people.update(match["name"].split()[-1] for match in form.finditer(text))
    names = frozenset(word for word in inner if word.lower() not in small)
    return Names(names, frozenset(people), frozenset(small))


def is_person(name: str) -> bool:
    """Return whether a name begins and ends as those of people do."""
    last = name.rsplit(maxsplit=1)[-1]
    amiss = _NO_NAME.match(name) or _SAID_OF.search(name)
    return not amiss and last not in ("Dr", "Mr", "Mrs", "Ms", "St", "Prof")


def is_clear(clause: str) -> bool:
    """Return whether a clause is whole and understood alone."""
    words = clause.split()
    return (
        MIN_CLAUSE <= len(words) <= MAX_CLAUSE
        and words[-1] not in _DANGLING
        and not any(form.search(clause) for form in (LEANS, QUOTES, COMPARES))
        and not any(VERB.fullmatch(word) and not word.endswith("ed") for word in words[1:])
    )


def subject_inside(subject: str, names: Names) -> str:
    """Return the subject of a sentence as it is written inside one; nothing where it does not stand alone."""
    bare = re.sub(r"^(?:The|An?|All|No) ", "", subject)
    if LEANS.search(subject) or COMPARES.search(subject) or VERB.search(subject):
        return ""
    if (
        re.search(r"^\d|\b(?:says?|means)\b", subject)
        or _NO_NAME.match(bare)
        or _SAID_OF.search(bare)
    ):
        return ""
    first, _, rest = subject.partition(" ")
    is_named = bare == subject and re.match(r"[A-Z\d]", rest)  # "Highway 102"
    owner = re.sub("[’']s?$", "", first)
    return subject if is_named or names.has(owner) else subject[0].lower() + subject[1:]


def small_the(subject: str) -> str:
    """Return a name as it is written inside a sentence."""
    return subject[0].lower() + subject[1:] if re.match(r"(?:The|An?) ", subject) else subject
