from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from modules.local_sentry.projects import find_project

Build = Callable[..., Any]
API = "/api/0/organizations/acme/"


@pytest.fixture
async def server(a_server: Build, an_error: Build) -> Any:
    """Three events now, one a day ago."""
    local = a_server(projects=("shop", "web"))
    noon = local.clock.now.timestamp()
    await local.send(an_error(timestamp=noon - 86400, user={"id": "1"}))
    for kind in ("ValueError", "ValueError", "KeyError"):
        await local.send(an_error(kind, user={"id": "2"}))
    return local


async def test_outcomes_have_a_series_that_adds_up(server: Any) -> None:
    answer = await server.get(
        "stats_v2/?groupBy=outcome&field=sum(quantity)&statsPeriod=2d&interval=1h"
    )

    (group,) = answer["groups"]
    assert group["totals"] == {"sum(quantity)": 4}
    assert sum(group["series"]["sum(quantity)"]) == 4
    assert len(group["series"]["sum(quantity)"]) == len(answer["intervals"])


async def test_grouped_by_project_there_is_no_series(server: Any) -> None:
    answer = await server.get("stats_v2/?groupBy=project&field=sum(quantity)&statsPeriod=2d")

    assert answer["groups"] == [{"by": {"project": 1}, "totals": {"sum(quantity)": 4}}]
    assert "intervals" not in answer


@pytest.mark.parametrize(
    "query",
    [
        "groupBy=outcome&field=sum(quantity)",
        "groupBy=outcome&statsPeriod=1d",
        "field=sum(quantity)&statsPeriod=1d",
        "groupBy=colour&field=sum(quantity)&statsPeriod=1d",
        "groupBy=outcome&field=sum(quantity)&statsPeriod=1d&interval=7h",
        "groupBy=outcome&field=sum(quantity)&statsPeriod=90d&interval=1s",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(server: Any, query: str) -> None:
    assert (await server.client.get(f"{API}stats_v2/?{query}")).status_code == 400


async def test_a_range_may_be_given_in_epoch_seconds(server: Any) -> None:
    noon = int(server.clock.now.timestamp())
    query = f"groupBy=category&field=sum(quantity)&start={noon - 3600}&end={noon}"

    answer = await server.get(f"stats_v2/?{query}")

    assert [one["totals"]["sum(quantity)"] for one in answer["groups"]] == [3]


async def test_project_stats_are_filled_with_zeros(server: Any) -> None:
    answer = await server.client.get("/api/0/projects/acme/shop/stats/?stat=received&resolution=1h")
    rejected = await server.client.get("/api/0/projects/acme/shop/stats/?stat=rejected")

    assert answer.json()[-1][1] == 3
    assert len(answer.json()) == 25
    assert sum(count for _, count in rejected.json()) == 0


async def test_errors_are_counted_per_issue(server: Any) -> None:
    answer = await server.get(
        "events/?dataset=errors&field=issue&field=count()&field=count_unique(user)&sort=-count()"
    )

    assert answer["data"] == [
        {"issue": "SHOP-1", "count()": 3, "count_unique(user)": 2},
        {"issue": "SHOP-2", "count()": 1, "count_unique(user)": 1},
    ]
    assert answer["meta"]["fields"]["count()"] == "integer"


async def test_a_query_looks_at_single_events(server: Any) -> None:
    answer = await server.get(
        "events/?field=error.type&field=count()&query=user.id:2+error.type:Value*&sort=count()"
    )

    assert answer["data"] == [{"error.type": "ValueError", "count()": 2}]


async def test_without_an_aggregate_every_event_is_a_row(server: Any) -> None:
    answer = await server.get("events/?field=title&field=timestamp&field=last_seen()&per_page=2")
    plain = await server.get("events/?field=title&field=timestamp&per_page=10&statsPeriod=7d")

    assert len(answer["data"]) == 2
    assert [one["title"] for one in plain["data"]].count("ValueError: boom") == 3
    assert plain["data"][0]["timestamp"] == "2026-08-20T12:00:00.000000Z"


async def test_a_user_of_several_projects_is_one_where_they_are_asked_for_together(
    a_server: Build, an_error: Build
) -> None:
    local = a_server(projects=("shop", "web"))
    shop, web = (find_project(local.store, slug) for slug in ("shop", "web"))
    await local.send(an_error(user={"id": "1"}))
    for user in ("1", "2"):
        await replace(local, project=web).send(an_error(user={"id": user}))

    both = f"project={shop.id}&project={web.id}"
    answer = await local.get(f"events/?field=count()&field=count_unique(user)&{both}")

    assert answer["data"] == [{"count()": 3, "count_unique(user)": 2}]


@pytest.mark.parametrize(
    "query", ["", "field=nope", "field=title&sort=-count()", "field=title&dataset=spans"]
)
async def test_a_table_that_cannot_be_made_is_refused(server: Any, query: str) -> None:
    assert (await server.client.get(f"{API}events/?{query}")).status_code == 400
