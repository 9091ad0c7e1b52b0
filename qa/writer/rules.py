"""What a written sentence may not hold, whatever a model thinks of it.

Each rule is a function of the sentence and of the quotes that it cites, and returns why the sentence
is dropped, or nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from index import folded_words, words
from qa.understanding.word_forms import irregular_stems
from qa.writer.like_words import like_stems, with_one_name
from qa.writer.quantities import measures_in, numbers_in

MAX_LENGTH = 400
_MARKUP = re.compile(r"[<>\[\]{}|`*_#\\~^]|&\w+;|!\(")
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|\bdata:|\bjavascript:|@\w|[\w-]{2,}\.[a-z]{2,}\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*")
_MONTHS = {m[:3]: m for m in (
    "january february march april may june july august september october november december"
).split()} | {"sept": "september"}  # fmt: skip
_DAYS = {d[:3]: d for d in "monday tuesday wednesday thursday friday saturday sunday".split()}
_SHORT = {**_MONTHS, **_DAYS, "tues": "tuesday", "thur": "thursday", "thurs": "thursday"}
_OPENERS = frozenset(
    """however moreover furthermore additionally meanwhile therefore instead overall yes yet still because
    while whereas whoever whatever whenever wherever although though since until unless once before among
    under over between behind without within despite every each everyone everything anyone someone
    nobody no nothing none both neither either many most several few more less only just even according
    there here today now then later earlier finally next last first""".split()
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|scarcely|barely"
    r"|unable|failed|refused|denied|lacks?|lacked)\b|n['’]t\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:may|might|could|would|should|if|unless|whether|perhaps|probably|possibly|likely|reportedly"
    r"|allegedly|apparently|some|sometimes|partly|nearly|almost|propose[sd]?|suggest(?:s|ed)?|believe[sd]?"
    r"|thinks?|thought|seem(?:s|ed)?|consider(?:s|ed)?|potential|alleged|according|provided"
    r"|(?:plan(?:s|ned)?|wants?|wanted|hope[sd]?|intend(?:s|ed)?|tr(?:y|ies|ied)|attempt(?:s|ed)?"
    r"|expect(?:s|ed)?|appear(?:s|ed)?) to)\b"
)
# Words that allow no exception, in groups of which the evidence must have a word, too.
_ABSOLUTE = tuple(
    frozenset(group.split())
    for group in (
        "all every each everyone everybody everything whole entire",
        "always",
        "only sole solely just alone",
        "exactly",
        "completely entirely fully wholly all",
        "certainly definitely",
    )
)
# Words of a sentence of which the evidence must have one, too, or one of those beside them.
_SMALL = tuple(
    (frozenset(own.split()), frozenset(f"{own} {like}".split()))
    for own, like in (
        ("he him his himself", ""),
        ("she her hers herself", ""),
        ("before", "until till earlier previously first then"),
        ("after", "since later following then when once"),
        ("above over", "more exceeding than beyond across"),
        ("below under", "less fewer than beneath"),
        ("into", "in to onto"),
        ("out", "from off outside away"),
        ("both", "two"),
        ("neither", "no not none nor"),
        ("against", "opposed opposes reject rejects rejected versus beat"),
        ("also too", "and well both as"),
        ("must", "has have need needs needed required requires shall obliged mandatory"),
    )
)
_AFTER_SIGN = 2  # content words after a negation or a doubt that are its object

Rule = Callable[[str, str], str | None]


def reason_to_drop(sentence: str, quotes: Sequence[str]) -> str | None:
    """Return why a sentence is not shown beside the quotes that it cites; None where rules let it pass."""
    evidence = " ".join(quotes)
    return next((why for rule in RULES if (why := rule(sentence, evidence))), None)


def _form(sentence: str, _evidence: str) -> str | None:
    if not sentence or len(sentence) > MAX_LENGTH or not any(c.isalpha() for c in sentence):
        return "length"
    return "hidden character" if _HIDDEN.search(sentence) else None


def _markup(sentence: str, _evidence: str) -> str | None:
    if _LINK.search(sentence):
        return "link"
    return "markup" if _MARKUP.search(sentence) else None


def _numbers(sentence: str, evidence: str) -> str | None:
    sentence, evidence = with_one_name(sentence), with_one_name(evidence)
    if numbers_in(sentence) - numbers_in(evidence):
        return "number"
    return "measure" if measures_in(sentence) - measures_in(evidence) else None


def _names(sentence: str, evidence: str) -> str | None:
    """Return "name" where a word with a capital does not stand in the evidence, or not as often."""
    sentence, evidence = with_one_name(sentence), with_one_name(evidence)
    theirs = [_full(word) for word in folded_words(evidence)]
    known, named = set(theirs), Counter[str]()
    for match in _NAME.finditer(sentence):
        token = match[0]
        if token == token.lower():
            continue
        parts = [_full(word) for word in folded_words(token)]
        if match.start() == 0 and _may_begin(token):
            continue
        if not known.issuperset(parts) and not _is_form(parts, known):
            return "name"
        named.update(word for word in parts if words(word))
        if any(n > max(theirs.count(word), 1) for word, n in named.items()):
            return "name"
    return None


def _may_begin(token: str) -> bool:
    """Return whether a word has its capital only since it is the first: "The", "However"."""
    return not words(token) or token.lower() in _OPENERS or bool(numbers_in(token))


def _is_form(parts: Sequence[str], known: set[str]) -> bool:
    """Return whether words are the evidence's but for an ending: "Swiss" is no "Swede"."""
    stems = set(words(" ".join(known)))
    return bool(parts) and all(stems.issuperset(words(part)) for part in parts)


def _full(word: str) -> str:
    """Return a month or day by its whole name."""
    return _SHORT.get(word, word)


def _negation(sentence: str, evidence: str) -> str | None:
    """Return "negation" where one of both denies what the other does not.

    A sentence may leave out a denial of the evidence, as long as it leaves out what is denied.
    """
    for match in _NEGATION.finditer(sentence):
        before, after = sentence[: match.start()], sentence[match.end() :]
        denied = words(_clauses(after)[0])[:1] or words(_clauses(before)[-1])[-1:]
        if not any(_NEGATION.search(c) and _has(c, denied) for c in _clauses(evidence)):
            return "negation"
    if _NEGATION.search(sentence):
        return None
    return "negation" if _says_what_follows(_NEGATION, sentence, evidence) else None


def _clauses(text: str) -> list[str]:
    return re.split(r"[,;:.]|\b(?:but|while)\b", text)


def _has(text: str, stems: Sequence[str]) -> bool:
    """Return whether a text has stems, in any form or of like words, or none is asked for."""
    theirs = set(words(text))
    return all(_forms(stem) & theirs for stem in stems)


def _forms(stem: str) -> set[str]:
    return {stem, *irregular_stems(stem), *like_stems().get(stem, ())}


def _says_what_follows(sign: re.Pattern[str], sentence: str, evidence: str) -> bool:
    """Return whether a sentence has what a negation or doubt in the evidence is about."""
    stems = set(words(sentence))
    for match in sign.finditer(evidence):
        clause = re.split(r"[,;:.]", evidence[match.end() :], maxsplit=1)[0]
        forms = [_forms(stem) for stem in words(clause)[:_AFTER_SIGN]]
        if forms and all(form & stems for form in forms):
            return True
    return False


def _small_words(sentence: str, evidence: str) -> str | None:
    """Return "small word" where a sentence has one of which its evidence has no equivalent."""
    own, theirs = set(folded_words(sentence)), set(folded_words(evidence))
    return next(
        ("small word" for group in _SMALL if group[0] & own and not group[1] & theirs), None
    )


def _doubt(sentence: str, evidence: str) -> str | None:
    """Return "doubt" where a sentence is more certain or more general than its evidence."""
    own, theirs = set(folded_words(sentence)), set(folded_words(evidence))
    if any(group & own and not group & theirs for group in _ABSOLUTE):
        return "doubt"
    if _DOUBT.search(sentence):
        return None
    return "doubt" if _says_what_follows(_DOUBT, sentence, evidence) else None


RULES: tuple[Rule, ...] = (_form, _markup, _numbers, _names, _negation, _doubt, _small_words)
