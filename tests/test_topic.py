"""What is said about something is answered by the sentences that say most of it, and offered as a starter."""

import pytest

from index import Article
from qa import ArticleQA, History, Reading, Settings
from qa.history import Turn
from qa.page.browser_state import restore_turns, turn_to_dict
from qa.readers.search_reader import SentenceReader
from qa.suggestions import starter_questions
from qa.text import one_line
from qa.understanding.clauses import names_in
from qa.understanding.text_topics import article_topics
from qa.understanding.topic import mentions, names, singular, surname, topic_of

LEASE = """Letting of 4 Quay Street

1. The landlord lets the flat on the second floor to Mrs Ada Lind from 1 May.

2. The rent is 900 euros a month and is paid on the first working day.

3. The tenant pays a deposit of 1,800 euros. It is held by the bank of the landlord, who returns the deposit within a
month of the day on which the keys are handed back.

4. The tenant keeps the windows clean, and the landlord keeps the roof and the boiler in repair.

Mrs Lind voted against a second cat.

Pets

One cat may live in the flat. A second one needs a letter from the landlord.
"""


@pytest.fixture(scope="module")
def engine(encoder):
    return ArticleQA.from_text(LEASE, Settings(encoder=encoder, reader="none"))


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What does it say about the deposit?", "the deposit"),
        ("what does the article say about lost phones", "lost phones"),
        ("What is said about “Ada Lind”?", "Ada Lind"),
        ("Tell me about the North Sea.", "the North Sea"),
        ("Could you please tell me more about tenants?", "tenants"),
        ("I would like to know more about the boiler, please", "the boiler"),
        ("Is there anything about pets in the text?", "pets"),
        ("Does it mention the roof?", "the roof"),
        ("What about the keys?", "the keys"),
        ("any details on the deposit?", "the deposit"),
    ],
)
def test_a_wish_to_know_all_about_something_is_known_by_its_words(question, topic):
    assert topic_of(question, is_first=True) == topic


@pytest.mark.parametrize(
    "question",
    [
        "What does it say about how much the rent is?",
        "What did Lind say about the cats?",
        "Tell me about it.",
        "Tell me about their letter.",
        "What does it say?",
        "Who said something about the roof?",
        "How much is the deposit?",
        "Tell me what the deposit is",
        "Explain the consequences",
    ],
)
def test_what_asks_something_of_it_is_an_ordinary_question(question):
    assert topic_of(question, is_first=True) == ""


def test_what_about_after_a_question_asks_the_same_of_something_else():
    assert topic_of("What about the keys?", is_first=False) == ""


def test_a_topic_is_answered_by_sentences_that_name_it_in_the_order_of_the_text(engine):
    answer = engine.ask("What does it say about the deposit?")
    assert (answer.kind, answer.status, answer.confidence) == ("topic", "answered", None)
    assert all("deposit" in c.quote for c in answer.citations)
    starts = [c.start for c in answer.citations]
    assert len(starts) == 2
    assert starts == sorted(starts)
    assert answer.text == " ".join(one_line(c.quote) for c in answer.citations)
    assert answer.headline is None


def test_at_most_three_sentences_are_cited(engine):
    assert len(engine.ask("Tell me about the landlord").citations) == 3


def test_a_heading_stands_for_what_is_below_it(engine):
    quotes = [c.quote for c in engine.ask("What does it say about pets?").citations]
    assert quotes == [
        "One cat may live in the flat.",
        "A second one needs a letter from the landlord.",
    ]


def test_a_person_is_also_called_by_the_last_name(engine):
    quotes = [c.quote for c in engine.ask("What does it say about Ada Lind?").citations]
    assert any("Mrs Ada Lind" in quote for quote in quotes)
    assert any(quote.startswith("Mrs Lind") for quote in quotes)


def test_a_last_name_of_two_is_of_nobody():
    texts = ["Ada Lind came.", "Then Bo Lind left.", "North Korea and South Korea met."]
    assert surname("Ada Lind", texts) == ""
    assert surname("North Korea", texts) == ""
    assert surname("Ada Lind", texts[:1]) == "Lind"


def test_words_are_named_in_singular_and_plural_before_other_forms_count():
    assert names("votes", "They had one vote each.")
    assert not names("the vote", "They voted.")
    assert mentions("the vote", "They voted.")


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("bus", "buses"),
        ("house", "houses"),
        ("glass", "glasses"),
        ("campus", "campuses"),
        ("movie", "movies"),
        ("city", "cities"),
        ("hero", "heroes"),
        ("borehole", "boreholes"),
        ("dehumidifier", "dehumidifiers"),
    ],
)
def test_a_plural_has_the_singular_of_its_noun(one, many):
    assert singular(one) == singular(many) == one


@pytest.mark.parametrize(
    "topic", ["the garage", "the garage and the roof", "the deposit of Norway"]
)
def test_what_no_sentence_mentions_is_an_ordinary_question(engine, topic):
    assert engine.ask(f"What does it say about {topic}?").kind == "answer"


def test_topics_that_are_joined_have_sentences_each(engine):
    answer = engine.ask("Tell me about the rent and the windows.")
    assert answer.kind == "topic"
    assert ["rent" in c.quote for c in answer.citations] == [True, False]


def test_a_slip_of_spelling_is_mended_and_shown(engine):
    answer = engine.ask("What does it say about the deposiit?")
    assert answer.kind == "topic"
    assert answer.standalone_question == "What does it say about the deposit?"


def test_a_topic_is_what_a_follow_up_means(engine):
    history = History.of([engine.ask("What does it say about the deposit?")])
    assert history.questions == ("What does it say about the deposit?",)


def test_a_browser_and_a_question_file_have_it_too(engine):
    question = "What does it say about the rent?"
    answer = engine.ask(question)
    saved = turn_to_dict(Turn(question, answer))
    [restored] = restore_turns([saved], lambda _: engine.articles[0])
    assert turn_to_dict(restored) == saved
    assert engine.ask_many([question, "Who pays?"])[0] == answer
    assert answer.to_dict()["kind"] == "topic"


def test_each_part_of_a_mixed_question_is_answered_as_what_it_is(engine):
    answer = engine.ask("What is this about? What does it say about the roof? Who pays the rent?")
    assert [part.kind for part in answer.parts] == ["overview", "topic", "answer"]
    numbers = [c.number for c in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert answer.part_lines[0] == "What is this about? " + "".join(
        f"[{c.number}]" for c in answer.parts[0].citations
    )
    assert (answer.status, answer.confidence) == ("answered", None)  # of the parts that are surest


def test_after_an_overview_it_is_the_article(encoder):
    text = (
        "Bridge opens\n\nBy Ada Meier\n\nThe bridge at Lund opened on Monday after a year of work."
    )
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader="none"))
    for question in ("What is this about and who wrote it?", "Sum it up and tell me who wrote it."):
        assert [part.kind for part in engine.ask(question).parts] == ["overview", "about"]


def test_a_wish_before_a_question_is_a_part_of_it(engine):
    answer = engine.ask("Tell me about the roof. Who pays the rent?")
    assert [part.kind for part in answer.parts] == ["topic", "answer"]
    assert engine.ask("The roof is old. Who pays the rent?").parts == ()


class NothingReader:
    """Finds no answer to anything."""

    limits = SentenceReader.limits
    fingerprint = "nothing"

    def read(self, requests):
        return [Reading((), 0.0, 0.0) for _ in requests]


@pytest.mark.parametrize(
    ("question", "kind"),
    [("What about Lund?", "topic"), ("Who wrote it?", "about"), ("How long is it?", "answer")],
)
def test_a_follow_up_that_finds_nothing_is_asked_alone(encoder, question, kind):
    text = "Bridge opens\n\nBy Ada Meier, 3 May 2024\n\nThe bridge at Lund opened on Monday after a year of work."
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader=NothingReader()))
    assert engine.ask(question, history=["Which bridge opened?"]).kind == kind


def test_the_date_of_a_byline_is_that_of_the_article(encoder):
    text = "Bridge opens\n\nBy Ada Meier, 3 May 2024\n\nThe bridge at Lund opened on Monday after a year of work."
    engine = ArticleQA.from_text(text, Settings(encoder=encoder, reader="none"))
    answer = engine.ask("When was it published?")
    assert (answer.kind, answer.text) == ("about", "3 May 2024")
    assert "3 May 2024" in answer.citations[0].quote


def test_starters_of_a_contract_are_its_topics(encoder):
    engine = ArticleQA.from_text(LEASE, Settings(encoder=encoder))
    starters = starter_questions(engine)
    assert len(starters) == 4
    for question in starters:
        assert engine.ask(question).answered
    about = [q for q in starters if q.startswith("What does it say about the ")]
    assert len(about) >= 2


def test_topics_are_the_same_each_time_and_of_a_long_text_its_beginning_is_read():
    lines = [
        ("body", f"The pump {n} is old and the keeper of it was paid in May.") for n in range(3000)
    ]
    late = ("body", "The hangar is new, and the hangar has a roof of tin and glass.")
    names = names_in(text for _, text in lines)
    topics = article_topics([*lines, late], "Notes", names, 20)
    assert topics == article_topics([*lines[:1000]], "Notes", names, 20)
    assert "the keeper" in topics
    assert "the hangar" in article_topics([late, *lines], "Notes", names, 20)
    assert len(article_topics(lines, "Notes", names, 1)) == 1


def test_a_name_that_is_a_function_word_is_no_topic():
    names = names_in(["We saw Will in town.", "Then Will left."])
    assert article_topics([("body", "We saw Will in town.")], "Notes", names, 20) == []


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        (
            "The tiger mosquito bites by day. The tiger mosquito came in 2004 with old tyres from Asia.",
            False,
        ),
        (
            "The mosquito bites by day in town. The mosquito came in 2004 with old tyres from Asia.",
            True,
        ),
    ],
)
def test_part_of_a_longer_noun_is_no_topic(encoder, text, is_offered):
    engine = ArticleQA.from_articles(
        [Article.from_text(text, title="Summer")], Settings(encoder=encoder, reader="none")
    )
    nouns = ("the tiger", "the mosquito")
    offered = [n for n in nouns if f"What does it say about {n}?" in starter_questions(engine)]
    assert offered == (["the mosquito"] if is_offered else [])


def test_one_of_several_is_no_topic_and_a_bus_and_its_buses_are_one():
    texts = [
        "The first survey was lost, and the survey of May too.",
        "The second survey was kept.",
        "The bus is old.",
        "The bus was late again.",
        "The buses are washed here.",
    ]
    topics = article_topics([("body", text) for text in texts[1:]], "Notes", names_in(texts), 20)
    assert topics == ["the bus"]
    assert "the survey" in article_topics([("body", texts[0])], "Notes", names_in(texts), 20)
