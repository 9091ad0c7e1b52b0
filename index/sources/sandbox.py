"""Reading a stranger's file in a child process, which cannot harm this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from index.limits import CPU_SECONDS, MEMORY_BYTES, WALL_SECONDS
from index.sources.codec import load
from index.sources.document import Drafts, UnreadableError


def read_confined(data: bytes, form: str, declared: str = "") -> Drafts:
    """Return the drafts of a file's bytes, read in a child process with limits.

    Args:
        data: the file.
        form: "html", "pdf", "docx", "md", "jsonl" or "txt".
        declared: the encoding that its sender names, if any.

    Raises:
        UnreadableError: the child says why there are none, or died of its limits.
    """
    # -P: the folder that a person happens to be in must not lend its modules.
    command = [sys.executable, "-P", "-m", "index.sources.worker", form, declared]
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter, our own module
                command,
                input=data,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=WALL_SECONDS,
                check=False,
                env=_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise UnreadableError(
                f"must be readable within {WALL_SECONDS:.0f} s, got no end"
            ) from error
        out.seek(0)
        return _result(out.read(), done.returncode)


def _environment() -> dict[str, str]:
    """Return an environment in which a child finds this package, and libraries start one thread."""
    paths = [str(Path(__file__).parents[2]), *(path for path in sys.path if path)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _result(written: bytes, status: int) -> Drafts:
    if status == -signal.SIGXCPU:
        raise UnreadableError(f"must be readable in {CPU_SECONDS} s of processor time, got more")
    if status == -signal.SIGXFSZ:
        raise UnreadableError("must hold a text of reasonable size, got more")
    if status:
        raise UnreadableError(
            f"must be readable in {MEMORY_BYTES // 10**9} GB of memory, got a file that stops its reader"
        )
    try:
        return load(written)
    except ValueError as error:
        raise UnreadableError("must be a sound file, got one that spoils its reader") from error
