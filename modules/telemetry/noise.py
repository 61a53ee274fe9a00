"""What is not worth an event. No I/O."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from .occurrence import Occurrence
from .rules import Conditions, first_met

# How programs and requests end when somebody wants them to, or has left.
BUILT_IN: Final = (
    Conditions(
        name="stopped on purpose",
        exception=("KeyboardInterrupt", "SystemExit", "GeneratorExit", "*CancelledError"),
    ),
    Conditions(
        name="the client has left",
        exception=("*ClientDisconnect", "*ClientDisconnected", "BrokenPipeError"),
    ),
)
PROBES: Final = frozenset(
    ("/health", "/healthz", "/health/", "/livez", "/ready", "/readyz", "/ping", "/metrics",
     "/favicon.ico", "/_health/")
)  # fmt: skip


def why_dropped(event: dict[str, Any], own: Sequence[Conditions] = ()) -> str:
    """The name of the rule that drops it; empty where none does."""
    rule = first_met((*own, *BUILT_IN), Occurrence(event))
    return rule.name if rule else ""


def is_probe(transaction: dict[str, Any]) -> bool:
    """Whether it is a look at the health of the service: thousands a day, all alike."""
    request = transaction.get("request")
    url = request.get("url") if isinstance(request, dict) else None
    named = transaction.get("transaction")
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        path = ""
    return path in PROBES or named in PROBES
