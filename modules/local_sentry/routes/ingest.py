"""Where SDKs send to: envelopes and the older store endpoint."""

import fnmatch
import uuid
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from modules.local_sentry import envelope, outcomes
from modules.local_sentry.calls import (
    Meter,
    Server,
    deliveries,
    limited_body,
    of_alerts,
    refusal,
    reply,
)
from modules.local_sentry.envelope import Envelope, Item
from modules.local_sentry.errors import (
    BadEnvelope,
    MissingKey,
    NotFound,
    OverQuota,
    Refused,
    TooLarge,
    UnknownKey,
)
from modules.local_sentry.events import find_by_id
from modules.local_sentry.intake import read_report
from modules.local_sentry.models import Json, Project, Report
from modules.local_sentry.projects import find_project
from modules.local_sentry.recording import record
from modules.local_sentry.setup import key_of
from modules.local_sentry.shapes.issue import Place
from modules.local_sentry.webhooks import Webhook, for_event

_UNLIMITED_SPAN_S: Final = 60
_MAX_DISCARDED: Final = 1_000_000_000
_ANYWHERE: Final = {"Access-Control-Allow-Origin": "*"}  # browser SDKs send from other origins


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One request of an SDK, its project known."""

    server: Server
    project: Project
    place: Place
    now: float
    outbox: list[Webhook]


async def take_envelope(server: Server, request: Request) -> Response:
    return await _answer(server, request, stored=False)


async def take_event(server: Server, request: Request) -> Response:
    """The store endpoint: the body is the event itself."""
    return await _answer(server, request, stored=True)


async def _answer(server: Server, request: Request, *, stored: bool) -> Response:
    try:
        body = await limited_body(request, envelope.MAX_TOTAL)
        plain = envelope.decompress(body, request.headers.get("content-encoding", ""))
        parcel = Envelope({}, (Item("event", {}, plain),)) if stored else envelope.parse(plain)
        sending = _sending(server, request, parcel.headers)
        event_id = _take(sending, parcel)
        sending.outbox.extend(of_alerts(server, sending.place, sending.now))
    except Refused as refused:
        return refusal(refused)
    answer = reply({"id": event_id} if event_id else {}, headers=_ANYWHERE)
    answer.background = deliveries(server, sending.outbox)
    return answer


def _sending(server: Server, request: Request, headers: Json) -> Sending:
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization")
    key = envelope.key_of(header, request.query_params.get("sentry_key"), headers)
    if key is None:
        raise MissingKey()
    try:
        project = find_project(server.store, request.path_params["project"])
    except NotFound:
        raise UnknownKey() from None
    if project.public_key != key or key_of(server.store, project).get("isActive") is False:
        raise UnknownKey()
    url = server.url or f"{request.url.scheme}://{request.url.netloc}"
    place = Place(url=url, org=server.org)
    return Sending(server=server, project=project, place=place, now=server.moment(), outbox=[])


def _take(sending: Sending, parcel: Envelope) -> str | None:
    """Only events are kept; of the other items only what an SDK says it dropped is counted."""
    event_id = parcel.headers.get("event_id")
    for item in parcel.items:
        if item.type == "event":
            event_id = _take_event(sending, item, fallback=event_id)
        elif item.type == "client_report":
            _count_discarded(sending, item)
    return None if event_id is None else str(event_id)


def _take_event(sending: Sending, item: Item, *, fallback: str | None) -> str:
    _check_quota(sending)
    try:
        raw = envelope.read_event(item.payload)
        report = read_report(
            raw,
            event_id=fallback or uuid.uuid4().hex,
            project_id=sending.project.id,
            now=sending.now,
        )
    except (BadEnvelope, TooLarge) as refused:
        _note(sending, "invalid", "too_large" if isinstance(refused, TooLarge) else "invalid_json")
        raise
    if reason := _filtered(sending, report):
        _note(sending, "filtered", reason)
    else:
        _keep(sending, report)
    return report.event_id


def _keep(sending: Sending, report: Report) -> None:
    store, project = sending.server.store, sending.project
    recorded = record(store, report, project_id=project.id, now=sending.now)
    if recorded.duplicate:
        return
    _note(sending, "accepted", "none", at=report.at)
    if sending.server.sender is not None:
        event = find_by_id(store, report.event_id, project_id=project.id)
        sending.outbox.extend(
            for_event(
                recorded.issue,
                event,
                sending.place,
                created=recorded.created,
                reopened=recorded.reopened is not None,
                errors=sending.server.error_webhooks,
            )
        )


def _filtered(sending: Sending, report: Report) -> str | None:
    """The inbound filter that the event meets: a tag and a pattern for its value."""
    tags = dict(report.tags)
    for key, pattern in sending.server.filters.items():
        if fnmatch.fnmatchcase(tags.get(key, ""), pattern):
            return f"filter:{key}"
    return None


def _check_quota(sending: Sending) -> None:
    """Of all events, and of those that the project's own key lets in."""
    for meter in (sending.server.events, _key_meter(sending)):
        used = meter.take(sending.now)
        if meter.limit is not None and used > meter.limit:
            _note(sending, "rate_limited", "key_quota")
            limits = f"{meter.span_s}:error:key:key_quota"
            raise OverQuota(
                headers={"X-Sentry-Rate-Limits": limits, "Retry-After": str(meter.span_s)}
                | _ANYWHERE
            )


def _key_meter(sending: Sending) -> Meter:
    """It counts on as long as the limit stays the same."""
    limit = key_of(sending.server.store, sending.project).get("rateLimit")
    count, span_s = (limit["count"], limit["window"]) if limit else (None, _UNLIMITED_SPAN_S)
    meter = sending.server.keys.get(sending.project.id)
    if meter is None or (meter.limit, meter.span_s) != (count, span_s):
        meter = sending.server.keys[sending.project.id] = Meter(count, span_s=span_s)
    return meter


def _count_discarded(sending: Sending, item: Item) -> None:
    report = envelope.read_json(item.payload, "client report")
    lost = report.get("discarded_events") if isinstance(report, dict) else None
    for one in lost if isinstance(lost, list) else []:
        if isinstance(one, dict) and one.get("quantity") in range(1, _MAX_DISCARDED):
            category, reason = str(one.get("category") or "error"), str(one.get("reason"))
            outcomes.note(
                sending.server.store,
                "client_discard",
                project_id=sending.project.id,
                at=sending.now,
                reason=reason,
                category=category,
                quantity=one["quantity"],
            )


def _note(sending: Sending, outcome: str, reason: str, *, at: float | None = None) -> None:
    outcomes.note(
        sending.server.store,
        outcome,
        project_id=sending.project.id,
        at=sending.now if at is None else at,
        reason=reason,
    )
