"""Claims that do not follow: true ones, corrupted by kind. A ``Doc`` is a claim that spaCy has parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from claim_words import (
    ADJECTIVES_LIST,
    DAYS,
    DETAILS_LIST,
    MONTHS,
    NUMBER_WORDS,
    OPPOSITE,
    SYMMETRIC,
    UNHEDGED,
    UNIT_FAMILIES,
    finder,
)
from claims_moved import active, passive
from claims_parse import as_sentence, child, inside, is_name, root_of, subtree
from lemminflect import getInflection
from spacy.tokens import Doc, Token

from index import folded_words
from index.text.tokens import STOP_WORDS
from qa.writer.like_words import like_words

KINDS = (
    "roles",
    "name",
    "number",
    "date",
    "negation",
    "opposite",
    "unit",
    "hedge",
    "detail",
    "mixed",
    "verb",
    "citation",
    "answer",
    "premise",
)
_OPPOSITES, _UNHEDGED = finder(OPPOSITE), finder(UNHEDGED)
_UNIT = {unit: family for family in UNIT_FAMILIES for unit in family}
_UNITS = re.compile(
    rf"(?<=\d)(?P<a> ?)(?P<unit>%|{'|'.join(map(re.escape, sorted(_UNIT, key=len, reverse=True)))})\b"
    r"|(?P<sign>[$€£])(?=\d)|\b(?P<word>million|billion|trillion|dollars|euros|pounds"
    r"|kilometres|kilometers|miles|metres|meters|tonnes|hours|minutes|days|weeks|months|years)\b"
)
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS[1:])})\b", re.IGNORECASE)
_MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")
_DAY = re.compile(rf"\b(?:{'|'.join(DAYS)})\b")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_NAMED = ("PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "PRODUCT", "EVENT", "WORK_OF_ART")
_COUNTED = ("DATE", "TIME", "CARDINAL", "QUANTITY", "PERCENT", "MONEY", "ORDINAL")
_SIDES = ("nsubj", "nsubjpass", "dobj", "dative")
_MODALS = frozenset("will would can could may might must should shall".split())


@dataclass(frozen=True, slots=True)
class Around:
    """What else a claim's text holds.

    Attributes:
        names: by entity type, the names in it.
        nouns: the head nouns of its subjects and objects.
        verbs: the lemmas of its verbs.

        adjuncts: its phrases of time, place and manner.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    nouns: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    adjuncts: list[str] = field(default_factory=list)


def replaced(doc: Doc, first: int, last: int, text: str) -> str:
    """Return a claim with other words for its tokens first to last."""
    before, after = doc[:first].text_with_ws, doc[last + 1 :].text
    space = doc[last].whitespace_
    if after and after[0] not in ",.;:'’)" and not space:
        space = " "
    return f"{before}{text}{space}{after}"


def corrupted(doc: Doc, evidence: str, around: Around, random: Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, claim) for ways in which a claim becomes false, about one of each kind.

    Args:
        doc: the true claim.
        evidence: what it rests on.
        around: what else the text holds.
        random: chooses.
    """
    makers: dict[str, Callable[[], str]] = {
        "roles": lambda: roles(doc, random),
        "name": lambda: _other_name(doc, evidence, around, random),
        "number": lambda: _other_number(doc, evidence, random),
        "date": lambda: _other_date(doc, evidence, random),
        "negation": lambda: _negated(doc),
        "opposite": lambda: _from_table(doc, _OPPOSITES, OPPOSITE, random),
        "unit": lambda: _other_unit(doc, random),
        "hedge": lambda: _from_table(doc, _UNHEDGED, UNHEDGED, random),
        "detail": lambda: _with_detail(doc, evidence, around, random),
        "verb": lambda: _other_verb(doc, evidence, around, random),
    }
    for kind, make in makers.items():
        claim = as_sentence(make())
        if claim.lower() in ("", as_sentence(doc.text).lower()) or is_still_true(
            kind, claim, evidence
        ):
            continue
        yield kind, claim


def is_still_true(kind: str, claim: str, evidence: str) -> bool:
    """Return whether a claim of a kind says the same in like words, or nothing that is English.

    Another verb may be a like one ("began" for "started"), and a doubt dropped before its subject
    or from "to" gives "where does we come", "they does trust".
    """
    has, new = set(folded_words(evidence)), set(folded_words(claim))
    if kind == "verb":
        others = new - has - STOP_WORDS
        return all(has.intersection(like_words().get(word, ())) for word in others)
    return kind == "hedge" and bool((new - has) & {"do", "does", "did"})


def roles(doc: Doc, random: Random) -> str:
    """Return a claim in which two that do different things have changed places."""
    root = root_of(doc)
    ways = []
    if root is not None and root.lemma_ not in SYMMETRIC:
        ways += [passive(doc, root, exchanged=True), active(doc, root, exchanged=True)]
        ways.append(_crossed(doc, root))
    ways.append(_names_crossed(doc, random))
    ways.append(_numbers_crossed(doc, random))
    ways.append(_chunks_crossed(doc, random))
    ways.append(_adjectives_crossed(doc, random))
    ways = [way for way in ways if way]
    return random.choice(ways) if ways else ""


def _crossed(doc: Doc, root: Token) -> str:
    """Return a claim whose verb's subject and object have changed places."""
    subject = child(root, "nsubj", "nsubjpass")
    thing = child(root, "dobj", "attr")
    if thing is None:
        for each in root.children:
            if each.dep_ in ("prep", "agent") and each.i > root.i:
                thing = child(each, "pobj")
                break
    if not subject or not thing or not subject.i < root.i < thing.i or root.lemma_ == "be":
        return ""
    if thing.ent_type_ in ("DATE", "TIME", "CARDINAL", "QUANTITY", "PERCENT", "MONEY"):
        return ""
    if subject.lower_ in ("it", "there", "who", "which", "that", "this"):
        return ""
    a, b = subtree(subject), subtree(thing)
    if len(b) > 12 or a[-1].i >= b[0].i:
        return ""
    between = doc[a[-1].i + 1 : b[0].i].text
    after = doc[b[-1].i + 1 :].text
    return f"{doc[: a[0].i].text} {inside(b)} {between} {inside(a)} {after}"


def _joined(one: Token, other: Token) -> bool:
    """Return whether two tokens stand in one list, where their order says nothing."""
    return one in other.conjuncts or (one.head == other.head and one.dep_ == other.dep_ == "pobj")


def _names_crossed(doc: Doc, random: Random) -> str:
    names = [e for e in doc.ents if e.label_ in _NAMED]
    pairs = [
        (a, b)
        for n, a in enumerate(names)
        for b in names[n + 1 :]
        if a.label_ == b.label_
        and a.text not in b.text
        and b.text not in a.text
        and not _joined(a.root, b.root)
        and any(t.pos_ in ("VERB", "ADP", "AUX") for t in doc[a.end : b.start])
        and not all(t.lower_ in ("and", "with", ",", "of") for t in doc[a.end : b.start])
    ]
    verb = root_of(doc)
    if not pairs or (verb is not None and verb.lemma_ in SYMMETRIC):
        return ""
    a, b = random.choice(pairs)
    return (
        f"{doc[: a.start].text_with_ws}{b.text}{a[-1].whitespace_}{doc[a.end : b.start].text_with_ws}"
        f"{a.text}{b[-1].whitespace_}{doc[b.end :].text}"
    )


def _numbers_crossed(doc: Doc, random: Random) -> str:
    numbers = [t for t in doc if t.like_num and t.pos_ == "NUM"]
    pairs = [
        (a, b)
        for n, a in enumerate(numbers)
        for b in numbers[n + 1 :]
        if a.lower_ != b.lower_ and b.i - a.i > 2 and not _joined(a, b)
    ]
    if not pairs:
        return ""
    a, b = random.choice(pairs)
    return (
        f"{doc[: a.i].text_with_ws}{b.text}{a.whitespace_}{doc[a.i + 1 : b.i].text_with_ws}"
        f"{a.text}{b.whitespace_}{doc[b.i + 1 :].text}"
    )


def _chunks_crossed(doc: Doc, random: Random) -> str:
    """Return a claim in which two nouns with their words, of different places in it, have changed places."""
    chunks = [
        c
        for c in doc.noun_chunks
        if c.root.pos_ in ("NOUN", "PROPN") and len(c) < 6 and c.root.ent_type_ not in _COUNTED
    ]
    pairs = [
        (a, b)
        for n, a in enumerate(chunks)
        for b in chunks[n + 1 :]
        if not _joined(a.root, b.root)
        and a.root.lemma_ != b.root.lemma_
        and not a.root.is_ancestor(b.root)
        and not b.root.is_ancestor(a.root)
        and not (a.root.head == b.root.head and a.root.head.lemma_ in {"be", *SYMMETRIC})
        and (a.root.dep_ in _SIDES or b.root.dep_ in _SIDES)
    ]
    if not pairs:
        return ""
    a, b = random.choice(pairs)
    first, second = inside(list(a)), inside(list(b))
    return (
        f"{doc[: a.start].text_with_ws}{second}{a[-1].whitespace_}{doc[a.end : b.start].text_with_ws}"
        f"{first}{b[-1].whitespace_}{doc[b.end :].text}"
    )


def _adjectives_crossed(doc: Doc, random: Random) -> str:
    found = [t for t in doc if t.dep_ == "amod" and t.pos_ == "ADJ" and t.head.i == t.i + 1]
    pairs = [
        (a, b)
        for n, a in enumerate(found)
        for b in found[n + 1 :]
        if a.lower_ != b.lower_ and a.head.lower_ != b.head.lower_
    ]
    if not pairs:
        return ""
    a, b = random.choice(pairs)
    return (
        f"{doc[: a.i].text_with_ws}{b.lower_} {doc[a.i + 1 : b.i].text_with_ws}"
        f"{a.lower_} {doc[b.i + 1 :].text}"
    )


def _other_name(doc: Doc, evidence: str, around: Around, random: Random) -> str:
    """Return a claim with another name of the same text, or another noun, in one place."""
    names = [e for e in doc.ents if e.label_ in _NAMED]
    random.shuffle(names)
    for name in names:
        others = [
            other
            for other in around.names.get(name.label_, [])
            if other not in doc.text and name.text not in other and other not in name.text
        ]
        if others:
            outside = [other for other in others if other not in evidence]
            chosen = random.choice(others if random.random() < 0.5 or not outside else outside)
            return replaced(doc, name.start, name.end - 1, chosen)
    nouns = [
        t
        for t in doc
        if t.pos_ == "NOUN" and t.dep_ in ("dobj", "pobj", "nsubj", "attr", "nsubjpass")
    ]
    for noun in random.sample(nouns, len(nouns)):
        others = [n for n in around.nouns if n not in doc.text.lower() and n != noun.lower_]
        others = [n for n in others if n.endswith("s") == noun.lower_.endswith("s")]
        if others:
            return replaced(doc, noun.i, noun.i, random.choice(others))
    return ""


def _other_number(doc: Doc, evidence: str, random: Random) -> str:
    places = [m for m in _NUMBER.finditer(doc.text) if not _YEAR.fullmatch(m[0])]
    words = list(_NUMBER_WORD.finditer(doc.text))
    if not places and not words:
        return ""
    match = random.choice([*places, *words])
    if match[0][0].isalpha():
        number = NUMBER_WORDS.index(match[0].lower())
        other = NUMBER_WORDS[random.choice([n for n in range(1, 21) if n != number])]
        return f"{doc.text[: match.start()]}{other}{doc.text[match.end() :]}"
    elsewhere = [n for n in _NUMBER.findall(evidence) if n != match[0] and not _YEAR.fullmatch(n)]
    if elsewhere and random.random() < 0.3:
        other = random.choice(elsewhere)
    else:
        other = _changed(match[0], random)
    return f"{doc.text[: match.start()]}{other}{doc.text[match.end() :]}"


def _changed(number: str, random: Random) -> str:
    """Return a number of the same form and another value."""
    at = [n for n, c in enumerate(number) if c.isdigit()]
    if len(at) > 2 and random.random() < 0.2:
        n = random.choice(at[:-1])
        m = at[at.index(n) + 1]
        swapped = [*number]
        swapped[n], swapped[m] = swapped[m], swapped[n]
        if "".join(swapped) != number and swapped[0] != "0":
            return "".join(swapped)
    n = random.choice(at)
    digit = random.choice([d for d in "123456789" if d != number[n]])
    return f"{number[:n]}{digit}{number[n + 1 :]}"


def _other_date(doc: Doc, evidence: str, random: Random) -> str:
    text = doc.text
    places = [*_YEAR.finditer(text), *_MONTH.finditer(text), *_DAY.finditer(text)]
    if not places:
        return ""
    match = random.choice(places)
    word = match[0]
    if word.isdigit():
        elsewhere = [y for y in _YEAR.findall(evidence) if y != word]
        near = str(int(word) + random.choice((-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20)))
        other = random.choice(elsewhere) if elsewhere and random.random() < 0.3 else near
    else:
        listed = MONTHS if word in MONTHS else DAYS
        other = random.choice([each for each in listed if each != word])
    return f"{text[: match.start()]}{other}{text[match.end() :]}"


def _negated(doc: Doc) -> str:
    """Return a claim with "not" added to its verb, or taken from it."""
    root = root_of(doc)
    if root is None:
        return ""
    negations = [t for t in doc if t.dep_ == "neg"]
    if negations:
        not_ = negations[0]
        helper = doc[not_.i - 1] if not_.i else not_
        if not_.lower_ in ("n't", "n’t", "not") and helper.lower_ in ("did", "does", "do"):
            tag = {"did": "VBD", "does": "VBZ", "do": "VBP"}[helper.lower_]
            verbs = getInflection(not_.head.lemma_, tag=tag)
            if verbs and not_.head.i > not_.i:
                between = doc[not_.i + 1 : not_.head.i].text_with_ws
                return replaced(doc, helper.i, not_.head.i, f"{between}{verbs[0]}")
        if not_.lower_ in ("n't", "n’t"):
            full = {"ca": "can", "wo": "will", "sha": "shall"}.get(helper.lower_, helper.text)
            return replaced(doc, helper.i, not_.i, full)
        return f"{doc[: not_.i].text_with_ws}{doc[not_.i + 1 :].text}"
    strong = next(
        (t for t in doc if t.lower_ in ("no", "never", "without", "nobody", "none")), None
    )
    if strong is not None:
        other = {
            "no": "some",
            "never": "always",
            "without": "with",
            "nobody": "everybody",
            "none": "all",
        }
        return replaced(doc, strong.i, strong.i, other[strong.lower_])
    helper = next((c for c in root.children if c.dep_ in ("aux", "auxpass") and c.i < root.i), root)
    if (
        helper.lower_ in ("is", "are", "was", "were", "has", "have", "had")
        or helper.lower_ in _MODALS
    ):
        if helper == root and root.lemma_ == "have":
            return ""
        return f"{doc[: helper.i + 1].text} not {doc[helper.i + 1 :].text}"
    if helper == root and root.tag_ in ("VBD", "VBZ", "VBP") and root.lemma_ not in ("be", "have"):
        aux = {"VBD": "did", "VBZ": "does", "VBP": "do"}[root.tag_]
        return replaced(doc, root.i, root.i, f"{aux} not {root.lemma_}")
    return ""


def _from_table(
    doc: Doc, finds: re.Pattern[str], table: dict[str, list[str]], random: Random
) -> str:
    """Return a claim with one of its words exchanged by a table."""
    places = [m for m in finds.finditer(doc.text) if not _in_name(doc, m)]
    if not places:
        return ""
    match = random.choice(places)
    word = random.choice(table[match[0].lower()])
    word = word[0].upper() + word[1:] if match[0][0].isupper() else word
    return f"{doc.text[: match.start()]}{word}{doc.text[match.end() :]}"


def _in_name(doc: Doc, match: re.Match[str]) -> bool:
    span = doc.char_span(match.start(), match.end(), alignment_mode="expand")
    return span is not None and any(is_name(t) and t.i for t in span)


def _other_unit(doc: Doc, random: Random) -> str:
    places = list(_UNITS.finditer(doc.text))
    if not places:
        return ""
    match = random.choice(places)
    old = match["unit"] or match["sign"] or match["word"]
    if old == "%":
        new, start = random.choice([" times", " degrees", " people"]), match.start()
        return f"{doc.text[:start]}{new}{doc.text[match.end() :]}"
    new = random.choice([unit for unit in _UNIT[old] if unit != old])
    start = match.end() - len(old)
    return f"{doc.text[:start]}{new}{doc.text[match.end() :]}"


def _with_detail(doc: Doc, evidence: str, around: Around, random: Random) -> str:
    """Return a claim with a phrase of the text's, or any, that its evidence does not have."""
    if random.random() < 0.3:
        nouns = [t for t in doc if t.pos_ == "NOUN" and t.dep_ in ("dobj", "pobj", "nsubj", "attr")]
        adjectives = [a for a in ADJECTIVES_LIST if a not in evidence.lower()]
        if nouns and adjectives:
            noun = random.choice(nouns)
            adjective = random.choice(adjectives)
            if doc[noun.i - 1].lower_ not in ("a", "an"):
                return f"{doc[: noun.i].text_with_ws}{adjective} {doc[noun.i :].text}"
    others = [a for a in around.adjuncts if a.lower() not in evidence.lower()]
    phrase = random.choice(others if others and random.random() < 0.7 else DETAILS_LIST)
    if phrase.lower() in evidence.lower():
        return ""
    text = doc.text.rstrip(" .!?")
    if random.random() < 0.25:
        return f"{phrase[0].upper()}{phrase[1:]}, {inside(list(doc))}"
    return f"{text} {phrase}"


def _other_verb(doc: Doc, evidence: str, around: Around, random: Random) -> str:
    root = root_of(doc)
    if root is None or root.pos_ != "VERB":
        return ""
    words = {t.lemma_ for t in doc}
    lemmas = [v for v in around.verbs if v not in words and v not in evidence]
    random.shuffle(lemmas)
    for lemma in lemmas[:3]:
        verbs = getInflection(lemma, tag=root.tag_)
        if verbs:
            return replaced(doc, root.i, root.i, verbs[0])
    return ""


def mixed(subject: Doc, predicate: Doc) -> str:
    """Return what one sentence says, said of another sentence's subject; empty where neither is plain."""
    roots = root_of(subject), root_of(predicate)
    if roots[0] is None or roots[1] is None:
        return ""
    one, other = (child(root, "nsubj", "nsubjpass") for root in roots if root is not None)
    if one is None or other is None or one.tag_ == "PRP" or one.lower_ in ("there", "it", "this"):
        return ""
    if one.lower_ == other.lower_ or (one.tag_ in ("NNS", "NNPS")) != (
        other.tag_ in ("NNS", "NNPS")
    ):
        return ""
    if any(
        t.lower_ in ("he", "she", "they", "it", "that", "this", "who", "which")
        for t in (one, other)
    ):
        return ""
    a, b = subtree(one), subtree(other)
    if b[0].i > 2 or len(a) > 8:
        return ""
    return f"{predicate[: b[0].i].text} {inside(a)} {predicate[b[-1].i + 1 :].text}"


def around_of(sentences: Sequence[Doc]) -> Around:
    """Return the names, nouns, verbs and phrases of a text."""
    names: dict[str, dict[str, None]] = {}
    nouns, verbs, adjuncts = {}, {}, {}
    for doc in sentences:
        for entity in doc.ents:
            if entity.label_ in _NAMED and 1 < len(entity.text) < 40 and "\n" not in entity.text:
                names.setdefault(entity.label_, {})[entity.text] = None
        for token in doc:
            if token.pos_ == "NOUN" and token.dep_ in ("dobj", "pobj", "nsubj") and token.is_alpha:
                nouns[token.lower_] = None
            if token.pos_ == "VERB" and token.is_alpha and len(token.lemma_) > 2:
                verbs[token.lemma_] = None
            if token.dep_ == "prep" and token.head.pos_ == "VERB" and token.i > token.head.i:
                phrase = subtree(token)
                if 2 <= len(phrase) <= 6 and not any(t.dep_ == "relcl" for t in phrase):
                    adjuncts[inside(phrase)] = None
    return Around(
        {label: list(listed) for label, listed in names.items()},
        list(nouns),
        list(verbs),
        [a for a in adjuncts if a and a[-1].isalnum()],
    )
