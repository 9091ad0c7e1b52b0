"""The standard streams: lines written to stdout and stderr, questions read from stdin."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator

import typer

from qa.cli.terminal_text import harmless

PIPE_CLOSED = 141
STDIN = "-"


def ready_streams() -> None:
    """Make the standard streams take any text; a shell may have closed them."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        say("article-qa: error: stdout must be open, got a closed one; send it to a file or a pipe")
        sys.exit(2)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def write(text: str | bytes, *, nl: bool = True) -> None:
    """Write to stdout; end silently where its reader is gone, as after `| head`."""
    try:
        typer.echo(text, nl=nl)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # takes what is buffered
        raise typer.Exit(PIPE_CLOSED) from None


def say(text: str) -> None:
    """Write a line to stderr."""
    typer.echo(harmless(text), err=True)


def note(text: str) -> None:
    """Write a note to stderr."""
    say(f"article-qa: note: {text}")


def show_log() -> None:
    """Show log lines of one-time work as notes on a terminal."""
    if sys.stderr.isatty():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("article-qa: note: %(message)s"))
        logging.getLogger("article_qa").addHandler(handler)
        logging.getLogger("article_qa").setLevel(logging.INFO)


def question_of(given: str) -> str:
    """Return the question, from stdin where it is "-"."""
    if given != STDIN:
        return given
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def typed_lines() -> Iterator[str]:
    """Yield the lines that a person types, up to an empty one."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if at_terminal:
        import readline  # noqa: F401 - gives input() arrow keys and its own history
    while True:
        try:
            line = input("? " if at_terminal else "")
        except EOFError:
            return
        if not line.strip():
            return
        yield line
