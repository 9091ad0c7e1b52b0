"""Statements become questions by changes that keep their grammar.

The subject becomes "who", "what" or "how many", or the auxiliary verb steps before it. Only sentences
that need nothing before them to be understood are taken. Nothing here knows any article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from index import words

AUXILIARIES = frozenset(
    """do does did can could will would shall should may might must am is are was were have has
    had""".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
# Alternatives of regular expressions.
SPEAKING = (
    "said|says|told|tells|added|adds|wrote|writes|asked|asks|stressed|stresses|noted|notes|argued"
    "|argues|explained|explains|replied|warned|warns|recalled|thinks|thought|believes|believed"
)
TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|Professor|President|Chancellor|Minister|Secretary"
    "|Secretary-General|Senator|Governor|Mayor|Judge|Justice|General|Colonel|Captain|Sergeant"
    "|Officer|Inspector|Detective|Coach|King|Queen|Prince|Princess|Pope|Bishop|Father|Sister"
    "|Uncle|Aunt|Spokesman|Spokeswoman|Spokesperson|secretary|spokesman|spokeswoman|spokesperson"
    "|president|chancellor|minister|professor|coach|captain|director"
)
_PERSON = r"([A-Z][\w'’-]*\w(?: [A-Z][\w'’-]*\w)*)"
_SIGNS = (
    re.compile(rf"{_PERSON},? (?:also |later |then |has |had )?(?:{SPEAKING})\b"),
    re.compile(rf"\b(?:{SPEAKING}) {_PERSON}(?=[,.;:”\"]|$)"),
    re.compile(rf"\b(?:{TITLES})\.? {_PERSON}"),
)
_NO_NAME = frozenset(words("He She It They We I You This That These Those The A An And But"))
# Words with which no name begins, and those that lean on another sentence.
_FIRST = (
    "in|on|at|to|from|by|for|with|of|off|into|over|under|about|after|before|during|since|until|as|if"
    "|when|while|where|why|how|what|which|who|whose|because|although|though|but|and|or|so|not|no|all"
    "|some|any|each|every|both|most|many|few|more|one|two|three|the|a|an"
)
_LEANING = "he|him|his|she|her|hers|they|them|their|theirs|it|its|there|this|that|these|those|such|here|i|we"

_SINGULAR = "is|was|has|will|would|can|could|should|may|might|must"
_AUXILIARY = re.compile(rf" (?P<verb>{_SINGULAR}|are|were|have|had) ")
# Past tenses that are no participle too: what follows a noun is its verb.
_PAST = (
    "became|began|blew|broke|came|chose|drank|drew|drove|ate|fell|flew|forgot|gave|went|grew|hid|knew"
    "|lay|rode|rose|ran|saw|sang|sank|shook|spoke|stole|swam|took|threw|woke|wore|wrote|withdrew"
)
_PASTS = frozenset(_PAST.split("|"))
# Past tenses and the verbs they are of.
_IRREGULAR = dict(
    pair.split(":")
    for pair in """became:become began:begin blew:blow bought:buy broke:break brought:bring built:build
    caught:catch chose:choose cost:cost drew:draw fell:fall flew:fly found:find gave:give
    got:get grew:grow held:hold kept:keep knew:know led:lead left:leave lost:lose made:make met:meet
    paid:pay rose:rise ran:run saw:see sent:send sold:sell spent:spend spoke:speak stole:steal
    swam:swim taught:teach threw:throw took:take went:go fed:feed set:set put:put stood:stand sat:sit told:tell sought:seek
    drove:drive wore:wear froze:freeze shut:shut cut:cut hit:hit read:read spread:spread felt:feel won:win wrote:write withdrew:withdraw""".split()
)
_NO_PAST = frozenset("hundred indeed exceed proceed succeed sacred kindred naked wicked".split())
# What a verb in -ed ends with where nothing but that ending was added to it.
_BARE = re.compile(
    r"(?:ss|sh|ch|ck|ll|rn|lt|nt|rt|st|ct|pt|ft|nd|ld|rd|lk|rk|sk|lp|mp|rm|wn|en|er|ow|ay|oy|ain|eat|oat"
    r"|(?:vis|ed|hib|lim|pos|cred|aud)it)$"
)
# Those that lose an "e" all the same.
_NOT_BARE = re.compile(r"(?:creat|ven|wast|tast|past|hast|adher|interfer|rever|persever|ach)$")
NUMBER = (
    r"(?:\d[\d,.]*|(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|hundreds|thousands))"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand|million|billion))*"
)
NAME = r"[A-Z][\w’'-]*(?:(?: (?:of|de|van|von|der|la|and|&))? [A-Z][\w’'.-]*)*"
_NAMED = re.compile(
    rf"^(?P<subject>(?:[Tt]he )?{NAME}) (?:also |later |then )?"
    rf"(?P<verb>{_SINGULAR}|{_PAST}|{'|'.join(_IRREGULAR)}"
    r"|had|[a-z]{3,}ed|[a-z]{2,}(?<!s)s) (?P<rest>.+)$"
)
_COUNTED = re.compile(
    rf"^(?P<subject>(?:About |Some |Around |Nearly |Almost |More than |At least )?{NUMBER} "
    rf"(?P<noun>(?:[a-z][\w-]* )?(?!thirds|halves|quarters)[a-z]{{2,}}(?:s|men|women|people|children)))"
    rf" (?P<rest>(?:are|were|have|had|will|can|could|{_PAST}|[a-z]{{3,}}ed|[a-z]{{3,}} (?:in|at|for|on)) .+)$"
)
_WHEN = re.compile(
    rf"^(?P<before>.+) (?P<date>(?:in|since) (?:1[0-9]|20)\d\d|on (?:{'|'.join(DAYS)})"
    rf"|(?:in|on) (?:\d{{1,2}} )?(?:{'|'.join(MONTHS)})(?: \d{{1,2}}\b)?(?:,? (?:1[0-9]|20)\d\d)?)$"
)
_HOUR = re.compile(r" at \d")
_DATED = re.compile(
    rf"^(?P<date>(?:In|Since) (?:1[0-9]|20)\d\d|On (?:{'|'.join(DAYS)})"
    rf"|(?:In|On) (?:\d{{1,2}} )?(?:{'|'.join(MONTHS)})(?: \d{{1,2}}\b)?(?: (?:1[0-9]|20)\d\d)?),? (?P<rest>.+)$"
)
_HOW_MANY = re.compile(
    rf"^(?P<subject>.+?) (?P<verb>will|can|could|must|should|has|have|had) "
    rf"(?P<main>[a-z]+) (?P<number>(?:about |some |nearly |more than |at least )?{NUMBER}) "
    r"(?P<noun>(?:[a-z][\w-]* )?[a-z]{2,}(?:s|men|women|people|children))(?P<rest>(?: .+)?)$"
)
_DID = re.compile(
    rf"^(?P<subject>(?:The|A|An) (?:[a-z][\w’'-]* ){{0,3}}?[a-z][\w’'-]*|{NAME}) (?:also |later |then )?"
    rf"(?P<verb>{'|'.join(_IRREGULAR)}|[a-z]{{3,}}ed)(?P<rest> .+)$"
)
_OBJECT_NUMBER = re.compile(
    rf"^ (?P<number>(?:about |some |nearly |more than |at least )?{NUMBER})"
    r" (?P<noun>(?:[a-z][\w-]* )?[a-z]{2,}(?:s|men|women|people|children))(?P<rest>(?: .+)?)$"
)
_ROLE = re.compile(
    r"(?<!the )(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'.-]+)+), (?P<role>(?:the|a|an|its|chief|head|director|president"
    r"|secretary|professor|minister|mayor|captain|manager|engineer|spokes\w+|[a-z]+ (?:of|at|for)) [^,;:]{4,80}),"
)
# What a person is, by the ending of its noun; and things whose nouns end so too.
_HOLDER = re.compile(
    r"\b(?:(?!(?:river|tower|water|corner|door|power|paper|letter|chapter|number|order|cent(?:er|re)|theat(?:er|re)"
    r"|quarter|border|winter|summer|motor|engine|monument|document|department|instrument|event|plant|restaurant"
    r"|government|parliament|former|other|under|after|over|never|for|or|person|her|different|important|recent"
    r"|current|independent|newer|older|larger|smaller|longer|cover|folder|layer|cluster|shelter|air|carrier)\b)"
    r"\w{2,}(?:ary|er|or|ist|man|woman|ian|person|ent|ant|wife|ess)|head|chief|coach|judge|nurse|mayor|captain|cook|king|queen"
    r"|mother|widow|son|daughter|wife|nephew|niece|cousin|pilot|actress|poet|priest|monk|nun|clerk|guide)\b"
)
_FIRM = re.compile(
    r"\b(?:Group|Holdings?|Ltd|Inc|Company|Corp|Bank|University|Institute|Council|S\.p\.A)\b"
)
_THE_NOUN = re.compile(r"[Tt]he \S+$")  # "The Act" is nobody
_CUT_NAME = re.compile(r"(?:\b[Tt]he |[A-Z][\w’'-]* )$")  # before the rest of a name
_SPEAKS = re.compile(rf"(?:{SPEAKING})\b")
FUNCTION_WORD = re.compile(rf"(?i)(?:{_FIRST}|{_LEANING})$")
# Words that lean on another sentence, or on whoever speaks.
_LEANS = re.compile(
    rf"(?i)\b(?:{_LEANING}"
    r"|you|us|our|ours|my|me|mine|your|yours|so|too|instead|others?|both|latter|former|same|then|now|ago|today|tonight"
    r"|previous|yesterday|tomorrow|also|themselves|himself|herself|itself|well|only)\b"
)
# A subject whose noun another sentence has.
_ELLIPTIC = re.compile(
    r"The (?:rest|remaining|most|more|second|third|fourth|fifth|last|next|other|following|previous"
    r"|two|three|four|five|six|both)\b"
)
_SECOND_VERB = re.compile(rf" (?:and|but) (?:{'|'.join(sorted(AUXILIARIES))}|[a-z]+s)\b| not ")
_SECOND_NUMBER = re.compile(rf" and (?:one|{NUMBER})\b")
_ADVERBS = frozenset("still already often never always ever once soon".split())
_AND = re.compile(r" (?:and|but|or) ")
_INDEFINITE = re.compile(r"An? ")  # "When did a dispute end?" asks for which
_BROKEN = re.compile(r"[“”\"«»():;?!…]|\.\.| [–—-] |—|\d\.$")
_END = re.compile(r"[,;] (?!(?:1\d|20)\d\d\b).*$")
# An aside between commas, after which a clause goes on, and what a clause begins with.
_ASIDE = re.compile(r", (?:who|which|whose|where|when|an?|the|[a-z]+ing|[a-z]+ed)\b[^,]*, ")
# What may follow a clause that is whole: nothing, or what only adds to it.
_GOES_ON = re.compile(
    r"(?:$|[;:]| — |, (?:and|but|so|who|which|where|when|while|because|as|after|before|up|down|against|according"
    r"|with|in|at|on|for|from|by|to|the|an?|its|his|her|their|then|though|although|if|since|until|or|not|said|says|even"
    r"|\w+ing|\w+ed)\b)"
)
_JOINS = re.compile(
    r" (?:because|when|while|that|as|if|after|before|since|until|where|which|who|and|but) "
)


def is_holder(role: str) -> bool:
    """Return whether what is said of somebody begins with a noun for people: "the ice maker of"."""
    noun = re.split(
        r"(?: (?:[a-z]+ing|of|for|at|in|from|to|who|whose|that|which|with|on|by|behind|near|since|under) |,)",
        role,
    )
    return bool(_HOLDER.search(noun[0].split()[-1]))


def people_in(sentences: Iterable[str]) -> frozenset[str]:
    """Return the stems of the words of people's names: they speak, or have a title or a role."""
    named = []
    for text in sentences:
        named += [name for sign in _SIGNS for name in sign.findall(text)]
        named += [match["name"] for match in _ROLE.finditer(text)]
    return frozenset(chain.from_iterable(map(words, named))) - _NO_NAME


def questions_of(text: str, persons: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield questions about a statement, each with the words that it asks for."""
    for match in _ROLE.finditer(text):
        role, before = match["role"], text[: match.start()]
        is_name = not FUNCTION_WORD.match(match["name"].split()[0]) and not _CUT_NAME.search(before)
        if (
            is_name
            and not _FIRM.search(match["name"])
            and is_holder(role)
            and not leans(role)
            and not re.search(r"\d", role)
        ):
            yield f"Who is {match['name']}?", match["role"]
    dated = _DATED.match(text)  # "In 1931, the bridge was built" is "The bridge was built in 1931"
    if dated:
        text = f"{_END.sub('', dated['rest'])} {dated['date'][0].lower()}{dated['date'][1:]}"
        text = text[0].upper() + text[1:]
    clause = _END.sub("", text)
    if not _BROKEN.search(clause) and not _LEANS.search(clause) and is_whole(clause, text):
        yield from _about_numbers_and_dates(clause, persons)
        yield from _about_subjects(clause, persons)
        yield from _about_deeds(clause, persons)


def _about_numbers_and_dates(clause: str, persons: frozenset[str]) -> Iterator[tuple[str, str]]:
    counted = _COUNTED.match(clause)
    if counted and not _SECOND_NUMBER.search(counted["rest"]) and " not " not in counted["rest"]:
        yield f"How many {counted['noun']} {counted['rest']}?", counted["subject"]
    when = _WHEN.match(clause)
    if when and not _HOUR.search(when["before"]) and (question := inverted(when["before"])):
        yield f"{_asking_when(when['date'])} {question}?", when["date"]
    if (many := _HOW_MANY.match(clause)) and is_subject(many["subject"], persons):
        rest = f"{many['verb']} {inside(many['subject'])} {many['main']}{many['rest']}"
        perfect = many["verb"] in ("has", "have", "had")
        if many["main"] != "be" and perfect == _is_participle(many["main"]):
            yield f"How many {many['noun']} {rest}?", many["number"]


def _about_subjects(clause: str, persons: frozenset[str]) -> Iterator[tuple[str, str]]:
    if named := _NAMED.match(clause):
        words_after = named["rest"].split()
        is_deed = (
            len(words_after) > 2
            and not _THE_NOUN.match(named["subject"])
            and not is_past(words_after[0])
            and "but" not in words_after
        )
        if is_deed and is_person(named["subject"], persons) and not _SPEAKS.match(named["verb"]):
            yield f"Who {named['verb']} {named['rest']}?", named["subject"]


def _about_deeds(clause: str, persons: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield questions with "did" about what somebody or something did."""
    did = _DID.match(clause)
    if not did or not (verb := base(did["verb"])) or not is_subject(did["subject"], persons):
        return
    if _INDEFINITE.match(did["subject"]):
        return
    subject, rest = inside(did["subject"]), did["rest"]
    if any(is_past(w) or w in AUXILIARIES for w in " ".join(_AND.split(rest)[1:]).split()):
        return  # a second verb, which would stay in the past
    if (when := _WHEN.match(rest)) and not when["date"].startswith("since"):
        yield f"{_asking_when(when['date'])} did {subject} {verb}{when['before']}?", when["date"]
    if many := _OBJECT_NUMBER.match(rest):
        yield f"How many {many['noun']} did {subject} {verb}{many['rest']}?", many["number"]


def _asking_when(date: str) -> str:
    return "Since when" if date.startswith("since") else "When"


def is_whole(clause: str, text: str) -> bool:
    """Return whether a text may be cut to its beginning: no clause goes on there after an aside."""
    rest = text[len(clause) :]
    return bool(_GOES_ON.match(rest)) and not (_JOINS.search(clause) and _ASIDE.match(rest))


def leans(words_of_text: str) -> bool:
    """Return whether words lean on another sentence, or on whoever speaks."""
    return bool(_LEANS.search(words_of_text))


def is_past(word: str) -> bool:
    """Return whether a word is a past tense by its form."""
    return (
        word in _IRREGULAR
        or word in _PASTS
        or (len(word) > 4 and word.endswith("ed") and word not in _NO_PAST)
    )


def base(past: str) -> str:
    """Return the verb of a past tense; nothing where it is none or its spelling leaves that open."""
    if past in _IRREGULAR:
        return _IRREGULAR[past]
    stem = past.removesuffix("ed")
    if stem == past:
        return ""
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in "bdgmnprt":
        return stem[:-1]
    if _NOT_BARE.search(stem) or (stem.endswith(("v", "c", "z", "at")) and not _BARE.search(stem)):
        return f"{stem}e"
    return stem if _BARE.search(stem) else ""


def inverted(statement: str) -> str:
    """Return a statement with its auxiliary verb before its subject; nothing where it has none."""
    match = _AUXILIARY.search(statement)
    if not match or not is_subject(statement[: match.start()]) or _INDEFINITE.match(statement):
        return ""
    rest = statement[match.end() :]
    if _SECOND_VERB.search(f" {rest}") or rest.startswith("not "):
        return ""
    if match["verb"] in ("has", "have", "had") and not _is_participle(rest.split()[0]):
        return ""
    return f"{match['verb']} {inside(statement[: match.start()])} {rest}"


def is_subject(subject: str, persons: frozenset[str] = frozenset()) -> bool:
    """Return whether words are one subject: a thing with an article before it, or a name."""
    first, n_words = subject.split(maxsplit=1)[0], len(subject.split())
    if _ELLIPTIC.match(subject) or subject.rsplit(maxsplit=1)[-1] in _ADVERBS:
        return False
    if n_words > 8 or AUXILIARIES & set(subject.lower().split()):
        return False
    if first in ("The", "A", "An"):
        return n_words > 1
    named = re.fullmatch(NAME, subject) and not FUNCTION_WORD.match(first)
    return bool(named) and (n_words > 1 or is_person(subject, persons))


def inside(subject: str) -> str:
    """Return a subject as it is written inside a sentence."""
    first, space, rest = subject.partition(" ")
    return f"{first.lower()}{space}{rest}" if first in ("The", "A", "An") else subject


def _is_participle(word: str) -> bool:
    return word in ("been", "put", "set", "cut", "built", "sold", "made", "lost") or word.endswith(
        ("ed", "en", "wn")
    )


def is_person(name: str, persons: frozenset[str]) -> bool:
    """Return whether each word of a name belongs to a person's."""
    stems = words(name)
    return bool(stems) and " and " not in name and name != "The" and persons.issuperset(stems[-1:])
