"""The words in which answers are given, wherever they are shown: each stands here once."""

from __future__ import annotations

NOT_FOUND = "I found no answer I am sure of."
NEAREST = "Nearest sentences:"
PERHAPS = "Perhaps: "
UNDERSTOOD = "Understood as: "


def not_found(missing: list[str]) -> str:
    """Return that no answer was found, and which words of the question stand nowhere.

    Args:
        missing: the words, as they were written; may be empty.
    """
    if not missing:
        return NOT_FOUND
    quoted = [f"“{word}”" for word in missing]
    listed = " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
    return f"{NOT_FOUND} Nothing here mentions {listed}."


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


def confidence(chance: float) -> str:
    """Return how sure an answer is."""
    return f"Confidence {chance:.0%}"
