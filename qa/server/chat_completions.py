"""The routes of OpenAI's chat API, for the clients that speak it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from qa.article_qa import ArticleQA
from qa.errors import QuestionError
from qa.page.service import Service
from qa.server.chat_tasks import task_reply
from qa.server.links import Links
from qa.server.messages import MAX_HISTORY, MAX_TEXT
from qa.server.problems import NotReadyError
from qa.suggestions import starter_questions
from qa.text import one_line, to_json
from qa.types import Answer, Citation

MODEL = "article-qa"
EVENT_STREAM = "text/event-stream"
MAX_MESSAGES = 1000
Annotation = dict[str, Any]


class ContentPart(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="allow")
    type: str = "text"
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""


class Message(BaseModel):
    """A message of a chat."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=MAX_TEXT)] | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """What was written."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(p.text for p in self.content or () if p.type in ("text", "input_text"))


class StreamOptions(BaseModel):
    """What else a stream carries."""

    model_config = ConfigDict(extra="allow")
    include_usage: bool = False


class ChatBody(BaseModel):
    """A chat whose last message of the user is a question; other settings have no effect."""

    model_config = ConfigDict(extra="allow")
    model: Annotated[str, Field(max_length=200)] = MODEL
    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool = False
    stream_options: StreamOptions | None = None

    @property
    def asked(self) -> list[str]:
        """What the user wrote, oldest first."""
        return [message.text for message in self.messages if message.role == "user"]


class ModelBody(BaseModel):
    """A model that can be asked."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsBody(BaseModel):
    """The models that can be asked: one."""

    object: Literal["list"]
    data: list[ModelBody]


class ChatReply(BaseModel):
    """A chat completion, as OpenAI's clients read it."""

    model_config = ConfigDict(extra="allow")
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]


def add_chat(app: FastAPI, service: Service, links: Links) -> None:
    """Add the routes to an application."""
    began = int(time.time())

    @app.get("/models", response_model=ModelsBody, tags=["chat"])
    def models() -> Response:
        """List the one model."""
        model = {"id": MODEL, "object": "model", "created": began, "owned_by": "article-qa"}
        return Response(to_json({"object": "list", "data": [model]}), media_type="application/json")

    @app.post(
        "/chat/completions",
        response_model=ChatReply,
        tags=["chat"],
        responses={200: {"content": {EVENT_STREAM: {}}}},
    )
    def complete(body: ChatBody, request: Request) -> Response:
        """Answer the last message of a chat; the earlier questions help to understand it."""
        if not service.engine_is_loaded():
            raise NotReadyError
        reply = _reply(body.asked, service, links, links.base(request))
        if body.stream:
            usage = bool(body.stream_options and body.stream_options.include_usage)
            return StreamingResponse(_events(reply, usage), media_type=EVENT_STREAM)
        return Response(to_json(reply.whole()), media_type="application/json")


def _reply(asked: Sequence[str], service: Service, links: Links, base: str) -> Reply:
    if not asked:
        raise QuestionError("messages must hold one of the user, got none", question="")
    *earlier, question = asked

    def next_questions() -> Sequence[str]:
        with service.limiter.enter():
            return _starters(service.engine.result())

    if task := task_reply(question, earlier, next_questions):
        return Reply([task])
    # A message that no word is in helps to understand nothing.
    history = [text for text in earlier if any(c.isalnum() for c in text)][-MAX_HISTORY:]
    return reply_of(service.ask(question, history), links, base)


@lru_cache(1)  # the server has one engine at a time
def _starters(engine: ArticleQA) -> tuple[str, ...]:
    return starter_questions(engine)


def reply_of(answer: Answer, links: Links, base: str) -> Reply:
    """Return an answer as the reply of a chat, in which each citation's number is a link."""
    shown = answer.citations if answer.given else answer.nearest
    addresses = {c.number: links.sentence(base, c.article, c.sentence_number) for c in shown}
    blocks, annotations, at = [], [], 0
    for block in answer.to_markdown().split("\n\n"):
        cited = next((c for c in answer.citations if block.startswith(_mark(c))), None)
        linked = block
        if cited:
            mark, address = _mark(cited), addresses[cited.number]
            linked = f"[{mark}]({address}){block.removeprefix(mark)}"
            annotations.append(_annotation(cited, address, at, at + len(linked)))
        blocks.append(linked)
        at += len(linked) + 2
    sources = [_source(c, addresses[c.number]) for c in answer.citations]
    return Reply(blocks, annotations, sources, answer)


def _mark(citation: Citation) -> str:
    """Return the number of a citation as an answer's Markdown writes it."""
    return f"\\[{citation.number}\\]"


def _annotation(citation: Citation, address: str, start: int, end: int) -> Annotation:
    """Return a citation as OpenAI annotates it; the offsets count code points of the content."""
    cited = {
        "url": address,
        "title": one_line(citation.article.title),
        "start_index": start,
        "end_index": end,
        "content": one_line(citation.quote),
    }
    return {"type": "url_citation", "url_citation": cited}


def _source(citation: Citation, address: str) -> Annotation:
    """Return a citation as the event with which Open WebUI shows a quote."""
    source = {"name": one_line(citation.article.title), "url": address}
    data = {
        "source": {**source, "id": address},
        "document": [citation.quote],
        "metadata": [{**source, "source": address}],
    }
    return {"type": "source", "data": data}


class Reply:
    """A reply of a chat, whole or as the chunks of a stream."""

    def __init__(
        self,
        blocks: Sequence[str],
        annotations: Sequence[Annotation] = (),
        sources: Sequence[Annotation] = (),
        answer: Answer | None = None,
    ) -> None:
        """Take the paragraphs of the content, what is cited in it, and the answer."""
        self.blocks, self.annotations, self.sources = blocks, annotations, sources
        self.answer = answer
        self._head = {
            "id": f"chatcmpl-{uuid4().hex}",
            "created": int(time.time()),
            "model": MODEL,
        }

    @property
    def usage(self) -> dict[str, int]:
        """No tokens: nothing is generated."""
        return dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)

    def whole(self) -> dict[str, Any]:
        """Return the reply in one piece, with the answer as everywhere in ``article_qa``."""
        message = {
            "role": "assistant",
            "content": "\n\n".join(self.blocks),
            "refusal": None,
            "annotations": list(self.annotations),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        own = {"article_qa": self.answer.to_dict()} if self.answer else {}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self.usage,
            **own,
        }

    def chunks(self, *, usage: bool) -> Iterator[dict[str, Any]]:
        """Yield the chunks of a stream: the role, the content, citations, quotes, the end."""
        yield self._chunk({"role": "assistant", "content": ""})
        for number, block in enumerate(self.blocks):
            yield self._chunk({"content": f"\n\n{block}" if number else block})
        if self.annotations:
            yield self._chunk({"annotations": list(self.annotations)})
        for source in self.sources:
            yield {**self._chunk(None), "event": source}
        yield self._chunk({}, finish_reason="stop")
        if usage:
            yield {**self._chunk(None), "usage": self.usage}

    def _chunk(
        self, delta: dict[str, Any] | None, finish_reason: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        choices = [] if delta is None else [choice]
        return {**self._head, "object": "chat.completion.chunk", "choices": choices}


def _events(reply: Reply, usage: bool) -> Iterator[str]:
    for chunk in reply.chunks(usage=usage):
        yield f"data: {to_json(chunk)}\n\n"
    yield "data: [DONE]\n\n"
