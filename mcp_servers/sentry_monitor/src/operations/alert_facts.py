"""Plans and outcomes of alert rules as data: what is ours apart from what others wrote. No I/O."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from modules.framework.contracts import SideEffect
from modules.framework.errors import ModuleError
from modules.sentry.errors import Rejected
from modules.telemetry.alerting.apply import Course, Work, prunable
from modules.telemetry.alerting.errors import NoSuchChannel
from modules.telemetry.alerting.plan import Plan, Present, Step, spelled
from modules.telemetry.alerting.rules import SlackChannel

from .facts import many, word

DONE: Final = {"create": "created", "change": "changed", "same": "same"}
WRITTEN: Final = ("created", "changed", "pending")
# Where Sentry complains about whom a rule tells.
_ABOUT_CHANNELS: Final = frozenset({"actions", "actionFilters", "triggers"})


def plan_facts(found: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts, and the words of others beside them, row by row."""
    facts = {
        "rules": [_step_facts(one, one.action) for one in found.steps],
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


def outcome_facts(
    before: Plan, course: Course, stands: dict[str, str], after: Plan | None
) -> list[dict[str, Any]]:
    """What became of each step. An error does not tell whether its write was applied; reading
    back does."""
    written = {_at(one) for one in course.written}
    still = {_at(one) for one in after.open} if after else set()
    ids = {_at(one): one.present.id for one in after.steps if one.present} if after else {}
    rows = []
    for step in before.steps:
        at = _at(step)
        if step.action == "same":
            state = "same"
        elif stands.get(at[1], "success") != "success":
            state = stands[at[1]]
        elif at in written:
            state = DONE[step.action]
        elif course.writing is not None and at == _at(course.writing):
            state = _doubtful(step, at, still) if after is not None else "unknown"
        else:
            state = "not tried"
        rows.append(_step_facts(step, state) | {"id": word(ids.get(at, ""))})
    return rows


def effect_of(step: Step, after: Plan | None, where: str) -> SideEffect:
    """`where` names the project. What was there before stands in the answer's marked part."""
    there = (
        next((one.present for one in after.steps if _at(one) == _at(step)), None) if after else None
    )
    present = step.present or there
    named = f"{step.wanted.kind} {word(present.id) if present else '?'} ({step.wanted.key})"
    fields = sorted(one.field for one in step.differences)
    undo = "delete it in Sentry, under Alerts or Monitors"
    if step.action == "change":
        undo = "ensure-alert-rules apply=true with the file as it was before"
    return SideEffect(
        action=f"{step.action}-alert-rule",
        target=f"{named} {where}",
        before={"fields": fields} if fields else None,
        after={"name": step.wanted.name},
        undo=undo,
    )


def left_over_facts(
    before: Plan, doomed: Sequence[Present], course: Course | None = None, after: Plan | None = None
) -> list[dict[str, Any]]:
    """What is to become of each rule that is left over; with a course, what became of it. As with
    writes, reading back tells whether a deletion that ended in an error was done."""
    there = _ids(after.left_over) if after else None
    rows = []
    for one in before.left_over:
        state = "left over"
        if one in doomed:
            state = _fate(one, course, there) if course else "delete"
        rows.append(present_facts(one) | {"state": state})
    return rows


def _fate(one: Present, course: Course, there: set[tuple[str, str]] | None) -> str:
    at = (one.kind, one.id)
    if at in _ids(course.deleted) or (there is not None and at not in there):
        return "deleted"
    if course.deleting is None or _ids([course.deleting]) != {at}:
        return "not tried"
    return "unknown" if there is None else "failed"


def deletion_of(one: Present, where: str) -> SideEffect:
    return SideEffect(
        action="delete-alert-rule",
        target=f"{one.kind} {word(one.id)} ({one.key}) {where}",
        undo="put it back into the file; ensure-alert-rules apply=true makes it anew",
    )


def left_over_warnings(found: Plan, work: Work) -> tuple[str, ...]:
    """What is ours and not in the file, which only `prune` deletes."""
    free = prunable(found, work.api)
    used = [one for one in found.left_over if one not in free]
    told = []
    if free:
        told.append(
            f"{many(len(free), 'rule')} of sentry-monitor that the file does not have, or has "
            f"once: {_listed(free)}. ensure-alert-rules prune=true deletes what nobody needs."
        )
    if used:
        told.append(
            f"Left over, and kept, since rules of others tell of it: {_listed(used)}. Connect "
            "them to another monitor in Sentry first."
        )
    return tuple(told)


def _listed(each: Iterable[Present]) -> str:
    return ", ".join(f"{one.kind} {word(one.id)} ({one.key})" for one in each)


def _ids(each: Iterable[Present]) -> set[tuple[str, str]]:
    return {(one.kind, one.id) for one in each}


def _doubtful(step: Step, at: tuple[str, str], still: set[tuple[str, str]]) -> str:
    return "failed" if at in still else DONE[step.action]


def nothing_applied(before: Plan, course: Course, after: Plan | None) -> bool:
    """Whether a course that ended in an error left all as it was, as far as can be told."""
    if course.written or course.deleted or after is None:
        return False
    same = {_at(one) for one in before.open} == {_at(one) for one in after.open}
    return same and _ids(before.left_over) == _ids(after.left_over)


def explained(error: ModuleError, course: Course, work: Work) -> ModuleError:
    """The error at which it ended; a channel that Sentry refuses is named."""
    step = course.writing
    if step is None or not isinstance(error, Rejected):
        return error
    fields = set(error.details.get("fields", ()))
    key = step.wanted.key
    unsure = [
        f"channels.{name} ('#{channel.name}' in workspace {channel.workspace!r})"
        for name, channel in work.rules.channels_of(work.rules.rules[key])
        if isinstance(channel, SlackChannel) and not work.targets[name].identifier
    ]
    if fields & _ABOUT_CHANNELS and unsure:
        return NoSuchChannel(f"rules.{key}: Sentry does not find {', '.join(unsure)}.")
    if "name" in fields:
        return Rejected(
            f"rules.{key}: Sentry refuses it, most likely since another rule does the same.",
            recovery="list-alert-rules names the rules of others; delete the one that does the "
            f"same, or end its name with the mark of {key} (docs/alert-rules.md).",
            details=error.details,
        )
    return Rejected(f"rules.{key}: {error.message}", details=error.details)


def _step_facts(step: Step, state: str) -> dict[str, Any]:
    return {
        "key": step.wanted.key,
        "kind": step.wanted.kind,
        "name": step.wanted.name,
        "state": state,
        "id": word(step.present.id) if step.present else "",
        "fields": [one.field for one in step.differences],
    }


def _at(step: Step) -> tuple[str, str]:
    return step.wanted.kind, step.wanted.key


def _short(value: Any) -> str:
    """A value on one line: lists as their entries."""
    if isinstance(value, list | tuple):
        return "; ".join(sorted(spelled(one) for one in value)) or "none"
    return "none" if value in (None, "") else spelled(value)
