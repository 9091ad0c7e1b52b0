"""Questions with their answers become statements: "Who built it?", "Lund" → "Lund built it."."""

from __future__ import annotations

import re
from random import Random

from claim_words import DAYS, MONTHS
from claims_parse import child, root_of, subtree
from lemminflect import getInflection
from spacy.tokens import Doc, Token

_WH = frozenset("who whom what which when where why how whose".split())
_PREPOSITIONS = frozenset(
    "in on at by from to for with since until before after during near through within around "
    "between under over into because as about inside outside across along behind off".split()
)
_MEANS = frozenset("by with through using via in as because".split())
_MAX_WORDS = 12
_PEOPLE = ("PERSON", "ORG", "NORP")
_WANTED = (
    ("who", _PEOPLE),
    ("when", ("DATE", "TIME")),
    ("where", ("GPE", "LOC", "FAC")),
    ("how many", ("CARDINAL",)),
    ("how much", ("MONEY", "QUANTITY", "PERCENT")),
    ("what year", ("DATE",)),
    ("which year", ("DATE",)),
    ("how long", ("DATE", "TIME")),
    ("what country", ("GPE",)),
    ("which country", ("GPE",)),
    ("what city", ("GPE",)),
    ("which city", ("GPE",)),
)
_WHEN_IS = {"year": "in", "month": "in", "century": "in", "decade": "in", "day": "on", "date": "on"}
_DO = {"did": "VBD", "does": "VBZ", "do": "VBP"}


def statement(doc: Doc, answer: str) -> str:
    """Return what a question and its answer say together; empty where the question is not plain."""
    root = root_of(doc)
    answer = answer.strip(" .,;:")
    if root is None or not answer or len(answer.split()) > _MAX_WORDS:
        return ""
    asked = next((t for t in doc if t.lower_ in _WH), None)
    if asked is None or asked.i > 3:
        return ""
    phrase = _phrase(asked)
    if phrase[0].i and not (phrase[0].i == 1 and doc[0].dep_ == "prep"):
        return ""
    before = doc[0].text if phrase[0].i else ""  # a preposition: "In which year …"
    rest = [t for t in doc if t.i > phrase[-1].i and not (t.is_punct and t.i == len(doc) - 1)]
    if not rest:
        return ""
    top = phrase[-1] if phrase[-1].head.i not in {t.i for t in phrase} else asked
    top = next((t for t in phrase if t.head.i not in {p.i for p in phrase}), top)
    named = _named(phrase, asked, answer)
    person = asked.lower_ in ("who", "whom") and top.dep_ in ("dobj", "dative")
    if person and child(root, "dobj") not in (top, None):
        return ""  # "Who did he give it?" lacks its "to"
    dated = len(phrase) > 1 and rest[0].pos_ == "AUX" and phrase[-1].lemma_.lower() in _WHEN_IS
    subject = top.dep_ in ("nsubj", "nsubjpass") and rest[0].i > top.i
    if subject and not before and not (dated and rest[0].dep_ in ("aux", "auxpass")):
        others = [c for c in root.children if c.dep_ in ("nsubj", "nsubjpass") and c != top]
        if rest[0].lower_ in _DO or (others and root.lemma_ != "be"):
            return ""
        return f"{named} {_text(rest)}"
    if dated and not before and named.split()[0].lower() not in _PREPOSITIONS:
        before = _WHEN_IS[phrase[-1].lemma_.lower()]
    return _inverted(
        root, rest, asked, top, f"{before.lower()} {named}".strip(), last=dated or bool(before)
    )


def other_answer(question: Doc, sentence: Doc, answer: str, random: Random) -> str:
    """Return words of a sentence that could answer a question as an answer does, and do not; or nothing."""
    asked = next((t for t in question if t.lower_ in _WH), None)
    if asked is None:
        return ""
    wanted = {e.label_ for e in sentence.ents if answer and e.text in answer}
    if not wanted:
        phrase = " ".join(t.lower_ for t in _phrase(asked))
        wanted = set(next((labels for words, labels in _WANTED if phrase.startswith(words)), ()))
    said = {t.lemma_.lower() for t in question}
    others = [
        *(e.text for e in sentence.ents if e.label_ in wanted),
        *(c.text for c in sentence.noun_chunks if not wanted and c.root.pos_ == "NOUN"),
    ]
    words = set(answer.lower().split())
    fitting = [
        other
        for other in others
        if not words & set(other.lower().split())
        and other not in answer
        and not {w.lower() for w in other.split()} & said - {"the", "a", "of", "and", "in"}
    ]
    return random.choice(fitting) if fitting else ""


def is_statement(doc: Doc) -> bool:
    """Return whether a parsed statement has no verb left from its question: "Lund did he build"."""
    return not any(
        t.lower_ in _DO and t.dep_ == "aux" and child(t.head, "neg") is None for t in doc
    )


def in_its_case(claim: str, evidence: str) -> str:
    """Return a claim with the capitals that its evidence always gives a word, where a question has none."""
    capital = {w.lower(): w for w in re.findall(r"\b[A-Z]\w+", evidence)}
    small = set(re.findall(r"\b[a-z]\w+", evidence))
    return re.sub(
        r"\b[a-z]\w+",
        lambda m: m[0] if m[0] in small else capital.get(m[0], m[0]),
        claim,
    )


def _phrase(asked: Token) -> list[Token]:
    """Return the asking words: "who", "which year", "how many people"."""
    head = asked
    while head.head != head and head.dep_ in ("det", "advmod", "amod", "poss", "nummod"):
        if head.head.pos_ in ("VERB", "AUX"):
            break
        head = head.head
    end = max(head.i, asked.i)
    return list(asked.doc[asked.i : end + 1])


def _named(phrase: list[Token], asked: Token, answer: str) -> str:
    """Return the answer, with the noun that was asked for where it is a bare number."""
    if asked.lower_ == "whose":
        owner = answer if answer.endswith(("'s", "’s")) else f"{answer}'s"
        return f"{owner} {_text(phrase[1:])}" if len(phrase) > 1 else owner
    counted = len(phrase) > 2 and phrase[0].lower_ == "how" and phrase[1].lower_ in ("many", "much")
    noun = _text(phrase[2:]) if counted else ""
    if noun and phrase[-1].lemma_.lower() not in answer.lower() and "%" not in answer:
        return f"{answer} {noun}"
    return answer


def _text(tokens: list[Token]) -> str:
    return "".join(t.text_with_ws for t in tokens).strip()


def _inverted(
    root: Token,
    rest: list[Token],
    asked: Token,
    top: Token,
    answer: str,
    *,
    last: bool,
) -> str:
    """Return the statement of a question whose auxiliary verb stands before its subject."""
    helper = rest[0]
    subjects = [c for c in root.children if c.dep_ in ("nsubj", "nsubjpass") and c.i > helper.i]
    subject = subjects[0] if subjects else child(root, "nsubj", "nsubjpass")
    if helper.pos_ not in ("AUX", "VERB") or subject is None:
        return ""
    if subject.i < helper.i and root.lemma_ == "be" and root == helper:
        subject = child(root, "attr")  # "What is the capital" parsed the other way round
        if subject is None:
            return ""
    whole = subtree(subject)
    if whole[0].i != helper.i + 1:
        return ""
    after = [t for t in rest if t.i > whole[-1].i]
    answer = _with_preposition(asked, answer)
    if not answer:
        return ""
    if root == helper:  # "What is the capital?"
        return f"{_text(whole)} {helper.lower_} {answer} {_text(after)}"
    if not after or helper.dep_ not in ("aux", "auxpass"):
        return ""
    if helper.lower_ in _DO:
        if root.tag_ not in ("VB", "VBP") or child(root, "neg"):
            return ""
        verbs = getInflection(root.lemma_, tag=_DO[helper.lower_])
        verb, between = (verbs[0] if verbs else ""), ""
        if not verb:
            return ""
    else:
        verb, between = root.text, helper.lower_
    middle = [t for t in after if t.i < root.i]
    tail = [t for t in after if t.i > root.i]
    if asked.lower_ == "how" and top == asked and answer.split()[0] not in _MEANS:
        return ""
    if root.lemma_ == "do" and asked.lower_ == "what":
        return ""
    adverbial = asked.lower_ in ("when", "where", "why", "how") and top.dep_ == "advmod"
    if adverbial or last:
        return f"{_text(whole)} {between} {_text(middle)} {verb} {_text(tail)} {answer}"
    at = _place(top, root, tail)
    first, last = tail[:at], tail[at:]
    if last and last[0].pos_ in ("DET", "NOUN", "PROPN", "PRON", "ADJ") and last[0].dep_ != "prt":
        return ""  # two nouns in a row: "They called Lund the town"
    return f"{_text(whole)} {between} {_text(middle)} {verb} {_text(first)} {answer} {_text(last)}"


def _place(top: Token, root: Token, tail: list[Token]) -> int:
    """Return after how many of the words after the verb the answer stands."""
    if top.dep_ == "pobj" or (tail and tail[-1].dep_ == "prep" and tail[-1].n_rights == 0):
        return next(
            (n + 1 for n, t in enumerate(tail) if t.tag_ == "IN" and not t.n_rights), len(tail)
        )
    if tail and tail[0].dep_ == "prt" and tail[0].head == root:
        return 1
    inner = next((n for n, t in enumerate(tail) if t.dep_ == "xcomp" and t.n_rights == 0), None)
    return 0 if inner is None else inner + 1


def _with_preposition(asked: Token, answer: str) -> str:
    first = answer.split(maxsplit=1)[0].lower()
    if first in _PREPOSITIONS:
        return answer
    if asked.lower_ == "when":
        if re.fullmatch(r"\d{3,4}|(?:the )?\d{4}s", answer) or first.title() in MONTHS:
            return f"in {answer}" if not re.search(r"\b\d{1,2}\b", answer) else f"on {answer}"
        if first.title() in DAYS or re.match(r"\d{1,2} [A-Z]", answer):
            return f"on {answer}"
        return answer if first in ("yesterday", "every", "last", "later") else ""
    if asked.lower_ == "where":
        return f"in {answer}"
    if asked.lower_ == "why":
        return answer if first == "to" else ""
    return answer
