"""The options that several commands share, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from index import ArticleFilter
from qa.cli.streams import note
from qa.cli.terminal_text import AnswerForm
from qa.settings import Search, Settings

if TYPE_CHECKING:  # `--help` needs none of them
    from index import Article
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

Host = Annotated[str, typer.Option("--host", help="The address to serve on.")]
Port = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, help="The port; by default the first free from 7860."),
]
Auth = Annotated[
    str | None,
    typer.Option(
        "--auth",
        metavar="USER:PASSWORD",
        envvar="ARTICLE_QA_AUTH",
        help="Ask for this name and password before anything is shown.",
    ),
]
AllowPublic = Annotated[
    bool, typer.Option("--allow-public", help="Serve on a public address without --auth.")
]
RootPath = Annotated[
    str | None,
    typer.Option(
        "--root-path",
        metavar="URL_OR_PATH",
        help="Where a proxy serves the page: https://NAME/PATH, or /PATH.",
    ),
]
FeedbackFile = Annotated[
    Path | None,
    typer.Option(
        "--feedback",
        metavar="FILE",
        help="Where votes on answers are appended; by default "
        "article-qa/feedback.jsonl in $XDG_STATE_HOME or ~/.local/state.",
    ),
]
OpenBrowser = Annotated[
    bool | None, typer.Option("--open/--no-open", help="Open the page in the browser.")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="KEY",
        envvar="ARTICLE_QA_API_KEY",
        help="What programs must send as Authorization: Bearer KEY.",
    ),
]


@dataclass(frozen=True, slots=True)
class ArticleOptions:
    """Which articles are asked, and what encodes them."""

    article: Articles = None
    allow_private: AllowPrivate = False
    index: IndexFolder = None
    partial: Partial = False
    encoder: EncoderName = None

    def open(
        self, settings: Settings, *, warm: bool = True
    ) -> tuple[Sequence[Article], Callable[[], ArticleQA]]:
        """Return the articles and what makes the engine over them, as ``open_articles`` does."""
        from qa.factory import open_articles

        return open_articles(
            self.article or (),
            self.index,
            replace(settings, encoder=self.encoder),
            allow_private=self.allow_private,
            partial=self.partial,
            notify=note,
            warm=warm,
        )

    def engine(self, settings: Settings) -> ArticleQA:
        """Return the engine over the articles."""
        return self.open(settings, warm=False)[1]()


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How answers are made."""

    reader: ReaderName = None
    threshold: Threshold = None
    writer: WriterUrl = None
    model: WriterModel = None

    def settings(self) -> Settings:
        """Return the settings of the engine, without the writer."""
        return Settings(threshold=self.threshold, reader=self.reader)

    def open_writer(self) -> Writer | None:
        """Return the writer that --writer and --model name, or None."""
        if self.writer is None and self.model is None:
            return None
        if not self.writer or not self.model:
            missing = "--model" if self.writer else "--writer"
            raise typer.BadParameter(f"--writer and --model belong together, got no {missing}")
        from qa.writer.writer import Writer

        return Writer(self.writer, self.model)

    def with_writer(self) -> Settings:
        """Return the settings of the engine."""
        return replace(self.settings(), writer=self.open_writer())


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """Which of the articles a question is about."""

    names: ArticleNames = None
    source: Sources = None
    since: Since = ""
    until: Until = ""

    def filter(self) -> ArticleFilter | None:
        """Return the filter of the options, or None without any."""
        try:
            chosen = ArticleFilter(
                tuple(self.names or ()), tuple(self.source or ()), self.since, self.until
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        return chosen or None


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command in which the fields of the options classes that it takes are its options."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {n: kind for n, kind in hints.items() if is_dataclass(kind)}
    parameters: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        if group := groups.get(parameter.name):
            members = signature(group, eval_str=True).parameters.values()
            parameters += [member.replace(kind=Parameter.KEYWORD_ONLY) for member in members]
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{f.name: given.pop(f.name) for f in fields(group)})
        command(**given)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
