"""The list of operations, and what an operation knows of itself."""

import pytest

from fakes.toys import TOYS, count_stock, order_item
from modules.framework.errors import UnknownOperation
from modules.framework.registry import Registry


def test_operations_keep_their_order() -> None:
    registry = Registry((count_stock, order_item))

    assert registry.names == ["count-stock", "order-item"]
    assert list(registry) == [count_stock, order_item]
    assert len(registry) == 2


def test_two_operations_of_one_name_are_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="two operations are called 'order-item'"):
        Registry((order_item, order_item))


def test_an_operation_is_found_by_its_name_only() -> None:
    assert TOYS.find("order-item") is order_item
    with pytest.raises(UnknownOperation):
        TOYS.find("order_item")


def test_an_operation_tells_itself_from_its_function() -> None:
    assert order_item.name == "order-item"
    assert order_item.summary == "Order something."
    assert order_item.description == "Order something. With care."
    assert order_item.scopes == ("shop:write",)
    assert not order_item.read_only
    assert order_item.signature() == "item, amount=1, size=small, gift=false, note=…"
    assert count_stock.signature() == ""
