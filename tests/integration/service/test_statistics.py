"""Error statistics by the service: API, metrics, first page; over real HTTP, on a real local Sentry."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.patience import until
from fakes.shops import Shops, two_shops

from .conftest import Start, told

TOKEN = "t" * 40
NOWHERE = {"SENTRY_URL": "http://127.0.0.1:9", "SENTRY_RETRY_ATTEMPTS": "1"}
OFF = {"SENTRY_STATISTICS_INTERVAL_MS": "0"}


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    with two_shops() as found:
        found.report("shop", "ValueError", 4, users=2)
        found.report("shop", 'a"} 1\nevil{x="')
        found.report("web", "OSError", 2)
        yield found


@pytest.fixture
def settings(shops: Shops, tmp_path: Path) -> dict[str, str]:
    return shops.mapped(tmp_path)


async def test_the_api_answers_as_the_operation_does(start: Start) -> None:
    async with start(**OFF) as running:
        of_all = await running.http.get("/api/v1/statistics")
        of_one = await running.http.get("/api/v1/statistics?project=web&period=1h")
        most = await running.http.get("/api/v1/statistics?limit=1")
        asked = {"project_slug": "web", "period": "1h"}
        by_name = await running.http.post("/api/v1/operations/get-error-statistics", json=asked)

    assert of_all.status_code == of_one.status_code == 200
    assert told(of_all)["data"]["total"]["errors"] == 7
    assert told(of_one)["data"]["period"] == "1h"
    assert len(told(most)["data"]["total"]["top_issues"]) == 1
    assert told(of_one)["data"]["total"]["errors"] == 2
    same = ("status", "operation", "warnings")
    assert [told(of_one)[name] for name in same] == [told(by_name)[name] for name in same]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?period=3y", 400, "bad_query"),
        ("?limit=0", 400, "bad_query"),
        ("?project=a%20b", 400, "bad_query"),
        ("?slug=shop", 400, "bad_query"),
        ("?period=1h&period=24h", 400, "bad_query"),
        ("?project=nowhere", 404, "not_found"),
    ],
)
async def test_what_does_not_fit_is_refused(
    start: Start, query: str, status: int, code: str
) -> None:
    async with start(**OFF) as running:
        answer = await running.http.get(f"/api/v1/statistics{query}")

    assert (answer.status_code, told(answer)["error"]["code"]) == (status, code)


async def test_a_sentry_that_is_away_is_told(start: Start) -> None:
    async with start(**OFF, **NOWHERE) as running:
        answer = await running.http.get("/api/v1/statistics")

    assert answer.status_code in (502, 503)
    assert told(answer)["error"]["next"]


async def test_it_is_behind_the_same_door_and_in_the_document(start: Start) -> None:
    async with start(token=TOKEN, **OFF) as running:
        shut = await running.http.get("/api/v1/statistics")
        login = {"authorization": f"Bearer {TOKEN}"}
        document = told(await running.http.get("/api/openapi.json", headers=login))

    assert shut.status_code == 401
    described = document["paths"]["/api/v1/statistics"]["get"]
    assert [one["name"] for one in described["parameters"]] == ["project", "period", "limit"]
    assert "24h" in described["parameters"][1]["schema"]["enum"]


async def test_metrics_tell_what_was_read_and_ask_for_nothing(start: Start) -> None:
    async with start() as running:
        await running.service.statistics.refresh()
        before = dict(running.service.services.sentry.tally)
        page = (await running.http.get("/metrics")).text
        after = dict(running.service.services.sentry.tally)

    assert before == after
    for line in (
        'sentry_monitor_errors_24h{project="shop"} 5.0',
        'sentry_monitor_errors_24h{project="web"} 2.0',
        'sentry_monitor_affected_users_24h{project="shop"} 2.0',
        'sentry_monitor_errors_by_type_24h{project="shop",type="ValueError"} 4.0',
        'sentry_monitor_errors_by_type_24h{project="shop",type="other"} 1.0',
        'sentry_monitor_issue_errors_24h{issue="SHOP-1",project="shop"} 4.0',
        'sentry_monitor_statistics_up{project="shop"} 1.0',
        'sentry_monitor_statistics_up{project="web"} 1.0',
    ):
        assert line in page
    assert 'sentry_monitor_errors_per_minute{project="shop"}' in page
    assert "evil" not in page


async def test_they_are_read_without_being_asked_for(start: Start) -> None:
    async with start() as running:

        async def page() -> str | None:
            told = (await running.http.get("/metrics")).text
            return told if 'sentry_monitor_statistics_up{project="web"} 1.0' in told else None

        assert 'sentry_monitor_errors_24h{project="web"} 2.0' in await until(page)


async def test_a_service_whose_sentry_is_away_says_so_in_its_metrics(start: Start) -> None:
    async with start(**NOWHERE) as running:
        await running.service.statistics.refresh()
        page = (await running.http.get("/metrics")).text

    assert 'sentry_monitor_statistics_up{project="shop"} 0.0' in page
    assert 'sentry_monitor_statistics_up{project="web"} 0.0' in page
    assert "sentry_monitor_errors_24h{" not in page


async def test_the_first_page_has_charts_with_words(start: Start) -> None:
    async with start() as running:
        await running.service.statistics.refresh()
        page = (await running.http.get("/", headers={"accept": "text/html"})).text

    assert "Errors of each hour of the last 24, oldest first" in page
    assert '<caption class="unseen">Errors of the last 24 hours by type</caption>' in page
    assert " in a part of the hour</title>" in page
    assert "ValueError: of shop" in page
    assert "in 2 projects" in page
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Affected users 2 Time to resolve" in words
    assert "none resolved" in words
    assert "evil{" in page
    assert '<svg viewBox="0 0 720 160"' in page


async def test_a_page_tells_one_number_of_a_project_and_why_it_is_not_well(start: Start) -> None:
    with two_shops() as own:
        own.report("shop", "ValueError", 3)
        async with start(**own.environ, SENTRY_PROJECTS="shop:1:shop:/nowhere") as running:
            await running.service.statistics.refresh()
            own.report("shop", "KeyError", 2)
            page = (await running.http.get("/", headers={"accept": "text/html"})).text

    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    above = re.search(r"Errors (\d+) Errors a minute", words)
    below = re.search(r"(\d+) errors in 24 h", words)
    assert above is not None
    assert below is not None
    assert above[1] == below[1]
    assert re.search(r"shop watch 2 new issues .* as of \d\d", words)


async def test_a_page_without_figures_says_why(start: Start) -> None:
    async with start(**OFF) as running:
        off = (await running.http.get("/", headers={"accept": "text/html"})).text
    async with start(**NOWHERE) as running:
        await running.service.statistics.refresh()
        away = (await running.http.get("/", headers={"accept": "text/html"})).text

    assert "SENTRY_STATISTICS_INTERVAL_MS is 0" in off
    assert "They cannot be shown: No connection to http://127.0.0.1:9" in away
