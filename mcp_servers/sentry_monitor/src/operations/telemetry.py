"""The operation that tries whether what an application reports arrives."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field

from modules.framework.contracts import Answer, SideEffect
from modules.framework.errors import ModuleError
from modules.framework.operation import Parameters, operation
from modules.framework.progress import report_progress
from modules.outbound.deadline import remaining_s
from modules.sentry.arrivals import issue_of_event
from modules.sentry.models import Project
from modules.sentry.outcomes import outcome_series
from modules.sentry.project_settings import client_keys
from modules.sentry.projects import find_project
from modules.sentry.setup_models import ClientKey
from modules.telemetry.dsn import Dsn, read_dsn
from modules.telemetry.errors import BadDsn
from modules.telemetry.trial import (
    MARKER,
    Sent,
    check_delivered,
    check_key,
    ignoring,
    why_missing,
)

from . import telemetry_views
from .facts import word
from .issues import ProjectSlug
from .services import Services

READ: Final = ("project:read", "project:write", "project:admin")
LOOK_EVERY_S: Final = (0.2, 0.5, 1.0, 2.0)  # the last goes on
SAID_EVERY_S: Final = 3.0
SAAS: Final = "sentry.io"  # whose DSNs name other hosts than its API
FOR_THE_ANSWER_S: Final = 2.0
NUMBER: Final = re.compile(r"[0-9]{1,20}")  # what a DSN ends with


class VerifyTelemetry(Parameters):
    project_slug: ProjectSlug = None
    wait_seconds: int = Field(20, ge=1, le=300, description="Time that the events have to arrive.")
    environment: str | None = Field(
        None,
        description="Environment of the test events; SENTRY_ENVIRONMENT if left out.",
        pattern=r"^[\w.@-][\w.@ -]*$",
        max_length=64,
    )


@operation(
    view=telemetry_views.verified,
    read_only=False,
    idempotent=False,
    scopes=READ,
    toolset="telemetry",
)
async def verify_telemetry(services: Services, params: VerifyTelemetry) -> Answer:
    """Send a test error and a test message to SENTRY_DSN by the SDK and find them again in Sentry;
    says what is wrong where they do not arrive."""
    telemetry = services.telemetry()
    sentry = services.sentry
    org = await sentry.organization()
    project = await find_project(sentry, org, services.project_slug(params.project_slug))
    await report_progress(1, 4, "reading the project's keys")
    gaps = await _check_keys(services, org, project, telemetry.dsn)
    wait_s = min(float(params.wait_seconds), remaining_s(600.0) - FOR_THE_ANSWER_S)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await report_progress(2, 4, "sending an error and a message")
    marker = uuid.uuid4().hex[:12]
    environment = params.environment or telemetry.environment
    sent = await telemetry.send(marker, environment, wait_s / 2)
    check_delivered(sent, host=telemetry.dsn.host)
    await report_progress(3, 4, "looking for them")
    found = await _found(services, org, project, sent, until=began + wait_s)
    if missing := [name for name, _ in sent.events if name not in found]:
        raise await _explained(services, org, project, missing, waited_s=wait_s)
    await report_progress(4, 4, "done")
    about = {
        "project": word(project.slug),
        "environment": environment,
        "tag": f"{MARKER}:{marker}",
        "seconds": round(loop.time() - began, 1),
    }
    return _answer(about, sent, issues=[*found.values()], server=sentry.base_url, gaps=gaps)


def _answer(
    about: dict[str, Any],
    sent: Sent,
    *,
    issues: Sequence[str],
    server: str,
    gaps: tuple[str, ...],
) -> Answer:
    data = {
        **about,
        "events": [{"what": name, "event_id": number} for name, number in sent.events],
    }
    target = f"project {about['project']} on {server}"
    return Answer(
        data=data,
        side_effects=tuple(
            SideEffect(action="send-test-event", target=target, after=number)
            for _, number in sent.events
        ),
        gaps=gaps,
        recommendations=ignoring(issues, about["tag"]),
    )


async def _check_keys(services: Services, org: str, project: Project, dsn: Dsn) -> tuple[str, ...]:
    """Raises OtherProject, NotDelivered. Worth knowing first, and not worth failing for."""
    listed: tuple[ClientKey, ...] = ()
    gaps: tuple[str, ...] = ()
    try:
        listed = await client_keys(services.sentry, org, project.slug)
    except ModuleError:
        gaps = (
            "the keys of the project could not be read, so that of SENTRY_DSN was not compared",
        )
    known = [(one, key.active) for key in listed if (one := _read(key.dsn)) is not None]
    number = project.id if NUMBER.fullmatch(project.id) else ""
    check_key(dsn, known, project=word(project.slug), number=number)
    return gaps


def _read(value: str) -> Dsn | None:
    try:
        return read_dsn(value)
    except BadDsn:
        return None


async def _found(
    services: Services, org: str, project: Project, sent: Sent, *, until: float
) -> dict[str, str]:
    """What arrived in time, by its name, with the id of its issue."""
    loop = asyncio.get_running_loop()
    began = said = loop.time()
    found: dict[str, str] = {}
    for turn in range(1000):
        for name, number in sent.events:
            if name not in found:
                issue = await issue_of_event(services.sentry, org, project.slug, number)
                found |= {} if issue is None else {name: issue}
        now = loop.time()
        pause_s = LOOK_EVERY_S[min(turn, len(LOOK_EVERY_S) - 1)]
        if len(found) == len(sent.events) or now + pause_s > until:
            break
        if now - said >= SAID_EVERY_S:
            said = now
            done = (now - began) / (until - began)
            left = f"{until - now:.0f} more seconds"
            await report_progress(3 + 0.9 * done, 4, f"not there yet; looking for {left}")
        await asyncio.sleep(pause_s)
    return found


async def _explained(
    services: Services, org: str, project: Project, missing: Sequence[str], *, waited_s: float
) -> ModuleError:
    """By what the server says it left out in this hour, if it says that."""
    end = services.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    filtered = dropped = 0
    try:
        series = await outcome_series(
            services.sentry, org, project, start=end - timedelta(hours=1), end=end
        )
        filtered, dropped = sum(series.filtered), sum(series.dropped)
    except ModuleError:
        pass
    sent_to, asked = services.telemetry().dsn.host, services.sentry.base_url
    return why_missing(
        missing,
        waited_s=waited_s,
        filtered=filtered,
        dropped=dropped,
        elsewhere=_elsewhere(sent_to, asked),
    )


def _elsewhere(sent_to: str, asked: str) -> str:
    place = urlsplit(asked).netloc
    if sent_to == place or all(one.endswith(SAAS) for one in (sent_to, place)):
        return ""
    return f"SENTRY_DSN sends to {sent_to}, and SENTRY_URL is {asked}"
