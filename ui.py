"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer
from markupsafe import Markup

import qa.cli
from qa import Article, ArticleQA, ArticleQAError, QuestionError
from qa.opening import open_articles
from qa.render import (
    page_file,
    render_answer,
    render_articles,
    render_chat,
    render_problem,
    render_title,
)

if TYPE_CHECKING:
    import gradio as gr

N_AT_ONCE = 8
LOADING = "Loading the model …"
READING = "Reading …"
_QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

Turns = list[tuple[str, Markup]]
Shown = tuple[str, Markup, Turns, list[str]]


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
    open_browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = None,
) -> None:
    """Ask the article on a page in the browser, beside its text."""
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
    page = build_page(articles, engine)
    address = launch(page, host, port)
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


def build_page(articles: Sequence[Article], engine: Future[ArticleQA]) -> gr.Blocks:
    """Return the page over articles; questions wait for the engine, the page does not."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr
    from gradio.events import api

    page = gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False)
    with page:
        title = _html(render_title("" if engine.done() else LOADING))
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="chat-pane", scale=5):
                chat = _html(render_chat([]), elem_id="chat")
                with gr.Row(elem_id="ask-row"):
                    question = gr.Textbox(
                        label="Your question",
                        placeholder="Ask about the article",
                        container=False,
                        max_lines=5,
                        autofocus=True,
                    )
                    ask = gr.Button("Ask", variant="primary", scale=0, min_width=72)
                    clear = gr.Button("Clear", scale=0, min_width=72)
            with gr.Column(elem_id="article-pane", scale=6):
                _html(render_articles(articles))
        turns, asked = gr.State([]), gr.State([])
        shown = [question, chat, turns, asked]
        converse = _converse(engine, several=len(articles) > 1)
        ways = [question.submit, ask.click]
        gr.on(ways, converse, [question, turns, asked], shown, **_QUIETLY)
        clear.click(lambda: ("", render_chat([]), [], []), None, shown, **_QUIETLY)
        page.load(_ready(engine), None, title, **_QUIETLY)
        api(_ask(engine), api_name="ask")
        page.queue(default_concurrency_limit=N_AT_ONCE)
    return page


def _html(value: Markup, *, elem_id: str | None = None) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _converse(
    engine: Future[ArticleQA], *, several: bool
) -> Callable[[str, Turns, list[str]], Iterator[Shown]]:
    """Return what turns a question, and what came before it, into what the page shows next."""

    def converse(question: str, turns: Turns, asked: list[str]) -> Iterator[Shown]:
        awaited = READING if engine.done() else LOADING
        yield "", render_chat([*turns, (question, Markup())], awaited), turns, asked
        try:
            answer = engine.result().ask(question, history=asked)
            reply, asked = render_answer(answer, several=several), [*asked, question]
        except QuestionError as error:
            reply = render_problem(f"This cannot be asked: {error}.")
        turns = [*turns, (question, reply)]
        yield "", render_chat(turns), turns, asked

    return converse


def _ready(engine: Future[ArticleQA]) -> Callable[[], str]:
    """Return what waits for the engine and then takes the message out of the title bar."""

    def ready() -> str:
        engine.exception()
        return render_title()

    return ready


def _ask(engine: Future[ArticleQA]) -> Callable[..., dict[str, Any]]:
    """Return what programs call as /ask."""
    import gradio as gr

    def ask(question: str, history: list[str] | None = None) -> dict[str, Any]:
        """Return the answer to a question, with the sentences of the article that say so."""
        try:
            return engine.result().ask(question, history=history or ()).to_dict()
        except QuestionError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return ask


def launch(page: gr.Blocks, host: str = "127.0.0.1", port: int | None = None) -> str:
    """Start to serve the page and return its address.

    Raises:
        ArticleQAError: the port is in use; None takes the first free one from 7860.
    """
    import gradio as gr

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
            footer_links=[],
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
