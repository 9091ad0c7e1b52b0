"""The article in Chromium: marks, colours, the walk, cards, links, search, tables, contents."""

import pytest
from browser import BROWSER, LOAN, SOUTH, ask, becomes, drop, in_view, loan, marked, row_of, tab
from browser_fixtures import FERRY

from qa.page.render import anchor

pytestmark = BROWSER


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


def test_furniture_is_shown_and_never_marked(open_page, address):
    page = open_page(address)
    ask(page, "What is most popular?")
    assert page.locator(".article p.furniture").inner_text() == "MOST POPULAR"
    assert page.locator(".furniture .cited").count() == 0


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


def test_text_is_found_across_sentences_by_the_browsers_own_search(open_page, address):
    page = open_page(address)
    assert page.evaluate("window.find('after the storm. Nobody was hurt')")
    assert "storm. Nobody" in page.evaluate("getSelection().toString()")


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


def test_the_bar_of_a_selected_text_moves_with_it(open_page, ferry_address):
    page = open_page(ferry_address)
    page.locator("#article .sentence", has_text="Captain Ylva").select_text()
    bar = page.get_by_role("toolbar", name="The selected text")
    bar.wait_for()
    before = bar.bounding_box()["y"]
    page.locator("#article").evaluate("pane => pane.scrollBy(0, 60)")
    becomes(page, lambda _: bar.bounding_box()["y"], before - 60)


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
    assert row.locator("mark").inner_text() == "36 kronor"
    number = "e => getComputedStyle(e, '::before').content"
    assert row.locator("td").first.evaluate(number).startswith('"1"')
    assert row.get_by_role("cell").count() == 3
    assert page.locator("#ticks span").count() == len(marked(page))
    ask(page, "How many sailors does Captain Ylva Brandt lead?")
    assert row.locator("mark").count() == 0
    assert row.evaluate("e => e.textContent") == south.text


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
