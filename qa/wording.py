"""The words in which answers are given, wherever they are shown: each stands here once."""

from __future__ import annotations

from qa.text import listed

NOT_FOUND = "I found no answer I am sure of."
NEAREST = "Nearest sentences:"
PERHAPS = "Perhaps: "
UNDERSTOOD = "Understood as: "
NOTHING_HELD = "What the writer wrote did not hold against the quotes."
NOT_REWORDED = "This is the article's own text."
SET_ASIDE = (
    "This stands in what was taken for a credit or site furniture, where nothing else answers."
)
OVERVIEW_QUESTION = "What is this about?"
TOPIC_QUESTION = "What does it say about {}?"


def not_found(missing: list[str]) -> str:
    """Return that no answer was found, and which words of the question, if any, stand nowhere."""
    if not missing:
        return NOT_FOUND
    return f"{NOT_FOUND} Nothing here mentions {listed([f'“{word}”' for word in missing], 'or')}."


def unanswered(question: str) -> str:
    """Return that a part of a question has no answer."""
    return f"I found no answer I am sure of to: {question}"


def below_setting(chance: float, threshold: float) -> str:
    """Return that only the setting of strictness stands against an answer.

    Args:
        chance: of an answer in the articles, 0 to 1.
        threshold: the setting, above it.
    """
    digits = next((d for d in range(3) if f"{chance:.{d}%}" != f"{threshold:.{d}%}"), 3)
    return f"Found, but below your setting ({chance:.{digits}%} < {threshold:.{digits}%})."


def invitation(n_articles: int, title: str) -> str:
    """Return in one friendly line what may be asked; ``title`` is that of the first article."""
    which = f"“{title}”" if n_articles == 1 else f"{n_articles:,} articles"
    return (
        f"Ask me about {which}: I answer in the words of the text, and show the sentences. "
        "You can ask, for instance:"
    )


def too_many_for_overview(n_articles: int, most: int) -> str:
    """Return that an overview is made of fewer articles than are asked."""
    return (
        f"An overview is made of at most {most} articles, and {n_articles:,} are asked: "
        "choose some of them."
    )


def length(n_words: int, n_sentences: int, minutes: int) -> str:
    """Return how long an article is."""
    return (
        f"{_counted(n_words, 'word')} in {_counted(n_sentences, 'sentence')}, "
        f"about {_counted(minutes, 'minute')} to read"
    )


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def other_language(asked: str, written: list[str]) -> str:
    """Return that a question is in another language than the articles, and how to ask.

    Args:
        asked: the name of the question's language; "" where it is not known.
        written: the names of the articles' languages.
    """
    names = " or ".join(written)
    which = f"in {asked}" if asked else f"in another language than {names}"
    return f"The question seems to be {which}. The text is in {names}: ask in {names}."


def confidence(chance: float) -> str:
    """Return how sure an answer is."""
    return f"Confidence {chance:.0%}"


def reworded(model: str) -> str:
    """Return who has worded the sentences that follow."""
    return f"Reworded by {model}, checked against the quotes below:"
