"""Articles as JSON lines: `text`, and optionally `id`, `title`, `source`, `date` and `url`."""

from __future__ import annotations

import json
from typing import Any

from index.errors import ArticleError
from index.sources.charset import decode
from index.sources.document import Contents, Document
from index.text.dates import iso_date

_OPTIONAL = ("id", "title", "source", "date", "url")
_N_NAMED = 20


def read_jsonl(data: bytes, charset: str) -> Contents:
    """Return an article for each line; lines that hold none are left out and named.

    ``source`` of a document is the record's source and address, else "#" and its id or line number.

    Raises:
        ArticleError: no line holds an article.
    """
    text, notes = decode(data, charset)
    documents, problems = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document, odd = _document(json.loads(line), number)
        except RecursionError:
            problems.append(f"line {number}: it must be a flat object, got a deeply nested one")
        except json.JSONDecodeError as error:
            problems.append(f"line {number}: it must be JSON, got an error: {error.msg}")
        except ValueError as error:
            problems.append(f"line {number}: {error}")
        else:
            documents.append(document)
            problems += [f"line {number}: {what}" for what in odd]
    if not documents:
        first = problems[0] if problems else "the file is empty"
        raise ArticleError(f"must hold an article a line, got none; {first}")
    more = len(problems) - _N_NAMED
    shown = [*problems[:_N_NAMED], *([f"{more} more lines"] if more > 0 else [])]
    return Contents(documents, [*shown, *notes])


def _document(record: Any, number: int) -> tuple[Document, list[str]]:
    """Return the document of a record, and what is wrong with its optional fields."""
    if not isinstance(record, dict):
        raise ValueError(f"it must be an object, got {type(record).__name__}")  # noqa: TRY004
    if not isinstance(record.get("text"), str) or not record["text"].strip():
        raise ValueError('"text" must be a text, got none')
    given = {name: record[name] for name in _OPTIONAL if record.get(name) not in (None, "")}
    wrong = [
        n
        for n, v in given.items()
        if not isinstance(v, str) and not (n == "id" and isinstance(v, int))
    ]
    if wrong:
        raise ValueError(f'"{wrong[0]}" must be a text, got {type(given[wrong[0]]).__name__}')
    day = iso_date(given.get("date", ""))
    odd = (
        [f'"date" must be as in 2024-05-31, got {given["date"][:40]!r}']
        if given.get("date") and not day
        else []
    )
    named = dict.fromkeys(given[name] for name in ("source", "url") if name in given)
    source = ", ".join(named) or f"#{given.get('id', number)}"
    return Document(record["text"], given.get("title", ""), day, source), odd
