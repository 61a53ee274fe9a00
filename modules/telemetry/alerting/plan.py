"""What is wanted beside what is there: what to create, to change, and to leave alone. No I/O."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Json = Mapping[str, Any]
NAME: Final = "name"
Action = Literal["create", "change", "same", "by hand"]
# What somebody switched off in Sentry: people switch it on again, no write of ours does.
MUTED, STATUS, ENABLED = "muted", "status", "enabled"
ON: Final = {MUTED: False, STATUS: "active", ENABLED: True}
BY_HAND: Final = frozenset(ON)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One object that Sentry should have. `body` is what is sent, `settings` what is compared;
    it is not `ready` while another object that it names is not there."""

    kind: str  # as the API calls it: workflow, detector, rule, alert-rule
    key: str
    name: str
    body: Json
    settings: Json
    ready: bool = True


@dataclass(frozen=True, kw_only=True)
class Present:
    """One object that Sentry has. `key` is empty where it is not ours; `raw` is the answer;
    `given` is what Sentry makes itself with each project, which nobody means as a rule."""

    kind: str
    id: str
    name: str
    key: str
    settings: Json
    raw: Json
    given: bool = False


@dataclass(frozen=True)
class Difference:
    """Of one field: what Sentry has, and what the file says."""

    field: str
    there: Any
    wanted: Any


@dataclass(frozen=True)
class Step:
    wanted: Wanted
    present: Present | None
    differences: tuple[Difference, ...] = ()

    @property
    def action(self) -> Action:
        if self.present is None:
            return "create"
        fields = {one.field for one in self.differences}
        if fields and fields <= BY_HAND:
            return "by hand"
        return "change" if fields else "same"


@dataclass(frozen=True)
class Plan:
    """`left_over` are ours and no longer in the file, or there twice; `foreign` are never touched."""

    steps: tuple[Step, ...]
    left_over: tuple[Present, ...]
    foreign: tuple[Present, ...]

    @property
    def open(self) -> tuple[Step, ...]:
        """The steps that are still to be taken."""
        return tuple(one for one in self.steps if one.action in ("create", "change"))

    @property
    def switched_off(self) -> tuple[Step, ...]:
        """Rules that are there and tell nobody, which only people can mend."""
        return tuple(
            one for one in self.steps if any(each.field in BY_HAND for each in one.differences)
        )

    @property
    def drifted(self) -> tuple[Step, ...]:
        """All that are not as the file says."""
        return tuple(one for one in self.steps if one.action != "same")


def plan(wanted: Sequence[Wanted], present: Iterable[Present]) -> Plan:
    """Of several that are ours by the same key, the oldest is kept in step."""
    there = list(present)
    matches = matched(wanted, there)
    used = {id(one) for one in matches}
    return Plan(
        steps=tuple(_step(one, match) for one, match in zip(wanted, matches, strict=True)),
        left_over=tuple(one for one in there if one.key and id(one) not in used),
        foreign=tuple(one for one in there if not one.key and not one.given),
    )


def matched(wanted: Sequence[Wanted], present: Iterable[Present]) -> list[Present | None]:
    """For each, what there is of it. One that does the same by another key is renamed, also where
    two keys were swapped: legacy servers refuse a second rule that does what another does."""
    free = sorted((one for one in present if one.key), key=_age)
    found: dict[int, Present] = {}
    for fits in (_is_it, _does_the_same, _has_its_key):
        _take(wanted, free, found, fits)
    moved = {one.key for at, one in enumerate(wanted) if at in found and found[at].key != one.key}
    _take(wanted, free, found, lambda _, there: there.key in moved)
    return [found.get(at) for at in range(len(wanted))]


def _take(
    wanted: Sequence[Wanted],
    free: list[Present],
    found: dict[int, Present],
    fits: Callable[[Wanted, Present], bool],
) -> None:
    for at, one in enumerate(wanted):
        if at in found:
            continue
        match = next((each for each in free if each.kind == one.kind and fits(one, each)), None)
        if match is not None:
            free.remove(match)
            found[at] = match


def _has_its_key(wanted: Wanted, there: Present) -> bool:
    return there.key == wanted.key


def _does_the_same(wanted: Wanted, there: Present) -> bool:
    fields = {one.field for one in differences(there.settings, wanted.settings)}
    return fields - BY_HAND <= {NAME}


def _is_it(wanted: Wanted, there: Present) -> bool:
    return _has_its_key(wanted, there) and _does_the_same(wanted, there)


def _age(one: Present) -> tuple[int, str]:
    return (int(one.id) if one.id.isdecimal() else 0, one.id)


def _step(wanted: Wanted, present: Present | None) -> Step:
    if present is None:
        return Step(wanted, None)
    return Step(wanted, present, tuple(differences(present.settings, wanted.settings)))


def differences(there: Json, wanted: Json) -> list[Difference]:
    """The fields that are not as wanted; what is there beyond them is not looked at. Lists are
    compared as sets: Sentry gives conditions back in any order."""
    return [
        Difference(name, there.get(name), value)
        for name, value in wanted.items()
        if _sorted(there.get(name)) != _sorted(value)
    ]


def _sorted(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted((_sorted(one) for one in value), key=spelled)
    if isinstance(value, Mapping):
        return {name: _sorted(one) for name, one in value.items()}
    return value


def spelled(value: Any) -> str:
    """One spelling of each value."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
