"""Bringing the alerts of a project in step with the file, one write after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.framework.errors import ModuleError

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
    """How far it came: what was written, what is being written, and Sentry's tasks by key. It is
    filled as it goes on, so that it tells the truth however that ends."""

    written: list[Step] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    writing: Step | None = None
    error: ModuleError | None = None


async def apply(work: Work, course: Course) -> None:
    """Write what is not as wanted; what is so already is left alone.

    Before each kind it is looked again: a workflow is connected to detectors that were only just
    made. So it may be run again at any time, and goes on where it ended. Raises what a write or a
    look raises.
    """
    for kind in work.api.order:
        for step in (await work.look()).open:
            if step.wanted.kind != kind or not step.wanted.ready:
                continue
            course.writing = step
            task = await work.api.write(step)
            course.writing = None
            course.written.append(step)
            if task:
                course.pending[step.wanted.key] = task
