"""Whether what was made of a sentence is still a sentence, and has the parts of what it was made of.

spaCy parses a claim anew. A claim whose words hang together otherwise than those of its sentence was made
of a wrong parse, or is no English, and is left out. No model's opinion of what follows from what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from claims_parse import child, root_of
from spacy.tokens import Doc, Token

# Relations whose two ends say the same wherever they stand, by one name for both voices and both owners.
_SAME = {"nsubjpass": "dobj", "oprd": "attr", "acomp": "attr", "appos": "attr"}
_LOOSE = frozenset("punct cc preconj det aux auxpass prt mark case intj meta dep predet".split())
_FINITE = ("VBD", "VBZ", "VBP", "MD")
_BRACKETS = (("(", ")"), ("“", "”"), ("[", "]"))
_ODD = re.compile(r"[;:,–—-]\s*[.!?]|[.!?]{2}|\.['\"’”]\.|,\s*,|\(\s|\s\)|\s,|\s['’]\s")
# What may be new or missing, by how a claim was made.
_MAY_LOSE = frozenset(("shorter", "clause", "relative", "apposition", "detail"))
_REWORDS = frozenset(("words", "number form"))
_AS_THEY_WERE = frozenset(("order", "voice", "owner", *_MAY_LOSE))


def is_whole(doc: Doc) -> bool:
    """Return whether a parsed text is one sentence: a finite verb with its subject, and closed marks."""
    text, root = doc.text.strip(), root_of(doc)
    if root is None or not text or text[-1] not in ".!?" or not _begins(text) or _ODD.search(text):
        return False
    if any(text.count(left) != text.count(right) for left, right in _BRACKETS):
        return False
    if text.count('"') % 2 or text.endswith(":.") or not _has_subject(root):
        return False
    if root.lemma_ == "be" and any(
        c.dep_ == "ccomp" and c.i > root.i and child(c, "mark") is None for c in root.children
    ):
        return False
    helpers = [t for t in root.children if t.dep_ in ("aux", "auxpass")]
    return any(t.tag_ in _FINITE for t in (root, *helpers)) and agrees(doc)


def is_plain(doc: Doc) -> bool:
    """Return whether a sentence may be taken apart: whole, and without speech, lists, rows or questions."""
    text = doc.text.strip()
    if not is_whole(doc) or text[-1] != "." or re.search(r"[\"“”«»:;|•\n]|''|``|--|\.\.", text):
        return False
    return not re.search(r"(?:^|\s)['‘]|[.!?] [A-Z\"'(]|\[\D", text) and text.count(",") < 5


def _begins(text: str) -> bool:
    return text[0].isupper() or text[0].isdigit() or text[0] in "\"“'‘$€£("


def _has_subject(root: Token) -> bool:
    subject = child(root, "nsubj", "nsubjpass", "expl", "csubj", "csubjpass", "attr")
    return subject is not None and subject.lower_ not in ("which", "who", "whom")


def agrees(doc: Doc) -> bool:
    """Return whether no verb is singular after a plural subject, or the other way round."""
    for verb in doc:
        subject = child(verb, "nsubj", "nsubjpass")
        if subject is None or subject.i > verb.i:
            continue
        first = next((c for c in verb.children if c.dep_ in ("aux", "auxpass")), verb)
        singular = first.tag_ == "VBZ" or first.lower_ == "was"
        plural = first.lower_ in ("are", "were", "have", "do") or first.tag_ == "VBP"
        joined = any(c.dep_ == "conj" for c in subject.children)
        if subject.tag_ == "NNS" and singular and not subject.ent_type_:
            return False
        lonely = subject.tag_ in ("NN", "NNP") and not joined and not subject.ent_type_
        if lonely and plural and not _counts(subject):
            return False
        if subject.lower_ in ("he", "she", "it") and plural and first.lower_ != "were":
            return False
    return True


def _counts(subject: Token) -> bool:
    """Return whether a singular noun may have a plural verb: "a number of", "the police"."""
    return child(subject, "prep") is not None or subject.lower_ in ("police", "staff", "majority")


def hangs(doc: Doc) -> bool:
    """Return whether a preposition has lost its noun, or a comma parts a verb from its object."""
    for token in doc:
        if token.dep_ in ("prep", "agent", "dative") and token.pos_ == "ADP" and not token.n_rights:
            return True
        first = token.left_edge.i
        if (
            token.dep_ in ("dobj", "attr")
            and token.head.i == first - 2
            and doc[first - 1].text == ","
        ):
            return True
    return False


def relations(doc: Doc) -> set[tuple[str, str, str]]:
    """Return what hangs on what, by lemmas, with voices, owners and shared subjects made alike."""
    found = set()
    for token in doc:
        head, name = token.head, token.dep_
        if head == token or name in _LOOSE or token.is_punct or name in ("prep", "agent"):
            continue
        if name in ("pobj", "pcomp"):
            preposition, head = head, head.head
            name = preposition.lower_
            if preposition.dep_ == "agent":
                name = "nsubj"
            if preposition.dep_ == "dative":
                name = "dative"
        name = "of" if name == "poss" else _SAME.get(name, name)
        found.add((head.lemma_.lower(), name, token.lemma_.lower()))
    return found | set(_shared(doc))


def _shared(doc: Doc) -> Iterable[tuple[str, str, str]]:
    """Yield the subjects that joined verbs share, and those for which "who" and "which" stand."""
    for token in doc:
        if token.dep_ == "relcl" and child(token, "nsubj", "nsubjpass"):
            passive = child(token, "nsubjpass") is not None
            yield token.lemma_.lower(), "dobj" if passive else "nsubj", token.head.lemma_.lower()
        if token.dep_ == "appos":
            yield "be", "nsubj", token.head.lemma_.lower()
            yield "be", "attr", token.lemma_.lower()
        if token.dep_ != "conj" or child(token, "nsubj", "nsubjpass"):
            continue
        first = token.head
        while first.dep_ == "conj":
            first = first.head
        if subject := child(first, "nsubj", "nsubjpass"):
            for name in ("nsubj", "dobj"):
                yield token.lemma_.lower(), name, subject.lemma_.lower()


def keeps(made: str, source: Doc, doc: Doc) -> bool:
    """Return whether a claim hangs together as the sentence that it was made of in some way does."""
    if not is_whole(doc) or (hangs(doc) and not hangs(source)):
        return False
    if made in _REWORDS:
        return len(list(doc.sents)) == len(list(source.sents))
    if made not in _AS_THEY_WERE:
        return True
    old, new = relations(source), relations(doc)
    if made in _MAY_LOSE:
        return new <= old
    return len(new ^ old) <= 1
