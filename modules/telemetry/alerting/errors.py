"""What keeps alert rules from being as their file says.

ModuleError
├── BadAlertRules      configuration   the file cannot be used
├── NoSuchChannel      configuration     Sentry does not know a channel that the file names
├── MissingAlertScope  permission      the token may read, and not change
└── RulesDiffer        conflict        Sentry has other rules than the file
"""

from typing import Final

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

NOW: Final = "check-alert-rules tells what is there now."


class BadAlertRules(ModuleError):
    """The file of alert rules cannot be used."""

    code = "bad_alert_rules"
    category = Category.CONFIGURATION
    recovery = "Correct the file that SENTRY_ALERT_RULES_FILE names (docs/alert-rules.md)."


class NoSuchChannel(ModuleError):
    """Sentry does not know a channel that the file of alert rules names."""

    code = "no_such_channel"
    category = Category.CONFIGURATION
    recovery = "Correct the channel in the file of alert rules, or set it up in Sentry first."


class MissingAlertScope(ModuleError):
    """The token may not change alert rules."""

    code = "missing_alert_scope"
    category = Category.PERMISSION
    recovery = (
        "Give SENTRY_AUTH_TOKEN the scope alerts:write (an internal integration: Settings > "
        "Developer Settings > Permissions > Alerts: Read & Write)."
    )


class RulesDiffer(ModuleError):
    """Sentry has other alert rules than the file."""

    code = "alert_rules_differ"
    category = Category.CONFLICT
    recovery = (
        "ensure-alert-rules shows what would change, ensure-alert-rules apply=true changes it."
    )
