"""Numbers as lists write them: 4, d, D, iv, IV."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_LETTERS = 50


def numeral(number: int, form: str) -> str:
    """Return a number in a form, "a", "A", "i" or "I", and as figures in any other.

    Source: https://html.spec.whatwg.org/multipage/lists.html, the types of a list.
    """
    match form:
        case "a" | "A" if number > 0:
            times = (number - 1) // 26 % _MOST_LETTERS + 1
            written = chr(ord("a") + (number - 1) % 26) * times
        case "i" | "I" if 0 < number < 4000:
            written = ""
            for value, letters in _ROMAN:
                written += letters * (number // value)
                number %= value
        case _:
            return str(number)
    return written.upper() if form.isupper() else written
