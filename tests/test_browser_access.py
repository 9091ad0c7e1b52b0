"""The page in Chromium by keyboard, to a screen reader, in contrast, with less motion."""

import pytest
from browser import BROWSER, LOAN, ask, loan, tab

from qa.page.render import anchor

pytestmark = BROWSER


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


def test_nothing_moves_by_itself_where_less_motion_is_wanted(open_page, address):
    page = open_page(address)
    ask(page, LOAN)
    moving = """[...document.querySelectorAll("*")].map(e => getComputedStyle(e))
        .filter(s => s.transitionProperty !== "none" && s.transitionDuration !== "0s"
            || s.animationName !== "none").length"""
    assert page.evaluate(moving) == 0


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
