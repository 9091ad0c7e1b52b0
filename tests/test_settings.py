"""Settings are checked in one place, whoever makes them."""

import pytest

from qa import ArticleQA, Settings


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"threshold": -0.1}, "threshold must be from 0 to 1, got -0.1"),
        ({"threshold": float("nan")}, "threshold must be from 0 to 1, got nan"),
        ({"search": "best"}, "search must be one of fused, dense, lexical, got 'best'"),
        ({"max_citations": 0}, "max_citations must be at least 1, got 0"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(wrong, problem):
    with pytest.raises(ValueError, match=problem):
        Settings(**wrong)


def test_a_reader_and_an_encoder_may_be_named(encoder):
    engine = ArticleQA.from_text("It rained.", Settings(encoder=encoder, reader="none"))
    assert engine.reader.fingerprint.startswith("sentence reader")
    assert engine.store.encoder is encoder


def test_an_engine_shows_the_settings_it_answers_by(encoder):
    engine = ArticleQA.from_text("It rained.", Settings(encoder=encoder, reader="none"))
    assert engine.settings == Settings(encoder=encoder, reader=engine.reader)
    strict = engine.with_settings(threshold=0.9, max_citations=1)
    assert (strict.threshold, strict.settings.max_citations) == (0.9, 1)
    assert strict.with_settings(threshold=0).settings.max_citations == 1
    assert engine.limits == engine.reader.limits
