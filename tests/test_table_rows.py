"""A table's own words show which cell a question asks for, where a reader chose another."""

import pytest

from index import read_text, row_cells
from qa import Evidence, Reading
from qa.table_rows import as_the_rows_say

COSTS = read_text(
    "Costs\n\n| Part | Repair | New | Days | Left |\n|---|---|---|---|---|\n| Oar | €35 | €180 | 2 | 4 |\n"
    "| Rudder | none | €95 | 5 | 4 |\n| Mast step | | €120 | 9 | 1 |\n"
)
CREWS = read_text(
    "Crews\n\n| Class | Crew | Club | Trainer |\n|---|---|---|---|\n| Novice | Otters | Thorn | Ada Lund |\n"
    "| Novice | Herons | Lund | Per Holt |\n| Masters | Pikes | Thorn | Ada Lund |\n"
)


def evidence(article, text):
    """The first row that has a cell, with the cell as the short answer."""
    for sentence in article.sentences:
        for _, start, end in row_cells(sentence.text) if sentence.kind == "row" else ():
            if sentence.text[start:end] == text:
                span = sentence.start + start, sentence.start + end
                return Evidence(article, sentence, 0.7, span)
    raise AssertionError(text)


def read(question, *cells, article=COSTS):
    reading = Reading(tuple(evidence(article, cell) for cell in cells), 0.8, 0.9)
    changed = as_the_rows_say(question, reading)
    cited = changed.evidence[: changed.n_cited]
    shorts = [article.text[slice(*e.short_answer)] if e.short_answer else None for e in cited]
    rows = [e.sentence.text.removeprefix("- ").partition(";")[0] for e in cited]
    return rows, shorts, changed.confidence >= 0.5


@pytest.mark.parametrize(
    ("question", "chosen"),
    [
        ("How much is a new oar?", "€180"),
        ("How much does it cost to repair the oar?", "€35"),
        ("What does a rudder cost?", "€95"),
        ("How many days does a new rudder take?", "5"),
        ("Which part takes nine days?", "Mast step"),
        ("Which part is there only 1 of?", "Mast step"),
        ("How long does it take until I can row again?", "2"),
    ],
)
def test_a_cell_that_the_words_do_not_speak_against_stays(question, chosen):
    _, shorts, is_sure = read(question, chosen)
    assert shorts == [chosen]
    assert is_sure


@pytest.mark.parametrize(
    ("question", "chosen", "rows", "shorts", "sure"),
    [
        # The row and the column are both named whole.
        ("How many days does the rudder take?", "2", ["Part: Rudder"], ["5"], True),
        ("What is the repair of an oar?", "€180", ["Part: Oar"], ["€35"], True),
        # The row is, the column is not.
        ("What must I pay for a mast step?", "€95", ["Part: Mast step"], ["€120"], False),
        # The column is: amounts stand in both.
        ("How much does it cost to repair the oar?", "€180", ["Part: Oar"], ["€35"], False),
        # The cell is empty.
        ("What is the repair of the mast step?", "€35", ["Part: Mast step"], [None], False),
        ("How much does it cost to repair the mast step?", "€120", ["Part: Mast step"], [None], False),
    ],
)  # fmt: skip
def test_a_cell_of_another_row_or_column_becomes_the_one_asked_for(
    question, chosen, rows, shorts, sure
):
    assert read(question, chosen) == (rows, shorts, sure)


def test_a_label_of_which_the_question_names_all_is_asked_for_whatever_its_cells_hold():
    watches = read_text(
        "| Post | Monday, Early | Monday, Late |\n|---|---|---|\n| Weir | Adler | Boyle |\n| Quay | Boyle | Crane |\n"
    )
    rows, shorts, _ = read("Who is late at the weir on Monday?", "Adler", article=watches)
    assert (rows, shorts) == (["Post: Weir"], ["Boyle"])


def test_a_figure_that_stands_nowhere_in_the_article_makes_a_row_unsure():
    assert read("How many days does the oar of 1950 take?", "2") == (["Part: Oar"], ["2"], False)


@pytest.mark.parametrize(
    "question",
    [
        "What is the total of all repairs?",
        "Which part is the cheapest?",
        "How many parts are listed?",
    ],
)
def test_what_is_reckoned_of_rows_is_unsure_and_names_no_cell(question):
    rows, shorts, is_sure = read(question, "€35")
    assert (rows, shorts, is_sure) == (["Part: Oar"], [None], False)


def test_a_table_that_has_a_total_says_it():
    table = read_text("| Item | Cost |\n|---|---|\n| Rent | 80 |\n| Total | 95 |\n")
    assert read("What is the total cost?", "95", article=table) == (["Item: Total"], ["95"], True)
    assert read("What is the total cost?", "80", article=table) == (["Item: Total"], ["95"], True)


def test_all_rows_that_a_question_names_alike_are_cited():
    asked = "Which novice crews are there?"
    assert read(asked, "Otters", article=CREWS) == (["Class: Novice"] * 2, [None, None], True)
    asked = "Which crews are from Thorn?"
    rows, shorts, _ = read(asked, "Otters", article=CREWS)
    assert rows == ["Class: Novice", "Class: Masters"]
    assert shorts == [None, None]
    asked = "Who are the trainers of Thorn?"
    assert read(asked, "Ada Lund", article=CREWS)[1] == ["Ada Lund"] * 2


def test_one_row_of_several_alike_is_the_readers_choice():
    asked = "Who trains the second novice crew?"
    assert read(asked, "Per Holt", article=CREWS) == (["Class: Novice"], ["Per Holt"], True)


def test_the_wrong_row_is_not_cited_beside_the_right_one():
    rows, shorts, _ = read("What must I pay for a mast step?", "€95", "€180")
    assert (rows, shorts) == (["Part: Mast step"], ["€120"])


def test_what_is_no_row_of_a_table_stays():
    article = read_text("The oar costs €35. The rudder costs €95.")
    sentence = article.sentences[0]
    reading = Reading((Evidence(article, sentence, 1.0, (14, 17)),), 0.8, 0.9)
    assert as_the_rows_say("How much is the rudder in total?", reading) is reading
    assert as_the_rows_say("How much?", Reading((), 0.1, 0.1)).evidence == ()
