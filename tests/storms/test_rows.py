"""Rows 26 and 24 of the attacks: it does not set itself going, and what strangers write is inert."""

import json
from pathlib import Path
from typing import Any, Final

from .ground import Ground, a_service, request, sent, webhook
from .payloads import SENTRY, Json, alert, comment, error, issue, packed

OURS: Final = {"type": "application", "id": "sentry-monitor", "name": "sentry-monitor"}
SCRIPT: Final = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def by(actor: Json, body: Json) -> Json:
    return {**body, "actor": actor}


async def becomes(ground: Ground, resource: str, body: Json) -> str:
    """What the sender was told."""
    answer = await sent(ground.port, webhook(packed(body), resource))
    told: dict[str, Any] = json.loads(answer.body)
    return str(told["reason"])


async def jobs(ground: Ground) -> list[str]:
    """The issues that have one, each as often as it has one."""
    await ground.decided()
    found = ground.rows("select issue_key from autofix_jobs order by created_at, issue_key")
    return [str(key).rpartition("/")[2] for (key,) in found]


async def test_what_we_do_ourselves_starts_no_job(tmp_path: Path) -> None:
    """A note of ours, its webhook, our resolution; then the same by Sentry itself."""
    note = by(OURS, comment(2))
    async with a_service(tmp_path) as ground:
        assert await becomes(ground, "comment", note) == "own_action"
        assert await becomes(ground, "comment", comment(2)) == "not_acted_on"
        assert await becomes(ground, "issue", by(OURS, issue(2))) == "own_action"
        assert await becomes(ground, "issue", by(OURS, issue(2, "created"))) == "own_action"
        assert await becomes(ground, "error", by(OURS, error(2, "a"))) == "own_action"
        assert await jobs(ground) == []

        assert await becomes(ground, "issue", by(SENTRY, issue(2))) == "enqueued"
        assert await jobs(ground) == ["2"]


async def test_an_error_of_its_own_run_starts_no_second_job(tmp_path: Path) -> None:
    """One job for each generation of an issue, by whatever it is told; another issue is another."""
    async with a_service(tmp_path) as ground:
        assert await becomes(ground, "error", error(2, "first")) == "enqueued"
        assert await jobs(ground) == ["2"]
        assert await becomes(ground, "error", error(2, "in our own run")) == "duplicate"
        assert await becomes(ground, "event_alert", alert(2, "an alert on it")) == "duplicate"
        assert await becomes(ground, "error", error(4, "another")) == "enqueued"
        assert await jobs(ground) == ["2", "4"]


async def test_an_hour_has_a_cap(tmp_path: Path) -> None:
    """Even where each error is of an issue of its own."""
    async with a_service(tmp_path, SENTRY_FIXER_JOBS_AN_HOUR="2") as ground:
        for number in (2, 4, 6, 8):
            await becomes(ground, "error", error(number, "x"))

        assert len(await jobs(ground)) == 2


async def test_script_in_a_title_is_inert_wherever_it_is_shown(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        await sent(ground.port, webhook(packed(error(2, "x", title=SCRIPT, message=SCRIPT))))
        await ground.decided()
        ((job,),) = ground.rows("select id from autofix_jobs")
        paths = (f"/api/v1/jobs/{job}", "/api/v1/jobs", "/api/v1/deliveries", "/", "/metrics")
        answers = {path: await sent(ground.port, request("GET", path)) for path in paths}

    assert b"alert(1)" in answers[f"/api/v1/jobs/{job}"].body
    for path, answer in answers.items():
        head = answer.head.decode().lower()
        assert "x-content-type-options: nosniff" in head, path
        assert "content-security-policy: default-src 'none'" in head, path
        assert "content-type: text/html" not in head or b"<script>alert" not in answer.body, path
        if path.startswith("/api"):
            assert "content-type: application/json" in head, path
