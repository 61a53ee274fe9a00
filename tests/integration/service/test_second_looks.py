"""What was in the way of a delivery goes away: nothing that should be repaired is lost by it."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fakes.webhooks import headers, issue_event
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.tables import JOBS, columns, job_of
from modules.autofix.job import Decision, Job, Outcome, Status
from modules.jobs.adapters.inbox_tables import INBOX
from modules.jobs.deliveries import State

from .conftest import Running, Start, told

PATH = "/webhooks/sentry"


async def pushed(running: Running, body: bytes) -> str:
    answer = await running.http.post(PATH, content=body, headers=headers(body))
    assert answer.status_code in (200, 202), answer.text
    await running.service.watch.drain()
    name: str = told(answer)["delivery"]
    return name


def store_of(running: Running) -> JobStore:
    store = running.service.autofix.jobs
    assert isinstance(store, JobStore)
    return store


async def changed(running: Running, job_id: str, *, older: timedelta, **changes: Any) -> Job:
    """A job as it might be by now."""

    def work(conn: sa.Connection) -> Job:
        job = job_of(conn.scalar(sa.select(JOBS.c.data).where(JOBS.c.id == job_id)) or "")
        created = job.created_at - older
        job = job.model_copy(update={**changes, "created_at": created})
        change = sa.update(JOBS).where(JOBS.c.id == job_id)
        conn.execute(change.values(**columns(job), created_at=created.timestamp()))
        return job

    return await store_of(running).within(work)


async def due_now(running: Running) -> None:
    """As if the time to wait were over."""
    inbox = running.service.watch.inbox
    await inbox._within(lambda conn: conn.execute(sa.update(INBOX).values(not_before=0.0)))
    await running.service.watch.drain()


async def test_what_an_hour_has_no_room_for_waits_for_the_next(start: Start) -> None:
    async with start(SENTRY_FIXER_JOBS_AN_HOUR="1") as running:
        first = await pushed(running, issue_event("1"))
        second = await pushed(running, issue_event("2"))
        inbox = running.service.watch.inbox

        waiting = await inbox.get(second)
        assert (waiting.state, waiting.reason) == (State.NEW, "rate_limited")
        begun = await inbox.get(first)
        await changed(running, begun.job_id or "", older=timedelta(hours=2))
        await due_now(running)

        assert (await inbox.get(second)).state is State.DONE


async def test_what_waits_for_room_already_is_not_waited_for_twice(start: Start) -> None:
    async with start(SENTRY_FIXER_JOBS_AN_HOUR="1") as running:
        await pushed(running, issue_event("1"))
        await pushed(running, issue_event("2"))
        again = await running.service.watch.inbox.get(
            await pushed(running, issue_event("2", culprit="another event of it"))
        )

        assert (again.state, again.reason) == (State.SKIPPED, "rate_limited")


async def test_one_that_waits_after_a_defect_keeps_no_other_from_being_decided(
    running: Running,
) -> None:
    inbox = running.service.watch.inbox
    first = await pushed(running, issue_event("1"))
    waits = {"state": State.NEW.value, "reason": "defect: KeyError", "job_id": None}
    later = sa.update(INBOX).where(INBOX.c.id == first).values(**waits, not_before=9e12)
    await inbox._within(lambda conn: conn.execute(later))
    await inbox._within(lambda conn: conn.execute(sa.delete(JOBS)))

    other = await inbox.get(await pushed(running, issue_event("1", culprit="another event of it")))

    assert other.state is State.DONE


async def test_a_regression_waits_until_the_pull_request_is_closed(running: Running) -> None:
    inbox = running.service.watch.inbox
    first = await inbox.get(await pushed(running, issue_event("1")))
    old = await changed(
        running,
        first.job_id or "",
        older=timedelta(days=2),
        status=Status.SUCCEEDED,
        outcome=Outcome.FIXED,
        pr_url="https://forge.example/1",
        pr_number=1,
    )

    again = await pushed(running, issue_event("1", "unresolved", substatus="regressed"))

    waiting = await inbox.get(again)
    assert (waiting.state, waiting.reason) == (State.NEW, "duplicate")
    await changed(running, old.id, older=timedelta(0), pr_url=None, pr_number=None)
    await due_now(running)
    settled = await inbox.get(again)
    assert settled.state is State.DONE
    assert (await store_of(running).get(settled.job_id or "")).generation == 2


async def test_a_second_generation_that_had_no_budget_is_tried_again(running: Running) -> None:
    inbox = running.service.watch.inbox
    first = await inbox.get(await pushed(running, issue_event("1")))
    days = timedelta(days=2)
    ended = {"status": Status.SUCCEEDED, "outcome": Outcome.FIXED}
    await changed(running, first.job_id or "", older=days, **ended)
    back = await inbox.get(
        await pushed(running, issue_event("1", "unresolved", substatus="regressed"))
    )
    broke = {"status": Status.SUCCEEDED, "outcome": Outcome.DECLINED, "reason": "budget_day"}
    await changed(running, back.job_id or "", older=timedelta(days=1), **broke)

    later = await inbox.get(await pushed(running, issue_event("1", count="99")))

    assert later.state is State.DONE
    assert (await store_of(running).get(later.job_id or "")).generation == 2


async def test_after_clearing_a_poll_finds_everything_again(running: Running) -> None:
    first = told(await running.http.post("/api/sentry/poll"))
    await running.service.watch.drain()
    before = {job.id for job in await store_of(running).list(limit=50)}
    for one in before:
        await changed(running, one, older=timedelta(days=1), status=Status.FAILED)

    cleared = told(await running.http.post("/api/sentry/clear"))
    again = told(await running.http.post("/api/sentry/poll"))
    await running.service.watch.drain()

    assert cleared == {"ok": True, "cleared": first["begun"], "kept": 0}
    assert again["begun"] == first["begun"]
    jobs = await store_of(running).list(limit=50)
    assert {job.status for job in jobs} == {Status.QUEUED}
    assert not {job.id for job in jobs} & before, "the queue knows their runs as ended"


async def test_a_poll_goes_on_with_what_had_no_budget(running: Running) -> None:
    found = told(await running.http.post("/api/sentry/poll"))
    await running.service.watch.drain()
    broke = {"status": Status.SUCCEEDED, "outcome": Outcome.DECLINED, "reason": "budget_day"}
    for job in await store_of(running).list(limit=50):
        await changed(running, job.id, older=timedelta(days=1), **broke)

    again = told(await running.http.post("/api/sentry/poll"))

    assert again["begun"] == found["begun"]


async def test_a_delivery_replayed_after_clearing_begins_a_job_that_can_run(
    running: Running,
) -> None:
    inbox = running.service.watch.inbox
    name = await pushed(running, issue_event("1"))
    before = await inbox.get(name)
    await changed(running, before.job_id or "", older=timedelta(days=1), status=Status.FAILED)
    await running.http.post("/api/sentry/clear")

    await running.http.post(f"/api/v1/deliveries/{name}/replay")

    after = await inbox.get(name)
    assert after.state is State.DONE
    assert after.job_id != before.job_id, "the queue knows the old run as ended"
    assert (await store_of(running).get(after.job_id or "")).status is Status.QUEUED


async def test_a_replay_of_what_began_a_job_keeps_its_record(running: Running) -> None:
    inbox = running.service.watch.inbox
    name = await pushed(running, issue_event("1"))
    before = await inbox.get(name)

    await running.http.post(f"/api/v1/deliveries/{name}/replay")

    after = await inbox.get(name)
    assert (after.state, after.job_id) == (State.DONE, before.job_id)


async def test_what_was_decided_never_to_fix_stays_so(running: Running) -> None:
    inbox = running.service.watch.inbox
    first = await inbox.get(await pushed(running, issue_event("1")))
    at = running.service.services.now()
    await store_of(running).decide(first.job_id or "", Decision(kind="wont_fix", at=at))
    await changed(running, first.job_id or "", older=timedelta(days=2))

    again = await inbox.get(
        await pushed(running, issue_event("1", "unresolved", substatus="regressed"))
    )

    assert (again.state, again.reason) == (State.SKIPPED, "wont_fix")


@pytest.mark.parametrize("given", [{"x-forwarded-for": "1.2.3.4"}, {"origin": "http://x"}, {"host": "evil.example"}])  # fmt: skip
async def test_the_door_for_development_is_shut_to_proxies_and_pages(
    start: Start, given: dict[str, str]
) -> None:
    body = issue_event("1")
    bare = {"content-type": "application/json", "sentry-hook-resource": "issue", **given}
    async with start(SENTRY_WEBHOOK_SECRET="", SENTRY_WEBHOOK_ALLOW_UNSIGNED="true") as running:
        answer = await running.http.post(PATH, content=body, headers=bare)

        assert answer.status_code == 503
