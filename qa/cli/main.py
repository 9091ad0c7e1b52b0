"""The command line: results on stdout, progress and errors on stderr, exit status as grep's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from index import (
    ArticleFilter,
    ArticleQAError,
)
from qa.article_qa import TOP_K, ArticleQA
from qa.batch.batch import BatchResult, answer_file, answer_rows, program_version
from qa.batch.journal import check_output
from qa.batch.question_file import STDIN, QuestionFile, read_labelled, read_questions
from qa.batch.records import encode, to_json
from qa.cli import library as library_commands
from qa.cli.doctor import check_all
from qa.cli.progress import progress_bar
from qa.cli.terminal_text import harmless, plain_answer, plain_hits
from qa.errors import QuestionError
from qa.evaluate import evaluate, figures_table, write_report
from qa.factory import open_articles
from qa.history import History
from qa.models import NO_READER
from qa.settings import Settings
from qa.types import Search

NOT_FOUND = 1
FAILED = 2
STOPPED = 130
PIPE_CLOSED = 141
# Every wrong call is one; Typer keeps it to itself, and older versions take it from Click.
_WrongCall: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="article-qa",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Articles = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        metavar="PATH_OR_URL",
        help="A .txt, .md, .html, .pdf, .docx or .jsonl file, a folder of them, or an address; "
        "give it again for more.",
    ),
]
AllowPrivate = Annotated[
    bool,
    typer.Option(
        "--allow-private", help="Let --article fetch from this machine and its networks too."
    ),
]
IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", metavar="FOLDER", help="A saved index instead of text files."),
]
EncoderName = library_commands.EncoderName
ReaderName = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME_OR_PATH",
        help="Another extractive question-answering model; none for search alone.",
    ),
]


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise typer.BadParameter(f"must be from 0 to 1, got {value}")
    return value


Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        callback=_share,
        help="The confidence (0 to 1) below which it declines to answer.",
    ),
]
Chosen = Annotated[
    list[str] | None,
    typer.Option("--in", metavar="ID_OR_TITLE", help="Only this article; give it again for more."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="Only articles from here; * stands for anything."),
]
Since = Annotated[
    str, typer.Option("--since", metavar="DATE", help="Only articles of this day or later.")
]
Until = Annotated[
    str, typer.Option("--until", metavar="DATE", help="Only articles of this day or earlier.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="In plain words; - is stdin.")]
SearchName = Annotated[Search, typer.Option("--search", help="Which search finds the passages.")]


def run(typer_app: typer.Typer) -> NoReturn:
    """Run the command line; an error is one line on stderr and exit status 2."""
    _ready_streams()
    try:
        status = typer_app(prog_name="article-qa", standalone_mode=False)
    except _WrongCall as error:
        wrong: Any = error
        where = wrong.ctx.command_path if wrong.ctx else "article-qa"
        _say(f"article-qa: error: {wrong.format_message()}; see `{where} --help`")
        sys.exit(FAILED)
    except ArticleQAError as error:
        _say(f"article-qa: error: {error}")
        sys.exit(FAILED)
    except OSError as error:  # the output is full or cannot be written
        where = f"{error.filename}: " if error.filename else ""
        _say(f"article-qa: error: {where}{error.strerror or error}")
        sys.exit(FAILED)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(STOPPED)
    sys.exit(status or 0)


def _ready_streams() -> None:
    """Make the standard streams take any text; a shell may have closed them."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        _say(
            "article-qa: error: stdout must be open, got a closed one; send it to a file or a pipe"
        )
        sys.exit(FAILED)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"article-qa {program_version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask an article: answers with the exact sentences that say so, offline.

    Without --article or --index, the built-in article is asked. Results go to stdout, progress
    and errors to stderr.
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(FAILED)


@app.command()
def ask(
    question: Question,
    *,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    threshold: Threshold = None,
    chosen: Chosen = None,
    source: Sources = None,
    since: Since = "",
    until: Until = "",
    json: Json = False,
) -> None:
    """Ask one question. Exit status: 0 answered, 1 not in the article, 2 error."""
    text, within = _question(question), _filter(chosen, source, since, until)
    engine = _engine(
        article, index, encoder, allow_private=allow_private, reader=reader, threshold=threshold
    )
    answer = engine.ask(text, within=within)
    _print(to_json(answer.to_dict()) if json else plain_answer(answer, several=_several(engine)))
    raise typer.Exit(0 if answer.answered else NOT_FOUND)


@app.command()
def retrieve(
    question: Question,
    *,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    search: SearchName = "fused",
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, help="How many.")] = TOP_K,
    chosen: Chosen = None,
    source: Sources = None,
    since: Since = "",
    until: Until = "",
    json: Json = False,
) -> None:
    """Print the passages that best fit a question. Exit status: 0 found, 2 error."""
    text, within = _question(question), _filter(chosen, source, since, until)
    engine = _engine(
        article, index, encoder, allow_private=allow_private, reader=NO_READER, search=search
    )
    hits = engine.retrieve(text, top_k, within=within)
    found = [hit.to_dict() for hit in hits]
    _print(to_json(found) if json else plain_hits(hits, several=_several(engine)))


@app.command()
def chat(
    *,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    threshold: Threshold = None,
) -> None:
    """Ask one question after another; an empty line or Ctrl-D ends."""
    engine = _engine(
        article, index, encoder, allow_private=allow_private, reader=reader, threshold=threshold
    )
    history = History()
    for question in _typed_lines():
        try:
            answer = engine.ask(question, history=history)
        except QuestionError as error:
            _say(f"article-qa: error: {error}")
            continue
        _print(f"{plain_answer(answer, several=_several(engine))}\n")
        history = history.after(answer)


@app.command()
def batch(
    questions: Annotated[
        str, typer.Argument(metavar="QUESTIONS", help="A .txt, .csv or .jsonl file; - is stdin.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="A .jsonl or .csv file, else stdout."),
    ] = None,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    threshold: Threshold = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a finished OUT.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away what a stopped run has written.")
    ] = False,
) -> None:
    """Answer a file of questions, one record each, in order.

    Stopped half way, the same command goes on where it stopped: the records so far are in
    OUT.journal. In a .csv, a cell that begins with = + - @, a tab or a carriage return gets an
    apostrophe before it, and lists are JSON.

    Exit status: 0 every question was answered or declined, 2 a row was bad (its record says why)
    or the run failed.
    """
    rows = read_questions(questions)
    if output:  # before the model is loaded, which takes seconds
        check_output(output, questions, force=force)
    engine = _engine(
        article, index, encoder, allow_private=allow_private, reader=reader, threshold=threshold
    )
    if output is None:
        counts = _to_stdout(engine, rows)
    else:
        try:
            with progress_bar("Answering") as progress:
                result = answer_file(
                    engine, rows, output, restart=restart, force=force, progress=progress
                )
        except KeyboardInterrupt:
            again = " without --restart" if restart else ""
            _say(f"article-qa: stopped; the same command{again} goes on")
            raise
        counts = dict(result.counts)
        _say(_summary(result, output))
    raise typer.Exit(FAILED if counts.get("error") else 0)


library_commands.add_commands(app)


@app.command("eval")
def measure(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Questions with labels.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.json", help="Also write figures and answers."),
    ] = None,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    threshold: Threshold = None,
    search: SearchName = "fused",
) -> None:
    """Measure the answers to labelled questions.

    "first citation" counts a declined question as a miss; "best-ranked sentence" is the same
    with nothing declined. Citations are compared by sentence with the nearest alternative. A short
    answer that was not given counts 0.
    """
    labelled = read_labelled(questions)
    if output and (output.is_dir() or not output.parent.is_dir()):
        raise ArticleQAError(f"{output} must be a file in a folder that is there; name another")
    engine = _engine(
        article,
        index,
        encoder,
        allow_private=allow_private,
        reader=reader,
        threshold=threshold,
        search=search,
    )
    with progress_bar("Asking") as progress:
        figures, judged = evaluate(engine, labelled, progress=progress)
    _print(figures_table(figures))
    if output:
        settings = {
            "search": search,
            "reader": engine.reader.fingerprint,
            "threshold": engine.threshold,
        }
        write_report(output, figures, judged, settings)


@app.command()
def doctor(
    *,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
) -> None:
    """Check the packages and the models, and the articles or the index that are named.

    Exit status: 0 all is well, 2 it is not.
    """
    passed = True
    for check in check_all(encoder, index, article or (), allow_private=allow_private):
        _print(f"{'ok ' if check.passed else 'BAD'} {check.name}: {harmless(check.seen)}")
        passed = passed and check.passed
    raise typer.Exit(0 if passed else FAILED)


def _engine(
    places: Sequence[str] | None,
    folder: Path | None,
    encoder: str | None,
    *,
    allow_private: bool,
    reader: str | None = None,
    threshold: float | None = None,
    search: Search = "fused",
) -> ArticleQA:
    """Return the engine that the options ask for."""
    _, load = open_articles(
        places or (),
        folder,
        Settings(threshold=threshold, search=search, reader=reader, encoder=encoder),
        allow_private=allow_private,
        tell=tell,
        warm=False,
    )
    return load()


def _filter(
    chosen: Sequence[str] | None, sources: Sequence[str] | None, since: str, until: str
) -> ArticleFilter | None:
    """Return the filter that the options ask for, if one."""
    try:
        return ArticleFilter(tuple(chosen or ()), tuple(sources or ()), since, until) or None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _several(engine: ArticleQA) -> bool:
    return len(engine.articles) > 1


def _question(given: str) -> str:
    """Return the question, from stdin where it is "-"."""
    if given != STDIN:
        return given
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def _typed_lines() -> Iterator[str]:
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


def _to_stdout(engine: ArticleQA, questions: QuestionFile) -> dict[str, int]:
    """Write records as JSON lines to stdout and return how many there are of each status."""
    counts: dict[str, int] = {}
    # On a terminal the records themselves show how far it is.
    with progress_bar("Answering", shown=not sys.stdout.isatty()) as progress:
        progress(0, len(questions.rows))
        for records in answer_rows(engine, questions.rows):
            _print(b"".join(encode(record, "jsonl") for record in records), nl=False)
            for record in records:
                counts[record["status"]] = counts.get(record["status"], 0) + 1
            progress(sum(counts.values()), len(questions.rows))
    return counts


def _summary(result: BatchResult, out: Path) -> str:
    counts = result.counts
    line = (
        f"{out}: {counts.get('answered', 0)} answered, {counts.get('not_found', 0)} not in the "
        f"article, {result.n_errors} bad rows"
    )
    return f"{line} ({result.n_resumed} from before)" if result.n_resumed else line


def _print(text: str | bytes, *, nl: bool = True) -> None:
    """Write to stdout; where nobody reads it any longer, as after `| head`, end in silence."""
    try:
        typer.echo(text, nl=nl)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # takes what is buffered
        raise typer.Exit(PIPE_CLOSED) from None


def tell(note: str) -> None:
    """Say on stderr what a person should know, though it is no error."""
    _say(f"article-qa: note: {note}")


def _say(text: str) -> None:
    typer.echo(harmless(text), err=True)
