"""`pytest -m live -s`: every operation on the server that SENTRY_URL names, and back."""

import os
import sys
from typing import Any

import pytest

from fakes.desk import JOB_CALLS, TRACKER_CALLS
from fakes.round_trip import round_trip
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

# Repairs need a repository and an agent besides: tests/integration/test_autofix_commands.py.
# A project's settings are not ours to change, and what is switched on is not switched off from here.
NOT_TRIED = {"autofix-issue", "fix-project-setup", *JOB_CALLS, *TRACKER_CALLS}
ON_SENTRY = set(OPERATIONS.names) - NOT_TRIED
NEEDED = ("SENTRY_URL", "SENTRY_AUTH_TOKEN", "SENTRY_ORG_SLUG", "SENTRY_PROJECT", "SENTRY_DSN")


@pytest.mark.live
async def test_every_operation_works_on_the_live_server_and_leaves_it_as_it_was(
    request: pytest.FixtureRequest,
) -> None:
    if "live" not in str(request.config.getoption("markexpr")):
        pytest.skip("it changes an issue of a real server and back: asked for by -m live")
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.skip(f"needs a real Sentry-compatible server; set {', '.join(missing)}")

    trip = await round_trip(dict(os.environ))

    sys.stdout.write("\n".join(["", *trip.report, ""]))
    assert set(trip.done) == ON_SENTRY


async def test_the_live_suite_itself_works_on_a_local_server(
    sentry_environ: dict[str, str], sentry_process: dict[str, Any]
) -> None:
    dsn = sentry_process["projects"]["shop"]["dsn"]

    trip = await round_trip({**sentry_environ, "SENTRY_DSN": dsn})

    assert set(trip.done) == ON_SENTRY
    assert not [line for line in trip.report if "by hand" in line]
