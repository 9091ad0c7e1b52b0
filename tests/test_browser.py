"""The page in a real Chromium: ask, read, click a citation, see its sentence."""

import gc
import json
import os
import re
import shutil
import socket
import time
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import urljoin

import pytest

import ui
from index import Article, ArticleIndex
from qa import ArticleQA, Evidence, History, Reading, ReadRequest, Settings
from qa.batch.batch import answer_file
from qa.batch.question_file import read_questions
from qa.batch.records import CHUNK
from qa.page.pace import SHOWN_AFTER_S
from qa.page.render import anchor
from qa.readers.search_reader import SentenceReader
from qa.text import one_line

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
REQUIRED = os.environ.get("ARTICLE_QA_REQUIRE_BROWSER") == "1"
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = Path(__file__).with_name("hostile.txt").read_text(encoding="utf-8").splitlines()
HARBOUR = """The harbour reopens

The ferry Aurora lies at the northern quay on Friday, while workers of the town clear the last planks and nets from the water. (Harbour Office/Reuters)

The harbour was closed for 12 days after the storm. Nobody was hurt.

{filler}

Mayor Ada Lind paid for the new crane with a loan of 40 million kronor.

{filler}

14 fishermen helped the town for a week.

MOST POPULAR
""".format(filler="\n\n".join(f"Ship number {n} waited outside for calm water." for n in range(20)))

LIMIT_MS = int(os.environ.get("LIMIT_MS", "90000"))  # a busy machine may hold a browser up for long

# Raised by pandas when Gradio's queue sums up its own timings; nothing of ours causes them.
pytestmark = [
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


@pytest.fixture(scope="module")
def article():
    return Article.from_text(HARBOUR)


@pytest.fixture(scope="module")
def engine(article, encoder):
    return engine_over([article], encoder)


@pytest.fixture(scope="module")
def feedback(tmp_path_factory):
    return tmp_path_factory.mktemp("feedback") / "votes" / "feedback.jsonl"


@pytest.fixture(scope="module")
def address(article, engine, feedback):
    with served([article], ready(engine), feedback) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    if not shutil.which(CHROMIUM):
        missing = f"needs Chromium at {CHROMIUM} (apt-get install chromium, or set CHROMIUM)"
        pytest.fail(missing) if REQUIRED else pytest.skip(missing)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_context(chromium):
    """One context, so that the page's scripts are fetched once; each test empties its storage."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(LIMIT_MS)
    return context


@pytest.fixture
def open_page(chromium, shared_context):
    """Open an address; afterwards, no request has left this machine and no script has failed."""
    contexts, pages, requests, errors = [], [], [], []

    def open_page(
        address, *, width=1280, height=800, scheme="light", opened=True, other=False, login=False
    ):
        context = shared_context
        if other:
            context = chromium.new_context()
            context.set_default_timeout(LIMIT_MS)
            contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        if len(pages) == 1:  # on another page of the site, where no script of ours writes again
            page.goto(urljoin(address, "/robots.txt"))
            page.evaluate(EMPTIED)
        page.goto(address)
        if login:
            page.locator("body.login").wait_for()
            return page
        page.locator("body[data-ready]").wait_for()
        if opened:
            page.locator("body[data-opened]").wait_for()
        return page

    yield open_page
    for page in pages:
        page.close()
    for context in contexts:
        context.close()
    assert requests
    away = [u for u in requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert away == []
    assert errors == []


# Removes what the browser has stored of the page.
EMPTIED = """() => new Promise((done) => {
    localStorage.clear();
    const request = indexedDB.deleteDatabase("article-qa");
    request.onsuccess = request.onerror = request.onblocked = done;
})"""


def becomes(page, read, expected):
    """Wait until what is read from a page is as expected: its elements change one after another."""
    ends = time.monotonic() + LIMIT_MS / 1000
    while (value := read(page)) != expected and time.monotonic() < ends:
        page.wait_for_timeout(50)
    assert value == expected


def ask(page, question):
    """Ask and return the new answer's element."""
    answers = page.locator("#chat .answer")
    before = answers.count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    answers.nth(before).wait_for()
    drawn(page)
    return answers.nth(before)


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


def test_a_question_gets_its_answer_with_the_cited_sentences_marked(open_page, address, article):
    page = open_page(address)
    answer = ask(page, "How large was the loan for the new crane?")
    assert answer.locator(".short-answer").inner_text() == "40"
    assert answer.locator("blockquote").first.inner_text() == loan(article).text
    assert answer.locator("mark").inner_text() == "40"
    assert answer.locator(".confidence").inner_text() == "Confidence 90%"
    assert ["1", loan(article).text] in marked(page)
    assert len(marked(page)) == 2
    assert in_view(page, anchor(article, loan(article).number))


def test_clicking_a_citation_scrolls_to_its_sentence_and_highlights_it(open_page, address, article):
    page = open_page(address)
    answer = ask(page, "How large was the loan for the new crane?")
    page.locator("#article").evaluate("pane => pane.scrollTo(0, 0)")
    sentence = anchor(article, loan(article).number)
    assert not in_view(page, sentence)
    answer.get_by_role("link", name="Citation 1").click()
    assert page.locator(".article .current").evaluate_all("all => all.map(e => e.id)") == [sentence]
    assert in_view(page, sentence)
    assert page.evaluate("document.activeElement.id") == sentence


def test_an_older_answers_marks_come_back_when_it_is_clicked(open_page, address, article):
    page = open_page(address)
    older = ask(page, "How large was the loan for the new crane?")
    first = marked(page)
    ask(page, "How many days was the harbour closed after the storm?")
    assert ["1", loan(article).text] not in marked(page)
    older.locator(".short-answer").click()
    assert marked(page) == first
    older.get_by_role("link", name="Citation 1").click()
    assert marked(page) == first


def test_a_citation_can_be_followed_by_keyboard_alone(open_page, address, article):
    page = open_page(address)
    answer = ask(page, "How large was the loan for the new crane?")
    answer.get_by_role("link", name="Citation 1").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    width = "e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    assert answer.locator("a.number").first.evaluate(width) == "solid3px"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == anchor(article, loan(article).number)


def test_not_found_looks_different_and_marks_nothing(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    answer = ask(page, "What is the name of the dog?")
    assert answer.locator(".reason").inner_text().startswith("I found no answer I am sure of.")
    assert answer.locator(".label").inner_text() == "Nearest sentences"
    assert 1 <= answer.locator("blockquote").count() <= 3
    assert answer.locator(".short-answer, .confidence, [data-hue]").count() == 0
    assert marked(page) == []


def test_a_nearest_sentence_can_be_looked_up_without_being_marked_as_cited(open_page, address):
    page = open_page(address)
    answer = ask(page, "What is the name of the dog?")
    answer.locator("a.number").first.click()
    assert (
        page.locator(".article .current").inner_text()
        == answer.locator("blockquote").first.inner_text()
    )
    assert marked(page) == []


def test_furniture_is_shown_and_never_marked(open_page, address):
    page = open_page(address)
    ask(page, "What is most popular?")
    assert page.locator(".article p.furniture").inner_text() == "MOST POPULAR"
    assert page.locator(".furniture .cited").count() == 0


def test_a_question_that_cannot_be_asked_is_no_turn_and_its_problem_stands_above_the_box(
    open_page, address
):
    page = open_page(address)
    box = page.get_by_label("Your question")
    for question in ("", "  ", "?!"):
        box.fill(question)
        page.keyboard.press("Enter")
    problem = page.locator("#ask-problem")
    problem.filter(has_text="This cannot be asked: question must hold a word").wait_for()
    assert box.input_value() == "?!"
    assert page.locator("#chat .turn").count() == 0
    page.keyboard.type("x")
    assert problem.inner_text() == ""


def test_a_conversation_is_deleted_and_the_deletion_undone(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    menu(page, "#conversations", "Delete this conversation")
    page.locator("#chat .welcome").wait_for()
    assert page.locator("#chat .answer").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.locator("#chat .answered").wait_for()
    assert questions(page) == [LOAN]


def test_two_visitors_do_not_see_each_others_questions(open_page, address):
    one, other = open_page(address), open_page(address, other=True)
    ask(one, "How large was the loan for the new crane?")
    ask(other, "What is the name of the dog?")
    assert one.locator("#chat .question").count() == other.locator("#chat .question").count() == 1


def test_on_a_phone_a_citation_opens_a_sheet_and_a_way_leads_back_to_the_answer(
    open_page, address, article
):
    page = open_page(address, width=380, height=700)
    assert not page.locator("#article").is_visible()
    answer = ask(page, "How large was the loan for the new crane?")
    assert has_no_sideways_scroll(page)
    link = answer.get_by_role("link", name="Citation 1")
    link.click()
    sheet = page.get_by_role("dialog", name="The citation in its context")
    assert sheet.locator(".current").inner_text() == loan(article).text
    page.go_back()
    assert not sheet.is_visible()
    assert answer.is_visible()
    link.click()
    sheet.get_by_role("button", name="Read on in the article").click()
    assert not answer.is_visible()
    assert in_view(page, anchor(article, loan(article).number))
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Back to the answer").click()
    assert answer.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(open_page, address, scheme):
    page = open_page(address, scheme=scheme)
    ask(page, "What is the name of the dog?")
    answer = ask(page, "How large was the loan for the new crane?")
    answer.locator("a.number").first.click()
    page.mouse.move(0, 0)
    for selector in (
        ".article p", "figcaption", ".article .furniture", ".cited", ".current", ".question",
        ".answered blockquote", ".answered a.number", ".answer mark", ".confidence",
        ".not-found blockquote", ".not-found .label", "#ask", "#question",
    ):  # fmt: skip
        assert page.locator(selector).first.evaluate(CONTRAST) >= 4.5, selector


CONTRAST = """element => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    let behind = element, paper;
    do {
        paper = numbers(getComputedStyle(behind).backgroundColor);
        behind = behind.parentElement;
    } while (paper[3] === 0 && behind);
    const light = ([r, g, b]) => [r, g, b]
        .map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const opacity = Number(getComputedStyle(element).opacity);
    const ink = numbers(getComputedStyle(element).color)
        .slice(0, 3).map((v, i) => v * opacity + paper[i] * (1 - opacity));
    const [dark, bright] = [light(ink), light(paper)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
}"""


def test_the_page_is_there_while_the_model_loads_and_the_question_waits(
    open_page, article, encoder
):
    engine = Future()
    with served([article], engine) as address:
        page = open_page(address, opened=False)
        page.locator("#loading", has_text="Loading the model …").wait_for()
        page.get_by_label("Your question").fill("How large was the loan for the new crane?")
        page.keyboard.press("Enter")
        page.locator(".awaited").wait_for()
        engine.set_result(engine_over([article], encoder))
        page.locator("#chat .answered").wait_for()
        page.locator("#loading").wait_for(state="hidden")


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


def test_clicking_a_sentence_shows_which_answers_cite_it(open_page, address, article):
    page = open_page(address)
    ask(page, LOAN)
    ask(page, "What is the name of the dog?")
    page.locator(f"#{anchor(article, loan(article).number)}").click()
    card = page.get_by_role("dialog", name="This sentence")
    jump = card.get_by_role("button", name=f"{LOAN} [1]")
    jump.click()
    assert ["1", loan(article).text] in marked(page)
    assert page.evaluate("document.activeElement.textContent") == "1"


def test_sentences_and_panes_are_reached_by_keyboard(open_page, address, article):
    page = open_page(address)
    page.locator(f"#{anchor(article, 0)}").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == anchor(article, 1)
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="This sentence").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == anchor(article, 1)
    page.get_by_role("navigation").get_by_role("button", name="Articles").press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Articles"
    assert page.get_by_label("Or paste a text").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_label("Your question").is_visible()


def test_a_starter_is_asked_by_a_click_and_is_answered(open_page, address):
    page = open_page(address)
    starter = page.locator("#starters button").first
    text = starter.inner_text()
    starter.click()
    page.locator("#chat .answered").wait_for()
    assert page.locator("#chat .question").inner_text().endswith(text)
    assert not page.locator("#starters").is_visible()


def test_the_chat_survives_a_reload_with_its_marks(open_page, address, article):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    ask(page, "What is the name of the dog?")
    page.reload()
    page.locator("#chat .answer").nth(1).wait_for()
    assert page.locator("#chat .question").count() == 2
    page.locator("#chat .answered .short-answer").click()
    assert ["1", loan(article).text] in marked(page)


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


def test_a_question_entered_before_the_scripts_are_there_is_asked_once(open_page, address):
    page = open_page(address)
    scripts = []

    def hold(route):
        scripts.append(route)

    page.route("**/main.js", hold)
    page.goto(address, wait_until="commit")
    page.get_by_label("Your question").wait_for()
    page.keyboard.type(LOAN)
    page.keyboard.press("Enter")
    scripts[0].continue_()
    page.unroute("**/main.js")
    page.locator("#chat .answered").wait_for()
    ask(page, "What is the name of the dog?")
    assert questions(page) == [LOAN, "What is the name of the dog?"]


def test_what_is_typed_while_an_answer_is_on_its_way_stays_in_the_box(open_page, address):
    page = open_page(address)
    box = page.get_by_label("Your question")
    with held(page) as release:
        box.fill(LOAN)
        page.keyboard.press("Enter")
        assert box.input_value() == ""
        page.keyboard.type("What is the name")
        release()
    page.locator("#chat .answered").wait_for()
    page.locator("#chat .awaited").wait_for(state="detached")
    drawn(page)
    assert box.input_value() == "What is the name"
    page.keyboard.type(" of the dog?")
    page.keyboard.press("Enter")
    page.locator("#chat .answer").nth(1).wait_for()
    assert questions(page) == [LOAN, "What is the name of the dog?"]


def test_a_question_entered_while_another_waits_is_asked_after_it(open_page, address):
    page = open_page(address)
    with held(page) as release:
        page.get_by_label("Your question").fill(LOAN)
        page.keyboard.press("Enter")
        page.keyboard.type("What is the name of the dog?")
        page.keyboard.press("Enter")
        release()
    page.locator("#chat .answer").nth(1).wait_for()
    assert questions(page) == [LOAN, "What is the name of the dog?"]


def test_a_question_that_cannot_be_sent_is_back_in_the_box_and_can_be_sent_again(
    open_page, address
):
    page = open_page(address)
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Full"}))
    box = page.get_by_label("Your question")
    box.fill(LOAN)
    page.keyboard.press("Enter")
    becomes(page, lambda _: box.input_value(), LOAN)
    page.locator("#ask-problem", has_text="wait a moment").wait_for()
    assert page.locator("#chat .turn").count() == 0
    page.unroute("**/queue/join*")
    page.keyboard.press("Enter")
    page.locator("#chat .answered").wait_for()
    assert questions(page) == [LOAN]


def test_a_question_typed_before_what_was_kept_is_there_is_asked_after_it(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    with held(page) as release:
        page.goto(address)
        page.get_by_label("Your question").fill("What is the name of the dog?")
        page.keyboard.press("Enter")
        release()
    page.locator("#chat .answer").nth(1).wait_for()
    assert questions(page) == [LOAN, "What is the name of the dog?"]


def test_chat_and_own_articles_survive_a_restart_of_the_server(open_page, article, encoder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served([article], ready(engine_over([article], encoder)), port=port) as address:
        page = open_page(address)
        tab(page, "Articles")
        send_file(page, "articles", "tide.txt", TIDE.encode())
        page.locator("#work .message").filter(has_text="Added").wait_for()
        tab(page, "Ask")
        ask(page, "How many seals had nobody seen?")
        before = marked(page)
    with served([article], ready(engine_over([article], encoder)), port=port) as address:
        page.goto(address)
        page.locator("#chat .answered").wait_for()
        page.locator("#article .sentence", has_text="seals").wait_for()
        becomes(page, marked, before)
        answer = ask(page, "By how many metres did the tide rise?")
        assert "3 metres" in answer.locator("blockquote").first.inner_text()


def test_articles_are_pasted_dropped_and_picked(open_page, address, article):
    page = open_page(address)
    tab(page, "Articles")
    page.get_by_label("Or paste a text").fill(TIDE)
    page.get_by_label("Its title, if it has one").fill("The tide")
    page.get_by_role("button", name="Add the text").click()
    page.locator("#work .message").filter(has_text="Added “The tide”.").wait_for()
    becomes(page, picked, [[article.title, True], ["The tide", True]])
    assert page.get_by_label("Or paste a text").input_value() == ""
    assert page.get_by_label("Its title, if it has one").input_value() == ""
    tab(page, "Ask")
    drop(page, "moor.txt", "The moor burned for 9 days. Then came rain.")
    page.locator("#work .message").filter(has_text="The moor burned").wait_for()
    becomes(page, lambda page: [chosen for _, chosen in picked(page)], [True, True, True])
    becomes(page, lambda page: page.locator("#article .article").count(), 3)
    assert page.title() == "3 articles – Ask the article"
    tab(page, "Ask")
    answer = ask(page, "For how many days did the moor burn?")
    assert answer.locator(".where").first.inner_text().startswith("The moor burned")
    answer.locator("a.number").first.click()
    assert page.locator("#article .current").inner_text() == "The moor burned for 9 days."
    tab(page, "Articles")
    page.locator("#picker label", has_text="The tide").locator("input").uncheck()
    becomes(page, lambda page: page.locator("#article .article").count(), 2)
    page.get_by_role("button", name="Remove The tide").click()
    becomes(page, lambda page: page.locator("#picker label").count(), 2)


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


def test_what_cannot_be_an_article_is_said_and_changes_nothing(open_page, address, article):
    page = open_page(address)
    tab(page, "Articles")
    send_file(page, "articles", "broken.txt", b"\xff\xfe\xff")
    page.locator("#work .problem").filter(has_text="broken.txt").wait_for()
    assert "/" not in page.locator("#work .problem").inner_text()
    page.get_by_label("Or give an address").fill("file:///etc/passwd")
    page.get_by_role("button", name="Fetch it").click()
    page.locator("#work .problem").filter(has_text="http").wait_for()
    becomes(page, picked, [[article.title, True]])


def test_a_question_file_is_answered_as_by_the_command(
    open_page, address, article, engine, tmp_path
):
    rows = [{"id": n, "question": f"How large was the loan, no. {n}?"} for n in range(70)]
    data = "".join(f"{json.dumps(row)}\n" for row in rows) + "{\n"
    questions = tmp_path / "questions.jsonl"
    questions.write_text(data)
    strict = engine.with_settings(threshold=0.25)
    page = open_page(address)
    tab(page, "Question file")
    send_file(page, "questions", "questions.jsonl", data.encode())
    page.locator("#progress .message").filter(has_text="71 questions: ").wait_for()
    assert page.locator("#records tbody tr").count() == 71
    page.reload()
    page.locator("body[data-opened]").wait_for()
    tab(page, "Question file")
    page.locator("#progress .message").filter(has_text="71 questions: ").wait_for()
    page.locator("#level").select_option("error")
    assert page.locator("#records tbody tr").count() == 1
    page.locator("#level").select_option("")
    page.locator("#order").select_option("unsure")
    assert page.locator("#records tbody tr td").first.inner_text() == "71"
    page.locator("#order").select_option("number")
    for form in ("jsonl", "csv", "xlsx"):
        answer_file(strict, read_questions(questions), tmp_path / f"out.{form}")
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download .{form}").click()
        assert download.value.suggested_filename == f"answers.{form}"
        assert Path(download.value.path()).read_bytes() == (tmp_path / f"out.{form}").read_bytes()
    assert page.evaluate(
        """() => {
            const pane = document.querySelector("#file-pane").getBoundingClientRect();
            const table = document.querySelector("#records table").getBoundingClientRect();
            return table.left >= pane.left && table.right <= pane.right && table.width > 300;
        }"""
    )
    page.locator("#records a.number").first.hover()
    preview = page.locator("#records a.number").first.get_attribute("data-preview")
    assert page.locator("#preview").inner_text() == preview
    page.locator("#records a.number").first.click()
    assert ["1", loan(article).text] in marked(page)


class HeldReader(FirstNumberReader):
    """Reads three chunks of a file, slowly enough for the page to show it, and others once let go."""

    n_chunks = 0

    def __init__(self):
        self.let_go = Event()

    def read(self, requests):
        if len(requests) == CHUNK:
            time.sleep(SHOWN_AFTER_S)
            self.n_chunks += 1
            if self.n_chunks > 3:
                self.let_go.wait(LIMIT_MS / 1000)
        return super().read(requests)


def test_a_run_shows_how_far_it_is_and_can_be_cancelled(open_page, article, engine):
    held = HeldReader()
    slow = ArticleQA(engine.store, Settings(reader=held))
    with served([article], ready(slow)) as address:
        page = open_page(address)
        tab(page, "Question file")
        send_file(page, "questions", "many.txt", b"How large was the loan for the crane?\n" * 5000)
        page.locator("#progress .message").filter(
            has_text=re.compile(r"\d a second · .* left")
        ).wait_for()
        assert page.locator("#progress progress").get_attribute("max") == "5000"
        page.get_by_role("button", name="Cancel").click()
        page.locator("#progress .message").filter(has_text="Stopped").wait_for()
        shown = page.locator("#progress").inner_text()
        n_answered = int(re.search(r"after ([\d,]+) questions", shown)[1].replace(",", ""))
        assert 0 < n_answered < 5000
        assert page.locator("#records tbody tr").count() == n_answered
        held.let_go.set()


def test_a_bad_question_file_is_refused_in_one_line(open_page, address):
    page = open_page(address)
    tab(page, "Question file")
    send_file(page, "questions", "questions.csv", b"id,text\n1,Who?\n")
    page.locator("#progress .problem").filter(has_text="column named question").wait_for()


def test_a_waiting_question_can_be_stopped_and_is_back_in_the_box(open_page, article, encoder):
    engine = Future()
    with served([article], engine) as address:
        page = open_page(address, opened=False)
        page.locator("#chat .welcome").wait_for()
        page.get_by_label("Your question").fill("How large was the loan?")
        page.keyboard.press("Enter")
        page.locator(".awaited").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator(".awaited").wait_for(state="detached")
        assert page.locator("#chat .turn").count() == 0
        assert page.get_by_label("Your question").input_value() == "How large was the loan?"
        engine.set_result(engine_over([article], encoder))


def test_the_last_question_is_edited_and_its_answer_replaced_and_that_undone(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    box = page.get_by_label("Your question")
    box.press("ArrowUp")
    assert box.input_value() == LOAN
    box.press("Escape")
    assert box.input_value() == ""
    page.get_by_role("button", name="Edit", exact=True).click()
    assert box.input_value() == LOAN
    assert page.locator("#chat .turn").count() == 1
    page.keyboard.press("End")
    page.keyboard.type(" And who paid?")
    page.keyboard.press("Enter")
    page.locator("#note", has_text="replaced").wait_for()
    assert questions(page) == [f"{LOAN} And who paid?"]
    page.get_by_role("button", name="Undo").click()
    becomes(page, questions, [LOAN, f"{LOAN} And who paid?"])
    page.get_by_role("button", name="Delete", exact=True).first.click()
    becomes(page, questions, [f"{LOAN} And who paid?"])


def test_an_answer_is_copied_as_text_and_as_a_link(open_page, address, article):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.locator("#note").filter(has_text="The answer is copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("How large was the loan for the new crane?\n40\n[1] ")
    assert loan(article).text in copied
    page.get_by_role("button", name="Copy link").first.click()
    page.locator("#note").filter(has_text="The link is copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{address}?q=How%20large%20was%20the%20loan%20for%20the%20new%20crane%3F"


def test_a_link_opens_the_page_with_its_question_asked_once(open_page, address):
    page = open_page(f"{address}?q=How%20large%20was%20the%20loan%3F", opened=False)
    page.locator("#chat .answered").wait_for()
    assert "?" not in page.url
    page.reload()
    page.locator("#chat .answered").wait_for()
    ask(page, "What is the name of the dog?")
    assert questions(page) == ["How large was the loan?", "What is the name of the dog?"]


def test_a_vote_and_its_word_are_lines_of_a_local_file(open_page, address, feedback):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("Why?").fill("<b>wrong</b> crane")
    page.get_by_label("Why?").press("Enter")
    page.locator(".why", has_text="Noted: <b>wrong</b> crane").wait_for()
    assert page.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Bad answer").click()
    page.locator(".why").wait_for(state="detached")
    assert page.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "false"
    lines = [json.loads(line) for line in feedback.read_text().splitlines()]
    votes = [("down", ""), ("down", "<b>wrong</b> crane"), ("", "")]
    assert [(v["vote"], v["word"]) for v in lines] == votes
    assert lines[0]["answer"]["citations"][0]["number"] == 1


def test_a_vote_that_cannot_be_written_is_told_and_not_shown(open_page, article, encoder, tmp_path):
    engine = ready(engine_over([article], encoder))
    with served([article], engine, tmp_path) as address:
        page = open_page(address)
        ask(page, LOAN)
        page.get_by_role("button", name="Good answer").click()
        page.get_by_text(f"{tmp_path.name} cannot be written").first.wait_for()
        assert page.get_by_role("button", name="Good answer").get_attribute("aria-pressed") == (
            "false"
        )


def test_the_chat_is_exported_in_three_forms(open_page, address, article, tmp_path):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    ask(page, "What is the name of the dog?")
    texts = {}
    for form, name in FORMS:
        with page.expect_download() as download:
            menu(page, "#export", name)
        assert download.value.suggested_filename == f"article-qa-chat.{form}"
        texts[form] = Path(download.value.path()).read_text(encoding="utf-8")
    assert "## How large was the loan for the new crane?" in texts["md"].replace("\\", "")
    exported = json.loads(texts["json"])
    assert exported["articles"][0]["text"] == article.text
    citation = exported["turns"][0]["answer"]["citations"][0]
    assert article.text[citation["start"] : citation["end"]] == citation["quote"]
    page.set_content(texts["html"])
    cited = page.locator(f"#{anchor(article, loan(article).number)}")
    assert cited.get_attribute("data-number") == "1.1"
    assert page.locator("script, link, img").count() == 0
    assert page.locator(".turn").count() == 2


def set_to(page, setting, value):
    page.get_by_label(setting).fill(str(value))


STRICT = "Lenient (0) to strict (1)"


def test_settings_are_obeyed(open_page, address):
    page = open_page(address)
    tab(page, "Settings")
    set_to(page, STRICT, 0.95)
    set_to(page, "Citations", 1)
    tab(page, "Ask")
    assert "unsure" in ask(page, LOAN).get_attribute("class")
    tab(page, "Settings")
    set_to(page, STRICT, 0.5)
    tab(page, "Ask")
    assert ask(page, LOAN).locator("blockquote").count() == 1


def test_settings_and_the_choice_of_articles_are_kept_over_a_reload(open_page, address, article):
    page = open_page(address)
    tab(page, "Articles")
    send_file(page, "articles", "tide.txt", TIDE.encode())
    page.locator("#work .message").filter(has_text="Added").wait_for()
    page.get_by_role("checkbox", name=article.title).uncheck()
    chosen = [[article.title, False], [Article.from_text(TIDE).title, True]]
    becomes(page, picked, chosen)
    page.locator("#article .sentence", has_text="Mayor").wait_for(state="detached")
    tab(page, "Settings")
    set_to(page, STRICT, 0.95)
    set_to(page, "Citations", 1)
    page.reload()
    page.locator("#article .sentence", has_text="seals").wait_for()
    tab(page, "Settings")
    assert page.get_by_label(STRICT).input_value() == "0.95"
    assert page.get_by_label("Citations").input_value() == "1"
    becomes(page, picked, chosen)
    tab(page, "Ask")
    assert "unsure" in ask(page, "How many seals had nobody seen?").get_attribute("class")


def test_the_page_itself_never_scrolls(open_page, address):
    page = open_page(address)
    for n in range(6):
        ask(page, f"{LOAN} And ship number {n}?")
    page.locator("#chat .answer a.number").first.click()
    page.reload()
    page.locator("#chat .answer").nth(5).wait_for()
    for place in (0, 100_000):
        page.locator("#chat").evaluate("(pane, to) => pane.scrollTo(0, to)", place)
        for name in ("Ask", "Articles", "Question file", "Settings"):
            tab(page, name)
            assert page.evaluate(OVERFLOWING) == [], name


# What scrolls, or is scrolled, beside the panes that are meant to.
OVERFLOWING = """() => [...document.querySelectorAll("*")]
    .filter(e => e.contains(document.querySelector("#panes")) || e.matches(".pane:not(.side)"))
    .filter(e => e.scrollTop > 0 || e.scrollHeight > Math.max(e.clientHeight, innerHeight))
    .concat([...document.querySelectorAll("#panes")]
        .filter(e => Math.abs(e.getBoundingClientRect().bottom - innerHeight) > 1))
    .map(e => `${e.tagName} ${e.id} ${e.className}`)"""


def test_a_question_shows_how_it_was_understood_where_its_spelling_was_mended(open_page, address):
    page = open_page(address)
    assert not ask(page, "How large was Ada Lind's loan?").locator(".understood").count()
    understood = ask(page, "How large was Ada Lnid's loan?").locator(".understood")
    assert understood.inner_text() == "Understood as: How large was Ada Lind's loan? Change"
    understood.get_by_role("button", name="Change").click()
    assert page.get_by_label("Your question").input_value() == "How large was Ada Lind's loan?"


def test_text_is_found_across_sentences_by_the_browsers_own_search(open_page, address):
    page = open_page(address)
    assert page.evaluate("window.find('after the storm. Nobody was hurt')")
    assert "storm. Nobody" in page.evaluate("getSelection().toString()")


class HeldBagOfWords:
    """The bag of words, slow enough that its progress is shown, and held until that was seen."""

    def __init__(self, encoder):
        self.inner, self.seen = encoder, Event()
        self.seen.set()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def encode_passages(self, texts):
        if not self.seen.is_set():
            time.sleep(SHOWN_AFTER_S)
            self.seen.wait(0 if self.n_batches == 0 else LIMIT_MS / 1000)
            self.n_batches += 1
        return self.inner.encode_passages(texts)

    n_batches = 0


def test_adding_a_long_article_shows_how_far_it_is(open_page, article, encoder):
    slow = HeldBagOfWords(encoder)
    with served([article], ready(engine_over([article], slow))) as address:
        page = open_page(address)
        slow.seen.clear()
        tab(page, "Articles")
        text = " ".join(f"Gull number {n} sat on the {n}th pole." for n in range(300))
        send_file(page, "articles", "gulls.txt", text.encode())
        page.locator("#work progress[value]").wait_for()
        line = page.locator("#work .message").filter(has_text=re.compile(r"of \d+ .*read .* left"))
        line.wait_for()
        slow.seen.set()
        page.locator("#work .message").filter(has_text="Added").wait_for()
        assert page.locator("#work progress").count() == 0


def test_nothing_moves_by_itself_where_less_motion_is_wanted(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    moving = """[...document.querySelectorAll("*")].map(e => getComputedStyle(e))
        .filter(s => s.transitionProperty !== "none" && s.transitionDuration !== "0s"
            || s.animationName !== "none").length"""
    assert page.evaluate(moving) == 0


@pytest.fixture(scope="module")
def real(shared):
    """The engine over the real article, and the address of its page."""
    engine = ArticleQA.from_file(shared / "article.txt")
    with served(engine.articles, ready(engine)) as address:
        yield engine, address


def first_asked(engine, questions, status):
    return next(q for q in questions if engine.ask(q).status == status)


def test_the_real_article_is_asked_and_its_cited_sentences_are_marked(open_page, real, shared):
    engine, address = real
    strict = engine.with_settings(threshold=0.25)
    rows = (shared / "questions" / "article_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(row)["question"] for row in rows]
    page = open_page(address)
    for question in (
        first_asked(strict, questions, "answered"),
        first_asked(strict, questions, "not_found"),
    ):
        expected, answer = strict.ask(question), ask(page, question)
        quoted = [c.quote for c in expected.citations or expected.nearest]
        assert answer.locator("blockquote").all_inner_texts() == [one_line(q) for q in quoted]
        assert sorted(marked(page)) == [[str(c.number), c.quote] for c in expected.citations]
        if expected.answered:
            assert answer.locator(".short-answer").inner_text() == expected.headline
            answer.get_by_role("link", name="Citation 1").click()
            first = expected.citations[0]
            assert in_view(page, anchor(first.article, first.sentence_number))
        else:
            assert answer.locator(".reason").inner_text() == expected.text
            assert answer.locator(".label").inner_text() == "Nearest sentences"


def test_follow_ups_on_the_real_article_are_answered_as_in_python(open_page, real, shared):
    engine, address = real
    strict = engine.with_settings(threshold=0.25)
    rows = (shared / "questions" / "followups_dev.jsonl").read_text(encoding="utf-8").splitlines()
    page = open_page(address)
    for row in map(json.loads, rows[:3]):
        history = History()
        for question in row["history"]:
            ask(page, question)
            history = history.after(strict.ask(question, history=history))
        expected = strict.ask(row["question"], history=history)
        answer = ask(page, row["question"])
        quoted = [one_line(c.quote) for c in expected.citations or expected.nearest]
        assert answer.locator("blockquote").all_inner_texts() == quoted
        menu(page, "#conversations", "New conversation")
        page.locator("#chat .welcome").wait_for()


def test_the_real_article_is_asked_beside_another(open_page, real):
    engine, address = real
    page = open_page(address)
    tab(page, "Articles")
    send_file(page, "articles", "tide.txt", TIDE.encode())
    page.locator("#work .message").filter(has_text="Added").wait_for()
    becomes(page, lambda page: page.locator("#article .article").count(), 2)
    assert [title for title, chosen in picked(page) if chosen] == [
        engine.articles[0].title,
        Article.from_text(TIDE).title,
    ]
    tab(page, "Ask")
    answer = ask(page, "By how many metres did the tide at Arvik rise?")
    assert "3 metres" in answer.locator("blockquote").first.inner_text()
    assert answer.locator(".where").first.inner_text() == Article.from_text(TIDE).title


def slow_line(page, latency_ms):
    """Delay each response by some milliseconds."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**conditions, "latency": latency_ms})


@pytest.mark.parametrize("latency_ms", [300, 900])
def test_on_a_slow_line_a_question_stands_there_at_once_and_no_letter_is_lost(
    open_page, address, latency_ms
):
    page = open_page(address)
    slow_line(page, latency_ms)
    box = page.get_by_label("Your question")
    box.fill(LOAN)
    page.evaluate(
        """() => document.addEventListener("keydown", () => {
            const start = performance.now();
            const look = () => document.querySelector("#turns .awaited")
                ? (window.echo = performance.now() - start) : requestAnimationFrame(look);
            look();
        }, {once: true, capture: true})"""
    )
    page.keyboard.press("Enter")
    typed = "What is the name of the dog, and who keeps it?"
    page.keyboard.type(typed, delay=90)  # the answer comes while this is typed
    page.locator("#chat .answered").wait_for()
    assert box.input_value() == typed
    assert page.evaluate("window.echo") < 250
    assert page.evaluate("document.activeElement.id") == "question"


def test_nothing_moves_while_the_page_loads(open_page, address):
    page = open_page(address)
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    page.reload()
    page.locator("#overview li").first.wait_for()
    assert page.evaluate("window.shift") < 0.1


def test_quote_sentence_and_tick_have_one_colour_and_light_each_other(open_page, address, article):
    page = open_page(address)
    answer = ask(page, LOAN)
    sentence = page.locator(f"#{anchor(article, loan(article).number)}")
    link = answer.get_by_role("link", name="Citation 1")
    hue = "e => getComputedStyle(e).getPropertyValue('--hue')"
    ticks = page.locator("#ticks span")
    assert ticks.count() == len(marked(page)) == 2
    numbers = [n for n, _ in marked(page)]
    tick = ticks.nth(numbers.index("1"))
    assert link.evaluate(hue) == sentence.evaluate(hue) == tick.evaluate(hue) != ""
    assert sentence.locator("mark").inner_text() == "40"
    assert page.locator(".turn.active").count() == 1
    answer.locator("blockquote").first.hover()
    assert "lit" in sentence.get_attribute("class")
    page.mouse.move(0, 0)
    sentence.scroll_into_view_if_needed()
    sentence.hover()
    assert "lit" in answer.locator("li").first.get_attribute("class")


def test_arrow_keys_walk_the_citations(open_page, address, article):
    page = open_page(address)
    answer = ask(page, LOAN)
    answer.get_by_role("link", name="Citation 1").press("Enter")
    assert page.evaluate("document.activeElement.id") == anchor(article, loan(article).number)
    page.keyboard.press("ArrowDown")
    second = answer.locator("a.number").nth(1).get_attribute("href")
    assert page.evaluate("'#' + document.activeElement.id") == second
    assert page.locator("#walk-at").inner_text() == "2 of 2"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == anchor(article, loan(article).number)


def test_a_sentence_offers_questions_that_it_answers_or_else_to_be_copied(open_page, address):
    page = open_page(address)
    page.locator("#article .sentence", has_text="14 fishermen").click()
    card = page.get_by_role("dialog", name="This sentence")
    card.get_by_role("button", name="How many fishermen helped the town for a week?").click()
    page.locator("#chat .answered").wait_for()
    assert "14 fishermen" in page.locator("#turns blockquote").first.inner_text()
    page.locator("#article .sentence", has_text="Nobody was hurt").click()
    card.get_by_role("button", name="Copy with citation").click()
    page.locator("#note", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“Nobody was hurt.” (The harbour reopens, http")


def test_a_selected_text_is_asked_about(open_page, address):
    page = open_page(address)
    page.locator("#article .sentence", has_text="Mayor").select_text()
    page.get_by_role("toolbar", name="The selected text").wait_for()
    page.get_by_role("button", name="Ask about it").click()
    assert "Mayor Ada Lind" in page.get_by_label("Your question").input_value()


def test_a_link_opens_at_its_sentence(open_page, address, article):
    sentence = anchor(article, loan(article).number)
    page = open_page(f"{address}#{sentence}")
    assert page.locator("#article .current").get_attribute("id") == sentence
    assert in_view(page, sentence)


def test_the_text_is_searched(open_page, address):
    page = open_page(address)
    page.locator("#article").focus()
    page.keyboard.press("/")
    page.keyboard.type("calm  WATER")
    assert page.locator("#search-at").inner_text() == "1 of 40"
    page.keyboard.press("Enter")
    assert page.locator("#search-at").inner_text() == "2 of 40"
    page.keyboard.press("Shift+Enter")
    page.keyboard.type(" nowhere")
    assert page.locator("#search-at").inner_text() == "not found"
    page.keyboard.press("Escape")
    assert page.locator("#search-words").input_value() == ""


def test_a_conversation_belongs_to_its_articles(open_page, address, article):
    page = open_page(address)
    ask(page, LOAN)
    tab(page, "Articles")
    send_file(page, "articles", "tide.txt", TIDE.encode())
    page.locator("#work .message").filter(has_text="Added").wait_for()
    tab(page, "Ask")
    becomes(page, questions, [])
    ask(page, "How many seals had nobody seen?")
    tab(page, "Articles")
    page.get_by_role("button", name="Remove ").click()
    becomes(page, picked, [[article.title, True]])
    tab(page, "Ask")
    becomes(page, questions, [LOAN])


def test_two_tabs_write_one_conversation_without_loss(open_page, address):
    one = open_page(address)
    ask(one, LOAN)
    other = open_page(address)
    becomes(other, questions, [LOAN])
    ask(other, "What is the name of the dog?")
    becomes(one, questions, [LOAN, "What is the name of the dog?"])
    ask(one, "How many days was the harbour closed?")
    becomes(other, lambda page: len(questions(page)), 3)


def test_conversations_are_named_and_switched(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    menu(page, "#conversations", "Rename")
    page.get_by_label("Name of the conversation").fill("The crane")
    page.keyboard.press("Enter")
    page.locator("#conversation-name", has_text="The crane").wait_for()
    menu(page, "#conversations", "New conversation")
    ask(page, "What is the name of the dog?")
    menu(page, "#conversations", "The crane")
    becomes(page, questions, [LOAN])


def test_a_print_holds_conversation_and_article_and_nothing_to_press(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    page.emulate_media(media="print")
    for selector in (".turn .question", ".turn blockquote", "#article .cited"):
        assert page.locator(selector).first.is_visible(), selector
    for selector in ("#ask-form", ".actions", "nav", "#search"):
        assert not page.locator(selector).first.is_visible(), selector


@pytest.mark.parametrize("size", [(320, 256), (390, 844), (2560, 1440)])
def test_the_box_is_in_view_at_400_percent_and_other_sizes(open_page, address, size):
    page = open_page(address, width=size[0], height=size[1])
    ask(page, LOAN)
    assert has_no_sideways_scroll(page)
    page.locator("#title").evaluate("e => e.textContent = 'A long title without end '.repeat(20)")
    assert page.locator("#panes").evaluate("e => e.getBoundingClientRect().width") <= size[0]
    left, right = page.get_by_label("Your question").evaluate(
        "e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"
    )
    assert 0 <= left < right <= size[0]


def test_with_a_password_a_page_of_our_own_asks_for_it(open_page, article, engine):
    page_ = ui.build_page([article], ready(engine), 0.25, Path("/dev/null"))
    address = ui.launch(page_, auth=("me", "secret"))
    try:
        page = open_page(address, login=True)
        assert page.locator(".sentence").count() == 0
        page.get_by_label("Name").fill("me")
        for password in ("guess", "secret"):
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Log in").click()
            if password == "guess":
                page.get_by_role("alert").filter(has_text="not right").wait_for()
        page.locator("body[data-opened]").wait_for()
        assert "40" in ask(page, LOAN).inner_text()
    finally:
        page_.close()


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core; asked for before a page, so that none is opened without it."""
    path = Path(os.environ.get("AXE_CORE", ""))
    if not path.is_file():
        missing = "needs axe-core (npm install axe-core; AXE_CORE names its axe.min.js)"
        pytest.fail(missing) if REQUIRED else pytest.skip(missing)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(axe, open_page, address, scheme):
    page = open_page(address, scheme=scheme)
    ask(page, "What is the name of the dog?")
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Good answer").last.click()
    page.get_by_label("Why?").wait_for()
    page.locator(".article .sentence").nth(2).click()
    page.evaluate(axe)
    for pane in ("Ask", "Articles", "Question file", "Settings"):
        tab(page, pane)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        problems = [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]]
        assert problems == [], pane


@pytest.mark.parametrize(("width", "height"), [(380, 700), (640, 400)])
def test_nothing_scrolls_sideways_when_narrow_or_at_200_percent(open_page, address, width, height):
    page = open_page(address, width=width, height=height)
    for name in ("Ask", "Read", "Articles", "Question file", "Settings"):
        tab(page, name)
        assert has_no_sideways_scroll(page), name


def test_hostile_text_runs_nothing_and_is_shown_as_it_is(open_page, encoder, tmp_path):
    text = "\n\n".join(f"Payload number {n} is {p} and ends." for n, p in enumerate(HOSTILE))
    article = Article.from_text(text, title=HOSTILE[0], source=HOSTILE[1])
    with served([article], ready(engine_over([article], encoder)), tmp_path / "votes") as address:
        page = open_page(address, opened=False)
        page.locator("#loading").wait_for(state="hidden")
        page.locator("#chat .welcome").wait_for()
        for n, payload in enumerate(HOSTILE):
            ask(page, f"Payload number {n} {payload}")
        for s in article.sentences:
            shown = page.locator(f"#{anchor(article, s.number)}").evaluate("e => e.textContent")
            assert shown == s.text
        page.reload()
        page.locator("#chat .turn").nth(len(HOSTILE) - 1).wait_for()
        assert questions(page) == [f"Payload number {n} {p}" for n, p in enumerate(HOSTILE)]
        for form, name in FORMS:
            with page.expect_download() as download:
                menu(page, "#export", name)
            (tmp_path / f"chat.{form}").write_bytes(Path(download.value.path()).read_bytes())
        tab(page, "Articles")
        page.get_by_label("Or paste a text").fill(f"{HOSTILE[2]} is pasted here.")
        page.get_by_label("Its title, if it has one").fill(HOSTILE[3])
        page.get_by_role("button", name="Add the text").click()
        page.locator("#work .message").filter(has_text="Added").wait_for()
        for payload in HOSTILE:
            send_file(page, "articles", f"{payload}.txt".replace("/", "_"), b"\xff\xfe\xff")
            page.locator("#work .problem").wait_for()
            page.locator("#work").evaluate("e => e.replaceChildren()")
        tab(page, "Question file")
        rows = "".join(f"{json.dumps({'id': p, 'question': p})}\n" for p in HOSTILE)
        send_file(page, "questions", "q.jsonl", rows.encode())
        page.locator("#progress .message").filter(has_text=f"{len(HOSTILE)} questions: ").wait_for()
        assert page.evaluate(UNWANTED) == []
        assert page.locator("#picker input").count() == 2
        assert page.evaluate("window.hacked") is None
        page.goto("about:blank")
        page.set_content((tmp_path / "chat.html").read_text(encoding="utf-8"))
        assert page.locator("script, img, svg, iframe, form, link, h1, b, input").count() == 0
        assert page.evaluate("window.hacked") is None


# In what we render there is none of these.
UNWANTED = """() => [...document.querySelectorAll(
    ".turn :is(script, img, svg, iframe, form:not(.why), link, style, b, object, embed), "
    + "#article :is(script, img, svg, iframe, form, link, style, b, object, embed), "
    + "#panes :is(script, img, iframe, link, b, h1)")].map(element => element.outerHTML)"""


def test_programs_can_ask_retrieve_and_batch(address, article, engine, tmp_path):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict("How large was the loan for the new crane?", api_name="/ask")
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] == loan(article).text
    one = client.predict("How large was the loan?", max_citations=1, api_name="/ask")
    assert len(one["citations"]) == 1
    hits = client.predict("How large was the loan?", top_k=2, api_name="/retrieve")
    assert [set(hit) for hit in hits] == [set(engine.retrieve("loan", 1)[0].to_dict())] * 2
    (tmp_path / "q.txt").write_text("How large was the loan?\n?!\n")
    answer_file(engine, read_questions(tmp_path / "q.txt"), tmp_path / "out.csv")
    text = client.predict("How large was the loan?\n?!\n", "txt", "csv", api_name="/batch")
    assert text.encode() == (tmp_path / "out.csv").read_bytes()
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/ask", "/retrieve", "/batch"}
    for endpoint in named.values():
        for parameter in endpoint["parameters"]:
            assert f"{parameter['parameter_name']}: " in endpoint["description"]
    client.close()


FERRY = """The ferry in its second year

The ferry to Lommen carried 184 thousand people last year. {filler}

Timetable

- Line: North; First boat: 6:10 a.m.; Price: 48 kronor
- Line: South; First boat: 7:15 a.m.; Price: 36 kronor

The crew

Captain Ylva Brandt leads 11 sailors. {filler}

The next boat

The second boat costs 92 million kronor. {filler}
""".format(filler=" ".join(f"Wave number {n} came from the west and went." for n in range(40)))


@pytest.fixture(scope="module")
def ferry():
    return Article.from_text(FERRY, notes=["left out: 2 pictures"])


@pytest.fixture(scope="module")
def ferry_address(ferry, encoder):
    with served([ferry], ready(engine_over([ferry], encoder))) as address:
        yield address


SOUTH = "What is the price of the line South?"


def row_of(article, word):
    return next(s for s in article.sentences if s.kind == "row" and word in s.text)


def test_a_table_is_drawn_with_its_cited_row_marked_and_its_text_whole(
    open_page, ferry_address, ferry
):
    page = open_page(ferry_address)
    heads = page.locator("#article table").get_by_role("columnheader")
    assert heads.all_inner_texts() == ["Line", "First boat", "Price"]
    answer = ask(page, SOUTH)
    south = row_of(ferry, "South")
    assert answer.locator("blockquote").first.inner_text() == south.text
    row = page.locator(f"tr#{anchor(ferry, south.number)}")
    assert ["1", south.text] in marked(page)
    assert row.locator("td").all_inner_texts() == ["South", "7:15 a.m.", "36 kronor"]
    assert row.locator("mark").inner_text() == "7"
    number = "e => getComputedStyle(e, '::before').content"
    assert row.locator("td").first.evaluate(number).startswith('"1"')
    assert row.get_by_role("cell").count() == 3
    assert page.locator("#ticks span").count() == len(marked(page))
    ask(page, "How many sailors does Captain Ylva Brandt lead?")
    assert row.locator("mark").count() == 0
    assert row.evaluate("e => e.textContent") == south.text


def test_on_a_phone_the_sheet_shows_the_table_and_the_export_too(
    open_page, ferry_address, ferry, tmp_path
):
    page = open_page(ferry_address, width=390, height=844)
    ask(page, SOUTH).get_by_role("link", name="Citation 1").click()
    sheet = page.get_by_role("dialog", name="The citation in its context")
    assert sheet.get_by_role("columnheader").count() == 3
    assert sheet.locator("tr.current").inner_text().split("\t") == [
        "South",
        "7:15 a.m.",
        "36 kronor",
    ]
    sheet.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        menu(page, "#export", "Web page")
    page.goto("about:blank")
    page.set_content(Path(download.value.path()).read_text(encoding="utf-8"))
    row = page.locator(f"tr#{anchor(ferry, row_of(ferry, 'South').number)}")
    assert row.get_attribute("data-number") == "1.1"
    assert row.locator("td").all_inner_texts() == ["South", "7:15 a.m.", "36 kronor"]
    assert has_no_sideways_scroll(page)


def test_what_was_left_out_of_an_article_stands_under_its_answers(open_page, ferry_address):
    page = open_page(ferry_address)
    answer = ask(page, SOUTH)
    assert answer.locator(".note").all_inner_texts() == ["left out: 2 pictures"]
    page.get_by_role("button", name="Copy", exact=True).click()
    page.locator("#note").filter(has_text="The answer is copied.").wait_for()
    assert "left out: 2 pictures" in page.evaluate("navigator.clipboard.readText()")


def test_the_contents_lead_to_each_heading(open_page, ferry_address):
    page = open_page(ferry_address)
    contents = page.locator("#contents")
    contents.locator("summary").click()
    names = contents.get_by_role("button").all_inner_texts()
    assert names == ["Timetable", "The crew", "The next boat"]
    contents.get_by_role("button", name="The next boat").click()
    assert not contents.get_by_role("button", name="Timetable").is_visible()
    heading = page.get_by_role("heading", name="The next boat").locator(".sentence")
    assert in_view(page, heading.get_attribute("id"))
    assert page.evaluate("document.activeElement.id") == heading.get_attribute("id")


def test_a_short_article_has_no_contents(open_page, address):
    assert not open_page(address).locator("#contents").is_visible()


def test_the_panes_are_made_wider_by_mouse_and_keys_and_stay_so(open_page, address):
    page = open_page(address)
    width = "document.querySelector('#chat-pane').getBoundingClientRect().width"
    divider = page.get_by_role("separator", name="Width of the questions")
    box = divider.bounding_box()
    page.mouse.move(box["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(768, 400)
    page.mouse.up()
    becomes(page, lambda _: divider.get_attribute("aria-valuenow"), "60")
    assert page.evaluate(width) == pytest.approx(768, abs=8)
    page.mouse.move(300, 400)  # the button is up: nothing moves
    assert divider.get_attribute("aria-valuenow") == "60"
    divider.focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    becomes(page, lambda _: divider.get_attribute("aria-valuenow"), "25")
    page.reload()
    page.locator("body[data-opened]").wait_for()
    becomes(page, lambda _: divider.get_attribute("aria-valuenow"), "25")
    assert page.evaluate(width) == pytest.approx(320, abs=8)


def test_in_forced_colours_what_is_active_cited_and_chosen_can_be_told(open_page, address):
    page = open_page(address)
    page.emulate_media(forced_colors="active")
    older = ask(page, "How many days was the harbour closed after the storm?")
    answer = ask(page, LOAN)
    edge = "e => getComputedStyle(e).borderLeftColor"
    assert answer.evaluate(edge) != older.evaluate(edge)
    cited, other = page.locator("#article .cited").first, page.locator("p .sentence:not(.cited)")
    line = "e => getComputedStyle(e).textDecorationLine"
    assert (cited.evaluate(line), other.first.evaluate(line)) == ("underline", "none")
    paper = "e => getComputedStyle(e).backgroundColor"
    assert answer.locator("mark").evaluate(paper) != answer.evaluate(paper)
    tabs = page.get_by_role("navigation").get_by_role("button")
    foot = "e => getComputedStyle(e).borderBottomColor"
    pressed = tabs.and_(page.locator("[aria-pressed=true]")).evaluate(foot)
    assert pressed != page.get_by_role("button", name="Articles", exact=True).evaluate(foot)
    for thumb in page.locator(".actions .thumb").all():
        assert thumb.evaluate(paper) != answer.evaluate(paper)


def test_at_400_percent_the_page_scrolls_and_the_box_hides_nothing(open_page, ferry_address, ferry):
    page = open_page(ferry_address, width=320, height=256)
    bottom = "e => Math.round(innerHeight - e.getBoundingClientRect().bottom)"
    assert page.evaluate("scrollY") == 0
    for question in ("Who leads the sailors?", "What does the second boat cost?"):
        answer = ask(page, question)
        assert page.locator("#ask-form").evaluate(bottom) == 0
    link = answer.get_by_role("link", name="Citation 1")
    page.locator("#question").focus()
    link.focus()
    covered = """e => {
        const box = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(box.left + 5, box.bottom - 3));
    }"""
    assert link.evaluate(covered)
    link.click()
    page.get_by_role("button", name="Read on in the article").click()
    cited = page.locator("#article .current")
    page.wait_for_function("history.state === null")
    drawn(page)
    assert cited.evaluate(covered)
    assert has_no_sideways_scroll(page)


@pytest.mark.parametrize("width", [1280, 2560])
def test_no_line_has_many_more_than_65_letters(open_page, ferry_address, width):
    page = open_page(ferry_address, width=width, height=1000)
    ask(page, f"{SOUTH} {'And of all the other lines to the islands of the north? ' * 3}")
    assert 40 < page.evaluate(LONGEST_LINE, "#article p") <= 70
    for selector in ("#turns .question", "#turns blockquote", ".answer p"):
        assert page.evaluate(LONGEST_LINE, selector) <= 70, selector


# The most letters in a line of the elements that a selector finds.
LONGEST_LINE = """selector => {
    let most = 0;
    for (const element of document.querySelectorAll(selector)) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        let bottom = null, n = 0;
        while (walker.nextNode()) for (let i = walker.currentNode.parentElement.matches(".hidden-text") ? 1e9 : 0; i < walker.currentNode.length; i++) {
            const range = document.createRange();
            range.setStart(walker.currentNode, i);
            range.setEnd(walker.currentNode, i + 1);
            const [box] = range.getClientRects(); // a space at a line's end has one in the next too
            if (!box?.width) continue;
            if (bottom !== null && box.top > bottom - 2) n = 0;
            bottom = n ? Math.max(box.bottom, bottom) : box.bottom;
            most = Math.max(most, ++n);
        }
    }
    return most;
}"""


def test_arrow_keys_walk_citations_of_several_articles(open_page, address, ferry):
    page = open_page(address)
    drop(page, "ferry.txt", FERRY)
    page.locator("#work .message").filter(has_text="Added").wait_for()
    becomes(page, lambda page: page.locator("#article .article").count(), 2)
    tab(page, "Ask")
    answer = ask(page, f"{LOAN} What does the second boat cost?")
    links = answer.locator("a.number")
    titles = "all => all.map(a => document.querySelector(a.hash).closest('article').ariaLabel)"
    assert len(set(links.evaluate_all(titles))) == 2
    links.first.press("Enter")
    visited = [page.evaluate("'#' + document.activeElement.id")]
    for _ in range(links.count() - 1):
        page.keyboard.press("ArrowDown")
        visited.append(page.evaluate("'#' + document.activeElement.id"))
        assert in_view(page, visited[-1][1:])
    assert visited == links.evaluate_all("all => all.map(a => a.hash)")


def test_clicking_an_older_answer_scrolls_to_its_sentence(open_page, ferry_address, ferry):
    page = open_page(ferry_address)
    older = ask(page, "How many thousand people did the ferry to Lommen carry?")
    ask(page, "What does the second boat cost?")
    first = anchor(ferry, next(s.number for s in ferry.sentences if "184" in s.text))
    assert not in_view(page, first)
    older.locator(".short-answer").click()
    assert in_view(page, first)


def test_what_only_the_setting_stands_against_is_shown_on_request(open_page, address, article):
    page = open_page(address)
    tab(page, "Settings")
    set_to(page, STRICT, 1)
    tab(page, "Ask")
    answer = ask(page, "How large was, perhaps, the loan for the new crane?")
    assert answer.locator(".reason").inner_text() == "Found, but below your setting (50% < 100%)."
    assert not answer.locator("blockquote").first.is_visible()
    answer.get_by_text("Show it").click()
    assert answer.locator("blockquote").first.inner_text() == loan(article).text
    answer.get_by_role("link", name="Citation 1").click()
    assert in_view(page, anchor(article, loan(article).number))


def test_a_greeting_and_an_overview_are_answered_with_what_can_be_asked(
    open_page, ferry_address, ferry
):
    page = open_page(ferry_address)
    greeting = ask(page, "hi")
    offered = greeting.locator(".starters button").all_inner_texts()
    assert offered[0] == "What is this about?"
    assert len(offered) == len(set(offered))
    assert greeting.locator(".confidence, blockquote").count() == 0
    greeting.get_by_role("button", name="What is this about?").click()
    page.locator("#turns .answer").nth(1).wait_for()
    drawn(page)
    overview = page.locator("#turns .answer").nth(1)
    quoted = overview.locator("blockquote").all_inner_texts()
    assert 3 <= len(quoted) <= 5
    assert sorted(quoted) == sorted(text for _, text in marked(page))
    assert page.title() == f"{ferry.title} – Ask the article"


def test_each_part_of_a_question_is_answered_or_has_no_answer(open_page, address):
    page = open_page(address)
    answer = ask(page, f"1) {LOAN} 2) What is the name of the dog? 3) How many fishermen helped?")
    lines = answer.locator(".reason").all_inner_texts()
    assert len(lines) == 3
    assert "40" in lines[0]
    assert lines[1] == "I found no answer I am sure of to: What is the name of the dog?"


def test_a_selected_text_is_copied_with_its_citation(open_page, address):
    page = open_page(address)
    page.locator("#article .sentence", has_text="Mayor").select_text()
    page.get_by_role("toolbar", name="The selected text").wait_for()
    page.get_by_role("button", name="Copy with citation").click()
    page.locator("#note", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“Mayor Ada Lind paid for the new crane")


def test_a_sentences_link_opens_at_it_in_another_tab(open_page, address, article):
    page = open_page(address)
    page.locator(f"#{anchor(article, loan(article).number)}").click()
    page.get_by_role("dialog", name="This sentence").get_by_role("button", name="Copy link").click()
    page.locator("#note", has_text="The link is copied.").wait_for()
    other = open_page(page.evaluate("navigator.clipboard.readText()"))
    assert other.locator("#article .current").inner_text() == loan(article).text
    other.goto("about:blank")
    other.goto(f"{address}#s-0000000000000000-3")
    other.locator("#note", has_text="The article of this link is not here").wait_for()


def test_escape_closes_what_is_open_one_after_the_other(open_page, address):
    page = open_page(address)
    page.locator("#more > summary").click()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Settings").is_visible()
    page.locator("#more > summary").click()
    page.get_by_role("button", name="Keys").click()
    keys = page.get_by_role("dialog", name="Keys")
    assert keys.is_visible()
    page.keyboard.press("Escape")
    assert not keys.is_visible()
    page.locator("#article .sentence").nth(3).click()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog", name="This sentence").is_visible()


def test_a_screen_reader_meets_title_questions_box_and_article_in_this_order(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    read = page.locator("body").aria_snapshot()
    order = [
        'heading "The harbour reopens" [level=1]',
        "log",
        f'heading "Question: {LOAN}" [level=2]',
        "blockquote",
        'textbox "Your question"',
        'region "Text of the article"',
    ]
    places = [read.find(each) for each in order]
    assert -1 not in places, read
    assert places == sorted(places)


def test_the_answers_to_a_file_are_read_on_a_phone(open_page, address):
    page = open_page(address, width=390, height=844)
    tab(page, "Question file")
    send_file(page, "questions", "two.txt", f"{LOAN}\nWhat is the name of the dog?\n".encode())
    page.locator("#progress .message").filter(has_text="2 questions: ").wait_for()
    assert has_no_sideways_scroll(page)
    for row in page.locator("#records tbody tr").all():
        question, answer = row.locator("td").nth(1), row.locator("td").nth(2)
        assert question.bounding_box()["width"] > 250
        assert answer.bounding_box()["y"] > question.bounding_box()["y"]
    page.locator("#records a.number").first.click()
    assert page.get_by_role("dialog", name="The citation in its context").is_visible()
