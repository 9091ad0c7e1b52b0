"""Numbers and measures in a text, whichever way they are written: eleven and 11, 5 km and five kilometres."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
_VALUES = {
    **{word: str(n) for n, word in enumerate(_ONES)},
    **{word: str(n) for n, word in enumerate(_ORDINALS)},
    **{word: str(10 * n) for n, word in enumerate(_TENS, start=2)},
    **{f"{ten}-{one}": str(10 * n + m) for n, ten in enumerate(_TENS, start=2)
       for m, one in enumerate(_ONES[1:10], start=1)},
    "once": "1",
    "twice": "2",
}  # fmt: skip
_SCALES = frozenset("hundred thousand million billion trillion dozen half quarter bn mn".split())
# The forms of a measure, the first standing for all.
_UNITS = """
%: percent pct|$: dollar usd|€: euro eur|£: pound gbp sterling|¥: yen|km: kilometre kilometer|
m: metre meter|cm: centimetre centimeter|mm: millimetre millimeter|mile: miles|foot: feet ft|
inch: inches|kg: kilogram kilo|g: gram|tonne: ton t|mg: milligram|litre: liter l|ml: millilitre
milliliter|second: sec s|minute: min|hour: hr h|day:|week:|month:|year: yr|decade:|century: centuries|
degree: °|°c: celsius|°f: fahrenheit|hectare: ha|acre:|watt: w|kw: kilowatt|mw: megawatt|gw: gigawatt|
volt: v|point:|times: fold|kb:|mb:|gb:|tb:|rouble: ruble|franc:|zloty: złoty|crown: kroner krona
"""
_CANONICAL = {
    form: name.strip()
    for name, _, forms in (line.partition(":") for line in " ".join(_UNITS.split()).split("|"))
    for form in chain([name.strip()], forms.split())
}
_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)?"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:[.,:]\d+)*)|(?P<sign>[$€£¥%°](?:[CF]\b)?)|(?P<word>{_WORD})"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def numbers_in(text: str) -> set[str]:
    """Return the values of a text's numbers, and the words that multiply them, as "million"."""
    return {value for value, _ in _quantities(text)}


def number_of(word: str) -> str:
    """Return the value of a word that is a number; "" of another."""
    match = _TOKEN.fullmatch(word)
    kind, value = _token(match) if match else ("", "")
    return value if kind == "number" else ""


def measures_in(text: str) -> set[tuple[str, str]]:
    """Return (value, unit or multiplier) of each number that has one."""
    return {(value, unit) for value, unit in _quantities(text) if unit}


def _quantities(text: str) -> Iterator[tuple[str, str]]:
    """Yield (value, unit) of each number, and (multiplier, "") of each multiplier."""
    tokens = [_token(match) for match in _TOKEN.finditer(text)]
    for at, (kind, value) in enumerate(tokens):
        if kind == "scale":
            yield value, ""
        if kind != "number":
            continue
        yield value, ""
        if at and tokens[at - 1][0] == "sign":
            yield value, tokens[at - 1][1]
        after = at + 1
        while after < len(tokens) and tokens[after][0] == "scale":
            yield value, tokens[after][1]
            after += 1
        if after < len(tokens) and tokens[after][0] in ("unit", "sign"):
            yield value, tokens[after][1]


def _token(match: re.Match[str]) -> tuple[str, str]:
    """Return what a token is, and its value: a number, a multiplier, a unit, a sign or a word."""
    if digits := match["number"]:
        return "number", digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits
    if sign := match["sign"]:
        return "sign", _CANONICAL.get(sign.lower(), sign.lower())
    word = match["word"].casefold()
    if word in _VALUES:
        return "number", _VALUES[word]
    singular = word if word in _CANONICAL or word in _SCALES else word.removesuffix("s")
    if singular in _SCALES:
        return "scale", {"bn": "billion", "mn": "million"}.get(singular, singular)
    return ("unit", _CANONICAL[singular]) if singular in _CANONICAL else ("word", word)
