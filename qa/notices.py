"""Notes for a person: what was left out of articles, and languages that are not served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from index import (
    DEFAULT_ENCODER,
    ENGLISH,
    UNDETERMINED,
    Described,
    language_name,
    question_language,
    set_aside,
    well_formed,
)
from qa.text import listed, one_line
from qa.types import Answer
from qa.wording import other_language

OTHER_ENCODER = (
    "for good answers name a multilingual sentence-transformers model with --encoder NAME "
    "(and --reader none)"
)


def with_notes(answer: Answer, notice: str = "") -> Answer:
    """Return an answer with notes of what was left out of its articles, and of servers not asked.

    A note names its article's title where they are several. Where no answer is given, lines that were not
    searched are counted too.
    """
    articles = [*(hit.article for hit in answer.hits), *(c.article for c in answer.citations)]
    unique = {article.id: article for article in articles}.values()
    notes = [
        f"“{one_line(article.title)}”: {note}" if len(unique) > 1 else note
        for article in unique
        for note in (*article.notes, *([] if answer.given else set_aside(article.n_set_aside)))
    ]
    notes += [notice] if notice else []
    return replace(answer, notes=(*answer.notes, *notes)) if notes else answer


def language_notice(
    articles: Iterable[Described], encoder: str = DEFAULT_ENCODER, *, how: str = OTHER_ENCODER
) -> str | None:
    """Return in plain words which articles the default encoder does not serve, and what does.

    Args:
        articles: whose languages are known or not; an unknown one is not mentioned.
        encoder: the name of the encoder in use; of another one it is not known what it serves.
        how: what to do, for whoever reads it.
    """
    foreign = [a for a in articles if a.language not in ("", ENGLISH)]
    if not foreign or encoder != DEFAULT_ENCODER:
        return None
    names = sorted({language_name(a.language) for a in foreign})
    title = one_line(well_formed(foreign[0].title))
    which = f"“{title}” seems" if len(foreign) == 1 else f"{len(foreign)} articles seem"
    return (
        f"{which} to be in {listed(names, 'and')}, "
        f"but the default search and reader know English only; {how}"
    )


def question_notice(question: str, languages: Iterable[str], encoder: str) -> str | None:
    """Return that a question is in another language than all articles, and how to ask.

    Args:
        question: in any language.
        languages: of the articles, as BCP 47 tags; nothing is returned where one is not known.
        encoder: the name of the encoder in use; another than the default may know both languages.
    """
    known = set(languages)
    if encoder != DEFAULT_ENCODER or not known or "" in known:
        return None
    asked = question_language(question)
    if not asked or asked in known:
        return None
    name = "" if asked == UNDETERMINED else language_name(asked)
    return other_language(name, sorted(map(language_name, known)))
