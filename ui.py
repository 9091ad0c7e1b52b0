"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial, wraps
from inspect import getdoc
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import qa.cli.main
from qa import Article, ArticleQA, ArticleQAError
from qa.factory import open_articles, open_reader
from qa.page import serve
from qa.page.api import Programs
from qa.page.articles import Bringing, OnDesk
from qa.page.chat import LOADING, Conversation
from qa.page.feedback import default_feedback_file
from qa.page.gradio_import import no_stubs
from qa.page.middleware import Guard, own_names
from qa.page.question_files import Run
from qa.page.render import page_file, render_records, render_static, render_status, render_title
from qa.page.service import Service, Settings
from qa.page.session import Desk

if TYPE_CHECKING:
    import gradio as gr

N_AT_ONCE = 36
N_QUEUED = 300
N_SESSIONS = 1000
NOT_SERVED: dict[str, Any] = dict.fromkeys(
    "share ssr_mode pwa run_history enable_monitoring mcp_server".split(), False
)
BATCHES: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "batch"}
# What page.js sends: Gradio makes an event of each name that stands in quotes here.
RELAY = """window.articleQA = Object.assign(window.articleQA || {}, {send: trigger});
/* 'ask' 'retry' 'edit' 'vote' 'clear' 'export' 'suggest' 'articles' 'all' 'remove' 'questions' 'download' */"""
# Not a secret: it only has to stay the same, for a reload or a new process to find what was kept.
KEPT = "article-qa"


@qa.cli.main.app.command()
def ui(
    *,
    article: qa.cli.main.Articles = None,
    allow_private: qa.cli.main.AllowPrivate = False,
    folder: qa.cli.main.IndexFolder = None,
    encoder: qa.cli.main.EncoderName = None,
    reader: qa.cli.main.ReaderName = None,
    threshold: qa.cli.main.Threshold = None,
    host: serve.Host = "127.0.0.1",
    port: serve.Port = None,
    auth: serve.Auth = None,
    allow_public: serve.AllowPublic = False,
    root_path: serve.RootPath = None,
    feedback: serve.FeedbackFile = None,
    open_browser: serve.OpenBrowser = None,
) -> None:
    """Ask the article on a page in the browser, beside its text."""
    user = serve.user_of(auth, host, allow_public=allow_public)
    articles, load = open_articles(
        article or (),
        folder,
        encoder,
        reader=reader,
        threshold=threshold,
        allow_private=allow_private,
        tell=qa.cli.main.tell,
    )
    engine: Future[ArticleQA] = Future()
    sure = open_reader(reader).threshold if threshold is None else threshold
    page = build_page(articles, engine, sure, feedback)
    address = launch(page, host, port, auth=user, root_path=root_path)
    try:
        serve.stay(address, engine, load, open_browser=open_browser)
    finally:
        page.close(verbose=False)


def main() -> None:
    """Run the command line."""
    qa.cli.main.run(qa.cli.main.app)


def build_page(
    articles: Sequence[Article],
    engine: Future[ArticleQA],
    threshold: float,
    feedback: Path | None = None,
) -> gr.Blocks:
    """Return the page over articles; questions wait for the engine, the page does not.

    Args:
        articles: what is asked until a person brings others.
        engine: over the articles, once it is loaded.
        threshold: where the setting of strictness begins.
        feedback: where votes go; None is the default file.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with no_stubs():
        import gradio as gr

    service, votes = Service(articles, engine), feedback or default_feedback_file()
    settings = Settings(threshold)
    chat, desk = Conversation(service, votes), Bringing(service)
    page = gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False)
    with page:
        _add_api(Programs(service))
        first = desk.show(Desk())
        on = SimpleNamespace(title=_html(render_title("" if engine.done() else LOADING)))
        with gr.Row(elem_id="panes"):
            _lay_chat(on, chat.show((), Desk()).chat, first.starters)
            _lay_sides(on, first, settings, votes)
            with gr.Column(elem_id="article-pane", elem_classes="pane", scale=6):
                on.text = _html(first.articles, elem_id="article")
        _add_kept(on)
        _wire_chat(on, chat)
        _wire_sides(on, desk, Run(service))
        _wire_opening(on, page, chat, desk, settings)
        page.queue(default_concurrency_limit=N_AT_ONCE, max_size=N_QUEUED)
    return page


def _lay_chat(on: SimpleNamespace, chat: str, starters: str) -> None:
    import gradio as gr

    with gr.Column(elem_id="chat-pane", elem_classes="pane", scale=5):
        on.chat = _html(chat, elem_id="chat")
        on.starters = _html(starters, elem_id="starters")
        with gr.Row(elem_id="ask-row"):
            on.question = gr.Textbox(
                label="Your question",
                placeholder="Ask about the article",
                container=False,
                max_lines=5,
                autofocus=True,
                elem_id="question",
            )
            on.ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=72)
            on.stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=72)
        _html(render_static("tools"), elem_id="tools")


def _lay_sides(on: SimpleNamespace, first: OnDesk, settings: Settings, votes: Path) -> None:
    """Lay the panes that take the chat's place: articles, question files, settings."""
    import gradio as gr

    with gr.Column(elem_id="articles-pane", elem_classes="pane side", scale=5):
        on.work = _html(render_status(), elem_id="work")
        on.picker = gr.CheckboxGroup(
            first.choices, value=first.picked, label="Articles that are asked", elem_id="picker"
        )
        _html(render_static("bring"), elem_id="bring")
    with gr.Column(elem_id="file-pane", elem_classes="pane side", scale=5):
        _html(render_static("questions"))
        with gr.Row(elem_id="progress-row"):
            on.progress = _html(render_status(), elem_id="progress")
            on.cancel = gr.Button("Cancel", elem_id="cancel", scale=0, min_width=88)
        on.table = _html(render_records([]), elem_id="records")
    with gr.Column(elem_id="settings-pane", elem_classes="pane side", scale=5):
        sure = "How sure an answer must be to be given; otherwise the article does not say."
        on.strict = gr.Slider(
            0, 1, settings.threshold, step=0.01, label="Lenient (0) to strict (1)", info=sure
        )
        on.n_citations = gr.Slider(
            1, 5, settings.max_citations, step=1, label="Citations", info="At most, for an answer."
        )
        _html(render_status(lines=[f"Thumbs up and down are appended to {votes} on the server."]))


def _add_kept(on: SimpleNamespace) -> None:
    """Add what is not seen: what page.js sends, what a session holds, what the browser keeps."""
    import gradio as gr

    on.relay = gr.HTML("", js_on_load=RELAY, elem_id="relay", apply_default_css=False)
    on.saved = gr.Textbox(visible="hidden", elem_id="saved", label="File to save")
    on.turns, on.desk, on.records, on.running = (gr.State(v) for v in ((), Desk(), (), None))
    on.kept_turns, on.kept_desk, on.kept_settings = (
        gr.BrowserState(storage_key=f"article-qa-{name}", secret=KEPT)
        for name in ("chat", "articles", "settings")
    )
    on.asked = [on.turns, on.desk, on.picker, on.strict, on.n_citations]
    on.shown = [on.question, on.chat, on.turns, on.kept_turns]
    on.of_desk = [on.work, on.desk, on.picker, on.text, on.starters, on.kept_desk]


def _wire_chat(on: SimpleNamespace, chat: Conversation) -> None:
    """Connect what is done in the chat."""
    typed, both = [on.question.submit, on.ask.click], [on.turns, on.desk]
    on.asking = [
        _on(typed, lambda _, *given: chat.ask(*given), [on.question, *on.asked], on.shown),
        _on(on.relay.ask, chat.ask_sent, on.asked, on.shown),
        _on(on.relay.retry, lambda _, *given: chat.ask_again(*given), on.asked, on.shown),
    ]
    shown, stopped = on.shown[1:], {"cancels": on.asking}
    _on(on.stop.click, lambda _, *given: chat.show(*given)[1:], both, shown, **stopped)
    _on(on.relay.edit, lambda _, *given: chat.edit(*given), both, on.shown)
    _on(on.relay.vote, lambda *given: chat.vote(*given)[1:], both, shown)
    _on(on.relay.clear, lambda _, desk: chat.show((), desk), on.desk, on.shown)
    _on(on.relay.suggest, chat.suggest, on.desk, on.question)
    _save(on, _on(on.relay.export, chat.export, both, on.saved))


def _wire_sides(on: SimpleNamespace, desk: Bringing, run: Run) -> None:
    """Connect how articles are brought and chosen, and question files."""
    _on(on.relay.articles, desk.bring_sent, on.desk, on.of_desk)
    _on(on.relay.all, lambda _, own: desk.choose_all(own), on.desk, on.of_desk)
    _on(on.relay.remove, lambda _, own: desk.remove(own), on.desk, on.of_desk)
    picked = [on.picker, on.desk]
    _on(on.picker.input, lambda _, *given: desk.choose(*given), picked, on.of_desk)
    ran = [on.progress, on.table, on.records, on.running]
    _on(on.relay.questions, run.answer, on.asked[1:], ran, **BATCHES)
    _on(on.cancel.click, lambda _, running: run.cancel(running), on.running, None)
    _save(on, _on(on.relay.download, run.download, on.records, on.saved))


def _wire_opening(
    on: SimpleNamespace, page: gr.Blocks, chat: Conversation, desk: Bringing, settings: Settings
) -> None:
    """Connect what happens when the page is opened: what was kept, the engine, a link's question."""
    import gradio as gr

    def restore(_: Any, turns: Any, articles: Any, kept_settings: Any) -> Any:
        own = desk.restore(articles)
        shown = chat.restore(turns, own.desk)
        set_to = Settings.restore(kept_settings, settings)
        # What is kept is not written again here: a page that fails to open must not wipe it.
        return *shown[1:-1], *_values(own)[1:-1], set_to.threshold, set_to.max_citations

    def open_desk(_: Any, own: Desk) -> Iterator[Any]:
        for step in desk.open(own):
            yield *_values(step)[:-1], render_title()

    sliders = [on.strict, on.n_citations]
    kept = [on.kept_turns, on.kept_desk, on.kept_settings]
    restored = [on.chat, on.turns, *on.of_desk[1:-1], *sliders]
    opened = _on(page.load, restore, kept, restored)
    opened.then(None, None, None, js="() => window.articleQA.opened()")
    _on(opened.then, open_desk, on.desk, [*on.of_desk[:-1], on.title])
    changes = [slider.change for slider in sliders]
    gr.on(changes, None, sliders, on.kept_settings, js="(...values) => [values]")


def _save(on: SimpleNamespace, done: Any) -> None:
    """Let the browser save the file that an event has made."""
    done.then(None, on.saved, None, js="file => window.articleQA.save(file)")


def _on(events: Any, handle: Callable[..., Any], inputs: Any, outputs: Any, **options: Any) -> Any:
    """Call ``handle`` on events, with what page.js sent before the inputs' values."""
    import gradio as gr

    def handler(event: Any, *given: Any) -> Iterator[Any]:
        sent = getattr(event, "_data", None)  # anybody may have sent anything
        step = nothing = object()
        try:
            steps = handle(sent if isinstance(sent, dict) else {}, *given)
            for step in steps if isinstance(steps, Iterator) else [steps]:
                yield _values(step)
        except ArticleQAError as error:
            gr.Warning(str(error))
        if step is nothing:
            yield gr.skip()  # to yield nothing would empty the outputs

    handler.__annotations__ = {"event": gr.EventData}  # Gradio looks for the type itself
    options |= {"show_progress": "hidden", "api_visibility": "private"}
    on = partial(gr.on, events) if isinstance(events, list) else events
    return on(handler, inputs, outputs, **options)


def _values(step: Any) -> Any:
    """Return what a handler yields as Gradio takes it: a picker changes its choices too."""
    import gradio as gr

    if not isinstance(step, OnDesk):
        return step
    picker = gr.CheckboxGroup(step.choices, value=step.picked)
    return step.status, step.desk, picker, step.articles, step.starters, step.kept


def _html(value: str, *, elem_id: str | None = None) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _add_api(programs: Programs) -> None:
    """Add what programs call as /ask, /retrieve and /batch."""
    import gradio as gr
    from gradio.events import api

    def add(call: Callable[..., Any], **options: Any) -> None:
        @wraps(call)
        def told(*given: Any) -> Any:
            try:
                return call(*given)
            except (ArticleQAError, ValueError) as error:
                raise gr.Error(str(error), print_exception=False) from error

        api(told, api_name=call.__name__, api_description=getdoc(call), **options)

    add(programs.ask)
    add(programs.retrieve)
    add(programs.batch, **BATCHES)


def launch(
    page: gr.Blocks,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    auth: tuple[str, str] | None = None,
    root_path: str | None = None,
) -> str:
    """Start to serve the page, as the command's options say, and return its address.

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
            _frontend=False,  # or it asks its own page, and ends where a busy machine is slow
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
            **NOT_SERVED,
        )
    except OSError as error:
        raise ArticleQAError(
            f"port must be free, got {port or 'none'} on {host}; give another with --port"
        ) from error
    return address
