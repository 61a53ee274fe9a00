"""Bringing the alerts of a project in step with the file, one write after the other."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from modules.framework.errors import ModuleError
from modules.sentry.errors import NotFound

from .plan import Plan, Present, Step, plan
from .ports import AlertApi
from .rules import RuleSet
from .targets import Target


@dataclass(frozen=True)
class Work:
    """What is wanted of one project, and where."""

    api: AlertApi
    rules: RuleSet
    targets: Mapping[str, Target]

    async def look(self) -> Plan:
        return self.beside(await self.api.present())

    def beside(self, present: Sequence[Present]) -> Plan:
        return plan(self.api.wanted(self.rules, self.targets, present), present)


@dataclass
class Course:
    """How far it came: what was written and deleted, what is being so, and Sentry's tasks by key.
    It is filled as it goes on, so that it tells the truth however that ends."""

    written: list[Step] = field(default_factory=list)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)  # by kind and key
    pending: dict[str, str] = field(default_factory=dict)
    writing: Step | None = None
    deleted: list[Present] = field(default_factory=list)
    deleting: Present | None = None
    error: ModuleError | None = None


async def apply(work: Work, course: Course) -> None:
    """Write what is not as wanted; what is so already is left alone.

    Before each kind it is looked again: a workflow is connected to detectors that were only just
    made. So it may be run again at any time, and goes on where it ended. Within a run nothing is
    written twice, though a list may lag behind. Raises what a write or a look raises.
    """
    written = set[tuple[str, str]]()
    for kind in work.api.order:
        for step in (await work.look()).open:
            at = step.wanted.kind, step.wanted.key
            if step.wanted.kind != kind or not step.wanted.ready or at in written:
                continue
            written.add(at)
            course.writing = step
            made = await work.api.write(step)
            course.writing = None
            course.written.append(step)
            if made.task:
                course.pending[step.wanted.key] = made.task
            course.ids[at] = made.id


async def prune(work: Work, course: Course, doomed: Sequence[Present]) -> None:
    """Delete of the doomed what is still ours and left over, what tells of a monitor before the monitor; but nothing
    that a rule of somebody else's needs. Raises what a deletion or a look raises."""
    shown = {(one.kind, one.id) for one in doomed}
    for one in prunable(await work.look(), work.api):
        if (one.kind, one.id) not in shown:  # came meanwhile: it was in no plan
            continue
        course.deleting = one
        with suppress(NotFound):  # somebody was quicker
            await work.api.delete(one)
        course.deleting = None
        course.deleted.append(one)


def prunable(found: Plan, api: AlertApi) -> tuple[Present, ...]:
    """What `prune` deletes, in this order."""
    free = [one for one in found.left_over if not api.serves_others(one, found.foreign)]
    return tuple(one for kind in dict.fromkeys(api.order) for one in free if one.kind == kind)
