"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import qa.cli
from qa import Article, ArticleQA, ArticleQAError
from qa.bringing import Bringing, OnDesk
from qa.conversation import LOADING, Conversation
from qa.desk import Desk
from qa.feedback import default_feedback_file
from qa.guard import Guard, is_loopback, own_names
from qa.opening import open_articles
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
_SAVE = "file => window.articleQA.save(file)"


@qa.cli.app.command()
def ui(
    *,
    article: qa.cli.Articles = None,
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
        article or (), folder, encoder, reader=reader, threshold=threshold
    )
    engine: Future[ArticleQA] = Future()
    page = build_page(articles, engine, feedback, threshold=threshold)
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
        threshold: where the setting begins; None leaves it to the reader.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    service = Service(articles, engine)
    votes = feedback or default_feedback_file()
    chat, desk, run = Conversation(service, votes), Bringing(service), Run(service)
    first_desk, empty = desk.show(Desk()), chat.show((), Desk())

    page = gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False)
    with page:
        title = _html(render_title("" if engine.done() else LOADING))
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="chat-pane", elem_classes="pane", scale=5):
                chat_box = _html(empty.chat, elem_id="chat")
                starters = _html(first_desk.starters, elem_id="starters")
                with gr.Row(elem_id="ask-row"):
                    question = gr.Textbox(
                        label="Your question",
                        placeholder="Ask about the article",
                        container=False,
                        max_lines=5,
                        autofocus=True,
                    )
                    ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=72)
                    stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=72)
                _html(render_tools(), elem_id="tools")
            with gr.Column(elem_id="articles-pane", elem_classes="pane side", scale=5):
                picker = gr.CheckboxGroup(
                    first_desk.choices,
                    value=first_desk.picked,
                    label="Articles that are asked",
                    elem_id="picker",
                )
                with gr.Row(elem_classes="buttons"):
                    every = gr.Button("Choose all")
                    remove = gr.Button("Remove the others I added")
                work = _html(render_status(), elem_id="work")
                _html(
                    render_drop(
                        "articles",
                        "Drop files here, or choose them",
                        f"{ARTICLE_FILES.replace(',', ' ')} · up to 10 MB each",
                        ARTICLE_FILES,
                        several=True,
                    )
                )
                pasted = gr.Textbox(label="Or paste a text", lines=5, max_lines=12)
                paste_title = gr.Textbox(label="Its title (may be empty)", max_lines=1)
                paste = gr.Button("Add the text", elem_id="paste")
                address = gr.Textbox(
                    label="Or an address on the web", max_lines=1, placeholder="https://…"
                )
                fetch = gr.Button("Fetch it", elem_id="fetch")
            with gr.Column(elem_id="file-pane", elem_classes="pane side", scale=5):
                _html(
                    render_drop(
                        "questions",
                        "Drop a question file here, or choose one",
                        ".txt (a question a line) .csv (column question) .jsonl (question)",
                        QUESTION_FILES,
                    )
                )
                with gr.Row(elem_classes="progress-row"):
                    progress = _html(render_status(), elem_id="progress")
                    cancel = gr.Button("Cancel", elem_id="cancel", scale=0, min_width=88)
                table = _html(render_records([]), elem_id="records")
            with gr.Column(elem_id="settings-pane", elem_classes="pane side", scale=5):
                strict = gr.Slider(
                    0,
                    1,
                    value=0.4 if threshold is None else threshold,
                    step=0.01,
                    label="Lenient (0) to strict (1)",
                    info="How sure an answer must be; below that, the page says that the article does not say.",
                    elem_id="strict",
                )
                n_citations = gr.Slider(
                    1, 5, value=3, step=1, label="Citations", info="At most so many for an answer."
                )
                _html(
                    render_status(f"Thumbs up and down are appended to {votes.name} on the server.")
                )
            with gr.Column(elem_id="article-pane", elem_classes="pane", scale=6):
                text = _html(first_desk.articles, elem_id="article")
        relay = gr.HTML("", js_on_load=RELAY, elem_id="relay", apply_default_css=False)
        download = gr.Textbox(visible="hidden", elem_id="download", label="Download")
        turns, own, records, linked = gr.State(()), gr.State(Desk()), gr.State(()), gr.State("")
        kept_turns = gr.BrowserState([], storage_key="article-qa-chat", secret=KEPT)
        kept_desk = gr.BrowserState({}, storage_key="article-qa-articles", secret=KEPT)

        settings = [picker, strict, n_citations]
        shown = [question, chat_box, turns, kept_turns]
        on_desk = [work, own, picker, text, starters, kept_desk]

        # Ask, and what else is done in the chat.
        asked = [turns, own, *settings]
        on_page = gr.on(
            [question.submit, ask.click], chat.ask, [question, *asked], shown, **_QUIETLY
        )

        def ask_sent(event: gr.EventData, *given: Any) -> Iterator[Any]:
            yield from chat.ask(_sent(event, "question"), *given)

        def ask_again(turns: tuple[Turn, ...], *given: Any) -> Iterator[Any]:
            if turns:
                yield from chat.ask(turns[-1].question, turns[:-1], *given)
            else:
                yield tuple(gr.skip() for _ in shown)

        def vote(event: gr.EventData, turns: tuple[Turn, ...], own: Desk) -> Any:
            data = _data(event)
            voted, problem = chat.vote(
                turns, own, data.get("turn"), data.get("vote"), data.get("word")
            )
            if problem:
                gr.Warning("The vote could not be written; see the server's --feedback file.")
            return voted[1:]

        def export(event: gr.EventData, turns: tuple[Turn, ...], own: Desk) -> str:
            return json.dumps(chat.export(turns, own, _data(event).get("form")))

        def suggest(event: gr.EventData, own: Desk) -> str:
            data = _data(event)
            return chat.suggest(own, data.get("article"), data.get("sentence"))

        by_button = relay.ask(_with_event(ask_sent), asked, shown, **_QUIETLY)
        again = relay.retry(ask_again, asked, shown, **_QUIETLY)
        relay.edit(chat.edit, [turns, own], shown, **_QUIETLY)
        relay.vote(_with_event(vote), [turns, own], shown[1:], **_QUIETLY)
        relay.clear(lambda own: chat.show((), own), own, shown, **_QUIETLY)
        relay.suggest(_with_event(suggest), own, question, **_QUIETLY)
        relay.export(_with_event(export), [turns, own], download, **_QUIETLY).then(
            None, download, None, js=_SAVE
        )

        # Bring and choose articles.
        def show(steps: Iterator[OnDesk] | OnDesk) -> Iterator[Any]:
            for step in [steps] if isinstance(steps, OnDesk) else steps:
                choices = gr.CheckboxGroup(step.choices, value=step.picked)
                yield step.status, step.desk, choices, step.articles, step.starters, step.kept

        def bring_files(event: gr.EventData, own: Desk) -> Iterator[Any]:
            yield from show(desk.bring(read_each(_data(event).get("files")), own))

        def bring_text(own: Desk, pasted: str, title: str) -> Iterator[Any]:
            yield from show(desk.bring(read_lazily("text", pasted, title), own))

        def bring_address(own: Desk, address: str) -> Iterator[Any]:
            yield from show(desk.bring(read_lazily("address", address), own))

        def choose(own: Desk, picked: list[str]) -> Iterator[Any]:
            yield from show(desk.choose(picked, own))

        def choose_all(own: Desk) -> Iterator[Any]:
            yield from show(desk.choose([i for _, i in own.choices(articles)], own))

        def remove_others(own: Desk) -> Iterator[Any]:
            yield from show(desk.remove(own))

        relay.articles(_with_event(bring_files), own, on_desk, **_QUIETLY)
        paste.click(bring_text, [own, pasted, paste_title], on_desk, **_QUIETLY)
        gr.on([fetch.click, address.submit], bring_address, [own, address], on_desk, **_QUIETLY)
        picker.input(choose, [own, picker], on_desk, **_QUIETLY)
        every.click(choose_all, own, on_desk, **_QUIETLY)
        remove.click(remove_others, own, on_desk, **_QUIETLY)

        # Question files.
        def answer_questions(event: gr.EventData, *given: Any) -> Iterator[Any]:
            yield from run.answer(_data(event).get("files"), *given)

        def download_records(event: gr.EventData, records: Any) -> str:
            return json.dumps(run.download(records, _data(event).get("form")))

        ran = [progress, table, records]
        running = relay.questions(
            _with_event(answer_questions),
            [own, *settings],
            ran,
            concurrency_limit=2,
            concurrency_id="batch",
            **_QUIETLY,
        )
        cancel.click(run.stopped, records, ran, cancels=[running], **_QUIETLY)
        relay.download(_with_event(download_records), records, download, **_QUIETLY).then(
            None, download, None, js=_SAVE
        )

        # Open the page: what the browser kept, then the engine, then the question of a link.
        def restore(request: gr.Request, kept: Any, kept_own: Any) -> Any:
            on = desk.restore(kept_own)
            known = (*articles, *on.desk.own)
            found = restore_turns(kept, known)
            link = str(request.query_params.get("q", ""))[:4000] if request else ""
            link = "" if found and found[-1].question == link else link
            again = chat.show(found, on.desk)
            return again.chat, again.turns, *next(show(on))[1:], link

        def open_desk(own: Desk) -> Iterator[Any]:
            for step in show(desk.open(own)):
                yield *step, render_title()

        def ask_linked(link: str, *given: Any) -> Iterator[Any]:
            if link:
                yield from chat.ask(link, *given)
            else:
                yield tuple(gr.skip() for _ in shown)

        loaded = page.load(
            _with_event(restore, "request", gr.Request),
            [kept_turns, kept_desk],
            [chat_box, turns, *on_desk[1:], linked],
            **_QUIETLY,
        )
        from_link = loaded.then(ask_linked, [linked, *asked], shown, **_QUIETLY)
        loaded.then(open_desk, own, [*on_desk, title], **_QUIETLY)
        stop.click(
            lambda turns, own: chat.show(turns, own)[1:],
            [turns, own],
            shown[1:],
            cancels=[on_page, by_button, again, from_link],
            **_QUIETLY,
        )
        _add_api(service)
        page.queue(default_concurrency_limit=N_AT_ONCE, max_size=N_QUEUED)
    return page


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
        max_citations: int = 3,
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
    api(batch, api_name="batch", concurrency_limit=2, concurrency_id="batch")


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
