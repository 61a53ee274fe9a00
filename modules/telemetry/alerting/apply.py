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
    """What was written; `pending` are Sentry's tasks by step, `failed` is where it ended."""

    written: list[Step] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)  # key to task
    failed: Step | None = None
    error: ModuleError | None = None


async def apply(work: Work) -> Course:
    """Write what is not as wanted, until a write fails; what is so already is left alone.

    Before each kind it is looked again: a workflow is connected to detectors that were only just
    made. So it may be run again at any time, and goes on where it ended.
    """
    course = Course()
    for kind in work.api.order:
        for step in (await work.look()).open:
            if step.wanted.kind != kind or not step.wanted.ready:
                continue
            try:
                task = await work.api.write(step)
            except ModuleError as error:
                course.failed, course.error = step, error
                return course
            course.written.append(step)
            if task:
                course.pending[step.wanted.key] = task
    return course
