"""The repair of a case: what an agent, a test run, a forge and the event say, all of it hostile."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from types import SimpleNamespace
from typing import Any, Final, cast

from fakes.job_ports import SHOP, FakeJobs, Told, a_pull, an_autofix
from fakes.repairs import job as a_job
from fakes.repairs import report as a_report
from fakes.sender import FakeSender
from mcp_servers.sentry_monitor.src.operations.services import Autofix
from modules.autofix.adapters.sentry_issues import SentryIssues
from modules.autofix.adapters.tables import columns, job_of
from modules.autofix.job import Attempt, Job, Mention, Outcome, Problem, Proof, Stage, Status
from modules.autofix.ports import Change, Ports, PullRequest
from modules.autofix.steps import gather
from modules.framework.errors import ModuleError
from modules.sentry.client import SentryClient

from .documents import NOW
from .fields import Case

JOB: Final = "j1"
REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")  # what git has in no branch
URL: Final = "https://sentry.test"
OURS: Final = "https://forge.test/pulls/7"
STATUSES: Final = (Status.WAITING, Status.FAILED, Status.RUNNING, Status.SUCCEEDED)


@dataclass(frozen=True)
class Repair:
    """A job that went as far as a job can, and the pull request that came of it."""

    case: Case
    job: Job
    changes: tuple[Change, ...]
    pull: PullRequest
    history: tuple[Told, ...]

    @property
    def problem(self) -> Problem | None:
        return self.job.problem

    @cached_property
    def texts(self) -> Sequence[str]:
        return [sound(one.text) for one in self.case.payloads[::8]]

    def autofix(self) -> Autofix:
        """Fresh ones for each call: a decision is remembered."""
        jobs = FakeJobs({JOB: self.job}, self.history, now=NOW)
        return an_autofix(jobs, (self.pull, self.pull))


async def a_repair(case: Case) -> Repair:
    """The problem is gathered by the real step; where the answers are too broken, there is none."""
    job = _filled(await _gathered(case), case)
    texts = _Texts(case)
    return Repair(
        case,
        job_of(columns(job)["data"]),  # as the store gives it back
        tuple(_change(path) for path in texts.some(5)),
        a_pull(
            title=texts.raw(),
            body="\n".join(texts.raw() for _ in range(6)),
            comments=tuple(texts.raw() for _ in range(3)),
            labels=(texts.raw(),),
            head=REF.sub("", texts.raw())[:200] or "x",
            ours=False,
            files=tuple(texts.raw() for _ in range(3)),
        ),
        tuple(Told(message=text) for text in texts.some(4)),
    )


async def _gathered(case: Case) -> Job:
    job = a_job(
        project_slug="shop",
        project_key=SHOP.key,
        host="sentry.test",
        sentry_issue_id="42" if case.number % 2 else "43",  # the same one is refused a second job
        created_at=NOW,
    )
    client = SentryClient(URL, connect=lambda _: FakeSender(case.answers()), org="acme")
    issues = SentryIssues(client, now=lambda: NOW)
    asked = job.model_copy(update={"sentry_issue_id": "42"})
    try:
        found = await gather(asked, cast(Ports, SimpleNamespace(issues=issues)))
    except ModuleError:
        return job
    return found.model_copy(update={"sentry_issue_id": job.sentry_issue_id})


class _Texts:
    """The case's payloads in turn, as they come out of a process: always characters."""

    def __init__(self, case: Case) -> None:
        self._turns = cycle(case.payloads)

    def raw(self) -> str:
        return next(self._turns).text

    def some(self, many: int, cap: int = 30_000) -> tuple[str, ...]:
        return tuple(sound(one.text)[:cap] for one in islice(self._turns, many))

    def one(self, cap: int = 30_000) -> str:
        return self.some(1, cap)[0]

    def long(self, cap: int) -> str:
        return "\n".join(self.some(6))[:cap]


def _filled(job: Job, case: Case) -> Job:
    texts = _Texts(case)
    proven = case.number % 3 == 0
    proof = Proof(
        proven=proven,
        reasons=() if proven else ("suite_worse",),
        fail_to_pass=texts.some(1),
        flaky=texts.some(1),
        output=texts.long(20_000),
    )
    told: dict[str, Any] = {
        "status": STATUSES[case.number % len(STATUSES)],
        "outcome": None if proven else Outcome.DRAFT,
        "stage": Stage.PUBLISH,
        "issue_title": job.issue_title or texts.one(),
        "branch_name": "sentry-autofix/shop-1a-0a1b2c-g1",
        "base_sha": "a" * 40,
        "error_message": f"agent_crashed: {texts.long(3000)}",
        "pr_url": OURS,
        "pr_number": 7,
        "approved": case.number % 2 == 0,
        "attempts": (_attempt(texts),),
        "proof": proof,
        "findings": () if case.number % 2 else ("tests_weakened",),
        "mentions": (Mention(number=3, url="https://forge.test/pulls/3", score=0.7),),
    }
    return job.model_copy(update=told)


def _attempt(texts: _Texts) -> Attempt:
    report = a_report(
        root_cause=texts.one(600),
        explanation=texts.long(4000),
        risks=texts.one(1000),
        five_whys=texts.some(5),
        changed_files=texts.some(3),
        test_files=texts.some(2),
    )
    return Attempt(
        number=1,
        started_at=NOW,
        log=texts.long(8000),
        diff=_diff(texts),
        report=report,
        failure=f"suite_worse: {texts.one(2000)}",
    )


def _diff(texts: _Texts) -> str:
    lines = [f"{sign}{line}" for sign in "+- " for line in texts.one(4000).split("\n")]
    return "\n".join(["--- a/x.py", "+++ b/x.py", "@@ -1 +1 @@", *lines])


def _change(path: str) -> Change:
    return Change(path=path[:400], old_mode="100644", new_mode="100644", status="M")


def sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
