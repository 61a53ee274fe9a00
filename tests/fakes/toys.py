"""A module of small operations, to show what every module does."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from pydantic import Field, model_validator

from modules.framework.contracts import Answer, Category, ModuleInput, SideEffect
from modules.framework.errors import ModuleError
from modules.framework.module import Module
from modules.framework.operation import Parameters, operation
from modules.framework.page import Page
from modules.framework.progress import report_progress
from modules.framework.registry import Registry


class ShopClosed(ModuleError):
    """The shop is closed."""

    code = "shop_closed"
    category = Category.CONFLICT
    retryable = True
    recovery = "Come back at nine."


class Order(Parameters):
    item: str = Field(max_length=5)
    amount: int = Field(1, ge=1, le=9)
    size: Literal["small", "large"] = "small"
    gift: bool = False
    note: str | None = None

    @model_validator(mode="after")
    def fits(self) -> "Order":
        if self.size == "large" and self.amount > 3:
            raise ValueError("at most 3 large ones")
        return self


class Nothing(Parameters):
    """No parameters."""


def view(data: Mapping[str, Any]) -> Page:
    return Page((str(data),))


@operation(view=view, read_only=False, scopes=("shop:write",))
async def order_item(services: str, params: Order) -> Answer:
    """Order something. With   care."""
    await report_progress(1, 2, "packing")
    effect = SideEffect(action="order", target=params.item)
    return Answer(data={"item": params.item, "at": services}, side_effects=(effect,))


@operation(view=view, read_only=True)
async def count_stock(services: str, params: Nothing) -> Answer:
    """Count."""
    return Answer(data={}, gaps=("No cellar.",), warnings=("Dusty.",), recommendations=("Sweep.",))


@operation(view=view, read_only=True)
async def visit_closed_shop(services: str, params: Nothing) -> Answer:
    """Refuse."""
    raise ShopClosed(retry_after_s=60, details={"opens": 9})


@operation(view=view, read_only=True)
async def stumble(services: str, params: Nothing) -> Answer:
    """Break."""
    raise KeyError("a-detail-nobody-should-read")


@operation(view=view, read_only=True)
async def wait_for_ever(services: str, params: Nothing) -> Answer:
    """Wait."""
    await asyncio.Event().wait()
    raise AssertionError


TOYS = Registry((order_item, count_stock, visit_closed_shop, stumble, wait_for_ever))


def a_module() -> Module[str]:
    @asynccontextmanager
    async def opened(request: ModuleInput) -> AsyncIterator[str]:
        yield "the counter"

    return Module(TOYS, opened)
