"""Questions about what sentences tell in a fixed form: offices, ages, dates, prices, counts, reasons.

Each question is right by its form, whatever the sentence goes on to say: "Who is the mayor?" of "The
mayor, Ada Lind, …". Only its own words must need nothing before them. Nothing here knows any article.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from qa.understanding.statements import (
    AUXILIARIES,
    DAYS,
    FUNCTION_WORD,
    MONTHS,
    NAME,
    NUMBER,
    SPEAKING,
    TITLES,
    base,
    inside,
    inverted,
    is_holder,
    is_past,
    is_person,
    is_subject,
    is_whole,
    leans,
)

_FULL_NAME = r"[A-Z][\w’'-]+(?: (?:de|van|von|der|la|al|bin))?(?: [A-Z][\w’'-]*\w)+"
_AGE = re.compile(rf"(?P<name>{_FULL_NAME}), (?:aged )?(?P<age>[1-9]\d),(?! ?\d)")
_TITLED = re.compile(rf"\b(?P<title>{TITLES}) (?P<name>{_FULL_NAME})")
_OFFICE = re.compile(
    r"(?:^|, |(?<!of )(?<!for )(?<!by )(?<!from )(?<!in )(?<!at )\b)"
    rf"(?P<office>[Tt]he (?:[\w’'-]+ ){{0,3}}?(?:{TITLES}|\w+(?:ist|ian|man|woman|person)|leader|head|chief"
    r"|chair|owner|founder|author|editor|driver|manager|engineer|lawyer|officer|ambassador|keeper|member"
    rf"|doctor|teacher|purser|winner|champion)(?: (?:of|for) (?:the )?[\w’'-]+(?: [\w’'-]+)?)?), "
    rf"(?P<name>{_FULL_NAME}),"
)
# Who holds an office now is not told by what is past.
_FORMER = re.compile(r"\b(?:1\d|20)\d\d\b|\b(?:former|late|then|until|dismissed|resigned|died)\b")
_NOT_NOW = re.compile(r"(?i)\b(?:former|late|ex|then|acting|out)[-: ] ?(?:[\w-]+ ){0,2}$")
_DATE = (
    rf"in (?:(?:{'|'.join(MONTHS)}) )?(?:1[0-9]|20)\d\d|in (?:{'|'.join(MONTHS)})|on (?:{'|'.join(DAYS)})"
    rf"|on \d{{1,2}} (?:{'|'.join(MONTHS)})(?: \d{{4}})?|on (?:{'|'.join(MONTHS)}) \d{{1,2}}(?:, \d{{4}})?"
)
_PREPOSITIONS = frozenset("in on at from by for with under over after before near without".split())
_ADVERBS = frozenset("still already often never always ever once soon".split())
_DATELINE = re.compile(r"^[A-Z]{3}[^–—]{0,60} [–—] ")
_POST = re.compile(
    rf"(?P<name>{_FULL_NAME}), (?P<post>(?:[a-z-]+ ){{0,2}}(?:[a-z-]{{2,}}(?:ary|er|or|ist|man|woman|ian|ent|ant)|head|chief)"
    r" (?:to|of|for|at) [^,;:]{3,60}),"
)
_DATED = re.compile(
    rf"^(?P<date>(?i:{_DATE})),? (?!and |or |to |until |through |alone )(?P<rest>.+)$"
)
_SPEAKER = rf"(?:(?:{TITLES}) )?{NAME}"
_SAID = re.compile(
    rf"^(?P<who>{_SPEAKER}) (?:(?:said|says|argued|warned|believes) (?:that )?|told [^,]{{3,50}}? that )(?P<clause>.+)$"
)
_SAID_LAST = re.compile(
    rf"^(?P<clause>.+), (?:(?P<who>{_SPEAKER}) (?:said|says)|(?:said|says|according to) (?P<other>{_SPEAKER}))"
    r"(?:, [^,]+)?$"
)
# A thing with its article, a name, or what is said of all of a kind ("Tickets", "Admission").
_KIND = r"[A-Z][a-z]+(?:ions?|ments?|ings?|ets|ers|ors)"
_SUBJECT = (
    r"(?P<subject>(?:[Tt]he|[Aa]n?) (?:[\w’'-]+ ){0,3}?[\w’'-]+(?: (?:of|from|in|at|for) (?:the |an? )?[\w’'-]+)?"
    rf"|{NAME})"
)
# What no word before the last of a subject is: a verb ("says"), a function word.
_NO_SUBJECT = re.compile(
    r" (?:[a-z-]+[^s’'\W]s|that|which|who|and|or|not|to|by|as|than|with|on|over|into|about) "
)
# An apposition or a clause between commas, after which the verb comes.
_ASIDE = r"(?:, (?:an?|the|who|which|whose|where|now|then) [^,]{3,80},)?"
_WISH = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?:also |now )?(?P<verb>(?:want|hope|plan|intend|need|seek)s"
    r"|wanted|planned|intended|decided|agreed|promised|threatened|offered|sought|attempted) to (?P<rest>.+)$"
)
_LONE_NUMBER = re.compile(rf"\b(?:{NUMBER})(?: (?:by|in|on|at|for|to|from|and|or)\b|$)")
_ROUGHLY = r"(?:about |around |some |nearly |almost |more than |at least |up to )?"
_MONEY = (
    rf"{_ROUGHLY}(?:[€$£]\d[\d,.]*\d?(?: [mb]illion)?|(?:{NUMBER})(?:\.\d+)?(?: [mb]illion)?"
    r" (?:[A-Z][a-z]+ )?(?:euros?|dollars?|pounds?|francs?|kron[aeo]r?|yen|rupees?|pesos?|marks|cents|pence))"
)
_COST = re.compile(
    rf"^{_SUBJECT} (?P<verb>costs?|is|are) (?P<number>{_MONEY})(?P<rest>(?: (?:a|per|for|in|with|at) .+)?)$"
)
_SIZE = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?P<verb>is|was) (?P<number>{_ROUGHLY}(?:{NUMBER})(?:\.\d+)? [a-z]+)"
    r" (?P<how>long|wide|high|tall|deep|thick|old)(?: .+)?$"
)
_COUNT = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?:now |still |also )?(?P<verb>has|have|had|(?!was\b|does\b)[a-z]{{2,}}s) (?P<number>{_ROUGHLY}(?:{NUMBER}))"
    r" (?P<noun>(?:[a-z][\w-]* ){0,2}?[a-z]{2,}(?:s|men|women|people|children))(?P<rest>(?: .+)?)$"
)
_UNIT = re.compile(
    r"(?:minutes|hours|days|weeks|months|years|euros|dollars|metres|kilometres|miles|points)$"
)
_CALLED = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?P<verb>is|are|was) (?:called|named) (?P<name>(?:the )?{NAME})$"
)
_TIME = (
    r"(?:\d{1,2}(?:[.:]\d\d)?(?: ?[ap]\.?m\b\.?)?|noon|midnight"
    rf"|(?:\d{{1,2}} )?(?:{'|'.join(MONTHS)})(?: \d{{1,2}}\b)?(?: (?:1[0-9]|20)\d\d)?"
    rf"|(?:{'|'.join(DAYS)})s?)"
)
_TIMED = re.compile(
    rf"^{_SUBJECT} (?P<verb>(?:open|close|start|begin|end|leave|depart|arrive|expire|finish)(?:e?s)?)"
    rf"(?P<rest>(?: (?!at|on|from)[a-z]+)?) (?P<when>(?:at|on|from) {_TIME}(?: (?:to|until|on|at|and|in) .+)?)$"
)
_IS = re.compile(rf"^{_SUBJECT}{_ASIDE} (?P<verb>is|was) (?P<what>(?:an?|the|one of) .+)$")
_PLACE = re.compile(
    rf"^(?P<before>.+ (?:is|are|was|were|been?) (?:\w+ )?\w+(?:ed|en|wn|lt|ld|de|ut))"
    rf" (?P<asked>(?:in|at|near) (?!{'|'.join(MONTHS + DAYS)})(?:the )?(?:[a-z]+ of )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)$"
)
_REASON = re.compile(r"^(?P<before>.+?),? (?P<asked>(?:because|due to|owing to) .+)$")
_LENGTH = re.compile(
    r"^(?P<before>.+) (?P<asked>for (?:about |nearly |almost |some |more than )?(?:\w+ ){1,2}?"
    r"(?:minutes|hours|days|weeks|months|years|decades|centuries))$"
)
_ASKED = (("Why", _REASON), ("How long", _LENGTH), ("Where", _PLACE))
_CLAUSE_START = re.compile(rf"^(?:(?:the|a|an) [\w’' -]+|(?:[Tt]he )?{NAME})")
# Words of what was counted or named before.
_VAGUE = re.compile(
    r"^[Tt]he (?:\w+est|two|three|four|five|six|seven|eight|nine|ten)$|\b(?:first|second|third|fourth|fifth|last|next|rest|remaining|following|previous|other|another"
    r"|most|more|less|one|ones|such)\b"
)
_QUOTED = re.compile(r"[“”\"«»():;?!…]|\.\.| [–—] |—")
_CUT = re.compile(r"(?:, |; | — ).*$")
_STATE = re.compile(r"\b(?:was|were|had) (?:still|already|not|no|an?|the|\w+ing)\b")  # is no event
_OPEN = re.compile(r", (?:who|which|whose|where|an?|the)\b")  # the clause goes on after it
_PRONOUN = re.compile(
    r"(?i)\b(?:it|he|she|they|him|her|them|this|that|these|those|we|you|i|us|me)\b"
)
_SUBORDINATE = re.compile(r"(?:[,;:]| (?:where|which|who|that|when|while|because) ).*$")
_CLAUSE_END = re.compile(r"(?:[,;:]| (?:where|which|who|that|when|while|because|as|and|but) ).*$")
# What follows a counted thing and belongs to a clause of its own, or to another number.
_NO_REST = re.compile(
    r"\b(?:and|or|but|plus|who|which|that|was|were|is|are|has|have|had|will|\w+ed)\b|\d"
)


def names_in(sentences: Iterable[str]) -> frozenset[str]:
    """Return the words that are written with a capital letter inside sentences, and never without."""
    inner, lower = set[str](), set[str]()
    for text in sentences:
        inner.update(re.findall(r"(?<=[a-z,] )[A-Z][\w’'-]+", text))
        lower.update(re.findall(r"\b[a-z][\w’'-]+", text))
    return frozenset(name for name in inner if name.lower() not in lower)


def fact_questions(
    text: str, persons: frozenset[str], names: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield questions about a statement, each with the words that it asks for.

    Args:
        text: a sentence without its full stop.
        persons: stems of the words of people's names.
        names: single words that are names.
    """
    text = _DATELINE.sub("", text).strip()
    if not text:
        return
    yield from _about_people(text)
    yield from _about_speakers(text, persons, names)
    dated = _DATED.match(text)
    clause = dated["rest"] if dated else text
    clause = clause[0].upper() + clause[1:]
    begun = _CUT.sub("", clause)
    if not _QUOTED.search(begun) and is_whole(begun, clause):
        yield from _about_circumstances(begun)
    if not _QUOTED.search(clause.split(";")[0]):
        yield from _about_measures(clause, persons, names)
        yield from _about_wishes(clause, persons, names)
    if dated and not dated["rest"].startswith(tuple(AUXILIARIES)):
        yield from _about_date(dated["date"], dated["rest"])


def _about_people(text: str) -> Iterator[tuple[str, str]]:
    for match in _OFFICE.finditer(text):
        if not leans(match["office"]) and not _FORMER.search(text):
            yield (
                f"Who is {inside(match['office'][0].upper() + match['office'][1:])}?",
                match["name"],
            )
    for match in _POST.finditer(text):
        first, role = match["name"].split()[0].lower(), match["post"].split()[0]
        if first not in _PREPOSITIONS and role not in _PREPOSITIONS and not leans(match["post"]):
            yield f"Who is {match['name']}?", match["post"]
    for match in _AGE.finditer(text):
        if match["name"].split()[0].lower() in _PREPOSITIONS:
            continue
        yield f"How old is {match['name']}?", match["age"]
    for match in _TITLED.finditer(text):
        is_office = len(match["title"]) > 4 and match["name"][-2:] not in ("'s", "’s")  # not Mr, Dr
        if is_office and not _NOT_NOW.search(text[: match.start()]):
            yield f"Who is {match['name']}?", match["title"]


def _about_speakers(
    text: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    match = _SAID.match(text) or _SAID_LAST.match(text)
    if not match or _QUOTED.search(text):
        return
    who = match["who"] or match["other"]
    clause = _CUT.sub("", match["clause"])
    first, _, rest = clause.partition(" ")
    is_name = first in names or (rest[:1].isupper() and not FUNCTION_WORD.match(first))
    if (
        (is_name or first.lower() in ("the", "a", "an"))
        and _CLAUSE_START.match(inside(clause))
        and not _OPEN.match(match["clause"][len(clause) :])
        and not leans(clause)
        and is_person(who, persons)
        and len(clause.split()) > 3
    ):
        yield f"Who said that {inside(clause)}?", who


def _about_circumstances(clause: str) -> Iterator[tuple[str, str]]:
    for word, form in _ASKED:
        match = form.match(clause)
        if match and not leans(match["before"]) and (asked := inverted(match["before"])):
            yield f"{word} {asked}?", match["asked"]


def _about_measures(
    clause: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield questions about what something is, is called, costs, measures, has, and when it begins."""
    is_what = _IS.match(clause)
    if is_what and _stands(is_what["subject"], persons, names):
        is_who = is_person(is_what["subject"], persons)
        if is_who or not is_holder(is_what["what"]):  # "Who is the chair?" asks for a name
            pronoun = "Who" if is_who else "What"
            yield f"{pronoun} {is_what['verb']} {inside(is_what['subject'])}?", is_what["what"]
    begun = re.sub(r"[,;] .*$", "", clause) if "," in clause else clause
    for form, ask in _MEASURES:
        match = form.match(clause) or form.match(begun)
        if match and _stands(match["subject"], persons, names) and (question := ask(match, names)):
            yield question


def _cost(match: re.Match[str], names: frozenset[str]) -> tuple[str, str] | None:
    subject, verb, rest = _inside(match["subject"], names), match["verb"], match["rest"]
    if leans(rest) or _NO_REST.search(rest):
        return None
    if verb in ("is", "are"):
        return f"How much {verb} {subject}{rest}?", match["number"]
    if verb == "cost" and subject.startswith("the ") and subject.endswith("s"):
        return None  # now or then
    do = (
        "does"
        if verb == "costs"
        else "do"
        if subject[0].islower() and subject.endswith("s")
        else "did"
    )
    return f"How much {do} {subject} cost{rest}?", match["number"]


def _size(match: re.Match[str], names: frozenset[str]) -> tuple[str, str]:
    subject = _inside(match["subject"], names)
    return f"How {match['how']} {match['verb']} {subject}?", match["number"]


def _count(match: re.Match[str], names: frozenset[str]) -> tuple[str, str] | None:
    verb, rest, noun = match["verb"], match["rest"], match["noun"]
    is_time = _UNIT.search(noun) and verb not in ("takes", "lasts", "needs", "has", "have", "had")
    if is_time or re.fullmatch(SPEAKING, verb) or leans(rest) or _NO_REST.search(rest):
        return None
    do = {"had": "did", "have": "do"}.get(verb, "does")
    stem = "have" if verb in ("has", "have", "had") else _infinitive(verb)
    return f"How many {noun} {do} {_inside(match['subject'], names)} {stem}{rest}?", match["number"]


def _called(match: re.Match[str], names: frozenset[str]) -> tuple[str, str]:
    return f"What {match['verb']} {_inside(match['subject'], names)} called?", match["name"]


def _timed(match: re.Match[str], names: frozenset[str]) -> tuple[str, str] | None:
    verb = match["verb"]
    do, stem = ("does", _infinitive(verb)) if verb.endswith("s") else ("do", verb)
    return f"When {do} {_inside(match['subject'], names)} {stem}{match['rest']}?", match["when"]


_MEASURES: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], frozenset[str]], tuple[str, str] | None]], ...
] = ((_COST, _cost), (_SIZE, _size), (_COUNT, _count), (_CALLED, _called), (_TIMED, _timed))


def _infinitive(verb: str) -> str:
    """Return the verb of a third person: "carries" is of "carry"."""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz|o)es$", verb) else verb[:-1]


def _about_wishes(
    clause: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield a question about what somebody wants or has promised to do."""
    wish = _WISH.match(clause)
    if wish and _stands(wish["subject"], persons, names):
        verb = wish["verb"]
        do, stem = ("does", verb[:-1]) if verb.endswith("s") else ("did", base(verb))
        wanted = _CLAUSE_END.sub("", wish["rest"])
        if stem and not leans(wanted) and not _LONE_NUMBER.search(wanted):
            yield f"What {do} {inside(wish['subject'])} {stem} to do?", wanted


def _about_date(date: str, rest: str) -> Iterator[tuple[str, str]]:
    date, rest = date[0].lower() + date[1:], _SUBORDINATE.sub("", rest)
    words = rest.split()
    if leans(" ".join(words[:2])) or _PRONOUN.search(rest) or is_past(words[0]):
        return
    if {"is", "are"} & set(words[:8]):
        return
    if "will" in words[:8]:
        yield f"What will happen {date}?", rest
    elif any(is_past(word) for word in words[:8]) and not _STATE.search(rest):
        yield f"What happened {date}?", rest


def _stands(subject: str, persons: frozenset[str], names: frozenset[str]) -> bool:
    """Return whether a subject is understood with nothing before it."""
    if subject in names or re.fullmatch(_KIND, subject):
        return True
    if subject.rsplit(maxsplit=1)[-1] in _ADVERBS:
        return False
    if subject.split(maxsplit=1)[0] in ("A", "An", "a", "an") or _VAGUE.search(subject):
        return False
    if (
        " of " in subject
        and subject[0].isupper()
        and subject.split(maxsplit=1)[0] not in {"The", *names}
    ):
        return False
    is_thing = subject.startswith(("The ", "the "))
    if is_thing and _NO_SUBJECT.search(
        f" {subject} ".removesuffix(f"{subject.rsplit(maxsplit=1)[-1]} ")
    ):
        return False
    return is_subject(subject[0].upper() + subject[1:], persons) and not leans(subject)


def _inside(subject: str, names: frozenset[str]) -> str:
    """Return a subject as it is written inside a sentence, a noun that is no name in small letters."""
    is_kind = subject not in names and re.fullmatch(_KIND, subject)
    return subject.lower() if is_kind else inside(subject)
