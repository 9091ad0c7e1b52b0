"""The command line: results on stdout, progress and errors on stderr, exit status as grep's.

What a command needs is imported in its body: `--help` loads none of it.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer

from qa.cli import library, question_files, serve
from qa.cli.options import (
    AllowPrivate,
    AnswerOptions,
    ArticleOptions,
    Articles,
    EncoderName,
    FilterOptions,
    Format,
    IndexFolder,
    Json,
    QuestionText,
    SearchName,
    with_options,
)
from qa.cli.streams import question_of, ready_streams, say, show_log, typed_lines, write
from qa.cli.terminal_text import answer_as, format_answer, format_hits, harmless
from qa.errors import ArticleQAError, QuestionError
from qa.settings import NO_READER, TOP_K, Settings
from qa.text import to_json

EXIT_STATUS = {"answered": 0, "not_found": 1, "unsure": 3}
FAILED = 2
STOPPED = 130
# The class of every wrong call: Typer does not export it, and older versions take it from Click.
_WrongCall: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(name="article-qa", pretty_exceptions_enable=False, rich_markup_mode=None)


def run(typer_app: typer.Typer) -> NoReturn:
    """Run the command line; an error is one line on stderr and exit status 2."""
    ready_streams()
    show_log()
    try:
        status = typer_app(prog_name="article-qa", standalone_mode=False)
    except _WrongCall as error:
        wrong: Any = error
        where = wrong.ctx.command_path if wrong.ctx else "article-qa"
        message = wrong.format_message().replace("Value error, ", "").rstrip(".")
        say(f"article-qa: error: {message}; see `{where} --help`")
        sys.exit(FAILED)
    except ArticleQAError as error:
        say(f"article-qa: error: {error}")
        sys.exit(FAILED)
    except OSError as error:  # the output is full or cannot be written
        where = f"{error.filename}: " if error.filename else ""
        say(f"article-qa: error: {where}{error.strerror or error}")
        sys.exit(FAILED)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(STOPPED)
    sys.exit(status or 0)


def _version(asked: bool) -> None:
    if asked:
        from qa.version import program_version

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
@with_options
def ask(
    question: QuestionText,
    *,
    articles: ArticleOptions,
    answers: AnswerOptions,
    chosen: FilterOptions,
    form: Format = None,
    json: Json = False,
) -> None:
    """Ask one question. Exit status: 0 answered, 3 unsure, 1 not found, 2 error."""
    if json and form not in (None, "json"):
        raise typer.BadParameter(f"--json and --format must agree, got {form}; leave one out")
    text, within = question_of(question), chosen.filter()
    engine = articles.engine(answers.with_writer())
    answer = engine.ask(text, within=within)
    shown = answer_as(
        answer, form or ("json" if json else "text"), several=len(engine.articles) > 1
    )
    write(shown)
    raise typer.Exit(EXIT_STATUS[answer.status])


@app.command()
@with_options
def retrieve(
    question: QuestionText,
    *,
    articles: ArticleOptions,
    search: SearchName = "fused",
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, help="How many.")] = TOP_K,
    chosen: FilterOptions,
    json: Json = False,
) -> None:
    """Print the passages that best fit a question. Exit status: 0 printed, 2 error."""
    text, within = question_of(question), chosen.filter()
    engine = articles.engine(Settings(search=search, reader=NO_READER))
    hits = engine.retrieve(text, top_k, within=within)
    records = [hit.to_dict() for hit in hits]
    write(to_json(records) if json else format_hits(hits, several=len(engine.articles) > 1))


@app.command()
@with_options
def chat(
    *,
    articles: ArticleOptions,
    answers: AnswerOptions,
) -> None:
    """Ask one question after another; an empty line or Ctrl-D ends."""
    from qa.history import History

    engine = articles.engine(answers.with_writer())
    history = History()
    for question in typed_lines():
        try:
            answer = engine.ask(question, history=history)
        except QuestionError as error:
            say(f"article-qa: error: {error}")
            continue
        write(f"{format_answer(answer, several=len(engine.articles) > 1)}\n")
        history = history.after(answer)


app.command()(question_files.batch)
library.add_commands(app)
app.command("eval")(question_files.measure)
app.command("serve")(serve.serve_programs)
app.command("mcp")(serve.serve_assistant)


@app.command()
def doctor(
    *,
    article: Articles = None,
    allow_private: AllowPrivate = False,
    index: IndexFolder = None,
    encoder: EncoderName = None,
) -> None:
    """Check the packages, the models and the articles.

    Exit status: 0 all is well, 2 it is not.
    """
    from qa.cli.doctor import check_all

    passed = True
    for check in check_all(encoder, index, article or (), allow_private=allow_private):
        write(f"{'ok ' if check.passed else 'BAD'} {check.name}: {harmless(check.seen)}")
        passed = passed and check.passed
    raise typer.Exit(0 if passed else FAILED)
