"""The charset of a text: UTF-8, else the declared one, else a guess, of which a note is made."""

from __future__ import annotations

import codecs

from index.errors import ArticleError
from index.sources.document import NOTHING, counted
from index.text.language import is_english

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# As browsers do: what calls itself Latin-1 is its superset.
_ALIASES = {"latin-1": "cp1252", "iso8859-1": "cp1252", "ascii": "cp1252"}
# Python's own, which no page is written in.
_NO_CHARSETS = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
_SAMPLE = 200_000
_WESTERN = "cp1252"
_MOST_HIGH = 0.7  # of the high bytes of Latin letters
_AS_LEGIBLE = 0.1
_AS_COHERENT = 0.03
_FEW = 20  # letters that are no ASCII, which tell little
_AS_COHERENT_OF_FEW = 0.1


def decode_utf(data: bytes) -> str:
    """Return the text of bytes in UTF-8, or in the charset of their byte order mark.

    Raises:
        UnicodeDecodeError: they are in another charset.
    """
    charset = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    return data.decode(charset)


def decode(data: bytes, declared: str = "") -> tuple[str, list[str]]:
    """Return the text of bytes, and notes of what was guessed or lost.

    Args:
        data: in any charset.
        declared: the charset that its sender names, or an empty string.

    Raises:
        ArticleError: they are no text in any charset.
    """
    if any(data.startswith(mark) for mark, _ in _BOMS):
        try:
            return decode_utf(data), []
        except UnicodeError as error:
            raise ArticleError(
                "must be text, got broken UTF-16 or UTF-8; save it as UTF-8"
            ) from error
    if unmarked := _unmarked_utf16(data):
        return data.decode(unmarked), [f"{NOTHING}the charset is a guess: {unmarked}"]
    for charset in (_known(declared), "utf-8"):
        try:
            return data.decode(charset), []
        except UnicodeError:
            continue
    text = data.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    n_good = sum(c > "\x7f" for c in text) - n_bad
    if n_good > 4 * n_bad and "\0" not in text:
        what = counted(n_bad, "piece")
        return text, [f"{what} of no UTF-8, in a text that is otherwise UTF-8"]
    return _guess(data)


def _unmarked_utf16(data: bytes) -> str:
    """Return the charset of UTF-16 without a byte order mark, whose Latin letters show it, else ""."""
    for first, charset in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = data[first:_SAMPLE:2], data[1 - first : _SAMPLE : 2]
        if high.count(0) > _MOST_HIGH * len(high) and 0 not in low:
            try:
                data.decode(charset)
            except UnicodeError:
                return ""
            return charset
    return ""


def _known(name: str) -> str:
    """Return Python's name of a charset, UTF-8 for an unknown one."""
    try:
        "".encode(name or "utf-8")  # not all codecs are of text
        known = codecs.lookup(name or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if known in _NO_CHARSETS else _ALIASES.get(known, known)


def _guess(data: bytes) -> tuple[str, list[str]]:
    from charset_normalizer import from_bytes

    matches = [] if b"\0" in data[:_SAMPLE] else list(from_bytes(data[:_SAMPLE]))
    if not matches:
        raise ArticleError("must be text, got bytes in no known encoding; save it as UTF-8")
    western = next((m for m in matches if _WESTERN in (m.encoding, *m.could_be_from_charset)), None)
    best = matches[0]
    few = sum(byte > 127 for byte in data[:_SAMPLE]) < _FEW
    # Texts of Western Europe are legible in several charsets, of which one is common; so are English
    # ones, in which only quotation marks and dashes differ.
    likely = (
        western is not None
        and western.chaos <= best.chaos + _AS_LEGIBLE
        and western.coherence >= best.coherence - (_AS_COHERENT_OF_FEW if few else _AS_COHERENT)
    )
    if likely or is_english(data[:_SAMPLE].decode(_WESTERN, "replace")):
        charset = _WESTERN
    else:
        charset = best.encoding
    return data.decode(charset, "replace"), [f"{NOTHING}the charset is a guess: {charset}"]
