"""The numbers and dates of a spreadsheet as it shows them, by the format of their cell."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

# A literal, a currency with its country, a colour or condition, a fill or a width, digits, others.
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].|\?+'
    r"|(?P<digits>[0#][0#?.,]*(?:E[+-]0+)?|\.[0#?]+)|(?P<other>.)",
    re.DOTALL,
)
_FRACTION = re.compile(r"[#0?] */ *[#0?\d]")
_ROUND = 15  # what a spreadsheet shows of a number at most


def shown(value: object, number_format: str) -> str:
    """Return the value of a cell as a text.

    Numbers are shown as their format says: percent, currency, decimals, thousands. Dates are in
    ISO 8601, whatever their format, so that no reader takes the month for the day.
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case timedelta():
            return _duration(value)
        case datetime() | date() | time():
            return _iso(value)
        case int() | float():
            return _number(value, number_format)
    return str(value)


def _iso(value: date | time) -> str:
    """Return a date, a time or both without seconds, unless there are any; midnight is no time."""
    if isinstance(value, datetime):
        return _to_minutes(value.isoformat(" ")) if value.time() != time() else _iso(value.date())
    return value.isoformat() if isinstance(value, date) else _to_minutes(value.isoformat())


def _to_minutes(text: str) -> str:
    """Return an ISO time without its fractions, and without seconds that are 0."""
    return re.sub(r"\.\d+$", "", text).removesuffix(":00") if text.count(":") == 2 else text


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return _to_minutes(f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}")


def _number(value: float, number_format: str) -> str:
    """Return a number as the section of its format for its sign writes it."""
    if not math.isfinite(value):
        return str(value)
    sections = _sections(number_format)
    section, signed = sections[0], value
    if value < 0 and len(sections) > 1:
        section, signed = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    general = section.strip().lower() in ("general", "@", "") or _FRACTION.search(section)
    if general or abs(value) >= 10**_ROUND:
        return _general(value)
    tokens = [m for m in _TOKEN.finditer(section) if m[0]]
    scaled = Decimal(repr(abs(signed))) * 100 ** sum(m["other"] == "%" for m in tokens)
    pieces = [
        _digits(scaled, token["digits"])
        if token["digits"]
        else next((literal for literal in token.groups() if literal is not None), "")
        for token in tokens
    ]
    text = "".join(pieces).strip()
    if not text:
        return _general(value)
    return f"-{text}" if signed < 0 and re.search(r"[1-9]", text) else text


def _sections(number_format: str) -> list[str]:
    """Return the parts of a format, which semicolons outside of quotation marks separate."""
    return [
        m[0] for m in re.finditer(r'(?:"[^"]*"|\\.|[^;"\\])+|(?<=;)(?=;|$)', number_format)
    ] or [""]


def _general(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**_ROUND):
        return str(int(value))
    return f"{value:.{_ROUND}g}"


def _digits(value: Decimal, digits: str) -> str:
    """Return a number without its sign in the digits of a format: "#,##0.00", "0.0E+00"."""
    in_thousands = digits.rstrip(",")
    whole, _, decimals = in_thousands.partition(".")
    if "E" in digits:
        return f"{float(value):.{sum(c in '0#?' for c in decimals.partition('E')[0])}E}"
    n_least, n_most = decimals.count("0"), len(decimals)
    scaled = value / 1000 ** (len(digits) - len(in_thousands))
    rounded = scaled.quantize(Decimal(1).scaleb(-n_most), ROUND_HALF_UP)
    head, _, tail = (f"{rounded:,f}" if "," in whole else f"{rounded:f}").partition(".")
    head = "0" * (whole.count("0") - len(head)) + head
    tail = tail[:n_least] + tail[n_least:].rstrip("0")
    return f"{head}.{tail}" if tail else head
