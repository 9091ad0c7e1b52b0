"""The commands that make and maintain a library; ``qa.cli.main`` puts them on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

import index
from qa.cli.options import EncoderName
from qa.cli.progress import progress_bar
from qa.cli.streams import note, say
from qa.cli.terminal_text import harmless
from qa.errors import IndexFolderError
from qa.text import one_line, to_json

BROKEN = 1
FAILED = 2

Where = Annotated[
    str,
    typer.Argument(
        metavar="LIBRARY",
        help="The folder of a library, or the URLs of its servers, separated by spaces.",
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Put the commands on a command line."""
    app.command("index")(index_sources)
    app.command("list")(list_library)
    app.command("remove")(remove)
    app.command("verify")(verify_library)
    app.command("rebuild")(rebuild_library)
    app.command("compact")(compact)
    app.command("copy")(copy_library)


def index_sources(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH_OR_URL...", help="Files, folders of files, and addresses."),
    ],
    *,
    into: Annotated[
        str,
        typer.Option(
            "--into", metavar="LIBRARY", help="Its folder, or postgresql:// URLs of its servers."
        ),
    ],
    encoder: EncoderName = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from this machine's networks.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what was read from files that no longer exist.")
    ] = False,
) -> None:
    """Add articles to a library, which --index then takes.

    An article that the library has is skipped, one whose source has changed is replaced, and one
    whose file is gone stays without --prune. After Ctrl-C the same command goes on.

    Exit status: 0 all is in the library, 2 something could not be read (each is named at the end)
    or written.
    """
    index.check_location(into)  # before the model is loaded, which takes seconds
    report = index.IngestReport()
    named = index.SentenceTransformerEncoder(encoder) if encoder else None
    try:
        with index.open_library(into, named, waiting=_waiting(into)) as library:
            with progress_bar("Indexing") as progress:
                index.ingest(
                    library,
                    paths,
                    report,
                    allow_private=allow_private,
                    prune=prune,
                    progress=progress,
                )
            n_articles = len(library)
    except (KeyboardInterrupt, IndexFolderError) as error:
        if report.n_added or isinstance(error, KeyboardInterrupt):
            say(f"{into}: stopped; {_summary(report)}; the same command goes on")
        raise
    for line in [*report.dropped, *([report.older] if report.older else [])]:
        note(line)
    for line in report.errors:
        say(f"article-qa: error: {line}")
    if report.missing and not prune:
        files = "1 file is" if len(report.missing) == 1 else f"{len(report.missing)} files are"
        note(f"{files} gone; --prune removes what was read from there")
    say(f"{into}: {_summary(report)}; {_articles(n_articles)} in all")
    raise typer.Exit(FAILED if report.errors else 0)


def list_library(
    folder: Where, *, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the articles of a library.

    A line each: id, date, language, title and source, and what was left out.
    """
    heads = index.list_articles(folder)
    if line := index.unpublished(folder):
        note(line)
    if json:
        typer.echo(to_json([_fields(h) for h in heads]))
        return
    for head in heads:
        cells = (head.id, head.date or "-", head.language or "-", one_line(head.title), head.source)
        typer.echo("  ".join(harmless(cell) for cell in cells))
        for line in head.notes:
            typer.echo(f"    {harmless(line)}")


def remove(
    folder: Where,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Ids, titles, sources, files or folders.")
    ],
) -> None:
    """Remove articles from a library. Exit status: 0 all are removed, 2 error, and none is."""
    with index.open_library(folder, waiting=_waiting(folder), must_exist=True) as library:
        gone = library.remove(names)
    for head in gone:
        say(f"removed {head.id} {one_line(head.title)}")


def verify_library(folder: Where) -> None:
    """Check every byte of a library. Exit status: 0 it is whole, 1 it is not, 2 error."""
    problems = index.verify(folder)
    for problem in problems:
        typer.echo(harmless(str(problem)))
    if not problems:
        typer.echo(harmless(f"{folder} is whole"))
    raise typer.Exit(BROKEN if problems else 0)


def rebuild_library(folder: Where) -> None:
    """Rebuild the search files of a library.

    Nothing is encoded; they come from the database.

    Exit status: 0 they are made, 2 error, as where the database itself is damaged.
    """
    index.rebuild(folder)
    say(f"{folder}: rebuilt, {_articles(len(index.list_articles(folder)))}")


def compact(folder: Where) -> None:
    """Free the space of removed articles."""
    with index.open_library(folder, waiting=_waiting(folder), must_exist=True) as library:
        before, after = library.compact()
    say(f"{folder}: {before} bytes before, {after} after")


def copy_library(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A library: folder or URLs.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another one, or a new one.")],
) -> None:
    """Copy a library between a folder and servers.

    Nothing is encoded.

    After Ctrl-C or a crash the same command goes on. Exit status: 0 all is there, 2 error.
    """
    with progress_bar("Copying") as progress:
        n_copied, n_present = index.copy_library(
            source, target, waiting=_waiting(source), progress=progress
        )
    say(f"{target}: {n_copied} copied, {n_present} there already")


def _waiting(folder: str) -> Callable[[], None]:
    return lambda: say(f"{folder} is being written by another process; waiting for it to end")


def _summary(report: index.IngestReport) -> str:
    counts = (
        (report.n_added, "added"),
        (report.n_removed, "removed"),
        (report.n_present, "there already"),
        (report.n_files_unchanged, "unchanged"),
        (len(report.errors), "unread"),
    )
    return ", ".join(f"{n} {what}" for n, what in counts if n) or "nothing to add"


def _articles(n: int) -> str:
    return f"{n} article" if n == 1 else f"{n} articles"


def _fields(head: Any) -> dict[str, Any]:
    names = ("id", "title", "source", "date", "language")
    texts = {name: index.well_formed(getattr(head, name)) for name in names}
    return {**texts, "notes": list(map(index.well_formed, head.notes))}
