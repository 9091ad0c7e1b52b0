"""Words as the lexical index sees them."""

from index import folded_words, words


def test_case_accents_and_endings_do_not_matter():
    assert words("Erdoğan's MEETINGS") == words("erdogan meeting")


def test_function_words_are_left_out():
    assert words("What is the price of gold?") == words("price gold")


def test_initials_are_one_word():
    assert folded_words("the U.S. and the U.K.") == ["the", "us", "and", "the", "uk"]


def test_scripts_without_spaces_give_pairs():
    assert words("首尔会议") == ["首尔", "尔会", "会议"]


def test_single_figures_count():
    assert "5" in words("article 5")
