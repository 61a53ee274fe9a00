"""The one ordered list of operations: tools, commands and documentation are read from it."""

from typing import Final

from modules.framework.registry import Registry

from .alert_rules import check_alert_rules, ensure_alert_rules, list_alert_rules
from .causes import find_suspected_cause
from .connection import check_connection
from .error_statistics import get_error_statistics
from .events import get_error_events
from .issues import (
    add_comment,
    get_issue_details,
    get_recent_issues,
    ignore_issue,
    resolve_issue,
    unresolve_issue,
)
from .jobs import (
    autofix_issue,
    decide_autofix_job,
    get_autofix_job,
    list_autofix_jobs,
    list_autofix_pull_requests,
)
from .project_setup import check_project_setup, fix_project_setup
from .projects import analyze_error_patterns, get_project_stats, list_projects
from .services import Services
from .telemetry import verify_telemetry
from .tracked_issues import get_tracked_issue, list_tracked_issues, sync_tracked_issue

OPERATIONS: Final[Registry[Services]] = Registry(
    (
        get_recent_issues,
        get_issue_details,
        get_error_events,
        resolve_issue,
        ignore_issue,
        unresolve_issue,
        add_comment,
        get_project_stats,
        analyze_error_patterns,
        list_projects,
        check_connection,
        find_suspected_cause,
        autofix_issue,
        get_autofix_job,
        list_autofix_jobs,
        decide_autofix_job,
        list_autofix_pull_requests,
        list_tracked_issues,
        get_tracked_issue,
        sync_tracked_issue,
        get_error_statistics,
        ensure_alert_rules,
        check_alert_rules,
        list_alert_rules,
        check_project_setup,
        fix_project_setup,
        verify_telemetry,
    )
)
