"""Which full stops end a sentence: rules for abbreviations and numbers, of English and German.

They judge what sentencex finds, which knows fewer abbreviations, and splits before small letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Abbreviations before what they belong to: never the last word of a sentence.
_BEFORE = frozenset(
    """approx apr att attn aug ca capt cf ch chap cmdr col comdr cor dec ed eds eq eqs est exc excl ext
    feb ff figs gen gov incl ing jan jul jun lit med messrs mlle mln mme mn mr mrs ms nos nov oct opp
    orig para paras pct pls pop pp pres prof prov ref rep resp rev sen sept sgt sr sra srta supt temp
    vol vols vs""".split()
)
_BEFORE_IN_GERMAN = frozenset(
    """abb abs art az bd bsp bzgl bzw dipl ebd erm etwa evtl fn fr frl geb gem ggf ggü hist hl hr hrn
    inkl insb kap lfd max med mind mio milj mrd mt mtl nr okt par phil phys sog std stellv tab tel tsd ü
    u v vgl var versch zit zw zzgl dez jan feb aug sep sept nov""".split()
)
# What stands before a number or a letter: "Fig. 2", "App. B".
_BEFORE_NUMBER = frozenset(
    "abs app art az bd fig figs fn kap max min nr op par pt reg sec st str tab tel".split()
)
# Titles before a name.
_TITLES = frozenset(
    """adm asst atty brig capt cmdr col cpl dott dr fr frl gen gov hon hr hrn lt maj messrs mlle mme mr
    mrs ms msgr pfc pres prof pvt rep rev sen sgt sr sra srta supt""".split()
)
# Abbreviations that end a sentence where the next word opens one.
_EITHER = frozenset(
    """ave blvd co corp ct dept etc ext govt inc jh jr ln ltd max min mio milj mrd mwst no plc rd sq sr st
    str sts usw uvm bzw u.a""".split()
)
# Words that are no noun and no name, so that with a capital letter they open a sentence.
_OPENERS = frozenset(
    """a after all also although an and another any are as at because before both but by did do does
    during each even every everything everybody few for from had has have he her here his how however
    i if in inside instead is it its later let many meanwhile more most my neither nobody none nor not
    nothing now of on once one only or other others our outside over people perhaps she since so some
    someone something soon still such than that the their then there these they this those three to
    today tomorrow two under until we were what when where whether which while who why with would
    yesterday yet you your
    aber alle allerdings als am an auch auf aus bei bis da dabei dafür damit danach dann daran darauf
    darum das dass dazu dem den denn der deren des deshalb die dies diese dieser dieses doch dort du
    durch ein eine einem einen einer eines er es etwas für gegen heute hier hinter ich ihr ihre im in
    ins jede jeder jetzt kein keine keiner man mehr mit nach neben nicht nichts noch nun nur ob oder
    ohne schon seine seit sie so sogar sondern später trotz über um und unter viele vom von vor wann
    warum was weder weil wenn wer wie wir wo während zu zum zur zwar zwei zwischen""".split()
)
_MONTHS = frozenset(
    """january february march april may june july august september october november december januar
    februar märz mai juni juli oktober dezember jänner jan feb aug sep sept okt nov dez""".split()
)
_DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    et est edt gmt utc cet pt pst pdt ct cst""".split()
)
_GERMAN = re.compile(
    r"\b(?:Der|Die|Das|der|das|und|ist|im|nicht|den|dem|ein|eine|auf|für|von|zum|zur|wird|sie|sich)\b"
)
_ENGLISH = re.compile(r"\b(?:the|of|and|to|was|is|in a)\b")
_CLOSING = '"”’»)]'
_OUTSIDE = re.compile(r"[(\[{„“”\"‘«»|/]")  # what stands before or between words
_WORD_AFTER = re.compile(r"\s*[(\[{„“\"‘'«]*([^\s.,;:!?)\]}”’\"»…]+)")
_LATIN = "\u024f"  # the last of its letters: informal texts in it begin sentences with small ones
_LONGEST_WORD = 40
_LONGEST_UNIT = 4
_NUMBER = re.compile(r"\d{1,2}$")
_ROMAN = re.compile(r"[IVX]{1,5}$")
_VOWEL = re.compile(r"(?i)[aeiouyäöüáéíóúàèìòùâêîôûåæø]")
_STOP = re.compile(r"\.(?=\s+[^\W\d_a-zäöü])")
_MISSED = [word for word in sorted(_EITHER) if "." not in word]
_MISSED_BEFORE = re.compile(rf"(?i)(?:^|[\s(„“\"])({'|'.join(_MISSED)})$")
_LONGEST_MISSED = max(map(len, _MISSED))
_MISSED_ENDINGS = frozenset(word[-2:] for word in _MISSED)


def is_german(text: str) -> bool:
    """Return whether a text has function words of German, and more than those of English."""
    n_german = len(_GERMAN.findall(text))
    return n_german > 0 and n_german > len(_ENGLISH.findall(text))


def goes_on(text: str, end: int, in_german: Callable[[], bool]) -> bool:
    """Return whether the sentence goes on after the full stop before ``end``.

    Args:
        text: a paragraph.
        end: where a sentence may end.
        in_german: returns whether it is German, which few ends depend on.
    """
    last = _word_before(text[max(0, end - _LONGEST_WORD) : end])
    after = None if last is None else _WORD_AFTER.match(text, end, end + _LONGEST_WORD)
    if last is None or after is None:
        return text[end : end + 1] in (":", ";", ",")  # "Encl.: invoice"
    word, small = after[1], last.lower()
    if _NUMBER.fullmatch(small) or (len(last) > 1 and _ROMAN.fullmatch(last)):
        return _after_number(word, german=last.isdigit() and in_german())
    if small in ("a.m", "p.m"):
        return word.lower() in _DAYS | _MONTHS | _TITLES
    if small in _TITLES or small in _BEFORE or (small in _BEFORE_IN_GERMAN and in_german()):
        return not (_opens(word) and (small in _TITLES or small in _EITHER))
    if word[0].islower():
        known = word[0] > _LATIN or small in _EITHER or "." in small or in_german()
        return known or _counted(text, end, last)
    return _goes_on_with_number(small, word, in_german)


def _word_before(text: str) -> str | None:
    """Return the word before the full stop that a text ends with; None where it ends otherwise."""
    text = text.rstrip(_CLOSING)
    if not text.endswith("."):
        return None
    word = text[:-1].rpartition(" ")[2]
    if word.isalpha():
        return word
    word = "" if word[-1:].isspace() else (word.split() or [""])[-1]
    return _OUTSIDE.split(word)[-1]


def _opens(word: str) -> bool:
    return word[0].isupper() and word.lower() in _OPENERS


def _goes_on_with_number(small: str, word: str, in_german: Callable[[], bool]) -> bool:
    """Return whether a number or a letter belongs to a word before it: "Fig. 2", "App. B"."""
    if not (word[0].isdigit() or (len(word) == 1 and word.isupper())):
        return False
    named = small in _BEFORE_NUMBER or (small.endswith("str") and in_german())
    return named or (word[0].isdigit() and bool(small) and not _VOWEL.search(small))


def _counted(text: str, end: int, word: str) -> bool:
    """Return whether a word before a full stop is a unit after a number: "75 mg. at night"."""
    return bool(
        word.isalpha()
        and len(word) <= _LONGEST_UNIT
        and re.search(rf"\d\s?{word}\.$", text[max(0, end - _LONGEST_WORD) : end])
    )


def _after_number(word: str, *, german: bool) -> bool:
    """Return whether a number with a full stop is an ordinal: "4. Mai", "im 19. Jahrhundert"."""
    if word[0].islower() or word.lower() in _MONTHS:
        return True
    if not german:
        return False
    return word[0].isdigit() or not _opens(word)


def missed_ends(text: str) -> list[int]:
    """Return the ends after an abbreviation before a word that opens a sentence: "etc. Everything"."""
    ends = []
    for stop in _STOP.finditer(text):
        at = stop.start()
        if text[at - 2 : at].lower() not in _MISSED_ENDINGS:
            continue
        word = _MISSED_BEFORE.search(text[max(0, at - _LONGEST_MISSED - 1) : at])
        if not word:
            continue
        after = _WORD_AFTER.match(text, stop.end(), stop.end() + _LONGEST_WORD)
        opens = after is not None and after[1].lower() in _OPENERS
        if opens or word[1].lower() in ("etc", "usw"):
            ends.append(stop.end())
    return ends
