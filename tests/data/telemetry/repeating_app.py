"""An application that reports errors twice: repeating_app.py HOW (SENTRY_DSN is set)."""

import sys

import sentry_sdk
from prometheus_client import REGISTRY

from data.telemetry.counted_app import told
from modules.telemetry.sentry_config import capture_exception, setup_sentry

if __name__ == "__main__":
    setup_sentry(registry=REGISTRY)
    if sys.argv[1] == "left out":
        sentry_sdk.get_global_scope().add_event_processor(lambda event, hint: None)
    for error in (LookupError(), KeyError()):
        capture_exception(error)
        capture_exception(error)
    sentry_sdk.flush(20)
    sys.stdout.write(told())
