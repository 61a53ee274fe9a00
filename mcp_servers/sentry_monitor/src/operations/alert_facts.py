"""Plans of alert rules as data: what is ours apart from what others wrote. No I/O."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from modules.telemetry.alerting.apply import Work, prunable
from modules.telemetry.alerting.errors import RulesDiffer
from modules.telemetry.alerting.plan import ON, Plan, Present, Step, spelled
from modules.telemetry.alerting.rules import said_by

from .facts import many, word

SHOWN: Final = (
    "environment",
    "query",
    "window_minutes",
    "triggers",
    "conditions",
    "filters",
    "thresholds",
    "threshold",
    "notify",
    "repeat_minutes",
)
EMPTY: Final = ("none", "0")


def plan_facts(
    found: Plan, work: Work, doomed: Sequence[Present] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts, and the words of others beside them, row by row."""
    facts = {
        "rules": [step_facts(one, one.action, work) for one in found.steps],
        "left_over": [
            present_facts(one) | {"state": "delete" if one in doomed else "left over"}
            for one in found.left_over
        ],
        "foreign": len(found.foreign),
    }
    told = {
        "changes": [
            {
                "rule": f"{step.wanted.kind} {step.wanted.key}",
                "field": one.field,
                "there": _short(one.there),
                "wanted": _short(one.wanted),
            }
            for step in found.steps
            for one in step.differences
        ],
        "left_over": [one.name for one in found.left_over],
        "foreign": [one.name for one in found.foreign],
    }
    return facts, told


def present_facts(one: Present) -> dict[str, Any]:
    return {"kind": one.kind, "id": word(one.id), "key": one.key, "ours": bool(one.key)}


def step_facts(step: Step, state: str, work: Work) -> dict[str, Any]:
    """`says` is what the file asks for."""
    return {
        "key": step.wanted.key,
        "kind": step.wanted.kind,
        "name": step.wanted.name,
        "state": state,
        "id": word(step.present.id) if step.present else "",
        "fields": [one.field for one in step.differences],
        "says": said_by(work.rules.rules[step.wanted.key]),
    }


def warnings(found: Plan, work: Work, doomed: Sequence[Present] = ()) -> tuple[str, ...]:
    """What stays although the file does not want it so: rules that somebody switched off, and
    rules of ours that left the file."""
    off = [one.present for one in found.switched_off if one.present]
    kept = [one for one in found.left_over if one not in doomed]
    free = [one for one in prunable(found, work.api) if one in kept]
    used = [one for one in kept if one not in free]
    told = {
        "Switched off or muted in Sentry, so nobody is told: {}. Switch it on there; no write of a "
        "rule does.": off,
        "Left over, made by sentry-monitor and no longer in the file (or there twice): {}. "
        "ensure-alert-rules prune=true shows and deletes them.": free,
        "Left over, and kept, since rules of others tell of it: {}. Connect them to another "
        "monitor in Sentry first.": used,
    }
    return tuple(text.format(_listed(each)) for text, each in told.items() if each)


def drift(found: Plan, project: str) -> RulesDiffer:
    """As a log of CI wants it: each rule with its fields, and what the file says of them. What
    Sentry has others may have written, so only its numbers are told."""
    differing = [f"{one.wanted.kind} {one.wanted.key}: {_drifted(one)}" for one in found.drifted]
    left_over = [f"{one.kind} {one.key} ({word(one.id)}): left over" for one in found.left_over]
    lines = [*differing, *left_over]
    recovery = RulesDiffer.recovery
    if not found.open:
        recovery = "check-alert-rules tells what to do about each."
    elif found.left_over:
        recovery = f"{recovery} What is left over is deleted with prune=true."
    return RulesDiffer(
        f"{many(len(lines), 'difference')} between the alert rules of project {project!r} and the "
        f"file. {'. '.join(lines)}.",
        recovery=recovery,
        details={
            "rules": sorted({one.wanted.key for one in found.drifted}),
            "left_over": [present_facts(one) for one in found.left_over],
        },
    )


def is_on(one: Present) -> bool:
    """Whether it tells anybody: not switched off, not muted."""
    return all(one.settings.get(name, value) == value for name, value in ON.items())


def said_there(one: Present) -> str:
    """When it tells whom, on one line; others may have written it."""
    shown = {name: _short(one.settings.get(name)) for name in SHOWN}
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value not in EMPTY)


def at_of(step: Step) -> tuple[str, str]:
    return step.wanted.kind, step.wanted.key


def _drifted(step: Step) -> str:
    if step.present is None:
        return "not there"
    return "; ".join(
        f"{one.field} is {_number(one.there)}, not {_short(one.wanted)}" for one in step.differences
    )


def _number(value: Any) -> str:
    plain = isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal())
    return str(value) if plain else "another"


def _listed(each: Iterable[Present]) -> str:
    return ", ".join(f"{one.kind} {word(one.id)} ({one.key})" for one in each)


def _short(value: Any) -> str:
    """A value on one line: lists as their entries."""
    if isinstance(value, list | tuple):
        return "; ".join(sorted(spelled(one) for one in value)) or "none"
    return "none" if value in (None, "") else spelled(value)
