"""A filter of articles as a condition in SQL, over the columns of ``articles a``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from index.filter import ArticleFilter, comparable
from index.postgres.article_rows import key_text


class Condition(NamedTuple):
    """What holds for chosen articles, as SQL and its values; no SQL chooses all."""

    sql: str = ""
    values: Sequence[object] = ()

    def of_articles(self) -> str:
        """Return what follows the WHERE of a query over ``articles a``."""
        return self.sql or "true"

    def of_rows(self, table: str, joined: str = "AND") -> str:
        """Return the condition that the rows of a table are of chosen articles, if any are not."""
        if not self.sql:
            return ""
        return f"{joined} {table}.article IN (SELECT a.key FROM articles a WHERE {self.sql})"


def condition_of(within: ArticleFilter | None) -> Condition:
    """Return the condition that holds for the articles that ``within`` fits; None fits all."""
    if not within:
        return Condition()
    conditions: list[str] = []
    values: list[object] = []
    if within.articles:
        conditions.append("(a.id = ANY(%s) OR a.title_key = ANY(%s))")
        names = [key_text(name) for name in within.articles]
        values += [names, [key_text(comparable(name)) for name in within.articles]]
    if within.sources:
        conditions.append(
            "(a.source_key ~ ANY(%s) OR EXISTS (SELECT FROM origins o "
            "WHERE o.article = a.key AND o.origin_key ~ ANY(%s)))"
        )
        values += [[_regex(key_text(source)) for source in within.sources]] * 2
    if within.since:
        # A month in which, or a year in which, a longer date lies begins it.
        conditions.append("(a.date <> '' AND a.date >= left(%s, length(a.date)))")
        values.append(within.since)
    if within.until:
        conditions.append("(a.date <> '' AND left(a.date, %s) <= %s)")
        values += [len(within.until), within.until]
    return Condition(" AND ".join(conditions) or "true", values)


def _regex(pattern: str) -> str:
    """Return what a shell's pattern means, as ``fnmatch`` reads it, as PostgreSQL's expression."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif character == "[" and (end := _end_of_set(pattern, at)) > 0:
            parts.append(_set(pattern[at:end]))
            at = end + 1
        else:
            parts.append(_literal(character))
    return f"^{''.join(parts)}$"


def _end_of_set(pattern: str, start: int) -> int:
    """Return where the "]" of a set stands, -1 where there is none."""
    return pattern.find("]", start + (2 if pattern[start : start + 1] == "!" else 1))


def _set(inside: str) -> str:
    is_not = inside.startswith("!")
    escaped = "".join(f"\\{c}" if c in "\\[]^" else c for c in inside[is_not:])
    return f"[{'^' if is_not else ''}{escaped}]"


def _literal(character: str) -> str:
    return character if character.isalnum() or character == "_" else f"\\{character}"
