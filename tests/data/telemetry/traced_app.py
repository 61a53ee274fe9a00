"""An application that is traced by OpenTelemetry and reports to Sentry (SENTRY_DSN is set)."""

import json
import sys

import sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY, generate_latest

from modules.telemetry.sentry_config import capture_exception, setup_sentry

if __name__ == "__main__":
    trace.set_tracer_provider(TracerProvider())
    setup_sentry(opentelemetry=True, registry=REGISTRY)
    with trace.get_tracer("shop").start_as_current_span("export") as span:
        capture_exception(LookupError("no such order, token=hunter2hunter2"))
        context = span.get_span_context()
    sentry_sdk.flush(20)
    told = {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "metrics": generate_latest(REGISTRY).decode(),
    }
    sys.stdout.write(json.dumps(told))
