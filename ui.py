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
from qa.cli import options
from qa.cli.streams import note
from qa.errors import ArticleQAError
from qa.page import serve
from qa.server.serve import ApiKey, checked_key, show_requests
from qa.settings import Settings

if TYPE_CHECKING:  # imported where they are used: --help needs neither Gradio nor pydantic
    import gradio as gr
    from pydantic import BaseModel

    from qa import Article, ArticleQA
    from qa.page.api import Api
    from qa.page.articles import ArticlesPane, ArticlesView
    from qa.page.chat import ChatPane
    from qa.page.question_files import QuestionFilePane
    from qa.page.service import Service
    from qa.server.app import Programs

N_AT_ONCE = 36
N_QUEUED = 300
N_SESSIONS = 1000
NOT_SERVED: dict[str, Any] = dict.fromkeys(
    "share ssr_mode pwa run_history enable_monitoring mcp_server".split(), False
)
BATCHES: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "batch"}
# What page.js sends: Gradio makes an event of each name that stands in quotes here.
RELAY = """window.articleQA.relayed(trigger);
/* 'ask' 'retry' 'edit' 'vote' 'clear' 'export' 'suggest' 'articles' 'all' 'remove' 'questions' 'download' */"""
# No secret, and always the same, for a reload or a new process to read what was saved.
STORAGE_CODE = "article-qa"


@qa.cli.main.app.command()
def ui(
    *,
    article: options.Articles = None,
    allow_private: options.AllowPrivate = False,
    folder: options.IndexFolder = None,
    encoder: options.EncoderName = None,
    reader: options.ReaderName = None,
    threshold: options.Threshold = None,
    host: serve.Host = "127.0.0.1",
    port: serve.Port = None,
    auth: serve.Auth = None,
    allow_public: serve.AllowPublic = False,
    root_path: serve.RootPath = None,
    api_key: ApiKey = None,
    feedback: serve.FeedbackFile = None,
    open_browser: serve.OpenBrowser = None,
) -> None:
    """Ask the article on a page in the browser, beside its text; programs ask it as of `serve`."""
    from qa.factory import open_articles
    from qa.models import open_reader
    from qa.page.service import Service
    from qa.server.app import build_programs
    from qa.server.links import Links, public_url

    user = serve.credentials(auth, host, allow_public=allow_public)
    key = checked_key(api_key, host, allow_public=True)  # without one a password shuts programs out
    articles, load = open_articles(
        article or (),
        folder,
        Settings(threshold=threshold, reader=reader, encoder=encoder),
        allow_private=allow_private,
        tell=note,
    )
    engine: Future[ArticleQA] = Future()
    sure = open_reader(reader).limits.answered if threshold is None else threshold
    service = Service(articles, engine)
    page = build_page(articles, engine, sure, feedback, service)
    links = Links(public_url(root_path), key)
    programs = build_programs(service, links=links) if key or not user else None
    if programs:
        show_requests()
    address = launch(page, host, port, auth=user, root_path=root_path, programs=programs, key=key)
    try:
        serve.serve_forever(address, engine, load, open_browser=open_browser)
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
    service: Service | None = None,
) -> gr.Blocks:
    """Return the page over articles; questions wait for the engine, the page does not.

    Args:
        articles: what is asked until a person adds others.
        engine: over the articles, once it is loaded.
        threshold: where the setting of strictness begins, 0 to 1.
        feedback: where votes go; None is the default file.
        service: answers; None makes one over the articles.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from qa.page.gradio_import import no_stubs

    with no_stubs():
        import gradio as gr

    from qa.page.api import Api
    from qa.page.articles import ArticlesPane
    from qa.page.chat import LOADING, ChatPane
    from qa.page.feedback import default_feedback_file
    from qa.page.question_files import QuestionFilePane
    from qa.page.render import render_title
    from qa.page.service import Service
    from qa.page.session import Session

    service, votes = service or Service(articles, engine), feedback or default_feedback_file()
    settings = Settings(threshold=threshold)
    chat, pane = ChatPane(service, votes), ArticlesPane(service)
    page = gr.Blocks(title="Ask the article", fill_width=True, analytics_enabled=False)
    with page:
        _add_api(Api(service))
        first = pane.show(Session())
        on = SimpleNamespace(title=_html(render_title("" if engine.done() else LOADING)))
        with gr.Row(elem_id="panes"):
            _add_chat(on, chat.show((), Session()).chat, first.starters)
            _add_side_panes(on, first, settings, votes)
            with gr.Column(elem_id="article-pane", elem_classes="pane", scale=6):
                on.text = _html(first.articles, elem_id="article")
        _add_state(on)
        _wire_chat(on, chat)
        _wire_side_panes(on, pane, QuestionFilePane(service))
        _wire_opening(on, page, chat, pane, settings)
        page.queue(default_concurrency_limit=N_AT_ONCE, max_size=N_QUEUED)
    return page


def _add_chat(on: SimpleNamespace, chat: str, starters: str) -> None:
    import gradio as gr

    from qa.page.render import render_static

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
                interactive=True,
                elem_id="question",
            )
            gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=72)
            on.stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=72)
        _html(render_static("tools"), elem_id="tools")


def _add_side_panes(
    on: SimpleNamespace, first: ArticlesView, settings: Settings, votes: Path
) -> None:
    """Add the panes that take the chat's place: articles, question files, settings."""
    import gradio as gr

    from qa.page.render import render_records, render_static, render_status

    with gr.Column(elem_id="articles-pane", elem_classes="pane side", scale=5):
        on.work = _html(render_status(), elem_id="work")
        on.picker = gr.CheckboxGroup(
            first.choices, value=first.picked, label="Articles that are asked", elem_id="picker"
        )
        _html(render_static("add_articles"), elem_id="add-articles")
    with gr.Column(elem_id="file-pane", elem_classes="pane side", scale=5):
        _html(render_static("question_file"))
        with gr.Row(elem_id="progress-row"):
            on.progress = _html(render_status(), elem_id="progress")
            on.cancel = gr.Button("Cancel", elem_id="cancel", scale=0, min_width=88)
        on.table = _html(render_records([]), elem_id="records")
    with gr.Column(elem_id="settings-pane", elem_classes="pane side", scale=5):
        sure = "How sure an answer must be to be given."
        on.strict = gr.Slider(
            0, 1, settings.threshold, step=0.01, label="Lenient (0) to strict (1)", info=sure
        )
        on.n_citations = gr.Slider(
            1, 5, settings.max_citations, step=1, label="Citations", info="At most, for an answer."
        )
        _html(render_status(lines=[f"Thumbs up and down are appended to {votes} on the server."]))


def _add_state(on: SimpleNamespace) -> None:
    """Add what is not seen: what page.js sends, what a session holds, what the browser saves."""
    import gradio as gr

    from qa.page.session import Session

    on.relay = gr.HTML("", js_on_load=RELAY, elem_id="relay", apply_default_css=False)
    on.file = gr.Textbox(visible="hidden", elem_id="saved", label="File to save")
    on.turns, on.session, on.records, on.running = map(gr.State, ((), Session(), (), None))
    on.saved_turns, on.saved_session, on.saved_settings = (
        gr.BrowserState(storage_key=f"article-qa-{name}", secret=STORAGE_CODE)
        for name in ("chat", "articles", "settings")
    )
    on.asked = [on.turns, on.session, on.picker, on.strict, on.n_citations]
    on.chat_view = [on.chat, on.turns, on.saved_turns]
    on.articles_view = [
        on.work, on.session, on.picker, on.text, on.starters, on.saved_session,
    ]  # fmt: skip


def _wire_chat(on: SimpleNamespace, chat: ChatPane) -> None:
    """Connect what is done in the chat."""
    from qa.page.messages import ExportMessage, QuestionMessage, SentenceMessage, VoteMessage

    both, shown, relay = [on.turns, on.session], on.chat_view, on.relay
    asking = [
        _on(relay.ask, chat.ask, on.asked, shown, message=QuestionMessage),
        _on(relay.retry, chat.ask_again, on.asked, shown),
    ]
    for asked in asking:
        asked.then(None, None, None, js="() => window.articleQA.asked()")
        asked.failure(None, None, None, js="() => window.articleQA.failed()")
    _on(on.stop.click, chat.show, both, shown, cancels=asking)
    _on(relay.edit, chat.remove_last, both, shown)
    _on(relay.vote, chat.vote, both, shown, message=VoteMessage)
    _on(relay.clear, partial(chat.show, ()), on.session, shown)
    _on(relay.suggest, chat.suggest, on.session, on.question, message=SentenceMessage)
    _save(on, _on(relay.export, chat.export, both, on.file, message=ExportMessage))


def _wire_side_panes(on: SimpleNamespace, pane: ArticlesPane, files: QuestionFilePane) -> None:
    """Connect how articles are added and chosen, and question files."""
    from qa.page.messages import ArticlesMessage, DownloadMessage, QuestionFileMessage

    relay, shown = on.relay, on.articles_view
    _on(relay.articles, pane.add, on.session, shown, message=ArticlesMessage)
    _on(relay.all, pane.choose_all, on.session, shown)
    _on(relay.remove, pane.remove, on.session, shown)
    _on(on.picker.input, pane.choose, [on.picker, on.session], shown)
    run = [on.progress, on.table, on.records, on.running]
    _on(relay.questions, files.answer, on.asked[1:], run, message=QuestionFileMessage, **BATCHES)
    _on(on.cancel.click, files.cancel, on.running, None)
    _save(on, _on(relay.download, files.download, on.records, on.file, message=DownloadMessage))


def _wire_opening(
    on: SimpleNamespace, page: gr.Blocks, chat: ChatPane, pane: ArticlesPane, settings: Settings
) -> None:
    """Connect what happens when the page is opened: what the browser saved, the engine, a link."""
    import gradio as gr

    from qa.page.browser_state import restore_settings
    from qa.page.render import render_title
    from qa.page.session import Session

    def restore(saved_turns: Any, saved_session: Any, saved_settings: Any) -> Any:
        articles = pane.restore(saved_session)
        turns = chat.restore(saved_turns, articles.session)
        sliders = restore_settings(saved_settings, settings)
        # What is saved is not written again here: a page that fails to open must not wipe it.
        return *turns[:-1], *_values(articles)[1:-1], sliders.threshold, sliders.max_citations

    def open_session(session: Session) -> Iterator[Any]:
        for step in pane.open(session):
            yield *_values(step)[:-1], render_title()

    sliders = [on.strict, on.n_citations]
    saved = [on.saved_turns, on.saved_session, on.saved_settings]
    restored = [on.chat, on.turns, *on.articles_view[1:-1], *sliders]
    opened = _on(page.load, restore, saved, restored)
    opened.then(None, None, None, js="() => window.articleQA.opened()")
    _on(opened.then, open_session, on.session, [*on.articles_view[:-1], on.title])
    changes = [slider.change for slider in sliders]
    gr.on(changes, None, sliders, on.saved_settings, js="(...values) => [values]")


def _save(on: SimpleNamespace, done: Any) -> None:
    """Let the browser save the file that an event has made."""
    done.then(None, on.file, None, js="file => window.articleQA.save(file)")


def _on(
    event: Callable[..., Any],
    handle: Callable[..., Any],
    inputs: Any,
    outputs: Any,
    *,
    message: type[BaseModel] | None = None,
    **options: Any,
) -> Any:
    """Call ``handle`` on an event with the values of inputs, and show what it returns or yields.

    Args:
        event: of a component.
        handle: may raise an ArticleQAError, which the page shows.
        inputs: components whose values it takes.
        outputs: components that show what comes back.
        message: validates what page.js sends with the event, which ``handle`` takes first.
        options: as of a Gradio event.
    """
    import gradio as gr
    from pydantic import ValidationError

    def handler(sent: Any, *values: Any) -> Iterator[Any]:
        step = nothing = object()
        try:
            if message:
                values = (message.model_validate(getattr(sent, "_data", None)), *values)
            steps = handle(*values)
            for step in steps if isinstance(steps, Iterator) else [steps]:
                yield _values(step)
        except ValidationError:
            gr.Warning("What the page sent cannot be read; reload it and try again.")
        except ArticleQAError as error:
            gr.Warning(str(error))
        if step is nothing:
            yield gr.skip()  # to yield nothing would empty the outputs

    handler.__annotations__ = {"sent": gr.EventData}  # Gradio looks for the type itself
    options |= {"show_progress": "hidden", "api_visibility": "private"}
    return event(handler, inputs, outputs, **options)


def _values(step: Any) -> Any:
    """Return what a handler yields as Gradio takes it: a picker changes its choices too."""
    import gradio as gr

    from qa.page.articles import ArticlesView

    if not isinstance(step, ArticlesView):
        return step
    picker = gr.CheckboxGroup(step.choices, value=step.picked)
    return step.status, step.session, picker, step.articles, step.starters, step.saved


def _html(value: str, *, elem_id: str | None = None) -> gr.HTML:
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _add_api(endpoints: Api) -> None:
    """Add what programs call as /ask, /retrieve and /batch."""
    import gradio as gr
    from gradio.events import api

    def add(call: Callable[..., Any], **options: Any) -> None:
        @wraps(call)
        def endpoint(*values: Any) -> Any:
            try:
                return call(*values)
            except (ArticleQAError, ValueError) as error:
                raise gr.Error(str(error), print_exception=False) from error

        api(endpoint, api_name=call.__name__, api_description=getdoc(call), **options)

    add(endpoints.ask)
    add(endpoints.retrieve)
    add(endpoints.batch, **BATCHES)


def launch(
    page: gr.Blocks,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    auth: tuple[str, str] | None = None,
    root_path: str | None = None,
    programs: Programs | None = None,
    key: str | None = None,
) -> str:
    """Start to serve the page and return its address; the parameters are the command's options.

    ``programs`` are the routes beside it, which ask for ``key``.

    Raises:
        ArticleQAError: the port is in use.
    """
    import gradio as gr
    from starlette.middleware import Middleware

    from qa.page.middleware import Guard, own_names
    from qa.page.render import page_file

    names = own_names(host, root_path)
    guard = Middleware(Guard, names=names, programs=programs is not None, key=key)
    # Gradio's own routes take every path, so those of programs stand before them.
    beside = {"routes": programs.routes, "lifespan": programs.lifespan} if programs else {}
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
            app_kwargs={"middleware": [guard], **beside},
            theme=gr.themes.Base(font=("system-ui", "sans-serif"), font_mono=("monospace",)),
            css=page_file("page.css"),
            head=f"{page_file('head.html')}<script>{page_file('page.js')}</script>",
            **NOT_SERVED,
        )
    except OSError as error:
        raise ArticleQAError(
            f"port must be free, got {port or 'none'} on {host}; give another with --port"
        ) from error
    return address
