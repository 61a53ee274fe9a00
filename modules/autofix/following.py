"""What a worker does about pull requests that are open: look, mend red checks, hand over, and keep
what became of them."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from modules.framework.errors import ModuleError

from . import ci_rounds, learning
from .ci_rounds import Followed, Move, Phase
from .job import Job
from .ports import Clock
from .project import Project
from .review import CheckRun, Review, light

EVERY_S: Final = 15.0  # how often is looked for one that is due
logger = logging.getLogger(__name__)


class Records(Protocol):
    """Where it is kept which pull requests are followed."""

    async def due(self) -> tuple[tuple[Followed, Job], ...]:
        """Those to look at now, each with its job; no other worker looks at them meanwhile."""
        ...

    async def keep(self, pull: Followed) -> None: ...

    async def mend(self, pull: Followed, job: Job, project: Project) -> str:
        """The job goes into the queue again and the round is counted, both or neither. Why not;
        empty when done."""
        ...

    async def stopped(self) -> str: ...


class Lessons(Protocol):
    """Where what people said about repairs waits for the operator."""

    async def propose(self, project_key: str, text: str, source: str) -> None:
        """Once for each source."""
        ...


class Following:
    """One look at each pull request that is due. Everything it does may be done twice."""

    def __init__(
        self,
        records: Records,
        *,
        review_of: Callable[[Project], Review],
        project_of: Callable[[str], Project | None],
        lessons: Lessons,
        now: Clock,
    ) -> None:
        """`project_of` knows projects by their key."""
        self._records, self._review_of, self._project_of = records, review_of, project_of
        self._lessons, self._now = lessons, now

    async def once(self) -> None:
        """One that cannot be looked at keeps none of the others from it."""
        for pull, job in await self._records.due():
            project = self._project_of(pull.project_key)
            if project is None:
                continue
            try:
                await self._look(pull, job, project)
            except ModuleError as error:
                logger.warning("#%d of %s: %s", pull.number, pull.project_key, error.message)

    async def _look(self, pull: Followed, job: Job, project: Project) -> None:
        review = self._review_of(project)
        standing = await review.standing(project, pull.number)
        before, pull = pull, ci_rounds.seen(pull, standing, job, self._now())
        if learning.teaches(before, pull):
            said = learning.proposal(await review.remarks(project, pull.number))
            if said:
                await self._lessons.propose(pull.project_key, said, pull.url)
        if pull.phase is Phase.WATCHED and pull.head_sha:
            pull = await self._checked(pull, job, project, review)
        await self._records.keep(pull)

    async def _checked(
        self, pull: Followed, job: Job, project: Project, review: Review
    ) -> Followed:
        runs = await review.checks(project, pull.head_sha)
        pull = replace(pull, light=light(runs))
        chosen = ci_rounds.move(pull, ci_rounds=project.ci_rounds, now=self._now())
        if chosen is Move.NOTHING or await self._records.stopped():
            return pull
        if ci_rounds.people_spoke(await review.remarks(project, pull.number)):
            return ci_rounds.theirs(pull, "people_at_work")
        if chosen is Move.MEND:
            return await self._mended(pull, job, project, runs)
        await review.comment(project, pull.number, ci_rounds.handed_over(job, pull, runs))
        return ci_rounds.theirs(pull, "ci_not_mended")

    async def _mended(
        self, pull: Followed, job: Job, project: Project, runs: tuple[CheckRun, ...]
    ) -> Followed:
        begun = ci_rounds.mending(pull)
        why = await self._records.mend(begun, ci_rounds.again(job, runs), project)
        if why:
            logger.info("#%d: no attempt to mend its checks now: %s", pull.number, why)
        return pull if why else begun
