"""The REST API: the engine's own answers, errors as problems, within limits."""

import asyncio
import base64
import json
import logging
from concurrent.futures import Future
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from index import Article, ArticleIndex, Library
from qa import ArticleQA, Settings
from qa.batch.output import rendered
from qa.page.limiter import BusyError, Limiter
from qa.page.middleware import own_names
from qa.page.service import Service
from qa.server.app import build_programs, build_server
from qa.server.links import Links
from qa.server.requests_log import MAX_JSON, Observed
from qa.types import Rewording, WrittenSentence

LUND = "The council of Lund opened the new bridge on Monday. It cost four million euros."
OSLO = "The museum of Oslo lent a painting to Bergen. The painting shows a fjord in winter."
KEY = "0123456789abcdef"
JSON = {"content-type": "application/json"}
ADDRESS = "http://127.0.0.1:7860"


def engine_over(encoder, *texts, **settings):
    articles = [Article.from_text(text, date="2024-05-31") for text in texts]
    index = ArticleIndex.build(articles, encoder)
    return ArticleQA(index, Settings(reader="none", **settings))


def service_of(engine):
    done = Future()
    done.set_result(engine)
    return Service(engine.articles, done)


def client_of(service, *, key=None, editable=True, folder=None, names=None):
    links = Links(key=key)
    programs = build_programs(service, folder=folder, editable=editable, links=links)
    app = build_server(programs, names or own_names("127.0.0.1", None), key)
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)


@pytest.fixture
def engine(encoder):
    return engine_over(encoder, LUND, OSLO)


@pytest.fixture
def service(engine):
    return service_of(engine)


@pytest.fixture
def client(service):
    return client_of(service)


def problem(response, status):
    """Check that a response is a problem, and return what it says."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    return body["detail"]


class Rewriting:
    """Words answers anew, and sees whether the queue is held meanwhile."""

    fingerprint = "rewriting"

    def __init__(self, service):
        self.service, self.n_inside = service, []

    def reworded(self, answer):
        self.n_inside.append(self.service.limiter.n_inside)
        sentences = (WrittenSentence("In other words.", (1,)),)
        return (
            replace(answer, rewording=Rewording(sentences, "tiny", 0)) if answer.given else answer
        )


def test_batches_are_reworded_too_and_the_writer_holds_up_nobody(service):
    asked = {
        "threshold": 0,
        "questions": [{"question": "What did the bridge cost?"}, {"question": "x" * 5000}],
    }
    service.writer = Rewriting(service)
    lines = client_of(service).post("/v1/ask/batch", json=asked).text.splitlines()
    first, second = map(json.loads, lines)
    assert first["rewording"]["sentences"] == [{"text": "In other words.", "citations": [1]}]
    assert second["error"]
    assert "rewording" not in second
    assert service.writer.n_inside == [0]


def test_an_answer_is_the_engines_own(client, engine):
    asked = {"question": "What did the bridge cost?", "threshold": 0, "max_citations": 1}
    answer = client.post("/v1/ask", json=asked).json()
    same = engine.with_settings(threshold=0, max_citations=1).ask("What did the bridge cost?")
    assert answer == same.to_dict()
    assert len(answer["citations"]) == 1


def test_earlier_questions_help_to_understand_the_next(client, engine):
    history = ["What did the bridge cost?"]
    answer = client.post("/v1/ask", json={"question": "Who opened it?", "history": history}).json()
    assert answer == engine.ask("Who opened it?", history=history).to_dict()
    assert answer != engine.ask("Who opened it?").to_dict()


def test_a_filter_chooses_the_articles(client, engine):
    oslo = engine.articles[1]
    for chosen in ({"articles": [oslo.id]}, {"articles": [oslo.title]}):
        hits = client.post("/v1/retrieve", json={"question": "the bridge", **chosen}).json()["hits"]
        assert {h["article"]["id"] for h in hits} == {oslo.id}
    none = client.post("/v1/retrieve", json={"question": "the bridge", "since": "2025"})
    assert "got none of 2 (since 2025" in problem(none, 422)


def test_hits_are_the_engines_own(client, engine):
    hits = client.post("/v1/retrieve", json={"question": "a fjord", "top_k": 1}).json()["hits"]
    assert hits == [hit.to_dict() for hit in engine.retrieve("a fjord", 1)]


def test_a_batch_is_streamed_as_the_command_writes_it(client, service):
    from qa.batch.question_file import parse_questions
    from qa.batch.records import answer_rows

    asked = [
        {"id": "a", "question": "What did it cost?"},
        {"question": "?"},
        {"question": "A fjord?"},
    ]
    response = client.post("/v1/ask/batch", json={"questions": asked})
    assert response.headers["content-type"] == "application/x-ndjson"
    rows = parse_questions("q", "\n".join(map(json.dumps, asked)).encode(), "jsonl").rows
    records = [r for chunk in answer_rows(service.engine.result(), rows) for r in chunk]
    assert response.content == b"".join(rendered(records, "jsonl"))
    assert [json.loads(line)["status"] for line in response.text.splitlines()][1] == "error"


def test_a_batch_that_cannot_go_on_says_so_in_its_last_line(client, service, monkeypatch):
    answered = service.records

    def records(*args, **settings):
        yield from answered(*args, **settings)
        raise BusyError(1)

    monkeypatch.setattr(service, "records", records)
    lines = client.post("/v1/ask/batch", json={"questions": [{"question": "x"}]}).text.splitlines()
    assert [json.loads(line)["status"] for line in lines][1:] == ["error"]
    assert "Too many questions" in json.loads(lines[1])["error"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "question: Field required"),
        ({"question": ""}, "question must hold a word"),
        ({"question": "x" * 5000}, "at most 4000 characters"),
        ({"question": "x", "threshold": 2}, "threshold: Input should be less than or equal to 1"),
        ({"question": "x", "since": "May"}, "since must be a date as in 2024-05-31"),
        ({"question": "x", "history": ["y"] * 21}, "history: List should have at most 20 items"),
    ],
)
def test_a_bad_question_is_a_problem_that_says_what_to_do(client, body, detail):
    assert detail in problem(client.post("/v1/ask", json=body), 422)


def test_what_is_not_there_or_not_json_is_a_problem(client):
    problem(client.get("/v1/nothing"), 404)
    problem(client.get("/nothing"), 404)
    problem(client.get("/v1/ask"), 405)
    broken = client.post("/v1/ask", content=b'{"question":', headers=JSON)
    assert (
        problem(broken, 422) == "body must be JSON, which breaks off or goes wrong at character 12"
    )
    words = client.post("/v1/ask/batch", json={"questions": ["Who paid?"]})
    assert 'questions.0: must be an object such as {"question": "Who paid?"}' in problem(words, 422)
    form = {"content-type": "application/x-www-form-urlencoded"}  # as curl sends it by itself
    sent = client.post("/v1/ask", content=b'{"question": "x"}', headers=form)
    assert "Content-Type: application/json" in problem(sent, 422)


def test_a_text_that_utf_8_cannot_hold_is_a_problem(client):
    body = b'{"question": "the \\ud800 bridge"}'
    assert "question" in problem(client.post("/v1/ask", content=body, headers=JSON), 422)


def test_too_many_questions_at_once_are_a_problem_and_told_when_to_come_again(client, service):
    service.limiter = Limiter(1, 0)
    with service.limiter.enter():
        for path, body in (
            ("ask", {"question": "x"}),
            ("retrieve", {"question": "x"}),
            ("ask/batch", {"questions": [{"question": "x"}]}),
            ("chat/completions", {"messages": [{"role": "user", "content": "x"}]}),
            ("articles", {"text": "A house burnt down."}),
        ):
            response = client.post(f"/v1/{path}", json=body)
            assert "Too many questions" in problem(response, 429)
            assert response.headers["retry-after"] == "5"
    assert client.post("/v1/ask", json={"question": "x"}).status_code == 200


def test_before_the_engine_is_loaded_the_server_lives_and_is_not_ready(engine):
    loading = Future()
    client = client_of(Service(engine.articles, loading))
    assert client.get("/healthz").status_code == 200
    problem(client.get("/readyz"), 503)
    assert "being loaded" in problem(client.post("/v1/ask", json={"question": "x"}), 503)
    assert client.get("/v1/articles").json()["n_articles"] == 2
    loading.set_result(engine)
    assert client.get("/readyz").text == "ready\n"


def test_articles_are_listed_and_read(client, engine):
    listed = client.get("/v1/articles", params={"limit": 1, "offset": 1}).json()
    oslo = engine.articles[1]
    assert listed["n_articles"] == 2
    assert [a["id"] for a in listed["articles"]] == [oslo.id]
    whole = client.get(f"/v1/articles/{oslo.id}").json()
    assert whole["text"] == OSLO
    assert [OSLO[s["start"] : s["end"]] for s in whole["sentences"]] == [
        s.text for s in oslo.sentences
    ]
    problem(client.get("/v1/articles/unknown"), 404)


def test_articles_that_are_added_are_asked_and_those_removed_no_longer(client, service):
    text = {"text": "The ferry to Umea sails at noon.", "title": "Ferries", "date": "2026-01-02"}
    file = {"name": "tram.txt", "data": base64.b64encode(b"The tram is yellow.").decode()}
    first = client.post("/v1/articles", json=text)
    assert first.status_code == 201
    assert client.post("/v1/articles", json=text).json() == first.json()  # it is there already
    client.post("/v1/articles", json={"file": file})
    assert client.get("/v1/articles").json()["n_articles"] == len(service.corpus.articles) == 4
    hits = client.post("/v1/retrieve", json={"question": "ferry", "top_k": 1}).json()["hits"]
    [ferries] = first.json()["articles"]
    assert [h["article"] for h in hits] == [ferries]
    assert client.delete(f"/v1/articles/{ferries['id']}").status_code == 204
    problem(client.delete(f"/v1/articles/{ferries['id']}"), 404)
    hits = client.post("/v1/retrieve", json={"question": "ferry", "top_k": 5}).json()["hits"]
    assert ferries["id"] not in {h["article"]["id"] for h in hits}


def test_an_article_must_be_readable_and_the_last_one_stays(client, service):
    assert "one of text, address" in problem(client.post("/v1/articles", json={}), 422)
    problem(client.post("/v1/articles", json={"text": " "}), 422)
    problem(client.post("/v1/articles", json={"text": "A.", "date": "2024-31-31"}), 422)
    local = {"address": "http://127.0.0.1/secret"}
    problem(client.post("/v1/articles", json=local), 422)
    first, last = [a.id for a in service.corpus.articles]
    assert client.delete(f"/v1/articles/{first}").status_code == 204
    assert "last article must stay" in problem(client.delete(f"/v1/articles/{last}"), 422)


def test_a_library_is_changed_on_the_disk(encoder, tmp_path):
    folder = tmp_path / "library"
    with Library(folder, encoder) as library:
        library.add([Article.from_text(LUND), Article.from_text(OSLO)])
    index = ArticleIndex.load(folder, encoder)
    client = client_of(service_of(ArticleQA(index, Settings(reader="none"))), folder=folder)
    added = client.post("/v1/articles", json={"text": "The tram is yellow."}).json()["articles"][0]
    gone = index.articles[0].id
    assert client.delete(f"/v1/articles/{gone}").status_code == 204
    again = ArticleIndex.load(folder, encoder)
    ids = {a.id for a in again.articles}
    assert added["id"] in ids
    assert gone not in ids
    assert len(ids) == client.get("/v1/articles").json()["n_articles"] == 2


def test_nobody_changes_articles_where_that_is_closed(service):
    client = client_of(service, editable=False)
    assert "--api-key" in problem(client.post("/v1/articles", json={"text": "A house."}), 403)
    problem(client.delete(f"/v1/articles/{service.corpus.articles[0].id}"), 403)


def test_a_key_is_asked_of_programs_and_not_of_probes(service):
    client = client_of(service, key=KEY)
    for headers in ({}, {"authorization": f"Bearer {KEY}x"}, {"authorization": f"Basic {KEY}"}):
        refused = client.post("/v1/ask", json={"question": "x"}, headers=headers)
        assert "Authorization: Bearer KEY" in problem(refused, 401)
        assert refused.headers["www-authenticate"] == "Bearer"
        problem(client.get("/metrics", headers=headers), 401)
    right = {"authorization": f"Bearer {KEY}"}
    assert client.post("/v1/ask", json={"question": "x"}, headers=right).status_code == 200
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_a_foreign_name_and_a_foreign_page_are_refused(client):
    asked = {"question": "x"}
    problem(client.post("/v1/ask", json=asked, headers={"host": "evil.example"}), 421)
    problem(client.post("/v1/ask", json=asked, headers={"origin": "http://evil.example"}), 403)
    problem(client.delete("/v1/articles/x", headers={"origin": "null"}), 403)


def test_a_citations_link_opens_its_article_and_no_other(service, engine):
    client = client_of(service, key=KEY)
    lund, oslo = engine.articles
    links = Links(key=KEY)
    address = links.sentence(f"{ADDRESS}/", lund, 1)
    shown = client.get(address)
    assert f'id="{address.partition("#")[2]}"' in shown.text
    assert "It cost four million euros." in shown.text
    assert "script" not in shown.headers["content-security-policy"]
    problem(client.get(f"/articles/{lund.id}"), 403)
    stolen = address.partition("?")[2].partition("#")[0]
    problem(client.get(f"/articles/{oslo.id}?{stolen}"), 403)
    gone = links.article(f"{ADDRESS}/", "0" * 16)
    problem(client.get(gone), 404)


def test_links_lead_through_a_proxy_that_needs_no_special_headers(service):
    public = "https://news.example/qa"
    programs = build_programs(service, links=Links(public))
    app = build_server(programs, own_names("127.0.0.1", public), None)
    client = TestClient(app, base_url=ADDRESS)  # the name that nginx sends by itself
    asked = {"messages": [{"role": "user", "content": "the bridge"}]}
    reply = client.post("/v1/chat/completions", json=asked).json()
    links = [a["url_citation"]["url"] for a in reply["choices"][0]["message"]["annotations"]]
    assert links
    assert all(link.startswith(f"{public}/articles/") for link in links)
    named = {"host": "news.example", "origin": "https://news.example"}
    assert client.post("/v1/ask", json={"question": "x"}, headers=named).status_code == 200
    whole = problem(client.get("/qa/v1/models"), 404)
    assert "must take off the path" in whole


def test_metrics_count_requests_by_route_and_answers_by_status(client):
    for question in ("What did the bridge cost?", "Who?"):
        client.post("/v1/ask", json={"question": question})
    for path in ("/v1/secret1", "/v1/secret2"):
        client.get(path)
    lines = client.get("/metrics").text.splitlines()
    assert 'article_qa_requests_total{method="POST",route="/v1/ask",status="200"} 2.0' in lines
    assert 'article_qa_requests_total{method="GET",route="other",status="404"} 2.0' in lines
    counted = [line for line in lines if line.startswith("article_qa_answers_total")]
    assert sum(float(line.split()[1]) for line in counted) == 2
    assert "article_qa_articles 2.0" in lines


def test_a_request_is_one_line_without_what_was_asked(client, caplog):
    with caplog.at_level(logging.INFO, "article_qa.server"):
        client.post("/v1/ask?secret=1", json={"question": "the bridge"})
        client.get("/v1/a%09b")
        client.get("/v1/a%0Ab")
    first, *others = [record.getMessage() for record in caplog.records]
    assert first.startswith("testclient POST /v1/ask 200 ")
    assert "secret" not in first
    assert "bridge" not in first
    assert [line.split(" ")[2:4] for line in others] == [["/v1/a%09b", "404"], ["/v1/a%0Ab", "404"]]


def test_a_body_is_read_within_limits(client, service):
    large = b'{"question": "' + b"x" * MAX_JSON + b'"}'
    assert "at most" in problem(client.post("/v1/ask", content=large), 413)


@pytest.mark.filterwarnings("error")
def test_a_body_that_does_not_come_is_not_waited_for(service):
    from qa.server.metrics import Metrics

    async def never():
        await asyncio.sleep(60)

    sent = []

    async def send(message):
        sent.append(message)

    observed = Observed(None, Metrics(service), max_body_s=0.01)
    scope = {"type": "http", "path": "/v1/ask", "method": "POST", "client": None}
    asyncio.run(observed(scope, never, send))
    assert sent[0]["status"] == 408


def test_a_fault_of_ours_is_a_problem_and_is_logged(service, caplog, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("secret")

    client = client_of(service)
    monkeypatch.setattr(service, "ask", fail)
    response = client.post("/v1/ask", json={"question": "x"})
    assert "secret" not in problem(response, 500)
    assert "secret" in caplog.text


def test_the_documentation_names_every_route_and_the_problems(client):
    documented = client.get("/v1/openapi.json").json()
    assert set(documented["paths"]) == {
        "/ask",
        "/ask/batch",
        "/retrieve",
        "/articles",
        "/articles/{article_id}",
        "/chat/completions",
        "/models",
    }
    responses = documented["paths"]["/ask"]["post"]["responses"]
    assert set(responses) >= {"200", "401", "413", "422", "429", "503"}
    assert "application/problem+json" in responses["429"]["content"]
    assert "Problem" in documented["components"]["schemas"]


def test_a_replaced_engine_is_asked_from_the_next_question_on(service, encoder):
    client = client_of(service)
    service.replace(engine_over(encoder, "The tram is yellow."))
    hits = client.post("/v1/retrieve", json={"question": "bridge"}).json()["hits"]
    assert [h["text"] for h in hits] == ["The tram is yellow."]


def test_settings_of_one_question_do_not_change_the_next(client, engine):
    strict = client.post("/v1/ask", json={"question": "What did the bridge cost?", "threshold": 1})
    free = client.post("/v1/ask", json={"question": "What did the bridge cost?"})
    assert free.json() == engine.ask("What did the bridge cost?").to_dict()
    assert strict.json()["status"] != free.json()["status"] or free.json()["status"] == "not_found"
    assert replace(engine.settings) == engine.settings
