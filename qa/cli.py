"""The command line: results on stdout, progress and errors on stderr, exit status as grep's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from index import (
    ArticleIndex,
    ArticleQAError,
    SentenceTransformerEncoder,
    builtin_article,
    read_article,
)
from qa.article_qa import THRESHOLD, TOP_K, ArticleQA
from qa.batch import BatchResult, answer_file, answer_rows, program_version
from qa.doctor import check_all
from qa.evaluate import Figures, Judged, evaluate
from qa.plain import harmless, plain_answer, plain_hits
from qa.questions import STDIN, QuestionFile, read_labelled, read_questions
from qa.records import encode, to_json
from qa.retriever import Search
from qa.types import QuestionError

NOT_FOUND = 1
FAILED = 2
STOPPED = 130

app = typer.Typer(
    name="article-qa",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Articles = Annotated[
    list[Path] | None,
    typer.Option("--article", metavar="PATH", help="A text file; give it again for more files."),
]
IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", metavar="FOLDER", help="A saved index instead of text files."),
]
EncoderName = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME_OR_PATH", help="Another sentence-transformers model."),
]
Threshold = Annotated[
    float,
    typer.Option("--threshold", help="The confidence (0 to 1) below which it declines to answer."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="In plain words; - is stdin.")]
SearchName = Annotated[Search, typer.Option("--search", help="Which search finds the passages.")]


def run(typer_app: typer.Typer) -> NoReturn:
    """Run the command line; an error is one line on stderr and exit status 2."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        typer_app(prog_name="article-qa")
    except ArticleQAError as error:
        _say(f"article-qa: error: {error}")
        sys.exit(FAILED)
    except OSError as error:  # the output is full or cannot be written
        where = f"{error.filename}: " if error.filename else ""
        _say(f"article-qa: error: {where}{error.strerror or error}")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    sys.exit(0)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"article-qa {program_version()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask an article: answers with the exact sentences that say so, offline.

    Without --article or --index, the built-in article is asked. Results go to stdout, progress
    and errors to stderr.
    """


@app.command()
def ask(
    question: Question,
    *,
    article: Articles = None,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    threshold: Threshold = THRESHOLD,
    json: Json = False,
) -> None:
    """Ask one question. Exit status: 0 answered, 1 not in the article, 2 error."""
    text = _question(question)
    engine = _engine(article, index, encoder, threshold)
    answer = engine.ask(text)
    _print(to_json(answer.to_dict()) if json else plain_answer(answer, several=_several(engine)))
    raise typer.Exit(0 if answer.answered else NOT_FOUND)


@app.command()
def retrieve(
    question: Question,
    *,
    article: Articles = None,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    search: SearchName = "fused",
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, help="How many.")] = TOP_K,
    json: Json = False,
) -> None:
    """Print the passages that best fit a question. Exit status: 0 found, 2 error."""
    text = _question(question)
    engine = _engine(article, index, encoder, THRESHOLD, search)
    hits = engine.retrieve(text, top_k)
    found = [hit.to_dict() for hit in hits]
    _print(to_json(found) if json else plain_hits(hits, several=_several(engine)))


@app.command()
def chat(
    article: Articles = None,
    index: IndexFolder = None,
    encoder: EncoderName = None,
    threshold: Threshold = THRESHOLD,
) -> None:
    """Ask one question after another; an empty line or Ctrl-D ends."""
    engine = _engine(article, index, encoder, threshold)
    history: list[str] = []
    for question in _typed_lines():
        try:
            answer = engine.ask(question, history=history)
        except QuestionError as error:
            _say(f"article-qa: error: {error}")
            continue
        _print(f"{plain_answer(answer, several=_several(engine))}\n")
        history.append(question)


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
    index: IndexFolder = None,
    encoder: EncoderName = None,
    threshold: Threshold = THRESHOLD,
    force: Annotated[bool, typer.Option("--force", help="Replace a finished OUT.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away what a stopped run has written.")
    ] = False,
) -> None:
    """Answer a file of questions, one record each, in order.

    Stopped half way, the same command goes on where it stopped: the records so far are in
    OUT.part. In a .csv, a cell that begins with = + - @, a tab or a carriage return gets an
    apostrophe before it, and lists are JSON.

    Exit status: 0 every question was answered or declined, 2 a row was bad (its record says why)
    or the run failed.
    """
    rows = read_questions(questions)
    engine = _engine(article, index, encoder, threshold)
    if output is None:
        counts = _to_stdout(engine, rows)
    else:
        try:
            with _progress("Answering") as progress:
                result = answer_file(
                    engine, rows, output, restart=restart, force=force, progress=progress
                )
        except KeyboardInterrupt:
            _say("article-qa: stopped; the same command goes on")
            raise
        counts = dict(result.counts)
        _say(_summary(result, output))
    raise typer.Exit(FAILED if counts.get("error") else 0)


@app.command("index")
def make_index(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Text files.")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where it is saved.")],
    encoder: EncoderName = None,
) -> None:
    """Index text files into a folder, which --index then takes."""
    articles = [read_article(path) for path in paths]
    with _progress("Encoding") as progress:
        built = ArticleIndex.build(articles, SentenceTransformerEncoder(encoder), progress=progress)
    built.save(into)
    sizes = f"{len(built.articles)} articles, {built.n_sentences} sentences"
    _say(f"{into}: {sizes}, {built.n_passages} passages")


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
    index: IndexFolder = None,
    encoder: EncoderName = None,
    threshold: Threshold = THRESHOLD,
    search: SearchName = "fused",
) -> None:
    """Measure the answers to labelled questions.

    "first citation" counts a declined question as a miss; "best-ranked sentence" is the same
    with nothing declined. Citations are compared by sentence with the nearest alternative. A short
    answer that was not given counts 0.
    """
    labelled = read_labelled(questions)
    engine = _engine(article, index, encoder, threshold, search)
    with _progress("Asking") as progress:
        figures, judged = evaluate(engine, labelled, progress=progress)
    _print_table(figures)
    if output:
        _write_report(output, figures, judged, {"search": search, "threshold": threshold})


@app.command()
def doctor(index: IndexFolder = None, encoder: EncoderName = None) -> None:
    """Check the packages, the encoder and, with --index, a saved index. Exit status: 0 or 2."""
    passed = True
    for check in check_all(encoder, index):
        _print(f"{'ok ' if check.passed else 'BAD'} {check.name}: {harmless(check.seen)}")
        passed = passed and check.passed
    raise typer.Exit(0 if passed else FAILED)


def _engine(
    paths: Sequence[Path] | None,
    folder: Path | None,
    encoder: str | None,
    threshold: float,
    search: Search = "fused",
) -> ArticleQA:
    """Return the engine that the options ask for."""
    if paths and folder:
        raise typer.BadParameter("give --article or --index, got both")
    if not 0 <= threshold <= 1:
        raise typer.BadParameter(f"--threshold must be from 0 to 1, got {threshold}")
    named = SentenceTransformerEncoder(encoder) if encoder else None
    if folder:
        opened = ArticleIndex.load(folder, named)
    else:
        articles = [read_article(path) for path in paths or ()] or [builtin_article()]
        opened = ArticleIndex.build(articles, named or SentenceTransformerEncoder())
    return ArticleQA(opened, threshold=threshold, search=search)


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
    for records in answer_rows(engine, questions.rows):
        typer.echo(b"".join(encode(record, "jsonl") for record in records), nl=False)
        for record in records:
            counts[record["status"]] = counts.get(record["status"], 0) + 1
    return counts


def _summary(result: BatchResult, out: Path) -> str:
    counts = result.counts
    line = (
        f"{out}: {counts.get('answered', 0)} answered, {counts.get('not_found', 0)} not in the "
        f"article, {result.n_errors} bad rows"
    )
    return f"{line} ({result.n_resumed} from before)" if result.n_resumed else line


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with rate and time left on stderr, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")

        def show(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield show


_TITLES = {
    "n_answerable": "answerable questions",
    "n_unanswerable": "unanswerable questions",
    "hit_at_1": "evidence hit@1, first citation",
    "ranking_hit_at_1": "evidence hit@1, best-ranked sentence",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "citation_f1": "citation F1",
    "short_answer_exact": "short answer, exact match",
    "short_answer_f1": "short answer F1",
    "unanswerable_declined": "unanswerable, declined",
    "answerable_declined": "answerable, wrongly declined",
}


def _print_table(figures: Figures) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("measure", box=box.SIMPLE)
    table.add_column("value", justify="right")
    for name, value in asdict(figures).items():
        shown = "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
        table.add_row(_TITLES[name], shown)
    Console().print(table)


def _write_report(
    path: Path, figures: Figures, judged: Sequence[Judged], settings: dict[str, Any]
) -> None:
    report = {
        "settings": settings,
        "figures": asdict(figures),
        "questions": [j.to_dict() for j in judged],
    }
    path.write_text(to_json(report, indent=1) + "\n", encoding="utf-8")


def _print(text: str) -> None:
    typer.echo(text)


def _say(text: str) -> None:
    typer.echo(harmless(text), err=True)
