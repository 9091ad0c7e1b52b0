"""The commands that take a file of questions; ``qa.cli.main`` puts them on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import (
    AnswerOptions,
    ArticleOptions,
    ReaderName,
    SearchName,
    Threshold,
    with_options,
)
from qa.cli.progress import progress_bar
from qa.cli.streams import note, say, write
from qa.errors import ArticleQAError
from qa.settings import Settings
from qa.text import json_line

if TYPE_CHECKING:  # `--help` needs none of them
    from qa.article_qa import ArticleQA
    from qa.batch.batch import BatchResult
    from qa.batch.question_file import QuestionFile

FAILED = 2


@with_options
def batch(
    questions: Annotated[
        str,
        typer.Argument(
            metavar="QUESTIONS", help="A .txt, .csv, .tsv, .xlsx or .jsonl file; - is stdin."
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="A .jsonl, .csv or .xlsx file, else stdout."
        ),
    ] = None,
    articles: ArticleOptions,
    answers: AnswerOptions,
    force: Annotated[bool, typer.Option("--force", help="Replace a finished OUT.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away what a stopped run has written.")
    ] = False,
) -> None:
    """Answer a file of questions, one record each, in order.

    Stopped half way, the same command goes on where it stopped: the records so far are in
    OUT.journal. A .csv or .xlsx has the first quote and its article in columns of their own, and
    other quotes one a line. In a .csv, a cell that begins with = + - @, a tab or a carriage return
    gets an apostrophe before it.

    Exit status: 0 every question was answered or declined, 2 a row was bad (its record says why)
    or the run failed.
    """
    from qa.batch.batch import answer_file
    from qa.batch.output import check_output
    from qa.batch.question_file import read_questions

    rows = read_questions(questions)
    for line in rows.notes:
        note(line)
    if output:  # before the model is loaded, which takes seconds
        check_output(output, questions, force=force)
    engine = articles.engine(answers.with_writer())
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
            say(f"article-qa: stopped; the same command{again} goes on")
            raise
        counts = dict(result.counts)
        say(_summary(result, output))
    raise typer.Exit(FAILED if counts.get("error") else 0)


@with_options
def measure(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Questions with labels.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.json", help="Also write figures and answers."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="OUT.png", help="Also draw plots: .png, .svg or .pdf."),
    ] = None,
    articles: ArticleOptions,
    reader: ReaderName = None,
    threshold: Threshold = None,
    search: SearchName = "fused",
) -> None:
    """Measure the answers to labelled questions.

    "first citation" counts a declined question as a miss; "best-ranked sentence" is the same
    with nothing declined. Citations are compared by sentence with the nearest alternative. A short
    answer that was not given counts 0.
    """
    from qa.batch.question_file import read_labelled
    from qa.evaluation import evaluate, figures_table, write_report
    from qa.evaluation_plot import check_plot, draw_plots

    labelled = read_labelled(questions)
    if output and (output.is_dir() or not output.parent.is_dir()):
        raise ArticleQAError(f"{output} must be a file in an existing folder; name another")
    if plot:
        check_plot(plot)
    engine = articles.engine(Settings(threshold=threshold, search=search, reader=reader))
    with progress_bar("Asking") as progress:
        figures, judged = evaluate(engine, labelled, progress=progress)
    write(figures_table(figures))
    if output:
        measured_with = {
            "search": search,
            "reader": engine.reader.fingerprint,
            "threshold": engine.threshold,
        }
        write_report(output, figures, judged, measured_with)
    if plot:
        draw_plots(plot, figures, judged, engine.threshold)


def _to_stdout(engine: ArticleQA, questions: QuestionFile) -> dict[str, int]:
    """Write records as JSON lines to stdout and return how many there are of each status."""
    from qa.batch.records import answer_rows

    counts: dict[str, int] = {}
    # On a terminal the records themselves show how far it is.
    with progress_bar("Answering", shown=not sys.stdout.isatty()) as progress:
        progress(0, len(questions.rows))
        for records in answer_rows(engine, questions.rows):
            write(b"".join(map(json_line, records)), nl=False)
            for record in records:
                counts[record["status"]] = counts.get(record["status"], 0) + 1
            progress(sum(counts.values()), len(questions.rows))
    return counts


def _summary(result: BatchResult, out: Path) -> str:
    counts = result.counts
    line = (
        f"{out}: {counts.get('answered', 0)} answered, {counts.get('unsure', 0)} unsure, "
        f"{counts.get('not_found', 0)} not found, {result.n_errors} bad rows"
    )
    return f"{line} ({result.n_resumed} from before)" if result.n_resumed else line
