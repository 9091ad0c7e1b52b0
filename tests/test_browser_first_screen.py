"""The first screen in Chromium: what is there at once, starters, a greeting, an overview."""

from concurrent.futures import Future

from browser import BROWSER, ask, drawn, engine_over, marked, served

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
