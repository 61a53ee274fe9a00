"""What became of a plan of alert rules, step by step, as data. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from modules.framework.contracts import SideEffect
from modules.framework.errors import ModuleError, in_full
from modules.outbound.errors import OutcomeUnknown
from modules.sentry.errors import Conflict, NotFound, Rejected
from modules.telemetry.alerting.apply import Course, Work
from modules.telemetry.alerting.errors import NOW, NoSuchChannel
from modules.telemetry.alerting.plan import Plan, Present, Step
from modules.telemetry.alerting.rules import SlackChannel

from .alert_facts import at_of, present_facts, step_facts
from .facts import word

DONE: Final = {"create": "created", "change": "changed"}
WRITTEN: Final = ("created", "changed", "pending")
# Where Sentry complains about whom a rule tells.
_ABOUT_CHANNELS: Final = frozenset({"actions", "actionFilters", "triggers"})
At = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The plan, how far it came, what was read back (None where it could not be), and how
    Sentry's tasks stand. An error does not tell whether its write was applied; reading back does."""

    work: Work
    before: Plan
    doomed: Sequence[Present]
    course: Course
    after: Plan | None
    stands: Mapping[str, str] = field(default_factory=dict)

    @property
    def nothing_applied(self) -> bool:
        """Whether a course that ended in an error left all as it was, as far as can be told."""
        if self.course.written or self.course.deleted or self.after is None:
            return False
        same = _ats(self.before.open) == _ats(self.after.open)
        return same and _ids(self.before.left_over) == _ids(self.after.left_over)

    @property
    def all_pruned(self) -> bool:
        return all(self._fate(one) == "deleted" for one in self.doomed)

    def rules(self) -> list[dict[str, Any]]:
        there = self.after.steps if self.after else ()
        ids = {at_of(one): one.present.id for one in there if one.present}
        ids |= {at: id_ for at, id_ in self.course.ids.items() if id_}
        return [
            step_facts(one, self._state(one), self.work) | {"id": word(ids.get(at_of(one), ""))}
            for one in self.before.steps
        ]

    def left_over(self) -> list[dict[str, Any]]:
        return [
            present_facts(one) | {"state": self._fate(one) if one in self.doomed else "left over"}
            for one in self.before.left_over
        ]

    def effects(self, where: str) -> tuple[SideEffect, ...]:
        """`where` names the project. What was there before stands in the answer's marked part."""
        steps = zip(self.before.steps, self.rules(), strict=True)
        pruned = zip(self.before.left_over, self.left_over(), strict=True)
        return (
            *(_write_of(one, row["id"], where) for one, row in steps if row["state"] in WRITTEN),
            *(_deletion_of(one, where) for one, row in pruned if row["state"] == "deleted"),
        )

    def gaps(self) -> list[str]:
        """What was written and does not read back as wanted; and where it stopped."""
        told = [self._stopped(self.course.error)] if self.course.error else []
        for key, state in self.stands.items():
            if state == "failed":
                told.append(f"Sentry could not make {key}: it did not find a channel of it.")
            elif state == "pending" and not self._reads_back(key):
                told.append(
                    f"{key} is pending: Sentry still works on it; check-alert-rules tells later "
                    "whether it is there. Do not apply again before."
                )
        for kind, key in map(at_of, self.course.written):
            if (kind, key) in self._still and key not in self.stands:
                told.append(f"Sentry accepted {kind} {key}, and it reads back otherwise.")
        stay = [one for one in self.course.deleted if self._fate(one) == "failed"]
        named = [f"{one.kind} {word(one.id)} ({one.key})" for one in stay]
        return [*told, *(f"{one} is still there, though deleted." for one in named)]

    @property
    def _still(self) -> set[At]:
        """What is not as wanted by now; nothing where that is not known."""
        return _ats(self.after.open) if self.after else set()

    def _reads_back(self, key: str) -> bool:
        return self.after is not None and key not in {one[1] for one in self._still}

    def _state(self, step: Step) -> str:
        at, writing = at_of(step), self.course.writing
        stands = self.stands.get(at[1], "success")
        if step.action in ("same", "by hand"):
            state: str = step.action
        elif stands != "success" and not self._reads_back(at[1]):
            state = stands
        elif at in _ats(self.course.written):
            state = DONE[step.action]
        elif writing is None or at != at_of(writing):
            state = "not tried"
        else:
            state = self._doubtful(step)
        return state

    def _doubtful(self, step: Step) -> str:
        """Of the one at which it stopped."""
        if self.after is None:
            return "unknown"
        if at_of(step) in self._still:
            return "failed"
        refused = isinstance(self.course.error, Rejected)  # so it was somebody else
        return "same" if refused else DONE[step.action]

    def _fate(self, one: Present) -> str:
        """Of a rule that was to be deleted."""
        at, deleting = (one.kind, one.id), self.course.deleting
        tried = at in _ids(self.course.deleted) or (deleting is not None and at in _ids([deleting]))
        if self.after is None:
            return "unknown" if tried else "not tried"
        if at not in _ids(self.after.left_over):
            return "deleted"
        return "failed" if tried else "not tried"

    def _stopped(self, given: ModuleError) -> str:
        step = self.course.writing
        at = step.wanted if step else self.course.deleting
        what = f"at {at.kind} {at.key}" if at else "while looking"
        again = f"run ensure-alert-rules apply=true{' prune=true' if self.doomed else ''} again"
        if step and self._state(step) == "same":  # refused, and by now as wanted
            return f"Stopped {what}, which somebody else made meanwhile. For the rest, {again}."
        error = explained(given, self.course, self.work)
        then = "" if error.retryable else " afterwards"
        return f"Stopped {what}: {in_full(error)} For the rest, {again}{then}."


def explained(error: ModuleError, course: Course, work: Work) -> ModuleError:
    """The error at which it ended, with what to do about a rule: remedies of others speak of
    issues. A channel that Sentry refuses is named."""
    step = course.writing
    if isinstance(error, Conflict | NotFound | OutcomeUnknown) and (step or course.deleting):
        return type(error)(error.message, recovery=NOW, details=error.details)
    if step is None or not isinstance(error, Rejected):
        return error
    fields = set(error.details.get("fields", ()))
    key = step.wanted.key
    if fields & _ABOUT_CHANNELS:
        told = " or ".join(_channels(key, work))
        return NoSuchChannel(f"rules.{key}: Sentry does not take {told}.")
    if "name" in fields and work.api.generation == "legacy":
        return Rejected(
            f"rules.{key}: Sentry refuses it, most likely since another rule does the same.",
            recovery="list-alert-rules names the rules of others; delete the one that does the "
            f"same, or end its name with the mark of {key} (docs/alert-rules.md).",
            details=error.details,
        )
    return Rejected(
        f"rules.{key}: {error.message}",
        recovery="Correct that rule in the file (docs/alert-rules.md).",
        details=error.details,
    )


def _channels(key: str, work: Work) -> list[str]:
    """Those that only Sentry can look up, else all of the rule."""
    named = work.rules.channels_of(work.rules.rules[key])
    unsure = [
        f"channels.{name} ('#{channel.name}' in workspace {channel.workspace!r})"
        for name, channel in named
        if isinstance(channel, SlackChannel) and not work.targets[name].identifier
    ]
    return unsure or [f"channels.{name}" for name, _ in named]


def _write_of(step: Step, id_: str, where: str) -> SideEffect:
    fields = sorted(one.field for one in step.differences)
    undo = "delete it in Sentry, under Alerts or Monitors"
    if step.action == "change":
        undo = "set back in Sentry what the differences tell, or the file, and apply it"
    return SideEffect(
        action=f"{step.action}-alert-rule",
        target=f"{step.wanted.kind} {id_ or '?'} ({step.wanted.key}) {where}",
        before={"fields": fields} if fields else None,
        after={"name": step.wanted.name},
        undo=undo,
    )


def _deletion_of(one: Present, where: str) -> SideEffect:
    return SideEffect(
        action="delete-alert-rule",
        target=f"{one.kind} {word(one.id)} ({one.key}) {where}",
        undo="put it back into the file; ensure-alert-rules apply=true makes it anew",
    )


def _ats(steps: Iterable[Step]) -> set[At]:
    return {at_of(one) for one in steps}


def _ids(each: Iterable[Present]) -> set[At]:
    return {(one.kind, one.id) for one in each}
