"""What was pushed or found, and what became of it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.reasons import sentence
from modules.framework.errors import ModuleError
from modules.jobs.deliveries import Delivery, State
from modules.sentry.webhooks import BadWebhook, parse

from .answers import Refused
from .endpoints import Asked, checked
from .handlers import Back, Page
from .v1 import id_of
from .webhooks import TOLD

LIMIT: Final = 50  # deliveries of a page
BODY: Final = 40_000  # characters that are shown of one that is no JSON


class Filters(Asked):
    """Of the list."""

    state: State | None = None
    before: datetime | None = None
    said: str = ""


class DeliveryPages:
    """Handlers raise Refused and ModuleError for what does not fit."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def list(self, request: Request) -> Page:
        """Newest first, a page at a time."""
        given = {name: value for name, value in request.query_params.items() if value}
        wanted = checked(Filters, given, "query")
        if wanted.before is not None and wanted.before.tzinfo is None:
            raise Refused(400, "bad_query", "before: must have a zone, such as Z.")
        found = await self._service.watch.inbox.list(
            state=wanted.state, before=wanted.before, limit=LIMIT + 1
        )
        values = {
            "deliveries": [(one, became(one)) for one in found[:LIMIT]],
            "older": found[LIMIT - 1].received_at.isoformat() if len(found) > LIMIT else "",
            "wanted": wanted,
            "states": tuple(State),
        }
        return Page("deliveries.html", values)

    async def one(self, request: Request) -> Page:
        """With its headers and its body."""
        delivery = await self._service.watch.inbox.get(id_of(request))
        data, text = _body(delivery.body)
        values = {
            "delivery": delivery,
            "became": became(delivery),
            "data": data,
            "text": text,
            "size": len(delivery.body),
        }
        return Page("delivery.html", values)

    async def replay(self, request: Request, _: Mapping[str, str]) -> Back:
        """Raises NoSuchDelivery."""
        delivery_id = id_of(request)
        await self._service.watch.replay(delivery_id)
        with suppress(ModuleError):  # it is kept; the watch decides as soon as it can
            await self._service.watch.drain()
        return Back(f"/deliveries/{delivery_id}", "replayed")


def became(delivery: Delivery) -> str:
    """What became of a delivery, as a sentence."""
    if delivery.state is State.DONE:
        return "It began a job."
    if delivery.reason.startswith("defect: "):
        return f"Deciding failed ({delivery.reason.removeprefix('defect: ')}); the log has more."
    return TOLD.get(delivery.reason) or sentence(delivery.reason)


def _body(body: bytes) -> tuple[dict[str, Any] | None, str]:
    """As JSON, or else as text."""
    try:
        return (dict(parse(body)), "") if body else (None, "")
    except BadWebhook:
        return None, body[: 4 * BODY].decode("utf-8", "replace")[:BODY]
