"""Both generations of alerts, and a file that names every kind of channel."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fakes.alerting import GENERATIONS, Ground, alert_ground

EVERY_CHANNEL = """
built_in = true

[channels.ops]
type = "slack"
workspace = "acme"
channel = "#alerts"

[channels.owners]
type = "email"
to = "issue_owners"

[channels.backend]
type = "email"
team = "backend"

[channels.jane]
type = "email"
member = "local@acme.example"

[channels.pager]
type = "pagerduty"
account = "acme"
service = "checkout"

[channels.bot]
type = "sentry_app"
app = "ops-bot"

[channels.hook]
type = "webhook"

[defaults]
environment = "production"

[rules.error-rate]
channels = ["ops", "owners", "backend", "jane", "pager", "bot"]

[rules.regressions]
level = "error"
"""


@pytest.fixture(params=GENERATIONS)
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    async with alert_ground(request.param) as found:
        yield found


@pytest.fixture
async def legacy() -> AsyncIterator[Ground]:
    async with alert_ground("legacy") as found:
        yield found


@pytest.fixture
async def workflows() -> AsyncIterator[Ground]:
    async with alert_ground("workflows") as found:
        yield found


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[[str], Path]:
    """A file of alert rules."""

    def write(text: str) -> Path:
        path = tmp_path / "alerts.toml"
        path.write_text(text)
        return path

    return write
