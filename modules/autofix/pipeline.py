"""The repair of one issue, on one page.

    gather     what Sentry tells about the issue
    screen     every reason not to begin: worth, frames, a fix that is there, budgets
    branch     name it, say that we begin
    fix        an agent finds the cause, writes a test and a fix            <- again, told why
    guard      what a change may never do, on the raw diff                       |
    prove      the test fails without the fix and passes with it -- not so ------+
    publish    a pull request for a person; below `pr` a person decides first
    announce   tell the end in Sentry

The job is saved after each step; where it ends or waits, people are told. A step that is interrupted runs again, so each finds its own
effect before it makes it. Nothing here merges.
"""

import errno
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError, in_full
from modules.jobs.errors import DatabaseAway

from . import policy
from .attempt import fix, guard
from .errors import Ended, LostJob, Parked
from .job import Job, Outcome, Stage, Status
from .notices import marked
from .notify import kinds, notify
from .ports import Ports
from .proving import prove
from .reasons import sentence
from .steps import announce, branch, gather, publish, screen

Step = Callable[[Job, Ports], Awaitable[Job]]
STEPS: Final[Mapping[Stage, Step]] = {
    Stage.GATHER: gather,
    Stage.SCREEN: screen,
    Stage.BRANCH: branch,
    Stage.FIX: fix,
    Stage.GUARD: guard,
    Stage.PROVE: prove,
    Stage.PUBLISH: publish,
    Stage.ANNOUNCE: announce,
}
OUTAGE: Final = frozenset(
    {Category.NETWORK, Category.TIMEOUT, Category.RATE_LIMIT, Category.UPSTREAM}
)
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
OUTAGE_S: Final = 300.0
AT_ONCE: Final = timedelta(seconds=1)


async def run(job: Job, ports: Ports) -> Job:
    """Take a job that is running as far as it goes: to its end, or to a person's decision.

    Raises Parked, to go on later; LostJob, when it is no longer ours.
    """
    async with ports.repository.unhurried() as repository:
        ports = replace(ports, repository=repository)
        while job.status is Status.RUNNING:
            before = job
            after = await _step(before, ports)
            job = await ports.ledger.save(marked(before, after, kinds(ports)))
            await ports.ledger.tell(job, _told(before.stage, job))
            await notify(before, job, ports)
    return job


async def _step(job: Job, ports: Ports) -> Job:
    try:
        return await STEPS[job.stage](job, ports)
    except Ended as end:
        ended = policy.end(job, end.outcome, end.reason, end.message)
        pull = {"pr_url": end.pull_url, "pr_number": end.pull_number}
        return ended.model_copy(update=pull) if end.pull_url else ended
    except OSError as error:
        if error.errno not in FULL:
            raise
        return policy.end(job, Outcome.ERROR, "disk_full", sentence("disk_full"))
    except (Parked, LostJob, DatabaseAway):
        raise
    except ModuleError as error:
        return _answered(job, ports, error)


def _answered(job: Job, ports: Ports, error: ModuleError) -> Job:
    """An outage is not the job's fault; anything else that a server says ends it.

    Raises Parked.
    """
    if job.stage is Stage.ANNOUNCE:  # the work is done; a note is not worth a job
        return policy.closed(job, ports.now())
    if error.retryable or error.category in OUTAGE:
        wait = max(AT_ONCE, timedelta(seconds=error.retry_after_s or OUTAGE_S))
        raise Parked("sentry_unavailable", error.message, until=ports.now() + wait)
    told = in_full(error)
    reason = "issue_missing" if error.category is Category.NOT_FOUND else error.code
    return policy.end(job, Outcome.ERROR, reason, told)


def _told(stage: Stage, job: Job) -> str:
    if job.stage is Stage.DONE:
        return f"{job.status}: {job.outcome}" + (f" ({job.reason})" if job.reason else "")
    if job.status is Status.WAITING:
        return "waits for a decision"
    if stage in (Stage.GUARD, Stage.PROVE) and job.stage is Stage.FIX:
        return f"attempt {len(job.attempts)} failed: {job.last.failure if job.last else ''}"
    return f"{stage} done"
