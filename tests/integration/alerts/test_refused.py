"""What keeps rules from being made is told by name, before the first write; what is begun is ended."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.alerting import (
    GENERATIONS,
    ORG,
    PROJECT,
    Generation,
    Ground,
    alert_ground,
    page_of,
    states,
)
from fakes.loopback import answer
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
        (
            SLACK.format(channel="alerts") + 'channel_id = "C0123456789"',
            "channels.ops: '#alerts' of workspace 'acme' has another id than 'C0123456789'",
        ),
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
        assert f"{number - 1} of " in page_of(first)
        assert list(told.values()).count("created") == number - 1
        assert list(told.values()).count("failed") == 1
        assert set(told.values()) == {"created", "failed", "not tried"}
        assert "run ensure-alert-rules apply=true again" in " ".join(first.warnings)
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


async def test_a_rule_that_waits_for_a_channel_is_waited_for(legacy: Ground, a_file: File) -> None:
    legacy.rules_file = a_file(SLOW)
    legacy.absent = ("/channels/",)  # as servers of that generation are

    done = await legacy.call("ensure-alert-rules", apply=True)

    assert done.status == "success"
    assert states(done.data or {}) == {"rule burst": "created"}
    assert (await legacy.data("check-alert-rules"))["in_step"]


async def test_a_rule_that_waits_for_longer_is_pending_and_there_later(
    legacy: Ground, a_file: File
) -> None:
    legacy.rules_file = a_file(SLOW)
    legacy.absent = ("/channels/",)
    legacy.slow = True

    first = await legacy.call("ensure-alert-rules", apply=True)
    task = next(one for one in legacy.asked if "/rule-task/" in one)
    for _ in range(2):
        await legacy.direct("GET", task)
    later = await legacy.data("check-alert-rules")

    assert first.status == "partial_success"
    assert states(first.data or {}) == {"rule burst": "pending"}
    assert "pending" in " ".join(first.warnings)
    assert "pending: rule burst" in page_of(first)
    assert later["in_step"]


async def test_an_accepted_workflow_without_an_id_is_pending_and_sent_once(
    workflows: Ground,
) -> None:
    accepted = answer(202, {})
    workflows.play[("POST", f"{ORG}workflows/")] = lambda _, line: line.send(accepted)

    done = await workflows.call("ensure-alert-rules", apply=True)

    names = [body["name"] for _, path, body in workflows.writes if path.endswith("/workflows/")]
    assert len(names) == len(set(names)) == 5
    told = states(done.data or {})
    assert {told[one] for one in told if one.startswith("workflow")} == {"pending"}
    assert done.status == "partial_success"


async def test_two_rules_that_do_the_same_are_refused_before_anything_is_written(
    legacy: Ground, a_file: File
) -> None:
    rule = "[rules.{}]\nwhen = 'regression'\ntitle = '{}'\n"
    legacy.rules_file = a_file("built_in = false\n" + rule.format("a", "A") + rule.format("b", "B"))

    error = await legacy.refusal("ensure-alert-rules", apply=True)

    assert "rules.b: it does the same as rules.a" in error.message
    assert legacy.writes == []


async def test_a_list_that_lags_behind_makes_no_second_rule(workflows: Ground) -> None:
    stale = answer(200, [])
    workflows.play[("GET", f"{ORG}workflows/")] = lambda _, line: line.send(stale)

    await workflows.call("ensure-alert-rules", apply=True)

    names = [(path, body["name"]) for _, path, body in workflows.writes]
    assert len(names) == len(set(names)) == 6


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_of_two_people_at_once_both_are_told_the_truth(generation: Generation) -> None:
    async with alert_ground(generation) as ground:
        both = await asyncio.gather(
            *(ground.call("ensure-alert-rules", apply=True) for _ in range(2))
        )
        check = await ground.call("check-alert-rules", fail_on_drift=True)
        mended = await ground.call("ensure-alert-rules", apply=True, prune=True)

        assert mended.status == "success"
        assert (await ground.call("check-alert-rules", fail_on_drift=True)).ok
        doubled = check.error is not None and "left over" in check.error.message
        told = " ".join(line for one in both for line in one.warnings)
        assert ("there twice" in told) == doubled
        made = [effect.target for one in both for effect in one.side_effects]
        assert len(made) == len(set(made))


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
