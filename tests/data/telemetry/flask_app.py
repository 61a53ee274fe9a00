"""A Flask application that reports to Sentry: flask_app.py SECRETS (SENTRY_DSN is set)."""

import sentry_sdk
from flask import Flask, request

from data.telemetry.planting import careless, given
from modules.telemetry.sentry_config import setup_sentry

app = Flask("shop")


@app.post("/order")
def order() -> str:
    careless(request.form["note"])
    return ""


def main() -> None:
    client = app.test_client()
    for secret in given():
        line = secret.replace("\n", " ")
        client.post(
            "/order",
            query_string={"note": secret},
            headers={"X-Note": line, "Cookie": f"note={line}"},
            data={"note": secret, "password": secret},
        )
        sentry_sdk.flush(20)  # its queue is bounded


if __name__ == "__main__":
    setup_sentry(traces_sample_rate=1.0, enable_logs=True)
    main()
    sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
