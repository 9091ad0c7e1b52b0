"""The API against its own documentation: no request makes it fail or answer as is not documented."""

from concurrent.futures import Future

import pytest
from hypothesis import HealthCheck, given, settings

from index import Article, ArticleIndex
from qa import ArticleQA, Settings
from qa.page.middleware import own_names
from qa.page.service import Service
from qa.server.app import build_programs, build_server

schemathesis = pytest.importorskip(
    "schemathesis", reason="needs schemathesis: pip install '.[test]'"
)


N_EXAMPLES = 25
TEXT = "The council of Lund opened the new bridge on Monday. It cost four million euros."


@pytest.fixture(scope="module")
def documented(encoder, serve):
    engine: Future = Future()
    index = ArticleIndex.build([Article.from_text(TEXT)], encoder)
    engine.set_result(ArticleQA(index, Settings(reader="none")))
    service = Service(engine.result().articles, engine)
    app = build_server(build_programs(service, editable=True), own_names("127.0.0.1", None), None)
    return schemathesis.openapi.from_url(f"{serve(app)}/v1/openapi.json")


METHODS = [
    "POST /ask",
    "POST /ask/batch",
    "POST /retrieve",
    "GET /articles",
    "POST /articles",
    "GET /articles/{article_id}",
    "DELETE /articles/{article_id}",
    "POST /chat/completions",
    "GET /models",
]


def test_every_route_is_tried(documented):
    operations = [result.ok() for result in documented.get_all_operations()]
    assert sorted(f"{o.method.upper()} {o.path}" for o in operations) == sorted(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_every_answer_is_documented_and_none_is_a_fault(documented, name):
    method, path = name.split()

    # Not every rule can be written in a schema: a question must hold a word.
    too_strict = schemathesis.specs.openapi.checks.positive_data_acceptance

    @settings(
        max_examples=N_EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=documented[path][method].as_strategy())
    def check(case):
        response = case.call_and_validate(excluded_checks=[too_strict])
        assert response.status_code < 500

    check()
