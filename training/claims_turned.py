"""Claims that say what a sentence says from another side: "A sold it to B" and "B bought it from A".

Beside each stands, where there is one, the claim that takes the other word and leaves who does it, or the
other way round, which is false.
"""

from __future__ import annotations

from collections.abc import Iterator

from claim_words import SYMMETRIC
from claims_parse import child, inside, is_name, root_of, subtree
from lemminflect import getInflection
from spacy.tokens import Doc, Token

# What one does, the preposition of the other's, and what the other does with which preposition.
_CONVERSE = {
    ("buy", "from"): ("sell", "to"),
    ("purchase", "from"): ("sell", "to"),
    ("sell", "to"): ("buy", "from"),
    ("borrow", "from"): ("lend", "to"),
    ("lend", "to"): ("borrow", "from"),
    ("give", "to"): ("get", "from"),
    ("send", "to"): ("receive", "from"),
    ("receive", "from"): ("give", "to"),
    ("inherit", "from"): ("leave", "to"),
    ("learn", "from"): ("teach", "to"),
    ("rent", "from"): ("let", "to"),
    ("hand", "to"): ("receive", "from"),
    ("award", "to"): ("receive", "from"),
    ("donate", "to"): ("receive", "from"),
}
# As these, with the one to whom it is done as the object.
_CONVERSE_OBJECT = {
    "beat": ("lose", "to"),
    "defeat": ("lose", "to"),
    "teach": ("learn", "from"),
    "own": ("belong", "to"),
    "contain": ("be", "in"),
    "employ": ("work", "for"),
    "supply": ("receive supplies", "from"),
    "inspire": ("be inspired", "by"),
    "influence": ("be influenced", "by"),
}
_GREATER = """older younger|larger smaller|bigger smaller|higher lower|longer shorter|taller shorter|faster slower|
stronger weaker|richer poorer|heavier lighter|warmer cooler|earlier later|deeper shallower|cheaper dearer|
better worse|wider narrower|hotter colder|louder quieter|harder easier"""
_OTHER_SIZE = {
    one: other
    for pair in " ".join(_GREATER.split("\n")).split("|")
    for one, other in (pair.split(), pair.split()[::-1])
}
_DATIVE = frozenset(
    "give send offer lend show teach tell sell hand award grant pay promise".split()
)
_ARE_THE_SAME = frozenset("city town village state kingdom republic county island province".split())
# What "of" says no owner of.
_PARTS = frozenset(
    "part rest half end beginning middle top bottom side outside number name day year month age kind sort type "
    "center centre heart north south east west majority member one time use case form act".split()
)
_NUMBERS = ("CARDINAL", "DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "ORDINAL")


def turned(doc: Doc) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, true claim, false claim or nothing) of a parsed sentence."""
    root = root_of(doc)
    yield from (("owner", *each) for each in _owners(doc))
    if root is None or any(c.dep_ == "neg" for c in root.children):
        return
    for kind, true, false in (
        ("converse", *_converse(doc, root)),
        ("compared", *_compared(root)),
        ("symmetric", _symmetric(doc, root), ""),
        ("equal", _equal(doc, root), ""),
        ("dative", *_dative(doc, root)),
        ("cause", *_cause(doc, root)),
    ):
        if true and len(true.split()) > 2:
            yield kind, true, false


def parts_of(root: Token) -> tuple[list[Token], list[Token]] | None:
    """Return the words of a verb's subject and object, where both are plain."""
    subject, thing = child(root, "nsubj"), child(root, "dobj")
    if not subject or not thing or not subject.i < root.i < thing.i:
        return None
    if {subject.tag_, thing.tag_} & {"PRP", "WP", "WDT", "DT", "EX"}:
        return None
    one, other = subtree(subject), subtree(thing)
    return None if any(t.is_punct and t.text != "-" for t in (*one, *other)) else (one, other)


def verb_like(lemma: str, root: Token, subject: list[Token]) -> str:
    """Return a verb in the tense of another, for a subject; empty where it is in none that is plain."""
    if root.tag_ not in ("VBD", "VBZ", "VBP") or any(c.dep_ == "aux" for c in root.children):
        return ""
    first, _, rest = lemma.partition(" ")
    plural = subject[-1].tag_ in ("NNS", "NNPS") or any(t.dep_ == "conj" for t in subject)
    if first == "be":
        form = (("was", "were") if root.tag_ == "VBD" else ("is", "are"))[plural]
    else:
        tag = "VBD" if root.tag_ == "VBD" else ("VBP" if plural else "VBZ")
        form = next(iter(getInflection(first, tag=tag)), "")
    return f"{form} {rest}".strip() if form else ""


def rest_of(doc: Doc, used: list[Token]) -> str:
    """Return what stands after the last of some words, without the stop."""
    last = max(t.i for t in used)
    return inside([t for t in doc if t.i > last and not (t.is_punct and t.i == len(doc) - 1)])


def _converse(doc: Doc, root: Token) -> tuple[str, str]:
    parts = parts_of(root)
    if parts is None or any(c.dep_ in ("conj", "prt", "ccomp") for c in root.children):
        return "", ""
    one, thing = parts
    for preposition in root.children:
        to = _CONVERSE.get((root.lemma_, preposition.lower_))
        other = child(preposition, "pobj")
        if to is None or other is None or preposition.i < thing[-1].i:
            continue
        whole = subtree(other)
        verb, same = verb_like(to[0], root, whole), verb_like(to[0], root, one)
        if not verb or other.ent_type_ in _NUMBERS:
            continue
        rest = rest_of(doc, whole)
        return (
            f"{inside(whole)} {verb} {inside(thing)} {to[1]} {inside(one)} {rest}",
            f"{inside(one)} {same} {inside(thing)} {to[1]} {inside(whole)} {rest}",
        )
    if to := _CONVERSE_OBJECT.get(root.lemma_):
        verb, same = verb_like(to[0], root, thing), verb_like(to[0], root, one)
        if verb and not any(t.ent_type_ in _NUMBERS for t in thing):
            rest = rest_of(doc, thing)
            return (
                f"{inside(thing)} {verb} {to[1]} {inside(one)} {rest}",
                f"{inside(one)} {same} {to[1]} {inside(thing)} {rest}",
            )
    return "", ""


def _compared(root: Token) -> tuple[str, str]:
    """Return "B is younger than A" of "A is older than B"."""
    subject = child(root, "nsubj")
    more = child(root, "acomp", "advmod")
    if root.lemma_ != "be" or not subject or not more or more.lower_ not in _OTHER_SIZE:
        return "", ""
    than = child(more, "prep")
    other = child(than, "pobj") if than is not None and than.lower_ == "than" else None
    if other is None or subject.tag_ == "PRP" or other.ent_type_ in _NUMBERS:
        return "", ""
    one, two = subtree(subject), subtree(other)
    verb = verb_like("be", root, two)
    opposite = _OTHER_SIZE[more.lower_]
    return (
        f"{inside(two)} {verb} {opposite} than {inside(one)}",
        f"{inside(two)} {verb} {more.lower_} than {inside(one)}",
    )


def _symmetric(doc: Doc, root: Token) -> str:
    """Return a sentence whose two sides change places where that leaves what it says: "B married A"."""
    parts = parts_of(root)
    if parts is None or root.lemma_ not in SYMMETRIC - {
        "include",
        "contain",
        "have",
        "call",
        "name",
    }:
        return ""
    one, other = parts
    if not (is_name(one[-1]) and is_name(other[-1])) or root.tag_ != "VBD":
        return ""
    return f"{inside(other)} {root.text} {inside(one)} {rest_of(doc, other)}"


def _equal(doc: Doc, root: Token) -> str:
    """Return "The capital of B is A" of "A is the capital of B"."""
    subject, what = child(root, "nsubj"), child(root, "attr")
    if root.lemma_ != "be" or not subject or not what or not subject.i < root.i < what.i:
        return ""
    one, other = subtree(subject), subtree(what)
    if not is_name(subject) or other[0].lower_ != "the" or other[-1].i < len(doc) - 2:
        return ""
    if any(t.dep_ in ("relcl", "conj", "appos") for t in (*one, *other)):
        return ""
    return f"{inside(other)} {root.text} {inside(one)}"


def _dative(doc: Doc, root: Token) -> tuple[str, str]:
    """Return "gave the hat to B" of "gave B the hat", and the other way; the false one crosses them."""
    parts, to = parts_of(root), child(root, "dative")
    if parts is None or to is None or root.lemma_ not in _DATIVE:
        return "", ""
    one, thing = parts
    before = doc[: root.i + 1].text
    if to.lower_ == "to" and (other := child(to, "pobj")) is not None and to.i > thing[-1].i:
        whole = subtree(other)
        return f"{before} {inside(whole)} {inside(thing)} {rest_of(doc, whole)}", ""
    if to.pos_ in ("NOUN", "PROPN") and root.i < to.i < thing[0].i:
        whole = subtree(to)
        rest = rest_of(doc, thing)
        verb = root.text
        return (
            f"{before} {inside(thing)} to {inside(whole)} {rest}",
            f"{inside(whole)} {verb} {inside(thing)} to {inside(one)} {rest}",
        )
    return "", ""


def _cause(doc: Doc, root: Token) -> tuple[str, str]:
    """Return "A, so B" and "Because A, B" of "B because A"; the false one has cause and effect crossed."""
    for clause in root.children:
        mark = child(clause, "mark")
        if clause.dep_ != "advcl" or mark is None or mark.lower_ != "because":
            continue
        whole = subtree(clause)
        why = [t for t in whole if t != mark]
        what = [t for t in doc if t.i not in {t.i for t in whole} and not t.is_punct]
        if mark.i != whole[0].i or not why or len(what) < 3:
            continue
        effect, cause = inside(what), inside(why)
        if whole[0].i == 0:
            return f"{effect} because {cause}", f"{cause} because {effect}"
        return f"because {cause}, {effect}", f"because {effect}, {cause}"
    return "", ""


def _owners(doc: Doc) -> Iterator[tuple[str, str]]:
    """Yield "the coach of A" for "A's coach", and the other way, each with another's coach, if one is named."""
    for token in doc:
        case = child(token, "case")
        if token.dep_ == "poss" and case is not None and case.i == token.i + 1:
            owner, head = [t for t in subtree(token) if t != case], token.head
            if owner[0].i and doc[owner[0].i - 1].text in ("St", "St.", "Saint"):
                continue
            if (
                owner[0].text in ("St", "St.", "Saint")
                or head.i <= case.i
                or not _may_be_owned(head)
                or not is_name(token)
            ):
                continue
            between = doc[case.i + 1 : head.i + 1]
            if any(t.is_punct or t.pos_ in ("PRON", "VERB", "NUM") for t in between):
                continue
            before, after = doc[: owner[0].i].text, doc[head.i + 1 :].text
            if after.startswith("of "):
                continue
            space = "" if after[:1] in (",", ".", ";", ":") else " "
            for each in _with_another(doc, owner):
                yield tuple(  # type: ignore[misc]
                    f"{before} the {between.text} of {name}{space}{after}".strip() if name else ""
                    for name in each
                )
            return
        if token.lower_ == "of" and token.dep_ == "prep" and token.head.pos_ == "NOUN":
            owned, owner_ = token.head, child(token, "pobj")
            start = owned.left_edge
            if owner_ is None or not is_name(owner_) or start.lower_ != "the":
                continue
            whole = subtree(owner_)
            if owned.lemma_.lower() in _ARE_THE_SAME or not _may_be_owned(owned):
                continue
            if owned.i != token.i - 1 or any(t.dep_ in ("conj", "appos") for t in whole):
                continue
            if owner_.ent_type_ not in ("PERSON", "ORG", "GPE") or len(whole) > 4:
                continue
            after = doc[whole[-1].i + 1 :].text
            if after[:1] in ("-", "–", "'", "’") or inside(whole).endswith(("'s", "’s")):
                continue
            space = "" if after[:1] in (",", ".", ";", ":") else " "
            thing = doc[start.i + 1 : owned.i + 1].text
            for each in _with_another(doc, whole):
                yield tuple(  # type: ignore[misc]
                    f"{doc[: start.i].text} {_own(name)} {thing}{space}{after}".strip()
                    if name
                    else ""
                    for name in each
                )
            return


def _may_be_owned(owned: Token) -> bool:
    """Return whether a noun stands alone: no list, no measure or part of one, nothing hung on with a hyphen."""
    if owned.pos_ != "NOUN" or owned.lemma_.lower() in _PARTS or child(owned, "conj", "appos"):
        return False
    after = owned.doc[owned.i + 1] if owned.i + 1 < len(owned.doc) else None
    return owned.dep_ not in ("compound", "conj") and (after is None or after.text not in "-–/")


def _with_another(doc: Doc, owner: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield an owner's name with another name of the sentence, of the same sort, if there is one."""
    sort, name = owner[-1].ent_type_, inside(owner)
    others = [
        e.text for e in doc.ents if e.label_ == sort and not {t.i for t in e} & {t.i for t in owner}
    ]
    other = next((o for o in others if o not in name and name not in o), "")
    yield name, other.removesuffix("'s").removesuffix("’s")


def _own(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"
