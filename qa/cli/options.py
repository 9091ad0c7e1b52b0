"""The options that several commands share, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from index import ArticleFilter
from qa.cli.answer_formats import AnswerForm
from qa.cli.streams import note
from qa.settings import Search, Settings

if TYPE_CHECKING:  # `--help` needs neither
    from qa.article_qa import ArticleQA
    from qa.writer.writer import Writer


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise typer.BadParameter(f"must be from 0 to 1, got {value}")
    return value


Articles = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        metavar="PATH_OR_URL",
        help="A file (text, web page, PDF, office document, e-book, mail, feed, subtitles), a folder "
        "of them, or an address; "
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
    str | None,
    typer.Option(
        "--index",
        metavar="FOLDER_OR_URLS",
        help="A library instead of text files: its folder, or the postgresql:// URLs of its servers, "
        "separated by spaces.",
    ),
]
Partial = Annotated[
    bool,
    typer.Option("--partial", help="Answer without the servers of --index that are out of reach."),
]
EncoderName = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME_OR_PATH", help="Another sentence-transformers model."),
]
ReaderName = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME_OR_PATH",
        help="small or large takes one of the packaged models, none search alone; else the name of another "
        "extractive question-answering model.",
    ),
]
WriterUrl = Annotated[
    str | None,
    typer.Option(
        "--writer",
        metavar="URL",
        help="Let a model at this OpenAI-compatible address reword answers; it gets the question and "
        "the quotes. A key: ARTICLE_QA_WRITER_KEY.",
    ),
]
WriterModel = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="The model of --writer.")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        callback=_share,
        help="How likely the articles must have an answer (0 to 1) for it to be given as sure; the limit "
        "for an unsure one moves with it.",
    ),
]
ArticleNames = Annotated[
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
Format = Annotated[
    AnswerForm | None, typer.Option("--format", help="The form of the answer; text by default.")
]
QuestionText = Annotated[
    str, typer.Argument(metavar="QUESTION", help="In plain words; - is stdin.")
]
SearchName = Annotated[
    Search, typer.Option("--search", help="Which search is used; fused is both.")
]


def open_writer(url: str | None, model: str | None) -> Writer | None:
    """Return the writer that --writer and --model ask for, if they do."""
    if url is None and model is None:
        return None
    if not url or not model:
        missing = "--model" if url else "--writer"
        raise typer.BadParameter(f"--writer and --model belong together, got no {missing}")
    from qa.writer.writer import Writer

    return Writer(url, model)


def open_engine(
    sources: Sequence[str] | None,
    folder: str | None,
    settings: Settings,
    *,
    allow_private: bool,
    partial: bool = False,
) -> ArticleQA:
    """Return the engine that --article or --index, and the settings, ask for."""
    from qa.factory import open_articles

    _, load = open_articles(
        sources or (),
        folder,
        settings,
        allow_private=allow_private,
        partial=partial,
        notify=note,
        warm=False,
    )
    return load()


def article_filter(
    names: Sequence[str] | None, sources: Sequence[str] | None, since: str, until: str
) -> ArticleFilter | None:
    """Return the filter that --in, --source, --since and --until ask for, if any of them does."""
    try:
        return ArticleFilter(tuple(names or ()), tuple(sources or ()), since, until) or None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
