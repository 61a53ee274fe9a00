"""A day in the shop: python -m shop [orders] [noise] [close]; what goes wrong is reported."""

import logging
import socket
import sys
from functools import partial
from typing import Final

import sentry_sdk

from .cart import fill
from .orders import Request, checkout
from .stock import refresh_stock
from .storage import Orders
from .web import answer, start_reporting

JANE: Final = {"id": "1041", "email": "jane.doe@acme.example", "ip_address": "203.0.113.9"}
OMAR: Final = {"id": "1042", "email": "omar@acme.example"}
LIV: Final = {"id": "1043", "username": "liv"}
FREE: Final = {"sample-box": 1}
DAY: Final = (
    Request("A-100", FREE, customer=JANE),
    Request("A-101", FREE, voucher_cents=500, customer=JANE),  # the planted bug
    Request("A-102", {"sample-box": 2}, "USD", 1000, customer=OMAR),  # once more
    Request("A-103", FREE, voucher_cents=500, customer=LIV),  # and again
    Request("A-100", FREE, customer=OMAR),  # the same order twice
    Request("A-104", {"comte-12m": 1, "knife": 1}, voucher_cents=500, customer=LIV),  # no provider
)


def main(acts: list[str]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    start_reporting()
    if "orders" in acts:
        take_orders()
    if "noise" in acts:
        for _ in range(30):
            refresh_stock(minutes_old=9)
    sentry_sdk.flush()
    if "close" in acts:
        print_statement("CHF")  # the process dies of it, and Sentry is told


def take_orders() -> None:
    orders = Orders()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a provider that never answers
        serve = partial(checkout, orders=orders, provider=silent.getsockname())
        for request in DAY:
            answer(request, serve)
    orders.close()


def print_statement(currency: str) -> None:
    logging.getLogger(__name__).info("statement in %s", currency)
    print(fill({"comte-12m": 1}, currency).total)


if __name__ == "__main__":
    main(sys.argv[1:])
