"""What a child process tells of a file, as bytes: its drafts, or why there are none."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Sequence
from typing import Any, get_args

from index.sources.document import Draft, Drafts, UnreadableError
from index.text.paragraphs import Kind
from index.text.splitter import Span

_KINDS: tuple[Kind, ...] = get_args(Kind)
_FIELDS = "text", "title", "date", "source", "page_starts"
_PLACES = "L"  # a number of 64 bits


def dump(found: Drafts | str) -> bytes:
    """Return drafts, or the reason why there are none, as ``load`` reads them.

    JSON, but for the sentences: as numbers in JSON a million of them would take a gigabyte.
    """
    if isinstance(found, str):
        result: dict[str, Any] = {"error": found}
    else:
        drafts = [
            {**{name: getattr(draft, name) for name in _FIELDS}, "spans": _packed(draft.spans)}
            for draft in found.drafts
        ]
        result = {"drafts": drafts, "dropped": found.dropped}
    return json.dumps(result, ensure_ascii=False).encode("utf-8", "surrogatepass")


def load(written: bytes) -> Drafts:
    """Return the drafts that were dumped.

    Raises:
        UnreadableError: there are none, for the reason that was dumped.
        ValueError: the bytes are no such message.
    """
    result = json.loads(written.decode("utf-8", "surrogatepass"))
    if "error" in result:
        raise UnreadableError(result["error"])
    drafts = [Draft(**{name: draft[name] for name in _FIELDS}) for draft in result["drafts"]]
    for draft, said in zip(drafts, result["drafts"], strict=True):
        draft.spans = _unpacked(said["spans"], len(draft.text))
    return Drafts(drafts, result["dropped"])


def _packed(spans: Sequence[Span] | None) -> str:
    numbers = array(_PLACES)
    for paragraph_number, start, end, kind in spans or ():
        numbers.extend((paragraph_number, start, end, _KINDS.index(kind)))
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def _unpacked(packed: str, length: int) -> list[Span]:
    numbers = array(_PLACES)
    numbers.frombytes(base64.b64decode(packed))
    spans: list[Span] = []
    last = 0
    for paragraph_number, start, end, kind in zip(*[iter(numbers)] * 4, strict=True):
        if not last <= start < end <= length:
            raise ValueError("sentences must be in the text, in order")
        spans.append((paragraph_number, start, end, _KINDS[kind]))
        last = end
    return spans
