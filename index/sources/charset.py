"""Which text bytes are: UTF-8 as a rule, else what they declare, else a guess that is told."""

from __future__ import annotations

import codecs

from index.errors import ArticleError
from index.sources.document import counted
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
_AS_LEGIBLE = 0.1
_AS_COHERENT = 0.03


def decode_utf(data: bytes) -> str:
    """Return the text of bytes in UTF-8, or in what their mark says.

    Raises:
        UnicodeDecodeError: they are in another encoding.
    """
    marked = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    return data.decode(marked)


def decode(data: bytes, declared: str = "") -> tuple[str, list[str]]:
    """Return the text of bytes, and in plain words what was guessed or lost.

    Args:
        data: in any encoding.
        declared: the encoding that its sender names, if any.

    Raises:
        ArticleError: they are no text in any encoding.
    """
    if any(data.startswith(mark) for mark, _ in _BOMS):
        try:
            return decode_utf(data), []
        except UnicodeError as error:
            raise ArticleError(
                "must be text, got broken UTF-16 or UTF-8; save it as UTF-8"
            ) from error
    for encoding in (_known(declared), "utf-8"):
        try:
            return data.decode(encoding), []
        except UnicodeError:
            continue
    mended = data.decode("utf-8", "replace")
    n_bad = mended.count("\ufffd")
    n_good = sum(c > "\x7f" for c in mended) - n_bad
    if n_good > 4 * n_bad and "\0" not in mended:
        what = counted(n_bad, "piece")
        return mended, [f"{what} of no UTF-8, in a text that is otherwise UTF-8"]
    return _guess(data)


def _known(name: str) -> str:
    """Return Python's name of an encoding, UTF-8 for one that is not known."""
    try:
        "".encode(name or "utf-8")  # not all codecs are of text
        found = codecs.lookup(name or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if found in _NO_CHARSETS else _ALIASES.get(found, found)


def _guess(data: bytes) -> tuple[str, list[str]]:
    from charset_normalizer import from_bytes

    found = [] if b"\0" in data[:_SAMPLE] else list(from_bytes(data[:_SAMPLE]))
    if not found:
        raise ArticleError("must be text, got bytes in no known encoding; save it as UTF-8")
    western = next((m for m in found if _WESTERN in (m.encoding, *m.could_be_from_charset)), None)
    best = found[0]
    # Texts of Western Europe are legible in several encodings, of which one is common; so are English
    # ones, of which only the quotation marks and dashes tell.
    likely = (
        western is not None
        and western.chaos <= best.chaos + _AS_LEGIBLE
        and western.coherence >= best.coherence - _AS_COHERENT
    )
    if likely or is_english(data[:_SAMPLE].decode(_WESTERN, "replace")):
        encoding = _WESTERN
    else:
        encoding = best.encoding
    return data.decode(encoding, "replace"), [f"nothing, but its encoding is a guess: {encoding}"]
