"""The API over real HTTP: the documented endpoints, jobs, decisions, events, metrics."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from fakes.repairs import report
from fakes.webhooks import headers, issue_event
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.decisions import diff_sha256
from modules.autofix.job import Attempt, Job, Outcome, Status

from .conftest import Running, Start, told

DIFF = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


async def a_job(running: Running, issue: str = "1", **changes: Any) -> Job:
    """A job by way of a webhook, then as `changes` say."""
    body = issue_event(issue)
    answer = await running.http.post("/webhooks/sentry", content=body, headers=headers(body))
    settled = await running.settled(told(answer)["delivery"])
    store = running.service.autofix.jobs
    assert isinstance(store, JobStore)
    job = await store.take(settled.job_id or "", 0)
    assert job is not None
    return await store.save(job.model_copy(update=changes)) if changes else job


async def waiting(running: Running) -> Job:
    at = running.service.services.now()
    attempt = Attempt(number=1, started_at=at, diff=DIFF, report=report(), cost_usd=0.25)
    return await a_job(running, status=Status.WAITING, attempts=(attempt,))


async def test_the_status_tells_what_is_worked_on(running: Running) -> None:
    assert told(await running.http.get("/api/sentry/status")) == {
        "enabled": True,
        "processed": 0,
        "activeProcessing": [],
    }
    job = await a_job(running)
    await a_job(running, "2", status=Status.SUCCEEDED, outcome=Outcome.FIXED)

    found = told(await running.http.get("/api/sentry/status"))

    (active,) = found["activeProcessing"]
    assert found["processed"] == 1
    assert (active["issueId"], active["module"], active["jobId"]) == ("1", "shop", job.id)
    assert isinstance(active["duration"], int)


async def test_the_processor_says_whether_it_is_set_up(start: Start) -> None:
    async with start(GITHUB_TOKEN="ghp_" + "a" * 36) as running:
        found = told(await running.http.get("/api/sentry-fixer/process"))
        assert found == {
            "ok": True,
            "enabled": True,
            "configured": {"github": True, "slack": False},
            "hasPendingJobs": False,
        }
        body = issue_event("1")
        await running.http.post("/webhooks/sentry", content=body, headers=headers(body))
        await running.service.watch.drain()
        assert told(await running.http.get("/api/sentry-fixer/process"))["hasPendingJobs"]


@pytest.mark.parametrize("batch", ["0", "6", "-1", "x", "", "1.0", "٣", "99999999999999999999"])
async def test_a_batch_is_one_to_five(running: Running, batch: str) -> None:
    answer = await running.http.post("/api/sentry-fixer/process", params={"batch": batch})

    assert (answer.status_code, told(answer)["error"]["code"]) == (400, "bad_batch")


async def test_the_processor_runs_jobs_where_no_worker_does(running: Running) -> None:
    """Their repository does not exist, which each of them says."""
    for issue in ("1", "2"):
        body = issue_event(issue)
        await running.http.post("/webhooks/sentry", content=body, headers=headers(body))

    first = told(await running.http.post("/api/sentry-fixer/process", timeout=60))

    assert (first["ok"], first["processed"], first["succeeded"], first["failed"]) == (True, 1, 0, 1)
    (result,) = first["results"]
    assert (result["success"], result["reason"]) == (False, "repository_missing")
    rest = told(await running.http.post("/api/sentry-fixer/process?batch=5", timeout=60))
    assert rest["processed"] == 1
    none = told(await running.http.post("/api/sentry-fixer/process?batch=5", timeout=60))
    assert (none["processed"], none["results"]) == (0, [])


async def test_jobs_are_listed_by_their_documented_names(running: Running) -> None:
    job = await waiting(running)

    (listed,) = told(await running.http.get("/api/v1/jobs"))["jobs"]
    whole = told(await running.http.get(f"/api/v1/jobs/{job.id}"))

    names = {"id", "sentryIssueId", "organizationSlug", "projectSlug", "issueTitle", "status"}
    assert names <= set(listed)
    assert "diff" not in listed["attempts"][0]
    assert whole["attempts"][0]["diff"] == DIFF
    assert whole["diffSha256"] == diff_sha256(job)
    assert whole["payloadSnapshot"]["data"]["action"] == "created"
    assert [one["message"] for one in whole["history"]] == ["queued"]


@pytest.mark.parametrize(
    ("query", "number"),
    [("status=waiting", 1), ("status=failed", 0), ("project=shop", 1), ("project=x", 0)],
)
async def test_jobs_are_filtered(running: Running, query: str, number: int) -> None:
    await waiting(running)

    assert len(told(await running.http.get(f"/api/v1/jobs?{query}"))["jobs"]) == number


@pytest.mark.parametrize(
    "query", ["status=odd", "limit=0", "limit=1000", "limit=x", "unknown=1", "limit=1&limit=2"]
)
async def test_a_query_that_does_not_fit_is_named(running: Running, query: str) -> None:
    answer = await running.http.get(f"/api/v1/jobs?{query}")

    assert (answer.status_code, told(answer)["error"]["code"]) == (400, "bad_query")


async def test_an_approval_names_the_diff_that_was_read(running: Running) -> None:
    job = await waiting(running)
    at = f"/api/v1/jobs/{job.id}/decisions"

    unread = await running.http.post(at, json={"decision": "approve"})
    other = await running.http.post(at, json={"decision": "approve", "diff_sha256": "0" * 64})
    right = {"decision": "approve", "diff_sha256": diff_sha256(job)}
    approved = await running.http.post(at, json=right)
    late = await running.http.post(at, json=right)

    assert [one.status_code for one in (unread, other, approved, late)] == [409, 409, 200, 409]
    assert (told(approved)["status"], told(approved)["approved"]) == ("queued", True)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"json": {}}, 400),
        ({"json": {"decision": "merge"}}, 400),
        ({"json": {"decision": "approve", "more": 1}}, 400),
        ({"json": {"decision": "approve", "diff_sha256": "short"}}, 400),
        ({"json": []}, 400),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"decision=approve"}, 415),
        ({"json": {"decision": "retry"}}, 409),
        ({"json": {"decision": "guide", "text": " "}}, 400),
    ],
    ids=["empty", "merge", "more", "sha", "list", "broken", "form", "retry", "guide"],
)
async def test_a_decision_that_does_not_fit_changes_nothing(
    running: Running, given: dict[str, Any], status: int
) -> None:
    job = await waiting(running)

    answer = await running.http.post(f"/api/v1/jobs/{job.id}/decisions", **given)

    assert answer.status_code == status
    assert told(answer)["ok"] is False
    assert await running.service.autofix.jobs.get(job.id) == job


@pytest.mark.parametrize("name", ["nope", "0" * 32, "..", "%2e%2e", "x" * 200, "a b", "ä"])
async def test_a_job_that_is_not_there_is_not_found(running: Running, name: str) -> None:
    answer = await running.http.get(f"/api/v1/jobs/{name}")

    assert answer.status_code == 404
    assert told(answer)["ok"] is False


async def test_a_delivery_is_replayed_once_what_was_in_its_way_is_gone(
    start: Start, settings: dict[str, str]
) -> None:
    body = issue_event("1")
    async with start(SENTRY_FIXER_ENABLED="false") as running:
        answer = await running.http.post("/webhooks/sentry", content=body, headers=headers(body))
        name = told(answer)["delivery"]
    async with start() as running:
        (listed,) = told(await running.http.get("/api/v1/deliveries?state=skipped"))["deliveries"]
        assert (listed["id"], listed["reason"]) == (name, "disabled")

        replayed = told(await running.http.post(f"/api/v1/deliveries/{name}/replay"))

        assert (replayed["state"], replayed["reason"]) == ("done", "queued")
        assert (await running.service.autofix.jobs.get(replayed["jobId"])).sentry_issue_id == "1"
        missing = await running.http.post(f"/api/v1/deliveries/{'0' * 64}/replay")
        assert missing.status_code == 404


async def test_clearing_forgets_what_is_over_and_nothing_else(running: Running) -> None:
    await a_job(running, "1", status=Status.SUCCEEDED, outcome=Outcome.FIXED)
    await a_job(running, "2", status=Status.CANCELLED, outcome=Outcome.WONT_FIX)
    active = await a_job(running, "3")

    assert told(await running.http.post("/api/sentry/clear")) == {
        "ok": True,
        "cleared": 1,
        "kept": 2,
    }
    left = await running.service.autofix.jobs.list()
    assert {job.sentry_issue_id for job in left} == {"2", "3"}
    assert active.id in {job.id for job in left}


async def test_any_operation_can_be_run(running: Running) -> None:
    found = await running.http.post("/api/v1/operations/get-recent-issues", json={"limit": 2})
    unknown = await running.http.post("/api/v1/operations/get-recent-issue", json={})
    wrong = await running.http.post("/api/v1/operations/get-recent-issues", json={"limit": 0})

    assert found.status_code == 200
    assert told(found)["status"] == "success"
    assert (unknown.status_code, wrong.status_code) == (400, 400)
    assert "get-recent-issues" in told(unknown)["error"]["message"] + told(unknown)["error"]["next"]


async def test_whoever_listens_hears_of_changes(running: Running) -> None:
    async with asyncio.timeout(20), running.http.stream("GET", "/api/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 3000"
        await asyncio.sleep(1.2)  # past the first look
        await a_job(running)
        async for line in lines:
            if line == "event: change":
                break
        assert "number" in json.loads((await anext(lines)).removeprefix("data: "))


async def test_metrics_count_what_came_and_what_came_of_it(running: Running) -> None:
    await waiting(running)
    body = issue_event("9", "resolved")
    await running.http.post("/webhooks/sentry", content=body, headers=headers(body))
    await running.http.post("/webhooks/sentry", content=body, headers={})

    page = (await running.http.get("/metrics")).text

    for line in (
        'sentry_monitor_deliveries_total{kind="issue",result="enqueued"} 1.0',
        'sentry_monitor_deliveries_total{kind="issue",result="not_acted_on"} 1.0',
        'sentry_monitor_deliveries_refused_total{code="media_type"} 1.0',
        'sentry_monitor_jobs{outcome="",project="shop",status="waiting"} 1.0',
        'sentry_monitor_inbox{state="done"} 1.0',
        "sentry_monitor_database_up 1.0",
        "sentry_monitor_inbox_oldest_seconds 0.0",
        "sentry_monitor_queue_depth 0.0",
    ):
        assert line in page


async def test_it_is_alive_and_ready(running: Running) -> None:
    assert told(await running.http.get("/healthz")) == {"ok": True}
    ready = await running.http.get("/readyz", headers={"host": "anything.example"})
    assert told(ready) == {"ok": True, "worker": False, "paused": False}


async def test_the_document_describes_every_endpoint_and_is_valid(running: Running) -> None:
    document = told(await running.http.get("/api/openapi.json"))

    assert document["openapi"].startswith("3.1")
    for path, method in (
        ("/webhooks/sentry", "post"),
        ("/webhooks/sentry", "get"),
        ("/api/sentry-fixer/process", "post"),
        ("/api/sentry/status", "get"),
        ("/api/v1/jobs/{id}/decisions", "post"),
        ("/metrics", "get"),
    ):
        assert method in document["paths"][path]


async def test_mcp_is_served_beside_it(running: Running) -> None:
    """Without an application for it there is none; `serve` gives one (test_serve.py)."""
    answer = await running.http.post("/mcp", json={})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/sentry/poll", 405),
        ("DELETE", "/api/v1/jobs", 405),
        ("PUT", "/webhooks/sentry", 405),
        ("GET", "/nope", 404),
        ("POST", "/healthz", 405),
    ],
)
async def test_a_wrong_method_or_path_is_told_in_json(
    running: Running, method: str, path: str, status: int
) -> None:
    answer = await running.http.request(method, path)

    assert answer.status_code == status
    assert told(answer)["ok"] is False


# ------------------------------------------------------------------------------------- the door

TOKEN = "t" * 40


async def test_with_a_token_everything_but_webhooks_and_health_needs_it(start: Start) -> None:
    async with start(token=TOKEN) as running:
        paths = ["/api/sentry/status", "/api/v1/jobs", "/metrics", "/api/openapi.json"]
        shut = [(await running.http.get(path)).status_code for path in paths]
        wrong = [
            (await running.http.get(path, headers={"authorization": "Bearer x"})).status_code
            for path in paths
        ]
        right = [
            (await running.http.get(path, headers={"authorization": f"Bearer {TOKEN}"})).status_code
            for path in paths
        ]
        in_url = await running.http.get(f"/api/v1/jobs?token={TOKEN}")
        open_ = [(await running.http.get(p)).status_code for p in ("/healthz", "/webhooks/sentry")]

        assert (shut, wrong, right) == ([401] * 4, [401] * 4, [200] * 4)
        assert in_url.status_code == 401
        assert open_ == [200, 200]
        page = await running.http.get("/", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": ""}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"host": "status.localhost"}, 200),
        ({"host": "LOCALHOST:8081"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
    ids=str,
)
async def test_only_our_own_names_and_pages_are_served(
    running: Running, given: dict[str, str], status: int
) -> None:
    assert (await running.http.get("/api/v1/jobs", headers=given)).status_code == status


async def test_every_answer_carries_what_keeps_a_browser_safe(running: Running) -> None:
    answers: list[httpx.Response] = [
        await running.http.get(path) for path in ("/healthz", "/nope", "/api/v1/jobs", "/metrics")
    ]

    for one in answers:
        assert "default-src 'none'" in one.headers["content-security-policy"]
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert one.headers["cache-control"] == "no-store"
        assert "server" not in one.headers
