"""A live blog has times, the start of a text that costs says so, and what is no article is refused."""

from __future__ import annotations

import pytest

from index import ArticleError, read_source

PROSE = (
    "<p>The town of Arnsby will close its main bridge for repairs on 3 June, the council said.</p>"
)


@pytest.fixture
def read(tmp_path):
    def read(body, head=""):
        path = tmp_path / "a.html"
        path.write_text(
            f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>"
        )
        return read_source(path)

    return read


def posts(*rows, tag="div"):
    inner = "".join(
        f"<{tag} class=post>{time}<h3>{title}</h3>{''.join(f'<p>{p}</p>' for p in texts)}</{tag}>"
        for time, title, *texts in rows
    )
    return f"<main><article><h1>Storm: live</h1>{inner}</article></main>"


ROWS = [
    ("Trains stop", "All trains have stopped.", "Buses run."),
    ("Two hurt", "Two people were hurt when a tree fell."),
    ("Schools", "Schools will close at noon."),
]


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        (["<time>{}</time>"] * 3, ["14:05", "13:20", "11:00"]),
        (["<p class=meta><time>{} GMT</time></p>"] * 3, ["14:05 GMT", "13:20 GMT", "11:00 GMT"]),
        (
            ["<time datetime=2025-05-02T{}:00Z>2h ago</time>"] * 3,
            ["2025-05-02 14:05", "2025-05-02 13:20", "2025-05-02 11:00"],
        ),
    ],
)
def test_each_paragraph_of_a_live_blog_has_the_time_of_its_post(read, times, shown):
    clocks = ["14:05", "13:20", "11:00"]
    rows = [(t.format(c), *row) for t, c, row in zip(times, clocks, ROWS, strict=True)]
    text = read(posts(*rows)).articles[0].text.split("\n\n")
    wanted = [
        "Storm: live",
        "Trains stop",
        f"[{shown[0]}] All trains have stopped.",
        f"[{shown[0]}] Buses run.",
        "Two hurt",
        f"[{shown[1]}] Two people were hurt when a tree fell.",
        "Schools",
        f"[{shown[2]}] Schools will close at noon.",
    ]
    assert [line for line in text if line in wanted] == wanted


def test_the_day_of_an_article_and_times_in_prose_are_no_live_blog(read):
    page = f"<article><h1>A</h1><time>2 May 2025, 10:00</time>{PROSE * 4}</article>"
    assert "[" not in read(page).articles[0].text
    in_prose = "".join(
        f"<p>At <time>1{n}:00</time> the bridge was closed for some time.</p>" for n in range(4)
    )
    assert (
        "["
        not in read(f"<article><h1>A</h1><section>{in_prose}</section></article>").articles[0].text
    )


@pytest.mark.parametrize(
    "name",
    ["class=paywall", 'id="article-paywall"', 'class="meter-wall x"', "class=subscription_wall"],
)
def test_the_start_of_an_article_behind_a_paywall_says_so(read, name):
    wall = f"<div {name}><h2>Subscribe to continue reading</h2><p>Get unlimited access for £1 a month.</p></div>"
    loaded = read(f"<article><h1>Bridge to close</h1>{PROSE}</article>{wall}")
    assert "Get unlimited access" not in loaded.articles[0].text
    assert (
        loaded.notes[-1]
        == "the page gives the start of its article only, the rest is behind a paywall"
    )


def test_a_page_that_says_it_is_not_free_is_noted_only_where_it_is_short(read):
    head = '<script type="application/ld+json">{"isAccessibleForFree": false}</script>'
    short = read(f"<article><h1>Bridge</h1>{PROSE}</article>", head)
    assert "behind a paywall" in short.notes[-1]
    long = "".join(PROSE.replace("Arnsby", f"{name}ville") for name in "ABCDEFGHIJKLMNOPQRST")
    whole = read(f"<article><h1>Bridge</h1>{long}</article>", head)
    assert not any("paywall" in note for note in whole.notes)


def test_an_article_about_paywalls_is_an_article(read):
    text = "<p>The paywall of the Herald has 40,000 subscribers, and it needs no JavaScript at all.</p>"
    loaded = read(f"<article class=story-about-paywalls><h1>Paywalls</h1>{text}{PROSE}</article>")
    assert "40,000" in loaded.articles[0].text
    assert not any("the start" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            "<div id=root></div><noscript>You need to enable JavaScript.</noscript>",
            "page without any",
        ),
        (
            "<div id=root><p>You need to enable JavaScript to run this app.</p></div>",
            "asks for JavaScript",
        ),
        (
            "<h1>h.example</h1><p>Verifying you are human. This may take a few seconds.</p>",
            "or a check",
        ),
        (
            "<article><h1>Bridge to close</h1></article><div class=paywall><p>Log in.</p></div>",
            "paywall",
        ),
    ],
)
def test_what_is_no_article_is_refused_with_what_to_do(read, body, problem):
    with pytest.raises(ArticleError, match=problem) as caught:
        read(body)
    assert "save it from a browser" in str(caught.value)
