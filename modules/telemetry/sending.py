"""Send a trial by the SDK: the same hooks, the same transport, a client of its own, so that an
application that is set up already is not touched."""

import socket
import ssl
import sys
from typing import Any, Final

import sentry_sdk
from sentry_sdk.utils import event_from_exception
from urllib3.exceptions import ProxyError

from .hooks import Hooks
from .outgoing import transport_for
from .sentry_config import options_of
from .trial import MARKER, Sent

ERROR: Final = "test error"
MESSAGE: Final = "test message"
# What stands behind an error of the connection, and what it is called in `trial.UNREACHED`.
CAUSES: Final = (
    (ProxyError, "network_proxy"),
    (socket.gaierror, "network_unresolved"),
    (ConnectionRefusedError, "network_refused"),
    (ssl.SSLError, "network_certificate"),
    (TimeoutError, "network_timeout"),
)


class TelemetryTrial(Exception):
    """Nothing is wrong: somebody tried whether errors arrive."""


def send_trial(
    dsn: str, *, environment: str, release: str | None, marker: str, within_s: float
) -> Sent:
    """An error and a message that carry the marker as a tag. Blocks until they are sent.

    Their level is info, and they are the same two issues each time, so that who ignores these once
    is told of no trial again.
    """
    losses: list[str] = []
    hooks = Hooks()

    class Telling(transport_for(hooks)):  # type: ignore[misc]  # a class that is made for the hooks
        TIMEOUT = within_s / 2.5  # each of two, one after the other

        def on_dropped_event(self, reason: str) -> None:
            losses.append(_network(sys.exception()) if reason == "network" else reason)

        def _get_pool_options(self) -> dict[str, Any]:
            # Tried again by whoever runs this; until then urllib3 would log each attempt.
            return {**super()._get_pool_options(), "retries": False}

    client = sentry_sdk.Client(
        dsn=dsn,
        environment=environment,
        release=release,
        default_integrations=False,
        auto_enabling_integrations=False,
        send_client_reports=False,
        **{**options_of(hooks), "transport": Telling},
    )
    try:
        events = tuple((name, client.capture_event(one) or "") for name, one in _trials(marker))
        client.flush(timeout=within_s)
    finally:
        client.close(timeout=0)
    return Sent(events, tuple(dict.fromkeys(losses)))


def _trials(marker: str) -> list[tuple[str, Any]]:
    try:
        _fail()
    except TelemetryTrial as error:
        thrown, _ = event_from_exception(error)
    common = {"tags": {MARKER: marker, "test": "true"}, "level": "info"}
    said = {"message": "Test message of sentry-monitor verify-telemetry"}
    return [
        (name, {**what, **common, "fingerprint": ["sentry-monitor verify-telemetry", name]})
        for name, what in ((ERROR, thrown), (MESSAGE, said))
    ]


def _network(error: BaseException | None) -> str:
    """By what is behind it: the SDK tells only that it was the network."""
    while error is not None:
        for kind, reason in CAUSES:
            if isinstance(error, kind):
                return reason
        error = error.__cause__ or error.__context__
    return "network"


def _fail() -> None:
    """So that the event has frames, as any other has."""
    raise TelemetryTrial("sentry-monitor verify-telemetry")
