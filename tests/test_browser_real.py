"""The real article in Chromium, with the reader that ships."""

import json

from browser import (
    BROWSER,
    TIDE,
    ask,
    becomes,
    in_view,
    marked,
    menu,
    picked,
    send_file,
    tab,
)

from index import Article
from qa import History
from qa.page.render import anchor
from qa.text import one_line

pytestmark = BROWSER


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


def test_a_question_in_another_language_is_told_how_to_ask(open_page, real):
    page = open_page(real[1])
    answer = ask(page, "Wann hat der Präsident den Vertrag eigentlich unterschrieben?")
    assert "seems to be in German" in answer.inner_text()
    assert "ask in English" in answer.inner_text()


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
