"""The charts of the first page in a real browser, of errors that a real local Sentry counted."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from browser.eyes import Eyes, broken_rules
from fakes.paged import Visitor, on_loopback
from fakes.shops import Shops, two_shops

TYPES: Final = ("ZeroDivisionError", "com.example.shop.NoAnswerInTimeException", "<b>Odd</b>")
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "wide, dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    with two_shops() as found:
        for at, kind in enumerate(TYPES):
            found.report("shop", kind, 6 - 2 * at, users=2, hours_ago=3 * at)
        found.report("web", "TypeError", 3, hours_ago=10)
        yield found


@pytest.fixture
async def counted(shops: Shops, tmp_path: Path) -> AsyncIterator[Visitor]:
    """A visitor of a service that has read its figures."""
    mapped: dict[str, Any] = {**shops.mapped(tmp_path)}
    async with on_loopback(tmp_path, **mapped) as visitor:
        await visitor.service.statistics.refresh()
        yield visitor


@pytest.mark.parametrize("screen", SCREENS)
async def test_charts_keep_the_rules_and_fill_their_place(
    eyes: Eyes, counted: Visitor, screen: str
) -> None:
    async with eyes.on(counted.url, **SCREENS[screen]) as page:
        broken = await broken_rules(page)
        section = page.locator("section.errors")
        line = await section.locator(".plot svg").bounding_box()
        whole = await section.bounding_box()
        drawn = await section.locator("polyline.line:not(.part)").get_attribute("points")
        bars = await section.locator(".share path:not(.whole)").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().width)"
        )

    assert broken == []
    assert line is not None
    assert whole is not None
    assert 0.75 * whole["width"] < line["width"] <= whole["width"]
    # A day begins and ends within an hour, except at the full one: parts are drawn apart.
    assert len((drawn or "").split()) in (23, 24)
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > bars[-1] > 0
    assert eyes.complaints == []


async def test_what_a_chart_shows_can_be_read(eyes: Eyes, counted: Visitor) -> None:
    async with eyes.on(counted.url) as page:
        section = page.locator("section.errors")
        tiles = await section.locator(".tiles").inner_text()
        picture = await section.locator(".plot svg").get_attribute("aria-label")
        await section.get_by_text("As a table").click()
        hours = await section.locator("details tbody tr").count()
        errors = await section.locator("details td").all_inner_texts()
        types = await section.locator(".types tbody th").all_inner_texts()
        links = await section.locator("table a").count()

    assert "15" in tiles
    assert picture is not None
    assert picture.startswith("Errors of each hour of the last 24")
    assert hours in (24, 25)
    assert sum(int(one.split()[0]) for one in errors) == 15
    assert [one.strip() for one in types] == [TYPES[0], TYPES[1], "TypeError", TYPES[2]]
    assert links == 4
