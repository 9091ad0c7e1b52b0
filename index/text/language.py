"""Which language a text is in. The only file that imports py3langid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

ENGLISH = "en"
_SPANISH = "es"
UNDETERMINED = "und"  # as BCP 47 calls a language that is not known
# Measured with bench/languages.py.
_SAMPLE = 3000
_MIN_CONFIDENCE = 0.5
_FEW_OTHERS = 0.2
# Lists of English names look like Pidgin or Latin; of a real article in these the model is surer.
_MIN_PIDGIN_CONFIDENCE = 0.9
_ENGLISH_SHARE = 0.2
# At this limit the model takes 32 of 180,000 English questions for another language, before those
# with English words are left out, and knows all but 3 of 36 in 17 other languages. Many an English
# question looks like Nigerian Pidgin (pcm) to it.
_MIN_QUESTION_CONFIDENCE = 0.6
_LIKE_ENGLISH = (ENGLISH, "pcm", "la")
_ASKING = frozenset("what who when where why how which whose whom did does and the".split())
# Question words that begin a question in another language; none is an English word or a slip of one
# ("wen", "wat"). Of 162,000 English questions only one begins with any of these, "wo".
_FOREIGN_ASKING = {
    "de": "wer wem wessen wann wo woher wohin warum wieso weshalb wie wieviel welche welcher welches welchen welchem",
    "nl": "hoeveel waarom wanneer waar waarheen waarvan wie wiens welk welke",
    "fr": "combien pourquoi quand où qui que quoi quel quelle quels quelles lequel",
    "es": "cuánto cuánta cuántos cuántas cuanto cuanta cuantos cuantas qué quién quiénes quien cuándo cuando dónde donde cómo cuál cuáles",
    "pt": "quanto quanta quantos quantas quem quando onde como qual quais quê",
    "it": "quanto quanta quanti quante perché quando chi dove quale quali cosa",
    "sv": "hur vem varför när vilken vilket vilka",
    "da": "hvem hvor hvornår hvorfor hvordan hvilken hvilket hvad",
    "no": "hvem hvor når hvorfor hvordan hvilken hvilket hva",
    "pl": "ile kto kiedy gdzie dlaczego jak który która które",
}
_ASKED_IN = {
    word: tuple(tag for tag, words in _FOREIGN_ASKING.items() if word in words.split())
    for words in _FOREIGN_ASKING.values()
    for word in words.split()
}
_MUCH_LIKELIER = 10  # than English must be German for a question that begins with "was"
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
    language, confidence = _identifier().classify(_encodable(_in_one_script(sample)))
    enough = _MIN_PIDGIN_CONFIDENCE if language in _LIKE_ENGLISH[1:] else _MIN_CONFIDENCE
    return str(language) if confidence >= enough else ""


def question_language(text: str) -> str:
    """Return the language of a question as its BCP 47 tag, "" where unclear.

    A question is short, so one with an English question word, or with two other words of English
    alone, is English. Any other begins with a question word of its language, or the model must be
    surer than of a text. "und" is an unknown language in other than Latin letters.
    """
    words = _WORD.findall(text.lower())
    if not _ASKING.isdisjoint(words) or (_is_english(words) and _n_english(words) > 1):
        return ENGLISH
    if by_its_word := _asked_in(text, words):
        return by_its_word
    letters = [c for c in text if c.isalpha()]
    is_latin = 2 * sum(map(_is_latin, letters)) > len(letters)
    language, confidence = _identifier().classify(_encodable(text))
    if confidence >= _MIN_QUESTION_CONFIDENCE and language not in _LIKE_ENGLISH:
        return str(language)
    if _is_english(words):
        return ENGLISH
    return "" if is_latin else UNDETERMINED


def _asked_in(text: str, words: Sequence[str]) -> str:
    """Return the language of the word that a question begins with, Spanish for "¿"; else ""."""
    if "¿" in text:
        return _SPANISH
    if asked_in := _ASKED_IN.get(words[0] if words else ""):
        return _likeliest(text, asked_in)
    if words[:1] == ["was"] and _likeliest(text, (ENGLISH, "de"), _MUCH_LIKELIER) != ENGLISH:
        return "de"
    return ""


def is_english(text: str) -> bool:
    """Return whether the beginning of a text is full of English function words."""
    return _is_english(_WORD.findall(text[:_SAMPLE].lower()))


def _is_english(words: Sequence[str]) -> bool:
    return bool(words) and _n_english(words) >= _ENGLISH_SHARE * len(words)


def _n_english(words: Sequence[str]) -> int:
    return sum(word in _ENGLISH_WORDS for word in words)


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"  # the latter are of Vietnamese


def _in_one_script(text: str) -> str:
    """Return a text in Latin letters without the few others in it, as names in their own script."""
    others = [c for c in text if c.isalpha() and not _is_latin(c)]
    if not others or len(others) > _FEW_OTHERS * sum(map(str.isalpha, text)):
        return text
    return text.translate(dict.fromkeys(map(ord, others), " "))


def _is_unspaced(text: str) -> bool:
    return sum("\u3040" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0eff" for c in text) >= 8


def _likeliest(text: str, languages: Sequence[str], times: float = 1) -> str:
    """Return the likeliest language: the first, unless another is over ``times`` as likely."""
    chances = dict(_identifier().rank(_encodable(text)))
    best = max(languages, key=lambda tag: chances[tag])
    return best if chances[best] > times * chances[languages[0]] else languages[0]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.5 s to load, 100 MB

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
