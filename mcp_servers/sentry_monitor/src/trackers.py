"""The trackers elsewhere: settings to logins, clients and trackers.

A client belongs to the event loop that made it: whoever opens a tracker closes it there.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from modules.tracker.errors import TrackerRefused

from .forges import github_client
from .settings import Settings

if TYPE_CHECKING:
    from modules.outbound.messages import Sender
    from modules.tracker.adapters.github_issues import GitHubIssues
    from modules.tracker.adapters.jira import JiraIssues
    from modules.tracker.adapters.linear import LinearIssues

    Elsewhere = GitHubIssues | LinearIssues | JiraIssues

T = TypeVar("T")
ELSEWHERE: Final = ("github", "linear", "jira")
CONCURRENT: Final = 4
TIMEOUT_S: Final = 20.0


class Opened:
    """The tracker that the settings name, which is not our own. Its client belongs to the event
    loop that made it; another loop gets its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._there: tuple[asyncio.AbstractEventLoop, Elsewhere] | None = None

    def __call__(self) -> "Elsewhere":
        """Raises NoLogin, TrackerRefused."""
        loop = asyncio.get_running_loop()
        if self._there is None or self._there[0] is not loop:
            self._there = loop, opened(self._settings, self._settings.tracker)
        return self._there[1]

    async def aclose(self) -> None:
        there, self._there = self._there, None
        if there is not None and there[0] is asyncio.get_running_loop():
            await there[1].aclose()


def opened(settings: Settings, name: str) -> "Elsewhere":
    """Raises NoLogin, TrackerRefused where a setting of it is missing."""
    if name == "github":
        return _github(settings)
    return _linear(settings) if name == "linear" else _jira(settings)


def _github(settings: Settings) -> "GitHubIssues":
    from modules.tracker.adapters.github_issues import GitHubIssues

    repository = _needed(settings.github_repo, "GITHUB_REPO")
    return GitHubIssues(github_client(settings, for_issues=True), repository)


def _linear(settings: Settings) -> "LinearIssues":
    from modules.tracker.adapters import linear_api
    from modules.tracker.adapters.linear import LinearIssues

    key = _needed(settings.linear_key, "LINEAR_API_KEY").get_secret_value()
    sender = _sender(settings, linear_api.ORIGIN, linear_api.headers_of(key))
    return LinearIssues(sender, _needed(settings.linear_team, "LINEAR_TEAM"))


def _jira(settings: Settings) -> "JiraIssues":
    from modules.tracker.adapters import jira_api
    from modules.tracker.adapters.jira import JiraIssues

    site = _needed(settings.jira_url, "JIRA_URL")
    token = _needed(settings.jira_token, "JIRA_API_TOKEN").get_secret_value()
    headers = jira_api.headers_of(_needed(settings.jira_email, "JIRA_EMAIL"), token)
    return JiraIssues(
        _sender(settings, site, headers),
        _needed(settings.jira_project, "JIRA_PROJECT"),
        site=site,
        issue_type=settings.jira_issue_type,
    )


def _needed(value: T | None, variable: str) -> T:
    if value is None:
        raise TrackerRefused(
            f"{variable} is not set.", recovery=f"Set {variable} (docs/trackers.md)."
        )
    return value


def _sender(settings: Settings, origin: str, headers: Mapping[str, str]) -> "Sender":
    from modules.outbound.http_client import HttpClient
    from modules.outbound.messages import Rules
    from modules.outbound.pacing import Limits

    limits, attempts = Limits(CONCURRENT), settings.retry_attempts
    rules = Rules(timeout_s=TIMEOUT_S, attempts=attempts, limits=limits)
    return HttpClient(origin, headers=headers, rules=rules)
