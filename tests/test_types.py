"""Articles: the text stays unchanged, sentences are exact slices, furniture is marked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article, ArticleError, builtin_article, read_article
from index.text.codec import decode_sentences, encode_sentences
from index.text.span import SentenceRow

CAPTION = "The mayor opens the bridge in Northport on Monday. (Herald/J. Doe)"
BODY = (
    "NORTHPORT – The mayor opened the bridge. “It took ten years,” she said. “We are proud.”\n"
    "It cost $3.5 million, according to Mr. Lee.\n"
)


def texts():
    """Texts of letters, marks, line ends, other scripts, NUL and lone surrogates."""
    marks = st.sampled_from([*" .!?\"“”'()[]\n\r\t\0…。,;:–", "\n\n", "\r\n", ". ", "” "])
    return st.lists(st.text(max_size=12) | marks | st.characters(), max_size=60).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts())
def test_sentences_are_exact_ordered_slices_of_an_unchanged_text(text):
    try:
        article = Article.from_text(text)
    except ArticleError:
        return
    assert article.text == text
    end = 0
    for number, sentence in enumerate(article.sentences):
        assert sentence.number == number
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip() == sentence.text != ""
        assert end <= sentence.start < sentence.end
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


def test_a_caption_is_citable_and_its_credit_is_not():
    article = Article.from_text(f"{CAPTION}\n{BODY}MOST POPULAR")
    assert [(s.kind, s.citable) for s in article.sentences[:2]] == [
        ("caption", True),
        ("furniture", False),
    ]
    assert article.sentences[0].text.endswith("on Monday.")
    assert article.sentences[1].text == "(Herald/J. Doe)"


@pytest.mark.parametrize(
    "line",
    [
        "MOST POPULAR",
        "Most read",
        "Advertisement",
        "Related articles",
        "Sign up for our newsletter",
        "© 2024 The Herald",
        "3 min read",
        "Share this article",
        "- 30 -",
    ],
)
def test_site_furniture_is_not_citable(line):
    sentences = Article.from_text(f"{BODY}{line}").sentences
    assert [s.citable for s in sentences] == [True] * (len(sentences) - 1) + [False]


def test_a_bracket_that_ends_a_body_sentence_is_no_credit():
    article = Article.from_text("He said no. (He later changed his mind.)\n" + BODY)
    assert all(s.kind == "body" for s in article.sentences)


def test_quotations_are_split_where_their_sentences_end():
    article = Article.from_text('He said: “We go. We stay.” Then he left. "Why?" she asked.')
    assert [s.text for s in article.sentences] == [
        "He said: “We go.",
        "We stay.”",
        "Then he left.",
        '"Why?" she asked.',
    ]


def test_the_number_or_bullet_of_an_item_is_part_of_its_first_sentence():
    for mark in ("1.", "12.", "1.2.", "IV.", "b)", "•", "-"):
        sentences = Article.from_text(f"{mark} The pier moved. It was measured.").sentences
        assert [s.text for s in sentences] == [f"{mark} The pier moved.", "It was measured."]


def test_white_space_of_any_kind_before_a_stop_harms_nothing():
    for space in (chr(i) for i in range(0x3001) if chr(i).isspace()):
        article = Article.from_text(f"It is 20 °C{space}. It{space}{space}! The end.")
        assert article.sentences[-1].text == "The end."


def test_abbreviations_and_numbers_do_not_end_a_sentence():
    text = "Dr. Kim of Acme Inc. paid $3.5 million to the U.S. government. See Fig. 3."
    assert [s.text for s in Article.from_text(text).sentences] == [text[:62], text[63:]]


def test_lines_wrapped_at_a_width_are_one_paragraph():
    text = (
        "The committee met on Thursday to discuss the harbour and agreed that the\n"
        "northern pier has to be rebuilt before winter. The costs are shared by the\n"
        "city and the state, which had asked for a second estimate in the spring.\n\n"
        "Work begins in May."
    )
    article = Article.from_text(text)
    assert [s.paragraph_number for s in article.sentences] == [0, 0, 1]


def test_the_heading_is_the_title_and_without_one_the_first_words_are():
    assert Article.from_text("A bridge opens\n\n" + BODY).title == "A bridge opens"
    assert Article.from_text(BODY).title.startswith("NORTHPORT – The mayor")
    assert Article.from_text(BODY, title="Given").title == "Given"


def test_a_very_long_run_without_a_sentence_end_is_cut_at_white_space():
    article = Article.from_text("word " * 1000)
    assert max(len(s.text) for s in article.sentences) <= 1200
    assert {w for s in article.sentences for w in s.text.split()} == {"word"}


@pytest.mark.parametrize("text", ["", " \n\t", "...", "\0\0", "MOST POPULAR"])
def test_a_text_without_a_sentence_is_refused(text):
    with pytest.raises(ArticleError, match="at least one sentence"):
        Article.from_text(text)


def test_the_id_is_made_from_text_and_title():
    same = Article.from_text(BODY).id == Article.from_text(BODY, source="elsewhere").id
    assert same
    assert Article.from_text(BODY).id != Article.from_text(BODY, title="Another").id


def test_the_builtin_article_has_a_title_a_caption_and_its_furniture_marked():
    article = builtin_article()
    kinds = [s.kind for s in article.sentences]
    assert kinds[:3] == ["heading", "caption", "furniture"]
    assert kinds[-1] == "furniture"
    assert kinds.count("furniture") == 2


def test_the_real_article_is_split_as_a_person_would(shared):
    article = read_article(shared / "article.txt")
    assert article.text == (shared / "article.txt").read_text(encoding="utf-8")
    kinds = [s.kind for s in article.sentences]
    assert kinds == ["caption", "furniture", *["body"] * 21, "furniture"]
    assert article.sentences[1].text == "(Yonhap)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\xfa", "must be text, got broken UTF-16"),
        (bytes(range(256)) * 4, "must be text, got bytes in no known encoding|NUL"),
        (b"A text.\0 More.", "NUL"),
        (b"", "at least one sentence"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path, data, message):
    path = tmp_path / "article.txt"
    path.write_bytes(data)
    with pytest.raises(ArticleError, match=message) as caught:
        read_article(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    path = str(tmp_path / "none.txt")
    with pytest.raises(ArticleError) as caught:
        read_article(path)
    assert (caught.value.source, caught.value.reason) == (
        path,
        "cannot be read: No such file or directory",
    )
    assert str(caught.value) == f"{path} cannot be read: No such file or directory"


ROWS = [
    SentenceRow(0, 0, 4, "heading"),
    SentenceRow(1, 6, 9, "body", 1),
    SentenceRow(1, 9, 12, "furniture", 70_000),
]


def test_sentences_survive_their_codec():
    assert decode_sentences(encode_sentences(ROWS), 12) == ROWS


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encode_sentences(ROWS)[:-1], "17 bytes each, got 50"),
        (encode_sentences(ROWS[::-1]), "sentence 1 must follow 12"),
        (encode_sentences([*ROWS, SentenceRow(2, 12, 14, "body")]), "end by 12, got 12 to 14"),
        (encode_sentences([SentenceRow(0, 3, 3, "body")]), "got 3 to 3"),
        (encode_sentences(ROWS[:1])[:12] + b"\x09\0\0\0\0", "of kind 9"),
    ],
)
def test_sentences_that_do_not_fit_their_text_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        decode_sentences(data, 12)


def test_line_ends_and_marks_of_a_file_are_kept(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffOne line.\r\nAnother line.\r\n".encode())
    assert read_article(path).text == "One line.\r\nAnother line.\r\n"
