"""The topics of a text: names and nouns that begin a sentence or are in several, and headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from index import folded_words, words
from qa.understanding.clauses import COMPARES, LEANS, NAME, VERB, Names, is_person
from qa.understanding.common_words import is_known, is_telling
from qa.understanding.telling_nouns import DAYS, MONTHS, PASTS, ROLES, TITLES
from qa.understanding.topic import TITLE, has_run, singular, surname

_LINK = (
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|shall|does|do|did|of|in|at|on|by|for|from|to"
    r"|with|and|or|but|after|before|until|when|while|that|which|who|where|as|than|if|because|without|under|through|between"
    r"|during|about|behind|above|below|near|over|into|onto|per|within|against|among|around|beside|not|said|says|told)"
)
# A noun or name ends before these; an unknown noun or verb after it may belong to it.
_WHOLE = rf"(?=[,.;:)](?!\d)| {_LINK}\b| (?:{PASTS}|[a-z]{{3,}}ed)\b|$)"
_WORD = rf"(?!{_LINK}\b)[a-z][\w-]+"
_ONE_OF_SEVERAL = r"(?:first|second|third|\w+th|other|last|next|latter|former)"
_NOUN = re.compile(
    rf"(?<![\w’'-])[Tt]he (?!{_ONE_OF_SEVERAL} )(?P<noun>(?:{_WORD} )??(?P<last>{_WORD})){_WHOLE}"
)
_MANY = re.compile(
    rf"(?:^(?=[A-Z])|\b(?:of|for|with|without|on|from|about) )(?P<noun>[A-Za-z][a-z]{{2,}}[^s\W]s){_WHOLE}"
)
# The words of a sentence before its verb are one noun phrase, however many they are.
_SUBJECT = re.compile(
    rf"(?:\d+[.)] )?(?P<noun>(?!All |Some |Most |Many |No |Both |Other |Such )(?:(?:The|An?) {_WORD}(?: {_WORD}){{0,2}}|[A-Z][a-z]{{2,}}(?: {_WORD})?(?<=[^s]s)))"
    r" (?:is|are|was|were|has|have|will|can|may|must|should|shall)\b"
)
# A name, not part of a longer one ("the Federation of Icelandic …") nor possessed ("Her Honour").
_NAMED = re.compile(
    rf"(?P<longer>[A-Z]\w+ of (?:the )?)?(?<![\w’'&/-])(?:(?P<of>[Hh]is|[Hh]er|[Oo]ur|[Aa]n?|[Tt]heir) )?(?P<the>[Tt]he )?"
    rf"(?P<name>{NAME}){_WHOLE}(?! of (?:the )?[A-Z])"
)
_NO_NAME = re.compile(
    rf"(?:{TITLE}|[A-Z]+(?: [A-Z]+)+|[A-Z]{{6,}}|(?:{DAYS})s?|{MONTHS}|\w{{1,2}}|\w-\w+|Nos)"
)
# Words for a part, a measure, a time, a judgement or anybody are no topic by themselves.
_EMPTY = re.compile(
    r"""(?x)first|last|next|same|other|second|third|fourth|fifth|\w+th|latter|former|only|whole|rest|most|least|more|less|best|worst|own
    |new|old|good|bad|big|small|few|many|several|one|two|three|four|five|six|seven|eight|nine|ten|right|left|top|bottom|middle
    |end|beginning|start|side|part|piece|pair|half|kind|sort|form|way|case|fact|thing|matter|use|work|back|front|edge|out|spot|place|head|line
    |time|date|age|day|night|week|weekend|month|year|decade|century|hour|minute|second|moment|period|morning|afternoon|evening
    |spring|summer|autumn|winter|quarter|meantime|past|future|present|today|number|amount|size|total|level|share|figure|count|value
    |difference|reason|cause|result|effect|purpose|rule|point|exception|problem|question|answer|example|idea|remainder|list|change
    |name|title|word|text|page|subject|course|presence|view|hand|following|above|public|editor|writer|author|original|final
    |man|woman|men|women|boy|girl|person|people|world|sun|alone|together|cheaper|better|news
    |\w{2,}est|\w+ly|\w+ing|\w{3,}ed|\w+ous|\w+ful|\w+able|\w+ible|\w+ish|\w+less"""
)
_HEADING = re.compile(
    r"(?:(?:§ ?|Art\. |Article |Clause )?\d+[.):]*|[A-Z][.)]|[IVX]+\.)? ?(?P<what>[^\W\d_].*)"
)
_NO_HEADING = re.compile(r"(?i)[^\w’' -]|\d|\b(?:and|or|about|for|to|the)\b")
_UNCOUNTED = re.compile(r"(?:[^s]s|tion|ment|[ae]nce|ity|ing|age|ness|ship)$")
_ARTICLES = frozenset(("the", "a", "an"))
_MAX_HEADING = 4  # words
_EARLY = 5  # words, in which a sentence names what it is about
_BEFORE = 3  # words, before the subject
_MANY_TIMES = 3
_MOST_LINES = 1000
_MOST_COUNTED = 5
_SHARE_WHOLE = 3  # one in so many occurrences of a noun must stand alone


def article_topics(
    lines: Sequence[tuple[str, str]], title: str, names: Names, most: int
) -> list[str]:
    """Return the topics of a text, as written inside a question, the most named first.

    Several sentences name a topic, or one begins with it, or it is a heading. No two share a word.

    Args:
        lines: the kind and the text of each sentence, on one line, without the title; the first thousand
            or so are read.
        title: of the article.
        names: that it has.
        most: how many at most.
    """
    body = [text for kind, text in lines[:_MOST_LINES] if kind != "heading"]
    stems, early = [words(t) for t in body], [words(" ".join(t.split()[:_EARLY])) for t in body]
    having: dict[str, list[int]] = {}  # the numbers of the sentences with a stem
    for number, each in enumerate(stems):
        for stem in set(each):
            having.setdefault(stem, []).append(number)
    below = _below(lines[:_MOST_LINES], names)
    subjects = dict.fromkeys(filter(None, (_subject_of(text, names) for text in body)))
    seen = Counter(topic for text in body for topic in _topics_of(text, names))
    weights: dict[str, int] = {}
    for topic in dict.fromkeys((*below, *subjects, *seen)):
        wanted = words(topic)
        first = wanted[0] if wanted else ""  # a name may be a function word: "Will"
        numbers = [n for n in having.get(first, ()) if has_run(stems[n], wanted)]
        if not numbers and topic not in below:
            continue
        is_subject = topic in below or topic in subjects
        if not is_subject and not _is_thing(topic, seen[topic], [body[n] for n in numbers]):
            continue
        n_early = sum(has_run(early[n], wanted) for n in numbers)
        is_clear = topic[0].isupper() or _tells(topic.split()[-1])
        if is_subject or len(numbers) >= _MANY_TIMES or (is_clear and n_early):
            counted = min(len(numbers), _MOST_COUNTED) + min(n_early, _MANY_TIMES)
            weights[topic] = counted + below[topic] + has_run(words(title), wanted)
    chosen: dict[str, set[str]] = {}
    for topic in sorted(weights, key=lambda each: -weights[each]):
        mine = set(map(singular, folded_words(topic))) - _ARTICLES
        if len(chosen) < most and not any(mine & others for others in chosen.values()):
            full = _full_name(topic, body)
            chosen[full] = mine | set(map(singular, folded_words(full)))
    return list(chosen)


def begins_with(topic: str, text: str) -> bool:
    """Return whether a sentence begins with what a topic names: as its subject, not as a word of something else."""
    bare = re.sub(r"^(?:the|an?) ", "", topic)
    as_name = bare[0].isupper()
    match = re.match(
        rf"(?:\S+ ){{0,{_BEFORE}}}?(?P<article>(?:the|an?|no|any|each|every|its|this) )?{re.escape(bare)}"
        rf"(?P<many>e?s)?(?P<whole>{_WHOLE})?(?![\w-])",
        text,
        0 if as_name else re.IGNORECASE,
    )
    if not match:
        return False
    many = match["many"] or bare.endswith("s")
    return bool(as_name or match["article"] or many or match["whole"] is not None)


def _is_thing(topic: str, n_alone: int, texts: Sequence[str]) -> bool:
    """Return whether a noun or name often stands alone: "the tiger" of "the tiger mosquito" does not.

    A topic of two words must occur twice, an office must have one holder, and a word that always
    has a full stop is an abbreviation.
    """
    bare, whole = topic.removeprefix("the "), " ".join(texts)
    n = len(re.findall(rf"\b{re.escape(bare)}\b", whole))
    if bare.islower() and (_is_held_by_several(bare, whole) or (" " in bare and n == 1)):
        return False
    return n_alone * _SHARE_WHOLE >= n and bool(re.search(rf"\b{re.escape(bare)}\b(?!\.)", whole))


def _subject_of(text: str, names: Names) -> str:
    """Return the noun that is the subject, as inside a question; "" for a name or without one."""
    match = _SUBJECT.match(text)
    if not match or LEANS.search(match["noun"]) or COMPARES.search(match["noun"]):
        return ""
    noun = match["noun"]
    first, *_, last = [*noun.split()] * 2
    if first in names.words or _EMPTY.fullmatch(first.lower()) or not _is_full(last.lower()):
        return ""
    return noun[0].lower() + noun[1:]


def _is_held_by_several(office: str, whole: str) -> bool:
    """Return whether a word is an office that several people of a text have."""
    if not re.fullmatch(rf"{ROLES}|{TITLES}", office, re.IGNORECASE):
        return False
    holders = set(re.findall(rf"\b(?i:{office}),? ({NAME})", whole))
    return len(holders) > 1 or bool(re.search(rf"\b{office}s\b", whole, re.IGNORECASE))


def _topics_of(text: str, names: Names) -> Iterator[str]:
    """Yield the names and nouns of a sentence as they stand inside a question: "the deposit", "Ada Lind"."""
    for match in _NAMED.finditer(text):
        name = match["name"]
        first, _, rest = name.partition(" ")
        if rest and not text[: match.start()].strip() and first not in names.words:
            name = rest  # a sentence begins with a capital anyhow
        if match["longer"] or match["of"] or _NO_NAME.fullmatch(name) or LEANS.search(name):
            continue
        if names.has(name):
            yield ("the " if match["the"] else "") + name
    for match in _NOUN.finditer(text):
        first, last = match["noun"].removesuffix(match["last"]).strip(), match["last"]
        if (not first and _is_full(last)) or (_EMPTY.fullmatch(first) and _tells(last)):
            yield f"the {last}"
        elif first and _tells(last) and not LEANS.search(first):
            yield f"the {match['noun']}"
    for match in _MANY.finditer(text):
        if _tells(match["noun"].lower()) and match["noun"] not in names.words:
            yield match["noun"].lower()


def _below(lines: Sequence[tuple[str, str]], names: Names) -> Counter[str]:
    """Return how many sentences, at most two, stand below the heading of each topic."""
    below, heading = Counter[str](), ""
    whole = " ".join(text for _, text in lines)
    for kind, text in lines:
        if kind == "heading":
            heading = _topic_of_heading(text, names, whole)
        elif heading and kind == "body":
            below[heading] += below[heading] < 2
    return below


def _topic_of_heading(text: str, names: Names, whole: str) -> str:
    """Return what a short heading names, as it stands inside a question; "" where it is more than a noun.

    It has an article where the text has one before it: "the heater", "artificial intelligence".
    """
    match = _HEADING.fullmatch(text.strip().rstrip(":."))
    what = match["what"] if match else ""
    if not 0 < len(what.split()) <= _MAX_HEADING or _NO_HEADING.search(what) or VERB.search(what):
        return ""
    if LEANS.search(what) or not _tells(what.split()[-1].lower()):
        return ""
    if names.has(what.split()[0]):
        return what
    small = what[0].lower() + what[1:]
    if _UNCOUNTED.search(small) or re.search(
        rf"(?<!the )(?<!an )(?<!a )\b{re.escape(small)}\b", whole
    ):
        return small
    return f"the {small}"


def _full_name(topic: str, texts: Sequence[str]) -> str:
    """Return a person by the whole name where texts have it once."""
    if " " in topic or not topic[0].isupper():
        return topic
    whole = re.compile(rf"(?<![\w’'-])(?!{TITLE}\b)(?P<name>[A-Z][\w’'-]+ {re.escape(topic)})\b")
    named = next((match["name"] for text in texts if (match := whole.search(text))), topic)
    return named if is_person(named) and surname(named, texts) else topic


def _tells(noun: str) -> bool:
    """Return whether a word names a subject, and so is a noun or a name."""
    return _is_full(noun) and (is_telling(noun) or not is_known(noun))


def _is_full(noun: str) -> bool:
    """Return whether a noun between "the" and a function word is a topic by itself."""
    return bool(words(noun)) and not _EMPTY.fullmatch(singular(noun)) and not LEANS.search(noun)
