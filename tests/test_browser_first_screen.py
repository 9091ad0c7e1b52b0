"""The first screen in Chromium: what is there at once, starters, a greeting, an overview."""

from concurrent.futures import Future

import pytest
from browser import BROWSER, ask, drawn, engine_over, marked, ready, served, slow_line

from index import Article
from qa.text import one_line, reading_minutes

pytestmark = BROWSER


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


def test_a_starter_is_asked_by_a_click_and_is_answered(open_page, address):
    page = open_page(address)
    starter = page.locator("#starters button").first
    text = starter.inner_text()
    starter.click()
    page.locator("#chat .answered").wait_for()
    assert page.locator("#chat .question").inner_text().endswith(text)
    assert not page.locator("#starters").is_visible()


def test_the_first_screen_shows_what_the_article_says_and_how_to_bring_another(
    open_page, ferry_address, ferry, encoder
):
    page = open_page(ferry_address)
    assert page.locator("#welcome-title").inner_text() == ferry.title
    n_words = len(ferry.text.split())
    length = page.locator("#welcome-length").inner_text()
    assert length == f"{n_words:,} words · {reading_minutes(n_words)} minutes to read"
    page.locator("#overview li").nth(2).wait_for()
    quotes = page.locator("#overview blockquote").all_inner_texts()
    assert len(quotes) == 3
    assert set(quotes) <= {one_line(s.text) for s in ferry.sentences}
    starters = page.locator("#starters button").all_inner_texts()
    assert len(starters) == 4
    engine = engine_over([ferry], encoder)
    assert all(engine.ask(question).answered for question in starters)
    page.locator("#overview a.number").nth(2).click()
    assert page.locator("#article .current").inner_text() == quotes[2]
    page.get_by_role("button", name="Bring your own article").click()
    assert page.evaluate("document.activeElement.id") == "paste-text"


def test_on_a_low_window_the_questions_are_seen_and_on_a_high_one_all_of_the_sentences(
    open_page, encoder
):
    wide = "of the old harbour, the two bridges, the ferry to the islands and the long quay in the north"
    long = Article.from_text(
        "\n\n".join(
            f"Plan {n} {wide} was talked over by {wide} and by all {wide}." for n in range(6)
        )
    )
    cut = "e => e.scrollHeight > e.clientHeight"
    with served([long], ready(engine_over([long], encoder))) as address:
        page = open_page(address, height=800)
        last = page.locator("#starters button").last
        quote = page.locator("#overview blockquote").first
        last.wait_for()
        box = page.get_by_label("Your question").bounding_box()
        assert last.bounding_box()["y"] + last.bounding_box()["height"] < box["y"]
        assert quote.evaluate(cut)
        page.set_viewport_size({"width": 1280, "height": 1200})
        assert not quote.evaluate(cut)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1280, 800), (390, 844)])
def test_on_a_common_screen_all_starters_and_the_way_to_an_own_article_are_seen(
    open_page, ferry_address, width, height
):
    page = open_page(ferry_address, height=height)
    page.set_viewport_size({"width": width, "height": height})
    page.locator("#starters button").nth(3).wait_for()
    box = page.get_by_label("Your question").bounding_box()
    for each in (
        page.locator("#starters button").last,
        page.get_by_role("button", name="Bring your own"),
    ):
        seen = each.bounding_box()
        assert seen["y"] + seen["height"] < box["y"]


def test_the_text_is_sent_once_and_compressed(open_page, address, article):
    page = open_page(address)
    bodies, encodings = [], []

    def read(route):
        response = route.fetch()
        bodies.append(response.text())
        encodings.append(response.headers.get("content-encoding"))
        route.fulfill(response=response)

    page.route("**", read)
    page.reload()
    page.locator("body[data-opened]").wait_for()
    page.locator("#overview li").first.wait_for()
    page.unroute("**")
    assert sum("14 fishermen helped the town" in body for body in bodies) == 1
    assert encodings[0] in ("gzip", "br", "zstd")


def test_nothing_moves_while_the_page_loads(open_page, address):
    page = open_page(address)
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    slow_line(page, 300)  # key sentences and questions come after the rest is drawn
    page.reload()
    page.locator("#starters li").first.wait_for()
    drawn(page)
    page.wait_for_timeout(200)  # what moved is told some frames later
    assert page.evaluate("window.shift") < 0.01


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
