"""Answers in Chromium: how sure they are, in parts, with notes, by the settings."""

from browser import (
    BROWSER,
    LOAN,
    SOUTH,
    TIDE,
    ask,
    becomes,
    in_view,
    loan,
    marked,
    picked,
    send_file,
    tab,
)

from index import Article
from qa.page.render import anchor

pytestmark = BROWSER


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


def test_not_found_looks_different_and_marks_nothing(open_page, address):
    page = open_page(address)
    ask(page, "How large was the loan for the new crane?")
    answer = ask(page, "What is the name of the dog?")
    assert answer.locator(".reason").inner_text().startswith("I found no answer I am sure of.")
    assert answer.locator(".label").inner_text() == "Nearest sentences"
    assert 1 <= answer.locator("blockquote").count() <= 3
    assert answer.locator(".short-answer, .confidence, [data-hue]").count() == 0
    assert marked(page) == []


def test_an_unsure_answer_says_perhaps_and_nothing_in_it_is_bold(open_page, address, article):
    page = open_page(address)
    tab(page, "Settings")
    set_to(page, STRICT, 0.75)
    tab(page, "Ask")
    sure = ask(page, LOAN)
    unsure = ask(page, "How large was, perhaps, the loan for the new crane?")
    assert unsure.locator(".level").inner_text() == "Perhaps"
    assert unsure.locator("strong").count() == 0
    assert sure.locator("strong").count() == 1
    line = "e => getComputedStyle(e).borderLeftStyle"
    quote = "blockquote >> nth=0"
    assert unsure.locator(quote).inner_text() == loan(article).text
    assert unsure.evaluate(line) == "dashed" != sure.evaluate(line)


def test_a_sentence_that_is_the_whole_answer_is_printed_once(open_page, address):
    page = open_page(address)
    answer = ask(page, "Was nobody hurt?")
    assert answer.locator("blockquote").first.inner_text() == "Nobody was hurt."
    assert answer.inner_text().count("Nobody was hurt.") == 1


def test_title_and_length_are_those_of_the_article(open_page, address, article):
    page = open_page(address)
    assert "The harbour reopens" in ask(page, "What is the title?").inner_text()
    assert f"{len(article.text.split())} words" in ask(page, "How long is it?").inner_text()


def test_a_nearest_sentence_can_be_looked_up_without_being_marked_as_cited(open_page, address):
    page = open_page(address)
    answer = ask(page, "What is the name of the dog?")
    answer.locator("a.number").first.click()
    assert (
        page.locator(".article .current").inner_text()
        == answer.locator("blockquote").first.inner_text()
    )
    assert marked(page) == []


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


def test_a_question_shows_how_it_was_understood_where_its_spelling_was_mended(open_page, address):
    page = open_page(address)
    assert not ask(page, "How large was Ada Lind's loan?").locator(".understood").count()
    understood = ask(page, "How large was Ada Lnid's loan?").locator(".understood")
    assert understood.inner_text() == "Understood as: How large was Ada Lind's loan? Change"
    understood.get_by_role("button", name="Change").click()
    assert page.get_by_label("Your question").input_value() == "How large was Ada Lind's loan?"


def test_what_was_left_out_of_an_article_stands_under_its_answers(open_page, ferry_address):
    page = open_page(ferry_address)
    answer = ask(page, SOUTH)
    assert answer.locator(".note").all_inner_texts() == ["left out: 2 pictures"]
    page.get_by_role("button", name="Copy", exact=True).click()
    page.locator("#note").filter(has_text="The answer is copied.").wait_for()
    assert "left out: 2 pictures" in page.evaluate("navigator.clipboard.readText()")


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


def test_each_part_of_a_question_is_answered_or_has_no_answer(open_page, address):
    page = open_page(address)
    answer = ask(page, f"1) {LOAN} 2) What is the name of the dog? 3) How many fishermen helped?")
    lines = answer.locator(".reason").all_inner_texts()
    assert len(lines) == 3
    assert "40" in lines[0]
    assert lines[1] == "I found no answer I am sure of to: What is the name of the dog?"
