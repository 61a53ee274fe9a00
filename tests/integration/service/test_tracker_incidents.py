"""The alerts of a Sentry on its error rate: an issue for each incident, closed when it is over."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from fakes.told_sentry import ToldSentry

from .conftest import Track

RULE: Final[Mapping[str, Any]] = {"warning": 2, "critical": 5}


async def test_an_incident_is_an_issue_that_grows_graver_and_is_closed_when_it_is_over(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.alert(**RULE)
        await sentry.report(times=3)
        warned = await running.tracked("OPS-2", state="open", priority="P2")
        await sentry.report(times=3)
        critical = await running.tracked("OPS-2", state="open", priority="P1")
        sentry.later(seconds=61)
        await sentry.look()
        over = await running.tracked("OPS-2", state="closed")

    assert sentry.told()[2:] == [
        ("metric_alert", "warning"),
        ("metric_alert", "critical"),
        ("metric_alert", "resolved"),
    ]
    told = warned["untrusted"]["data"]
    assert told["title"] == "[shop] Warning: Error rate"
    assert "3 events in the last 1 minutes" in told["body"]
    assert "**Status:** warning" in told["body"]
    assert [one["text"] for one in critical["untrusted"]["data"]["comments"]] == [
        "The alert is critical now."
    ]
    assert over["untrusted"]["data"]["comments"][-1]["text"] == "The alert is over."


async def test_each_time_that_an_alert_fires_is_an_incident_of_its_own(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.alert(**RULE)
        await sentry.report(times=6)
        await running.tracked("OPS-2", state="open")
        sentry.later(seconds=61)
        await sentry.look()
        await running.tracked("OPS-2", state="closed")
        await sentry.report(times=6)
        second = await running.tracked("OPS-3", state="open")
        listed = await running.listed()

    assert second["generation"] == 1
    states = {one["identifier"]: one["state"] for one in listed}
    assert states == {"OPS-1": "open", "OPS-2": "closed", "OPS-3": "open"}


async def test_an_alert_that_calms_down_to_a_warning_keeps_its_priority(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.alert(**RULE)
        await sentry.report(times=3)
        sentry.later(seconds=30)
        await sentry.report(times=4)
        await running.tracked("OPS-2", state="open", priority="P1")
        sentry.later(seconds=31)
        await sentry.look()
        calmer = await running.tracked("OPS-2", state="open", priority="P1")

    assert calmer["untrusted"]["data"]["comments"][-1]["text"] == "The alert is a warning now."


@pytest.mark.parametrize("rules", ['[defaults.tracker]\nevents = ["new"]\n'])
async def test_alerts_that_are_not_chosen_begin_nothing(
    track: Track, sentry: ToldSentry, rules: str
) -> None:
    async with track(rules=rules) as running:
        await sentry.alert(**RULE)
        await sentry.report(times=6)
        await running.tracked("OPS-1", state="open")
        listed = await running.listed()

    assert [one["identifier"] for one in listed] == ["OPS-1"]
    assert {one.status for one in sentry.deliveries} == {200}
