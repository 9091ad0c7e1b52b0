"""Which full stops end a sentence: rules for abbreviations and numbers, of English and German.

They judge what sentencex finds, which knows fewer abbreviations, and splits before small letters.
"""

from __future__ import annotations

import re

# What stands before what it shortens or counts: never the last word of a sentence.
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
# What may end a sentence, and does where a word follows that opens one.
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
_WORD_BEFORE = re.compile(r"([^\s(\[{„“”\"‘«»|/]*)\.[\"”’»)\]]*$")
_WORD_AFTER = re.compile(r"\s*[(\[{„“\"‘'«]*([^\s.,;:!?)\]}”’\"»…]+)")
_LATIN = "\u024f"  # the last of its letters: informal texts in it begin sentences with small ones
_LONGEST_WORD = 40
_LONGEST_UNIT = 4
_NUMBER = re.compile(r"\d{1,2}$")
_ROMAN = re.compile(r"[IVX]{1,5}$")
_VOWEL = re.compile(r"(?i)[aeiouyäöüáéíóúàèìòùâêîôûåæø]")
_STOPPED = re.compile(r"(?<![^\s(„“\"])([^\s.(„“\"]{2,6})\.(?=\s+[^\W\d_a-zäöü])")


def is_german(text: str) -> bool:
    """Return whether a text has function words of German, and more than those of English."""
    return len(_GERMAN.findall(text)) > len(re.findall(r"\b(?:the|of|and|to|was|is|in a)\b", text))


def goes_on(text: str, end: int, *, german: bool) -> bool:
    """Return whether the sentence goes on after the full stop before ``end``."""
    before = _WORD_BEFORE.search(text[max(0, end - _LONGEST_WORD) : end])
    after = _WORD_AFTER.match(text, end, end + _LONGEST_WORD)
    if before is None or after is None:
        return False
    word, last = after[1], before[1]
    small = last.lower()
    opens = word.lower() in _OPENERS and word[0].isupper()
    if _NUMBER.fullmatch(small) or (_ROMAN.fullmatch(last) and len(last) > 1):
        return _after_number(word, opens, german=german and last.isdigit())
    if small in ("a.m", "p.m"):
        return word.lower() in _DAYS | _MONTHS | _TITLES
    if small in _TITLES or small in _BEFORE or (german and small in _BEFORE_IN_GERMAN):
        return not (opens and (small in _TITLES or small in _EITHER))
    if word[0].islower():
        known = german or word[0] > _LATIN or small in _EITHER or "." in small
        return known or _counted(text, end, last)
    return _goes_on_with_number(small, word, german=german)


def _goes_on_with_number(small: str, word: str, *, german: bool) -> bool:
    """Return whether a number or a letter belongs to a word before it: "Fig. 2", "App. B"."""
    if not (word[0].isdigit() or (len(word) == 1 and word.isupper())):
        return False
    named = small in _BEFORE_NUMBER or (german and small.endswith("str"))
    return named or (word[0].isdigit() and bool(small) and not _VOWEL.search(small))


def _counted(text: str, end: int, word: str) -> bool:
    """Return whether a word before a full stop is a unit after a number: "75 mg. at night"."""
    return bool(
        word.isalpha()
        and len(word) <= _LONGEST_UNIT
        and re.search(rf"\d\s?{word}\.$", text[max(0, end - _LONGEST_WORD) : end])
    )


def _after_number(word: str, opens: bool, *, german: bool) -> bool:
    """Return whether a number with a full stop is an ordinal: "4. Mai", "im 19. Jahrhundert"."""
    if word[0].islower() or word.lower() in _MONTHS:
        return True
    if not german:
        return False
    return word[0].isdigit() or not opens


def missed_ends(text: str) -> list[int]:
    """Return the ends after an abbreviation before a word that opens a sentence: "etc. Everything"."""
    ends = []
    for match in _STOPPED.finditer(text):
        after = _WORD_AFTER.match(text, match.end(), match.end() + _LONGEST_WORD)
        small = match[1].lower()
        opens = after is not None and after[1].lower() in _OPENERS
        if small in ("etc", "usw") or (opens and small in _EITHER):
            ends.append(match.end())
    return ends
