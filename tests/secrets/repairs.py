"""A repair whose problem, agent, tests and forge tell secrets: what is kept of it, and all that
leaves: operations, pull request, note, commit, prompt."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, cast

import httpx

from fakes.job_ports import NOW, SHOP, FakeJobs, Told, a_pull, an_autofix
from fakes.repairs import job as a_job
from fakes.repairs import report as a_report
from mcp_servers.sentry_monitor.src.bootstrap import open_services
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import Services
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.said import kept
from modules.autofix.adapters.sentry_issues import SentryIssues
from modules.autofix.adapters.tables import columns, job_of
from modules.autofix.describe import commit_message, note, title
from modules.autofix.job import Attempt, Job, Problem, Proof, Status
from modules.autofix.notice_text import plain_text, slack_text
from modules.autofix.notices import Kind, notice
from modules.autofix.ports import Ports, PullRequest
from modules.autofix.prompts import previous_failure, prompt
from modules.autofix.pull_text import pull_body
from modules.autofix.steps import gather
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module
from unit.safetext.planted import Planted

from .door import ENVIRON, Answer, Leaving, knowing, shown
from .fields import upstream
from .sweep import ALL_OF_THEM, FORMS, SURROUNDINGS, TERMINALS, Share, Tally, filled, share_of

JOB: Final = {"job_id": "j1"}
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("autofix-issue", {"issue_id": "42"}),
    *(
        ("get-autofix-job", {**JOB, "include": include})
        for include in ("summary", "diff", "log", "history", "record")
    ),
    ("list-autofix-jobs", {}),
    ("decide-autofix-job", {**JOB, "decision": "cancel"}),
    ("list-autofix-pull-requests", {}),
    ("list-autofix-pull-requests", {"number": 1}),
)


class Field(NamedTuple):
    """What a model, a test run or a forge tells. `most`: longer ones do not get that far."""

    name: str
    cap: int = 200
    most: int = 20_000


FIELDS: Final = (
    Field("root cause", 600, most=600),
    Field("explanation", 4000, most=4000),
    Field("risks", most=1000),
    Field("why"),
    Field("changed file"),
    Field("failure"),
    Field("error"),
    Field("diff", 30_000),
    Field("job log", 20_000),
    Field("test output", 4000),
    Field("history", 200),
    Field("pull title", 200),
    Field("pull body", 20_000),
    Field("pull comment"),
    Field("pull label"),
    Field("pull branch"),
    Field("pull file"),
)


async def stored(answer: Answer) -> Job:
    """As it is after the first step, read by the real adapter."""
    services = _services(answer)
    issues = SentryIssues(services.sentry, now=lambda: NOW)
    job = a_job(project_slug="shop", project_key=SHOP.key, host="sentry.test", created_at=NOW)
    try:
        return await gather(job, cast(Ports, SimpleNamespace(issues=issues)))
    finally:
        await services.sentry.aclose()


async def leaving(
    answer: Answer, values: Mapping[str, str], *, terminal: bool = True
) -> AsyncIterator[Leaving]:
    """What is kept of the problem, then all that leaves of the whole repair."""
    gathered = await stored(answer)
    kept_as = columns(gathered)["data"]
    yield Leaving("gather", "store", kept_as)
    job = _filled(job_of(kept_as), values)
    for way, text in _texts(job, cast(Problem, job.problem)):
        yield Leaving("repair", way, text)
    async for one in _operations(answer, job, values, terminal=terminal):
        yield one


async def _operations(
    answer: Answer, job: Job, values: Mapping[str, str], *, terminal: bool
) -> AsyncIterator[Leaving]:
    services = _services(answer)

    @asynccontextmanager
    async def opened(_request: ModuleInput) -> AsyncIterator[Services]:
        jobs = FakeJobs({job.id: job}, (Told(message=values["history"]),))
        autofix = an_autofix(jobs, [_pull(values)])
        yield replace(services, autofix=lambda: autofix)

    module = Module(OPERATIONS, opened)
    for operation, parameters in CALLS:
        async for one in shown(module, operation, parameters, terminal=terminal):
            yield one
    await services.sentry.aclose()


def _services(answer: Answer) -> Services:
    return open_services(Settings.from_environ(ENVIRON), httpx.MockTransport(answer))


def _texts(job: Job, problem: Problem) -> Iterator[tuple[str, str]]:
    yield "title", title(job, problem, None)
    yield (
        "commit",
        commit_message(job, problem, problem.frames[-1].path if problem.frames else None),
    )
    yield "pull request", pull_body(job, SHOP, ())
    yield "note", note(job, "ended", NOW, job.error_message or "")
    failed = notice(job, Kind.FAILED, SHOP)
    yield "slack", slack_text(failed)
    yield "plain notice", "\n".join(plain_text(failed))
    yield "prompt", prompt(job, problem, SHOP, plan=False)
    yield "earlier failure", previous_failure(job) or ""


def _filled(job: Job, values: Mapping[str, str]) -> Job:
    report = a_report(
        root_cause=values["root cause"],
        explanation=values["explanation"],
        risks=values["risks"],
        five_whys=(values["why"],),
        changed_files=(values["changed file"],),
    )
    attempt = Attempt(
        number=1,
        started_at=NOW,
        report=report,
        diff=f"+ {values['diff']}",
        log=_said(values["job log"], 8000),
        failure=f"suite_worse: {values['failure']}",
    )
    output = _said(values["test output"], 20_000)
    return job.model_copy(
        update={
            "status": Status.WAITING,
            "attempts": (attempt,),
            "proof": Proof(proven=False, reasons=("suite_worse",), output=output),
            "error_message": f"agent_crashed: {values['error']}",
            "approved": True,
        }
    )


def _said(text: str, cap: int) -> str:
    """As the adapters keep what a process said."""
    return kept(text.encode(), cap)


def _pull(values: Mapping[str, str]) -> PullRequest:
    return a_pull(
        title=values["pull title"],
        body=values["pull body"],
        comments=(values["pull comment"],),
        labels=(values["pull label"],),
        head=values["pull branch"],
        files=(values["pull file"],),
    )


async def through_repairs(tally: Tally, share: Share = ALL_OF_THEM) -> None:
    """Secrets in all that Sentry tells about the issue, and in all that is told of its repair."""
    for number in share_of(len(FORMS) * len(SURROUNDINGS), share):
        known, sought = filled(number)
        values, more = _told(number)
        tally.planted += len(sought) + len(more)
        terminal = number // share[1] % TERMINALS == 0
        async for one in leaving(knowing(upstream(known)), values, terminal=terminal):
            planted = sought if one.way == "store" else sought + more
            tally.look(f"{one.operation} {one.way}", one.text, planted)


def _told(number: int) -> tuple[dict[str, str], list[tuple[str, Planted]]]:
    values, sought = {}, []
    for at, one in enumerate(FIELDS):
        form = FORMS[(number + 7 * at) % len(FORMS)]
        name, surround = SURROUNDINGS[(number // len(FORMS) + at) % len(SURROUNDINGS)]
        values[one.name] = fitting(one, surround(form.text, one.cap), form.text)
        sought.append((f"{one.name}, {name}", form))
    return values, sought


def fitting(field: Field, value: Any, alone: str) -> str:
    """The value as text, or the secret alone where that would be too long to be taken."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= field.most else alone
