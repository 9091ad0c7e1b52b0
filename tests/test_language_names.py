"""Languages are named in English."""

import pytest

from index import language_name
from index.text.language import _identifier


@pytest.mark.parametrize(
    ("tag", "name"), [("ko", "Korean"), ("fy", "Western Frisian"), ("xx", "xx"), ("", "")]
)
def test_a_language_is_named_in_english_and_an_unknown_one_by_its_tag(tag, name):
    assert language_name(tag) == name


def test_nearly_every_language_that_is_detected_has_a_name():
    detected = {str(tag) for tag in _identifier().nb_classes}
    nameless = {tag for tag in detected if language_name(tag) == tag}
    assert len(detected) > 100
    assert len(nameless) < 12
