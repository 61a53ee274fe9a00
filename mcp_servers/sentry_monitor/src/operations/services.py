"""What an operation is given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from modules.autofix.doors import Access, Jobs, Pulls
from modules.autofix.errors import AutofixDisabled
from modules.autofix.project import Projects
from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.safetext.policy import Policy
from modules.safetext.sinks import for_data
from modules.sentry.client import SentryClient
from modules.telemetry.alerting.rule_file import built_in
from modules.telemetry.alerting.rules import RuleSet
from modules.telemetry.trial import NoDsn, Telemetry
from modules.tracker.errors import TrackerOff
from modules.tracker.suspect import Repositories, nowhere

if TYPE_CHECKING:
    from modules.tracker.bridge import Bridge

CAPS: Final[Mapping[str, int]] = {
    "title": 200,
    "culprit": 200,
    "value": 1000,
    "message": 200,
    "error": 600,
    "logentry": 2000,
    "source": 160,
    "note": 2000,
    "root_cause": 600,
    "explanation": 4000,
    "diff": 30_000,
    "log": 20_000,
    "body": 20_000,
    "test_output": 4000,
}


class NoProject(ModuleError):
    """No project is named."""

    code = "no_project"
    category = Category.VALIDATION
    recovery = "Give project_slug (list-projects names them) or set SENTRY_PROJECT."


@dataclass(frozen=True, kw_only=True)
class Autofix:
    """Repairs, as front doors see them."""

    enabled: bool
    host: str  # of the Sentry server: a part of the identity of an issue
    projects: Projects
    jobs: Jobs
    pulls: Pulls
    hints: tuple[str, ...] = ()


def no_autofix() -> Autofix:
    """Raises AutofixDisabled: nobody put a place for jobs together."""
    raise AutofixDisabled


async def no_notifications() -> tuple[tuple[str, str], ...]:
    """Nobody is told of repairs."""
    return ()


async def no_access() -> tuple[Access, ...]:
    """No repository on GitHub is mapped."""
    return ()


def no_tracking() -> "Bridge":
    """Raises TrackerOff: nobody chose a tracker."""
    raise TrackerOff


def no_telemetry() -> Telemetry:
    """Raises NoDsn: nobody said where to report to."""
    raise NoDsn


@dataclass(frozen=True, kw_only=True)
class Services:
    """The client of one Sentry server, the operator's choices, and the present moment."""

    sentry: SentryClient
    project: str | None
    policy: Policy
    now: Callable[[], datetime]
    operation_scopes: Mapping[str, tuple[str, ...]]
    autofix: Callable[[], Autofix] = no_autofix  # opened at the first call; raises BadProjects
    tracking: "Callable[[], Bridge]" = no_tracking  # raises TrackerOff, BadProjects, BadRules
    # each place and how it stands with it; raises nothing and ends in time
    notifications: Callable[[], Awaitable[tuple[tuple[str, str], ...]]] = no_notifications
    forge_access: Callable[[], Awaitable[tuple[Access, ...]]] = no_access  # raises BadProjects
    repositories: Repositories = nowhere  # raises BadProjects
    alert_rules: Callable[[], RuleSet] = built_in  # read at each call; raises BadAlertRules
    telemetry: Callable[[], Telemetry] = no_telemetry  # raises NoDsn, BadDsn, SdkMissing

    def project_slug(self, given: str | None) -> str:
        """Raises NoProject."""
        slug = given or self.project
        if not slug:
            raise NoProject
        return slug

    def outside(self, value: object, *, origin: str, writers: str | None = None) -> dict[str, Any]:
        """What strangers wrote, made safe and marked: the only way it gets into an answer."""
        if writers is None:
            return for_data(value, origin=origin, policy=self.policy)
        return for_data(value, origin=origin, writers=writers, policy=self.policy)
