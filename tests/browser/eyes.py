"""A browser that remembers what it complained about, and looks at pages as people with other
eyes, hands and screens do. Source of the rules: WCAG 2.2, level AA."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, ConsoleMessage, Error, Page

RULES: Final = (Path(__file__).parent / "rules.js").read_text()


@dataclass
class Eyes:
    """`complaints` are errors of scripts, violations of the policy, and what could not be loaded."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def on(self, url: str, **context: Any) -> AsyncIterator[Page]:
        """A page of a fresh browser without cookies."""
        plain = {"viewport": {"width": 1200, "height": 800}}
        fresh = await self.browser.new_context(**{**plain, **context})
        page = await fresh.new_page()
        page.set_default_timeout(20_000)
        page.on("console", self._said)
        page.on("pageerror", self._failed)
        await page.goto(url)
        yield page
        await fresh.close()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(error.message)


async def broken_rules(page: Page) -> list[str]:
    """What a page does not keep of the rules, in words; empty where it keeps all."""
    found: list[str] = await page.evaluate(RULES)
    return found


async def stops(page: Page, most: int = 120) -> list[str]:
    """What the Tab key reaches, in its order, until it leaves the page."""
    found: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        at = await page.evaluate(
            "document.activeElement === document.body ? '' :"
            " document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"
        )
        if not at:
            return found
        found.append(at)
    return found
