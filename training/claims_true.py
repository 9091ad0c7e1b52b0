"""Claims that follow from a sentence: made of its parse by changes that keep what it says.

A ``Doc`` is a sentence that spaCy has parsed. Nothing here is right always: about one claim in
thirty says something else, which a training forgives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from random import Random

from claim_words import MONTHS, NUMBER_WORDS
from lemminflect import getInflection
from spacy.tokens import Doc, Token

from qa.writer.like_words import like_words, like_words_finder

_STRONG = frozenset("no none nobody nothing never only few little hardly without not n't".split())
_PERHAPS = frozenset("if unless whether as like so until lest".split())
_LINKS = frozenset(
    "however moreover furthermore meanwhile therefore thus also then instead still".split()
)
_SUBJECTS = ("nsubj", "nsubjpass")
_PRONOUNS = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_AGENTS = {objective: subject for subject, objective in _PRONOUNS.items()}


def as_sentence(text: str) -> str:
    """Return words as a sentence: one space between them, no note marks, a capital first, a stop last."""
    text = re.sub(r"\[\w{1,3}\]", "", text)
    text = re.sub(r"\s+", " ", text).strip(" ,;:-–—")
    text = re.sub(r" ([,.;:!?])", r"\1", text)
    text = re.sub(r",+([,.;])", r"\1", text)
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
    return text if is_name(tokens[0]) or text.startswith("I ") else text[0].lower() + text[1:]


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


def true_claims(doc: Doc, random: Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, claim) for what a sentence says."""
    yield "copy", doc.text
    root = root_of(doc)
    for match in reworded(doc.text, random):
        yield "words", match
    if (other := other_numbers(doc.text)) != doc.text:
        yield "number form", other
    if root is None:
        return
    for kind, text in (
        *(("clause", each) for each in _clauses(doc, root)),
        *(("shorter", each) for each in _shorter(doc, root, random)),
        *(("apposition", each) for each in _appositions(doc)),
        *(("relative", each) for each in _relatives(doc)),
        ("voice", passive(doc, root)),
        ("voice", active(doc, root)),
        ("order", reordered(doc, root)),
        ("reported", reported(root)),
    ):
        if text and len(text.split()) > 2:
            yield kind, text


def reworded(text: str, random: Random) -> Iterator[str]:
    """Yield the text with one to three of its words exchanged for others of like meaning."""
    places = list(like_words_finder().finditer(text))
    if not places:
        return
    for match in sorted(random.sample(places, min(len(places), 3)), key=lambda m: -m.start()):
        word = random.choice(like_words()[match[0].lower()])
        word = word[0].upper() + word[1:] if match[0][0].isupper() and match.start() == 0 else word
        if word.lower() in text.lower():
            continue
        text = f"{text[: match.start()]}{word}{text[match.end() :]}"
    yield text


def other_numbers(text: str) -> str:
    """Return the text with its numbers and dates written in another way."""
    months = "|".join(MONTHS)
    text = re.sub(rf"\b({months}) (\d{{1,2}}),? (\d{{4}})\b", r"\2 \1 \3", text)
    text = re.sub(rf"\b(\d{{1,2}}) ({months})\b(?! \d{{4}})", r"\2 \1", text)
    text = re.sub(r"(\d) ?%", r"\1 percent", text)
    text = re.sub(r"(?<![\d,])(\d),(\d{3})(?![\d,])", r"\1\2", text)
    text = re.sub(r"\$(\d[\d.,]*\d|\d)( (?:thousand|million|billion))?", r"\1\2 dollars", text)
    words, small = "|".join(NUMBER_WORDS[2:13]), {str(n): NUMBER_WORDS[n] for n in range(2, 13)}
    if re.search(rf"\b(?:{words})\b", text):
        return re.sub(rf"\b({words})\b", lambda m: str(NUMBER_WORDS.index(m[0])), text)
    return re.sub(r"(?<![\d.,:$€£-])(\d{1,2})(?= [a-z]{3,})", lambda m: small.get(m[0], m[0]), text)


def _clauses(doc: Doc, root: Token) -> Iterator[str]:
    """Yield what each of the joined verbs says of the subject."""
    subject, second = child(root, *_SUBJECTS), child(root, "conj")
    joint = child(root, "cc")
    if not subject or not second or not joint or joint.lower_ in ("or", "nor", "either"):
        return
    first_out = [*subtree(second), joint]
    if not any(t.dep_ == "neg" for t in root.children):
        yield without(doc, first_out)
    if child(second, *_SUBJECTS):
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
        framed = whole[0].i and doc[whole[0].i - 1].text in (",", "(", "–", "—")
        if token.dep_ == "advcl" and token.head == root:
            mark = child(token, "mark", "advmod")
            if not mark or mark.lower_ not in _PERHAPS:
                parts.append(whole)
        elif token.dep_ in ("relcl", "appos") and framed:
            parts.append([doc[whole[0].i - 1], *whole])
        elif (
            token.dep_ in ("prep", "npadvmod") and token.head == root and root.lemma_ != "be"
        ) or (token.dep_ == "advmod" and token.head == root and token.lower_ in _LINKS):
            parts.append(whole)
    if not parts:
        return
    if sum(map(len, parts)) and len(parts) > 1:
        chosen = random.sample(parts, 2)
        yield without(doc, [*chosen[0], *chosen[1]])
    yield without(doc, random.choice(parts))


def _appositions(doc: Doc) -> Iterator[str]:
    for token in doc:
        head = token.head
        if token.dep_ != "appos" or head.pos_ != "PROPN" or token.pos_ not in ("NOUN", "PROPN"):
            continue
        name = [t for t in subtree(head) if t.i < token.left_edge.i and t.i <= head.i]
        described = subtree(token)
        if token.ent_type_ in ("DATE", "CARDINAL", "GPE") or len(described) < 2 or not name:
            continue
        verb = "are" if token.tag_ in ("NNS", "NNPS") else "is"
        yield f"{inside(name)} {verb} {inside(described)}"


def _relatives(doc: Doc) -> Iterator[str]:
    """Yield what a clause with "who" or "which" says of what it stands after."""
    for token in doc:
        pronoun = child(token, *_SUBJECTS)
        if token.dep_ != "relcl" or not pronoun or pronoun.lower_ not in ("who", "which"):
            continue
        head, whole = token.head, subtree(token)
        name = [t for t in subtree(head) if t.i <= head.i]
        yield f"{inside(name)} {inside([t for t in whole if t.i > pronoun.i])}"


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
    if not participles or a[-1].i > root.i or subject.lower_ in ("who", "which", "that", "it"):
        return ""
    doer, done = (b, a) if exchanged else (a, b)
    noun = subject if exchanged else thing
    past = root.tag_ == "VBD"
    be = ("were" if past else "are") if _is_plural(noun) else ("was" if past else "is")
    before = [t for t in doc if t.i < a[0].i]
    between = [t for t in doc if a[-1].i < t.i < root.i]
    after = [t for t in doc if t.i > b[-1].i and not t.is_punct]
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
    before = [t for t in doc if t.i < a[0].i]
    rest = [t for t in doc if t.i > root.i and not agent.left_edge.i <= t.i <= b[-1].i]
    first, last = (a, b) if exchanged else (b, a)
    return (
        f"{inside(before)} {_noun(first, _AGENTS)} {verb[0]} {_noun(last, _PRONOUNS)} "
        f"{inside([t for t in rest if not t.is_punct])}"
    )


def reordered(doc: Doc, root: Token) -> str:
    """Return a sentence with its time or place first, where it stood last, and the other way."""
    for part in root.children:
        if part.dep_ not in ("prep", "npadvmod", "advcl"):
            continue
        whole = subtree(part)
        if len(whole) < 2 or not any(t.ent_type_ for t in whole):
            continue
        rest = [t for t in doc if not whole[0].i <= t.i <= whole[-1].i]
        while rest and rest[-1].is_punct:
            rest.pop()
        if whole[-1].i >= len(doc) - 2 and whole[0].i > root.i:
            while rest and rest[-1].text == ",":
                rest.pop()
            return f"{inside(whole)}, {inside(rest)}"
        if whole[0].i == 0:
            while rest and rest[0].is_punct:
                rest.pop(0)
            return f"{inside(rest)} {inside(whole)}"
    return ""


def reported(root: Token) -> str:
    """Return "According to X, …" for what X said, and the other way."""
    speech, subject = child(root, "ccomp"), child(root, "nsubj")
    if root.lemma_ in ("say", "state", "explain", "report") and speech and subject:
        words = [t for t in subtree(speech) if t.dep_ != "mark" or t.head != speech]
        if subject.pos_ != "PRON" and subject.i < root.i < speech.i:
            return f"According to {inside(subtree(subject))}, {inside(words)}"
    return ""


def with_name(doc: Doc, name: str) -> str:
    """Return a sentence with a name for the pronoun that is its subject; empty where none is."""
    first = doc[0]
    if first.lower_ not in ("he", "she", "it", "they") or first.dep_ not in _SUBJECTS:
        return ""
    rest = "".join(t.text_with_ws for t in doc[1:])
    verb = doc[1].lower_
    if verb in ("'s", "’s", "'d", "’d", "'ll", "’ll", "'re", "’re", "'ve", "’ve"):
        return ""
    return f"{name} {rest}"
