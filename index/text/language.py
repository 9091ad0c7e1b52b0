"""Which language a text is in. The only file that imports py3langid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

ENGLISH = "en"
# Measured with bench/languages.py.
_SAMPLE = 3000
_MIN_CONFIDENCE = 0.5
_ENGLISH_SHARE = 0.2
# Function words of English that no other language in Latin letters uses much.
_ENGLISH_WORDS = frozenset(
    """the of and to was were that for with is it this these those are be been have has had not but
    from they their which who what when where how you your our will would could should than then
    there about into after before while because under between through""".split()
)
_WORD = re.compile(r"[^\W\d_]+")


def detect_language(text: str) -> str:
    """Return the language of a text's beginning as its BCP 47 tag ("en", "ko"), "" where unclear.

    A text full of English function words needs no model; py3langid detects the other languages.
    """
    sample = text[:_SAMPLE]
    words = _WORD.findall(sample.lower())
    if len(words) < 3 and not _is_unspaced(sample):
        return ""
    if _is_english(words):
        return ENGLISH
    language, confidence = _identifier().classify(sample.encode("utf-8", "replace").decode())
    return str(language) if confidence >= _MIN_CONFIDENCE else ""


def is_english(text: str) -> bool:
    """Return whether the beginning of a text is full of English function words."""
    return _is_english(_WORD.findall(text[:_SAMPLE].lower()))


def _is_english(words: Sequence[str]) -> bool:
    n_english = sum(word in _ENGLISH_WORDS for word in words)
    return bool(words) and n_english >= _ENGLISH_SHARE * len(words)


def _is_unspaced(text: str) -> bool:
    return sum("\u3040" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0eff" for c in text) >= 8


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.5 s to load, 100 MB

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
