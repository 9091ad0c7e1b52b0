"""Typing in Chromium while the page loads, an answer comes, the line is slow or broken."""

from concurrent.futures import Future

import pytest
from browser import (
    BROWSER,
    LOAN,
    ask,
    becomes,
    drawn,
    engine_over,
    held,
    holds,
    loan,
    questions,
    served,
    slow_line,
)

pytestmark = BROWSER


def test_a_question_entered_before_the_scripts_are_there_is_asked_once(open_page, address):
    page = open_page(address)
    scripts = []

    def hold(route):
        scripts.append(route)

    page.route("**/main.js", hold)
    page.goto(address, wait_until="commit")
    # The browser gives the box the focus when it first draws it, on a busy machine after it is there.
    holds(page, "document.activeElement?.id === 'question'")
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


def test_only_the_new_question_is_sent(open_page, address, article):
    page = open_page(address)
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    sizes = []
    for n in range(6):
        sent.clear()
        ask(page, f"{LOAN} And ship number {n}?")
        sizes.append(sum(map(len, sent)))
        assert not any(loan(article).text in body for body in sent)
    assert sizes[5] < sizes[1] + 1_000
    assert sizes[5] < 6_000
