"""Claims in which some words or numbers of a sentence are written in another way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from claim_words import MONTHS, NUMBER_WORDS
from claims_parse import NAMED
from spacy.tokens import Doc

from qa.writer.like_words import like_words, like_words_finder

# Words of the table that are another word as well, by what they have to be; some may be too much.
_POS = {
    word: tuple(kinds.split())
    for words, kinds in (
        (
            "remains remain stays stay show shows start starts states begin begins help assist aid",
            "VERB",
        ),
        ("attempt attempts try tries want wish rise holds required selected killed ended", "VERB"),
        (
            "rejected fixed supported banned contains handles backs supports teaches visited demanded",
            "VERB",
        ),
        ("main principal whole entire large big ill sick further additional", "ADJ"),
        ("firm company film movie doctor physician staff employees kids children", "NOUN"),
        ("now earlier later currently previously today nearly almost often", "ADV"),
        ("near", "ADP"),
        ("fell dropped rose climbed chief close while whereas till wed go picked called made", ""),
        ("created resided lived need found fixed repaired comprised included", ""),
    )
    for word in words.split()
}
# What stands for a word only in some places.
_NOT_FOR = {
    "main": ("chief",),
    "required": ("needed",),
    "named": ("called",),
    "earlier": ("previously",),
    "later": ("afterwards", "subsequently"),
    "immediately": ("at once",),
    "now": ("nowadays",),
    "today": ("nowadays",),
    "will": ("is going to",),
    "must": ("has to", "have to", "needs to"),
    "help": ("aid",),
    "several": ("a number of",),
    "it is": ("it's",),
}
_SMALL = {str(n): NUMBER_WORDS[n] for n in range(2, 13)}
_SMALL |= {word: number for number, word in _SMALL.items()}
_NAMES = frozenset(
    "the united states/the united kingdom/world war ii/world war i/the u.s./the us/the uk".split(
        "/"
    )
)
_MANY = frozenset("we you they i these those".split())


def reworded(doc: Doc, random: Random) -> Iterator[str]:
    """Yield the text with one to three of its words exchanged for others of like meaning."""
    text = doc.text
    places = [m for m in like_words_finder().finditer(text) if _is_that_word(doc, m)]
    if not places:
        return
    for match in sorted(random.sample(places, min(len(places), 3)), key=lambda m: -m.start()):
        old = match[0].lower()
        words = [w for w in like_words()[old] if w not in _NOT_FOR.get(old, ())]
        word = random.choice(words) if words else text
        if word.lower() in text.lower():
            continue
        word = word[0].upper() + word[1:] if match[0][0].isupper() and match.start() == 0 else word
        start = match.start()
        if text[:start].lower().endswith((" a ", " an ")) or text[:start].lower() in ("a ", "an "):
            article = text[:start].split()[-1]
            other = article[0] + ("n" if word[0] in "aeiou" else "")
            start -= len(article) + 1
            word = f"{other} {word}"
        text = f"{text[:start]}{word}{text[match.end() :]}"
    if text != doc.text:
        yield text


def _is_that_word(doc: Doc, match: re.Match[str]) -> bool:
    """Return whether words of a sentence are the ones of the table, and no part of a name, a title or a phrase."""
    span = doc.char_span(match.start(), match.end())
    if span is None or not like_words()[match[0].lower()]:
        return False
    word = match[0].lower()
    after = doc[span.end] if span.end < len(doc) else None
    before = doc[span.start - 1] if span.start else None
    if any(t.pos_ == "PROPN" for t in span) and word not in _NAMES:
        return False
    if span.start and any(t.text[0].isupper() for t in span) and word not in _NAMES:
        return False
    if any(t.ent_type_ in NAMED for t in span) and word not in _NAMES:
        return False
    if len(span) == 1 and span[0].pos_ not in _POS.get(word, (span[0].pos_,)):
        return False
    if (
        after is None
        or after.text in "-–/"
        or (before is not None and before.text in ("-", "–", "/"))
    ):
        return False
    if word in (
        "over",
        "more than",
        "under",
        "less than",
        "about",
        "around",
        "approximately",
        "roughly",
    ):
        return after.like_num
    if word in ("show", "showed", "shows", "demonstrate", "demonstrated"):
        return after.lower_ in ("that", "how")
    if word in ("it is", "is in", "was in"):
        return not after.is_punct
    if word == "known as":
        return before is not None and before.pos_ == "AUX"
    if word in ("said", "noted", "stated", "says", "states"):
        return (
            before is not None and before.pos_ in ("PROPN", "NOUN", "PRON") and not after.is_punct
        )
    if word in ("although", "though"):
        return before is None or before.text == ","
    if word in ("will", "has to", "have to", "needs to", "cannot"):
        return (
            before is not None
            and before.tag_ in ("NN", "NNP", "PRP")
            and before.lower_ not in _MANY
        )
    return True


def other_numbers(doc: Doc) -> str:
    """Return a sentence with its numbers and dates written in another way."""
    text = doc.text
    months = "|".join(MONTHS)
    text = re.sub(rf"\b({months}) (\d{{1,2}}),? (\d{{4}})\b", r"\2 \1 \3", text)
    text = re.sub(rf"\b(\d{{1,2}}) ({months})\b(?! \d{{4}})", r"\2 \1", text)
    text = re.sub(r"(\d) ?%", r"\1 percent", text)
    text = re.sub(r"(?<![\d,])(\d),(\d{3})(?![\d,])", r"\1\2", text)
    text = re.sub(r"\$(\d[\d.,]*\d|\d)( (?:thousand|million|billion))?", r"\1\2 dollars", text)
    if text != doc.text:
        return text
    counted = [
        t
        for t in doc
        if t.dep_ == "nummod"
        and t.head.i == t.i + 1
        and t.head.pos_ == "NOUN"
        and t.i
        and doc[t.i - 1].pos_ not in ("NUM", "SYM", "PROPN")
        and t.n_lefts == 0
    ]
    for token in counted:
        other = _SMALL.get(token.lower_)
        if other:
            return (
                f"{doc[: token.i].text_with_ws}{other}{token.whitespace_}{doc[token.i + 1 :].text}"
            )
    return text
