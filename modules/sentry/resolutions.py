"""When issues were opened and resolved."""

from dataclasses import dataclass
from typing import Final

from . import protocol
from .client import SentryClient
from .issues import READ, on_issue
from .locate import IssueRef
from .reading import children, text

RESOLVED: Final = "set_resolved"  # what such entries begin with
BY_AGE: Final = "set_resolved_by_age"  # nobody resolved it
REOPENED: Final = ("set_regression", "set_unresolved")


@dataclass(frozen=True)
class Resolved:
    """ISO 8601, as the server writes it: when it was opened, or came back, and was resolved."""

    opened: str
    at: str


async def resolved_at(client: SentryClient, org: str, ref: IssueRef) -> Resolved | None:
    """When somebody last resolved an issue; None where only its age did, or nobody.

    Source: `activity` of GET /organizations/{o}/issues/{id}/; lists of issues do not tell it, and
    GlitchTip has none.
    """
    what = f"issue {ref.id} in organization {org!r}"
    page = await on_issue(
        client, org, ref, "detail", lambda at: client.get(protocol.path(*at), what=what, need=READ)
    )
    entries = [
        (text(one, "type"), text(one, "dateCreated")) for one in children(page.data, "activity")
    ]
    resolved = max(
        (at for kind, at in entries if kind.startswith(RESOLVED) and kind != BY_AGE), default=""
    )
    if not resolved:
        return None
    before = [at for kind, at in entries if kind in REOPENED and at < resolved]
    return Resolved(max(before, default=text(page.data, "firstSeen")), resolved)
