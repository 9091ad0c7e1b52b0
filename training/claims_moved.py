"""Claims that say what a sentence says in another order: the other voice, a phrase moved, a name for its pronoun."""

from __future__ import annotations

from claims_parse import AT, SUBJECTS, child, inside, only_adds, root_of, subtree
from lemminflect import getInflection
from spacy.tokens import Doc, Token

_WHEN = frozenset("when after before although because while since though once".split())
_PRONOUNS = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_AGENTS = {objective: subject for subject, objective in _PRONOUNS.items()}


def _noun(tokens: list[Token], pronouns: dict[str, str]) -> str:
    text = inside(tokens)
    return pronouns.get(text.lower(), text) if len(tokens) == 1 else text


def _is_plural(noun: Token) -> bool:
    joined = any(c.dep_ == "conj" for c in noun.children)
    return noun.tag_ in ("NNS", "NNPS") or joined or noun.lower_ in ("they", "we", "them", "us")


def passive(doc: Doc, root: Token, *, exchanged: bool = False) -> str:
    """Return a sentence in the passive voice; empty where it is not plainly in the active.

    Args:
        doc: the sentence.
        root: its verb.
        exchanged: let the one who does something and the one to whom it is done change places.
    """
    subject, thing = child(root, "nsubj"), child(root, "dobj")
    if not subject or not thing or root.tag_ not in ("VBD", "VBZ", "VBP") or thing.i < root.i:
        return ""
    if any(
        c.dep_ in ("aux", "neg", "prt", "conj", "dative", "ccomp", "xcomp") for c in root.children
    ):
        return ""
    if thing.tag_ in ("PRP", "WP") and thing.lower_.endswith(("self", "selves")):
        return ""
    if root.lemma_ in ("have", "be", "become", "cost", "lack", "resemble", "mean", "say", "get"):
        return ""
    participles = getInflection(root.lemma_, tag="VBN")
    a, b = subtree(subject), subtree(thing)
    if not participles or a[-1].i > root.i or subject.pos_ not in ("NOUN", "PROPN"):
        return ""
    if thing.pos_ not in ("NOUN", "PROPN") or any(t.is_punct and t.text != "-" for t in (*a, *b)):
        return ""
    if len(a) > 10 or len(b) > 10 or child(root, "advcl") or _is_reflexive(a, b):
        return ""
    doer, done = (b, a) if exchanged else (a, b)
    noun = subject if exchanged else thing
    past = root.tag_ == "VBD"
    be = ("were" if past else "are") if _is_plural(noun) else ("was" if past else "is")
    before = [t for t in doc if t.i < a[0].i]
    between = [t for t in doc if a[-1].i < t.i < root.i]
    after = [t for t in doc if t.i > b[-1].i]
    if any(t.is_punct for t in between) or b[0].i != root.i + 1:
        return ""
    if after and (after[0].text == "," or after[0].pos_ in ("NOUN", "PROPN", "NUM", "DET", "ADJ")):
        return ""
    agent = f"by {_noun(doer, _PRONOUNS)}"
    return (
        f"{inside(before)} {_noun(done, _AGENTS)} {be} {inside(between)} {participles[0]} "
        f"{agent} {inside(after)}"
    )


def active(doc: Doc, root: Token, *, exchanged: bool = False) -> str:
    """Return a sentence in the active voice; empty where it is not plainly in the passive."""
    subject, agent = child(root, "nsubjpass"), child(root, "agent")
    helpers = [c for c in root.children if c.dep_ in ("aux", "auxpass", "neg")]
    if not subject or not agent or len(helpers) != 1:
        return ""
    doer = child(agent, "pobj")
    if not doer or helpers[0].lower_ not in ("was", "were", "is", "are"):
        return ""
    if any(c.dep_ in ("conj", "xcomp", "ccomp", "oprd") for c in root.children):
        return ""
    past = helpers[0].lower_ in ("was", "were")
    new_subject = subject if exchanged else doer
    tag = "VBD" if past else ("VBP" if _is_plural(new_subject) else "VBZ")
    verb = getInflection(root.lemma_, tag=tag)
    if not verb:
        return ""
    a, b = subtree(subject), subtree(doer)
    if any(t.is_punct and t.text != "-" for t in (*a, *b)) or len(a) > 10 or len(b) > 10:
        return ""
    if subject.pos_ == "PRON" or doer.pos_ not in ("NOUN", "PROPN") or _is_reflexive(a, b):
        return ""
    if doer.ent_type_ in ("DATE", "CARDINAL", "TIME", "QUANTITY", "PERCENT", "MONEY"):
        return ""
    before = [t for t in doc if t.i < a[0].i]
    rest = [t for t in doc if t.i > root.i and not agent.left_edge.i <= t.i <= b[-1].i]
    last_part = [t for t in rest if t.i > b[-1].i]
    if last_part and not (last_part[0].is_punct or last_part[0].lower_ in AT):
        return ""
    first, last = (a, b) if exchanged else (b, a)
    return (
        f"{inside(before)} {_noun(first, _AGENTS)} {verb[0]} {_noun(last, _PRONOUNS)} "
        f"{inside(rest)}"
    )


def _is_reflexive(one: list[Token], other: list[Token]) -> bool:
    """Return whether one side points at the other, which stands before it: "his", "their"."""
    return any(t.tag_ in ("PRP$", "PRP") for t in (*one, *other))


def reordered(doc: Doc, root: Token) -> str:
    """Return a sentence with its time or place first, where it stood last, and the other way."""
    for part in root.children:
        clause = part.dep_ == "advcl"
        mark = child(part, "mark", "advmod") if clause else None
        if clause and (mark is None or mark.lower_ not in _WHEN or not child(part, *SUBJECTS)):
            continue
        if not clause and (part.dep_ not in ("prep", "npadvmod") or not only_adds(part, root)):
            continue
        whole = subtree(part)
        rest = [t for t in doc if not whole[0].i <= t.i <= whole[-1].i]
        while rest and rest[-1].is_punct:
            rest.pop()
        if whole[0].lower_ in ("only", "not", "just", "even", "until", "till"):
            continue
        if len(whole) < 2 or len(whole) > 16 or whole != list(doc[whole[0].i : whole[-1].i + 1]):
            continue
        if any(t.is_punct and t.text != "-" for t in whole) or len(rest) < 3:
            continue
        if whole[-1].i >= len(doc) - 2 and whole[0].i > root.i:
            while rest and rest[-1].text == ",":
                rest.pop()
            if _may_hang_elsewhere(rest, root):
                continue
            return f"{inside(whole)}, {inside(rest)}"
        if whole[0].i == 0:
            if not (rest[0].text == "," or rest[0].left_edge.head == root):
                continue
            while rest and rest[0].is_punct:
                rest.pop(0)
            if _may_hang_elsewhere(rest, root):
                continue
            return f"{inside(rest)} {inside(whole)}"
    return ""


def _may_hang_elsewhere(rest: list[Token], root: Token) -> bool:
    """Return whether a phrase at the end of words may say when another verb of theirs happens."""
    after = [t for t in rest if t.i > root.i]
    return len(after) > 12 or any(
        t.pos_ in ("VERB", "AUX", "SCONJ") or t.is_punct or t.lower_ in ("and", "or", "but")
        for t in after
    )


def reported(root: Token) -> str:
    """Return "According to X, …" for what X said, and the other way."""
    speech, subject = child(root, "ccomp"), child(root, "nsubj")
    if root.lemma_ in ("say", "state", "explain", "report") and speech and subject:
        words = [t for t in subtree(speech) if t.dep_ != "mark" or t.head != speech]
        told = subject.pos_ != "PRON" and not any(
            t.like_num or t.text == "%" for t in subtree(subject)
        )
        if told and subject.i < root.i < speech.i:
            return f"According to {inside(subtree(subject))}, {inside(words)}"
    return ""


def with_name(doc: Doc, name: str) -> str:
    """Return a sentence with a name for the pronoun that is its subject; empty where none is plainly so."""
    root = root_of(doc)
    subject = child(root, *SUBJECTS) if root is not None else None
    if root is None or subject is None or subject.lower_ not in ("he", "she") or subject.i > root.i:
        return ""
    if subject.i and any(t.pos_ in ("PRON", "VERB", "AUX") for t in doc[: subject.i]):
        return ""
    if doc[subject.i + 1].text[0] in "'’":
        return ""
    return f"{doc[: subject.i].text_with_ws}{name} {doc[subject.i + 1 :].text}"
