"""The poll against a real Sentry stand-in: what webhooks missed, found once."""

import asyncio
from functools import partial

import httpx
import pytest

from fakes.patience import until
from fakes.webhooks import headers, issue_event
from modules.jobs.deliveries import State

from .conftest import Running, Start, told


async def test_what_no_webhook_told_is_found_and_reported(running: Running) -> None:
    body = issue_event("1")
    await running.http.post("/webhooks/sentry", content=body, headers=headers(body))

    first = told(await running.http.post("/api/sentry/poll"))

    assert (first["ok"], first["projects"], first["problems"]) == (True, 1, [])
    assert first["looked"] >= 3
    assert first["missed"] == first["looked"] - 1, "issue 1 was pushed"
    await running.http.post("/api/sentry/poll")  # it finds nothing more, and the gap is told still
    metrics = (await running.http.get("/metrics")).text
    assert f"sentry_monitor_missed_24h {first['missed']}.0" in metrics
    await running.service.watch.drain()
    jobs = await running.service.autofix.jobs.list()
    assert len({job.sentry_issue_id for job in jobs}) == len(jobs) == first["looked"]
    assert {job.trigger for job in jobs} == {"webhook", "poll"}


async def test_the_next_poll_asks_once_and_finds_nothing_new(running: Running) -> None:
    await running.http.post("/api/sentry/poll")
    asked = running.service.services.sentry.tally["ok"]

    again = told(await running.http.post("/api/sentry/poll"))

    assert (again["looked"], again["begun"], again["missed"]) == (0, 0, 0)
    assert running.service.services.sentry.tally["ok"] - asked == 1, "one request for one project"


async def test_two_who_ask_at_a_time_share_one_poll(running: Running) -> None:
    answers = await asyncio.gather(*(running.http.post("/api/sentry/poll") for _ in range(4)))

    assert len({answer.text for answer in answers}) == 1
    assert len(await running.service.poller.recent()) == 1


async def test_switched_off_it_does_not_poll(start: Start) -> None:
    async with start(SENTRY_FIXER_ENABLED="false") as running:
        answer = await running.http.post("/api/sentry/poll")

        assert (answer.status_code, told(answer)["error"]["code"]) == (503, "autofix_disabled")
        assert await running.service.poller.recent() == []


async def test_an_outage_is_told_for_its_project_and_loses_nothing(start: Start) -> None:
    away = {"SENTRY_URL": "http://127.0.0.1:9", "SENTRY_TIMEOUT": "5"}
    async with start(**away) as running:
        found = told(await running.http.post("/api/sentry/poll", timeout=30))

        assert found["looked"] == 0
        (problem,) = found["problems"]
        assert problem.startswith("shop: ")
    async with start() as running:
        assert told(await running.http.post("/api/sentry/poll"))["looked"] >= 3


async def test_a_schedule_polls_by_itself(start: Start) -> None:
    async with start(SENTRY_POLL_INTERVAL_MS="10000") as running:
        await until(running.service.poller.recent)
        await until(partial(running.service.watch.inbox.list, state=State.DONE))


async def test_what_the_filters_do_not_admit_is_left_alone(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mapping = tmp_path_factory.mktemp("projects") / "projects.toml"
    mapping.write_text(
        '[projects.shop]\nrepository = "/srv/shop"\n'
        '[projects.shop.filters]\nevents_24h = 100000\nlevels = ["fatal"]\npriorities = []\n'
    )
    async with start(SENTRY_PROJECTS_FILE=str(mapping)) as running:
        found = told(await running.http.post("/api/sentry/poll"))

        assert found["looked"] >= 3
        assert found["begun"] == 0
        assert await running.service.watch.inbox.counts() == {}


async def test_the_gap_is_not_told_where_no_webhook_is_expected(start: Start) -> None:
    async with start(SENTRY_WEBHOOK_SECRET="") as running:
        found = told(await running.http.post("/api/sentry/poll"))

        assert (found["missed"], found["begun"] > 0) == (0, True)


async def test_pages_of_other_sites_cannot_begin_a_poll(running: Running) -> None:
    crossing = [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]

    answers: list[httpx.Response] = [
        await running.http.post("/api/sentry/poll", headers=one) for one in crossing
    ]

    assert [one.status_code for one in answers] == [403, 403]
    assert await running.service.poller.recent() == []
