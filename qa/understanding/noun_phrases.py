"""Noun phrases of questions and of short answers, by rules, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index import words

ASKING = frozenset("what which who whom whose when where why how".split())
BEFORE_VERB = frozenset("do does did can could will would shall should may might must".split())
AUXILIARIES = BEFORE_VERB | frozenset("am is are was were have has had".split())
_OF_LOCATIONS = frozenset("in at to from near".split())
PREPOSITIONS = _OF_LOCATIONS | frozenset(
    "on by for with during before after since until about of".split()
)
_ARTICLES = frozenset(("the", "a", "an"))
_KINDS = {
    "person": "he him his she her hers",
    "group": "they them their theirs",
    "thing": "it its",
    "place": "there",
}
PRONOUNS = {word: kind for kind, listed in _KINDS.items() for word in listed.split()}
# Words that are in no noun phrase: small ones, and the commonest verbs and adverbs of questions.
SMALL = (
    ASKING
    | AUXILIARIES
    | PREPOSITIONS
    | _ARTICLES
    | PRONOUNS.keys()
    | frozenset(
        """this that these those if whether i you we me us my your our mine yours ours myself himself
    herself itself themselves one ones here then be been being done doing having not no nor and or
    but so yet than as into off onto out over per toward towards under up upon within without above
    across against along among around behind below beneath beside besides between beyond despite
    down except inside outside past through throughout till via while because although though any
    some all each every both either neither many much more most few several other another else such
    same own very too also just only even still ever never again already now today well yes ok okay
    please thanks thank know tell describe explain say said says mention mentioned go goes went gone
    come came get gets got make makes made take took taken give gave given find found want wanted
    like happen happened happens become became begin began start started use used interesting
    important significant aside instead later earlier first next last""".split()
    )
)
_TIMES = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december year years date time times day days week
    weeks month months morning afternoon evening night century decade""".split()
)
_EMPTY = _TIMES | frozenset(
    """kind kinds type types sort number name names way reason reasons thing things example examples
    part lot aspect aspects article information detail details fact facts people person anything
    something everything nothing question""".split()
)
_PLURAL = re.compile(r"(?<!s)(?<!u)(?<!i)(?<!['’])s$|^(?:people|children|men|women|police|media)$")
TOKEN = re.compile(r"\w+(?:[.'’&-]\w+)*['’]?")
_QUOTED = re.compile(r"[\"“]([^\"“”\s][^\"“”]{0,58}[^\"“”\s])[\"”]")
_POSSESSIVE = re.compile(r"(?:['’]s|['’])$")
_VERBAL = re.compile(r"[a-z]+(?:ed|ing)")
_LINK = re.compile(r"(?i)(of(?: the)?|the|and|for|de|la|von|van|in) (\w+)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase of an earlier turn, as another question would say it, and where it stood."""

    text: str
    stems: frozenset[str]
    start: int
    end: int
    is_name: bool = False
    is_plural: bool = False
    is_subject: bool = False  # the first of its question
    is_person: bool = False
    is_location: bool = False
    is_empty: bool = False  # "what kind", "on Monday": nothing that a pronoun would mean


def phrases(text: str, *, is_answer: bool = False) -> tuple[Phrase, ...]:
    """Return the noun phrases of a question, or of an answer, in order, and quoted titles."""
    tokens = list(TOKEN.finditer(text))
    collected: list[Phrase] = []
    for start, end in _runs(tokens):
        is_subject = not is_answer and all(p.is_empty for p in collected)
        collected += _phrases_of(tokens, start, end, is_subject=is_subject)
    for match in _QUOTED.finditer(text):
        if stems := frozenset(words(match[1])):
            collected.append(Phrase(match[1], stems, match.start(), match.end(), is_name=True))
    return tuple(collected)


def _runs(tokens: Sequence[re.Match[str]]) -> list[tuple[int, int]]:
    """Return half-open ranges of tokens that may be phrases: names, or common words in a row."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for i, token in enumerate(tokens):
        if start is not None and not _goes_on(tokens, start, i):
            runs.append((start, i))
            start = None
        if start is None and token[0].lower() not in SMALL:
            start = i
    return runs if start is None else [*runs, (start, len(tokens))]


def _goes_on(tokens: Sequence[re.Match[str]], start: int, i: int) -> bool:
    """Return whether a word belongs to the phrase that begins at ``start``."""
    before, token = tokens[i - 1], tokens[i]
    gap = token.string[before.end() : token.start()]
    is_initial = len(before[0]) == 1 and gap == ". "
    if gap.strip("- ") and not is_initial:
        return False
    after_name = before[0][0].isupper()
    if token[0].lower() in SMALL:  # "of the" with a noun, "and" in a name
        link = _LINK.match(token.string, token.start())
        if not link or link[2].lower() in SMALL:
            return False
        in_name = link[2][0].isupper() and (after_name or before[0] == "of")
        return in_name or link[1].lower().startswith("of")
    if before[0].lower() in SMALL or _POSSESSIVE.search(before[0]):
        return True
    if after_name and start and tokens[start - 1][0].lower() in PREPOSITIONS | _ARTICLES:
        return True  # "of the Bronze Age collapse", where no verb may follow
    return after_name == token[0][0].isupper()


def _phrases_of(
    tokens: Sequence[re.Match[str]], start: int, end: int, *, is_subject: bool
) -> list[Phrase]:
    """Return the phrase of a run of tokens, and the owner it begins with ("Anna's book")."""
    text = tokens[0].string
    lead = start
    while lead and tokens[lead - 1][0].lower() in _ARTICLES:
        lead -= 1
    before = tokens[lead - 1][0].lower() if lead else ""
    opening = tokens[start][0]
    if opening.islower() and (before == "who" or (before == "what" and _VERBAL.fullmatch(opening))):
        start += 1  # "who wrote", "what caused"
    if end - start > 1 and before in BEFORE_VERB and tokens[end - 1][0].islower():
        end -= 1  # "did the band play"
    while end - start > 1 and _VERBAL.fullmatch(tokens[end - 1][0]):
        end -= 1  # "was the plan signed"
    while end > start and tokens[end - 1][0].lower() in SMALL:
        end -= 1
    texts = [t[0] for t in tokens[start:end]]
    if not texts:
        return []
    first, last = tokens[start].start(), tokens[end - 1].end()
    shown = _POSSESSIVE.sub("", text[first:last])
    head = next((b for b, a in pairwise(texts) if a.lower() in SMALL), texts[-1]).lower()
    sure = texts if start or len(texts) > 1 or len(tokens) == 1 else []
    is_name = any(w[0].isupper() for w in sure)
    is_plural = "and" in texts or ((lead < start or not is_name) and bool(_PLURAL.search(head)))
    is_who = bool(re.match(r"(?i)who(?:['’]s| is| was| are| were)\b", text))
    is_how = before == "how"  # "how high"
    is_verb = len(texts) == 1 and lead == start and bool(re.fullmatch(r"[a-z]+ed", head))
    definite = lead < start or before in ("what", "which") or not (is_name or is_plural)
    whole = Phrase(
        "the " + shown if definite else shown,
        frozenset(words(shown)),
        first,
        first + len(shown),
        is_name,
        is_plural,
        is_subject,
        is_person=is_who and is_subject,
        is_location=before in _OF_LOCATIONS,
        is_empty=head in _EMPTY or sort_of(shown) == "time" or shown.isdigit() or is_verb or is_how,
    )
    owners = [t for t in tokens[start : end - 1] if _POSSESSIVE.search(t[0])]
    owned = [whole] if whole.stems else []
    if owners:
        owner = _POSSESSIVE.sub("", text[first : owners[0].end()])
        if stems := frozenset(words(owner)):
            capital = owner[0].isupper()
            named = owner if capital else "the " + owner
            owned.append(Phrase(named, stems, first, first + len(owner), capital))
    return owned


def sort_of(text: str) -> str:
    """Return what sort of phrase a text is: "time", "name" or "noun"."""
    texts = [t[0] for t in TOKEN.finditer(text)]
    if any(w.lower() in _TIMES or re.fullmatch(r"\d{4}s?", w) for w in texts):
        return "time"
    return "name" if any(w[0].isupper() for w in texts) else "noun"
