"""One call of the API: who asks, what for, and the answer with its headers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from starlette.background import BackgroundTasks
from starlette.requests import Request
from starlette.responses import Response

from . import incidents, issues, retention
from .errors import BadRequest, Forbidden, NotFound, Refused, Unauthorized
from .models import Issue, Json, Project
from .moments import window
from .projects import find_project, find_projects
from .sender import Sender
from .shapes.issue import Place, user
from .store import Store
from .webhooks import Webhook, for_incident, person

SCOPES: Final = [
    "org:read",
    "org:write",
    "org:admin",
    "project:read",
    "project:write",
    "project:admin",
    "project:releases",
    "team:read",
    "member:read",
    "event:read",
    "event:write",
    "event:admin",
    "alerts:read",
    "alerts:write",
]
_LEVELS: Final = {
    "read": ("read", "write", "admin"),
    "write": ("write", "admin"),
    "admin": ("admin",),
}
_DEFAULT_LIMIT: Final = 40
_CONCURRENT: Final = 25
_MAX_BODY: Final = 5_000_000


class Meter:
    """Counts calls within a span of time, and forgets them when it is over."""

    def __init__(self, limit: int | None, *, span_s: int) -> None:
        self.limit, self.span_s = limit, span_s
        self._started, self._used = 0, 0

    def take(self, now: float) -> int:
        """How many are used in this span, this one counted."""
        started = int(now) // self.span_s * self.span_s
        self._used = self._used + 1 if started == self._started else 1
        self._started = started
        return self._used


@dataclass(frozen=True, kw_only=True)
class Server:
    store: Store
    org: str
    token: str
    now: Callable[[], datetime]
    url: str | None
    scopes: frozenset[str]
    sender: Sender | None
    filters: Mapping[str, str]
    error_webhooks: bool
    retention_days: int
    calls: Meter
    events: Meter
    keys: dict[int, Meter] = field(default_factory=dict)  # by project: of its key's own limit

    def moment(self) -> float:
        return self.now().timestamp()


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler is given."""

    server: Server
    request: Request
    body: Any
    now: float
    outbox: list[Webhook] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.server.store

    @property
    def place(self) -> Place:
        url = self.server.url or f"{self.request.url.scheme}://{self.request.url.netloc}"
        return Place(url=url, org=self.server.org)

    @property
    def actor(self) -> Json:
        return person(self.user)

    @property
    def user(self) -> Json:
        return user(self.server.org)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def ask(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def ask_all(self, name: str) -> list[str]:
        return [one for one in self.request.query_params.getlist(name) if one]

    def issue(self) -> Issue:
        return issues.find_issue(self.store, self.path("issue"))

    def project(self) -> Project:
        return find_project(self.store, self.path("project"))

    def projects(self) -> list[Project]:
        """Those asked for: by the path, else by the query, else all."""
        if "project" in self.request.path_params:
            return [self.project()]
        return find_projects(self.store, self.ask_all("project"))

    def window(self) -> tuple[float, float]:
        return window(self.ask("statsPeriod"), self.ask("start"), self.ask("end"), now=self.now)

    def fields(self) -> Json:
        if not isinstance(self.body, dict):
            raise BadRequest("JSON parse error - an object was expected")
        return self.body


Handler = Callable[[Call], Response]


def reply(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def refusal(refused: Refused) -> Response:
    return reply(refused.body, status=refused.status, headers=refused.headers)


async def answer(server: Server, request: Request, handler: Handler, *, needs: str) -> Response:
    """Limit, authorise, handle; then the rate headers and, behind the answer, the webhooks."""
    now = server.moment()
    used = server.calls.take(now)
    try:
        if server.calls.limit is not None and used > server.calls.limit:
            return _throttled(server.calls, now)
        authorise(server, request, needs=needs)
        call = Call(server=server, request=request, body=await _body(request), now=now)
        _check_organization(call)
        retention.sweep(server.store, days=server.retention_days, now=now)
        issues.settle(server.store, now)
        response = handler(call)
        call.outbox.extend(of_alerts(server, call.place, now))
    except Refused as refused:
        response = refusal(refused)
    else:
        response.background = deliveries(server, call.outbox)
    response.headers.update(_rate_headers(server.calls, used, now))
    return response


def authorise(server: Server, request: Request, *, needs: str) -> None:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized()
    if token.strip() != server.token:
        raise Unauthorized("Invalid token")
    if not allows(server.scopes, needs):
        raise Forbidden()


def allows(scopes: frozenset[str], needs: str) -> bool:
    """Any scope of the area will do that reaches as far: `admin` includes `read`."""
    area, _, level = needs.partition(":")
    return not needs or any(f"{area}:{one}" in scopes for one in _LEVELS.get(level, (level,)))


def _check_organization(call: Call) -> None:
    if call.request.path_params.get("org", "1") not in {call.server.org, "1"}:
        raise NotFound()


async def _body(request: Request) -> Any:
    text = await limited_body(request, _MAX_BODY)
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("JSON parse error - the body is not JSON") from None


async def limited_body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BadRequest("Request body exceeded the size limit")
    return bytes(body)


def of_alerts(server: Server, place: Place, now: float) -> list[Webhook]:
    """Of the metric alerts that changed since somebody last looked."""
    found = incidents.changed(server.store, now)
    return [for_incident(one, place, now=now) for one in found]


def deliveries(server: Server, outbox: list[Webhook]) -> BackgroundTasks | None:
    if server.sender is None or not outbox:
        return None
    tasks = BackgroundTasks()
    for hook in outbox:
        tasks.add_task(server.sender.send, hook)
    return tasks


def _rate_headers(meter: Meter, used: int, now: float) -> dict[str, str]:
    limit = _DEFAULT_LIMIT if meter.limit is None else meter.limit
    return {
        "X-Sentry-Rate-Limit-Limit": str(limit),
        "X-Sentry-Rate-Limit-Remaining": str(max(limit - used, 0)),
        "X-Sentry-Rate-Limit-Reset": str(int(now) + meter.span_s),
        "X-Sentry-Rate-Limit-ConcurrentLimit": str(_CONCURRENT),
        "X-Sentry-Rate-Limit-ConcurrentRemaining": str(_CONCURRENT - 1),
    }


def _throttled(meter: Meter, now: float) -> Response:
    """As Sentry's middleware writes it: JSON labelled text/html, without Retry-After."""
    detail = (
        "You are attempting to use this endpoint too frequently."
        f" Limit is {meter.limit} requests in {meter.span_s} seconds"
    )
    response = Response(json.dumps({"detail": detail}), status_code=429, media_type="text/html")
    response.headers.update(_rate_headers(meter, meter.limit or 0, now))
    return response


def page(call: Call, name: str = "per_page") -> tuple[int, int]:
    """Offset and length that `cursor` and `per_page` (or `limit`) ask for."""
    text = call.ask(name) or "100"
    if not text.isdecimal() or int(text) < 1:
        raise BadRequest(f"Invalid {name} parameter.")
    if int(text) > 100:
        raise BadRequest(f"Invalid {name} value. Cannot exceed 100.")
    return _offset(call.ask("cursor") or "0:0:0"), int(text)


def _offset(cursor: str) -> int:
    parts = cursor.split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise BadRequest("Invalid cursor parameter.")
    return int(parts[1])


def link(call: Call, *, offset: int, length: int, more: bool) -> dict[str, str]:
    """The `Link` header: both directions are always there, `results` tells which has rows."""
    previous = f"0:{max(offset - length, 0)}:1"
    following = f"0:{offset + length}:0"
    return {
        "Link": ", ".join(
            (
                _link(call, previous, "previous", results=offset > 0),
                _link(call, following, "next", results=more),
            )
        )
    }


def _link(call: Call, cursor: str, rel: str, *, results: bool) -> str:
    query = [
        (key, value) for key, value in call.request.query_params.multi_items() if key != "cursor"
    ]
    text = "&".join(f"{quote(key)}={quote(value)}" for key, value in [*query, ("cursor", cursor)])
    address = f"{call.place.url}{quote(call.request.url.path)}?{text}"
    return f'<{address}>; rel="{rel}"; results="{str(results).lower()}"; cursor="{cursor}"'


def paged(call: Call, rows: list[Any], *, name: str = "per_page") -> Response:
    """A page of a list that is at hand as a whole."""
    offset, length = page(call, name)
    shown = rows[offset : offset + length]
    more = len(rows) > offset + length
    return reply(shown, headers=link(call, offset=offset, length=length, more=more))
