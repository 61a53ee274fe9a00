"""Send a trial by the SDK: the same hooks, the same transport, a client of its own, so that an
application that is set up already is not touched."""

from typing import Any, Final

import sentry_sdk
from sentry_sdk.utils import event_from_exception

from .hooks import Hooks
from .outgoing import transport_for
from .sentry_config import options_of
from .trial import MARKER, Sent

ERROR: Final = "test error"
MESSAGE: Final = "test message"


class TelemetryTrial(Exception):
    """Nothing is wrong: somebody tried whether errors arrive."""


def send_trial(
    dsn: str, *, environment: str, release: str | None, marker: str, within_s: float
) -> Sent:
    """An error and a message that carry the marker as a tag. Blocks until they are sent."""
    losses: list[str] = []
    hooks = Hooks()

    class Telling(transport_for(hooks)):  # type: ignore[misc]  # a class that is made for the hooks
        def on_dropped_event(self, reason: str) -> None:
            losses.append(reason)

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
    tags = {MARKER: marker, "test": "true"}
    message = {"message": "Test message of sentry-monitor verify-telemetry", "level": "info"}
    return [(ERROR, {**thrown, "tags": tags}), (MESSAGE, {**message, "tags": tags})]


def _fail() -> None:
    """So that the event has frames, as any other has."""
    raise TelemetryTrial("sentry-monitor verify-telemetry")
