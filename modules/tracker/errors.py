"""What can go wrong around tracked issues.

ModuleError
├── TrackerOff      configuration  no tracker is chosen
├── NoSuchTicket    not_found      the tracker has no such issue, or has it no more
├── NoSuchTracked   not_found      no tracked issue has that name
├── TrackerAway     upstream       the tracker does not answer, or asks for patience
└── TrackerRefused  configuration  the tracker will not do it: login, rights, a field it demands
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class TrackerOff(ModuleError):
    """No tracker is chosen here."""

    code = "tracker_off"
    category = Category.CONFIGURATION
    recovery = "Set SENTRY_TRACKER=builtin, or the tracker that is to have the issues."


class NoSuchTicket(ModuleError):
    """The tracker has no such issue; somebody may have deleted it."""

    code = "tracker_no_such_ticket"
    category = Category.NOT_FOUND
    recovery = "Sync the tracked issue: it is filed anew where it is still needed."


class NoSuchTracked(ModuleError):
    """There is no tracked issue of that name."""

    code = "tracker_no_such_issue"
    category = Category.NOT_FOUND
    recovery = "List the tracked issues to see their names."


class TrackerAway(ModuleError):
    """The tracker does not answer, or asks for patience (retry_after_s)."""

    code = "tracker_away"
    category = Category.UPSTREAM
    retryable = True
    recovery = "Nothing is lost: it is tried again by itself."


class TrackerRefused(ModuleError):
    """The tracker will not do it, and would not if it were asked again."""

    code = "tracker_refused"
    category = Category.CONFIGURATION
    recovery = "Look at the login, its rights, and the fields that the tracker demands."
