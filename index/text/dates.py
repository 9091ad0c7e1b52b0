"""Dates as ISO 8601: a year, a month or a day."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")


def iso_date(text: str) -> str:
    """Return the date at the start of a text as ISO 8601 (a year, a month or a day), or ""."""
    match = _DATE.match(text.strip())
    day = match[0] if match else ""
    try:
        date.fromisoformat(f"{day}-01-01"[:10])
    except ValueError:
        return ""
    return day
