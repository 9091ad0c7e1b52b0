"""OpenAI's chat API: read by its own client, streamed, and cited so that a link opens the sentence."""

import json
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from index import Article, ArticleIndex
from qa import ArticleQA, Settings
from qa.page.middleware import own_names
from qa.page.service import Service
from qa.server.app import build_programs, build_server
from qa.server.chat_tasks import task_reply
from qa.server.links import Links

openai = pytest.importorskip("openai", reason="needs openai: pip install '.[test]'")

TEXT = "The council of Lund opened the new bridge on Monday. It cost four million euros."
KEY = "0123456789abcdef"
QUESTION = {"role": "user", "content": "How much did the bridge cost?"}

# As Open WebUI sends them, shortened.
TITLE = """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: { "title": "your concise title here" }
### Chat History:
<chat_history>
USER: How much did the bridge cost?
ASSISTANT: four million euros
</chat_history>"""
TAGS = TITLE.replace('{ "title": "your concise title here" }', '{ "tags": ["tag1", "tag2"] }')
NEXT = TITLE.replace('{ "title": "your concise title here" }', '{ "follow_ups": ["Question 1?"] }')
SEARCH = TITLE.replace('{ "title": "your concise title here" }', '{ "queries": ["query1"] }')
# As clients that want words send it.
PLAIN_TITLE = """Provide a concise, 5-word-or-less title for the conversation, using its same language.

Conversation:
User: How much did the bridge cost?
AI: four million euros"""


@pytest.fixture(scope="module")
def service():
    from concurrent.futures import Future

    engine: Future = Future()
    engine.set_result(ArticleQA.from_text(TEXT, Settings(reader="small")))
    return Service(engine.result().articles, engine)


@pytest.fixture(scope="module")
def app(service):
    programs = build_programs(service, links=Links(key=KEY))
    return build_server(programs, own_names("127.0.0.1", None), KEY)


@pytest.fixture(scope="module")
def address(app, serve):
    return serve(app)


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_the_client_lists_the_model_and_reads_an_answer(client, service):
    [model] = client.models.list().data
    reply = client.chat.completions.create(model=model.id, messages=[QUESTION])
    [choice] = reply.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content.startswith("**four million euros**")
    assert reply.usage.total_tokens == 0
    assert reply.article_qa == service.ask(QUESTION["content"]).to_dict()


def test_a_citation_covers_its_quote_and_its_link_opens_the_sentence(client, app):
    reply = client.chat.completions.create(model="article-qa", messages=[QUESTION])
    message = reply.choices[0].message
    [annotation] = message.annotations
    cited = annotation.url_citation
    assert annotation.type == "url_citation"
    assert "It cost four million euros" in message.content[cited.start_index : cited.end_index]
    url = urlsplit(cited.url)
    page = TestClient(app, base_url="http://127.0.0.1:1").get(f"{url.path}?{url.query}")
    assert page.status_code == 200
    assert f'id="{url.fragment}"' in page.text
    assert f"]({cited.url})" in message.content


def test_a_stream_has_the_same_content_and_citations(client):
    asked = {"model": "article-qa", "messages": [QUESTION]}
    whole = client.chat.completions.create(**asked).choices[0].message
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options=options))
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    [annotations] = [d.annotations for d in deltas if getattr(d, "annotations", None)]
    assert annotations == [a.model_dump(exclude_unset=True) for a in whole.annotations]
    assert chunks[-1].usage.total_tokens == 0
    [end] = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    assert end == "stop"


def test_open_webui_gets_each_quote_as_a_source_event(app):
    client = TestClient(
        app, base_url="http://127.0.0.1:1", headers={"authorization": f"Bearer {KEY}"}
    )
    asked = {"model": "article-qa", "stream": True, "messages": [QUESTION]}
    lines = client.post("/v1/chat/completions", json=asked).text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    [event] = [chunk["event"] for chunk in chunks if "event" in chunk]
    assert event["type"] == "source"
    assert event["data"]["document"] == ["It cost four million euros."]
    [metadata] = event["data"]["metadata"]
    assert metadata["source"] == event["data"]["source"]["url"]


def test_earlier_questions_help_to_understand_the_next(client, service):
    messages = [
        {"role": "system", "content": "You are helpful."},
        QUESTION,
        {"role": "assistant", "content": "four million euros"},
        {"role": "user", "content": [{"type": "text", "text": "Who opened it?"}]},
    ]
    reply = client.chat.completions.create(model="article-qa", messages=messages)
    same = service.ask("Who opened it?", [QUESTION["content"]])
    assert reply.article_qa == same.to_dict()


def test_nothing_found_cites_nothing(client):
    asked = {"role": "user", "content": "Who is the president of France?"}
    message = client.chat.completions.create(model="x", messages=[asked]).choices[0].message
    assert message.annotations == []
    assert message.content.startswith("I found no answer")


def test_a_problem_is_an_error_that_the_client_knows(client, address):
    with pytest.raises(openai.UnprocessableEntityError, match="messages must hold one of the user"):
        client.chat.completions.create(model="x", messages=[{"role": "system", "content": "x"}])
    with (
        openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError, match="Key is missing or wrong"),
    ):
        stranger.models.list()


def test_a_title_tags_and_what_to_ask_next_are_no_questions(client, service):
    def reply(prompt):
        asked = {"role": "user", "content": prompt}
        message = client.chat.completions.create(model="x", messages=[asked]).choices[0].message
        assert message.annotations == []
        return message.content

    assert json.loads(reply(TITLE)) == {"title": "How much did the bridge cost"}
    assert json.loads(reply(TAGS)) == {"tags": ["General"]}
    assert json.loads(reply(SEARCH)) == {"queries": []}
    assert reply(PLAIN_TITLE) == "How much did the bridge cost"
    suggested = json.loads(reply(NEXT))["follow_ups"]
    assert all(service.ask(question).given for question in suggested)


@pytest.mark.parametrize(
    "question",
    [
        "What is the title of the plan?",
        "Give me the title of the report on the bridge",
        "Who won the title in 2020?",
        "What did he write in the message?",
    ],
)
def test_a_question_about_a_title_is_a_question(question):
    assert task_reply(question, [], list) is None


def test_a_quote_with_markdown_in_it_is_shown_as_it_is(encoder):
    text = "The **bold** [link](http://evil.example) cost <b>four</b> euros. Nothing else is known."
    from concurrent.futures import Future

    engine: Future = Future()
    index = ArticleIndex.build([Article.from_text(text)], encoder)
    engine.set_result(ArticleQA(index, Settings(reader="none", threshold=0)))
    app = build_server(
        build_programs(Service(engine.result().articles, engine)), {"127.0.0.1"}, None
    )
    client = TestClient(app, base_url="http://127.0.0.1:1")
    asked = {"messages": [{"role": "user", "content": "the bold link cost four euros"}]}
    reply = client.post("/v1/chat/completions", json=asked).json()
    content = reply["choices"][0]["message"]["content"]
    assert "\\*\\*bold\\*\\* \\[link\\]" in content
    assert "<b>" not in content
