"""The body of the pull request: our facts first, then what a model wrote, then the event."""

from typing import Final

from modules.safetext.sinks import for_markdown
from modules.sentry.locate import is_slug

from .describe import PLAIN_PATH, pull_marker
from .job import Job, Problem, Proof, Report
from .ports import Change
from .project import Project
from .reasons import sentence

FILES: Final = 40
NEVER: Final = (
    "**Please review carefully before merging. This PR was written by a program and must never "
    "be auto-merged.**"
)


def pull_body(job: Job, project: Project, changes: tuple[Change, ...], walls: str = "none") -> str:
    """Seed document 000, "Pull Request Format". Free text stands in fences only, defused."""
    problem, proof, attempt = job.problem, job.proof or Proof(proven=False), job.last
    draft = not proof.proven or bool(job.findings)
    parts = [_heading(proof, draft), NEVER]
    report = None if attempt is None or project.public else attempt.report  # it may quote the event
    if report is not None:
        parts.append(f"**Root Cause:**\n\n{for_markdown(report.root_cause, 600)}")
    parts.append(f"**Changes:**\n\n{_changes(changes)}")
    parts.append(f"**Test Results:** {_tests(proof, draft)}")
    parts += [_reasons(job, proof)] if draft else []
    parts.append(f"**Sentry Issue:** {_link(job)}")
    parts.append(_facts(job, project, proof, walls))
    if report is not None:
        parts.append(_explanation(report))
    if problem is not None and not project.public:
        parts.append(_event(problem))
    parts += [_output(proof)] if draft and proof.output and not project.public else []
    parts += [_mentions(job)] if job.mentions else []
    signed = (
        "🤖 This draft PR was automatically generated"
        if draft
        else ("🤖 This PR was automatically generated")
    )
    body = "\n\n".join(parts)  # each part is capped, so the whole is
    return f"{body}\n\n---\n{signed} by sentry-monitor.\n\n{pull_marker(job)}\n"


def _heading(proof: Proof, draft: bool) -> str:
    if not draft:
        return "## Automated Fix for Sentry Issue"
    if proof.ran and not proof.proven:
        return "## Automated Fix Attempt for Sentry Issue (⚠️ Tests Failed)"
    return "## Automated Fix Attempt for Sentry Issue (⚠️ Unproven)"


def _changes(changes: tuple[Change, ...]) -> str:
    lines = []
    for change in changes[:FILES]:
        name = f"`{change.path}`" if PLAIN_PATH.fullmatch(change.path) else "a file"
        word = {"A": "added", "D": "deleted"}.get(change.status, "changed")
        lines.append(f"- {name}: {word}, +{change.added or 0} -{change.deleted or 0}")
    return "\n".join(lines)


def _tests(proof: Proof, draft: bool) -> str:
    if not proof.ran:
        return "not run here; they are left to CI"
    counts = (
        f"{proof.passed_after} passed, {proof.failed_after} failed with the fix; "
        f"{proof.passed_before} passed, {proof.failed_before} failed before"
    )
    if draft and not proof.proven:
        return f"❌ Not proven ({counts})"
    turned = len(proof.fail_to_pass)
    same = "the error of the event" if proof.same_error else "another error than the event's"
    return (
        f"✅ All tests passed ({counts}). {turned} new test(s) fail without the fix, with {same}, "
        "and pass with it"
    )


def _reasons(job: Job, proof: Proof) -> str:
    lines = [f"- {sentence(reason)}" for reason in (*proof.reasons, *job.findings)]
    return "**Why this is a draft:**\n\n" + "\n".join(lines)


def _link(job: Job) -> str:
    name = job.problem.short_id if job.problem else job.sentry_issue_id
    label = name if is_slug(name) else job.sentry_issue_id
    return f"[{label}]({job.issue_url})" if job.issue_url else label


def _facts(job: Job, project: Project, proof: Proof, walls: str) -> str:
    agent = project.agent_name or project.agent
    rows = [
        ("proven", "yes" if proof.proven else "no"),
        ("base", f"{project.base_branch} at {(job.base_sha or '')[:12]}"),
        ("attempts", str(len(job.attempts))),
        ("agent", agent if PLAIN_PATH.fullmatch(agent) else "command"),
        ("cost", f"${job.cost_usd:.2f}"),
        ("sandbox", walls),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"| | |\n|---|---|\n{table}"


def _explanation(report: Report) -> str:
    whys = "\n".join(f"{n}. {why}" for n, why in enumerate(report.five_whys, 1))
    told = "\n\n".join(
        filter(None, (report.explanation, whys, report.risks and f"Risks: {report.risks}"))
    )
    return f"<details><summary>Explanation (a model wrote this)</summary>\n\n{for_markdown(told, 6000)}\n\n</details>"


def _event(problem: Problem) -> str:
    frames = "\n".join(
        f"{frame.path}:{frame.line} in {frame.function}" for frame in problem.in_app[-10:]
    )
    told = f"{problem.type}: {problem.value}\n{frames}"
    return (
        "<details><summary>The error (strangers can write this)</summary>\n\n"
        f"{for_markdown(told, 2000)}\n\n</details>"
    )


def _output(proof: Proof) -> str:
    return (
        "<details><summary>Test output</summary>\n\n"
        f"{for_markdown(proof.output[-3000:], 3000)}\n\n</details>"
    )


def _mentions(job: Job) -> str:
    lines = [f"- {one.url} (likeness {one.score:.2f})" for one in job.mentions]
    return "**Perhaps related:**\n\n" + "\n".join(lines)
