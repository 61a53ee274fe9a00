"""A repair as data: our own facts on top, what a model or a stranger wrote under the mark."""

import hashlib
from datetime import datetime
from typing import Any, Final

from modules.autofix.job import Job, Status
from modules.autofix.ports import PullRequest
from modules.autofix.reasons import sentence
from modules.safetext.sinks import MODEL

from .facts import present
from .services import CAPS, Services

TEXT_CAP: Final = 20_000
DIFF_PAGE: Final = CAPS["diff"]
LABELS: Final = 5


def job_data(
    services: Services, job: Job, *, include: str = "summary", offset: int = 0
) -> dict[str, Any]:
    """`include` and `offset` as get-autofix-job has them."""
    facts = present(
        {
            "job": job.id,
            "issue": job.issue_name,
            "project": job.project_slug,
            "status": job.status.value,
            "stage": job.stage.value,
            "outcome": job.outcome.value if job.outcome else "",
            "reason": job.reason or "",
            "means": sentence(job.reason) if job.reason else "",
            "stop_at": job.stop_at.value,
            "attempts": len(job.attempts),
            "retries": f"{job.retry_count} of {job.max_retries}",
            "cost_usd": round(job.cost_usd, 4),
            "branch": job.branch_name or "",
            "pr_url": job.pr_url or "",
            "pr_number": job.pr_number,
            "created_at": _at(job.created_at),
            "completed_at": _at(job.completed_at),
            "not_before": _at(job.not_before),
        }
    )
    if include == "line":
        return facts
    if job.last is not None:
        facts |= _end_of(job.last.diff, offset)
    if job.proof is not None:
        facts["proof"] = {
            "proven": job.proof.proven,
            "reasons": list(job.proof.reasons),
            "passed_before": job.proof.passed_before,
            "passed_after": job.proof.passed_after,
            "failed_after": job.proof.failed_after,
            "new_tests": len(job.proof.fail_to_pass),
        }
    if job.status is Status.WAITING:
        read = [] if "more" in facts else ["approve"]  # nobody approves what was not shown
        facts["decide"] = [*read, "guide", "wont_fix"]
    facts["untrusted"] = services.outside(
        _told(job, include, offset),
        origin="autofix job",
        writers=f"{MODEL}, or who wrote the event",
    )
    return facts


def _end_of(diff: str, offset: int) -> dict[str, Any]:
    """What an approval names, with the end of what it approves; before that, how to go on: nobody
    approves what no answer showed."""
    after = offset + DIFF_PAGE
    if after < len(diff):
        return {"more": f"of the diff: include=diff offset={after}"}
    return {"diff_sha256": hashlib.sha256(diff.encode()).hexdigest()} if diff else {}


def _told(job: Job, include: str, offset: int) -> dict[str, Any]:
    last = job.last
    told: dict[str, Any] = {"title": job.issue_title, "error": job.error_message or ""}
    if last is not None and last.report is not None:
        report = last.report
        told |= {
            "root_cause": report.root_cause,
            "explanation": report.explanation,
            "confidence": report.confidence,
            "changed_files": list(report.changed_files),
            "test_files": list(report.test_files),
        }
        if include != "summary":
            told |= {"five_whys": list(report.five_whys), "risks": report.risks}
    if last is not None and include == "diff":
        told["diff"] = last.diff[offset : offset + DIFF_PAGE]
    if last is not None and include == "log":
        told["log"] = last.log[-TEXT_CAP:]
    if job.proof is not None and include in ("log", "diff") and not job.proof.proven:
        told["test_output"] = job.proof.output[-3000:]
    if include == "record":
        told["record"] = _record(job)
    return present(told)


def _record(job: Job) -> dict[str, Any]:
    """The documented fields by their documented names; logs and diffs have their own views."""
    record = job.to_json()
    record.pop("problem", None)
    for attempt in record["attempts"]:
        attempt.pop("log"), attempt.pop("diff")
    return record


def pull_data(pull: PullRequest, *, full: bool) -> dict[str, Any]:
    told = {"title": pull.title, "head": pull.head, "labels": list(pull.labels[:LABELS])}
    if full:
        told |= {"body": pull.body, "comments": list(pull.comments)}
        told["files"] = list(pull.files)
    return told


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
