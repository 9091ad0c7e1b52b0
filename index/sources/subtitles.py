"""Subtitles (.srt, .vtt): speech becomes running text, each line with its time and speaker."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document, counts, join_blocks

_TIMES = re.compile(
    r"(?m)^[ \t]*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})[ \t]*-->[ \t]*"
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})[^\n]*$"
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,80})?[ \t]{1,9}([^<>]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>|\{\\[^{}]*\}")
_SPEAKER = re.compile(r"^[-–—]?[ \t]*([A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}):[ \t]+(?=\S)")
_DASH = re.compile(r"^[-–—][ \t]*(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…。！？♪][\"”’»)\]♪]*$")
_PAUSE = 3.0  # seconds of silence that end a line
_LONGEST = 30.0  # seconds after which a line ends even where no sentence does


class Piece(NamedTuple):
    """What one speaker says in one subtitle, from and to a second."""

    start: float
    end: float
    speaker: str
    text: str


def read_subtitles(data: bytes, charset: str) -> Contents:
    """Return the speech, one or more sentences a line: "[0:00:12] Ben: They pay nothing".

    Raises:
        ArticleError: there are no times with text.
    """
    text, notes = decode(data, charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    pieces = [piece for cue in _cues(text) for piece in cue]
    lines = [*_lines(pieces)]
    if not lines:
        raise ArticleError("must be subtitles (.srt, .vtt), got a file without times and text")
    n_notes = (
        len(re.findall(r"(?m)^NOTE\b", text)) if text.lstrip("\ufeff").startswith("WEBVTT") else 0
    )
    return Contents([Document(join_blocks(lines))], [*counts((n_notes, "remark")), *notes])


def _cues(text: str) -> Iterator[list[Piece]]:
    """Yield the pieces of each subtitle; lines that it repeats from the one before are left out.

    Captions that roll up show each line twice.
    """
    marks = [*_TIMES.finditer(text)]
    before: list[str] = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = len(text) if following is None else following.start()
        block = re.split(r"\n[ \t]*\n", text[mark.end() : end].strip("\n"), maxsplit=1)[0]
        given = [line for line in map(str.strip, block.split("\n")) if line]
        n_same = next(
            (n for n in range(min(len(before), len(given)), 0, -1) if before[-n:] == given[:n]), 0
        )
        before = given
        start, stop = _seconds(mark.groups()[:4]), _seconds(mark.groups()[4:])
        yield [*_pieces(given[n_same:], start, stop)]


def _seconds(groups: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, milliseconds = (int(group or 0) for group in groups)
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _pieces(lines: list[str], start: float, end: float) -> Iterator[Piece]:
    """Yield what each speaker says; a dash begins another one's words where there are several."""
    n_dashes = sum(_DASH.match(_TAG.sub("", line)) is not None for line in lines)
    speaker, begun = "", False
    words: list[str] = []
    for line in lines:
        voice = _VOICE.search(line)
        text = html.unescape(_TAG.sub("", _VOICE.sub("", line))).strip()
        named = _SPEAKER.match(text)
        dashed = n_dashes > 1 and _DASH.match(text)
        if (voice or named or dashed) and begun:
            yield Piece(start, end, speaker, " ".join(words))
            speaker, words = "", []
        if voice or named:
            speaker = voice[1].strip() if voice else named[1] if named else ""
        if named:
            text = text[named.end() :]
        elif dashed:
            text = f"– {text[dashed.end() :]}"
        if text:
            words.append(text)
            begun = True
    if words:
        yield Piece(start, end, speaker, " ".join(words))


def _lines(pieces: list[Piece]) -> Iterator[str]:
    """Yield lines of whole sentences, each after its time and its speaker's name.

    A subtitle without a speaker may continue the last one's sentence; else it has none.
    """
    speaker, start, end = "", 0.0, 0.0
    texts: list[str] = []
    for piece in pieces:
        begun = bool(texts) and not _SENTENCE_END.search(texts[-1])
        other = bool(piece.speaker) and piece.speaker != speaker
        dashed = piece.text.startswith("– ")
        late = piece.start - end > _PAUSE or piece.start - start > _LONGEST
        if texts and (not begun or other or dashed or late):
            yield _line(start, speaker, texts)
            texts = []
        if not texts:
            start, speaker = piece.start, piece.speaker
        texts.append(piece.text)
        end = piece.end
    if texts:
        yield _line(start, speaker, texts)


def _line(start: float, speaker: str, texts: list[str]) -> str:
    seconds = int(start)
    time = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"[{time}] {f'{speaker}: ' if speaker else ''}{' '.join(texts)}"
