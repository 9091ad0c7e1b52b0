"""The process that reads files made by strangers, with limits on what it may use.

    python -m index.sources.worker FORMAT [CHARSET] < file > result

Nobody imports it: ``index.sources.sandbox`` starts it.
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from dataclasses import replace
from importlib import import_module

from index.errors import ArticleError
from index.limits import (
    CPU_SECONDS,
    MAX_BYTES,
    MAX_SENTENCES,
    MEMORY_BYTES,
    OCR_CPU_SECONDS,
    OCR_MEMORY_BYTES,
    OUTPUT_BYTES,
)
from index.sources.codec import encode_contents, encode_error
from index.sources.document import Contents, Document, counted
from index.text.splitter import split_text
from index.text.surrogates import well_formed

# trafilatura imports py3langid, openpyxl numpy, and pypdf the others, where they are installed;
# what they do there (language detection, arithmetic, pictures, fonts) is not needed here.
# Reading a scan needs some of them.
_UNUSED = "py3langid", "numpy", "PIL", "fontTools"

SCAN = "scan"


def main(format_name: str, charset: str = "") -> None:
    """Read a file from stdin, and write its contents, or why it has none, to stdout."""
    if format_name == SCAN:
        _limit(OCR_MEMORY_BYTES, OCR_CPU_SECONDS)
    else:
        _limit(MEMORY_BYTES, CPU_SECONDS)
        sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # None: not importable
    try:
        result = encode_contents(_read(format_name, charset))
    except ArticleError as error:
        result = encode_error(error.reason)
    except MemoryError:
        result = encode_error(
            f"must be readable in {MEMORY_BYTES // 10**9} GB of memory, got more; split it"
        )
    except RecursionError:
        result = encode_error("must be nested less deeply, got a file that no reader can follow")
    except Exception as error:  # noqa: BLE001 - a library may fail on a broken file in any way
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        result = encode_error(f"must be a sound file, got one that its reader fails on: {reason}")
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()


def _read(format_name: str, charset: str) -> Contents:
    """Return the contents of the file on stdin, split into sentences, which costs most."""
    # Here, inside the limits, the format's library is imported, and no other.
    read = getattr(import_module(f"index.sources.{format_name}"), f"read_{format_name}")
    contents: Contents = read(sys.stdin.buffer.read(MAX_BYTES + 1), charset)
    n_surrogates = n_sentences = 0
    documents = []
    for document in contents.documents:
        split = _split(document)
        documents.append(split)
        n_surrogates += split.text.count("\ufffd") - document.text.count("\ufffd")
        n_sentences += len(split.sentences or ())
        if n_sentences > MAX_SENTENCES:
            raise ArticleError(f"must have at most {MAX_SENTENCES} sentences, got more; split it")
    dropped = list(contents.dropped)
    if n_surrogates:
        dropped.append(f"{counted(n_surrogates, 'half character')} (lone surrogates)")
    return Contents(documents, dropped, contents.scanned)


def _split(document: Document) -> Document:
    """Return a document split into sentences, without lone surrogates (JSON and PDF can hold them).

    One whose sentences are set already, even to none, is no article and is not split.
    """
    text = well_formed(document.text)
    return replace(
        document,
        text=text,
        title=well_formed(document.title),
        source=well_formed(document.source),
        sentences=split_text(text, document.page_starts)
        if document.sentences is None
        else document.sentences,
    )


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit the resources of this process, as far as the system knows the limits."""
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 2),  # the first kill names the limit
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))


if __name__ == "__main__":
    main(*sys.argv[1:])
