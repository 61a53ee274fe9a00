"""Servers that speak Sentry's API less well, one for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from fakes.desk import TOKEN, Desk, desk_on_http, open_desk
from fakes.glitchtip import GlitchTip
from fakes.old_sentry import OldSentry


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def glitch(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, GlitchTip(TOKEN))


@pytest.fixture
def glitch_2022(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, GlitchTip(TOKEN, of_2022=True))


@pytest.fixture
def old(closing: AsyncExitStack) -> Desk:
    return open_desk(closing, OldSentry(TOKEN))


@pytest.fixture
async def http_glitch() -> AsyncIterator[Desk]:
    async with desk_on_http(GlitchTip(TOKEN)) as desk:
        yield desk


@pytest.fixture
async def http_glitch_2022() -> AsyncIterator[Desk]:
    async with desk_on_http(GlitchTip(TOKEN, of_2022=True)) as desk:
        yield desk


@pytest.fixture
async def http_old() -> AsyncIterator[Desk]:
    async with desk_on_http(OldSentry(TOKEN)) as desk:
        yield desk


@pytest.fixture(params=["glitch", "glitch_2022", "old"])
def any_desk(request: pytest.FixtureRequest) -> Desk:
    desk: Desk = request.getfixturevalue(request.param)
    return desk


@pytest.fixture(params=["http_glitch", "http_glitch_2022", "http_old"])
def any_http_desk(request: pytest.FixtureRequest) -> Desk:
    desk: Desk = request.getfixturevalue(request.param)
    return desk
