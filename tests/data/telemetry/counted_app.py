"""An application that counts what it reports: counted_app.py HOW (SENTRY_DSN is set)."""

import os
import sys
from typing import Any

import sentry_sdk
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sentry_sdk import logger as sentry_logger

from modules.telemetry.sentry_config import capture_message, setup_sentry


def told(registry: CollectorRegistry = REGISTRY) -> str:
    lines = generate_latest(registry).decode().splitlines()
    return "".join(
        f"{one}\n" for one in lines if one.startswith("sentry_") and "_created" not in one
    )


def report(*, before_send: Any = None, **more: Any) -> None:
    setup_sentry(registry=REGISTRY, before_send=before_send, **more)
    capture_message("token=hunter2hunter2")
    sentry_sdk.flush(20)


def in_a_child(registry: CollectorRegistry = REGISTRY) -> None:
    """Its counts go to its own /metrics, here its output."""
    sys.stdout.flush()
    if os.fork() == 0:
        capture_message("of the child")
        sentry_sdk.flush(20)
        sys.stdout.write(f"child\n{told(registry)}")
        sys.stdout.flush()
        os._exit(0)
    os.wait()
    sys.stdout.write("parent\n")


def unlucky(event: Any, hint: Any) -> Any:
    raise RuntimeError


def main(how: str) -> None:
    match how:
        case "sampled out":
            report(sample_rate=0.0)
        case "processor":
            sentry_sdk.get_global_scope().add_event_processor(lambda event, hint: None)
            report()
        case "unlucky":
            report(before_send=unlucky)
        case "twice":
            report()
            report()
        case "fork":
            report()
            in_a_child()
        case "logs":
            setup_sentry(registry=REGISTRY, enable_logs=True)
            sentry_logger.info("a")
            sentry_logger.info("b")
            sentry_sdk.get_client().flush(20)
        case "processes":
            report()
            together = CollectorRegistry()
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
            in_a_child(together)
            sys.stdout.write(told(together))
            return
        case _:
            report()
            capture_message("of the limit")
            sentry_sdk.flush(20)
    sys.stdout.write(told())


if __name__ == "__main__":
    main(sys.argv[1])
