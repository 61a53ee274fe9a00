"""Traces for OpenTelemetry, where an operator wants them: spans of requests, polls and repairs.

Without the extra `otel`, or without an address, a span costs a few microseconds and goes nowhere.
Names and attributes are our words and ids, never what a stranger wrote.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.framework.extras import install

NAME: Final = "sentry-monitor"
log = logging.getLogger(__name__)


class NoTracing(ModuleError):
    """Traces are wanted, and what sends them is not installed."""

    code = "no_tracing"
    category = Category.CONFIGURATION
    recovery = f"{install('otel')}; or leave OTEL_EXPORTER_OTLP_ENDPOINT out."


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span]:
    """A span around what the context does; an exception is told by its kind alone. It costs
    nothing where nobody listens."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return nullcontext(trace.INVALID_SPAN)
    return _recorded(name, attributes)


@contextmanager
def _recorded(name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    tracer = trace.get_tracer(NAME)
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


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
