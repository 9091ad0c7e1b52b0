"""Questions about people: who somebody is, who holds an office, how old, what somebody says and does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.understanding.clauses import (
    AGE,
    CLAUSE,
    COMPARES,
    ENDS,
    INSIDE,
    LEANS,
    MIN_CLAUSE,
    NAME,
    PERSON,
    QUOTES,
    ROLE_AFTER,
    ROLE_BEFORE,
    VERB,
    Asked,
    Names,
    is_clear,
    is_person,
    small_the,
)
from qa.understanding.telling_nouns import MONTHS, PASTS, ROLES, SAID, TITLES

_OFFICE = re.compile(
    rf"(?P<office>(?:[Tt]he|{NAME}[’']s?) (?:[a-z][\w’-]+ ){{0,3}}?(?:{ROLES})"
    rf"(?: (?:of|for) (?:the )?[\w’'-]+(?: [\w’'-]+){{0,2}})?), (?P<name>{PERSON}){ENDS}"
)
# Words before an office that its holder does not have now.
_NOT_NOW = re.compile(r"(?i)\b(?:former|late|ex|then|acting|ousted|dead)[-: ] ?(?:[\w-]+ ){0,2}$")
_PAST_OFFICE = re.compile(
    r"\b(?:1\d|20)\d\d\b|\b(?:former|late|then|until|dismissed|resigned|died)\b"
)
_JOINS = re.compile(
    r"\b(?:of|by|with|and|or|for|to|from|in|at|on|that|said) "
)  # "the party of President"
_SAYS = rf"(?P<verb>{SAID}|says|warns|argues|explains|insists|recalls)"
_SPEAKER = rf"(?P<name>(?:(?:{TITLES}) )?{PERSON})"
_QUOTED = re.compile(rf"^[“\"](?P<words>[^“”\"]+)[,?!][”\"] {_SAYS} {_SPEAKER}(?=[,.]|$)")
_REPORTED = re.compile(
    rf"^{_SPEAKER} (?!told|complained|wrote){_SAYS} (?:that )?(?P<words>(?!(?:by|to|of|in|on|so|at|yes|no)\b).+)$"
)
_SPEAKING = re.compile(
    rf"(?:{SAID}|says|thinks|thought|believes|believed|hopes|noted|stressed|called|asked)\b"
)
_DAY = rf"\d{{1,2}} (?:{MONTHS}) \d{{4}}|(?:{MONTHS}) \d{{1,2}}, \d{{4}}|\d{{4}}"
_BORN = re.compile(
    rf"(?P<name>{PERSON}) \((?:born [^()\d]*(?P<born>{_DAY})|[^()\d]*(?P<from>{_DAY}) ?[–-] ?[^()\d]*(?:{_DAY})\))"
)
# A verb with its subject before it: "Ada Lind, who runs the mill"; "Lind sold the mill".
_WHO = re.compile(
    rf"(?P<name>{PERSON}), who (?:now |still )?"
    rf"(?P<deed>(?!have|are|were|is\b|was\b)[a-z]+(?:ed|s)? {INSIDE}{{8,90}}?)(?=[,;]| [–—]|\.?$)"
)
_DID = re.compile(
    rf"^(?:(?:{TITLES}|Mr|Mrs|Ms|Dr)\.? )?(?P<name>{NAME}) (?:later |then |now )?"
    rf"(?P<deed>(?:[a-z]{{3,}}(?:ed|s)|has|had|will|can|{PASTS}) .+)$"
)


def people_questions(text: str, names: Names) -> Iterator[Asked]:
    """Yield questions about the people of a sentence without its full stop."""
    yield from _offices(text)
    yield from _roles(text)
    yield from _sayings(text)
    yield from _deeds(text, names)


def _offices(text: str) -> Iterator[Asked]:
    for match in () if _PAST_OFFICE.search(text) else _OFFICE.finditer(text):
        if not LEANS.search(match["office"]) and not COMPARES.search(match["office"]):
            yield Asked(f"Who is {small_the(match['office'])}?", match["name"], match["name"])


def _roles(text: str) -> Iterator[Asked]:
    for match in (*ROLE_AFTER.finditer(text), *ROLE_BEFORE.finditer(text)):
        if match.re is ROLE_AFTER:
            of_a_firm = text[: match.start()].endswith(("the ", "of ", "at "))
            amiss = of_a_firm or bool(VERB.search(match["before"]))
        else:
            amiss = bool(_NOT_NOW.search(text[: match.start("name")]))
        if not amiss and not LEANS.search(match["role"]) and is_person(match["name"]):
            role = match["role"] if match.re is ROLE_AFTER else _JOINS.split(match["role"])[-1]
            yield Asked(f"Who is {match['name']}?", match["core"], role)
    for match in AGE.finditer(text):
        if is_person(match["name"]):
            yield Asked(f"How old is {match['name']}?", match["age"], match["age"])
    for match in _BORN.finditer(text):
        if is_person(match["name"]):
            date = match["born"] or match["from"]
            yield Asked(f"When was {match['name']} born?", date, date)


def _sayings(text: str) -> Iterator[Asked]:
    quoted = _QUOTED.match(text)
    match = quoted or _REPORTED.match(text)
    if (
        not match
        or len(match["words"].split()) < MIN_CLAUSE
        or not is_person(match["name"].split()[-1])
    ):
        return
    if quoted or not (LEANS.search(match["words"]) or QUOTES.search(match["words"])):
        do = "does" if match["verb"].endswith("s") else "did"
        yield Asked(f"What {do} {match['name']} say?", match["words"], match["words"])


def _deeds(text: str, names: Names) -> Iterator[Asked]:
    for match in (*_WHO.finditer(text), *_DID.finditer(text)):
        deed, name, relative = match["deed"], match["name"], match.re is _WHO
        first = CLAUSE.split(deed)[0]
        if (relative and first != deed) or deed[len(first) :].startswith((" and ", " or ")):
            continue
        if not relative and name.split()[-1] not in names.people:
            continue
        if is_clear(first) and is_person(name) and not _SPEAKING.match(deed):
            yield Asked(f"Who {first}?", name, name)
