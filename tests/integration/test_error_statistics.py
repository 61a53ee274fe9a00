"""get-error-statistics over real HTTP: on a local Sentry, and on servers that tell less."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from fakes.desk import Desk
from fakes.shops import Shops, two_shops
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput, Status
from modules.framework.module import viewed
from modules.telemetry.error_statistics import HOURS, SHOWN_S, Period

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    """15 errors of three types in shop, of which one is resolved; 5 in web."""
    with two_shops() as found:
        found.report("shop", "ValueError", 11, users=4)
        found.report("shop", "KeyError", 3, hours_ago=2)
        found.report("shop", HOSTILE)
        found.report("web", "OSError", 5)
        found.resolve("KeyError")
        yield found


async def ask(environ: dict[str, str], **parameters: Any) -> ModuleOutput:
    async with SentryErrorMonitorModule(environ) as module:
        return await module.execute(
            ModuleInput(operation="get-error-statistics", parameters=parameters)
        )


def data_of(output: ModuleOutput) -> dict[str, Any]:
    assert output.data is not None, output.error
    return output.data


async def test_a_project_has_all_figures(shops: Shops) -> None:
    output = await ask(shops.environ, project_slug="shop")

    assert output.status is Status.SUCCESS, output.warnings
    (one,) = data_of(output)["projects"]
    assert (one["project"], one["errors"], one["affected_users"]) == ("shop", 15, 4)
    assert one["trend"] == {"direction": "up", "percent": None, "before": 0}
    assert sum(one["series"]["errors"]) == 15
    assert one["rate"]["per_hour"] == pytest.approx(60 * one["rate"]["per_minute"], abs=0.1)
    assert 0.6 < one["rate"]["per_hour"] < 0.7
    assert one["rate"]["last_5_minutes"] == 12 / 5  # all but those of 2 hours ago
    assert one["resolution"]["issues"] == 1
    assert one["resolution"]["median_hours"] == pytest.approx(2, abs=0.1)
    assert [issue["events"] for issue in one["top_issues"]] == [11, 3, 1]


async def test_types_are_told_as_a_strangers_words(shops: Shops) -> None:
    data = data_of(await ask(shops.environ, project_slug="shop"))

    told = data["untrusted"]["data"]["projects"][0]["types"]
    assert [(one["type"], one["errors"]) for one in told] == [
        ("ValueError", 11),
        ("KeyError", 3),
        (HOSTILE, 1),
    ]
    outside = {name: value for name, value in data.items() if name != "untrusted"}
    assert "ValueError" not in str(outside)
    assert "onerror" not in str(outside)


async def test_all_mapped_projects_are_told_one_by_one_and_together(
    shops: Shops, tmp_path: Path
) -> None:
    data = data_of(await ask(shops.mapped(tmp_path)))

    assert [(one["project"], one["errors"]) for one in data["projects"]] == [
        ("shop", 15),
        ("web", 5),
    ]
    assert data["total"]["errors"] == 20
    assert sum(data["total"]["series"]["errors"]) == 20
    assert data["untrusted"]["data"]["total"]["types"][1]["type"] == "OSError"
    assert [one["events"] for one in data["total"]["top_issues"]] == [11, 5, 3, 1]


async def test_a_project_that_is_gone_hides_no_other(shops: Shops, tmp_path: Path) -> None:
    mapping = shops.mapped(tmp_path)
    mapping["SENTRY_PROJECTS"] += f",gone:9:gone:{tmp_path}/gone"

    output = await ask(mapping)

    assert output.status is Status.PARTIAL_SUCCESS
    assert [one["project"] for one in data_of(output)["projects"]] == ["shop", "web"]
    assert data_of(output)["missing"] == ["gone"]
    assert any("No statistics of project 'gone'" in one for one in output.warnings)


async def test_projects_beyond_the_twentieth_are_named(shops: Shops, tmp_path: Path) -> None:
    mapping = shops.mapped(tmp_path)
    more = [f"p{number}" for number in range(3, 23)]
    mapping["SENTRY_PROJECTS"] += "".join(f",{one}:9:{one}:{tmp_path}/{one}" for one in more)

    output = await ask(mapping)

    assert set(data_of(output)["missing"]) == set(more)
    assert any("Only 20 of 22 projects were read" in one for one in output.warnings)


@pytest.mark.parametrize("period", get_args(Period))
async def test_every_period_has_its_steps(shops: Shops, period: Period) -> None:
    data = data_of(await ask(shops.environ, project_slug="web", period=period))

    series = data["projects"][0]["series"]
    assert series["step_seconds"] == SHOWN_S[period]
    assert len(series["errors"]) - HOURS[period] * 3600 // SHOWN_S[period] in (0, 1)
    assert len(series["errors"]) == len(series["seconds"]) == len(series["per_minute"])
    assert sum(series["seconds"]) == pytest.approx(HOURS[period] * 3600, abs=3600)
    assert sum(series["errors"]) == data["total"]["errors"] == 5


async def test_it_reads_in_a_few_lines(shops: Shops, tmp_path: Path) -> None:
    output = await ask(shops.mapped(tmp_path))

    text = read_by_an_agent(output)
    assert "2 projects 24h until " in text
    assert "20 errors, " in text
    assert "affected users: 4;" in text  # one of them is of both
    assert "1 issue resolved after 2 h" in text
    assert "shop | 15 | " in text
    assert len(text.splitlines()) < 32
    assert len(text) < 2000


def read_by_an_agent(output: ModuleOutput) -> str:
    return agent_text(*viewed(output, OPERATIONS.find("get-error-statistics").view))


async def test_what_is_left_out_is_told_and_how_to_see_it(shops: Shops) -> None:
    output = await ask(shops.environ, project_slug="shop", limit=1)

    (one,) = data_of(output)["projects"]
    assert (one["type_count"], one["issue_count"], one["other_errors"]) == (3, 3, 4)
    assert [issue["events"] for issue in one["top_issues"]] == [11]
    text = read_by_an_agent(output)
    head = text.partition("<untrusted")[0]
    assert "shown: 1 of 3 issues, 1 of 3 types; limit=3 shows more" in head
    assert "\nValueError | 11 | 73%\nother | 4 | 27%\n" in text


async def test_where_nothing_is_left_out_nothing_is_said_of_it(shops: Shops) -> None:
    text = read_by_an_agent(await ask(shops.environ, project_slug="shop"))

    assert "shown:" not in text
    assert "\nother | " not in text


async def test_limit_is_of_each_project_and_of_all_together(shops: Shops, tmp_path: Path) -> None:
    data = data_of(await ask(shops.mapped(tmp_path), limit=2))

    assert (data["total"]["type_count"], data["total"]["issue_count"]) == (4, 4)
    assert [one["events"] for one in data["total"]["top_issues"]] == [11, 5]
    assert [len(one["top_issues"]) for one in data["projects"]] == [2, 1]


async def test_a_peak_says_of_what_it_is(shops: Shops) -> None:
    day = await ask(shops.environ, project_slug="shop")
    hour = await ask(shops.environ, project_slug="shop", period="1h")

    assert [data_of(one)["total"]["rate"]["peak_of"] for one in (day, hour)] == ["hour", "minute"]
    assert "peak hour 0." in read_by_an_agent(day)
    assert "peak minute " in read_by_an_agent(hour)


@pytest.mark.parametrize(
    ("parameters", "category", "told"),
    [
        ({"limit": 0}, "validation", "limit"),
        ({"project_slug": "nowhere"}, "not_found", "shop, web"),
        ({"period": "3y"}, "validation", "period"),
        ({"project_slug": "a b"}, "validation", "project_slug"),
        ({}, "validation", "project_slug"),  # none is mapped or named
    ],
)
async def test_what_cannot_be_counted_is_told(
    shops: Shops, parameters: dict[str, Any], category: str, told: str
) -> None:
    output = await ask(shops.environ, **parameters)

    assert output.error is not None
    assert output.error.category == category
    assert told in f"{output.error.message} {output.error.recovery_suggestion}"


@pytest.mark.parametrize("any_desk", ["glitch", "glitch_2022"], indirect=True)
async def test_what_glitchtip_lacks_is_a_gap_and_no_error(any_desk: Desk) -> None:
    output = await any_desk.answer("get-error-statistics")

    assert output.status is Status.PARTIAL_SUCCESS
    (one,) = data_of(output)["projects"]
    assert one["affected_users"] is None
    assert one["resolution"] is None
    # By the minute: 3, and of the 4 in the first minute the part that is not older; 50 come after.
    assert 3 / 5 <= one["rate"]["last_5_minutes"] <= 7 / 5
    words = " ".join(output.warnings)
    assert "No affected users" in words
    assert "No time to resolve: GlitchTip does not tell" in words


async def test_an_old_sentry_tells_what_it_has(old: Desk) -> None:
    output = await old.answer("get-error-statistics")

    (one,) = data_of(output)["projects"]
    assert one["errors"] == 7
    assert one["affected_users"] == 2
    assert one["rate"]["last_5_minutes"] is None
    assert "No rate of the last minutes" in " ".join(output.warnings)
