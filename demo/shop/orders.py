"""From a request to a stored order."""

import logging
from dataclasses import dataclass, field

from .cart import Cart, fill
from .payment import charge
from .prices import share_voucher
from .storage import Orders

logger = logging.getLogger(__name__)


class CheckoutFailed(Exception):
    """The order cannot be completed."""


@dataclass(frozen=True)
class Request:
    """What the shop's page sends."""

    order_id: str
    wanted: dict[str, int]
    currency: str = "EUR"
    voucher_cents: int = 0
    customer: dict[str, str] = field(default_factory=dict)


def checkout(request: Request, orders: Orders, provider: tuple[str, int]) -> str:
    """The receipt. Raises CheckoutFailed, PaymentUnavailable, OrderNotSaved."""
    cart = fill(request.wanted, request.currency)
    logger.info("order %s has %d lines", request.order_id, len(cart.lines))
    cents = cart.total - sum(_discounts(cart, request.voucher_cents))
    receipt = charge(cents, cart.currency, provider)
    orders.save(request.order_id, cents)
    return receipt


def _discounts(cart: Cart, voucher_cents: int) -> list[int]:
    if not voucher_cents:
        return []
    try:
        return share_voucher(voucher_cents, [line.total for line in cart.lines])
    except ArithmeticError as error:
        raise CheckoutFailed(f"a voucher of {voucher_cents} does not fit") from error
