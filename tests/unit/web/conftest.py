"""A visitor of the pages, with webhooks of a known secret."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.paged import WEBHOOK_SECRET, Visitor, visiting


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path, SENTRY_WEBHOOK_SECRET=WEBHOOK_SECRET) as visitor:
        yield visitor
