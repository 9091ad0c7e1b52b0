"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import qa.cli
from qa import Article, ArticleQA, ArticleQAError
from qa.article_qa import MAX_CITATIONS
from qa.bringing import Bringing, OnDesk
from qa.conversation import LOADING, Conversation
from qa.desk import Desk
from qa.feedback import default_feedback_file
from qa.guard import Guard, is_loopback, own_names
from qa.opening import open_articles, open_reader
from qa.questions import parse_questions
from qa.render import (
    page_file,
    render_drop,
    render_records,
    render_status,
    render_title,
    render_tools,
)
from qa.run import Run, checked, file_of
from qa.service import Service, Settings
from qa.turns import Turn, restore_turns
from qa.uploads import read_each, read_lazily

if TYPE_CHECKING:
    import gradio as gr

N_AT_ONCE = 36
N_QUEUED = 300
N_SESSIONS = 1000
ARTICLE_FILES = ".txt,.md,.html,.htm,.pdf,.docx,.jsonl"
QUESTION_FILES = ".txt,.csv,.jsonl"
# What page.js sends: Gradio makes an event of each name that stands in quotes here.
RELAY = """window.articleQA = Object.assign(window.articleQA || {}, {send: trigger});
/* 'ask' 'retry' 'edit' 'vote' 'clear' 'export' 'articles' 'questions' 'download' 'suggest' */"""
# Not a secret, the browser is sent it: it only has to stay the same, so that a page that is
# reloaded, or served by a new process, finds what the browser kept.
KEPT = "article-qa"
_QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_BATCH: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "batch"}
_SAVE = "file => window.articleQA.save(file)"


@qa.cli.app.command()
def ui(
    *,
    article: qa.cli.Articles = None,
    allow_private: qa.cli.AllowPrivate = False,
    folder: qa.cli.IndexFolder = None,
    encoder: qa.cli.EncoderName = None,
    reader: qa.cli.ReaderName = None,
    threshold: qa.cli.Threshold = None,
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The port; by default the first free from 7860."),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="USER:PASSWORD",
            envvar="ARTICLE_QA_AUTH",
            help="Ask for this name and password before anything is shown.",
        ),
    ] = None,
    allow_public: Annotated[
        bool, typer.Option("--allow-public", help="Serve on a public address without --auth.")
    ] = False,
    root_path: Annotated[
        str | None,
        typer.Option(
            metavar="URL_OR_PATH",
            help="Where a proxy serves the page: https://NAME/PATH, or /PATH.",
        ),
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where votes on answers are appended; by default "
            "article-qa/feedback.jsonl in $XDG_STATE_HOME or ~/.local/state.",
        ),
    ] = None,
    open_browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = None,
) -> None:
    """Ask the article on a page in the browser, beside its text."""
    user = _user(auth)
    if not (is_loopback(host) or user or allow_public):
        raise ArticleQAError(
            f"a public address needs --auth USER:PASSWORD, got none for {host}; "
            "or say --allow-public"
        )
    articles, load = open_articles(
        article or (),
        folder,
        encoder,
        reader=reader,
        threshold=threshold,
        allow_private=allow_private,
        tell=qa.cli.tell,
    )
    engine: Future[ArticleQA] = Future()
    sure = open_reader(reader).threshold if threshold is None else threshold
    page = build_page(articles, engine, feedback, threshold=sure)
    address = launch(page, host, port, auth=user, root_path=root_path)
    typer.echo(address)
    try:
        if open_browser or (open_browser is None and has_screen()):
            webbrowser.open(address)
        engine.set_result(load())
        Event().wait()
    except KeyboardInterrupt:
        typer.echo("The page is closed.", err=True)
    finally:
        engine.cancel()  # where it could not be made, nobody waits for it any longer
        page.close(verbose=False)


def main() -> None:
    """Run the command line."""
    qa.cli.run(qa.cli.app)


def build_page(
    articles: Sequence[Article],
    engine: Future[ArticleQA],
    feedback: Path | None = None,
    *,
    threshold: float | None = None,
) -> gr.Blocks:
    """Return the page over articles; questions wait for the engine, the page does not.

    Args:
        articles: what is asked until a person brings others.
        engine: over the articles, once it is loaded.
        feedback: where votes go; None is the default file.
        threshold: where the setting begins; None is the packaged reader's own.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    service = Service(articles, engine)
    votes = feedback or default_feedback_file()
    chat, desk = Conversation(service, votes), Bringing(service)
    first = desk.show(Desk())
    page = gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False)
    with page:
        on = SimpleNamespace(title=_html(render_title("" if engine.done() else LOADING)))
        with gr.Row(elem_id="panes"):
            _lay_chat(on, chat.show((), Desk()).chat, first)
            _lay_articles(on, first)
            _lay_files(on)
            _lay_settings(on, open_reader().threshold if threshold is None else threshold, votes)
            with gr.Column(elem_id="article-pane", elem_classes="pane", scale=6):
                on.text = _html(first.articles, elem_id="article")
        on.relay = gr.HTML("", js_on_load=RELAY, elem_id="relay", apply_default_css=False)
        on.saved = gr.Textbox(visible="hidden", elem_id="saved", label="File to save")
        on.turns, on.desk = gr.State(()), gr.State(Desk())
        on.kept_turns = gr.BrowserState([], storage_key="article-qa-chat", secret=KEPT)
        on.kept_desk = gr.BrowserState({}, storage_key="article-qa-articles", secret=KEPT)
        on.settings = [on.picker, on.strict, on.n_citations]
        on.shown = [on.question, on.chat, on.turns, on.kept_turns]
        on.of_desk = [on.work, on.desk, on.picker, on.text, on.starters, on.kept_desk]
        _add_api(service)  # first: Gradio gives a name to the first function that has it
        _wire_chat(on, chat)
        _wire_articles(on, desk)
        _wire_files(on, Run(service))
        _wire_opening(on, chat, desk, page)
        page.queue(default_concurrency_limit=N_AT_ONCE, max_size=N_QUEUED)
    return page


def _lay_chat(on: SimpleNamespace, chat: str, first: OnDesk) -> None:
    import gradio as gr

    with gr.Column(elem_id="chat-pane", elem_classes="pane", scale=5):
        on.chat = _html(chat, elem_id="chat")
        on.starters = _html(first.starters, elem_id="starters")
        with gr.Row(elem_id="ask-row"):
            on.question = gr.Textbox(
                label="Your question",
                placeholder="Ask about the article",
                container=False,
                max_lines=5,
                autofocus=True,
            )
            on.ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=72)
            on.stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=72)
        _html(render_tools(), elem_id="tools")


def _lay_articles(on: SimpleNamespace, first: OnDesk) -> None:
    import gradio as gr

    hint = f"{ARTICLE_FILES.replace(',', ' ')} · up to 10 MB"
    drop = ("articles", "Drop files here, or choose them", hint, ARTICLE_FILES)
    with gr.Column(elem_id="articles-pane", elem_classes="pane side", scale=5):
        on.work = _html(render_status(), elem_id="work")
        on.picker = gr.CheckboxGroup(
            first.choices, value=first.picked, label="Articles that are asked", elem_id="picker"
        )
        with gr.Row(elem_classes="buttons"):
            on.every = gr.Button("Choose all", scale=0, min_width=110)
            on.remove = gr.Button("Remove what is not chosen", scale=0, min_width=220)
        _html(render_drop(*drop, several=True))
        on.pasted = gr.Textbox(label="Or paste a text", lines=4, max_lines=10)
        on.paste_title = gr.Textbox(label="Its title, if it has one", max_lines=1)
        with gr.Row(elem_classes="buttons"):
            on.paste = gr.Button("Add the text", scale=0, min_width=120)
        on.address = gr.Textbox(label="Or give an address", max_lines=1, placeholder="https://…")
        with gr.Row(elem_classes="buttons"):
            on.fetch = gr.Button("Fetch it", scale=0, min_width=120)


def _lay_files(on: SimpleNamespace) -> None:
    import gradio as gr

    hint = ".txt (a question a line) · .csv (column question) · .jsonl (question, id, history)"
    drop = ("questions", "Drop a question file here, or choose one", hint, QUESTION_FILES)
    with gr.Column(elem_id="file-pane", elem_classes="pane side", scale=5):
        _html(render_drop(*drop))
        with gr.Row(elem_id="progress-row"):
            on.progress = _html(render_status(), elem_id="progress")
            on.cancel = gr.Button("Cancel", elem_id="cancel", scale=0, min_width=88)
        on.table = _html(render_records([]), elem_id="records")
        on.records, on.running = gr.State(()), gr.State(None)


def _lay_settings(on: SimpleNamespace, threshold: float, votes: Path) -> None:
    import gradio as gr

    with gr.Column(elem_id="settings-pane", elem_classes="pane side", scale=5):
        on.strict = gr.Slider(
            0,
            1,
            value=threshold,
            step=0.01,
            label="Lenient (0) to strict (1)",
            info="How sure an answer must be to be given; otherwise the article does not say.",
        )
        on.n_citations = gr.Slider(
            1, 5, value=MAX_CITATIONS, step=1, label="Citations", info="At most, for an answer."
        )
        _html(render_status(lines=[f"Thumbs up and down are appended to {votes} on the server."]))


def _wire_chat(on: SimpleNamespace, chat: Conversation) -> None:
    """Connect what is done in the chat."""
    import gradio as gr

    def ask_sent(event: gr.EventData, *given: Any) -> Iterator[Any]:
        yield from chat.ask(_sent(event, "question"), *given)

    def ask_again(turns: tuple[Turn, ...], *given: Any) -> Iterator[Any]:
        if turns:
            yield from chat.ask(turns[-1].question, turns[:-1], *given)
        else:
            yield tuple(gr.skip() for _ in on.shown)

    def vote(event: gr.EventData, turns: tuple[Turn, ...], desk: Desk) -> Any:
        data = _data(event)
        shown, problem = chat.vote(
            turns, desk, data.get("turn"), data.get("vote"), data.get("word")
        )
        if problem:
            gr.Warning("The vote could not be written on the server.")
        return shown[1:]

    def export(event: gr.EventData, turns: tuple[Turn, ...], desk: Desk) -> str:
        return json.dumps(chat.export(turns, desk, _data(event).get("form")))

    def suggest(event: gr.EventData, desk: Desk) -> str:
        return chat.suggest(desk, _data(event).get("article"), _data(event).get("sentence"))

    asked, both = [on.turns, on.desk, *on.settings], [on.turns, on.desk]
    typed = [on.question.submit, on.ask.click]
    on.asking = [
        gr.on(typed, chat.ask, [on.question, *asked], on.shown, **_QUIETLY),
        on.relay.ask(_with_event(ask_sent), asked, on.shown, **_QUIETLY),
        on.relay.retry(ask_again, asked, on.shown, **_QUIETLY),
    ]
    on.relay.edit(chat.edit, both, on.shown, **_QUIETLY)
    on.relay.vote(_with_event(vote), both, on.shown[1:], **_QUIETLY)
    on.relay.clear(lambda desk: chat.show((), desk), on.desk, on.shown, **_QUIETLY)
    on.relay.suggest(_with_event(suggest), on.desk, on.question, **_QUIETLY)
    exported = on.relay.export(_with_event(export), both, on.saved, **_QUIETLY)
    exported.then(None, on.saved, None, js=_SAVE)


def _wire_articles(on: SimpleNamespace, desk: Bringing) -> None:
    """Connect the ways in which articles are brought and chosen."""
    import gradio as gr

    def bring_files(event: gr.EventData, own: Desk) -> Iterator[Any]:
        yield from _shown(desk.bring(read_each(_data(event).get("files")), own))

    def bring_text(own: Desk, pasted: str, title: str) -> Iterator[Any]:
        yield from _shown(desk.bring(read_lazily("text", pasted, title), own))

    def bring_address(own: Desk, address: str) -> Iterator[Any]:
        yield from _shown(desk.bring(read_lazily("address", address), own))

    def choose(own: Desk, picked: list[str]) -> Iterator[Any]:
        yield from _shown(desk.choose(picked, own))

    def choose_all(own: Desk) -> Iterator[Any]:
        yield from _shown(desk.choose([i for _, i in desk.show(own).choices], own))

    def remove_others(own: Desk) -> Iterator[Any]:
        yield from _shown([desk.remove(own)])

    outputs: dict[str, Any] = {"outputs": on.of_desk, **_QUIETLY}
    on.relay.articles(_with_event(bring_files), on.desk, **outputs)
    on.paste.click(bring_text, [on.desk, on.pasted, on.paste_title], **outputs)
    fetching = [on.fetch.click, on.address.submit]
    gr.on(fetching, bring_address, [on.desk, on.address], **outputs)
    on.picker.input(choose, [on.desk, on.picker], **outputs)
    on.every.click(choose_all, on.desk, **outputs)
    on.remove.click(remove_others, on.desk, **outputs)


def _wire_files(on: SimpleNamespace, run: Run) -> None:
    """Connect question files."""

    def answer(event: Any, *given: Any) -> Iterator[Any]:
        yield from run.answer(_data(event).get("files"), *given)

    def download(event: Any, records: Any) -> str:
        return json.dumps(run.download(records, _data(event).get("form")))

    ran = [on.progress, on.table, on.records, on.running]
    on.relay.questions(_with_event(answer), [on.desk, *on.settings], ran, **_QUIETLY, **_BATCH)
    on.cancel.click(run.cancel, on.running, on.progress, **_QUIETLY)
    saved = on.relay.download(_with_event(download), on.records, on.saved, **_QUIETLY)
    saved.then(None, on.saved, None, js=_SAVE)


def _wire_opening(on: SimpleNamespace, chat: Conversation, desk: Bringing, page: gr.Blocks) -> None:
    """Connect what happens when the page is opened: what was kept, a link's question, the engine."""
    import gradio as gr

    on.linked = gr.State("")

    def restore(request: gr.Request, kept: Any, kept_desk: Any) -> Any:
        own = desk.restore(kept_desk)
        turns = restore_turns(kept, (*chat.service.articles, *own.desk.own))
        link = str(request.query_params.get("q", ""))
        new = "" if turns and turns[-1].question == link else link
        shown = chat.show(turns, own.desk)
        return (shown.chat, shown.turns, *next(_shown([own]))[1:-1], new)

    def open_desk(own: Desk) -> Iterator[Any]:
        for step in _shown(desk.open(own)):
            yield *step[:-1], render_title()

    def ask_linked(link: str, *given: Any) -> Iterator[Any]:
        if link:
            yield from chat.ask(link, *given)
        else:
            yield tuple(gr.skip() for _ in on.shown)

    # What is kept is not written again here: a page that fails to open must not wipe it.
    opened = page.load(
        _with_event(restore, "request", gr.Request),
        [on.kept_turns, on.kept_desk],
        [on.chat, on.turns, *on.of_desk[1:-1], on.linked],
        **_QUIETLY,
    )
    inputs = [on.linked, on.turns, on.desk, *on.settings]
    linked = opened.then(ask_linked, inputs, on.shown, **_QUIETLY)
    opened.then(open_desk, on.desk, [*on.of_desk[:-1], on.title], **_QUIETLY)
    on.stop.click(
        lambda turns, own: chat.show(turns, own)[1:],
        [on.turns, on.desk],
        on.shown[1:],
        cancels=[*on.asking, linked],
        **_QUIETLY,
    )


def _shown(steps: Iterable[OnDesk]) -> Iterator[tuple[Any, ...]]:
    """Yield what is shown of a desk, the picker as Gradio updates it."""
    import gradio as gr

    for s in steps:
        picker = gr.CheckboxGroup(s.choices, value=s.picked)
        yield s.status, s.desk, picker, s.articles, s.starters, s.kept


def _html(value: str, *, elem_id: str | None = None) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _with_event(
    handler: Callable[..., Any], name: str = "event", kind: Any = None
) -> Callable[..., Any]:
    """Return a handler whose parameter Gradio fills in: it looks for the type itself, not its name."""
    import gradio as gr

    handler.__annotations__ = {name: kind or gr.EventData}
    return handler


def _data(event: Any) -> dict[str, Any]:
    """Return what page.js sent with an event; anybody may have sent anything."""
    data = getattr(event, "_data", None)
    return data if isinstance(data, dict) else {}


def _sent(event: Any, name: str) -> str:
    value = _data(event).get(name)
    return value if isinstance(value, str) else ""


def _add_api(service: Service) -> None:
    """Add what programs call as /ask, /retrieve and /batch."""
    import gradio as gr
    from gradio.events import api

    def told(call: Callable[..., Any]) -> Any:
        try:
            return call()
        except (ArticleQAError, ValueError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    def ask(
        question: str,
        history: list[str] | None = None,
        threshold: float | None = None,
        max_citations: int = MAX_CITATIONS,
    ) -> dict[str, Any]:
        """Return the answer to a question, with the sentences of the article that say so.

        Parameters:
            question: in plain words, or key words.
            history: the questions asked before, oldest first; they help to understand this one.
            threshold: the confidence (0 to 1) below which it declines; null is the reader's own.
            max_citations: the most sentences cited.
        """
        settings = Settings(threshold, max_citations)
        answer = told(lambda: service.ask(question, history or (), None, settings))
        return dict(answer.to_dict())

    def retrieve(question: str, top_k: int = 5) -> list[dict[str, Any]]:
        """Return the passages that best fit a question, best first.

        Parameters:
            question: in plain words, or key words.
            top_k: how many passages.
        """
        return [hit.to_dict() for hit in told(lambda: service.retrieve(question, top_k))]

    def batch(
        questions: str,
        form: Literal["txt", "csv", "jsonl"] = "jsonl",
        out: Literal["jsonl", "csv"] = "jsonl",
    ) -> str:
        """Return the text of the file that article-qa batch writes for a question file.

        Parameters:
            questions: the text of the question file.
            form: its form; the same as the suffix it would have.
            out: the form of what comes back.
        """

        def call() -> str:
            rows = checked(parse_questions("questions", questions.encode("utf-8", "replace"), form))
            service.engine.result()
            return file_of([r for chunk in service.records(rows) for r in chunk], out)

        return str(told(call))

    api(ask, api_name="ask")
    api(retrieve, api_name="retrieve")
    api(batch, api_name="batch", **_BATCH)


def launch(
    page: gr.Blocks,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    auth: tuple[str, str] | None = None,
    root_path: str | None = None,
) -> str:
    """Start to serve the page and return its address.

    Args:
        page: from ``build_page``.
        host: the address to serve on.
        port: None takes the first free one from 7860.
        auth: a name and a password that are asked for.
        root_path: where a proxy serves the page.

    Raises:
        ArticleQAError: the port is in use.
    """
    import gradio as gr
    from starlette.middleware import Middleware

    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            pwa=False,
            run_history=False,
            enable_monitoring=False,
            mcp_server=False,
            footer_links=[],
            auth=auth,
            root_path=root_path,
            max_file_size=1,
            max_threads=N_AT_ONCE + 12,
            state_session_capacity=N_SESSIONS,
            app_kwargs={"middleware": [Middleware(Guard, names=own_names(host, root_path))]},
            theme=gr.themes.Base(font=("system-ui", "sans-serif"), font_mono=("monospace",)),
            css=page_file("page.css"),
            js=page_file("page.js"),
            head=page_file("head.html"),
        )
    except OSError as error:
        raise ArticleQAError(
            f"port must be free, got {port or 'none'} on {host}; give another with --port"
        ) from error
    return address


def has_screen() -> bool:
    """Return whether a person is at a terminal from which a browser window can be opened."""
    windows = sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))
    return windows and sys.stdout.isatty()


def _user(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    name, colon, password = auth.partition(":")
    if not (name and colon and password):
        raise ArticleQAError("--auth must be USER:PASSWORD, got another form")
    return name, password
