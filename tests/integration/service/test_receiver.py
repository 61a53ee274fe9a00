"""`/webhooks/sentry` over real HTTP: who is let in, what is answered, what comes of it."""

import pytest
import sqlalchemy as sa

from fakes.webhooks import SECRET, alert, headers, issue_event, raw
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.tables import JOBS, columns, job_of
from modules.autofix.job import Decision, Status
from modules.jobs.deliveries import State

from .conftest import Running, Start, told

PATH = "/webhooks/sentry"


async def test_the_health_check_says_what_is_set(start: Start) -> None:
    async with start() as running:
        answer = await running.http.get(PATH)
        assert told(answer) == {"ok": True, "configured": True, "enabled": True}
    async with start(SENTRY_WEBHOOK_SECRET="", SENTRY_FIXER_ENABLED="false") as running:
        answer = await running.http.get(PATH)
        assert told(answer) == {"ok": True, "configured": False, "enabled": False}


async def test_an_alert_becomes_one_job_with_its_payload(running: Running) -> None:
    body = alert("1")

    answer = await running.http.post(PATH, content=body, headers=headers(body, "event_alert"))

    assert answer.status_code == 202, answer.text
    settled = await running.settled(told(answer)["delivery"])
    assert (settled.state, settled.reason) == (State.DONE, "queued")
    job = await running.service.autofix.jobs.get(settled.job_id or "")
    assert (job.status, job.trigger, job.sentry_issue_id) == (Status.QUEUED, "webhook", "1")
    assert (job.organization_slug, job.project_key, job.sentry_event_id) == (
        "acme",
        "shop",
        "a" * 32,
    )
    assert job.payload_snapshot["data"]["data"]["triggered_rule"] == "New error"


async def test_the_same_content_again_is_known_whatever_its_request_says(running: Running) -> None:
    body = issue_event("1")
    first = await running.http.post(PATH, content=body, headers=headers(body))
    later = {**headers(body), "sentry-hook-timestamp": "1999999999"}

    again = await running.http.post(PATH, content=body, headers=later)

    assert (first.status_code, again.status_code) == (202, 200)
    assert told(again)["reason"] == "duplicate_delivery"
    assert told(again)["delivery"] == told(first)["delivery"]


async def test_another_event_of_an_issue_with_a_job_is_skipped(running: Running) -> None:
    body, more = issue_event("1"), alert("1")
    first = await running.http.post(PATH, content=body, headers=headers(body))
    settled = await running.settled(told(first)["delivery"])

    second = await running.http.post(PATH, content=more, headers=headers(more, "event_alert"))

    assert (second.status_code, told(second)["reason"]) == (200, "duplicate")
    other = await running.settled(told(second)["delivery"])
    assert (other.state, other.reason, other.job_id) == (State.SKIPPED, "duplicate", settled.job_id)
    assert len(await running.service.autofix.jobs.list()) == 1


@pytest.mark.parametrize(
    ("body", "resource", "reason"),
    [
        (issue_event(action="resolved"), "issue", "not_acted_on"),
        (issue_event(action="assigned"), "issue", "not_acted_on"),
        (issue_event(action="unresolved", substatus="ongoing"), "issue", "not_acted_on"),
        (issue_event(project={"slug": "elsewhere"}), "issue", "unmapped_project"),
        (issue_event(actor={"type": "application", "id": "ours"}), "issue", "own_action"),
        (raw({"action": "created", "data": {"comment": "hi", "issue_id": 1}}), "comment", "not_acted_on"),
        (raw({"action": "x", "data": {}}), "of_the_future", "not_acted_on"),
        (raw({}), "of_the_future", "not_acted_on"),
    ],
    ids=["resolved", "assigned", "ongoing", "unmapped", "own", "comment", "unknown", "empty"],
)  # fmt: skip
async def test_what_begins_nothing_is_kept_and_answered_200(
    running: Running, body: bytes, resource: str, reason: str
) -> None:
    answer = await running.http.post(PATH, content=body, headers=headers(body, resource))

    assert (answer.status_code, told(answer)["reason"]) == (200, reason)
    kept = await running.service.watch.inbox.get(told(answer)["delivery"])
    assert (kept.state, kept.body) == (State.SKIPPED, body)
    assert await running.service.autofix.jobs.list() == ()


async def test_switched_off_it_keeps_and_begins_nothing(start: Start) -> None:
    body = issue_event("1")
    async with start(SENTRY_FIXER_ENABLED="false") as running:
        answer = await running.http.post(PATH, content=body, headers=headers(body))

        assert (answer.status_code, told(answer)["reason"]) == (200, "disabled")
        assert await running.service.watch.inbox.counts() == {"skipped": 1}


async def test_without_a_secret_nothing_is_taken(start: Start) -> None:
    body = issue_event("1")
    async with start(SENTRY_WEBHOOK_SECRET="") as running:
        answer = await running.http.post(PATH, content=body, headers=headers(body))

        assert (answer.status_code, told(answer)["error"]["code"]) == (503, "not_configured")
        assert await running.service.watch.inbox.counts() == {}


async def test_for_development_unsigned_ones_are_taken_from_this_machine(start: Start) -> None:
    body = issue_event("1")
    bare = {"content-type": "application/json", "sentry-hook-resource": "issue"}
    async with start(SENTRY_WEBHOOK_SECRET="", SENTRY_WEBHOOK_ALLOW_UNSIGNED="true") as running:
        answer = await running.http.post(PATH, content=body, headers=bare)
        assert answer.status_code == 202
        forged = await running.http.post(
            PATH, content=body, headers={**bare, "sentry-hook-signature": "0" * 64}
        )
        assert forged.status_code == 503, "who signs is judged by the signature"


async def test_a_secret_is_changed_without_a_gap(start: Start) -> None:
    old, new = issue_event("1"), issue_event("2")
    async with start(SENTRY_WEBHOOK_SECRET=f"another-secret-0123,{SECRET}") as running:
        first = await running.http.post(PATH, content=old, headers=headers(old))
        second = await running.http.post(
            PATH, content=new, headers=headers(new, secret="another-secret-0123")
        )

        assert (first.status_code, second.status_code) == (202, 202)


async def test_the_old_plugin_is_let_in_by_its_path_alone(start: Start) -> None:
    body = raw(
        {
            "id": "1",
            "project": "shop",
            "project_slug": "shop",
            "level": "error",
            "url": "https://sentry.example/organizations/acme/issues/1/",
            "event": {"event_id": "c" * 32, "title": "boom"},
        }
    )
    plain = {"content-type": "application/json"}
    secret = "k" * 40
    async with start(SENTRY_WEBHOOK_LEGACY_TOKEN=secret) as running:
        right = await running.http.post(f"{PATH}/legacy/{secret}", content=body, headers=plain)
        wrong = await running.http.post(f"{PATH}/legacy/{'x' * 40}", content=body, headers=plain)

        assert (right.status_code, wrong.status_code) == (202, 404)
        settled = await running.settled(told(right)["delivery"])
        assert (settled.source, settled.resource, settled.state) == ("legacy", "legacy", State.DONE)
    async with start() as running:
        shut = await running.http.post(f"{PATH}/legacy/{secret}", content=body, headers=plain)
        empty = await running.http.post(f"{PATH}/legacy/", content=body, headers=plain)
        assert (shut.status_code, empty.status_code) == (404, 404)


async def test_a_service_hook_is_signed_with_a_header_of_its_own(running: Running) -> None:
    group = {"id": "1", "level": "error", "substatus": "new", "project": {"slug": "shop"}}
    body = raw({"project": {"slug": "shop"}, "group": group, "event": {"eventID": "d" * 32}})
    signature = headers(body)["sentry-hook-signature"]
    given = {"content-type": "application/json", "x-servicehook-signature": signature}

    answer = await running.http.post(PATH, content=body, headers=given)

    assert answer.status_code == 202
    settled = await running.settled(told(answer)["delivery"])
    assert (settled.source, settled.state) == ("service_hook", State.DONE)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sentry-hook-signature": "0" * 64}, 401, "bad_signature"),
        ({"sentry-hook-signature": ""}, 401, "bad_signature"),
        ({"sentry-hook-signature": "short"}, 401, "bad_signature"),
        ({"content-type": "text/plain"}, 415, "media_type"),
        ({"content-type": ""}, 415, "media_type"),
        ({"content-encoding": "gzip"}, 415, "content_encoding"),
    ],
    ids=["wrong", "empty", "short", "text", "untyped", "gzip"],
)
async def test_who_does_not_fit_is_turned_away_and_nothing_is_kept(
    running: Running, change: dict[str, str], status: int, code: str
) -> None:
    body = issue_event("1")

    answer = await running.http.post(PATH, content=body, headers={**headers(body), **change})

    assert (answer.status_code, told(answer)["error"]["code"]) == (status, code)
    assert told(answer)["ok"] is False
    assert await running.service.watch.inbox.counts() == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"action": "created"}', b"\xff"])
async def test_signed_nonsense_is_a_bad_request(running: Running, body: bytes) -> None:
    answer = await running.http.post(PATH, content=body, headers=headers(body))

    assert (answer.status_code, told(answer)["error"]["code"]) == (400, "bad_body")
    assert await running.service.watch.inbox.counts() == {}


async def test_more_than_five_million_bytes_are_not_read(running: Running) -> None:
    body = b"x" * 5_000_001

    answer = await running.http.post(PATH, content=body, headers=headers(body))

    assert (answer.status_code, told(answer)["error"]["code"]) == (413, "too_large")


async def test_an_error_that_came_back_has_a_job_of_its_own(running: Running) -> None:
    first, again = issue_event("1"), issue_event("1", "unresolved", substatus="regressed")
    answer = await running.http.post(PATH, content=first, headers=headers(first))
    old = await running.settled(told(answer)["delivery"])
    store = running.service.autofix.jobs
    cancel = Decision(kind="cancel", at=running.service.services.now())
    await store.decide(old.job_id or "", cancel)
    await _age(running, old.job_id or "")

    answer = await running.http.post(PATH, content=again, headers=headers(again))

    new = await running.settled(told(answer)["delivery"])
    assert (new.state, new.reason) == (State.DONE, "queued")
    assert (await store.get(new.job_id or "")).generation == 2


async def _age(running: Running, job_id: str) -> None:
    """As if the job had been two days ago."""
    store = running.service.autofix.jobs
    assert isinstance(store, JobStore)

    def work(conn: sa.Connection) -> None:
        job = job_of(conn.scalar(sa.select(JOBS.c.data).where(JOBS.c.id == job_id)) or "")
        moment = job.created_at.replace(year=job.created_at.year - 1)
        older = job.model_copy(update={"created_at": moment})
        change = sa.update(JOBS).where(JOBS.c.id == job_id)
        conn.execute(change.values(**columns(older), created_at=moment.timestamp()))

    await store.within(work)
