"""Spans tell of a failure by its kind alone."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from modules.outbound import tracing


def test_what_an_exception_says_is_in_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)

    def fails() -> None:
        with tracing.span("poll", project="shop"):
            tracing.event("looked")
            raise ValueError("what a stranger wrote")

    with pytest.raises(ValueError, match="stranger"):
        fails()

    (span,) = kept.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert "stranger" not in span.to_json()
    assert [one.name for one in span.events] == ["looked"]
