"""The shop's own tests. They pass; what they do not ask is what breaks in production."""

# ruff: noqa: S101 - a test asserts
import pytest

from .cart import fill
from .orders import Request, checkout
from .prices import share_voucher
from .storage import OrderNotSaved, Orders

NOBODY = ("127.0.0.1", 9)


def test_a_cart_costs_what_its_lines_cost() -> None:
    assert fill({"brie-250g": 2, "knife": 1}, "EUR").total == 2 * 590 + 3900


def test_a_voucher_is_spread_in_proportion() -> None:
    assert share_voucher(1000, [3000, 1000]) == [750, 250]


def test_rounding_loses_no_cent() -> None:
    assert sum(share_voucher(100, [333, 333, 333])) == 100


def test_a_voucher_pays_no_more_than_the_cart_costs() -> None:
    assert share_voucher(9000, [500, 500]) == [500, 500]


def test_an_order_that_costs_nothing_asks_nobody_for_money() -> None:
    orders = Orders()

    receipt = checkout(Request("A-1", {"sample-box": 1}), orders, NOBODY)

    assert (receipt, orders.turnover()) == ("free of charge", 0)
    orders.close()


def test_the_same_order_is_stored_once() -> None:
    orders = Orders()
    orders.save("A-1", 590)

    with pytest.raises(OrderNotSaved):
        orders.save("A-1", 590)

    assert orders.turnover() == 590
    orders.close()
