"""What the tests of the page in Chromium do and read there."""

import gc
import os
import re
import time
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

import ui
from index import ArticleIndex
from qa import ArticleQA, Evidence, Reading, ReadRequest, Settings
from qa.readers.search_reader import SentenceReader

LIMIT_MS = int(os.environ.get("LIMIT_MS", "90000"))  # a busy machine may hold a browser up for long


# Raised by pandas when Gradio's queue sums up its own timings; nothing of ours causes them.
BROWSER = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    # Gradio leaves the socket with which it looked for a port, and its server's loop, unclosed.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


class FirstNumberReader:
    """Cites the best sentence and the next; its first number is the short answer."""

    limits = SentenceReader.limits
    fingerprint = "first number"

    def read(self, requests):
        return [
            self._read(question, hits)
            for question, hits in ((r.question, r.hits) for r in requests)
        ]

    def _read(self, question, hits):
        best, *rest = SentenceReader().read([ReadRequest(question, hits)])[0].evidence
        number = re.search(r"\d+", best.sentence.text)
        span = number and (best.sentence.start + number.start(), best.sentence.start + number.end())
        best = Evidence(best.article, best.sentence, best.score, span)
        chance = 0.1 if "dog" in question else 0.5 if "perhaps" in question else 0.9
        return Reading((best, *rest), chance, chance, n_cited=2)


@contextmanager
def served(articles, engine, feedback=Path("/dev/null"), port=None):
    page = ui.build_page(articles, engine, 0.25, feedback)
    try:
        yield ui.launch(page, port=port)
    finally:
        page.close()
        del page
        gc.collect()  # here, where the warnings of what Gradio left open are ignored


def engine_over(articles, encoder):
    return ArticleQA(ArticleIndex.build(articles, encoder), Settings(reader=FirstNumberReader()))


def ready(engine):
    future = Future()
    future.set_result(engine)
    return future


def becomes(page, read, expected):
    """Wait until what is read from a page is as expected: its elements change one after another."""
    ends = time.monotonic() + LIMIT_MS / 1000
    while (value := read(page)) != expected and time.monotonic() < ends:
        page.wait_for_timeout(50)
    assert value == expected


def holds(page, expression):
    """Wait until an expression is true, asking anew each time.

    Playwright's own ``wait_for_function`` evaluates its text inside the page when the first look
    does not succeed, and the page's content security policy forbids that.
    """
    becomes(page, lambda page: bool(page.evaluate(expression)), expected=True)


def ask(page, question):
    """Ask and return the new answer's element."""
    answers = page.locator("#chat .answer")
    before = answers.count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    answers.nth(before).wait_for()
    drawn(page)
    return answers.nth(before)


def slow_line(page, latency_ms):
    """Delay each response by some milliseconds."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**conditions, "latency": latency_ms})


def drawn(page):
    """Wait until the page's script has seen what is there, which it does before a frame is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def questions(page):
    return page.eval_on_selector_all(".question", "all => all.map(e => e.lastChild.textContent)")


def marked(page):
    """The (number, text) of each sentence marked in the article, in the article's order."""
    return page.eval_on_selector_all(
        ".article .cited", "all => all.map(e => [e.dataset.number, e.textContent])"
    )


def in_view(page, sentence):
    return page.evaluate(
        """([id]) => {
            const box = document.getElementById(id).getBoundingClientRect();
            const pane = document.querySelector("#article").getBoundingClientRect();
            return box.height > 0 && box.top >= pane.top && box.bottom <= pane.bottom
                && box.bottom <= innerHeight;
        }""",
        [sentence],
    )


def has_no_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def loan(article):
    return next(s for s in article.sentences if "40 million" in s.text)


def tab(page, name):
    if name in ("Question file", "Settings"):
        menu(page, "#more", name)
    else:
        page.get_by_role("navigation").get_by_role("button", name=name, exact=True).click()


def menu(page, which, choice):
    page.locator(f"{which} > summary").click()
    page.locator(which).get_by_role("button", name=choice).click()


def send_file(page, pane, name, data):
    payload = {"name": name, "mimeType": "text/plain", "buffer": data}
    page.locator(f'label.drop[data-drop="{pane}"] input').set_input_files(payload)


def picked(page):
    return page.eval_on_selector_all(
        "#picker label",
        "all => all.map(e => [e.textContent, e.querySelector('input').checked])",
    )


FORMS = (("md", "Markdown"), ("html", "Web page"), ("json", "JSON"))


LOAN = "How large was the loan for the new crane?"


TIDE = "The tide at Arvik rose by 3 metres on Sunday. Nobody had seen 70 seals there before.\n"


@contextmanager
def held(page):
    """Hold back what the page sends, until it is released in reverse order, once there is any."""
    routes, released = [], []

    def handle(route):
        route.continue_() if released else routes.append(route)

    def release():
        while not routes:
            page.wait_for_timeout(50)
        released.append(True)
        for route in reversed(routes):
            route.continue_()

    page.route("**/queue/join*", handle)
    yield release
    page.unroute("**/queue/join*")


def drop(page, name, text):
    page.evaluate(
        """([name, text]) => {
            const files = new DataTransfer();
            files.items.add(new File([text], name, {type: "text/plain"}));
            for (const kind of ["dragenter", "dragover", "drop"])
                document.querySelector("#article").dispatchEvent(new DragEvent(kind, {dataTransfer: files, bubbles: true}));
        }""",
        [name, text],
    )


SOUTH = "What is the price of the line South?"


def row_of(article, word):
    return next(s for s in article.sentences if s.kind == "row" and word in s.text)
