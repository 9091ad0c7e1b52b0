"""Raised and lowered letters, struck-out words and pictures as plain text."""

from __future__ import annotations

import re

from index.text.sentences import split_sentences

_RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
# Source: https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt
_GREEK = dict(
    zip(
        "ABCDEFGHIKLMNOPQRSTUWXYZabcdefghiklmnopqrstuwxyz",
        "ΑΒΧΔΕΦΓΗΙΚΛΜΝΟΠΘΡΣΤΥΩΞΨΖαβχδεφγηικλμνοπθρστυωξψζ",
        strict=True,
    )
)
_SYMBOLS = dict(zip(bytes.fromhex("a3a5acaeb0b1b2b3b4b7b8b9bbd6"), "≤∞←→°±″≥×•÷≠≈√", strict=True))
_WINGDINGS = {0xA8: "☐", 0xFC: "✓", 0xFB: "✗", 0xFD: "☒", 0xFE: "☑", 0xE0: "→"}
_FILE_NAME = re.compile(r"^\S+\.\w{2,5}$")
_SCRIPT = re.compile(r"(?i)(?:javascript|data|about|blob):")
_MIN_ALT_WORDS = 2
_SHOWN = 60


def raised(text: str, before: str) -> str:
    """Return a superscript after a text: "10⁶", and after a letter as it stands: "km2", "80th"."""
    return _moved(text, before, _RAISED, "^")


def lowered(text: str, before: str) -> str:
    """Return a subscript after a text: "10₂", and after a letter as it stands: "H2O"."""
    return _moved(text, before, _LOWERED, "_")


def _moved(text: str, before: str, letters: dict[str, str], mark: str) -> str:
    bare = text.strip()
    last = before[-1:]
    if not bare or last.isalpha() or (bare.isalpha() and len(bare) > 1):
        return text
    if all(c in letters for c in bare):
        return "".join(letters[c] for c in bare)
    return f"{mark}{bare}" if last.isdigit() or last == ")" else text


def symbol(font: str, code: str) -> str:
    """Return a sign of a font of symbols as a letter of all fonts, or "" where it is not known.

    Args:
        font: its name, as Word gives it.
        code: of the sign, in hexadecimal, moved to F000 or not.
    """
    try:
        number = int(code, 16) & 0xFF
    except ValueError:
        return ""
    if font.lower() != "symbol":
        return _WINGDINGS.get(number, "") if font.lower() == "wingdings" else ""
    return (
        _GREEK.get(chr(number))
        or _SYMBOLS.get(number)
        or (chr(number) if 32 <= number < 64 else "")
    )


def picture(alt: str) -> str:
    """Return the alternative text of a picture, or "" where that describes nothing."""
    words = alt.split()
    if len(words) < _MIN_ALT_WORDS or _FILE_NAME.match(alt.strip()):
        return ""
    return f"Picture: {' '.join(words)}"


def comment(author: str, text: str, *, on: str = "") -> list[str]:
    """Return what somebody has remarked on a document: each sentence says that it is a comment.

    Args:
        author: a name, or "".
        text: what was remarked.
        on: what it is remarked on, where that does not stand right before it.
    """
    by, on, text = (" ".join(each.split()) for each in (author, on, text))
    mark = f"Comment{by and f' by {by}'}{on and f' on “{on}”'}"
    return [f"{mark}: {text[s.start : s.end]}" for s in split_sentences(text)]


def struck_note(struck: list[str]) -> list[str]:
    """Return a note of struck-out passages, which are not in the text."""
    shown = [" ".join(each.split()) for each in struck]
    shown = [each for each in shown if each]
    if not shown:
        return []
    first = shown[0][:_SHOWN] + ("…" if len(shown[0]) > _SHOWN else "")
    more = f" and {len(shown) - 1} more" if len(shown) > 1 else ""
    return [f"struck-out words: “{first}”{more}"]


def with_target(text: str, target: str) -> str:
    """Return the text of a link with where it leads, where the text does not say so itself."""
    target = target.strip()
    address = re.sub(r"^(?:mailto|tel):", "", target)
    bare = re.sub(r"^https?://|/$", "", address)
    return text if not leads_on(target) or not bare or bare in text else f"{text} ({address})"


def leads_on(target: str) -> bool:
    """Return whether a link leads to another file or address, not to a line of its own or a script."""
    return bool(target) and not target.startswith("#") and not _SCRIPT.match(target)
