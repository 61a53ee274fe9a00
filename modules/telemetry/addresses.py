"""The address of who asks, for a policy that keeps or shortens it.

The SDK tells it with `send_default_pii` only, and with that names, cookies, and the arguments of
tasks. So it is read here, from requests of ASGI and WSGI, and nothing else is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sentry_sdk
from sentry_sdk.integrations import Integration, asgi, wsgi
from sentry_sdk.scrubber import EventScrubber

from .people import People

ADDRESS: Final = "REMOTE_ADDR"


class Addresses(Integration):
    """An integration as those of the SDK: set up once, and active in clients that name it."""

    identifier = "sentry_monitor_addresses"

    @staticmethod
    def setup_once() -> None:
        _tell_of_asgi()
        _tell_of_wsgi()


def options_for(people: People, integrations: Sequence[Integration]) -> dict[str, Any]:
    """The options of the SDK that keep what `people` decides about."""
    if people.address == "drop":
        return {"integrations": list(integrations)}
    # Its scrubber would take addresses out; ours decides, and takes them out of all other places.
    kept = EventScrubber(pii_denylist=[])
    return {"integrations": [*integrations, Addresses()], "event_scrubber": kept}


def _tell_of_asgi() -> None:
    before = asgi.SentryAsgiMiddleware.event_processor

    def event_processor(self: Any, event: Any, hint: Any, asgi_scope: Any) -> Any:
        made = before(self, event, hint, asgi_scope)
        if made is not None and _is_active() and (found := _of_asgi(asgi_scope)):
            request: dict[str, Any] = made.setdefault("request", {})
            request["env"] = {**request.get("env", {}), ADDRESS: found}
        return made

    asgi.SentryAsgiMiddleware.event_processor = event_processor  # type: ignore[method-assign] # there is no hook


def _tell_of_wsgi() -> None:
    before = wsgi._get_environ

    def environ_of(environ: dict[str, str]) -> Iterator[tuple[str, str]]:
        yield from before(environ)
        if _is_active() and (found := wsgi.get_client_ip(environ)):
            yield ADDRESS, str(found)

    wsgi._get_environ = environ_of


def _is_active() -> bool:
    return sentry_sdk.get_client().get_integration(Addresses) is not None


def _of_asgi(scope: Mapping[str, Any]) -> str:
    """As the SDK reads it: what the proxy before it says, else who connected."""
    headers = {bytes(name).lower(): bytes(value) for name, value in scope.get("headers") or ()}
    told = headers.get(b"x-forwarded-for", b"").partition(b",")[0] or headers.get(b"x-real-ip", b"")
    client = scope.get("client")
    return told.decode("latin-1").strip() or (str(client[0]) if client else "")
