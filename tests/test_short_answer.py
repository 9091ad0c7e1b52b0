"""What cannot be asked for is no short answer."""

from __future__ import annotations

import pytest

from index import Article
from qa.short_answer import as_asked
from qa.types import Evidence, Reading


@pytest.mark.parametrize(
    ("question", "text", "span", "shown"),
    [
        ("Who invaded it?", "They condemned the unlawful invasion.", "unlawful", False),
        ("By whom was it invaded?", "They condemned the unlawful invasion.", "unlawful", False),
        ("Who came?", "A careful and harmless answer came.", "careful and harmless", False),
        ("What kind of invasion was it?", "It was an unlawful invasion.", "unlawful", True),
        ("Who sleeps there?", "The homeless of the town sleep there.", "homeless", True),
        ("Who arrested him?", "A constable arrested him.", "constable", True),
        ("Who came?", "The unlawful council came.", "The unlawful council", True),
    ],
)
def test_who_asks_for_someone_and_the_adjective_of_a_noun_is_no_one(question, text, span, shown):
    article = Article.from_text(text)
    at = text.index(span)
    evidence = Evidence(article, article.sentences[0], 0.9, (at, at + len(span)))
    (read,) = as_asked(question, Reading((evidence,), 0.8, 0.8)).evidence
    assert (read.short_answer is not None) is shown
