"""The web page: people meet qa. The only file that imports Gradio, and only once it is needed.

Gradio launches the server and gives it its queue, sessions, login, progress and programs' endpoints;
the page itself is HTML, styles and scripts of our own (``qa/page/assets``), so that nothing hangs on
how Gradio draws its widgets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache, wraps
from inspect import getdoc, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qa.cli.main
from qa.cli import options
from qa.cli.options import AnswerOptions, ArticleOptions, with_options
from qa.errors import ArticleQAError
from qa.settings import Settings

if TYPE_CHECKING:  # imported where they are used: --help needs neither Gradio nor pydantic
    import gradio as gr
    from pydantic import BaseModel

    from qa import Article, ArticleQA
    from qa.page.api import Api
    from qa.page.corpus import Corpus
    from qa.page.frontend import File
    from qa.page.service import Service
    from qa.server.app import Programs

N_AT_ONCE, N_QUEUED, N_SESSIONS = 36, 300, 1000
# Features of Gradio that are switched off, as far as its version has them.
NOT_SERVED: dict[str, Any] = dict.fromkeys(
    "share ssr_mode pwa run_history enable_monitoring mcp_server".split(), False
)
BATCHES: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "batch"}
# The browser waits for an answer while its session lives, and then opens another session.
SESSION_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Page:
    """Gradio's application, and a function that returns the document shown at its address."""

    blocks: gr.Blocks
    document: Callable[[], File]

    def close(self) -> None:
        """Stop serving."""
        self.blocks.close(verbose=False)


@qa.cli.main.app.command()
@with_options
def ui(
    *,
    articles: ArticleOptions,
    answers: AnswerOptions,
    host: options.Host = "127.0.0.1",
    port: options.Port = None,
    auth: options.Auth = None,
    allow_public: options.AllowPublic = False,
    root_path: options.RootPath = None,
    api_key: options.ApiKey = None,
    feedback: options.FeedbackFile = None,
    open_browser: options.OpenBrowser = None,
) -> None:
    """Ask on a page in the browser.

    Programs and assistants are served beside it, as by `serve`.
    """
    from qa.models import open_reader
    from qa.page import serve
    from qa.page.middleware import is_loopback
    from qa.page.service import Service
    from qa.server.app import build_programs
    from qa.server.links import Links, public_url
    from qa.server.serve import checked_key, show_requests

    user = serve.credentials(auth, host, allow_public=allow_public)
    key = checked_key(api_key, host, allow_public=True)  # without one a password shuts programs out
    writer = answers.open_writer()
    opened, load = articles.open(answers.settings())
    engine: Future[ArticleQA] = Future()
    sure = open_reader(answers.reader).limits.at(answers.threshold).answered
    service = Service(opened, engine, writer)
    page = build_page(opened, engine, sure, feedback, service)
    links = Links(public_url(root_path), key)
    editable = key is not None or is_loopback(host)
    programs = (
        build_programs(service, folder=articles.index, editable=editable, links=links)
        if key or not user
        else None
    )
    if programs:
        show_requests()
    address = launch(page, host, port, auth=user, root_path=root_path, programs=programs, key=key)
    try:
        serve.serve_forever(address, engine, load, open_browser=open_browser)
    finally:
        page.close()


def main() -> None:
    """Run the command line."""
    qa.cli.main.run(qa.cli.main.app)


def build_page(
    articles: Sequence[Article],
    engine: Future[ArticleQA],
    threshold: float,
    feedback: Path | None = None,
    service: Service | None = None,
) -> Page:
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
    from qa.page.articles import first_data
    from qa.page.feedback import default_feedback_file
    from qa.page.frontend import File, version
    from qa.page.render import render_page
    from qa.page.service import Service

    service, votes = service or Service(articles, engine), feedback or default_feedback_file()
    with gr.Blocks(title="Ask the article", analytics_enabled=False) as blocks:
        _add_api(Api(service))
        actions = _add_actions(service, votes)
        blocks.queue(default_concurrency_limit=N_AT_ONCE, max_size=N_QUEUED)

    @lru_cache(1)  # programs may change the corpus
    def document_of(corpus: Corpus) -> File:
        data = {"actions": actions, **first_data(corpus, Settings(threshold=threshold))}
        return File.of(render_page(corpus.articles, data, version()))

    return Page(blocks, lambda: document_of(service.corpus))


def _add_actions(service: Service, votes: Path) -> dict[str, int]:
    """Add what the page's scripts call, and return the number of each action, by name."""
    import gradio as gr

    from qa.page import messages
    from qa.page.articles import ArticlesPane
    from qa.page.chat import ChatPane
    from qa.page.question_files import QuestionFilePane
    from qa.page.session import Session

    chat, pane, files = ChatPane(service, votes), ArticlesPane(service), QuestionFilePane(service)
    sent, shown, call = gr.JSON(visible=False), gr.JSON(visible=False), gr.Button(visible=False)
    session = gr.State(Session(), time_to_live=SESSION_S)
    added: dict[str, Any] = {}

    def add(
        name: str, handle: Callable[..., Any], message: type[BaseModel], **options: Any
    ) -> None:
        changes_session = handle.__self__ is pane  # type: ignore[attr-defined]
        added[name] = call.click(
            _answering(handle, message, changes_session=changes_session),
            [sent, session],
            [shown, session] if changes_session else [shown],
            api_name=f"page_{name}",
            api_visibility="private",
            **options,
        )

    add("open", pane.open, messages.OpenMessage)
    add("add", pane.add, messages.ArticlesMessage)
    add("choose", pane.choose, messages.ChoiceMessage)
    add("remove", pane.remove, messages.RemovalMessage)
    add("first", chat.first, messages.FirstMessage)
    add("ask", chat.ask, messages.QuestionMessage)
    add("show", chat.show, messages.TurnsMessage)
    add("vote", chat.vote, messages.VoteMessage)
    add("export", chat.export, messages.ExportMessage)
    add("about", chat.about, messages.SentenceMessage)
    add("batch", files.answer, messages.QuestionFileMessage, **BATCHES)
    add("download", files.download, messages.DownloadMessage)
    return {name: event["id"] for name, event in added.items()}


def _answering(
    handle: Callable[..., Any], message: type[BaseModel], *, changes_session: bool
) -> Callable[[Any, Any], Iterator[Any]]:
    """Return an action as Gradio calls it: it takes what was sent, and sends each step of the work.

    Args:
        handle: takes the message and the session, and returns or yields what is shown; it may raise
            an ArticleQAError, whose words are shown where the action was begun.
        message: validates what was sent.
        changes_session: whether each step comes with the session from now on.
    """
    from pydantic import ValidationError

    def answer(sent: Any, session: Any) -> Iterator[Any]:
        try:
            steps = handle(message.model_validate(sent), session)
            yield from steps if isinstance(steps, Iterator) else [steps]
        except ValidationError:
            problem = "What the page sent cannot be read; reload it and try again."
        except ArticleQAError as error:
            problem = str(error)
        else:
            return
        yield ({"problem": problem}, session) if changes_session else {"problem": problem}

    return answer


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
    page: Page,
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
    from starlette.middleware import Middleware

    from qa.page.frontend import File, Frontend, version
    from qa.page.middleware import Guard, own_names
    from qa.page.render import render_login

    names = own_names(host, root_path)
    guard = Middleware(Guard, names=names, programs=programs is not None, key=key)
    # Gradio's own routes take every path, so those of programs stand before them.
    beside = {"routes": programs.routes, "lifespan": programs.lifespan} if programs else {}
    login = File.of(render_login(version()))
    known = signature(page.blocks.launch).parameters
    try:
        _, address, _ = page.blocks.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            _frontend=False,  # else it requests its own page, and fails on a busy machine
            auth=auth,
            root_path=root_path,
            max_file_size=1,
            max_threads=N_AT_ONCE + 12,
            state_session_capacity=N_SESSIONS,
            app_kwargs={
                "middleware": [guard, Middleware(Frontend, page=page.document, login=login)],
                **beside,
            },
            **{name: value for name, value in NOT_SERVED.items() if name in known},
        )
    except OSError as error:
        raise ArticleQAError(
            f"port must be free, got {port or 'none'} on {host}; give another with --port"
        ) from error
    return address
