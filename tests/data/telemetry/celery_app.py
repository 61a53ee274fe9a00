"""A worker of Celery that reports to Sentry: celery_app.py SECRETS (SENTRY_DSN is set)."""

import sentry_sdk
from celery import Celery

from data.telemetry.planting import careless, given
from modules.telemetry.sentry_config import setup_sentry

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.update(task_always_eager=True, task_eager_propagates=False)


@app.task(name="take_order")  # type: ignore[untyped-decorator]  # celery has no types
def take_order(note: str, more: dict[str, str]) -> None:
    careless(note)


if __name__ == "__main__":
    setup_sentry(traces_sample_rate=1.0, enable_logs=True)
    for secret in given():
        take_order.delay(secret, more={"note": secret, "password": secret})
        sentry_sdk.flush(20)  # its queue is bounded
    sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
