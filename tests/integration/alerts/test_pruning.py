"""What left the file is deleted where that is asked for, and nothing else ever is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.alerting import ORG, PROJECT, Ground, page_of
from fakes.loopback import Line, Seen, answer
from fakes.upstream import passed_on

File = Callable[[str], Path]
FEW = 'built_in = ["burst", "new-errors"]'


async def test_a_rule_that_left_the_file_is_deleted_where_that_is_asked_for(
    ground: Ground, a_file: File
) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    await ground.data("ensure-alert-rules", apply=True, project_slug="blog")
    path = f"{ORG}workflows/" if ground.generation == "workflows" else f"{PROJECT}rules/"
    (raw,) = [one for one in await ground.rows(path) if "shop/burst]" in one["name"]]
    foreign = await ground.post(path, {**raw, "name": "Somebody's own", "frequency": 60})
    ground.rules_file, ground.writes = a_file(FEW), []

    plan = await ground.call("ensure-alert-rules", prune=True)
    assert (ground.writes, plan.warnings) == ([], ())
    assert not (plan.data or {})["in_step"]
    assert "apply=true prune=true changes it" in page_of(plan)
    assert page_of(plan).count("delete: ") == len((plan.data or {})["left_over"])

    done = await ground.call("ensure-alert-rules", prune=True, apply=True)
    again = await ground.call("ensure-alert-rules", prune=True, apply=True)

    assert done.status == "success"
    assert {one["state"] for one in (done.data or {})["left_over"]} == {"deleted"}
    deleted = [one for one in done.side_effects if one.action == "delete-alert-rule"]
    assert len(deleted) == len((plan.data or {})["left_over"])
    assert [one for one in ground.writes if one[0] != "DELETE"] == []
    assert again.side_effects == ()
    names = [one["name"] for rows in (await ground.all()).values() for one in rows]
    assert foreign["name"] in names
    assert sum("[sentry-monitor shop/" in one for one in names) == 2
    assert (await ground.data("check-alert-rules"))["in_step"]
    assert sum("[sentry-monitor blog/" in one for one in names) >= 1


@pytest.mark.parametrize("lost", [False, True])
async def test_a_deletion_that_fails_is_told_and_the_next_run_does_the_rest(
    ground: Ground, a_file: File, *, lost: bool
) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file, number = a_file(FEW), len(ground.writes) + 2
    if lost:
        ground.lose = frozenset({number})
    else:
        ground.fail = frozenset({number})

    first = await ground.call("ensure-alert-rules", prune=True, apply=True)
    ground.fail = ground.lose = frozenset()
    second = await ground.call("ensure-alert-rules", prune=True, apply=True)

    told = [one["state"] for one in (first.data or {})["left_over"]]
    assert first.status == "partial_success"
    assert told.count("deleted") == (2 if lost else 1) == len(first.side_effects)
    assert told.count("failed") == (0 if lost else 1)
    again = "ensure-alert-rules apply=true prune=true again"
    assert lost or again in " ".join(first.warnings)
    assert second.status == "success"
    deleted = [path for method, path, _ in ground.writes if method == "DELETE"]
    assert len(deleted) == len(set(deleted)) + (0 if lost else 1)


async def test_a_deletion_that_is_answered_as_not_there_is_not_believed(
    ground: Ground, a_file: File
) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file(FEW)
    left = (await ground.data("ensure-alert-rules"))["left_over"]
    gone = answer(404, {"detail": "The requested resource does not exist"})
    for one in left:
        for path in (f"{ORG}{one['kind']}s/{one['id']}/", f"{PROJECT}rules/{one['id']}/"):
            ground.play[("DELETE", path)] = lambda _, line: line.send(gone)

    done = await ground.call("ensure-alert-rules", prune=True, apply=True)

    assert done.status == "partial_success"
    assert {one["state"] for one in (done.data or {})["left_over"]} == {"failed"}
    assert done.side_effects == ()
    assert "is still there, though deleted" in " ".join(done.warnings)


async def test_what_came_after_the_plan_is_not_deleted(ground: Ground, a_file: File) -> None:
    await ground.data("ensure-alert-rules", apply=True)
    ground.rules_file = a_file(FEW)
    path = f"{ORG}workflows/" if ground.generation == "workflows" else f"{PROJECT}rules/"
    (raw,) = [one for one in await ground.rows(path) if "shop/burst]" in one["name"]]
    late = {**raw, "name": raw["name"].replace("/burst]", "/late]"), "frequency": 60}
    looks = 0

    async def made_meanwhile(seen: Seen, line: Line) -> None:
        nonlocal looks
        looks += "cursor" not in seen.target and "per_page=1&" not in f"{seen.target}&"
        if looks > 1 and not any("/late]" in one["name"] for one in await ground.rows(path)):
            await ground.post(path, late)
        await line.send(passed_on(await ground.direct("GET", seen.target)))

    ground.play[("GET", path)] = made_meanwhile
    done = await ground.call("ensure-alert-rules", prune=True, apply=True)

    deleted = [where for method, where, _ in ground.writes if method == "DELETE"]
    assert len(deleted) == len((done.data or {})["left_over"]) == len(done.side_effects)
    assert any("/late]" in one["name"] for one in await ground.rows(path))
    assert "late" in " ".join(done.warnings)


async def test_a_monitor_that_rules_of_others_tell_of_is_kept(
    workflows: Ground, a_file: File
) -> None:
    await workflows.data("ensure-alert-rules", apply=True)
    path = f"{ORG}workflows/"
    (raw,) = [one for one in await workflows.rows(path) if "/error-rate]" in one["name"]]
    theirs = await workflows.post(path, {**raw, "name": "Somebody's own"})
    workflows.rules_file = a_file(FEW)

    done = await workflows.call("ensure-alert-rules", prune=True, apply=True)

    assert done.status == "success"
    assert "since rules of others tell of it" in done.warnings[0]
    left = [one["id"] for one in await workflows.rows(f"{ORG}detectors/")]
    assert {str(one) for one in theirs["detectorIds"]} <= set(left)
