"""Where the sentences of a paragraph are."""

from __future__ import annotations

import re

from index.text.sentence_ends import goes_on, is_german, missed_ends
from index.text.span import Span
from index.text.surrogates import well_formed

# sentencex keeps a quotation, a bracket or an item after a bullet together however many sentences it
# holds. Seen as spaces, these marks no longer hide the sentence ends inside them, and offsets stay
# true; nor does a text of nothing but such marks take it minutes. White space outside ASCII, after a
# letter and before a stop, makes it panic.
_SPACES = "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_MARKS = str.maketrans(dict.fromkeys('"“”„«»‹›‘`()[]•‣▪◦●■□⁃' + _SPACES, " "))
_CLOSING = (
    "\"”’»')]」』）】》*_"  # the last two are Markdown in a plain text: "**Is it open?** Yes."
)
MAX_SENTENCE = 1200
# Names the rules in a library's facts; a test fails where they change and the name does not.
SPLITTER = (
    "sentencex-4, marks blinded, own abbreviations, items, speakers and notes with their sentence, "
    "rows whole, at most 1200 code points"
)
# Korean and Japanese go on after a quotation without a space: “…다.”라고 말했다.
_GOES_ON = re.compile("[\u3041-\u309f\uac00-\ud7af]")
# The number of a list's item or a heading: "2.", "1.2.", "IV.", "b)", "Q1.".
_ITEM = re.compile(
    r"\s*(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[ivx]{1,5}|[A-Za-z]|[A-Z]\d{1,3})[.)](?=\s+\S)"
)
# Who speaks, before what is spoken: "ROSA. Where is the key?"
_SPEAKER = re.compile(
    r"\s*(?:(?:MRS?|MS|DR)\. )?[^\W\d_a-z][^\W\d_a-z'’-]+(?: [^\W\d_a-z][^\W\d_a-z'’-]*){0,2}[.:](?=\s+\S)"
)
# Marks of footnotes, which follow a sentence: "It failed.[1] The next one held."
_NOTES = re.compile(r"(?: ?\[\^?\w{1,3}\])+(?=\s+[^\sa-z]|\s*$)")
_FRENCH_CLOSING = re.compile("[ \u00a0\u202f]»")


def split_sentences(text: str, *, german: bool | None = None) -> list[Span]:
    """Return the sentences of a text, in order and without overlap.

    No sentence is empty or begins or ends with white space, and together they hold every other
    character of the text. A run of more than ``MAX_SENTENCE`` code points without a sentence end
    (a table, a list) is cut at white space.

    The rules for English serve every language: those for French, say, end a sentence after "M.",
    and other scripts have sentence ends of their own, which all rules know. German, which writes
    ordinals with a full stop, has some of its own.

    Args:
        text: a paragraph.
        german: whether it is German; None looks at its words.
    """
    from sentencex import get_sentence_boundaries  # so that `--help` loads no library

    blinded = _blinded(text)
    ends = {len(text), *missed_ends(text)}

    def in_german() -> bool:  # few ends depend on it
        nonlocal german
        if german is None:
            german = is_german(text)
        return german

    item = _ITEM.match(text) or _SPEAKER.match(text)
    for boundary in get_sentence_boundaries("en", blinded):
        end = boundary["end_index"]
        while end > 0 and blinded[end - 1].isspace():
            end -= 1
        if end == len(text) or (item and end <= item.end()):
            continue
        if not goes_on(text, end, in_german):
            closed = _after_closing_marks(text, end)
            if not _goes_on_after_marks(text, end, closed):
                ends.add(closed)
    spans: list[Span] = []
    start = 0
    for end in sorted(ends):
        spans += _pieces(text, start, end)
        start = end
    return spans


def _blinded(text: str) -> str:
    """Return a text of the same length without what sentencex cannot take."""
    return well_formed(text.translate(_MARKS))


def _after_closing_marks(text: str, end: int) -> int:
    """Return a sentence end moved behind the marks that close the sentence."""
    if spaced := _FRENCH_CLOSING.match(text, end):
        end = spaced.end()
    while end < len(text) and (text[end] in _CLOSING or _closes_german(text, end)):
        end += 1
    notes = _NOTES.match(text, end)
    return notes.end() if notes else end


def _goes_on_after_marks(text: str, end: int, closed: int) -> bool:
    """Return whether a sentence goes on after its closing marks: “Why?” she asked."""
    if closed > end and _next_letter(text, closed).islower():
        return True
    return text[closed - 1] in _CLOSING and _GOES_ON.match(text, closed) is not None


def _closes_german(text: str, offset: int) -> bool:
    """Return whether a mark closes a German quotation; elsewhere the same mark opens one."""
    mark = text[offset]
    opening = {"“": "„", "‘": "‚"}.get(mark)
    return opening is not None and text.rfind(opening, 0, offset) > text.rfind(mark, 0, offset)


def _next_letter(text: str, offset: int) -> str:
    """Return the next character that is no white space, or an empty string."""
    while offset < len(text) and text[offset].isspace():
        offset += 1
    return text[offset : offset + 1]


def cut_long(text: str) -> list[Span]:
    """Return a text that is one sentence, cut where it is too long."""
    return _pieces(text, 0, len(text))


def _pieces(text: str, start: int, end: int) -> list[Span]:
    """Return text[start:end] without outer white space, cut where it is too long."""
    pieces: list[Span] = []
    while True:
        while start < end and text[start].isspace():
            start += 1
        if start >= end:
            return pieces
        cut = end
        if end - start > MAX_SENTENCE:
            space = max(text.rfind(mark, start + 1, start + MAX_SENTENCE) for mark in " \n\t")
            cut = space if space > start else start + MAX_SENTENCE
        last = cut
        while text[last - 1].isspace():
            last -= 1
        pieces.append(Span(start, last))
        start = cut
