"""What is not worth an event. No I/O."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from .occurrence import Occurrence
from .rules import Conditions, first_met

# How programs and requests end when somebody wants them to, or has left. Named by where they come
# from: an `OrderCancelledError` of the application's own is an error.
BUILT_IN: Final = (
    Conditions(
        name="stopped on purpose",
        exception=(
            "KeyboardInterrupt", "SystemExit", "GeneratorExit", "asyncio.*CancelledError",
            "concurrent.futures.*CancelledError", "trio.*Cancelled",
        ),
    ),
    Conditions(
        name="the client has left",
        exception=(
            "starlette.*ClientDisconnect", "uvicorn.*ClientDisconnected",
            "werkzeug.*ClientDisconnected", "django.*RequestAborted",
        ),
    ),
)  # fmt: skip
# Within a request it is the client's; anywhere else it is a program of ours that died.
IN_A_REQUEST: Final = Conditions(name="the client has left", exception=("BrokenPipeError",))
PROBES: Final = frozenset(
    ("/health", "/healthz", "/health/", "/livez", "/ready", "/readyz", "/ping", "/metrics",
     "/favicon.ico", "/_health/")
)  # fmt: skip


def why_dropped(
    event: dict[str, Any], own: Sequence[Conditions] = (), *, built_in: bool = True
) -> str:
    """The name of the rule that drops it; empty where none does."""
    ours = (*BUILT_IN, IN_A_REQUEST) if event.get("request") else BUILT_IN
    rule = first_met((*own, *ours) if built_in else own, Occurrence(event))
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
