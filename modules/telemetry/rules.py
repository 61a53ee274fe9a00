"""Rules: which events are meant, and what they are grouped by, or that they are dropped. No I/O.

Patterns are globs (`*`, `?`, `[a-z]`), so that no rule can be slow; case does not count.
"""

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .errors import BadTelemetryRules
from .occurrence import UNKNOWN, Occurrence

BRACED: Final = re.compile(r"\{+[^{}]*\}+|[{}]+")
PLACE: Final = re.compile(r"\{([a-z_]+)(?::([^{}]{1,200}))?\}")
PLACES: Final = (
    "default", "exception_type", "exception_module", "db_type", "endpoint", "route",
    "transaction", "logger", "level", "environment", "tag:NAME",
)  # fmt: skip
# How Sentry's own grouping is named in a fingerprint.
# Source: https://docs.sentry.io/platforms/python/usage/sdk-fingerprinting/
DEFAULT: Final = "{{ default }}"
SENTRYS: Final = re.compile(r"\{\{\s*default\s*\}\}")
COMPUTED: Final[Mapping[str, Callable[[Occurrence], str]]] = {
    "default": lambda seen: DEFAULT,
    "exception_type": lambda seen: seen.exception_type,
    "exception_module": lambda seen: seen.error.module if seen.error else "",
    "db_type": lambda seen: seen.db_type,
    "endpoint": lambda seen: seen.endpoint,
    "route": lambda seen: seen.route,
}
LONGEST: Final = 200  # of a part of a fingerprint
SEEN: Final = 8000  # of a message
PATTERNS: Final = ("exception", "message", "transaction", "logger", "level")
WANTED: Final = {
    **dict.fromkeys(PATTERNS, "a glob or a list of globs"),
    "name": "a text of 1 to 80 characters",
    "tags": "a table of globs",
    "fingerprint": "a list of texts",
    "group": "a list of rules",
    "drop": "a list of rules",
    "built_in_noise": "true or false",
}


class Conditions(BaseModel):
    """All that are given must hold; of the patterns of one, any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    exception: tuple[str, ...] = ()  # its type, or module and type: `*Timeout`, `stripe.*`
    message: tuple[str, ...] = ()
    transaction: tuple[str, ...] = ()
    logger: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    tags: Mapping[str, str] = Field(default_factory=dict)  # name: pattern

    @field_validator(*PATTERNS, mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def meet(self, seen: Occurrence) -> bool:
        error = seen.error
        names = [error.type, error.full_type] if error else []
        return (
            _any(self.exception, names)
            and _any(self.message, [seen.message[:SEEN]])
            and _any(self.transaction, [seen.text("transaction")])
            and _any(self.logger, [seen.text("logger")])
            and _any(self.level, [seen.text("level")])
            and all(_tagged(seen, name, wanted) for name, wanted in self.tags.items())
        )

    @property
    def empty(self) -> bool:
        patterns = (self.exception, self.message, self.transaction, self.logger, self.level)
        return not (any(patterns) or self.tags)


class GroupRule(Conditions):
    """Events that are one issue when the parts of this fingerprint are equal."""

    fingerprint: tuple[str, ...] = Field(min_length=1, max_length=10)

    @field_validator("fingerprint")
    @classmethod
    def _places_are_known(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        for part in parts:
            for braced in BRACED.findall(part):
                if not _is_place(braced):
                    known = ", ".join(PLACES)
                    raise ValueError(f"{braced[:64]!r} is no place; there are: {known}")
        return parts

    def filled(self, seen: Occurrence) -> list[str]:
        return [
            BRACED.sub(lambda braced: _said(seen, braced[0]), one)[:LONGEST]
            for one in self.fingerprint
        ]


class Rules(BaseModel):
    """`[[group]]` and `[[drop]]`; the first that is met decides. `built_in_noise`: whether what is
    no error of the application's is left out without a rule, too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: tuple[GroupRule, ...] = ()
    drop: tuple[Conditions, ...] = ()
    built_in_noise: bool = Field(default=True, strict=True)


def from_table(data: Mapping[str, Any]) -> Rules:
    """A parsed TOML file, or the same as values. Raises BadTelemetryRules naming the field."""
    try:
        rules = Rules.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        raise BadTelemetryRules(_told(first)) from None
    for kind, many in (("group", rules.group), ("drop", rules.drop)):
        for index, one in enumerate(many):
            if one.empty:
                raise BadTelemetryRules(
                    f"{kind}[{index}] has no condition, so it would meet every event."
                )
    return rules


def first_met(rules: Iterable[Any], seen: Occurrence) -> Any:
    return next((one for one in rules if one.meet(seen)), None)


def _told(error: Mapping[str, Any]) -> str:
    where = _where(error["loc"])
    if error["type"] == "extra_forbidden":
        fields = ", ".join(name for name in GroupRule.model_fields)
        known = ", ".join(Rules.model_fields) if len(error["loc"]) == 1 else fields
        return f"{where} is no field of a rule; there are: {known}."
    if error["type"] == "missing":
        return f"{where} is missing."
    if error["type"] == "value_error":
        return f"{where}: {str(error['msg']).removeprefix('Value error, ')}."
    return f"{where}: must be {_wanted(error['loc'])}."


def _wanted(location: Sequence[int | str]) -> str:
    names = [part for part in location if isinstance(part, str)]
    is_rule = names[-1:] in (["group"], ["drop"]) and names[-1] != location[-1]
    fields = [WANTED[name] for name in names if name in WANTED]
    return "a table" if is_rule or not fields else fields[-1]


def _where(location: Sequence[int | str]) -> str:
    """`group[0].excepton`"""
    spelled = ""
    for part in location:
        spelled += f"[{part}]" if isinstance(part, int) else f".{str(part)[:64]}"
    return spelled.lstrip(".")


def _any(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    return not patterns or any(_glob(one).match(text) for one in patterns for text in texts)


def _tagged(seen: Occurrence, name: str, wanted: str) -> bool:
    value = seen.tag(name)
    return value is not None and _glob(wanted).match(value) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern), re.IGNORECASE)


def _is_place(braced: str) -> bool:
    place = PLACE.fullmatch(braced)
    if place is None:
        return SENTRYS.fullmatch(braced) is not None
    return f"{place[1]}:NAME" in PLACES if place[2] else place[1] in PLACES


def _said(seen: Occurrence, braced: str) -> str:
    place = PLACE.fullmatch(braced)
    if place is None:
        return DEFAULT
    if place[2]:
        return seen.tag(place[2]) or UNKNOWN
    computed = COMPUTED.get(place[1])
    return (computed(seen) if computed else seen.text(place[1])) or UNKNOWN
