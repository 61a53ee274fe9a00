"""Issue search: text → terms. No OR and no parentheses, as in Sentry's issue search."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .errors import BadRequest

IS_VALUES: Final = [
    "unresolved",
    "resolved",
    "ignored",
    "muted",
    "archived",
    "new",
    "ongoing",
    "escalating",
    "regressed",
    "assigned",
    "unassigned",
    "for_review",
    "linked",
    "unlinked",
    "reprocessing",
    "archived_until_escalating",
    "archived_until_condition_met",
    "archived_forever",
]
_TOKEN: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|\[[^\]]*\]|[^\s"\[]|\[)+')
_PAIR: Final = re.compile(r'(!?)([A-Za-z_][\w.\-]*(?:\[[^\]\s]+\])?|"[^"]+"):(.*)', re.DOTALL)
_COMPARED: Final = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_BOOLEAN: Final = {"OR", "AND", ")"}
_LIST_ITEM: Final = re.compile(r'\s*("(?:\\.|[^"\\])*"|[^,"]+)\s*(?:,|$)')


@dataclass(frozen=True)
class Term:
    """`key` is None for free text. Any of `values` will do; `op` is one of = > >= < <=."""

    key: str | None
    values: tuple[str, ...]
    op: str = "="
    negated: bool = False
    wildcards: bool = True  # a quoted star is a star


def parse(query: str) -> tuple[Term, ...]:
    if _unquoted(query).count('"') % 2:
        raise _bad("Expected a closing quote.")
    return tuple(_term(token) for token in _tokens(query))


def _bad(why: str) -> BadRequest:
    return BadRequest(f"Error parsing search query: {why}")


def _unquoted(query: str) -> str:
    return query.replace("\\\\", "").replace('\\"', "")


def _tokens(query: str) -> Iterator[str]:
    for match in _TOKEN.finditer(query):
        token = match[0]
        if token in _BOOLEAN or token[0] == "(":
            raise _bad(
                'Boolean statements containing "OR" or "AND" are not supported in this search'
            )
        yield token


def _term(token: str) -> Term:
    match = _PAIR.fullmatch(token)
    if match is None or match[3].startswith("//"):
        return Term(key=None, values=(_text(token),), wildcards=not token.startswith('"'))
    negated, key, rest = match.groups()
    if not rest:
        raise _bad(f"Empty string after '{key}:'")
    return _check(_pair(key.strip('"'), rest, negated=bool(negated)))


def _pair(key: str, rest: str, *, negated: bool) -> Term:
    if rest.startswith("[") and rest.endswith("]"):
        return Term(key=key, values=_list(rest[1:-1]), negated=negated)
    compared = _COMPARED.fullmatch(rest)
    op, value = compared.groups() if compared and key != "message" else (None, rest)
    quoted = value.startswith('"')
    return Term(
        key=key, values=(_text(value),), op=op or "=", negated=negated, wildcards=not quoted
    )


def _check(term: Term) -> Term:
    if term.key == "is":
        for value in term.values:
            if value not in IS_VALUES:
                raise _bad(f'Invalid value for "is" search, valid values are {sorted(IS_VALUES)}')
    return term


def _list(text: str) -> tuple[str, ...]:
    values, position = [], 0
    while position < len(text):
        match = _LIST_ITEM.match(text, position)
        if match is None:
            raise _bad("Invalid list.")
        values.append(_text(match[1].strip()))
        position = match.end()
    if not values:
        raise _bad("Empty list.")
    return tuple(values)


def _text(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
    return value.replace('\\"', '"')
