"""What a person wants: a question answered, an overview, to know of the article itself, or to talk.

A wish for an overview, or a question about the article itself, consists of words without a subject
and one that names the wish; with any other word it is ordinary. Measured by bench/intents.py.
"""

from __future__ import annotations

import re
from typing import Literal

from index import folded_words

Intent = Literal["question", "overview", "title", "author", "date", "length", "opener"]

_NOUN = "(?:article|text|story|page|document|passage|report|piece|post|context|paper|file|passage|reading|pdf)"
THIS = (
    rf"(?:(?:the|this|that|your|my|our)\ (?:whole\ |entire\ |above\ |given\ )?{_NOUN}s?"
    r"|this|that|it|these)"
)
_IS = "(?:is|are|was|were|s)"
# Words that say nothing of a subject: with these, and the words of its pattern, a wish is complete.
_CARRYING = frozenset(
    """a about above all am an and any are as at author be been brief briefly bullet but by can could
    did do does document each easy english few first five for form four from full get give given got
    had has have here how i if in into is it its just know language last least let letters like line
    lines list long main make many may me might minute minutes more most much must my need no not now
    of on one only or our out paragraph paragraphs please point points possible provide quick quickly
    rather read reader reading s seconds sentence sentences short should show simple so some tell ten
    than that the their them then there these they things this those three time to tone two up us use
    very want was way we were what when where which who whole whom whose will with within without
    word words would write written you your m don t hey hi hello ok okay thanks key most important content
    contents deal describe article text story page document passage report piece post context paper
    file reading pdf""".split()
)
_KEY = r"(?:key|main|central|core|major|chief|essential|(?:most\ )?important|biggest|top)"
_SAYS = (
    r"(?:say|says|saying|tell|tells|telling|cover|covers|discuss|discusses|describe|describes"
    r"|deal\ with|deals\ with|talk\ about|talks\ about|contain|contains|explain|argue|report\ on)"
)
_OVERVIEW = re.compile(
    rf"""
    \bsumm[ae]r\w+ | \bsum(?:\ {THIS}|\ the\ {_NOUN})?\ up\b | \btl\ ?dr\b | \bgist\b
    | \boverview\b | \bsynopsis\b | \brecap\w*\b | \btake\ ?aways?\b | \bhighlights\b
    | \bin\ a\ nutshell\b | \bcondense\b | \bshorten\b | \bessentials?\b | \bessence\b
    | \bdigest\b | \bbottom\ line\b | \bbrief\ (?:me|us)\b | \bwrap\ {THIS}\ up\b
    | ^(?:the\ |an?\ |give\ me\ (?:an?|the)\ )?(?:abstract|outline)\b
    | \b{_KEY}\ (?:points?|ideas?|messages?|facts?|topics?|themes?|arguments?|things?|findings?|information|contents?)\b
    | \bwhat\ (?:{_IS}\ )?{THIS}\ (?:{_IS}\ )?(?:all\ |mainly\ |mostly\ )?about\b
    | \bwhat\ are\ we\ reading\ about\b
    | ^(?:so\ )?what(?:\ has|\ s)?\ happen(?:ed|s)(?:\ here)?$
    | ^(?:so\ )?what\ {_IS}\ going\ on(?:\ here)?$ | ^what\ {_IS}\ new(?:\ here)?$
    | \bwhat\ {_IS}\ the\ news\b
    | \bwhat\ (?:does|do|did|is)\ (?:{THIS}|the\ author|the\ writer)\ (?:{_SAYS}|want\ to\ say|trying\ to\ say)(?:\ us|\ me|\ about|\ here)?$
    | \b(?:topics?|subject|theme|purpose|conclusion|contents?|message|point|intent(?:ion)?|aim)\ of\ {THIS}$
    | ^(?:what\ (?:{_IS}\ |topics?\ |are\ ))?(?:the\ |its\ )?(?:{_NOUN}\ s\ )?(?:main\ )?(?:topics?|subject|theme|contents?|conclusion)(?:\ of\ {THIS})?$
    | \bwhat\ (?:topics?\ |subjects?\ )?(?:{_IS}\ )?(?:discussed|covered|described|said|reported)\ (?:in|by)\ {THIS}$
    | \b(?:which|what)\ (?:topics?|subjects?)\ (?:does|do|{_IS})\b
    | \bwhat\ {_IS}\ (?:the\ )?(?:in\ {THIS}|story(?:\ here)?)$
    | \b(?:explain|describe)\ {THIS}(?:\ (?:to|for)\ (?:me|us))?(?:\ briefly)?$
    | \b(?:tell\ me|talk)\ (?:more\ )?about\ (?:the|this)\ {_NOUN}$
    | \bwhat\ (?:should|do|must|can)\ (?:i|we|one)\ (?:need\ to\ |have\ to\ |want\ to\ )?(?:know|learn|take)(?:\ (?:from|about|of)\ {THIS})?$
    | \bshort(?:er)?\ (?:version|description|form)\b | \bdescription\ of\ {THIS}
    """,
    re.VERBOSE,
)
_OF_THIS = rf"(?:\ (?:of|for|to)\ {THIS})?"
_ABOUT: dict[Intent, re.Pattern[str]] = {
    "title": re.compile(
        rf"""(?:(?:what|tell\ me|give\ me|which)\ )?(?:{_IS}\ )?(?:the\ |its\ |this\ {_NOUN}\ s\ |the\ {_NOUN}\ s\ )?
        (?:title|headline){_OF_THIS}(?:\ please)?
        | (?:what\ {_IS}\ )?(?:the\ )?name\ of\ (?:the|this)\ {_NOUN} | (?:what|how)\ {_IS}\ (?:the|this)\ {_NOUN}\ (?:called|titled|headed)""",
        re.VERBOSE,
    ),
    "author": re.compile(
        rf"""who\ (?:wrote|published|authored|has\ written|is\ writing)\ {THIS}
        | (?:(?:who|what)\ {_IS}\ )?(?:the\ |its\ )?(?:{_NOUN}\ s\ )?(?:author|writer|journalist|reporter|byline)(?:\ s\ name)?{_OF_THIS}
        | by\ whom\ was\ {THIS}\ written | who\ {_IS}\ {THIS}\ (?:written\ )?by
        | (?:what\ is\ )?(?:the\ )?name\ of\ the\ (?:author|writer|journalist|reporter)(?:\ who\ wrote\ {THIS}|{_OF_THIS})""",
        re.VERBOSE,
    ),
    "date": re.compile(
        rf"""when\ (?:was|were|is)\ {THIS}\ (?:published|written|posted|printed)
        | (?:what\ {_IS}\ )?(?:the\ |its\ )?(?:publication\ date|date\ of\ publication|date\ (?:of|on)\ {THIS})(?:\ of\ {THIS})?
        | how\ old\ is\ (?:the|this)\ {_NOUN} | when\ did\ {THIS}\ (?:come\ out|appear)
        | (?:from\ when|how\ recent|how\ new)\ is\ {THIS}""",
        re.VERBOSE,
    ),
    "length": re.compile(
        rf"""how\ (?:long|short)\ is\ {THIS} | (?:word\ count|reading\ time)(?:\ of\ {THIS}|\ please)?
        | how\ many\ (?:words|sentences|paragraphs|characters|pages|letters)\ (?:does\ {THIS}\ have|are\ (?:there\ )?in\ {THIS}|{_IS}\ {THIS}|has\ {THIS})
        | (?:what\ {_IS}\ )?(?:the\ )?length\ of\ {THIS} | how\ long\ (?:does|will)\ it\ take\ to\ read(?:\ {THIS})?""",
        re.VERBOSE,
    ),
}
_NEEDS_NO_HISTORY = re.compile(rf"\b(?:happen\w*|going on)\b|\b(?:it|that|these)\b(?! {_NOUN})")
_SUMS_UP = re.compile(r"\bsumm[ae]r\w+|\bsum\b.*\bup\b|\btl ?dr\b|\bkey points\b")
_TALK = r"""
    hi+ | hey+ | hello+ | hiya | howdy | greetings | good\ (?:morning|afternoon|evening|night|day)
    | thanks? | thank\ you | thx | ty | cheers | (?:much\ )?appreciated | you\ re\ welcome
    | ok | okay | k | cool | great | nice | wow | perfect | awesome | good(?:\ (?:job|work|one|bot|answer))?
    | well\ done | super | excellent | fine | alright | all\ right | got\ it | i\ see | understood | interesting
    | bye+ | goodbye | see\ you(?:\ later)? | good\ bye | later
    | yes | yeah | yep | yup | no | nope | nah | sure | maybe | of\ course | exactly | right | correct | true | wrong
    | are\ you\ (?:really\ )?sure(?:\ about\ that)? | really | is\ that\ (?:so|true|right)
    | lol | haha\w* | hehe\w* | ha | hm+ | uh+ | um+ | oh | ah | oops | sorry | never\ ?mind | forget\ it
    | how\ are\ you(?:\ doing)? | how\ s\ it\ going | what\ s\ up | sup | nice\ to\ meet\ you
    | (?:who|what)\ (?:are|r)\ you | what\ s\ your\ name | what\ is\ your\ name | are\ you\ (?:an?\ )?(?:robot|bot|human|person|ai|machine|real|chat\ ?gpt|gpt|alexa|there)
    | what\ can\ you\ do(?:\ for\ me)? | what\ is\ this\ (?:app|site|tool|program|thing|page\ for) | who\ made\ you
    | (?:please\ )?help(?:\ me)?(?:\ please)? | can\ you\ help(?:\ me)? | (?:i\ need\ )help
    | what\ (?:can|could|should|may|shall|do)\ i\ ask(?:\ you|\ here|\ about)? | can\ i\ ask\ (?:you\ )?(?:something|a\ question) | i\ have\ a\ question
    | how\ (?:does|do)\ this\ work | how\ do(?:es)?\ (?:i|one)\ use\ (?:this|it|you) | what\ now
    | test(?:ing)? | start | begin
"""
_FILLER = r"""
    there | all | everyone | everybody | again | a\ lot | so\ much | very\ much | much | please | then
    | man | mate | sir | bot | friend | for\ that | for\ (?:your|the)\ help | and | so | well | now
    | to\ you | you | too
"""
_OPENER = re.compile(rf"(?:{_TALK})(?:\ (?:{_TALK}|{_FILLER}))*", re.VERBOSE)


def intent_of(text: str, *, is_first: bool) -> Intent:
    """Return what a person wants.

    Args:
        text: what was typed.
        is_first: whether nothing was asked before. Else "it" is what was asked about, and only
            what names the article is about the article.
    """
    words = folded_words(text.replace("’", " ").replace("'", " "))
    text = " ".join(words)
    if _OPENER.fullmatch(text):
        return "opener"
    if not is_first and _NEEDS_NO_HISTORY.search(text) and not _SUMS_UP.search(text):
        return "question"
    for intent, pattern in _ABOUT.items():
        if pattern.fullmatch(text):
            return intent
    named = _OVERVIEW.search(text)
    if named and _CARRYING.issuperset(_OVERVIEW.sub(" ", text).split()):
        return "overview"
    return "question"
