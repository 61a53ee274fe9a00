"""A delivery read as news for the tracker: what it asks for, of which issue. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from modules.jobs.deliveries import Delivery
from modules.sentry.errors import BadAnswer
from modules.sentry.locate import same_server
from modules.sentry.models import Issue, read_issue
from modules.sentry.reading import Json, child, text
from modules.sentry.webhooks import ISSUE_ID, BadWebhook, Told, parse

from .rules import METRIC_ALERT, Ask, asked
from .step import fresh
from .ticket import LINK, incident, marker, title
from .tracked import ALERT, SENTRY, Tracked

TIMESTAMP: Final = "sentry-hook-timestamp"
EARLY, LATE = timedelta(days=1), timedelta(minutes=5)  # what a sender's clock may be off


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a delivery says. `issue` is None where its body does not tell, as that of a poll."""

    told: Told
    source: str
    external_id: str
    at: datetime
    issue: Issue | None = None
    alert: Json | None = None  # `data` of a metric alert

    def ask(self, issue: Issue | None) -> Ask | None:
        """What it asks for, of the issue as it is known by now."""
        substatus = self.told.substatus or (issue.substatus if issue is not None else "")
        return asked(self.told, substatus)


def heard(delivery: Delivery, body: str) -> Heard:
    """`body` is the delivery's, without our secrets."""
    told = Told.from_json(delivery.told)
    data = child(_parsed(body), "data")
    if told.resource == METRIC_ALERT:
        return Heard(
            told=told,
            source=ALERT,
            external_id=_incident_id(data),
            at=_at(delivery),
            alert=data,
        )
    return Heard(
        told=told,
        source=SENTRY,
        external_id=told.issue_id,
        at=_at(delivery),
        issue=_issue(child(data, "issue")),
    )


def at_home(issue: Issue, host: str) -> Issue:
    """Its link only where that leads to Sentry's own pages: it is kept, and stands in the tracker."""
    return replace(issue, permalink=_own(issue.permalink, host))


def _own(url: str, host: str) -> str:
    """Nothing for whatever else; `host` is Sentry's, with its port."""
    if not LINK.fullmatch(url):
        return ""
    try:
        named = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return url if same_server(named.lower(), f"https://{host}") else ""


def incident_of(said: Heard, name: str, *, tracked_id: str, tracker: str) -> Tracked:
    """The first generation of an incident: it is filed once, and closed when the alert is over.
    `name` begins with Sentry's host."""
    url = _own(text(said.alert, "web_url"), name.partition("/")[0])
    named, body = incident(said.alert or {}, said.told.action, url)
    project = said.told.project
    return Tracked(
        id=tracked_id,
        source=ALERT,
        external_id=said.external_id,
        external_url=url,
        generation=1,
        marker=marker(name, 1),
        tracker=tracker,
        project=project,
        title=title(project, named),
        body=body,
        priority="P1" if said.told.action == "critical" else "P2",
        state_at=said.at,
        created_at=said.at,
        updated_at=said.at,
    )


def tracked_of(
    said: Heard, issue: Issue | None, ask: Ask, name: str, *, tracked_id: str, tracker: str
) -> Tracked:
    """What is filed where nothing is tracked yet."""
    if issue is None:
        return incident_of(said, name, tracked_id=tracked_id, tracker=tracker)
    return fresh(issue, ask, name, tracked_id=tracked_id, tracker=tracker, at=said.at)


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        return parse(body.encode()) if body else {}
    except BadWebhook:  # it was read when it came; what is kept since may be cut
        return {}


def _issue(raw: Json) -> Issue | None:
    try:
        return read_issue({"permalink": text(raw, "web_url"), **raw})
    except BadAnswer:
        return None


def _incident_id(data: Json) -> str:
    """Each time that an alert fires is an incident, with a number of its own."""
    alert = child(data, "metric_alert")
    found = text(alert, "identifier") or text(alert, "id")
    return found if ISSUE_ID.fullmatch(found) and found.isascii() else ""


def _at(delivery: Delivery) -> datetime:
    """When Sentry said so, in its own words where they can be true: deliveries overtake others."""
    told = delivery.headers.get(TIMESTAMP, "")
    if not (told.isascii() and told.isdigit() and len(told) <= 10):
        return delivery.received_at
    at = datetime.fromtimestamp(int(told), UTC)
    fine = delivery.received_at - EARLY <= at <= delivery.received_at + LATE
    return at if fine else delivery.received_at
