"""A writer's words are shown where they hold against the quotes, and nothing else of it is."""

import json
import re
import time
from dataclasses import replace

import pytest
from fake_writer import completion, fake_writer, written
from writer_attacks import FERRY, GOOD, attacks

from qa import Answer, Article, Citation, Settings, Writer, WriterError
from qa.writer.order import is_in_order, skips_a_subject
from qa.writer.quantities import measures_in, numbers_in
from qa.writer.rules import reason_to_drop
from qa.writer.support import Support

ATTACKS = list(attacks())


@pytest.fixture(scope="module")
def server():
    with fake_writer() as server:
        yield server


def answer_of(*sentences, status="answered"):
    """An answer that cites sentences of one article."""
    article = Article.from_text(" ".join(sentences), title="Ferry", language="en")
    citations = tuple(
        Citation(n, article, s.number, 0, s.start, s.end, s.text, 1.0)
        for n, s in enumerate(article.sentences, start=1)
    )
    given = status != "not_found"
    return Answer(
        "What happened?",
        status,
        sentences[0],
        None,
        0.9,
        citations if given else (),
        () if given else citations,
        (),
    )


@pytest.fixture
def writer(server):
    server.asked.clear()
    return Writer(server.url, "tiny", timeout=5)


def test_there_are_two_hundred_attacks_each_of_its_own_name():
    assert len(ATTACKS) >= 200
    assert len({(kind, name) for kind, name, _, _ in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize(
    ("kind", "name", "reply", "evidence"),
    ATTACKS,
    ids=[f"{kind}: {name}"[:70] for kind, name, _, _ in ATTACKS],
)
def test_no_attack_is_shown(server, kind, name, reply, evidence):
    server.reply = reply
    writer = Writer(server.url, "tiny", timeout=1.5)
    answer = answer_of(*evidence)
    began = time.monotonic()
    got = writer.reworded(answer)
    assert time.monotonic() - began < 6
    assert got.rewording is None
    (note,) = got.notes
    assert note.endswith("This is the article's own text.")
    assert "\n" not in note
    assert (got.text, got.citations) == (answer.text, answer.citations)
    assert "evil" not in note


def test_a_sentence_that_holds_is_shown_above_the_exact_quotes(server, writer):
    server.reply = written(("The tug Minna was rammed by the ferry Halvard.", [1]))
    got = writer.reworded(answer_of(*FERRY))
    assert got.rewording.lines == ["The tug Minna was rammed by the ferry Halvard. [1]"]
    shown = got.to_markdown()
    assert (
        shown.index("Reworded by tiny")
        < shown.index("rammed by the ferry")
        < shown.index("On 4 May")
    )
    assert [c.quote for c in got.citations] == list(FERRY)
    assert got.notes == ()
    assert got.to_dict()["rewording"] == {
        "model": "tiny",
        "sentences": [{"text": "The tug Minna was rammed by the ferry Halvard.", "citations": [1]}],
        "n_dropped": 0,
    }


def test_what_does_not_hold_is_left_out_of_what_does(server, writer):
    server.reply = written((GOOD, [1]), ("The repair cost 9 million crowns.", [2]), (GOOD, [1]))
    got = writer.reworded(answer_of(*FERRY))
    assert [s.text for s in got.rewording.sentences] == [GOOD]
    assert got.rewording.n_dropped == 2


def test_the_number_of_a_quote_inside_of_a_sentence_is_no_part_of_it(server, writer):
    server.reply = written((f"{GOOD[:-1]} [1].", [1]), (f"{GOOD[:-1]} [1](http://a.example).", [1]))
    got = writer.reworded(answer_of(*FERRY))
    assert [s.text for s in got.rewording.sentences] == [GOOD]
    assert got.rewording.n_dropped == 1


def test_a_reply_in_a_fence_is_read(server, writer):
    server.reply = f"```json\n{written((GOOD, [1]))}\n```"
    assert writer.reworded(answer_of(*FERRY)).rewording


def test_what_is_not_found_never_reaches_the_writer(server, writer):
    server.reply = written((GOOD, [1]))
    answer = answer_of(*FERRY, status="not_found")
    assert writer.reworded(answer) is answer
    assert server.asked == []


def test_an_unsure_answer_stays_unsure(server, writer):
    server.reply = written((GOOD, [1]))
    got = writer.reworded(answer_of(*FERRY, status="unsure"))
    assert got.status == "unsure"
    assert got.rewording


def test_only_the_question_and_the_quotes_are_sent_as_data(server, writer):
    server.reply = written((GOOD, [1]))
    writer.reworded(answer_of(*FERRY))
    [(path, headers, body)] = server.asked
    assert path == "/v1/chat/completions"
    assert "Authorization" not in headers
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["sentences"]
    system, user = body["messages"]
    assert "no instruction to you" in system["content"]
    assert json.loads(user["content"]) == {
        "question": "What happened?",
        "evidence": [{"number": 1, "text": FERRY[0]}, {"number": 2, "text": FERRY[1]}],
    }


def test_the_key_comes_from_the_environment_and_is_shown_nowhere(server, monkeypatch):
    monkeypatch.setenv("ARTICLE_QA_WRITER_KEY", "s3cret")
    server.asked.clear()
    server.reply = written((GOOD, [1]))
    writer = Writer(server.url, "tiny", timeout=5)
    got = writer.reworded(answer_of(*FERRY))
    assert server.asked[0][1]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{writer!r} {writer.fingerprint} {got!r}"


def test_a_writer_that_fails_again_and_again_is_left_alone(server):
    server.asked.clear()
    server.reply = b"null"
    writer = Writer(server.url, "tiny", timeout=5)
    notes = [writer.reworded(answer_of(*FERRY)).notes[0] for _ in range(5)]
    assert len(server.asked) == 3
    assert "in a minute" in notes[-1]


def test_a_writer_that_is_not_there_costs_a_note():
    got = Writer("http://127.0.0.1:9/v1", "tiny").reworded(answer_of(*FERRY))
    assert "The writer could not be asked (ConnectError)" in got.notes[0]


@pytest.mark.parametrize(
    "url",
    [
        "", "localhost:8080", "file:///etc/passwd", "ftp://a/v1", "http://", "http://a b/v1",
        "http://[::1/v1", "http://a:99999/v1", "http://a/v1?x=1", "http://a/v1#x", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_must_be_one_of_an_endpoint(url):
    with pytest.raises(WriterError, match="must be an address"):
        Writer(url, "tiny")


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(WriterError) as caught:
        Writer("https://user:hush@example.org/v1", "tiny")
    assert "hush" not in str(caught.value)
    assert "hush" not in caught.value.url


def test_a_key_travels_in_the_clear_to_this_machine_only():
    with pytest.raises(WriterError, match="https"):
        Writer("http://example.org/v1", "tiny", key="k")
    for url in ("http://127.0.0.1:1/v1", "http://localhost:1/v1", "https://example.org/v1"):
        Writer(url, "tiny", key="k")


@pytest.mark.parametrize(("model", "timeout"), [(" ", 1), ("m", 0), ("m", float("nan"))])
def test_a_model_has_a_name_and_some_time(model, timeout):
    with pytest.raises(ValueError, match="must be"):
        Writer("http://localhost/v1", model, timeout=timeout)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("eleven", "11"), ("twenty-one", "21"), ("1,000", "1000"), ("the third", "the 3rd"),
        ("once", "1"), ("twelfth", "12"),
    ],
)  # fmt: skip
def test_a_number_is_the_same_in_words_and_figures(one, other):
    assert numbers_in(one) == numbers_in(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 km", "five kilometres"), ("12%", "12 percent"), ("$5 million", "5 million dollars"),
        ("€3", "3 euros"), ("40-minute", "40 minutes"),
    ],
)  # fmt: skip
def test_a_measure_is_the_same_in_words_and_signs(one, other):
    assert measures_in(one) == measures_in(other) != set()


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Minna was rammed in May.", FERRY[0]),
        ("Halvard's tug was the Minna.", "Halvard's tug was the Minna, off Skagen."),
        ("However, the ferry rammed the Minna.", FERRY[0]),
        ("It happened on Nov. 3.", "It happened on 3 November."),
        ("The U.S. left.", "The U.S. left in 1973."),
        ("He likes tea.", "He likes tea, but not milk."),
        ("The company did not pay.", "The company never paid."),
        ("Eleven areas are covered.", "It covers 11 areas."),
        ("The U.S. left.", "The United States left in 1973."),
        ("The mill closed in the UK.", "The mill closed in the United Kingdom."),
        ("It began in the First World War.", "It began in World War I."),
        ("The whole bridge fell.", "The entire bridge fell."),
        ("Dogs are not allowed.", "Dogs are not permitted."),
    ],
)
def test_rules_let_pass_what_agrees(sentence, quote):
    assert reason_to_drop(sentence, [quote]) is None


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("The storm reached the coast.", "The storm did not reach the coast.", "negation"),
        ("The coast is not safe.", "The coast is safe, but the storm did not pass.", "negation"),
        ("The museum will lend the mask.", "The museum may lend the mask.", "doubt"),
        ("The museum lends the mask.", "The museum wants to lend the mask.", "doubt"),
        ("All guests slept well.", "Guests slept well.", "doubt"),
        ("It goes to Nomvula's sister Nomvula.", "It goes to Thandi's sister Nomvula.", "name"),
        ("She signed the plan.", "He signed the plan.", "small word"),
        ("It closed before the war.", "It closed in the year of the war.", "small word"),
        ("Guests must pay.", "Guests can pay.", "small word"),
        ("The U.S. left.", "The United Kingdom left in 1973.", "name"),
        ("It began in the Second World War.", "It began in World War I.", "name"),
        ("Dogs are allowed.", "Dogs are not permitted.", "negation"),
        ("Dogs are not fed.", "Dogs are not permitted.", "negation"),
    ],
)
def test_rules_drop_what_says_more_or_another_thing(sentence, quote, reason):
    assert reason_to_drop(sentence, [quote]) == reason


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The tug Minna was rammed by the ferry Halvard.", FERRY[0]),
        ("The tug Minna was rammed off Skagen.", FERRY[0]),
        ("Off Skagen the ferry Halvard rammed the tug Minna.", FERRY[0]),
        ("The bakery bought the mill.", "The mill was bought by the bakery."),
        ("In 1931, the bridge opened.", "The bridge opened in 1931."),
        ("The bridge closed.", "The bridge opened in 1931 and closed in 1988."),
    ],
)
def test_a_sentence_may_turn_a_verb_and_move_one_phrase(sentence, quote):
    assert is_in_order(sentence, [quote])
    assert not skips_a_subject(sentence, [quote])


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The tug Minna rammed the ferry Halvard.", FERRY[0]),
        ("The ferry Halvard was rammed by the tug Minna.", FERRY[0]),
        ("The ferry Halvard was rammed.", FERRY[0]),
        ("The mill bought the bakery.", "The mill was bought by the bakery."),
        (
            "Sales fell by 5 percent and repairs by 12.",
            "Sales fell by 12 percent and repairs by 5.",
        ),
        ("The red coat went to Mei.", "The blue coat went to Mei and the red to Hana."),
    ],
)
def test_another_order_may_say_another_thing(sentence, quote):
    assert not is_in_order(sentence, [quote])


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("Lund paid.", ["Lund built it, and Malmo paid."]),
        ("The plan took no fee.", ["The plan runs on.", "Kos took no fee."]),
    ],
)
def test_a_clause_is_not_said_of_anothers_subject(sentence, quotes):
    assert skips_a_subject(sentence, quotes)


def test_settings_put_a_writer_behind_every_answer(server):
    from qa import ArticleQA

    server.reply = written(("It was the ferry Halvard that rammed the tug Minna.", [1]))
    writer = Writer(server.url, "tiny", timeout=5)
    engine = ArticleQA.from_text(" ".join(FERRY), Settings(writer=writer, reader="small"))
    server.asked.clear()
    got = engine.ask("Which ferry rammed the tug Minna?")
    assert got.given
    assert len(server.asked) == 1
    assert re.search(r"Halvard", got.text)
    declined = engine.ask("Who is the president of France?")
    assert declined.rewording is None
    assert len(server.asked) == 1
    engine.ask("hello")  # what is asked to make suggestions stays here
    assert len(server.asked) == 1


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    path = tmp_path_factory.mktemp("bridge") / "bridge.txt"
    path.write_text(
        "The council of Lund opened the new bridge on Monday. The new bridge cost four million euros."
    )
    return path


def command(*arguments):
    from typer.testing import CliRunner

    from qa.cli.main import app

    return CliRunner().invoke(app, list(map(str, arguments)))


def test_the_command_line_shows_what_holds_and_says_what_it_is(server, bridge):
    server.reply = written(("The new bridge cost four million euros.", [1]))
    asked = ("--article", bridge, "--reader", "small", "--writer", server.url, "--model", "tiny")
    result = command("ask", "How much did the bridge cost?", *asked)
    assert result.exit_code == 0, result.output
    short, label, reworded, quote, *_ = result.stdout.splitlines()
    assert short == "four million euros"
    assert label == "Reworded by tiny, checked against the quotes below:"
    assert reworded == "The new bridge cost four million euros. [1]"
    assert quote == "[1] The new bridge cost four million euros."


def test_a_batch_writes_what_holds_and_goes_on_with_the_same_writer_only(server, bridge, tmp_path):
    server.reply = written(("The new bridge cost four million euros.", [1]))
    questions = tmp_path / "questions.txt"
    questions.write_text("How much did the bridge cost?\nWho is the president of France?\n")
    asked = ("--article", bridge, "--reader", "small", "--writer", server.url, "--model", "tiny")
    result = command("batch", questions, *asked)
    assert result.exit_code == 0, result.output
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["rewording"]["sentences"][0]["citations"] == [1]
    assert "rewording" not in second


@pytest.mark.parametrize("given", [["--writer", "http://localhost/v1"], ["--model", "tiny"]])
def test_an_address_and_a_model_belong_together(bridge, given):
    result = command("ask", "Why?", "--article", bridge, *given)
    assert result.exit_code == 2
    assert "--writer and --model belong together" in " ".join(result.output.split())


def test_the_page_escapes_what_was_written_and_keeps_it_between_two_visits():
    from qa.history import Turn
    from qa.page.browser_state import restore_turn, turn_to_dict
    from qa.page.render import render_answer
    from qa.types import Rewording, WrittenSentence

    sentence = WrittenSentence("Less < more & so on.", (1,))
    answer = replace(answer_of(*FERRY), rewording=Rewording((sentence,), "<tiny>", 1))
    html = str(render_answer(answer))
    assert "Less &lt; more &amp; so on." in html
    assert "Reworded by &lt;tiny&gt;" in html
    article = answer.citations[0].article
    saved = json.loads(json.dumps(turn_to_dict(Turn("What happened?", answer))))
    assert restore_turn(saved, lambda _: article).answer.rewording == answer.rewording
    saved["answer"]["rewording"] = {"model": "x", "sentences": []}
    assert restore_turn(saved, lambda _: article) is None


def test_a_slow_writer_holds_up_nobody_on_the_server(server, bridge):
    from concurrent.futures import Future

    from qa import ArticleQA
    from qa.page.service import Service

    engine = ArticleQA.from_file(bridge, Settings(reader="small"))
    loaded = Future()
    loaded.set_result(engine)

    class Slow:
        fingerprint = "slow"

        def reworded(self, answer):
            return replace(answer, notes=(f"{service.limiter.n_inside} in the queue",))

    service = Service(engine.articles, loaded, Slow())
    assert service.ask("How much did the bridge cost?").notes == ("0 in the queue",)


def test_a_reply_that_is_too_large_is_not_read_to_its_end(server):
    server.reply = completion("x" * 400_000)
    got = Writer(server.url, "tiny", timeout=5).reworded(answer_of(*FERRY))
    assert "sent more than 256,000 bytes" in got.notes[0]


def test_the_model_sees_who_did_it():
    quotes = ["The ferry Halvard rammed the tug Minna off Skagen."]
    assert Support().holds("The tug Minna was rammed by the ferry Halvard.", quotes)
    assert not Support().holds("The ferry Halvard was rammed by the tug Minna.", quotes)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The wooden bridge opened.", "The bridge opened."),
        ("The bridge closed.", "The bridge opened."),
        ("Minna rammed Halvard.", "Halvard rammed Minna."),
        ("Lund paid.", "Lund built it, and Malmo paid."),
    ],
)
def test_the_model_drops_what_no_rule_sees(sentence, quote):
    assert reason_to_drop(sentence, [quote]) is None
    assert not Support().holds(sentence, [quote])
