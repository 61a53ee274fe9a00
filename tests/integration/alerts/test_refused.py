"""What keeps rules from being made is told by name, before the first write; what is begun is ended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.alerting import GENERATIONS, PROJECT, Ground, alert_ground, page_of, states
from modules.local_sentry.calls import SCOPES

File = Callable[[str], Path]
SLACK = '[channels.ops]\ntype = "slack"\nworkspace = "acme"\nchannel = "#{channel}"\n'
SLOW = 'built_in = ["burst"]\n' + SLACK.format(channel="slow")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            SLACK.format(channel="nowhere"),
            "channels.ops: workspace 'acme' has no channel '#nowhere'",
        ),
        (SLACK.format(channel="alerts").replace("acme", "other"), "no Slack workspace 'other'"),
        ('[channels.x]\ntype = "email"\nteam = "none"', "channels.x: organization 'acme' has no"),
        ('[channels.x]\ntype = "email"\nmember = "a@b.example"', "no member 'a@b.example'"),
        (
            '[channels.x]\ntype = "pagerduty"\naccount = "acme"\nservice = "none"',
            "channels.x: account 'acme' has no service 'none'",
        ),
        (
            '[channels.x]\ntype = "pagerduty"\naccount = "none"\nservice = "checkout"',
            "channels.x: Sentry has no PagerDuty account 'none'",
        ),
        ('[channels.x]\ntype = "sentry_app"\napp = "none"', "channels.x: no Sentry app 'none'"),
        ('[defaults]\nenvironment = "staging"', "Sentry has no environment 'staging'"),
        ("[rules.burst]\ntreshold = 5", "rules.burst: unknown field 'treshold'"),
    ],
)
async def test_what_does_not_exist_is_named_and_nothing_is_written(
    ground: Ground, a_file: File, text: str, named: str
) -> None:
    ground.rules_file = a_file(text)

    error = await ground.refusal("ensure-alert-rules", apply=True)

    assert named in error.message
    assert ground.writes == []


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_missing_scope_is_named_and_nothing_is_written(generation: str) -> None:
    scopes = [
        one for one in SCOPES if one not in ("alerts:write", "project:write", "project:admin")
    ]
    few = [one for one in scopes if one not in ("org:write", "org:admin")]
    async with alert_ground(
        "legacy" if generation == "legacy" else "workflows", scopes=few
    ) as ground:
        plan = await ground.call("ensure-alert-rules")
        error = await ground.refusal("ensure-alert-rules", apply=True)

        assert plan.ok
        assert error.category == "permission"
        assert "alerts:write" in error.message
        assert ground.writes == []


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_token_that_may_not_read_alerts_is_told_the_scope(generation: str) -> None:
    few = [one for one in SCOPES if not one.startswith("alerts:")]
    async with alert_ground(
        "legacy" if generation == "legacy" else "workflows", scopes=few
    ) as ground:
        error = await ground.refusal("check-alert-rules")

        assert error.category == "permission"
        assert "alerts:read" in (error.recovery_suggestion or "")


@pytest.mark.parametrize("number", [1, 2, 4])
async def test_a_write_that_fails_is_told_and_the_next_run_does_the_rest(
    ground: Ground, number: int
) -> None:
    ground.fail = frozenset({number})

    first = await ground.call("ensure-alert-rules", apply=True)
    ground.fail = frozenset()
    second = await ground.call("ensure-alert-rules", apply=True)

    if number == 1:
        assert first.error is not None
        assert first.error.category == "upstream"
    else:
        told = states(first.data or {})
        assert first.status == "partial_success"
        assert list(told.values()).count("created") == number - 1
        assert list(told.values()).count("failed") == 1
        assert set(told.values()) == {"created", "failed", "not tried"}
        assert "Run ensure-alert-rules apply=true again" in " ".join(first.warnings)
        assert len(first.side_effects) == number - 1
    assert second.status == "success"
    assert (await ground.data("check-alert-rules"))["in_step"]
    names = [one["name"] for rows in (await ground.all()).values() for one in rows]
    assert sum("/burst]" in one for one in names) == 1


async def test_a_write_whose_answer_is_lost_is_found_by_reading_back(ground: Ground) -> None:
    ground.lose = frozenset({2})

    first = await ground.call("ensure-alert-rules", apply=True)
    second = await ground.call("ensure-alert-rules", apply=True)

    told = list(states(first.data or {}).values())
    assert first.status == "partial_success"
    assert told.count("created") == 2
    assert "failed" not in told
    assert second.status == "success"
    for rows in (await ground.all()).values():
        names = [one["name"] for one in rows if "sentry-monitor" in one["name"]]
        assert len(names) == len(set(names))


async def test_a_rule_that_waits_for_a_channel_is_pending_and_there_later(
    legacy: Ground, a_file: File
) -> None:
    legacy.rules_file = a_file(SLOW)
    legacy.absent = ("/channels/",)  # as servers of that generation are

    first = await legacy.call("ensure-alert-rules", apply=True)
    task = next(one for one in legacy.asked if "/rule-task/" in one)
    await legacy.direct("GET", task)
    later = await legacy.data("check-alert-rules")

    assert first.status == "partial_success"
    assert states(first.data or {}) == {"rule burst": "pending"}
    assert "pending" in " ".join(first.warnings)
    assert "pending: rule burst" in page_of(first)
    assert later["in_step"]


async def test_a_channel_that_only_the_server_can_look_up_is_named_when_it_is_refused(
    ground: Ground, a_file: File
) -> None:
    ground.rules_file = a_file(SLACK.format(channel="nowhere"))
    ground.absent = ("/channels/",)

    error = await ground.refusal("ensure-alert-rules", apply=True)

    assert "channels.ops ('#nowhere' in workspace 'acme')" in error.message
    assert error.code == "no_such_channel"


async def test_a_rule_of_somebody_else_that_does_the_same_is_told(legacy: Ground) -> None:
    await legacy.data("ensure-alert-rules", apply=True)
    burst = next(one for one in await legacy.rows(f"{PROJECT}rules/") if "/burst]" in one["name"])
    await legacy.put(f"{PROJECT}rules/{burst['id']}/", {**burst, "name": "Mine now"})

    error = await legacy.refusal("ensure-alert-rules", apply=True)

    assert error.message.startswith("rules.burst: Sentry refuses it")
    assert "list-alert-rules" in (error.recovery_suggestion or "")


async def test_a_webhook_plugin_cannot_be_told_of_a_legacy_metric_rule(
    legacy: Ground, a_file: File
) -> None:
    legacy.rules_file = a_file('[channels.hook]\ntype = "webhook"')

    error = await legacy.refusal("ensure-alert-rules", apply=True)

    assert "rules.error-rate" in error.message
    assert legacy.writes == []
