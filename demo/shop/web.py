"""The door: one request, one answer, and whatever goes wrong is reported."""

from collections.abc import Callable
from typing import Any

import sentry_sdk

from .orders import Request
from .storage import OrderNotSaved


def start_reporting() -> None:
    """Sentry's SDK takes DSN, release and environment from the environment."""
    sentry_sdk.init(
        server_name="web-1",
        auto_enabling_integrations=False,
        send_default_pii=True,
        traces_sample_rate=0.0,
    )


def answer(request: Request, checkout: Callable[[Request], str]) -> int:
    """The HTTP status that the customer gets."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_user(dict(request.customer))
        scope.set_tag("payment.provider", "paywell")
        scope.set_tag("currency", request.currency)
        scope.add_event_processor(lambda event, hint: {**event, "request": _as_http(request)})
        sentry_sdk.add_breadcrumb(category="cart", message="opened the cart", level="info")
        for sku, pieces in request.wanted.items():
            sentry_sdk.add_breadcrumb(
                category="cart", message=f"put {pieces} x {sku} into the cart", data={"sku": sku}
            )
        return _status(request, checkout)


def _status(request: Request, checkout: Callable[[Request], str]) -> int:
    try:
        checkout(request)
    except OrderNotSaved:
        sentry_sdk.capture_exception()
        return 409
    except Exception:  # noqa: BLE001 - a door outlives what it calls
        sentry_sdk.capture_exception()
        return 500
    return 201


def _as_http(request: Request) -> dict[str, Any]:
    return {
        "method": "POST",
        "url": "https://shop.example/checkout",
        "query_string": f"step=pay&currency={request.currency}",
        "headers": {"User-Agent": "Mozilla/5.0", "Content-Type": "application/json"},
        "data": {"order_id": request.order_id, "voucher_cents": request.voucher_cents},
    }
