"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any

import typer
from markupsafe import Markup

import qa.cli
from qa import Article, ArticleQA, ArticleQAError, QuestionError
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

FIRST_PORT = 7860
N_PORTS = 100
N_AT_ONCE = 8
LOADING = "Loading the model …"
READING = "Reading …"

Turns = list[tuple[str, Markup]]
Shown = tuple[str, Markup, Turns, list[str]]


def build_page(articles: Sequence[Article], engine: Future[ArticleQA]) -> gr.Blocks:
    """Return the page over articles; questions wait for the engine, the page does not."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    with gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False) as page:
        title = _html(render_title("" if engine.done() else LOADING))
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="chat-pane", scale=5):
                chat = _html(render_chat([]), elem_id="chat")
                with gr.Row(elem_id="ask-row"):
                    question = _question_box()
                    ask = gr.Button("Ask", variant="primary", scale=0, min_width=72)
                    clear = gr.Button("Clear", scale=0, min_width=72)
            with gr.Column(elem_id="article-pane", scale=6):
                _html(render_articles(articles))
        turns, asked = gr.State([]), gr.State([])
        gr.on(
            [question.submit, ask.click],
            _converse(engine, several=len(articles) > 1),
            [question, turns, asked],
            [question, chat, turns, asked],
            show_progress="hidden",
            api_visibility="private",
        )
        cleared = ("", render_chat([]), [], [])
        clear.click(
            lambda: cleared,
            None,
            [question, chat, turns, asked],
            show_progress="hidden",
            api_visibility="private",
        )
        page.load(_ready(engine), None, title, show_progress="hidden", api_visibility="private")
        gr.api(_ask(engine), api_name="ask")
    return page.queue(default_concurrency_limit=N_AT_ONCE)


def _html(value: Markup, *, elem_id: str | None = None) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _question_box() -> gr.Textbox:
    import gradio as gr

    return gr.Textbox(
        label="Your question",
        placeholder="Ask about the article",
        container=False,
        lines=1,
        max_lines=5,
        autofocus=True,
    )


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


def launch(page: gr.Blocks, host: str, port: int) -> str:
    """Start to serve the page and return its address; nothing is loaded from anywhere else."""
    import gradio as gr

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
    return address


def free_port(host: str, port: int | None) -> int:
    """Return the port, or the first free one from 7860 on where none is given.

    Raises:
        ArticleQAError: it cannot be used.
    """
    wanted = range(FIRST_PORT, FIRST_PORT + N_PORTS) if port is None else range(port, port + 1)
    reason = ""
    for candidate in wanted:
        try:
            family = socket.getaddrinfo(host, candidate, type=socket.SOCK_STREAM)[0][0]
            socket.create_server((host, candidate), family=family).close()
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
        else:
            return candidate
    raise ArticleQAError(
        f"port must be free, got {wanted[-1]} on {host} ({reason}); give another with --port"
    )


def has_screen() -> bool:
    """Return whether a person is at a terminal from which a browser can be opened."""
    shows = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return shows and sys.stdout.isatty()
