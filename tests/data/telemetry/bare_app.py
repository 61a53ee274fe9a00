"""An application that sets the SDK up as it comes: bare_app.py SECRET (SENTRY_DSN is set)."""

import sys

import sentry_sdk

if __name__ == "__main__":
    sentry_sdk.init()
    sentry_sdk.capture_message(f"about {sys.argv[1]}")
    sentry_sdk.flush(20)
