"""What every test may use; a test that logs an unexpected ERROR fails."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("project", derandomize=True, deadline=None)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def no_unexpected_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("logs_errors") is None:
        records = [one for one in caplog.get_records("call") if one.levelno >= logging.ERROR]
        assert not records, f"unexpected ERROR: {records[0].getMessage()}"


@pytest.fixture(scope="session")
def sentry_process() -> Iterator[dict[str, Any]]:
    """A local Sentry with a few issues, as a real process: `{"url", "token", "org", "projects"}`."""
    command = [sys.executable, "-m", "modules.local_sentry", "--port", "0", "--seed"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="session")
def sentry_environ(sentry_process: dict[str, Any]) -> dict[str, str]:
    """The settings that reach it."""
    return {
        "SENTRY_URL": sentry_process["url"],
        "SENTRY_AUTH_TOKEN": sentry_process["token"],
        "SENTRY_ORG_SLUG": sentry_process["org"],
        "SENTRY_PROJECT": "shop",
    }
