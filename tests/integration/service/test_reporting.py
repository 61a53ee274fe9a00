"""The service reports its own errors where SENTRY_DSN says so."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx

from demo.processes import bare
from fakes.patience import until
from fakes.recorder import Recorder, recording
from fakes.reporting_apps import behind
from fakes.webhooks import headers, issue_event

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


def refuse_rows(database: str, table: str) -> None:
    """As a defect of ours would be met: not a database that is away, which is waited for."""
    with closing(sqlite3.connect(database, timeout=30)) as opened, opened:
        opened.execute(
            f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'refused for api_key=s3cr3tvalue0123456789'); END"
        )


async def told(wire: Recorder, words: str) -> bool:
    return any(words in str(one.get("logentry")) for one in wire.of("event"))


async def test_its_defects_arrive_from_each_of_its_processes_and_are_counted(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with recording() as wire:
        reporting = {**settings, "SENTRY_DSN": behind(DSN, wire.url), "SENTRY_ENVIRONMENT": "lab"}
        async with (
            serving(reporting, tmp_path / "serve.log", "--no-worker") as (at, _),
            httpx.AsyncClient(base_url=at, trust_env=False) as http,
        ):
            refuse_rows(settings["SENTRY_DB_PATH"], "autofix_jobs")
            body = issue_event("1")
            kept = await http.post("/webhooks/sentry", content=body, headers=headers(body))
            assert kept.status_code == 202
            await until(partial(told, wire, "could not be decided"))  # by the process beside it

            refuse_rows(settings["SENTRY_DB_PATH"], "inbox")
            body = issue_event("2")
            await http.post("/webhooks/sentry", content=body, headers=headers(body))
            await until(partial(told, wire, "could not be kept"))
            metrics = (await http.get("/metrics")).text

    assert 'sentry_events_captured_total{kind="error"}' in metrics
    assert {one["environment"] for one in wire.of("event")} == {"lab"}
    assert "s3cr3tvalue" not in wire.text


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
