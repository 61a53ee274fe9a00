"""A file of alert rules, parsed: every problem in it is told at once, by name. No I/O."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from .errors import BadAlertRules
from .rules import (
    BUILT_IN,
    BUILT_IN_CHANNEL,
    BUILT_IN_SOURCE,
    CHANNELS,
    RULES,
    AlertRule,
    Channel,
    Defaults,
    RuleSet,
    Table,
)

Kind = TypeVar("Kind", bound=Table)
TABLES: Final = ("built_in", "channels", "defaults", "rules")
FORMS: Final = {  # of values, where a pattern would be told
    "channel": "a name of Slack, such as #alerts",
    "channel_id": "an id of Slack, such as C0123456789",
    "app": "the slug of the app, such as ops-bot",
    "title": "a line without brackets, and without blanks around it",
}
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST: Final = 10  # problems that are told


def built_in() -> RuleSet:
    """What is wanted where there is no file."""
    return read_rules({})


def read_rules(data: Mapping[str, Any], *, source: str = BUILT_IN_SOURCE) -> RuleSet:
    """The parsed TOML file; `source` is its name.

    Raises BadAlertRules: names each field that is unknown or wrong, and what is allowed.
    """
    problems: list[str] = [f"unknown field {_told(one, TABLES)}" for one in _beyond(data, TABLES)]
    named = _table(data, "channels", problems) or BUILT_IN_CHANNEL
    channels = _channels(named, problems)
    defaults = _defaults(_table(data, "defaults", problems), named, problems)
    own = _table(data, "rules", problems)
    rules = _rules(_wanted(data, own, problems), {"channels": list(named), **defaults}, problems)
    problems += _unknown_channels(rules, own, named)
    if problems:
        told = problems[:_MOST]
        if len(problems) > _MOST:
            told.append(f"and {len(problems) - _MOST} more")
        raise BadAlertRules(f"The alert rules cannot be used ({source}): {'; '.join(told)}.")
    return RuleSet(
        channels=channels, rules=rules, environment=defaults.get("environment"), source=source
    )


def _wanted(data: Mapping[str, Any], own: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The tables of all rules: of the built-in ones, `rules.KEY` changes single fields."""
    chosen = data.get("built_in", True)
    names = {True: list(BUILT_IN), False: []}[chosen] if isinstance(chosen, bool) else chosen
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        problems.append("built_in must be true, false, or a list of names")
        names = []
    unknown = [name for name in names if name not in BUILT_IN]
    problems += [f"built_in: there is no rule {_told(name, BUILT_IN)}" for name in unknown]
    merged: dict[str, Any] = {name: BUILT_IN[name] for name in names if name in BUILT_IN}
    for key, table in own.items():
        if not isinstance(table, Mapping):
            problems.append(f"rules.{_short(key)} must be a table")
            continue
        base = merged.get(key, {})
        same_kind = table.get("when", base.get("when")) == base.get("when")
        merged[key] = {**(base if same_kind else {}), **table}
    return merged


def _rules(
    tables: Mapping[str, Any], defaults: Mapping[str, Any], problems: list[str]
) -> dict[str, AlertRule]:
    found: dict[str, AlertRule] = {}
    for key, table in tables.items():
        where = f"rules.{_short(key)}"
        if not _KEY.fullmatch(key):
            problems.append(f"{where}: a name has small letters, digits and -, 40 at most")
            continue
        kind = _kind(table.get("when"), RULES, f"{where}: when", problems)
        if kind is None:
            continue
        shared = {name: value for name, value in defaults.items() if name in kind.model_fields}
        if rule := _read(kind, {**shared, **table}, where, problems):
            found[key] = rule
    return found


def _channels(tables: Mapping[str, Any], problems: list[str]) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for name, table in tables.items():
        where = f"channels.{_short(name)}"
        if not isinstance(table, Mapping):
            problems.append(f"{where} must be a table")
            continue
        kind = _kind(table.get("type"), CHANNELS, f"{where}: type", problems)
        if kind is not None and (channel := _read(kind, table, where, problems)):
            found[name] = channel
    return found


def _defaults(
    table: Mapping[str, Any], channels: Iterable[str], problems: list[str]
) -> Mapping[str, Any]:
    """What can be used of it, so that a mistake is told once and not of each rule."""
    read = _read(Defaults, table, "defaults", problems)
    if read is None:
        return {}
    unknown = [one for one in read.channels or () if one not in channels]
    problems += [f"defaults: there is no channel {_told(one, channels)}" for one in unknown]
    if read.channels == ():
        problems.append("defaults: channels names none")
    return {} if unknown else {name: table[name] for name in read.model_fields_set}


def _unknown_channels(
    rules: Mapping[str, AlertRule], own: Mapping[str, Any], channels: Iterable[str]
) -> list[str]:
    """Of the rules that name channels themselves."""
    tables = {key: table for key, table in own.items() if isinstance(table, Mapping)}
    naming = {key: rule for key, rule in rules.items() if "channels" in tables.get(key, ())}
    return [
        f"rules.{key}: there is no channel {_told(name, channels)}"
        for key, rule in naming.items()
        for name in rule.channels
        if name not in channels
    ] + [f"rules.{key}: it has no channel" for key, rule in naming.items() if not rule.channels]


def _kind(
    value: object, kinds: Mapping[str, type[Kind]], where: str, problems: list[str]
) -> type[Kind] | None:
    if isinstance(value, str) and value in kinds:
        return kinds[value]
    problems.append(f"{where} must be one of {', '.join(kinds)}")
    return None


def _read(
    kind: type[Kind], table: Mapping[str, Any], where: str, problems: list[str]
) -> Kind | None:
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in table.items()}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems += [f"{where}: {_problem(dict(one), kind)}" for one in found]
        return None


def _problem(error: Mapping[str, Any], kind: type[Table]) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return f"unknown field {_told(name, kind.model_fields)}"
    if error["type"] == "missing":
        return f"{name} is missing"
    if name in FORMS and error["type"] == "string_pattern_mismatch":
        return f"{name}: {FORMS[name]}"
    message = str(error["msg"]).removeprefix("Value error, ").replace("valid tuple", "list")
    return f"{_short(name)}: {message[:1].lower()}{message[1:]}" if name else message


def _table(data: Mapping[str, Any], name: str, problems: list[str]) -> Mapping[str, Any]:
    found = data.get(name, {})
    if isinstance(found, Mapping):
        return found
    problems.append(f"{name} must be a table")
    return {}


def _beyond(table: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    return sorted(set(table) - set(known))


def _told(name: object, known: Iterable[str]) -> str:
    """A name that is none, with the nearest that is one, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    return f"{_short(name)!r} ({hint})"


def _short(name: object) -> str:
    return str(name)[:64]
