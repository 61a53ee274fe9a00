"""The service reports its own errors where SENTRY_DSN says so."""

import asyncio
from pathlib import Path

from demo.processes import bare
from fakes.recorder import recording
from fakes.reporting_apps import behind

from .test_serve import PATIENCE_S, PROGRAM, logged, serving

DSN = f"http://{'a' * 32}@host/1"


async def test_the_service_says_that_it_reports(settings: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    with recording() as wire:
        told = {"SENTRY_DSN": behind(DSN, wire.url), "SENTRY_ENVIRONMENT": "lab"}
        async with serving({**settings, **told}, log) as (_, process):
            pass

    assert process.returncode == 0
    said = [one["message"] for one in logged(log)]
    assert "Sentry initialized for environment: lab" in said


async def test_a_malformed_dsn_ends_the_start_and_is_not_shown(settings: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        env=bare(**settings, SENTRY_DSN="https://s3cr3tvalue@host/shop"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == 11
    assert b"SENTRY_DSN is no DSN" in said
    assert b"s3cr3tvalue" not in said
