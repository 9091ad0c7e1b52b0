"""Questions about things: what a name stands for, what happened on a day, when, how many, whether."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.understanding.clauses import (
    CLAUSE,
    COMPARES,
    DATE,
    ENDS,
    INSIDE,
    LEANS,
    MAX_CLAUSE,
    MIN_CLAUSE,
    NAME,
    QUOTES,
    VERB,
    Asked,
    Names,
    is_clear,
    is_person,
    small_the,
    subject_inside,
)
from qa.understanding.telling_nouns import DAYS, MONTHS, PASTS, ROLES, THINGS

_NOUN = r"(?:an?|the|one of the) (?:(?!(?:first|last|only|same|other|second|third|different|such|of|at|in|for|from|to|on|by|with|who|that)\b)[\w’'-]+ ){0,3}?"
_A_ROLE = re.compile(rf"{_NOUN}(?:{ROLES})\b(?=$|,| (?:of|at|in|for|from|who|and|with)\b)")
_A_THING = re.compile(
    rf"{_NOUN}(?:{THINGS})(?=$|,| (?:of|in|on|at|for|from|that|which|near|with|by|to|where|whose|based|\w+ed|\w+ing)\b)"
)
_KNOWN_AS = re.compile(
    rf"(?P<name>(?:[Tt]he )?{NAME}), (?P<what>(?:an?|the|one of the) [a-z]{INSIDE}{{5,90}}){ENDS}"
)
_IN_FRONT = re.compile(
    r"(?:^|[,;:–—“”] )(?:In|On|At|By|For|With|From|Under|After|Before|Since|According to)\b[^,]*$"
)
_IS = re.compile(
    rf"^(?P<subject>(?:The )?{NAME}|An? (?:[a-z-]+ ){{0,2}}[a-z-]+)(?: \([^()]*\))?(?:, [^,]{{3,60}},)? (?P<verb>is|was)"
    rf" (?P<what>(?:an?|the|one of the) {INSIDE}+)"
)
_DEFINED = re.compile(
    r"^(?P<subject>[A-Z][a-z]{3,})(?:, [^,]{3,60},)? is (?P<what>(?:an?|the|any) (?:[a-z-]+ ){0,3}[a-z-]+"
    r" (?:where|that|which|in which|of|between|by which) .+)$"
)
_MOST = re.compile(
    r"\b(?:\w{2,}est|\w*most|only)\b"
)  # a judgement, which says what something is for
_LABELLED = re.compile(rf"^(?P<date>(?:1\d|20)\d\d|{DAYS}): (?P<what>.+)$")  # of a chronicle
_DATED = re.compile(
    rf"^(?P<date>(?i:{DATE})),? (?P<what>(?!and |or |to |until |through |alone |morning|afternoon|evening|night).+)$"
)
_SUBJECT = r"(?P<subject>(?:(?:The|An?|Any|Every|All|No) )?[\w’'-]+(?: (?!that\b|which\b|whos?e?\b|and\b)[\w’'-]+){0,5}?)"
_STATED = re.compile(rf"^{_SUBJECT} (?P<verb>is|are|was|were|will|can|has|have) (?P<rest>.+)$")
_PARTICIPLE = (
    r"(?:be |been )?(?:[a-z]+ly )?(?:not )?(?:[a-z]{2,}(?:ed|en|wn|ilt|ound|eft|ung)"
    r"|put|set|cut|shut|paid|made|sold|held|led)\b"
)
_DONE = re.compile(rf"(?:not )?{_PARTICIPLE}|(?:not )?(?:open|closed|free|due)\b")
_WHEN = re.compile(rf"^(?P<rest>{_PARTICIPLE}.*?) (?P<asked>{DATE}|since (?:1\d|20)\d\d)$")
_WHEN_WILL = re.compile(
    rf"^(?P<rest>[a-z]+.*?) (?P<asked>{DATE}|(?:by|from|until|after) \d{{1,2}} (?:{MONTHS}))$"
)
_WHY = re.compile(rf"^(?P<rest>{_PARTICIPLE}.*?),? (?P<asked>(?:because|due to|owing to) .+)$")
_ADDS = re.compile(
    r"$|;|, (?:which|who|where|so|as|because|one)\b"
)  # after a statement that is whole
_NUMBER = (
    r"(?:(?:about|some|around|nearly|almost|more than|at least|up to|over) )?(?:\d[\d,.]*\d|\d|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty"
    r"|forty|fifty|sixty)(?: (?:hundred|thousand|million|billion))?"
)
_TIME = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
# What something has or takes of a thing, by its verb.
_MEASURES = (
    (
        re.compile(rf"^{_SUBJECT} (?P<verb>take|last)s (?P<value>{_NUMBER} {_TIME})\b.*$"),
        "How long does {subject} {verb}?",
    ),
    (
        re.compile(
            rf"^{_SUBJECT} (?P<verb>weigh|cost)s (?P<value>(?:[€$£]\d[\d,.]*\d|{_NUMBER})(?: [mb]illion)?(?: (?!a|per|for|at|in|with)[a-z]+)?)(?=[,;.]| (?:a|per|for|at|in|with) |$)"
        ),
        "How much does {subject} {verb}?",
    ),
    (
        re.compile(
            rf"^{_SUBJECT} (?P<verb>open|close|start|begin|end|expire|reopen)s (?P<value>(?:at|on|in) [^,;]*\d[^,;]*)(?=[,;]|$)"
        ),
        "When does {subject} {verb}?",
    ),
    (
        re.compile(
            rf"^{_SUBJECT} (?P<verb>contain|hold|employ|cover|seat|need|count|include|own|run|support)s"
            rf" (?P<value>{_NUMBER}) (?P<noun>(?:[a-z][\w-]* )?[a-z]+(?:s|men|women|people|children))(?=[,;]|$)"
        ),
        "How many {noun} does {subject} {verb}?",
    ),
    (
        re.compile(
            rf"^{_SUBJECT} has (?P<value>{_NUMBER}) (?P<noun>(?:[a-z][\w-]* )?[a-z]+(?:s|men|women|people|children))(?=[,;]|$)"
        ),
        "How many {noun} does {subject} have?",
    ),
)
_COUNTED = re.compile(
    rf"^(?P<value>(?i:{_NUMBER})) (?P<noun>(?:[a-z][\w-]* )?[a-z]+(?:s|men|women|people|children))"
    rf" (?P<rest>(?:are|were|have|had|will|can|{PASTS}|[a-z]{{3,}}ed) .+)$"
)
_PRICED = re.compile(rf"(?P<thing>(?:[Tt]he )?{NAME}) \((?P<money>[€$£]\d[\d,.]*\d)\)")
_ROW = re.compile(r"(?P<column>[A-Z][a-z]+(?: [a-z]+){0,2}): (?P<value>[^;]+)(?:; |$)")
_MAX_CELL = 6  # words


def thing_questions(text: str, names: Names) -> Iterator[Asked]:
    """Yield questions about the things of a sentence without its full stop."""
    yield from _appositions(text)
    yield from _definitions(text, names)
    yield from _days(text)
    yield from _measures(text, names)
    yield from _counts(text)
    yield from _statements(text, names)


def row_questions(text: str) -> Iterator[Asked]:
    """Yield a question for each cell of a row that names its columns, by its first cell."""
    cells = list(_ROW.finditer(text))
    named = cells and re.fullmatch(r"[A-Z][\w’' -]+", cells[0]["value"])
    for cell in cells[1:] if named else ():
        if len(cell["value"].split()) <= _MAX_CELL:
            kind = cells[0]["column"].lower()
            row = cells[0]["value"] if kind == "name" else f"the {kind} {cells[0]['value']}"
            question = f"What is the {cell['column'].lower()} of {row}?"
            yield Asked(question, cell["value"], cell["value"])


def _appositions(text: str) -> Iterator[Asked]:
    for match in _KNOWN_AS.finditer(text):
        before, what = text[: match.start()], match["what"]
        is_listed = re.match(r",? (?:and|or) ", text[match.end() :])
        amiss = is_listed or _IN_FRONT.search(before) or before.endswith((" a ", " an "))
        leans = any(form.search(what) for form in (LEANS, VERB, _MOST))
        name = re.sub(r"^[Tt]he ", "", match["name"])
        if not amiss and not leans and is_person(name) and _A_THING.match(what):
            yield Asked(f"What is {small_the(match['name'])}?", what, what)
    for match in _PRICED.finditer(text):
        yield Asked(
            f"How much does {small_the(match['thing'])} cost?", match["money"], match["money"]
        )


def _definitions(text: str, names: Names) -> Iterator[Asked]:
    defined = _DEFINED.match(text)
    is_noun = defined and defined["subject"].lower() in names.small
    match = defined if is_noun else _IS.match(text)
    if (
        not match
        or LEANS.search(f"{match['subject']} {match['what']}")
        or _MOST.search(match["what"])
    ):
        return
    what, verb = match["what"], "is" if is_noun else match["verb"]
    subject = match["subject"].lower() if is_noun else small_the(match["subject"])
    is_name = names.has(subject.removeprefix("the "))
    pronoun = "What" if is_noun or ((is_name or subject[0] == "a") and _A_THING.match(what)) else ""
    if is_name and subject[0].isupper() and _A_ROLE.match(what):
        pronoun = "Who"
    if pronoun:
        yield Asked(f"{pronoun} {verb} {subject}?", CLAUSE.split(what)[0], what)


def _days(text: str) -> Iterator[Asked]:
    labelled = _LABELLED.match(text)
    match = labelled or _DATED.match(text)
    if not match or QUOTES.search(match["what"]):
        return
    what, date = match["what"], match["date"]
    is_year = labelled is not None and date.isdigit()
    date = f"{'in' if is_year else 'on'} {date}" if labelled else date[0].lower() + date[1:]
    first = CLAUSE.split(what)[0]
    if LEANS.search(first) or VERB.match(first) or len(first.split()) < MIN_CLAUSE:
        return
    happened = re.search(rf"\b(?:{PASTS}|[a-z]{{3,}}ed)\b", first)
    if re.search(r"\bwill\b", first):
        yield Asked(f"What will happen {date}?", first, what)
    elif is_year or (happened and not re.search(r"\b(?:has|have|is|are|had)\b", first)):
        yield Asked(f"What happened {date}?", first, what)


def _measures(text: str, names: Names) -> Iterator[Asked]:
    for form, question in _MEASURES:
        match = form.match(text)
        if match and (subject := subject_inside(match["subject"], names)):
            asked = question.format(**match.groupdict() | {"subject": subject})
            yield Asked(asked, match["value"], match["value"])


def _counts(text: str) -> Iterator[Asked]:
    match = _COUNTED.match(text)
    if not match or COMPARES.search(match["noun"]):
        return
    if is_clear(match["rest"]) and not CLAUSE.search(match["rest"]):
        yield Asked(f"How many {match['noun']} {match['rest']}?", match["value"], match["value"])


def _statements(text: str, names: Names) -> Iterator[Asked]:
    """Yield when and why something is so, and whether it is."""
    match = None if QUOTES.search(text) else _STATED.match(text)
    subject = subject_inside(match["subject"], names) if match else ""
    if not match or not subject:
        return
    verb, rest = match["verb"], match["rest"]
    when = _WHEN.match(rest) or (_WHEN_WILL.match(rest) if verb == "will" else None)
    for word, asked in (("When", when), ("Why", _WHY.match(rest))):
        if asked and not any(f.search(asked["rest"]) for f in (LEANS, CLAUSE, COMPARES)):
            since = "Since when" if asked["asked"].startswith("since") else word
            yield Asked(
                f"{since} {verb} {subject} {asked['rest']}?", asked["asked"], asked["asked"]
            )
    first = CLAUSE.split(rest)[0]
    is_told = verb in ("can", "will") or (verb in ("is", "are") and _DONE.match(first))
    if (
        is_told
        and not subject.startswith("no ")
        and _ADDS.match(rest[len(first) :])
        and _is_asked(first)
    ):
        yield Asked(f"{verb.capitalize()} {subject} {first.removeprefix('not ')}?", first, text)


def _is_asked(predicate: str) -> bool:
    """Return whether it is natural to ask whether something is so."""
    words = predicate.removeprefix("not ").split()
    return (
        2 <= len(words) <= MAX_CLAUSE
        and words[0] not in ("have", "be able")
        and not re.search(r"(?:per ?cent|%|\d)$", predicate)
        and not any(form.search(predicate) for form in (LEANS, COMPARES))
        and not VERB.search(" ".join(words[2:]))
    )
