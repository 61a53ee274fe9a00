"""Errors carry the trace and the span of OpenTelemetry, whoever else traces."""

from typing import Any

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from sentry_sdk import scope as scopes

from .hooks import Json, Own


def linked(own: Own | None) -> Own:
    """A hook of the application's that first links an event to the span it happened in.

    The SDK does so itself where it does not trace. Where it does, its own transaction comes first,
    of which OpenTelemetry's side knows nothing.
    """

    def link(event: Json, hint: Json) -> Json | None:
        if found := current_span():
            trace = dict(event.get("contexts", {}).get("trace") or {})
            for other in ("parent_span_id", "dynamic_sampling_context"):
                trace.pop(other, None)
            trace |= {"trace_id": found[0], "span_id": found[1]}
            event.setdefault("contexts", {})["trace"] = trace
        return event if own is None else own(event, hint)

    return link


def switch_links(*, on: bool) -> None:
    """What the SDK asks where it does not trace; another's answer is left as it is."""
    if on:
        scopes.register_external_propagation_context(current_span)
    elif _registered() is current_span:
        scopes.remove_external_propagation_context()


def current_span() -> tuple[str, str] | None:
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


def _registered() -> Any:
    """The SDK has no way to ask."""
    return getattr(scopes, "_external_propagation_context_fn", None)
