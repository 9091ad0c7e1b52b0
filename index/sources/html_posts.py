"""Web pages that are no plain article: live blogs, paywalls, notices, pages of an error or a check."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from index.errors import ArticleError
from index.sources.document import NOTHING

_MIN_POSTS = 3
_MOST_TIME_WORDS = 6
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?")
_WALL = re.compile(
    r"(?i)(?:^|[\s_-])(?:pay|meter|reg(?:istration)?|subscri(?:be|ber|ption)s?)[_-]?wall(?:$|[\s_-])"
)
_NOT_FREE = re.compile(r'(?i)"isAccessibleForFree"\s*:\s*"?false')
_CONSENT = re.compile(
    r"""(?ix) \b(?:gdpr|ccpa|cookie[-_]?(?:consent|banner|notice|bar|dialog|modal|popup|overlay|wall|law|message)
    | consent[-_]?(?:banner|notice|bar|dialog|modal|popup|overlay|wall|manager) | (?:cc|cmp)[-_](?:banner|window))"""
)

# A shorter name marks a consent banner only together with the banner's text.
_COOKIE = re.compile(r"(?i)(?<![^\W_])(?:cookies?|consent)(?![^\W_])")
_WE_USE = re.compile(r"(?i)\bcookies\b")
_ASKS = re.compile(
    r"(?i)\b(?:we(?: and our partners)? use|this (?:web)?site uses|accept|consent|reject|privacy)\b"
)
_DEMAND = re.compile(
    r"(?i)\b(?:enable|turn\ on|activate)\b[^.]{0,40}\bjavascript\b|\b(?:requires|needs)\ javascript\b"
    r"|\bjavascript\b[^.]{0,30}\b(?:is\ (?:disabled|required|not\ enabled)|must\ be\ enabled)"
    r"|\bverif(?:y|ying)\b[^.]{0,20}\b(?:you\ are|you[’']re)\ (?:a\ )?human"
)
# The title or first line of the page that a server sends instead of one.
_ERROR = re.compile(
    r"""(?ix) ^\W* (?: (?:error|http)\W* )? (?:
      (?: 40[0-9] | 410 | 429 | 50[0-4] ) \b \W* (?: error\b | page\b | not\ found | forbidden | unauthori[sz]ed
        | gone\b | bad\b | too\ many | internal\b | service\b | gateway\b | $ )
    | (?: page | file | site )\ (?: (?:was|could|can)\ )? not\ (?:be\ )? (?:found | available)
    | not\ found \b | access\ denied | forbidden \b (?:\W|$) | bad\ gateway | service\ unavailable
    | internal\ server\ error | gateway\ time-?out
    | (?: (?:sorry|oops|uh-?oh|whoops)\W* )? (?: we \b .{0,3} | you )? \s*
      (?: can(?:no|['’])t | could(?:n['’]t|\ not) )\ find\ (?:that|the|this|your)\ page
    | (?: (?:sorry|oops)\W* )? (?:this|the|that)\ page\ (?:you\ \w+\ (?:looking|searching)\ for\ )?
      (?: (?:does|could|can)(?:n['’]t|\ ?not)\ (?:exist|be\ found) | isn['’]t\ (?:here|available) | no\ longer\ exists ) )"""
)
_MOST_OF_ERROR = 80  # words
_FEW_WORDS = 40
_NO_TEXT = 12  # words: a headline at most
_SHORT = 250
REST = f"{NOTHING}the page gives the start of its article only, the rest is behind a paywall"


def write_times(tree: Any) -> bool:
    """Return whether a page is a live blog; if so, write its post's time before each paragraph.

    Posts are siblings of one tag and class, each with one time that stands alone and a paragraph.
    """
    posts = []
    for mark in tree.iter("time"):
        time, post = _time(mark), _post(mark)
        if time and post is not None:
            posts.append((post, mark, time))
    forms = [(post.tag, post.get("class"), post.getparent()) for post, _, _ in posts]
    if len(posts) < _MIN_POSTS or any(a != b for a, b in pairwise(forms)):
        return False
    for post, mark, time in posts:
        mark.drop_tree()
        for paragraph in post.iter("p"):
            paragraph.text = f"[{time}] {(paragraph.text or '').lstrip()}"
    return True


def _time(mark: Any) -> str:
    """Return the time of a post as the page shows it, or, for "2h ago", as its datetime has it."""
    text = " ".join("".join(mark.itertext()).split())
    if _CLOCK.search(text) and len(text.split()) <= _MOST_TIME_WORDS:
        return text
    coded = _ISO.match(mark.get("datetime") or "")
    return " ".join(filter(None, coded.groups())) if coded else ""


def _post(mark: Any) -> Any:
    """Return the largest element around one time alone, or None where it has no paragraph."""
    post = None
    for around in mark.iterancestors():
        if len(around.findall(".//time")) > 1 or around.tag in ("body", "html"):
            break
        post = around
    return post if post is not None and post.find(".//p") is not None else None


def remove_consent(tree: Any) -> None:
    """Remove what asks for consent to cookies, by the name that the page gives it."""
    for element in tree.xpath("//*[@id or @class]"):
        names = f"{element.get('id', '')} {element.get('class', '')}"
        if (
            element.tag not in ("html", "body", "main", "article")
            and (_CONSENT.search(names) or (_COOKIE.search(names) and _asks_consent(element)))
            and element.getparent() is not None
            and next(element.iter("article", "main", "h1"), None) is None
        ):
            element.drop_tree()


def _asks_consent(element: Any) -> bool:
    text = "".join(element.itertext())
    return bool(_WE_USE.search(text) and _ASKS.search(text))


def remove_walls(tree: Any) -> bool:
    """Return whether a page asks for money or a login before its text; what asks is removed."""
    not_free = any(_NOT_FREE.search(script.text or "") for script in tree.iter("script"))
    walls = [
        element
        for element in tree.xpath("//*[@id or @class]")
        if element.tag not in ("html", "body", "main", "article")
        and _WALL.search(f"{element.get('id', '')} {element.get('class', '')}")
        and next(element.iter("article", "main", "h1"), None) is None
    ]
    for wall in walls:
        if wall.getparent() is not None:
            wall.drop_tree()
    return bool(walls) or not_free


def check_article(body: str, title: str, *, walled: bool) -> list[str]:
    """Return a note where only the start of an article was got.

    Args:
        body: what was extracted.
        title: of the page, as a browser shows it.
        walled: whether the page asks for money or a login.

    Raises:
        ArticleError: the page is no article: it says that there is none at its address, asks for
            JavaScript or for a human being, or has no more than a headline before it asks for money.
    """
    n_words = len(body.split())
    if n_words < _MOST_OF_ERROR and (_ERROR.match(title) or _ERROR.match(body)):
        raise ArticleError(
            f"must hold an article, got a page that says “{' '.join((title or body).split())[:60]}”; "
            "look whether its address is right"
        )
    if n_words < _FEW_WORDS and _DEMAND.search(body):
        raise ArticleError(
            "must hold an article, got a page that asks for JavaScript or a check; save it from a browser"
        )
    if walled and n_words < _NO_TEXT:
        raise ArticleError(
            "must hold an article, got a page behind a paywall; save it from a browser that may read it"
        )
    return [REST] if walled and n_words < _SHORT else []
