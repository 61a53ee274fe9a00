"""Errors carry the trace and the span of OpenTelemetry, whoever else traces.

An error that nobody handles is reported by Sentry's outermost middleware, when the spans that it
went through have been left. So it remembers the first of them, by a note made where it leaves.
"""

import sys
from contextvars import Token
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from sentry_sdk import scope as scopes

from .hooks import Json, Own

NOTE: Final = "_left_span"  # an attribute of the error, which may cross threads and tasks


def linked(own: Own | None) -> Own:
    """A hook of the application's that first links an event to the span it happened in.

    The SDK does so itself where it does not trace. Where it does, its own transaction comes first,
    of which OpenTelemetry's side knows nothing.
    """

    def link(event: Json, hint: Json) -> Json | None:
        if found := _span_of(hint):
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
        contexts.detach = _detach_and_note
        return
    if contexts.detach is _detach_and_note:
        contexts.detach = _detach
    if _registered() is current_span:
        scopes.remove_external_propagation_context()


def current_span() -> tuple[str, str] | None:
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


def _span_of(hint: Json) -> tuple[str, str] | None:
    """The span in which the error was raised, else the current one. A note of another trace than
    the current one is an old one, of an error that is raised again and again."""
    current = current_span()
    thrown = (hint or {}).get("exc_info")
    noted: tuple[str, str] | None = getattr(thrown[1], NOTE, None) if thrown else None
    return noted if noted and (not current or current[0] == noted[0]) else current


_detach = contexts.detach


def _detach_and_note(token: Token[Context]) -> None:
    """What leaves a span calls this while that span is still the current one."""
    error = sys.exc_info()[1]
    if isinstance(error, Exception) and (found := current_span()):
        # An error that is only being handled around the span passes through another frame.
        passed = error.__traceback__
        if passed is not None and passed.tb_frame is sys._getframe(1):
            _note(error, found)
    _detach(token)


def _note(error: Exception, found: tuple[str, str]) -> None:
    """Spans are left from the innermost one outwards."""
    known = getattr(error, "__dict__", {})
    if known.get(NOTE, ("",))[0] != found[0]:
        known[NOTE] = found


def _registered() -> Any:
    """The SDK has no way to ask."""
    return getattr(scopes, "_external_propagation_context_fn", None)
