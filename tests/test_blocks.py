"""Rows that name their columns become tables whose rows keep their exact text; all else is paragraphs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article
from qa.page.blocks import Table, article_blocks

FERRY = """The ferry

- Line: North; First boat: 6:10 a.m.; Price: 48 kronor
- Line: South; Price: 36 kronor
- Line: East; First boat: 7:15 a.m.; Last boat: 9 p.m.; Price: 36 kronor

Dogs pay half.
"""


def tables_of(text):
    return [block for block in article_blocks(Article.from_text(text)) if isinstance(block, Table)]


def text_of(row):
    return "".join(before + shown + after for before, shown, after in row.cells)


def test_a_cell_stands_under_its_own_column_where_another_row_has_more():
    (table,) = tables_of(FERRY)
    assert table.head == ("Line", "First boat", "Last boat", "Price")
    shown = [[cell.shown for cell in row.cells] for row in table.rows]
    assert shown == [
        ["North", "6:10 a.m.", "", "48 kronor"],
        ["South", "", "", "36 kronor"],
        ["East", "7:15 a.m.", "9 p.m.", "36 kronor"],
    ]


def test_every_sentence_is_drawn_once_in_the_order_of_the_text():
    article = Article.from_text(FERRY)
    drawn = []
    for block in article_blocks(article):
        if isinstance(block, Table):
            drawn += [row.sentence for row in block.rows]
            assert all(text_of(row) == row.sentence.text for row in block.rows)
        else:
            drawn += [sentence for each in block for _, sentence in each.pieces]
    assert drawn == list(article.sentences)


def test_two_tables_one_after_the_other_are_two():
    other = FERRY.replace(
        "Dogs pay half.", "- Ship: Aurora; Built: 1990\n- Ship: Borea; Built: 2001"
    )
    first, second = tables_of(other)
    assert (first.head[0], second.head) == ("Line", ("Ship", "Built"))


@pytest.mark.parametrize(
    "rows",
    [
        "- Line: North; Price: 48 kronor",  # a lone row
        "- Line: North; Price: 48\n- Price: 36; Line: South",  # no order of columns
    ],
)
def test_what_is_no_table_stays_paragraphs(rows):
    assert tables_of(f"The ferry\n\n{rows}\n\nDogs pay half.") == []


def test_rows_that_name_no_column_have_no_head():
    (table,) = tables_of("The ferry\n\n- North; 48 kronor\n- South; 36 kronor\n\nDogs pay half.")
    assert table.head == ()
    assert [[cell.shown for cell in row.cells] for row in table.rows][1] == ["South", "36 kronor"]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(
    st.lists(st.sampled_from(["Line", "Price", "a b", "x"]), min_size=2, max_size=4, unique=True),
    st.lists(st.lists(CELLS | st.just(""), min_size=4, max_size=4), min_size=2, max_size=5),
)
def test_the_cells_of_a_row_hold_all_of_its_text(labels, rows):
    lines = [
        "- "
        + "; ".join(f"{label}: {cell}" for label, cell in zip(labels, row, strict=False) if cell)
        for row in rows
    ]
    article = Article.from_text("The ferry\n\n" + "\n".join(lines) + "\n\nDogs pay half.")
    for block in article_blocks(article):
        if isinstance(block, Table):
            assert [text_of(row) for row in block.rows] == [r.sentence.text for r in block.rows]
            assert {len(row.cells) for row in block.rows} == {
                len(block.head or block.rows[0].cells)
            }
