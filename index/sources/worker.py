"""What reads files made by strangers, in a process of its own with limits on what it may use.

    python -m index.sources.worker FORM [ENCODING] < file > result

Nobody imports it: ``index.sources.sandbox`` starts it.
"""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from index.errors import ArticleError
from index.limits import CPU_SECONDS, MAX_BYTES, MAX_SENTENCES, MEMORY_BYTES, OUTPUT_BYTES
from index.sources.codec import dump
from index.sources.document import Draft, Drafts, UnreadableError, counted
from index.text.splitter import split_text

# No text holds them, but JSON and PDF files can name them.
_HALVES = re.compile("[\ud800-\udfff]")


def main(form: str, declared: str = "") -> None:
    """Read a file from stdin, and write its drafts or why there are none to stdout."""
    _limit()
    try:
        found = dump(_read(form, declared))
    except UnreadableError as error:
        found = dump(str(error))
    except MemoryError:
        found = dump(
            f"must be readable in {MEMORY_BYTES // 10**9} GB of memory, got more; split it"
        )
    except RecursionError:
        found = dump("must be nested less deeply, got a file that no reader can follow")
    except Exception as error:  # noqa: BLE001 - a library may fail on a broken file in any way
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        found = dump(f"must be a sound file, got one that its reader fails on: {reason}")
    sys.stdout.buffer.write(found)
    sys.stdout.buffer.flush()


def _read(form: str, declared: str) -> Drafts:
    """Return the drafts of what stands on stdin, with their sentences: finding those costs most."""
    drafts = _loader(form)(sys.stdin.buffer.read(MAX_BYTES + 1), declared)
    n_sentences = n_halves = 0
    for draft in drafts.drafts:
        draft.text, n = _HALVES.subn("\ufffd", draft.text)
        draft.title = _HALVES.sub("\ufffd", draft.title)
        draft.source = _HALVES.sub("\ufffd", draft.source)
        n_halves += n
        try:
            draft.spans = split_text(draft.text)
        except ArticleError as error:
            raise UnreadableError(str(error)) from error
        n_sentences += len(draft.spans)
        if n_sentences > MAX_SENTENCES:
            raise UnreadableError(
                f"must have at most {MAX_SENTENCES} sentences, got more; split it"
            )
    if n_halves:
        drafts.dropped.append(f"{counted(n_halves, 'half character')} (lone surrogates)")
    return drafts


def _limit() -> None:
    """Take from this process what no reader needs; some systems know only some of the limits."""
    for what, soft, hard in (
        (resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 2),  # the first kill says why
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))


def _loader(form: str) -> Callable[[bytes, str], Drafts]:
    """Return what reads a form; each imports its library only here, inside the limits."""
    match form:
        case "html":
            from index.sources.html import read_html

            return read_html
        case "pdf":
            from index.sources.pdf import read_pdf

            return lambda data, _: read_pdf(data)
        case "docx":
            from index.sources.docx import read_docx

            return lambda data, _: read_docx(data)
        case "md":
            from index.sources.markdown import read_markdown

            return read_markdown
        case "jsonl":
            from index.sources.jsonl import read_jsonl

            return read_jsonl
        case _:
            return _read_text


def _read_text(data: bytes, declared: str) -> Drafts:
    from index.sources.charset import decode

    text, notes = decode(data, declared)
    return Drafts([Draft(text)], notes)


if __name__ == "__main__":
    main(*sys.argv[1:])
