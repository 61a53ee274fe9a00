"""Events live for the days of the retention, and no longer."""

from collections.abc import Callable
from typing import Any

import pytest

from modules.local_sentry.__main__ import parser

DAY_S = 86_400


async def test_an_event_is_gone_when_its_days_are_over(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server(retention_days=30)
    await local.send(an_error())
    clock.move(days=29, hours=23)
    await local.send(an_error())
    before = await local.get("issues/1/events/")

    clock.move(hours=2)

    after = await local.get("issues/1/events/")
    assert (len(before), len(after)) == (2, 1)
    assert (await local.issue())["count"] == "2"  # it counts what happened
    tags = await local.get("issues/1/tags/level/")
    assert tags["totalValues"] == 1


async def test_an_issue_without_events_goes_with_the_last(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server()
    await local.send(an_error("KeyError"))
    clock.move(days=80)
    await local.send(an_error("ValueError"))

    clock.move(days=10, seconds=1)

    titles = [one["title"] for one in await local.get("issues/", query="")]
    assert [one.partition(":")[0] for one in titles] == ["ValueError"]
    for table in ("event", "event_tag", "activity", "issue_user"):
        rows = local.store.rows(f"SELECT * FROM {table}")  # noqa: S608 - ours
        assert all(row.get("issue_id") != 1 for row in rows)


async def test_what_arrives_too_old_is_not_kept(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server(retention_days=7)
    late = clock.now.timestamp() - 8 * DAY_S

    answer = await local.send(an_error(timestamp=late))

    assert answer.status_code == 200
    assert await local.get("issues/", query="") == []


async def test_pages_for_people_show_nothing_that_is_gone(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server()
    await local.send(an_error("KeyError"))
    clock.move(days=91)

    front = await local.client.get("/")
    page = await local.client.get("/organizations/acme/issues/1/")

    assert "KeyError" not in front.text
    assert page.status_code == 404


async def test_ninety_days_are_kept_unless_told(
    a_server: Callable[..., Any], an_error: Callable[..., Any], clock: Any
) -> None:
    local = a_server()
    await local.send(an_error())

    clock.move(days=89)
    kept = await local.get("issues/1/events/")

    assert len(kept) == 1
    assert parser().parse_args([]).retention_days == 90


@pytest.mark.parametrize("days", ["0", "-1", "3651", "ninety", "1.5"])
def test_days_are_a_number_of_days(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--retention-days", days])

    assert "days are a number from 1 to 3650" in capsys.readouterr().err
