"""What all claims are made with: words of a parsed sentence, and what hangs on what in it."""

from __future__ import annotations

import re
from collections.abc import Collection

from lemminflect import getAllLemmas
from spacy.tokens import Doc, Token

SUBJECTS = ("nsubj", "nsubjpass")
NAMED = ("PERSON", "ORG", "FAC", "WORK_OF_ART", "PRODUCT", "EVENT", "LAW", "GPE", "LOC", "NORP")
_TIMES = ("DATE", "TIME")
_PLACES = ("GPE", "LOC", "FAC")
AT = frozenset("in on at during after before since by until near throughout".split())


def as_sentence(text: str) -> str:
    """Return words as a sentence: one space between them, no note marks, a capital first, a stop last."""
    text = re.sub(r"\[\w{1,3}\]", "", text)
    text = re.sub(r"\s+", " ", text).strip(" ,;:-–—")
    text = re.sub(r" ([,.;:!?])", r"\1", text)
    text = re.sub(r",+([,.;])", r"\1", text)
    text = re.sub(r"(?<=\w) ([–—])(?=\w)", r"\1", text)
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."


def inside(tokens: Collection[Token]) -> str:
    """Return tokens as they are written inside of a sentence: no capital that only begins one."""
    tokens = list(tokens)
    ends = {t.i for t in tokens}
    spaces = (" " if t.whitespace_ or t.i + 1 not in ends else "" for t in tokens)
    text = "".join(f"{t.text}{space}" for t, space in zip(tokens, spaces, strict=True)).strip()
    if not tokens or tokens[0].i or not text:
        return text
    return text if is_name(tokens[0]) or not _has_small(tokens[0]) else text[0].lower() + text[1:]


def _has_small(token: Token) -> bool:
    """Return whether a word is one of the language's, which has its capital only since it is the first."""
    if token.lower_ == "i" or token.pos_ not in ("NOUN", "ADJ", "VERB"):
        return token.lower_ != "i"
    return bool(getAllLemmas(token.lower_))


def is_name(token: Token) -> bool:
    """Return whether a token keeps its capital wherever it stands."""
    named = token.ent_type_ not in ("", "DATE", "CARDINAL", "ORDINAL", "QUANTITY", "TIME")
    starts = token.lower_ in ("the", "a", "an")
    return not starts and (token.pos_ == "PROPN" or named or token.text.isupper())


def subtree(token: Token) -> list[Token]:
    """Return a token with all that hangs on it, in order."""
    return list(token.subtree)


def without(doc: Doc, left_out: Collection[Token]) -> str:
    """Return a parsed sentence without some of its tokens."""
    out = {t.i for t in left_out}
    return inside([t for t in doc if t.i not in out])


def root_of(doc: Doc) -> Token | None:
    """Return the verb of a sentence; None where it is not one sentence with a verb."""
    roots = [t for t in doc if t.head == t]
    if len(roots) != 1 or roots[0].pos_ not in ("VERB", "AUX"):
        return None
    return roots[0]


def child(token: Token, *deps: str) -> Token | None:
    """Return the first child with one of some relations."""
    return next((c for c in token.children if c.dep_ in deps), None)


def only_adds(part: Token, root: Token) -> bool:
    """Return whether a phrase only says when or where, and its verb says something without it."""
    if root.lemma_ == "be":
        return False
    nouns = [part] if part.dep_ == "npadvmod" else [c for c in part.children if c.dep_ == "pobj"]
    if not nouns or not nouns[0].ent_type_ or (part.dep_ == "prep" and part.lower_ not in AT):
        return False
    if nouns[0].ent_type_ in _TIMES:
        return True
    complete = child(root, "dobj", "nsubjpass") is not None
    return nouns[0].ent_type_ in (*_PLACES, "EVENT") and complete


def framed(doc: Doc, whole: list[Token]) -> bool:
    """Return whether words stand between marks that part them from the rest of their sentence."""
    first, last = whole[0].i, whole[-1].i
    before = doc[first - 1].text if first else ","
    after = doc[last + 1].text if last + 1 < len(doc) else "."
    if "(" in (before, whole[0].text):
        return after == ")" or whole[-1].text == ")"
    return before in (",", "–", "—") and after in (",", ".", "–", "—")
