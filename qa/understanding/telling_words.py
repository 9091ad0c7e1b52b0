"""Common words that a question takes from its text: where a text has none, it is of something else.

Chosen from the questions of the training data by bench/telling_words.py.
"""

from __future__ import annotations

from functools import cache

from index import words

_WORDS = """
academy adult architect articles attention audience average bank bars bass beaches berlin bill
billboard bishop blood blue border boston boxing boys brain bridge brightness bronze bureau camp
canadian capacity cape cars castle catholic cats cells census chair chairman chamber chicago chief
child christmas church club commander commission competition complexity computer concert
conservative convention corner counter crew criminal daily dark dead democratic department deputy
doctor documentary domestic doubt draft dream drug duke dutch duty electricity estate evening
except eyes faculty financial finger flat fleet foot forest foundation gates glass gold governor
grand greek green ground grow guest guitar guns heart horse hospital hotel images infantry
interior internet interview irish japanese jazz joint journal journey judge junior latin library
magic marine marriage mass master mayor median metropolitan middle mind ministry mission mixed
moon mountain murder naval navy neck netherlands newspaper normal northeast novel ocean olympic
opera orchestra pacific painting palace parish parliament path peace perfect permanent piano poet
police polish pope port press prime prince principal prison problem professional professor
province quarter reality republican restaurants rich risk road roman route rural russian scenes
scientific scottish seat secondary semi senate sense settlement sharp shirt silence sister sixth
skin solo soul sound southeast southern soviet spanish spring stomach storm strength summer sunday
supreme swedish sword teeth temple theme tower tree trip truth twenty union urban vice vote walk
wall wind windows wine winner winter wolf wooden yellow younger
"""


@cache
def telling_stems() -> frozenset[str]:
    """Return the stems of these words."""
    return frozenset(words(_WORDS))
