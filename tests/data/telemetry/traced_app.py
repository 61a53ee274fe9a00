"""An application that is traced by OpenTelemetry and reports to Sentry (SENTRY_DSN is set):
traced_app.py RATE SECOND, where RATE is Sentry's own share of transactions and SECOND what a second
set-up says of OpenTelemetry, if there is one."""

import json
import sys

import sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY, generate_latest

from modules.telemetry.sentry_config import capture_exception, setup_sentry

if __name__ == "__main__":
    rate, second = float(sys.argv[1]), sys.argv[2]
    trace.set_tracer_provider(TracerProvider())
    setup_sentry(opentelemetry=True, registry=REGISTRY, traces_sample_rate=rate or None)
    if second:
        sentry_sdk.get_client().close(1)
        setup_sentry(opentelemetry=second == "on", traces_sample_rate=rate or None)
    with (
        sentry_sdk.start_transaction(op="task", name="export"),
        trace.get_tracer("shop").start_as_current_span("export") as span,
    ):
        capture_exception(LookupError("no such order, token=hunter2hunter2"))
        context = span.get_span_context()
        headers = dict(sentry_sdk.get_current_scope().iter_trace_propagation_headers())
    sentry_sdk.flush(20)
    told = {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "passes_on": sorted(headers),
        "metrics": generate_latest(REGISTRY).decode(),
    }
    sys.stdout.write(json.dumps(told))
