"""Alert rules brought in step with a file, over real HTTP, on both generations of Sentry's API."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.alerting import ORG, PROJECT, Ground, page_of, states
from modules.telemetry.alerting.errors import RulesDiffer

from .conftest import EVERY_CHANNEL

File = Callable[[str], Path]


@pytest.mark.parametrize("text", ["", EVERY_CHANNEL])
async def test_ensured_twice_nothing_changes_the_second_time(
    ground: Ground, a_file: File, text: str
) -> None:
    ground.rules_file = a_file(text) if text else None

    first = await ground.call("ensure-alert-rules", apply=True)
    made, written = await ground.all(), len(ground.writes)
    second = await ground.call("ensure-alert-rules", apply=True)

    assert first.status == "success", (first.error, first.warnings)
    assert set(states(first.data or {}).values()) == {"created"}
    assert len(first.side_effects) == written
    assert second.status == "success"
    assert set(states(second.data or {}).values()) == {"same"}
    assert second.side_effects == ()
    assert len(ground.writes) == written
    assert await ground.all() == made


async def test_without_apply_nothing_is_written_and_the_plan_is_told(ground: Ground) -> None:
    output = await ground.call("ensure-alert-rules")

    assert output.data is not None
    assert set(states(output.data).values()) == {"create"}
    assert not output.data["in_step"]
    assert ground.writes == []
    assert "ensure-alert-rules apply=true" in page_of(output)


async def test_all_five_built_in_rules_are_there(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    listed = await ground.data("list-alert-rules")

    keys = {one["key"] for one in listed["rules"] if one["ours"]}
    assert keys == {"burst", "sustained", "error-rate", "new-errors", "regressions"}


async def test_a_rule_that_somebody_changed_is_found_and_repaired(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    await _loosen(ground, "burst")

    drift = await ground.call("check-alert-rules")
    text = page_of(drift)
    repaired = await ground.call("ensure-alert-rules", apply=True)

    assert not (drift.data or {})["in_step"]
    assert "value=50" in text
    assert "value=5000" in text
    changed = {key for key, state in states(repaired.data or {}).items() if state == "changed"}
    assert [one.rpartition(" ")[2] for one in changed] == ["burst"]
    assert repaired.side_effects[0].action == "change-alert-rule"
    assert (await ground.data("check-alert-rules"))["in_step"]


async def test_a_rule_that_somebody_deleted_is_made_again(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    path, raw = await _ours(ground, "new-errors")
    await ground.direct("DELETE", f"{path}{raw['id']}/")

    repaired = await ground.data("ensure-alert-rules", apply=True)

    made = [key for key, state in states(repaired).items() if state == "created"]
    assert [one.rpartition(" ")[2] for one in made] == ["new-errors"]


async def test_drift_fails_a_check_that_was_asked_to(ground: Ground) -> None:
    error = await ground.refusal("check-alert-rules", fail_on_drift=True)

    assert error.category == "conflict"
    assert error.details["rules"] == [
        "burst",
        "error-rate",
        "new-errors",
        "regressions",
        "sustained",
    ]
    await ground.data("ensure-alert-rules", apply=True)
    assert (await ground.call("check-alert-rules", fail_on_drift=True)).ok


async def test_rules_of_others_are_never_touched(ground: Ground) -> None:
    path, before = await _of_another(ground)

    await ground.data("ensure-alert-rules", apply=True)
    await _loosen(ground, "burst")
    told = await ground.call("ensure-alert-rules", apply=True)

    assert before in await ground.rows(path)
    assert (told.data or {})["foreign"] == 1
    assert "Somebody's own" in page_of(told)


async def test_a_rule_that_left_the_file_is_told_and_stays(ground: Ground, a_file: File) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file('built_in = ["burst", "new-errors"]')

    output = await ground.call("ensure-alert-rules", apply=True)

    assert (output.data or {})["in_step"]
    assert {one["key"] for one in (output.data or {})["left_over"]} == {
        "sustained",
        "error-rate",
        "regressions",
    }
    assert "sustained" in output.warnings[0]


async def test_a_key_that_is_changed_in_the_file_renames_the_rule(
    ground: Ground, a_file: File
) -> None:
    text = "built_in = false\n[rules.{}]\nwhen = 'error_rate'\nper_minute = 5\n"
    more = "[rules.{}]\nwhen = 'regression'\n"
    ground.rules_file = a_file((text + more).format("before", "back-before"))
    await ground.data("ensure-alert-rules", apply=True)
    ids = {one["id"] for rows in (await ground.all()).values() for one in rows}
    ground.rules_file = a_file((text + more).format("after", "back-after"))

    plan = await ground.data("ensure-alert-rules", prune=True)
    assert set(states(plan).values()) == {"change"}
    assert plan["left_over"] == []
    done = await ground.call("ensure-alert-rules", apply=True)

    assert done.status == "success"
    assert (await ground.data("check-alert-rules"))["left_over"] == []
    assert {one["id"] for rows in (await ground.all()).values() for one in rows} == ids


async def test_a_rule_that_somebody_muted_is_told_and_not_written(legacy: Ground) -> None:
    await legacy.data("ensure-alert-rules", apply=True)
    path, raw = await _ours(legacy, "burst")
    await legacy.post(f"{path}{raw['id']}/snooze/", {"target": "me"})
    assert (await legacy.data("check-alert-rules"))["in_step"]
    await legacy.post(f"{path}{raw['id']}/snooze/", {"target": "everyone"})
    legacy.writes.clear()

    gate = await legacy.refusal("check-alert-rules", fail_on_drift=True)
    done = await legacy.call("ensure-alert-rules", apply=True)
    rows = (await legacy.data("list-alert-rules"))["rules"]

    assert "rule burst: muted is True, not false" in gate.message
    assert legacy.writes == []
    assert states(done.data or {})["rule burst"] == "by hand"
    assert "Switched off or muted in Sentry" in done.warnings[0]
    assert "some are switched off" in page_of(done)
    assert [one["on"] for one in rows if one["key"] == "burst"] == [False]


async def test_a_workflow_that_somebody_switched_off_stays_off(workflows: Ground) -> None:
    await workflows.data("ensure-alert-rules", apply=True)
    path, raw = await _ours(workflows, "burst")
    await _loosen(workflows, "burst", enabled=False)

    done = await workflows.call("ensure-alert-rules", apply=True)

    assert states(done.data or {})["workflow burst"] == "changed"
    assert "Switched off or muted in Sentry" in done.warnings[0]
    now = [one for one in await workflows.rows(path) if one["id"] == raw["id"]]
    assert [one["enabled"] for one in now] == [False]
    assert not (done.data or {})["in_step"]


async def test_after_an_application_the_answer_says_that_it_is_in_step(ground: Ground) -> None:
    assert (await ground.data("ensure-alert-rules", apply=True))["in_step"]


async def test_keys_that_were_swapped_in_the_file_are_swapped(ground: Ground, a_file: File) -> None:
    text = (
        "built_in = false\n[rules.{}]\nwhen = 'frequency'\nmore_than = 5\nwithin = '1h'\n"
        "[rules.{}]\nwhen = 'frequency'\nmore_than = 7\nwithin = '1h'\n"
    )
    ground.rules_file = a_file(text.format("aa", "bb"))
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file(text.format("bb", "aa"))

    done = await ground.call("ensure-alert-rules", apply=True)

    assert done.status == "success"
    assert (await ground.data("check-alert-rules"))["in_step"]


async def test_a_metric_rule_that_was_moved_to_another_project_is_brought_back(
    legacy: Ground,
) -> None:
    await legacy.data("ensure-alert-rules", apply=True)
    path = f"{ORG}alert-rules/"
    (raw,) = await legacy.rows(path)
    await legacy.put(f"{path}{raw['id']}/", {**raw, "projects": ["blog"]})

    done = await legacy.data("ensure-alert-rules", apply=True)

    assert states(done)["alert-rule error-rate"] == "changed"
    assert [one["projects"] for one in await legacy.rows(path)] == [["shop"]]


async def test_a_plan_says_what_each_new_rule_does_and_where_it_is_from(
    ground: Ground, a_file: File
) -> None:
    ground.rules_file = a_file(EVERY_CHANNEL + "[rules.burst]\nmore_than = 7\n")

    page = page_of(await ground.call("ensure-alert-rules"))

    assert ", alerts.toml: this would change" in page
    assert "burst: one issue more than 7 times in 5m; production; to ops, owners" in page
    assert "a new error, level error or worse; production; to" in page


async def test_without_a_file_the_answer_says_that_the_rules_are_built_in(ground: Ground) -> None:
    assert ", built in: this would change" in page_of(await ground.call("ensure-alert-rules"))


async def test_the_gate_names_fields_and_values(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    await _loosen(ground, "burst")

    gate = await ground.refusal("check-alert-rules", fail_on_drift=True)

    assert "1 difference" in gate.message
    assert "burst: conditions is another, not " in gate.message
    assert gate.recovery_suggestion == RulesDiffer.recovery


async def test_what_is_left_over_fails_the_gate(ground: Ground, a_file: File) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file('built_in = ["burst"]')

    gate = await ground.refusal("check-alert-rules", fail_on_drift=True)
    page = page_of(await ground.call("check-alert-rules"))

    assert "regressions" in gate.message
    assert "left over" in gate.message
    assert f"as the file says; {len(gate.details['left_over'])} left over" in page


async def test_an_owner_whom_people_set_outlives_a_repair(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    await _loosen(ground, "burst", owner="team:7")

    await ground.data("ensure-alert-rules", apply=True)

    _, repaired = await _ours(ground, "burst")
    assert repaired["owner"] == "team:7"


async def test_the_same_rules_for_two_projects_are_two_sets(ground: Ground) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    await ground.data("ensure-alert-rules", apply=True, project_slug="blog")

    assert (await ground.data("check-alert-rules"))["in_step"]
    assert (await ground.data("check-alert-rules", project_slug="blog"))["in_step"]


async def test_a_workflow_of_another_project_stays_its_own_when_it_is_connected_to_both(
    workflows: Ground,
) -> None:
    await workflows.data("ensure-alert-rules", apply=True, project_slug="blog")
    path, raw = await _ours(workflows, "burst")
    errors = [one for one in await workflows.rows(f"{ORG}detectors/") if one["type"] == "error"]
    both = {**raw, "detectorIds": [one["id"] for one in errors]}
    shared = await workflows.put(f"{path}{raw['id']}/", both)

    told = await workflows.data("ensure-alert-rules", apply=True)

    assert states(told)["workflow burst"] == "created"
    assert shared in await workflows.rows(path)


async def test_a_workflow_that_was_cut_off_is_connected_again(workflows: Ground) -> None:
    await workflows.data("ensure-alert-rules", apply=True)
    path, raw = await _ours(workflows, "burst")
    await workflows.put(f"{path}{raw['id']}/", {**raw, "detectorIds": []})

    repaired = await workflows.data("ensure-alert-rules", apply=True)

    assert states(repaired)["workflow burst"] == "changed"
    assert len([one for one in await workflows.rows(path) if "/burst]" in one["name"]]) == 1


async def test_a_metric_rule_is_a_detector_with_a_workflow_that_tells_of_it(
    workflows: Ground,
) -> None:
    await workflows.data("ensure-alert-rules", apply=True)

    detectors = await workflows.rows(f"{ORG}detectors/")
    metric = next(one for one in detectors if one["type"] == "metric_issue")
    told = [one for one in await workflows.rows(f"{ORG}workflows/") if "error-rate" in one["name"]]
    query = metric["dataSources"][0]["queryObj"]["snubaQuery"]
    assert [one["detectorIds"] for one in told] == [[metric["id"]]]
    assert (query["aggregate"], query["timeWindow"]) == ("count()", 60)
    above = metric["conditionGroup"]["conditions"][-1]
    assert (above["type"], above["comparison"]) == ("gt", 10)


async def test_owners_of_issues_are_the_teams_of_the_project_for_a_legacy_metric_rule(
    legacy: Ground,
) -> None:
    await legacy.data("ensure-alert-rules", apply=True)

    (metric,) = await legacy.rows(f"{ORG}alert-rules/")
    (action,) = metric["triggers"][0]["actions"]
    assert (action["targetType"], action["targetIdentifier"]) == ("team", "7")


async def _ours(ground: Ground, key: str) -> tuple[str, dict[str, object]]:
    path = f"{ORG}workflows/" if ground.generation == "workflows" else f"{PROJECT}rules/"
    found = [one for one in await ground.rows(path) if one["name"].endswith(f"/{key}]")]
    return path, found[0]


async def _loosen(ground: Ground, key: str, **more: object) -> None:
    """As somebody does on Sentry's page."""
    path, raw = await _ours(ground, key)
    body: dict[str, object] = {**raw, **more}
    if ground.generation == "workflows":
        filters = raw["actionFilters"]
        assert isinstance(filters, list)
        filters[0]["conditions"][0]["comparison"]["value"] = 5000
    else:
        conditions = raw["conditions"]
        assert isinstance(conditions, list)
        conditions[0]["value"] = 5000
    await ground.put(f"{path}{raw['id']}/", body)


async def _of_another(ground: Ground) -> tuple[str, dict[str, object]]:
    """A rule that somebody made by hand."""
    first = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"
    if ground.generation == "legacy":
        path = f"{PROJECT}rules/"
        body: dict[str, object] = {
            "name": "Somebody's own",
            "actionMatch": "any",
            "frequency": 30,
            "conditions": [{"id": first}],
            "actions": [
                {"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners"}
            ],
        }
    else:
        path = f"{ORG}workflows/"
        detectors = await ground.rows(f"{ORG}detectors/")
        body = {
            "name": "Somebody's own",
            "detectorIds": [detectors[0]["id"]],
            "config": {"frequency": 30},
            "triggers": {"logicType": "any-short", "conditions": []},
            "actionFilters": [],
        }
    return path, await ground.post(path, body)
