"""Reading a stranger's file in a process of its own, which cannot harm this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from index.errors import ArticleError
from index.limits import (
    CPU_SECONDS,
    MEMORY_BYTES,
    OCR_WALL_SECONDS,
    OUTPUT_BYTES,
    WALL_SECONDS,
)
from index.sources.codec import decode_contents
from index.sources.document import Contents

SCAN = "scan"  # pictures of a PDF's pages are read too


def read_sandboxed(data: bytes, format_name: str, charset: str = "") -> Contents:
    """Return the contents of a file, split into sentences, read in a process with limits.

    Args:
        data: the file.
        format_name: of one of ``FORMATS``, or ``SCAN``, whose limits are wider.
        charset: the one that the file's sender declares, if any.

    Raises:
        ArticleError: the file has none, or reading it takes more than the limits.
    """
    # -P: no module may be imported from the current folder.
    command = [sys.executable, "-P", "-m", "index.sources.worker", format_name, charset]
    seconds = OCR_WALL_SECONDS if format_name == SCAN else WALL_SECONDS
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter, our own module
                command,
                input=data,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
                env=_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise ArticleError(
                f"must be readable within {seconds:.0f} s, got a file that takes longer"
            ) from error
        out.seek(0)
        return _contents(out.read(), done.returncode)


def _environment() -> dict[str, str]:
    """Return an environment in which this package is importable, and libraries start one thread."""
    paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if path)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _contents(output: bytes, status: int) -> Contents:
    if status == -signal.SIGXCPU:
        raise ArticleError(f"must be readable in {CPU_SECONDS} s of processor time, got more")
    if status == -signal.SIGXFSZ:
        raise ArticleError(
            f"must hold at most {OUTPUT_BYTES // 10**6} MB of text, got more; split it"
        )
    if status:
        raise ArticleError(
            f"must be readable in {MEMORY_BYTES // 10**9} GB of memory, got a file that needs more"
        )
    try:
        return decode_contents(output)
    except ValueError as error:
        raise ArticleError(
            f"must be readable, got a broken result from its reader: {error}"
        ) from error
