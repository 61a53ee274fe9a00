"""What the documentation tells people to import."""

from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput


async def test_the_documented_example_runs_without_any_setting() -> None:
    module = SentryErrorMonitorModule(environ={})

    result = await module.execute(
        ModuleInput(operation="get-recent-issues", parameters={"project_slug": "shop"})
    )

    assert result.status.value == "failure"
    assert result.error is not None
    assert result.error.category == "configuration"
    assert "SENTRY_AUTH_TOKEN" in (result.error.recovery_suggestion or "")


def test_the_class_has_one_spelling() -> None:
    home = "mcp_servers.sentry_monitor.src.processor"

    assert SentryErrorMonitorModule.__module__ == home


def test_the_documented_operations_are_there() -> None:
    names = SentryErrorMonitorModule(environ={}).operations.names

    assert {
        "get-recent-issues",
        "get-issue-details",
        "get-error-events",
        "resolve-issue",
        "ignore-issue",
        "unresolve-issue",
        "get-project-stats",
        "analyze-error-patterns",
        "list-projects",
        "add-comment",
        "check-connection",
        "autofix-issue",
        "get-autofix-job",
        "list-autofix-jobs",
        "decide-autofix-job",
        "list-autofix-pull-requests",
        "list-tracked-issues",
        "get-tracked-issue",
        "sync-tracked-issue",
        "find-suspected-cause",
        "get-error-statistics",
        "ensure-alert-rules",
        "check-alert-rules",
        "list-alert-rules",
        "check-project-setup",
        "fix-project-setup",
        "verify-telemetry",
    } == set(names)
