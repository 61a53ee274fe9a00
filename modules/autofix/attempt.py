"""One attempt: the agent's run, and the guard on what it changed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from modules.framework.errors import ModuleError

from . import policy, prompts
from .describe import commit_message
from .errors import Ended, Parked
from .guardrails import (
    OURS,
    Violation,
    added_lines,
    patterns_of,
    protected,
    script_violations,
    secrets_in,
    violations,
    weakened,
)
from .job import Attempt, Job, Outcome, Report, Stage, StopAt
from .ports import AgentResult, AgentTask, Change, Ports
from .reasons import sentence
from .spellings import hidden
from .steps import fixed, known, not_stopped, prepared, waiting

DIFF_CAP: Final = 400_000
PARKED: Final = frozenset({"auth", "usage_limit", "model_unavailable"})
PARK_S: Final = 900.0
GUIDES: Final = ("CLAUDE.md", "AGENTS.md")
GUIDE: Final = 20_000  # characters
SOONEST_PARK, LONGEST_PARK = timedelta(minutes=1), timedelta(days=7)


async def fix(job: Job, ports: Ports) -> Job:
    """The agent's run in a fresh worktree; what it changed becomes a commit of ours."""
    await not_stopped(ports)
    await prepared(job, ports)
    if why := await ports.ledger.reserve(job, ports.project):
        raise Ended(Outcome.DECLINED, why, sentence(why))
    plan = job.stop_at is StopAt.PLAN and not job.approved
    started = ports.now()
    number = len(job.attempts) + 1
    await ports.ledger.tell(job, f"the agent runs, attempt {number}")
    async with ports.repository.tree(ports.project, job.base_sha or "") as tree:
        await ports.ledger.agent_starts(job)
        ran = await ports.agent.run(ports.project, await _task(job, ports, plan=plan), tree)
        result = _without(ports.secrets, ran)
        await ports.ledger.settle(job, usd=result.usd)  # first, whatever comes of its tree
        commit, refused = None, None
        if _has_fix(result, plan=plan):
            commit, refused = await _committed(job, ports, tree, keep=f"{job.id}/{number}")
    _park(result, ports)
    attempt = Attempt(
        number=number,
        agent=ports.project.agent_name or ports.project.agent,
        started_at=started,
        completed_at=ports.now(),
        cost_usd=result.usd,
        turns=result.turns,
        duration_s=round(result.seconds, 3),
        log=result.log,
        report=result.report,
        commit=commit,
        diff=await _diff(job, ports, commit),
    )
    job = job.model_copy(update={"attempts": (*job.attempts, attempt)})
    if refused is not None:
        return policy.end(job, refused.outcome, refused.reason, refused.message)
    return _judged(job, result, plan=plan)


async def _committed(
    job: Job, ports: Ports, tree: Path, *, keep: str
) -> tuple[str | None, Ended | None]:
    """The commit, or why git cannot take the tree in: an attempt that cost something either way."""
    base, message = job.base_sha or "", commit_message(job, known(job), None)
    try:
        done = await ports.repository.commit(
            ports.project, tree, base=base, message=message, keep=keep
        )
    except Ended as end:
        return None, end
    return done, None


def _without(secrets: tuple[str, ...], result: AgentResult) -> AgentResult:
    """What a program says on its way goes into notes and logs, whatever it says."""
    return replace(result, message=hidden(result.message, secrets), log=hidden(result.log, secrets))


async def _task(job: Job, ports: Ports, *, plan: bool) -> AgentTask:
    project, base = ports.project, job.base_sha or ""
    limits, files = project.limits, await ports.repository.files(project, base)
    return AgentTask(
        job=job.id,
        prompt=prompts.prompt(
            job,
            known(job),
            ports.project,
            ports.instructions,
            plan=plan,
            lessons=ports.lessons,
            suspected=await _suspected(job, ports),
        ),
        previous_failure=prompts.previous_failure(job),
        turns=limits.turns,
        usd=limits.usd,
        seconds=limits.seconds,
        plan_only=plan,
        base=base,
        issue_ids=tuple(filter(None, (job.sentry_issue_id, known(job).short_id))),
        reads=(ports.repository.mirror(project),),
        protected=protected(files, patterns_of(project)),
        guide=await _guide(files, base, ports),
    )


async def _suspected(job: Job, ports: Ports) -> str:
    """A hint, not worth an attempt that fails without it."""
    if ports.suspects is None:
        return ""
    try:
        return await ports.suspects(ports.project, known(job))
    except ModuleError as error:
        await ports.ledger.tell(job, f"no commits are suspected: {error.message}")
        return ""


async def _guide(files: frozenset[str], base: str, ports: Ports) -> str:
    """The repository's own words for agents, as reviewed people left them on the base."""
    name = next((one for one in GUIDES if one in files), None)
    if name is None or not ports.project.agent_guide:
        return ""
    return (await ports.repository.read(ports.project, base, name) or "")[:GUIDE]


def _has_fix(result: AgentResult, *, plan: bool) -> bool:
    report = result.report
    code = report is not None and report.classification == "code_fix"
    return code and not plan and not result.failure


def _park(result: AgentResult, ports: Ports) -> None:
    """A login, a usage limit or an outage is nobody's attempt."""
    if result.failure in PARKED:
        until = result.until or ports.now() + timedelta(seconds=PARK_S)
        soonest, latest = ports.now() + SOONEST_PARK, ports.now() + LONGEST_PARK
        told = result.message or sentence(result.failure)
        until = min(max(until, soonest), latest)  # the agent's program names the time
        raise Parked(result.failure, told, until=until)


async def _diff(job: Job, ports: Ports, commit: str | None) -> str:
    if commit is None:
        return ""
    return await ports.repository.diff(ports.project, job.base_sha or "", commit, cap=DIFF_CAP)


def _judged(job: Job, result: AgentResult, *, plan: bool) -> Job:
    if result.failure or result.report is None:
        reason = result.failure or "no_report"
        return policy.after_failure(job, reason, result.message or sentence(reason))
    if plan:
        return waiting(job)
    if refusal := _no_fix(result.report):
        return _ended(job, *refusal)
    if job.last is None or job.last.commit is None:
        return _ended(job, Outcome.DECLINED, "no_change")
    return job.model_copy(update={"stage": Stage.GUARD})


def _ended(job: Job, outcome: Outcome, reason: str) -> Job:
    return policy.end(job, outcome, reason, sentence(reason))


def _no_fix(report: Report) -> tuple[Outcome, str] | None:
    """What an agent that changed nothing says about it."""
    reason = report.no_fix_reason
    if reason == "not_reproducible":
        return Outcome.NOT_REPRODUCED, reason
    if reason == "blocked_path":
        return Outcome.BLOCKED_PATH, reason
    if reason == "suspicious_input" or report.classification != "code_fix":
        return Outcome.DECLINED, reason or report.classification
    return None


async def guard(job: Job, ports: Ports) -> Job:
    """What a change may never do. It binds: the agent's report and exit code do not count."""
    base, commit = job.base_sha or "", fixed(job)
    changes = await ports.repository.changes(ports.project, base, commit)
    if found := violations(changes, ports.project):
        return _blocked(job, found)
    texts = await _texts(changes, base, commit, ports)
    if found := script_violations(texts):
        return _blocked(job, found)
    if refusal := _not_fit_to_be_shown(job, ports):
        return policy.end(_unshown(job), Outcome.BLOCKED_PATH, *refusal)
    findings = ("tests_weakened",) if weakened(texts) else ()
    return job.model_copy(update={"stage": Stage.PROVE, "findings": findings})


def _not_fit_to_be_shown(job: Job, ports: Ports) -> tuple[str, str] | None:
    """What would stand in a pull request: the whole diff, and what the agent reports."""
    diff = job.last.diff if job.last else ""
    if len(diff) >= DIFF_CAP:  # what is cut is looked through by nobody
        return "too_large", f"the diff is longer than {DIFF_CAP:,} characters"
    if kinds := secrets_in(added_lines(diff), ports.secrets):
        return "secret_in_diff", f"the added lines hold: {', '.join(kinds)}"
    report = job.last.report if job.last else None
    if report is not None and OURS in secrets_in(report.model_dump_json(), ports.secrets):
        return "secret_in_diff", "the report holds a secret of this program"
    return None


def _unshown(job: Job) -> Job:
    """Without what must not be shown: neither the diff nor the report is kept."""
    if job.last is None:
        return job
    bare = job.last.model_copy(update={"diff": "", "report": None})
    return job.model_copy(update={"attempts": (*job.attempts[:-1], bare)})


def _blocked(job: Job, found: tuple[Violation, ...]) -> Job:
    first = found[0]
    told = "; ".join(one.sentence for one in found[:5])
    outcome = Outcome.DECLINED if first.reason == "no_change" else Outcome.BLOCKED_PATH
    return policy.end(job, outcome, first.reason, told)


async def _texts(
    changes: tuple[Change, ...], base: str, commit: str, ports: Ports
) -> dict[str, tuple[str | None, str | None]]:
    """What the changed files held before and hold after."""
    read, project = ports.repository.read, ports.project
    return {
        one.path: (await read(project, base, one.path), await read(project, commit, one.path))
        for one in changes
    }
