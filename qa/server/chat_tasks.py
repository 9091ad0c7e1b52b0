"""Titles, tags and next questions, which chat clients ask of a model besides questions.

Open WebUI asks for JSON of one member, with the chat in the prompt; others ask for a title in words.
Such a prompt is no question to the articles, and is answered in the form that it wants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from qa.text import one_line

_WANTED = re.compile(r'\{\s*"(title|tags|follow_ups|queries|text)"\s*:')
_MARKS = ("### Task:", "<chat_history>", "</chat_history>")
_TITLE = re.compile(
    r"\s*(?:please |you are [^\n]{0,80}\W)?\s*"
    r"(?:generate|create|write|provide|give|make|suggest|summari[sz]e)\b"
    r"[^\n?]{0,200}\btitle\b[^\n?]{0,200}\b(?:conversation|chat|dialogue|message)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"^\W*(?:user|human)\W*:\W*(\w.*)$", re.IGNORECASE | re.MULTILINE)
_N_WORDS = 8
_UNTITLED = "Questions"


def task_reply(
    prompt: str, earlier: Sequence[str], next_questions: Callable[[], Sequence[str]]
) -> str | None:
    """Return the reply to a prompt that is a chat client's own task; None where it is a question.

    Args:
        prompt: the last message.
        earlier: the messages of the user before it, oldest first.
        next_questions: returns what might be asked next.
    """
    if wanted := _json_member(prompt):
        return json.dumps({wanted: _value(wanted, prompt, next_questions)}, ensure_ascii=False)
    if _TITLE.match(prompt):
        return _title(prompt, earlier)
    return None


def _json_member(prompt: str) -> str:
    """Return the name of the JSON member that a task of Open WebUI asks for, or ""."""
    named = _WANTED.search(prompt) if any(mark in prompt for mark in _MARKS) else None
    return named[1] if named else ""


def _value(wanted: str, prompt: str, next_questions: Callable[[], Sequence[str]]) -> Any:
    asked = [one_line(line) for line in _SPOKEN.findall(prompt)]
    match wanted:
        case "title":
            return _title(prompt, ())
        case "tags":
            return ["General"]  # as the prompt itself has it where a topic is not clear
        case "follow_ups":
            return [question for question in next_questions() if question not in asked][:3]
        case "queries":
            return []  # nothing is to be searched for elsewhere
    return ""


def _title(prompt: str, earlier: Sequence[str]) -> str:
    """Return the first words of the first question of a chat."""
    first = next(iter([*_SPOKEN.findall(prompt), *earlier]), _UNTITLED)
    words = one_line(first).rstrip("?!. ").split()
    return " ".join(words[:_N_WORDS])[:80] or _UNTITLED
