"""Which words of a question the sentences that are read must have."""

from index.postgres.word_sets import rare_words, word_sets


def test_the_rarest_words_are_looked_for_up_to_the_budget():
    counts = {"city": 90_000, "arvik": 30, "quay": 400, "ship": 5_000}
    assert rare_words(counts, 500) == ["arvik", "quay"]
    assert rare_words(counts, 10) == []


def test_of_common_words_the_sets_that_count_most_come_first_until_there_are_enough():
    counts = {"city": 90_000, "ship": 20_000, "year": 50_000}
    together, *each = word_sets(counts, 1_000_000, 500)
    assert together == ([["ship", "year", "city"]], [])
    assert each == [([["ship", "year"]], ["city"])]  # 1,000 are expected to have both
    first = word_sets({"ship": 900, "year": 50_000}, 1_000_000, 5_000)
    assert first == [([["ship", "year"]], []), ([["ship"]], ["year"]), ([["year"]], ["ship"])]


def test_sets_that_are_looked_for_at_once_have_no_other_in_them():
    counts = dict.fromkeys("abcde", 20_000)
    together, *each = word_sets(counts, 1_000_000, 1_000)
    assert len(together.sets) == 10
    assert all(len(some) == 3 for some in together.sets)
    assert all(len(each_set) == 2 for (each_set,), _ in each)
    assert all(sorted([*each_set, *others]) == list("abcde") for (each_set,), others in each)
    assert word_sets({}, 1_000_000, 500) == []
