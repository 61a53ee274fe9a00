"""A program that reports to Sentry with the real SDK: python shop_that_fails.py DSN RELEASE [MESSAGE]."""

import sys

import sentry_sdk


def average_price(prices: list[int]) -> float:
    return sum(prices) / len(prices)


def checkout(prices: list[int]) -> float:
    try:
        return average_price(prices)
    except ZeroDivisionError as cause:
        raise RuntimeError("Kasse geschlossen: Käse für 0 €") from cause


def main(dsn: str, release: str, message: str = "") -> None:
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment="production",
        send_default_pii=True,
        auto_enabling_integrations=False,
    )
    sentry_sdk.set_user({"id": "9001", "email": "jane@acme.example"})
    sentry_sdk.set_tag("café", "crème")
    sentry_sdk.add_breadcrumb(category="cart", message="put Käse into the cart", level="info")
    if message:
        sentry_sdk.capture_message(message, level="warning")
    else:
        report_failure()
    sentry_sdk.flush()
    sentry_sdk.get_client().close()


def report_failure() -> None:
    try:
        checkout([])
    except RuntimeError:
        sentry_sdk.capture_exception()


if __name__ == "__main__":
    main(*sys.argv[1:])
