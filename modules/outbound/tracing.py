"""Traces for OpenTelemetry, where an operator wants them: spans of requests, polls and repairs.

Without the extra `otel`, or without an address, a span costs a few microseconds and goes nowhere.
Names and attributes are our words and ids, never what a stranger wrote.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Span

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

NAME: Final = "sentry-monitor"
log = logging.getLogger(__name__)


class NoTracing(ModuleError):
    """Traces are wanted, and what sends them is not installed."""

    code = "no_tracing"
    category = Category.CONFIGURATION
    recovery = "Install the extra `otel`, or leave OTEL_EXPORTER_OTLP_ENDPOINT out."


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span]:
    """A span around what the context does; an exception is told by its kind alone."""
    return trace.get_tracer(NAME).start_as_current_span(
        name, attributes=attributes, record_exception=False
    )


def event(name: str, **attributes: str | int) -> None:
    """One moment of the span that is open, if one is."""
    trace.get_current_span().add_event(name, attributes)


def begin(endpoint: str) -> Callable[[], None]:
    """Send spans to an OTLP receiver over HTTP (OpenTelemetry, OTLP 1.x); what to call at the end.
    Raises NoTracing."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise NoTracing from None
    provider = TracerProvider(resource=Resource.create({"service.name": NAME}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    log.info("traces are sent to an OTLP receiver")
    return provider.shutdown
