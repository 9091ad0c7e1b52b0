"""Words that may stand for each other nearly everywhere, so that one is no new word beside the other."""

from __future__ import annotations

import re
from functools import cache

from index import words

# Pairs: either may stand for the other.
_PAIRS = """
began:started; begin:start; begins:starts; large:big; purchase:buy; purchased:bought;
approximately:about; approximately:around; roughly:about; more than:over; less than:under;
near:close to; nearly:almost; said:stated; said:noted; says:states; killed:slain; children:kids;
obtain:get; obtained:got; require:need; requires:needs; required:needed; help:assist;
ended:finished; ends:finishes; show:demonstrate; showed:demonstrated; shows:demonstrates;
whole:entire; constructed:built; built:constructed; created:made; permits:allows;
permitted:allowed; permit:allow; several:a number of; often:frequently; quickly:rapidly;
usually:normally; main:chief; main:principal; famous:well-known; located in:situated in;
is located in:is in; was located in:was in; resides:lives; resided:lived; died:passed away;
happened:occurred; happens:occurs; took place:was held; selected:chosen; chose:selected;
chose:picked; employees:staff; doctor:physician; film:movie; firm:company; founded:established;
established:set up; set up:founded; assist:aid; ill:sick; nowadays:today; replied:answered;
attempt:try; attempted:tried; tries:attempts; wish:want; wished:wanted; remain:stay;
remained:stayed; remains:stays; led to:resulted in; due to:because of; owing to:because of;
as a result of:because of; known as:called; named:called; until:till; while:whereas;
although:though; every year:annually; every day:daily; every month:monthly; yearly:annual;
further:additional; sufficient:enough; entirely:completely; mostly:mainly;
primarily:mainly; currently:now; previously:earlier; subsequently:later; afterwards:later;
immediately:at once; does not:doesn't; do not:don't; did not:didn't; is not:isn't;
was not:wasn't; are not:aren't; were not:weren't; has not:hasn't; have not:haven't;
had not:hadn't; will not:won't; cannot:can't; could not:couldn't; would not:wouldn't;
should not:shouldn't; it is:it's; the United States:the U.S.; the United States:the US;
the United Kingdom:the UK; World War II:the Second World War; World War I:the First World War;
percent:per cent; consists of:is made up of; contains:holds; comprised:included; wed:married;
rise:go up; rose:went up; fell:went down; fell:dropped; rose:climbed; announced:made known;
rejected:turned down; postponed:put off; cancelled:called off; discovered:found; visited:went to;
demanded:called for; repaired:fixed; gathered:collected; assembled:put together;
tackle:deal with; handles:deals with; forbidden:not allowed; banned:not allowed; supports:backs;
supported:backed; blamed:held responsible; ensured:made sure; teaches:gives lessons in;
plans to:intends to; planned to:intended to; will:is going to; has to:must; have to:must;
needs to:must
"""


@cache
def like_words() -> dict[str, list[str]]:
    """Return for each word or phrase, in small letters, those that may stand for it."""
    table: dict[str, list[str]] = {}
    for pair in " ".join(_PAIRS.split()).split(";"):
        left, right = (side.strip() for side in pair.split(":"))
        table.setdefault(left.lower(), []).append(right)
        table.setdefault(right.lower(), []).append(left)
    return table


@cache
def like_words_finder() -> re.Pattern[str]:
    """Return what finds such words in a text, the longest first."""
    listed = "|".join(map(re.escape, sorted(like_words(), key=len, reverse=True)))
    return re.compile(rf"(?<![\w'-])(?:{listed})(?![\w'-]| of America)", re.IGNORECASE)


_NAMES = (
    (re.compile(r"\bUnited States of America\b|\bU\.S\.(?:A\.)?|\bUSA?\b(?!\$)"), "United States"),
    (re.compile(r"\bU\.K\.|\bUK\b"), "United Kingdom"),
    (re.compile(r"\bFirst World War\b"), "World War I"),
    (re.compile(r"\bSecond World War\b"), "World War II"),
)


def with_one_name(text: str) -> str:
    """Return a text in which what has several common names has one of them: the US, the World Wars."""
    for forms, name in _NAMES:
        text = forms.sub(name, text)
    return text


@cache
def like_stems() -> dict[str, frozenset[str]]:
    """Return for the stem of a word those of the single words that may stand for it."""
    table: dict[str, set[str]] = {}
    for word, others in like_words().items():
        for other in others:
            if " " not in word and " " not in other and words(word) and words(other):
                table.setdefault(words(word)[0], set()).add(words(other)[0])
    return {stem: frozenset(others) for stem, others in table.items()}
