"""The topic of a wish to know all about it: "What does it say about Ada?", "Tell me about Ada".

No short answer would do, so such a wish is answered by sentences, as one for an overview is.
Measured by bench/intents.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index import folded_words, words
from qa.understanding.common_words import vocabulary
from qa.understanding.intent import THIS
from qa.understanding.telling_nouns import TITLES

MAX_WORDS = 8
_MIN_PLURAL = 3  # letters, of which more may end in a plural's -s
_TELLS = r"(?:say|tell|write|report|mention|state|explain|reveal|teach|have\ to\ say)"
_TOLD = r"(?:said|written|reported|mentioned|stated|known|told|explained|there|there\ to\ know)"
_SOME = (
    r"(?:(?:some|any|all|the|a\ few|more|further)\ )*(?:information|infos?|details?|facts?|news)"
)
_AMOUNT = rf"(?:anything|something|everything|all|more|a\ (?:bit|little)(?:\ more)?|{_SOME})"
_ABOUT = r"(?:about|on|regarding|concerning|as\ to)"
_HERE = rf"(?:here|in\ {THIS})"
_LEADING = r"(?:(?:hi|hello|hey|ok|okay|so|and|but|well|please|now|thanks|yes|no|great),?\ )*"
_WISH = re.compile(
    rf"""{_LEADING}(?:
      what(?:\ else)?\ (?:does|do|did)\ {THIS}\ {_TELLS}(?:\ (?:us|me))?\ about
    | what(?:\ else)?(?:\ (?:is|was|has\ been|are)|['’]?s)\ {_TOLD}(?:\ {_HERE})?\ about
    | what(?:\ else)?\ (?:can|could)\ (?:you|{THIS})\ (?:tell|say)(?:\ (?:to\ )?(?:me|us))?\ about
    | what(?:\ else)?\ (?:do|can|should|must)\ (?:you|i|we|one)\ (?:know|learn|find\ out|read)(?:\ {_HERE})?\ about
    | (?:(?:can|could|would|will)\ you\ (?:please\ )?)?(?:tell|teach|brief)\ (?:me|us)(?:\ {_AMOUNT})?\ about
    | i\ (?:want|need|wish|would\ like|[’']?d\ like)\ (?:to\ (?:know|learn|hear|read|find\ out)(?:\ {_AMOUNT})?|{_SOME})\ {_ABOUT}
    | (?:(?:can|could|would|will)\ you\ (?:please\ )?)?(?:give|show|get|find|send)\ (?:me|us)\ {_AMOUNT}\ (?:there\ is\ )?{_ABOUT}
    | (?:is|are)\ there\ {_AMOUNT}(?:\ {_HERE})?\ {_ABOUT} | do\ you\ (?:have|know)\ {_AMOUNT}\ {_ABOUT}
    | does\ {THIS}\ (?:say|mention|contain|tell|have|include)\ {_AMOUNT}\ {_ABOUT}
    | (?:anything|something|everything|all|more|{_SOME})\ {_ABOUT}
    | (?:does|do|did)\ {THIS}\ (?:mention|talk\ about|speak\ of|discuss)
    | (?:where|which\ sentences?|what\ sentences?)\ (?:(?:does|do)\ {THIS}\ )?(?:mentions?|speaks?\ of|talks?\ about)
    | summari[sz]e\ what\ {THIS}\ says?\ about
    )\ (?P<topic>.+)""",
    re.VERBOSE | re.IGNORECASE,
)
_FIRST = re.compile(rf"{_LEADING}(?:what|how)\ about\ (?P<topic>.+)", re.VERBOSE | re.IGNORECASE)
_TRAILING = re.compile(rf"(?:,?\ (?:please|then|exactly|{_HERE}))+$", re.VERBOSE | re.IGNORECASE)
# What refers to something else, and what asks or states more than a noun does.
_NO_NOUN = re.compile(
    r"""(?ix)\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|such|you|your|we|us|our|i
    |me|my|who|whom|whose|what|which|when|where|why|how|whether|if|one|ones|other|others|another|same|each|everything
    |anything|something|is|are|was|were|be|been|has|have|had|will|would|can|could|may|must|should|do|does|did)\b|[,;:]\ """
)
TITLE = rf"(?:{TITLES}|Mrs?|Ms|Dr|Miss|Prof|Sir|Lady|Lord)"
_TITLE = re.compile(TITLE)

_SINGULAR = re.compile(r"(?:ss|us|is)$")


def topic_of(question: str, *, is_first: bool) -> str:
    """Return the noun or name that a question wants to know all about; "" where it asks anything else.

    Args:
        question: on one line.
        is_first: whether nothing was asked before. Else "What about Ada?" asks the same of Ada.
    """
    asked = question.strip(" .?!")
    match = _WISH.fullmatch(asked) or (_FIRST.fullmatch(asked) if is_first else None)
    if not match:
        return ""
    topic = _TRAILING.sub("", match["topic"]).strip(" “”\"'‘’")
    is_noun = len(topic.split()) <= MAX_WORDS and not _NO_NOUN.search(topic) and words(topic)
    return topic if is_noun else ""


def surname(topic: str, texts: Iterable[str]) -> str:
    """Return the last word of a person's name where texts name nobody else by it; "" where they do.

    Args:
        topic: as texts have it: "Ada Lind", and not "North Korea", where they name South Korea.
        texts: sentences.
    """
    *first, last = topic.split()
    named = re.compile(rf"\b([^\W\d_a-z][\w’'-]*)\.? ((?i:{re.escape(last)}))\b")
    both = {(m[1], m[2]) for text in texts for m in named.finditer(text)}
    people = {(given, name) for given, name in both if not _TITLE.fullmatch(given)}
    if not first or {given.casefold() for given, _ in people} != {first[-1].casefold()}:
        return ""
    name = people.pop()[1]
    return name if name[0].isupper() else ""


def names(topic: str, text: str) -> bool:
    """Return whether a text has the content words of a topic one after the other, singular or plural."""
    wanted, there = (
        [singular(word) for word in folded_words(each) if words(word)] for each in (topic, text)
    )
    return has_run(there, wanted)


def mentions(topic: str, text: str) -> bool:
    """Return the same of all their forms: "vote" and "voted"."""
    return has_run(words(text), words(topic))


def mentions_all(topic: str, text: str) -> bool:
    """Return whether a text has all content words of a topic, in any order and any of their forms."""
    return set(words(topic)) <= set(words(text))


def has_run(there: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether some words stand among others one after the other."""
    n = len(wanted)
    return any(there[i : i + n] == wanted for i in range(len(there) - n + 1))


def singular(word: str) -> str:
    """Return a word without the ending of a plural: of "buses" "bus", of "houses" "house"."""
    if len(word) <= _MIN_PLURAL or _SINGULAR.search(word) or not word.endswith("s"):
        return word
    bases = [word[:-1]]
    if word.endswith("ies"):
        bases.append(word[:-3] + "y")
    elif re.search(r"(?:[osxz]|[cs]h)es$", word):
        bases.append(word[:-2])
    return next((base for base in bases if base in vocabulary()), bases[-1])
