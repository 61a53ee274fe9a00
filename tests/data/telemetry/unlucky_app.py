"""An application whose own hook raises, and that goes on: unlucky_app.py (SENTRY_DSN is set)."""

import logging
import sys
from typing import Any

import sentry_sdk

from modules.telemetry.sentry_config import capture_exception, setup_sentry


def unlucky(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError(f"cannot take {event}")


def look_up(secret: str) -> None:
    raise LookupError(f"password={secret}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    setup_sentry(before_send=unlucky)
    secret = sys.argv[1]
    try:
        look_up(secret)
    except LookupError as error:
        capture_exception(error, tags={"note": secret}, extra={"note": secret})
    sentry_sdk.flush(5)
    sentry_sdk.get_client().close(1)
    sys.stdout.write("the application goes on\n")
