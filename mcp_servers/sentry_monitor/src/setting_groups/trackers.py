"""Where errors become issues."""

from typing import Literal

from pydantic import BaseModel, SecretStr

from .variable import variable


class TrackerSettings(BaseModel):
    """Where errors become issues."""

    tracker: Literal["off", "builtin", "github", "linear", "jira"] = variable(
        "SENTRY_TRACKER",
        default="off",
        description="Where new, regressed and escalating errors become issues: `builtin` (no account), "
        "`github`, `linear`, `jira`; `off` for nowhere.",
    )
    tracker_prefix: str = variable(
        "SENTRY_TRACKER_PREFIX",
        default="OPS",
        description="How issues of the builtin tracker are called: `OPS-1`, `OPS-2`, …",
    )
    tracker_projects: frozenset[str] = variable(
        "SENTRY_TRACKER_PROJECTS",
        default=frozenset(),
        description="Comma-separated slugs of the projects whose errors are tracked; all if not set.",
    )
    linear_key: SecretStr | None = variable(
        "LINEAR_API_KEY", default=None, description="Personal API key of Linear."
    )
    linear_team: str | None = variable(
        "LINEAR_TEAM", default=None, description="Key of the team in Linear, such as `OPS`."
    )
    jira_url: str | None = variable(
        "JIRA_URL", default=None, description="Root of Jira Cloud: `https://acme.atlassian.net`."
    )
    jira_email: str | None = variable(
        "JIRA_EMAIL", default=None, description="Account that files the issues."
    )
    jira_token: SecretStr | None = variable(
        "JIRA_API_TOKEN", default=None, description="API token of that account."
    )
    jira_project: str | None = variable(
        "JIRA_PROJECT", default=None, description="Key of the project in Jira, such as `OPS`."
    )
    jira_issue_type: str = variable(
        "JIRA_ISSUE_TYPE", default="Task", description="Type of the issues in Jira."
    )
