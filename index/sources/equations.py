"""Equations of Word (OMML) and of the web and open documents (MathML) on one line: "x^2", "(a+b)/c"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

# Elements that describe an equation and are not shown.
_SKIPPED = frozenset("annotation annotation-xml rPr ctrlPr phantom mphantom".split())
_RELATIONS = frozenset("= ≠ ≈ ≡ < > ≤ ≥ ≪ ≫ ∈ ∉ ⊂ ⊆ → ← ↔ ⇒ ⇔ ∼ ≃ ∝".split())
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064")
# One thing: a word or number, or all of it in one pair of brackets.
_ATOM = re.compile(r"[^\W\d_]+′?|[\d.,]+|√?\([^()]*\)|\[[^\[\]]*\]|\|[^|]*\||\W")


def linear(equation: Any) -> str:
    """Return an equation as plain text on one line.

    Args:
        equation: an ``oMath`` element of Office or a ``math`` element of MathML, of lxml.
    """
    try:
        text = _text(equation)
    except RecursionError:  # nested hundreds deep, as nobody writes
        text = "".join(equation.itertext())
    return " ".join(text.translate(_INVISIBLE).split())


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Any) -> list[Any]:
    return [c for c in element if _name(c) and not _name(c).endswith("Pr")]


def _text(element: Any) -> str:
    name = _name(element)
    if not name or name in _SKIPPED:
        return ""
    if name in _FORMS:
        return _FORMS[name](element, _children(element))
    if name == "t" or not len(element):
        return _token(name, element.text or "")
    return "".join(map(_text, _children(element)))


def _token(name: str, text: str) -> str:
    if name != "mo":
        return text if name == "t" else text.strip()
    sign = text.strip()
    return f" {sign} " if sign in _RELATIONS else f"{sign} " if sign in (",", ";") else sign


def _group(text: str) -> str:
    text = text.strip()
    return text if not text or _ATOM.fullmatch(text) else f"({text})"


def _part(element: Any, name: str) -> str:
    """Return what a child of an element of Office holds; "" where there is none."""
    return "".join(_text(child) for child in element if _name(child) == name)


def _property(element: Any, name: str, other: str) -> str:
    """Return a property of an element of Office, e.g. the sign that brackets end with."""
    for node in element.iterfind("*/*"):
        if _name(node) == name and _name(node.getparent()).endswith("Pr"):
            return next((v for k, v in node.attrib.items() if k.rpartition("}")[2] == "val"), "")
    return other


def _fraction(upper: str, lower: str) -> str:
    return f"{_group(upper)}/{_group(lower)}"


def _scripts(base: str, lower: str, upper: str) -> str:
    """Return a base with what stands below and above it."""
    below = f"_{_group(lower)}" if lower.strip() else ""
    return f"{_group(base)}{below}" + (f"^{_group(upper)}" if upper.strip() else "")


def _root(inner: str, degree: str) -> str:
    return f"√[{degree.strip()}]({inner.strip()})" if degree.strip() else f"√({inner.strip()})"


def _rows(rows: Sequence[Sequence[str]]) -> str:
    return "[" + "; ".join(", ".join(cell.strip() for cell in row) for row in rows) + "]"


def _of_mathml(form: Callable[..., str], *numbers: int) -> Callable[[Any, list[Any]], str]:
    """Return what reads an element of MathML, whose children have their parts by number; -1 is none."""

    def read(_element: Any, children: list[Any]) -> str:
        texts = [*map(_text, children), *[""] * 3]
        return form(*(texts[n] if n >= 0 else "" for n in numbers))

    return read


def _of_office(form: Callable[..., str], *names: str) -> Callable[[Any, list[Any]], str]:
    """Return what reads an element of Office, whose children have their parts by name."""
    return lambda element, _children: form(*(_part(element, name) for name in names))


def _brackets(element: Any, children: list[Any]) -> str:
    begin, end = _property(element, "begChr", "("), _property(element, "endChr", ")")
    between = _property(element, "sepChr", "|")
    return begin + between.join(_text(c).strip() for c in children) + end


def _sum(element: Any, _children: list[Any]) -> str:
    sign = _property(element, "chr", "∫")
    limits = _scripts(sign, _part(element, "sub"), _part(element, "sup"))
    return f"{limits} {_part(element, 'e').strip()}"


def _function(element: Any, _children: list[Any]) -> str:
    return f"{_part(element, 'fName').strip()} {_part(element, 'e').strip()}"


def _square_root(_element: Any, children: list[Any]) -> str:
    return _root("".join(map(_text, children)), "")


def _table(element: Any, children: list[Any]) -> str:
    if _name(element) == "eqArr":
        return "; ".join(_text(c).strip() for c in children)
    return _rows([[_text(cell) for cell in _children(row)] for row in children])


def _first(_element: Any, children: list[Any]) -> str:
    return _text(children[0]) if children else ""


_FORMS: dict[str, Callable[[Any, list[Any]], str]] = {
    "mfrac": _of_mathml(_fraction, 0, 1),
    "msub": _of_mathml(_scripts, 0, 1, -1),
    "munder": _of_mathml(_scripts, 0, 1, -1),
    "msup": _of_mathml(_scripts, 0, -1, 1),
    "mover": _of_mathml(_scripts, 0, -1, 1),
    "msubsup": _of_mathml(_scripts, 0, 1, 2),
    "munderover": _of_mathml(_scripts, 0, 1, 2),
    "mroot": _of_mathml(_root, 0, 1),
    "msqrt": _square_root,
    "mtable": _table,
    "semantics": _first,
    "f": _of_office(_fraction, "num", "den"),
    "sSub": _of_office(lambda base, lower: _scripts(base, lower, ""), "e", "sub"),
    "sSup": _of_office(lambda base, upper: _scripts(base, "", upper), "e", "sup"),
    "sSubSup": _of_office(_scripts, "e", "sub", "sup"),
    "sPre": _of_office(lambda b, lo, up: f"{_scripts('', lo, up)}{b}", "e", "sub", "sup"),
    "limLow": _of_office(lambda base, lower: _scripts(base, lower, ""), "e", "lim"),
    "limUpp": _of_office(lambda base, upper: _scripts(base, "", upper), "e", "lim"),
    "rad": _of_office(_root, "e", "deg"),
    "nary": _sum,
    "func": _function,
    "d": _brackets,
    "m": _table,
    "eqArr": _table,
}
