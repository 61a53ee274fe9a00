"""Issues of Sentry, over its API."""

from collections.abc import Awaitable, Callable

from modules.sentry.client import SentryClient
from modules.sentry.errors import NotFound
from modules.sentry.events import get_event
from modules.sentry.issues import get_issue, update_issue
from modules.sentry.locate import IssueRef
from modules.sentry.models import Issue


class SentrySide:
    """Implements Issues. Every method raises SentryError."""

    def __init__(self, client: SentryClient, organization: Callable[[], Awaitable[str]]) -> None:
        self._client, self._organization = client, organization

    async def organization(self) -> str:
        """Whose they are."""
        return await self._organization()

    async def get(self, issue_id: str) -> Issue:
        """As it is now."""
        return await get_issue(self._client, await self.organization(), IssueRef(id=issue_id))

    async def environment(self, issue_id: str) -> str:
        """Of its newest event."""
        org, ref = await self.organization(), IssueRef(id=issue_id)
        try:
            return (await get_event(self._client, org, ref, "latest")).environment
        except NotFound:  # no event is left
            return ""

    async def resolve(self, issue_id: str) -> None:
        org, ref = await self.organization(), IssueRef(id=issue_id)
        await update_issue(self._client, org, ref, {"status": "resolved"})
