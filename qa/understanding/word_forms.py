"""Which words may be forms of one word: frozen and freeze, child and children, employs and employees."""

from __future__ import annotations

from functools import cache

from index import words

MIN_SHARED = 4  # letters at the beginning
SHARED = 0.6  # of the shorter word's letters
# Words that a text may have as figures or signs: 18, %.
NUMBERS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    million billion dozen half cent percent euro euros dollar dollars pound pounds""".split()
)
# Forms that share no stem, a group for each word: irregular verbs and plurals, and adjectives that
# differ from the name of their country.
_IRREGULAR = """
arise arose arisen/awake awoke awoken/bear bore borne born birth/beat beaten/become became/begin
began begun/bend bent/bind bound/bite bit bitten/bleed bled/blow blew blown/break broke broken/breed
bred/bring brought/build built/burn burnt/buy bought/catch caught/choose chose chosen choice/cling
clung/come came/creep crept/deal dealt/dig dug/do did done/draw drew drawn/dream dreamt/drink drank
drunk/drive drove driven/eat ate eaten/fall fell fallen/feed fed/feel felt/fight fought/find
found/flee fled/fling flung/fly flew flown flight/forbid forbade forbidden/forget forgot
forgotten/forgive forgave forgiven/freeze froze frozen/get got gotten/give gave given gift/go went
gone/grind ground/grow grew grown growth/hang hung/have had/hear heard/hide hid hidden/hold held/keep
kept/kneel knelt/know knew known/lay laid/lead led/leap leapt/leave left/lend lent loan/lie lay
lain/light lit/lose lost loss/make made/mean meant/meet met/pay paid/ride rode ridden/ring rang
rung/rise rose risen/run ran/say said/see saw seen sight/seek sought/sell sold sale/send sent/shake
shook shaken/shine shone/shoot shot/show shown/shrink shrank shrunk/sing sang sung song/sink sank
sunk/sit sat seat/sleep slept/slide slid/speak spoke spoken speech/spend spent/spin spun/spring sprang
sprung/stand stood/steal stole stolen theft/stick stuck/sting stung/strike struck/strive strove
striven/swear swore sworn/sweep swept/swell swollen/swim swam swum/swing swung/take took taken/teach
taught/tear tore torn/tell told/think thought/throw threw thrown/understand understood/wake woke
woken/wear wore worn/weave wove woven/weep wept/win won/wind wound/write wrote written/
child children/man men/woman women/foot feet/tooth teeth/goose geese/mouse mice/louse lice/ox
oxen/person people/die died dead death/life lives live/half halves/knife knives/wife wives/leaf
leaves/thief thieves/loaf loaves/shelf shelves/wolf wolves/penny pence/crisis crises/criterion
criteria/analysis analyses/phenomenon phenomena/medium media/datum data/nucleus nuclei/
good better best/bad worse worst/far further furthest/old elder eldest/long length/high height/wide
width/deep depth/strong strength/hot heat/young youth/proud pride/true truth/warm warmth/
France French/Spain Spanish Spaniard/Netherlands Dutch Holland/Poland Polish Pole/Denmark Danish
Dane/Switzerland Swiss/Turkey Turkish Turk/Greece Greek/Wales Welsh/Norway Norwegian/Ireland Irish/
Britain British Briton/Sweden Swedish Swede/Finland Finnish Finn/Iceland Icelandic/Thailand Thai/
Philippines Filipino/one first once/two second twice/three third/four fourth/five fifth/eight
eighth/nine ninth/twelve twelfth
"""


def irregular_stems(word: str) -> frozenset[str]:
    """Return the stems of the irregular forms of a word without case and accents."""
    return frozenset().union(*(_groups().get(stem, frozenset()) for stem in words(word)))


def are_alike(one: str, other: str) -> bool:
    """Return whether two words begin alike for so long that they may be forms of one.

    It is true of many unrelated words ("general", "generous"), so callers must prefer a wrong match
    to a missed one.
    """
    shared = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), None)  # noqa: B905
    if shared is None:
        return min(len(one), len(other)) >= MIN_SHARED
    return shared >= max(MIN_SHARED, SHARED * min(len(one), len(other)))


@cache
def _groups() -> dict[str, frozenset[str]]:
    """Return for each stem of an irregular form those of all forms of its word."""
    groups: dict[str, frozenset[str]] = {}
    for group in " ".join(_IRREGULAR.split("\n")).split("/"):
        stems = frozenset(words(group))
        for stem in stems:
            groups[stem] = groups.get(stem, frozenset()) | stems
    return groups
