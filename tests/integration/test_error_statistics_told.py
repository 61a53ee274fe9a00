"""get-error-statistics tells what is known, what is not, and how exactly; the clock is the test's."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from fakes.counting_desk import CountingDesk, counting_desk
from mcp_servers.sentry_monitor.src.kept_statistics import KeptStatistics

NOW = datetime(2026, 11, 26, 2, 0, 5, tzinfo=UTC)


@pytest.fixture
async def desk() -> AsyncIterator[CountingDesk]:
    async with counting_desk(NOW, ("shop", "web")) as found:
        yield found


def on_one_issue(url: httpx.URL) -> int:
    return 429 if "/issues/" in url.path.removesuffix("/issues/") else 0


def on_the_list_of_issues(url: httpx.URL) -> int:
    return 429 if url.path.endswith("/issues/") and url.params.get("sort") == "freq" else 0


async def test_that_none_was_resolved_is_a_figure(desk: CountingDesk) -> None:
    await desk.report("shop")

    (one,) = (await desk.data(project_slug="shop"))["projects"]

    assert (one["resolution"]["issues"], one["resolution"]["median_hours"]) == (0, None)
    assert "no issue resolved" in await desk.text(project_slug="shop")


async def test_whether_one_was_resolved_may_not_be_known(desk: CountingDesk) -> None:
    await desk.report("shop")
    await desk.resolve("shop", "ValueError", after=timedelta(hours=2))
    desk.refuses = on_one_issue

    data = await desk.data(project_slug="shop")
    text = await desk.text(project_slug="shop")

    assert data["projects"][0]["resolution"] is None
    assert "time to resolve unknown" in text
    assert "no issue" not in text


async def test_an_issue_that_is_gone_since_it_was_listed_hides_no_other(desk: CountingDesk) -> None:
    for kind in ("ValueError", "KeyError"):
        await desk.report("shop", kind)
        await desk.resolve("shop", kind, after=timedelta(hours=1))
    desk.refuses = lambda url: 404 if url.path.endswith("/issues/1/") else 0

    (one,) = (await desk.data(project_slug="shop"))["projects"]

    assert one["resolution"]["issues"] == 1


async def test_types_that_could_not_be_had_are_not_other_types(desk: CountingDesk) -> None:
    await desk.report("shop")
    await desk.report("web", "KeyError")
    desk.refuses = lambda url: on_the_list_of_issues(url) if url.params.get("project") == "1" else 0

    data = await desk.data()

    shop, web = data["projects"]
    assert (shop["type_count"], shop["other_errors"], shop["issue_count"]) == (None, None, None)
    assert (web["type_count"], web["other_errors"]) == (1, 0)
    assert (data["total"]["type_count"], data["total"]["other_errors"]) == (None, 0)
    (known,) = data["untrusted"]["data"]["total"]["types"]
    assert (known["type"], known["errors"], known["share"]) == ("KeyError", 1, 1.0)
    assert "shown:" not in await desk.text(project_slug="shop")


async def test_a_user_of_two_projects_is_one_of_all(desk: CountingDesk) -> None:
    for slug in ("shop", "web"):
        for user in ("1", "2", slug):
            await desk.report(slug, user=user)

    data = await desk.data()

    assert [one["affected_users"] for one in data["projects"]] == [3, 3]
    assert (data["total"]["affected_users"], data["total"]["affected_users_exact"]) == (4, True)
    assert "affected users: 4;" in await desk.text()


async def test_users_of_several_projects_may_be_known_only_as_a_sum(desk: CountingDesk) -> None:
    for slug in ("shop", "web"):
        await desk.report(slug)
    desk.refuses = lambda url: 400 if len(url.params.get_list("project")) > 1 else 0

    data = await desk.data()

    assert (data["total"]["affected_users"], data["total"]["affected_users_exact"]) == (2, False)
    assert "affected users: at most 2;" in await desk.text()


async def test_looks_that_one_project_does_not_need_the_others_get() -> None:
    slugs = [f"p{number}" for number in range(12)]
    async with counting_desk(NOW, slugs) as desk:
        for number in range(10):
            await desk.report("p1", f"E{number}")
        for number in range(10):
            await desk.resolve("p1", f"E{number}", after=timedelta(hours=1))

        data, text = await desk.data(), await desk.text()

    assert data["total"]["resolution"]["issues"] == 10
    assert data["total"]["resolution"]["median_hours"] == 5.5
    assert "10 issues resolved after 5.5 h" in text
    assert "looked at" not in text


async def test_a_choice_of_issues_is_told_and_does_not_prefer_the_youngest() -> None:
    """Those that were seen last have been open for the shortest time."""
    async with counting_desk(NOW) as desk:
        for number in range(60):
            await desk.report("shop", f"E{number}")
            desk.now += timedelta(minutes=10)
        for number in range(60):
            await desk.resolve("shop", f"E{number}")

        (one,) = (await desk.data(project_slug="shop"))["projects"]
        output = await desk.ask(project_slug="shop")
        text = await desk.text(project_slug="shop")

    found = one["resolution"]
    assert (found["issues"], found["looked_at"], found["of"]) == (24, 24, 60)
    assert abs(found["median_hours"] - 61 / 12) < 0.2  # of all 60
    assert "24 of 60 looked at" in text
    assert "Of 60 resolved issues, 24 were looked at for the time to resolve." in output.warnings


async def test_whoever_waits_for_nobody_may_look_at_more() -> None:
    async with counting_desk(NOW) as desk:
        for number in range(60):
            await desk.report("shop", f"E{number}")
            await desk.resolve("shop", f"E{number}")
        kept = KeptStatistics(
            desk.module(), every_s=300, now=lambda: desk.now, projects=lambda: ("shop",)
        )

        await kept.refresh()

    assert kept.latest is not None
    assert kept.latest.data["total"]["resolution"]["looked_at"] == 60


def by_ten_seconds(url: httpx.URL) -> int:
    return 429 if url.params.get("resolution") == "10s" else 0


@pytest.mark.parametrize("minutes", [0, 1, 30, 59])
@pytest.mark.parametrize("refused", [False, True])
async def test_a_steady_stream_is_as_much_a_day_whenever_it_is_asked_for(
    desk: CountingDesk, minutes: int, refused: bool
) -> None:
    desk.now += timedelta(minutes=minutes)
    for minute in range(50 * 60):
        desk.count("shop", desk.now - timedelta(seconds=60 * minute))
    if refused:
        desk.refuses = by_ten_seconds

    data = await desk.data(project_slug="shop")

    total = data["total"]
    assert (total["errors"], total["trend"]["before"]) == pytest.approx((1440, 1440), abs=1)
    assert total["rate"]["per_hour"] == pytest.approx(60, abs=0.1)
    assert data["start"] == (desk.now - timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert sum(total["series"]["errors"]) == total["errors"]


async def test_the_hour_in_which_a_day_begins_is_counted_by_the_minute(desk: CountingDesk) -> None:
    desk.now += timedelta(minutes=30)
    for days in (1, 2):
        desk.count("shop", desk.now - timedelta(days=days, minutes=20), 100)
        desk.count("shop", desk.now - timedelta(days=days, minutes=-20), 7)

    total = (await desk.data(project_slug="shop"))["total"]

    assert (total["errors"], total["trend"]["before"]) == (7, 107)


async def test_a_quiet_hour_costs_no_request(desk: CountingDesk) -> None:
    desk.count("shop", desk.now - timedelta(hours=3), 100)

    await desk.data(project_slug="shop")

    fine = [one for one in desk.seen if one.params.get("resolution") == "10s"]
    assert len(fine) == 1  # the last minutes
