"""Questions about what sentences tell in a fixed form: ages, offices, dates, reasons, who says what.

Each question is right by its form, whatever the sentence goes on to say: "Who is the mayor?" of "The
mayor, Ada Lind, …". Only its own words must need nothing before them. Nothing here knows any article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa.understanding.statements import (
    AUXILIARIES,
    DAYS,
    MONTHS,
    NAME,
    SPEAKING,
    TITLES,
    base,
    inside,
    inverted,
    is_past,
    is_person,
    is_subject,
    is_whole,
    leans,
)

ABOUT = "What is said about "  # begins a question for all that a sentence says of something
_FULL_NAME = r"[A-Z][\w’'-]+(?: (?:de|van|von|der|la|al|bin))?(?: [A-Z][\w’'-]*\w)+"
_AGE = re.compile(rf"(?P<name>{_FULL_NAME}), (?:aged )?(?P<age>[1-9]\d),")
_TITLED = re.compile(rf"\b(?P<title>{TITLES}) (?P<name>{_FULL_NAME})")
_OFFICE = re.compile(
    r"(?:^|, |(?<!of )(?<!for )(?<!by )(?<!from )(?<!in )(?<!at )\b)"
    rf"(?P<office>[Tt]he (?:[\w’'-]+ ){{0,3}}?(?:{TITLES}|\w+(?:ist|ian|man|woman|person)|leader|head|chief"
    r"|chair|owner|founder|author|editor|driver|manager|engineer|lawyer|officer|ambassador|keeper|member"
    rf"|doctor|teacher|purser|winner|champion)(?: (?:of|for) (?:the )?[\w’'-]+(?: [\w’'-]+)?)?), "
    rf"(?P<name>{_FULL_NAME}),"
)
_DATE = (
    rf"in (?:(?:{'|'.join(MONTHS)}) )?(?:1[0-9]|20)\d\d|in (?:{'|'.join(MONTHS)})|on (?:{'|'.join(DAYS)})"
    rf"|on \d{{1,2}} (?:{'|'.join(MONTHS)})(?: \d{{4}})?|on (?:{'|'.join(MONTHS)}) \d{{1,2}}(?:, \d{{4}})?"
)
_PREPOSITIONS = frozenset("in on at from by for with under over after before near".split())
_ADVERBS = frozenset("still already often never always ever once soon".split())
_DATELINE = re.compile(r"^[A-Z]{3}[^–—]{0,60} [–—] ")
_POST = re.compile(
    rf"(?P<name>{_FULL_NAME}), (?P<post>(?:[a-z-]+ ){{0,2}}[a-z-]*(?:ary|er|or|ist|man|woman|ian|head|chief|ent|ant)"
    r" (?:to|of|for|at|in) [^,;:]{3,60}),"
)
_DATED = re.compile(rf"^(?P<date>(?i:{_DATE})),? (?!and |or |to |until |through )(?P<rest>.+)$")
_SPEAKER = rf"(?:(?:{TITLES}) )?{NAME}"
_SAID = re.compile(
    rf"^(?P<who>{_SPEAKER}) (?:(?:said|says|argued|warned|believes) (?:that )?|told [^,]{3, 50}? that )(?P<clause>.+)$"
)
_SAID_LAST = re.compile(
    rf"^(?P<clause>.+), (?:(?P<who>{_SPEAKER}) (?:said|says)|(?:said|says|according to) (?P<other>{_SPEAKER}))"
    r"(?:, [^,]+)?$"
)
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
_MODAL = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?P<modal>will|would|can|could|must|should|may|might) (?:also |now |soon )?"
    r"(?P<verb>[a-z]+) (?P<rest>.+)$"
)
_DEED = re.compile(rf"^{_SUBJECT}{_ASIDE} (?:also |then |later )?(?P<verb>[a-z]+) (?P<rest>.+)$")
_PERFECT = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?P<has>has|have|had) (?:also |already |long |now )?"
    r"(?P<verb>been [a-z]+ing|(?!been\b)[a-z]+(?:ed|en|wn)|built|sold|made|lost|won|met|paid|put) (?P<rest>.+)$"
)
_WISH = re.compile(
    rf"^{_SUBJECT}{_ASIDE} (?:also |now )?(?P<verb>(?:want|hope|plan|intend|need|seek)s"
    r"|wanted|planned|intended|decided|agreed|promised|threatened|offered|sought|attempted) to (?P<rest>.+)$"
)
_SAYS = re.compile(
    rf"^{_SUBJECT}(?P<rest>(?:{_ASIDE} (?:is|are|was|were|has|have|had|will|must|may|can|could|would"
    r"|says|said|asked|puts|holds|needs|runs|takes|gives|costs|begins|goes|makes|remains) |, (?:a|an|the|who|which) ).+)$"
)
# Names are not followed by "are".
_PLURAL = re.compile(
    r"^(?P<subject>[A-Z][a-z]+s(?: (?:for|of|from|in|with) (?:the |an? )?[\w’'-]+)?)(?P<rest> (?:are|were|have) .+)$"
)
# A noun with "the" before it, and after it what shows that it ends there.
_TOPIC = re.compile(
    r"(?:\d\. )?The (?P<topic>(?:[a-z][a-z-]+ )?[a-z][a-z-]+)(?=,"
    r"| (?:in|at|for|on|to|is|are|was|were|has|have|had|will|must|may|can|and|from|with|by)\b)"
)
_STOP = re.compile(r"[;:].*$")
_IS = re.compile(rf"^{_SUBJECT}{_ASIDE} (?P<verb>is|was) (?P<what>(?:an?|the|one of) .+)$")
_PLACE = re.compile(
    r"^(?P<before>.+) (?P<asked>(?:in|at|near) (?:the )?(?:[a-z]+ of )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)$"
)
_REASON = re.compile(r"^(?P<before>.+?),? (?P<asked>(?:because|due to|owing to) .+)$")
_LENGTH = re.compile(
    r"^(?P<before>.+) (?P<asked>for (?:about |nearly |almost |some |more than )?(?:\w+ ){1,2}?"
    r"(?:minutes|hours|days|weeks|months|years|decades|centuries))$"
)
_ASKED = (("Why", _REASON), ("How long", _LENGTH), ("Where", _PLACE))
_CLAUSE_START = re.compile(rf"^(?:(?:the|a|an) [\w’' -]+|(?:[Tt]he )?{NAME})")
# Verbs after whose subject "do" asks for nothing.
_NO_DEED = frozenset(
    "wanted had knew became cost held kept lost meant seemed remained stayed needed lay rose fell".split()
)
_TELLS = re.compile(rf"(?:{SPEAKING})\b|\w+ (?:that|it|he|she|they|the \w+ (?:is|was|had|would))\b")
# Words of what was counted or named before.
_VAGUE = re.compile(
    r"^[Tt]he (?:\w+est|two|three|four|five|six|seven|eight|nine|ten)$|\b(?:first|second|third|fourth|fifth|last|next|rest|remaining|following|previous|other|another"
    r"|most|more|less|one|ones|such)\b"
)
_QUOTED = re.compile(r"[“”\"«»():;?!…]|\.\.| [–—] |—")
_CUT = re.compile(r"(?:, |; | — ).*$")
_PRONOUN = re.compile(
    r"(?i)\b(?:it|he|she|they|him|her|them|this|that|these|those|we|you|i|us|me)\b"
)
_SUBORDINATE = re.compile(r"(?:[,;:]| (?:where|which|who|that|when|while|because) ).*$")
_CLAUSE_END = re.compile(r"(?:[,;:]| (?:where|which|who|that|when|while|because|as|and|but) ).*$")


def names_in(sentences: Iterable[str]) -> frozenset[str]:
    """Return the words that are written with a capital letter inside sentences, and never without."""
    inner, lower = set[str](), set[str]()
    for text in sentences:
        inner.update(re.findall(r"(?<=[a-z,] )[A-Z][\w’'-]+", text))
        lower.update(re.findall(r"\b[a-z][\w’'-]+", text))
    return frozenset(name for name in inner if name.lower() not in lower)


def topic_questions(text: str) -> Iterator[tuple[str, str]]:
    """Yield a question about what a statement begins with, for where there is no better one."""
    match = _TOPIC.match(text)
    if match and not leans(match["topic"]) and not _VAGUE.search(f"the {match['topic']}"):
        first, _, last = match["topic"].rpartition(" ")
        is_verb = (
            last.endswith(("s", "ly")) or is_past(last) or last in AUXILIARIES or last in _ADVERBS
        )
        if not first or not (first.endswith("s") or is_verb):
            yield f"{ABOUT}the {match['topic']}?", _STOP.sub("", text[match.end() :])


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
    yield from _about_speakers(text, persons)
    dated = _DATED.match(text)
    clause = dated["rest"] if dated else text
    clause = clause[0].upper() + clause[1:]
    begun = _CUT.sub("", clause)
    if not _QUOTED.search(begun) and is_whole(begun, clause):
        yield from _about_circumstances(begun)
    if not _QUOTED.search(clause.split(";")[0]):
        yield from _about_deeds(clause, persons, names)
        yield from _about_past(clause, persons, names)
    if dated and not dated["rest"].startswith(tuple(AUXILIARIES)):
        yield from _about_date(dated["date"], dated["rest"])
    yield from _about_subject(clause, persons, names)


def _about_people(text: str) -> Iterator[tuple[str, str]]:
    for match in _OFFICE.finditer(text):
        if not leans(match["office"]):
            yield (
                f"Who is {inside(match['office'][0].upper() + match['office'][1:])}?",
                match["name"],
            )
    for match in _POST.finditer(text):
        if match["name"].split()[0].lower() in _PREPOSITIONS:
            continue
        yield f"Who is {match['name']}?", match["post"]
    for match in _AGE.finditer(text):
        if match["name"].split()[0].lower() in _PREPOSITIONS:
            continue
        yield f"How old is {match['name']}?", match["age"]
    for match in _TITLED.finditer(text):
        if len(match["title"]) > 4 and match["name"][-2:] not in ("'s", "’s"):  # not Mr, Dr
            yield f"Who is {match['name']}?", match["title"]


def _about_speakers(text: str, persons: frozenset[str]) -> Iterator[tuple[str, str]]:
    match = _SAID.match(text) or _SAID_LAST.match(text)
    if not match or _QUOTED.search(text):
        return
    who = match["who"] or match["other"]
    clause = _CUT.sub("", match["clause"])
    begin = _CLAUSE_START.match(inside(clause))
    if begin and not leans(clause) and is_person(who, persons) and len(clause.split()) > 3:
        yield f"Who said that {inside(clause)}?", who


def _about_circumstances(clause: str) -> Iterator[tuple[str, str]]:
    for word, form in _ASKED:
        match = form.match(clause)
        if match and not leans(match["before"]) and (asked := inverted(match["before"])):
            yield f"{word} {asked}?", match["asked"]


def _about_deeds(
    clause: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    is_what = _IS.match(clause)
    if is_what and _stands(is_what["subject"], persons, names):
        pronoun = "Who" if is_person(is_what["subject"], persons) else "What"
        yield f"{pronoun} {is_what['verb']} {inside(is_what['subject'])}?", is_what["what"]
    modal = _MODAL.match(clause)
    if modal and modal["verb"] not in ("have", "not") and _stands(modal["subject"], persons, names):
        does = "be" if modal["verb"] == "be" else "do"
        if does == "do" or re.match(r"(?:an?|the) ", modal["rest"]):
            yield (
                f"What {modal['modal']} {inside(modal['subject'])} {does}?",
                _CLAUSE_END.sub("", f"{modal['verb']} {modal['rest']}"),
            )


def _about_past(
    clause: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield questions about what somebody did, has done, or wanted to do."""
    perfect = _PERFECT.match(clause)
    is_deed = (
        perfect
        and perfect["verb"] not in _NO_DEED
        and not _VAGUE.search(perfect["rest"])
        and not _PRONOUN.search(_CLAUSE_END.sub("", perfect["rest"]))
    )
    if perfect and is_deed and _stands(perfect["subject"], persons, names):
        done = "been doing" if perfect["verb"].startswith("been ") else "done"
        yield (
            f"What {perfect['has']} {inside(perfect['subject'])} {done}?",
            _CLAUSE_END.sub("", f"{perfect['verb']} {perfect['rest']}"),
        )
    wish = _WISH.match(clause)
    if wish and _stands(wish["subject"], persons, names):
        verb = wish["verb"]
        do, stem = ("does", verb[:-1]) if verb.endswith("s") else ("did", base(verb))
        if stem:
            yield (
                f"What {do} {inside(wish['subject'])} {stem} to do?",
                _CLAUSE_END.sub("", wish["rest"]),
            )
        return
    deed = _DEED.match(clause)
    if deed and deed["verb"] == "wanted" and _stands(deed["subject"], persons, names):
        yield f"What did {inside(deed['subject'])} want?", deed["rest"]
    if deed and deed["verb"] not in _NO_DEED and is_past(deed["verb"]):
        done = f"{deed['verb']} {deed['rest']}"
        if _stands(deed["subject"], persons, names) and not _TELLS.match(done):
            done = _CLAUSE_END.sub("", done)
            if not _VAGUE.search(done) and not _PRONOUN.search(done):
                yield f"What did {inside(deed['subject'])} do?", done


def _about_subject(
    clause: str, persons: frozenset[str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield a question about all that a sentence says of its subject."""
    says = _SAYS.match(clause)
    if says and len(says["subject"].split()) > 1 and _stands(says["subject"], persons, names):
        yield f"{ABOUT}{inside(says['subject'])}?", _STOP.sub("", says["rest"])
    if (many := _PLURAL.match(clause)) and not leans(many["subject"]):
        subject = many["subject"][0].lower() + many["subject"][1:]
        yield f"{ABOUT}{subject}?", _STOP.sub("", many["rest"])


def _about_date(date: str, rest: str) -> Iterator[tuple[str, str]]:
    date, rest = date[0].lower() + date[1:], _SUBORDINATE.sub("", rest)
    words = rest.split()
    if leans(" ".join(words[:2])) or _PRONOUN.search(rest):
        return
    if "will" in words[:8]:
        yield f"What will happen {date}?", rest
    elif any(word in ("was", "were", "had") or is_past(word) for word in words[:8]):
        yield f"What happened {date}?", rest


def _stands(subject: str, persons: frozenset[str], names: frozenset[str]) -> bool:
    """Return whether a subject is understood with nothing before it."""
    if subject in names:
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
