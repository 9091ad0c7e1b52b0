"""The page in a real Chromium: ask, read, click a citation, see its sentence."""

import gc
import os
import re
import shutil
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

import ui
from index import Article, ArticleIndex
from qa import ArticleQA, Evidence, Reading
from qa.reader import SentenceReader
from qa.render import anchor

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

The ferry Aurora lies at the northern quay on Friday, while workers of the town clear the last planks and nets from the water. (Harbour Office)

The harbour was closed for 12 days after the storm. Nobody was hurt.

{filler}

Mayor Ada Lind paid for the new crane with a loan of 40 million kronor.

{filler}

MOST POPULAR
""".format(filler="\n\n".join(f"Ship number {n} waited outside for calm water." for n in range(20)))

# Raised by pandas when Gradio's queue sums up its own timings; nothing of ours causes them.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    # Gradio leaves the socket with which it looked for a port, and its server's loop, unclosed.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


class FirstNumberReader:
    """Cites the best sentence and the next; its first number is the short answer."""

    threshold = SentenceReader.threshold
    fingerprint = "first number"

    def read(self, asked):
        return [self._read(question, hits) for question, hits in asked]

    def _read(self, question, hits):
        best, *rest = SentenceReader().read([(question, hits)])[0].evidence
        number = re.search(r"\d+", best.sentence.text)
        span = number and (best.sentence.start + number.start(), best.sentence.start + number.end())
        best = Evidence(best.article, best.sentence, best.score, span)
        return Reading((best, *rest), 0.1 if "dog" in question else 0.9, n_cited=2)


@contextmanager
def served(articles, engine):
    page = ui.build_page(articles, engine)
    try:
        yield ui.launch(page)
    finally:
        page.close(verbose=False)
        del page
        gc.collect()  # here, where the warnings of what Gradio left open are ignored


def engine_over(articles, encoder):
    return ArticleQA(ArticleIndex.build(articles, encoder), reader=FirstNumberReader())


def ready(engine):
    future = Future()
    future.set_result(engine)
    return future


@pytest.fixture(scope="module")
def article():
    return Article.from_text(HARBOUR)


@pytest.fixture(scope="module")
def address(article, encoder):
    with served([article], ready(engine_over([article], encoder))) as address:
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


@pytest.fixture
def open_page(chromium):
    """Open an address; afterwards, no request has left this machine and no script has failed."""
    contexts, requests, errors = [], [], []

    def open_page(address, *, width=1280, height=800, scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        page.goto(address)
        page.locator(".article .sentence").first.wait_for(state="attached")
        page.locator("#chat .welcome").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert requests
    away = [u for u in requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert away == []
    assert errors == []


def ask(page, question):
    """Ask and return the new answer's element."""
    answers = page.locator("#chat .answer")
    before = answers.count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    answers.nth(before).wait_for()
    return answers.nth(before)


def marked(page):
    """The (number, text) of each sentence marked in the article, in the article's order."""
    return page.eval_on_selector_all(
        ".article .cited", "all => all.map(e => [e.dataset.number, e.textContent])"
    )


def in_view(page, sentence):
    return page.evaluate(
        """([id]) => {
            const box = document.getElementById(id).getBoundingClientRect();
            const pane = document.querySelector(".articles").getBoundingClientRect();
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
    assert answer.locator(".confidence").inner_text() == "Confidence 90\u202f%"
    assert ["1", loan(article).text] in marked(page)
    assert len(marked(page)) == 2
    assert in_view(page, anchor(article, loan(article).number))


def test_clicking_a_citation_scrolls_to_its_sentence_and_highlights_it(open_page, address, article):
    page = open_page(address)
    answer = ask(page, "How large was the loan for the new crane?")
    page.locator(".articles").evaluate("pane => pane.scrollTo(0, 0)")
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
    assert answer.locator(".reason").inner_text() == (
        "The article does not say. It does not mention “name”."
    )
    assert answer.locator(".label").inner_text() == "Nearest, not an answer"
    assert 1 <= answer.locator("blockquote").count() <= 3
    assert answer.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
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


def test_a_question_that_cannot_be_asked_gets_a_friendly_line(open_page, address):
    page = open_page(address)
    answer = ask(page, "?!")
    assert answer.inner_text().startswith("This cannot be asked: question must hold a word")


def test_clear_starts_over(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    page.get_by_role("button", name="Clear").click()
    page.locator("#chat .welcome").wait_for()
    assert page.locator("#chat .answer").count() == 0
    assert marked(page) == []


def test_two_visitors_do_not_see_each_others_questions(open_page, address):
    one, other = open_page(address), open_page(address)
    ask(one, "How large was the loan for the new crane?")
    ask(other, "What is the name of the dog?")
    assert one.locator("#chat .question").count() == other.locator("#chat .question").count() == 1


def test_a_narrow_window_shows_one_pane_and_a_citation_leads_to_the_other(
    open_page, address, article
):
    page = open_page(address, width=380, height=700)
    assert not page.locator(".articles").is_visible()
    answer = ask(page, "How large was the loan for the new crane?")
    assert has_no_sideways_scroll(page)
    answer.get_by_role("link", name="Citation 1").click()
    assert not answer.is_visible()
    assert in_view(page, anchor(article, loan(article).number))
    assert has_no_sideways_scroll(page)
    page.get_by_role("button", name="Questions").click()
    assert answer.is_visible()


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
        ".not-found blockquote", ".not-found .label", "#ask-row button.primary", "#ask-row textarea",
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
        page = open_page(address)
        assert page.locator(".title-bar .status").inner_text() == "Loading the model …"
        page.get_by_label("Your question").fill("How large was the loan for the new crane?")
        page.keyboard.press("Enter")
        page.locator(".awaited").wait_for()
        engine.set_result(engine_over([article], encoder))
        page.locator("#chat .answered").wait_for()
        page.locator(".title-bar .status").wait_for(state="detached")


def test_hostile_text_runs_nothing_and_is_shown_as_it_is(open_page, encoder):
    text = "\n\n".join(f"Payload number {n} is {p} and ends." for n, p in enumerate(HOSTILE))
    article = Article.from_text(text, title=HOSTILE[0], source=HOSTILE[1])
    with served([article], ready(engine_over([article], encoder))) as address:
        page = open_page(address)
        before = page.evaluate(COUNTS)
        for n, payload in enumerate(HOSTILE):
            answer = ask(page, f"Payload number {n} {payload}")
            assert (
                answer.evaluate("e => e.closest('.turn').querySelectorAll('img, svg').length") == 0
            )
        assert page.evaluate(COUNTS) == before
        assert page.evaluate("window.hacked") is None
        for s in article.sentences:
            shown = page.locator(f"#{anchor(article, s.number)}").evaluate("e => e.textContent")
            assert shown == s.text
        asked = page.eval_on_selector_all(
            ".question", "all => all.map(e => e.lastChild.textContent)"
        )
        assert asked == [f"Payload number {n} {p}" for n, p in enumerate(HOSTILE)]


COUNTS = """() => Object.fromEntries(
    ["script", "img", "svg", "iframe", "form", "link", "style", "input", "h1", "b"]
        .map(tag => [tag, document.querySelectorAll(tag).length]))"""


def test_programs_can_ask_by_the_name_ask(address, article):
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict("How large was the loan for the new crane?", api_name="/ask")
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] == loan(article).text
    client.close()
