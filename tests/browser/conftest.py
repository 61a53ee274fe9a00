"""The system's Chromium, without a screen; what it complains about fails a test."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from browser.eyes import Eyes
from fakes.paged import Visitor, on_loopback


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no chromium: run `make test-agents`")
    return found


@pytest.fixture
async def eyes(chromium: str) -> AsyncIterator[Eyes]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield Eyes(browser)
        await browser.close()


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with on_loopback(tmp_path) as visitor:
        yield visitor
