"""Claims that follow from a sentence: made of its parse by changes that keep what it says.

A ``Doc`` is a sentence that spaCy has parsed. Nothing here is right always: of 100 claims about seven
are no good English or say something else, which a training forgives.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from claims_moved import active, passive, reordered, reported
from claims_parse import SUBJECTS, child, framed, inside, only_adds, root_of, subtree, without
from claims_reworded import other_numbers, reworded
from spacy.tokens import Doc, Token

_STRONG = frozenset("no none nobody nothing never only few little hardly without not n't".split())
_PERHAPS = frozenset("if unless whether as like so until lest".split())
_LINKS = frozenset(
    "however moreover furthermore meanwhile therefore thus also then instead still".split()
)
# Adjectives without which something else is said.
_KEPT = frozenset(
    """first last next only same other second third main chief former late early many few more most several own
    whole entire new old different various certain such possible likely alleged false fake mere sole single
    previous following best worst high low male female left right northern southern eastern western original current new-found so-called""".split()
)


def true_claims(doc: Doc, random: Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, claim) for what a sentence says."""
    yield "copy", doc.text
    root = root_of(doc)
    for match in reworded(doc, random):
        yield "words", match
    if (other := other_numbers(doc)) != doc.text:
        yield "number form", other
    if root is None:
        return
    for kind, text in (
        *(("clause", each) for each in _clauses(doc, root)),
        *(("shorter", each) for each in _shorter(doc, root, random)),
        *(("apposition", each) for each in _appositions(doc)),
        *(("relative", each) for each in _relatives(doc)),
        *(("detail", each) for each in _details(doc)),
        ("voice", passive(doc, root)),
        ("voice", active(doc, root)),
        ("order", reordered(doc, root)),
        ("reported", reported(root)),
    ):
        if text and len(text.split()) > 2:
            yield kind, text


def _clauses(doc: Doc, root: Token) -> Iterator[str]:
    """Yield what each of the joined verbs says of the subject."""
    subject, second = child(root, *SUBJECTS), child(root, "conj")
    joint = child(root, "cc")
    if not subject or not second or not joint or joint.lower_ in ("or", "nor", "either"):
        return
    first_out = [*subtree(second), joint]
    own = [t for t in root.children if t.i > root.i and t not in (second, joint) and not t.is_punct]
    shares = not own and child(second, "dobj", "prep", "attr", "agent") is not None
    if not any(t.dep_ == "neg" for t in root.children) and not (
        shares and not child(second, *SUBJECTS)
    ):
        yield without(doc, first_out)
    if child(second, *SUBJECTS):
        yield inside([t for t in subtree(second) if t.i])
        return
    if second.pos_ not in ("VERB", "AUX") or child(root, "neg"):
        return
    helpers = [t for t in root.children if t.dep_ in ("aux", "auxpass") and t.i < root.i]
    own = any(t.dep_ in ("aux", "auxpass") for t in second.children)
    if not own and second.tag_ == root.tag_ and second.tag_ in ("VB", "VBN", "VBG"):
        between = inside(helpers)
    elif own or second.tag_ in ("VBD", "VBZ", "VBP"):
        between = ""
    else:
        return
    yield f"{inside(subtree(subject))} {between} {inside(subtree(second))}"


def _shorter(doc: Doc, root: Token, random: Random) -> Iterator[str]:
    """Yield the sentence without one or two of the parts that only add to it."""
    if any(t.lower_ in _STRONG for t in doc):
        return
    parts = []
    for token in doc:
        whole = subtree(token)
        if token.dep_ == "advcl" and token.head == root:
            mark = child(token, "mark", "advmod")
            if framed(doc, whole) and (not mark or mark.lower_ not in _PERHAPS):
                parts.append(_with_commas(doc, whole))
        elif token.dep_ in ("relcl", "appos"):
            is_list = token.dep_ == "appos" and child(token, "conj", "appos") is not None
            if whole[0].i and framed(doc, whole) and not is_list:
                parts.append(_with_commas(doc, whole))
        elif token.head == root and _may_go(token, root):
            parts.append(_with_commas(doc, whole))
    if not parts:
        return
    if sum(map(len, parts)) and len(parts) > 1:
        chosen = random.sample(parts, 2)
        yield without(doc, [*chosen[0], *chosen[1]])
    yield without(doc, random.choice(parts))


def _may_go(part: Token, root: Token) -> bool:
    """Return whether a phrase or a word that hangs on the verb only adds to it."""
    if part.dep_ == "advmod":
        return part.lower_ in _LINKS
    phrase = part.dep_ in ("prep", "npadvmod")
    return phrase and only_adds(part, root) and _says_more(part, root)


def _says_more(part: Token, root: Token) -> bool:
    """Return whether something stands after a verb besides a phrase: "It was revised" says little."""
    return any(c.i > root.i and c != part and not c.is_punct for c in root.children)


def _with_commas(doc: Doc, whole: list[Token]) -> list[Token]:
    """Return words with the marks around them that go when they go."""
    first, last = whole[0].i, whole[-1].i
    before = doc[first - 1] if first else None
    after = doc[last + 1] if last + 1 < len(doc) else None
    marks = [t for t in (before, after) if t is not None and t.text in (",", "(", ")", "–", "—")]
    if before is not None and before.text == "," and (after is None or after.text != ","):
        marks = [before] if framed(doc, whole) else []
    return [*marks, *whole]


def _details(doc: Doc) -> Iterator[str]:
    """Yield the sentence with a person's last name alone, without a title, or without an adjective."""
    for name in doc.ents:
        last = name[-1]
        if name.label_ != "PERSON" or not 1 < len(name) < 5 or name.root != last:
            continue
        if name.start and doc[name.start - 1].dep_ in ("case", "det", "compound"):
            continue
        named = last.pos_ == "PROPN" and last.is_alpha and name[0].is_alpha and len(last) > 3
        if named and all(t.text[0].isupper() for t in name) and doc.text.count(last.text) == 1:
            yield f"{doc[: name.start].text_with_ws}{last.text_with_ws}{doc[name.end :].text}"
            break
    for token in doc:
        if (
            token.dep_ != "amod"
            or token.tag_ != "JJ"
            or token.lower_ in _KEPT
            or token.ent_type_
            or token.is_title
        ):
            continue
        if token.head.i != token.i + 1 or token.head.pos_ != "NOUN" or token.n_lefts or not token.i:
            continue
        if token.head.dep_ not in (*SUBJECTS, "dobj"):
            continue
        if doc[token.i - 1].lower_ == "the" and token.head.n_lefts == 2:
            yield without(doc, [token])
            break


def _appositions(doc: Doc) -> Iterator[str]:
    for token in doc:
        head, described = token.head, subtree(token)
        if token.dep_ != "appos" or head.pos_ != "PROPN" or token.pos_ not in ("NOUN", "PROPN"):
            continue
        name = [t for t in subtree(head) if t.i < token.left_edge.i and t.i <= head.i]
        if head.ent_type_ not in ("PERSON", "ORG", "GPE") or head.dep_ in ("conj", "compound"):
            continue
        if token.ent_type_ in ("DATE", "CARDINAL", "GPE") or len(described) < 3 or not name:
            continue
        if (
            described[0].pos_ != "DET"
            or doc[described[0].i - 1].text != ","
            or name[-1].i + 2 != described[0].i
        ):
            continue
        if not framed(doc, described) or any(t.is_punct or t.dep_ == "relcl" for t in described):
            continue
        verb = "are" if token.tag_ in ("NNS", "NNPS") else "is"
        yield f"{inside(name)} {verb} {inside(described)}"


def _relatives(doc: Doc) -> Iterator[str]:
    """Yield what a clause after a comma, with "who" or "which", says of what it stands after."""
    for token in doc:
        pronoun = child(token, *SUBJECTS)
        if token.dep_ != "relcl" or not pronoun or pronoun.lower_ not in ("who", "which"):
            continue
        head, whole = token.head, subtree(token)
        while head.dep_ == "appos":
            head = head.head
        if whole[0] != pronoun or doc[pronoun.i - 1].text != "," or not framed(doc, whole):
            continue
        name = [t for t in subtree(head) if t.i <= head.i]
        near = doc[pronoun.i - 2] == head or doc[pronoun.i - 2].head.dep_ == "appos"
        verb = next((c for c in token.children if c.dep_ in ("aux", "auxpass")), token)
        plural = head.tag_ in ("NNS", "NNPS") or child(head, "conj") is not None
        if not near or (plural and (verb.tag_ == "VBZ" or verb.lower_ == "was")):
            continue
        if head.pos_ not in ("NOUN", "PROPN") or any(t.is_punct for t in name):
            continue
        said = [t for t in whole if t.i > pronoun.i]
        if said[-1].text == ",":
            said.pop()
        yield f"{inside(name)} {inside(said)}"
