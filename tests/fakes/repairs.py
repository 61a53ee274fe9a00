"""Jobs and problems for tests of autofix, as plain as they can be."""

from datetime import UTC, datetime
from typing import Any

from modules.autofix.job import CodeFrame, Job, Problem, Report

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def frame(path: str = "src/calc.py", function: str = "average", **more: Any) -> CodeFrame:
    told = {"line": 3, "context": "return sum(xs) / len(xs)", "in_app": True, **more}
    return CodeFrame(path=path, function=function, **told)


def problem(**more: Any) -> Problem:
    told: dict[str, Any] = {
        "issue_id": "42",
        "short_id": "WEB-1A",
        "title": "ZeroDivisionError: division by zero",
        "url": "https://sentry.example.com/organizations/acme/issues/42/",
        "project_slug": "web",
        "organization_slug": "acme",
        "level": "error",
        "status": "unresolved",
        "count": 12,
        "type": "ZeroDivisionError",
        "value": "division by zero",
        "culprit": "average",
        "frames": (frame("src/app.py", "main", context="average([])"), frame()),
        **more,
    }
    return Problem(**told)


def job(**more: Any) -> Job:
    told: dict[str, Any] = {
        "id": "j1",
        "sentry_issue_id": "42",
        "organization_slug": "acme",
        "project_slug": "web",
        "project_key": "web",
        "host": "sentry.example.com",
        "created_at": NOW,
        "updated_at": NOW,
        **more,
    }
    return Job(**told)


def report(**more: Any) -> Report:
    told: dict[str, Any] = {
        "classification": "code_fix",
        "root_cause": "the list may be empty",
        "explanation": "average divides by the length",
        "confidence": 0.9,
        **more,
    }
    return Report(**told)
