"""The notice that an article is in a language that the default encoder and reader do not know."""

from __future__ import annotations

from collections.abc import Iterable

from index import DEFAULT_ENCODER, ENGLISH, Described, language_name, well_formed
from qa.text import one_line


def language_notice(articles: Iterable[Described], encoder: str = DEFAULT_ENCODER) -> str | None:
    """Return in plain words which articles the default encoder does not serve, and what does.

    Args:
        articles: whose languages are known or not; an unknown one is not mentioned.
        encoder: the name of the encoder in use; of another one it is not known what it serves.
    """
    foreign = [a for a in articles if a.language not in ("", ENGLISH)]
    if not foreign or encoder != DEFAULT_ENCODER:
        return None
    names = sorted({language_name(a.language) for a in foreign})
    title = one_line(well_formed(foreign[0].title))
    which = f"“{title}” seems" if len(foreign) == 1 else f"{len(foreign)} articles seem"
    return (
        f"{which} to be in {' and '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)}, "
        "but the default search and reader know English only; for good answers name a multilingual "
        "sentence-transformers model with --encoder NAME (and --reader none)"
    )
