"""Notes for a person: what was left out of articles, and languages that are not served."""

from __future__ import annotations

from collections.abc import Iterable

from index import (
    DEFAULT_ENCODER,
    ENGLISH,
    UNDETERMINED,
    Article,
    Described,
    language_name,
    question_language,
    set_aside,
    well_formed,
)
from qa.text import listed, one_line
from qa.wording import other_language

OTHER_ENCODER = (
    "for good answers name a multilingual sentence-transformers model with --encoder NAME "
    "(and --reader none)"
)


def reading_notes(articles: Iterable[Article], *, has_answer: bool) -> tuple[str, ...]:
    """Return what was left out of articles when they were read, a line each.

    Args:
        articles: a line names its article's title where they are several.
        has_answer: whether they hold an answer; if not, lines that were not searched are counted too.
    """
    unique = {article.id: article for article in articles}.values()
    return tuple(
        f"“{one_line(article.title)}”: {note}" if len(unique) > 1 else note
        for article in unique
        for note in (*article.notes, *([] if has_answer else set_aside(article.n_set_aside)))
    )


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
