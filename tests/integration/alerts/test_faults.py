"""Every fault on every call of the operations of alert rules, with either generation of the API."""

import json
from pathlib import Path

import pytest

from fakes.alerting import GENERATIONS, ORG, Generation, Ground, alert_ground, page_of
from fakes.faults import BY_NAME, FAULTS
from fakes.upstream import CANARY, TOKEN, Fault, spoil
from modules.framework.contracts import ModuleOutput, Status

QUICK = [one for one in FAULTS if not one.waits]
# Those of an answer's body have nothing to spoil: a deletion is answered without one.
ON_DELETIONS = (
    "reset", "reset after applying", "no HTTP", "noise", "200 page", "303 after applying", "401",
    "403", "404", "404 page", "410", "429 for an hour", "429 without", "500", "502 page",
    "504 after applying", "999",
)  # fmt: skip
ENSURE = "ensure-alert-rules"


async def calls_of(generation: Generation, operation: str, **parameters: bool) -> list[str]:
    async with alert_ground(generation) as ground:
        assert (await ground.call(operation, **parameters)).ok
        return sorted({path for path in ground.asked if path not in written(ground)})


def written(ground: Ground) -> set[str]:
    return {path for _, path, _ in ground.writes}


def problems_of(output: ModuleOutput) -> list[str]:
    error, text = output.error, output.model_dump_json() + page_of(output)
    wrong = {
        "a defect": output.status is Status.ERROR,
        "the token": TOKEN in text,
        "the server's words": CANARY in vouched_for(output),
        "no word of what happened": error is not None and not error.message,
        "no word of what next": error is not None and not error.recovery_suggestion,
    }
    return [name for name, found in wrong.items() if found]


def vouched_for(output: ModuleOutput) -> str:
    """An outcome without the part that strangers may have written."""
    outcome = json.loads(output.model_dump_json())
    return json.dumps({**outcome, "data": {**(outcome["data"] or {}), "untrusted": None}})


@pytest.mark.parametrize("operation", ["list-alert-rules", "check-alert-rules", ENSURE])
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_whatever_a_server_does_to_a_read_ends_typed_and_writes_nothing(
    generation: Generation, operation: str
) -> None:
    wrong, failed = [], set[str]()
    paths = await calls_of(generation, operation)
    async with alert_ground(generation) as ground:
        for path in paths:
            for fault in QUICK:
                ground.play.clear()
                spoil(ground, "GET", path, fault)
                output = await ground.call(operation)
                failed |= set() if output.ok else {path}
                wrong += [f"{one}: {fault.name} at {path}" for one in problems_of(output)]

    assert wrong == []
    assert failed == set(paths)
    assert ground.writes == []


@pytest.mark.parametrize("fault", QUICK, ids=lambda one: one.name)
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_whatever_a_server_does_to_writes_the_next_run_ends_them_and_doubles_nothing(
    generation: Generation, fault: Fault
) -> None:
    async with alert_ground(generation) as ground:
        await ground.call(ENSURE, apply=True)
        kinds = {(method, path) for method, path, _ in ground.writes}
    for method, path in sorted(kinds):
        async with alert_ground(generation) as ground:
            spoil(ground, method, path, fault)
            first = await ground.call(ENSURE, apply=True)
            sent = [json.dumps(one) for one in ground.writes]
            ground.play.clear()
            second = await ground.call(ENSURE, apply=True)

            assert problems_of(first) == [], f"{method} {path}"
            assert len(sent) == len(set(sent)) or fault.refuses
            assert second.status is Status.SUCCESS, second
            assert (await ground.data("check-alert-rules"))["in_step"]
            assert len(await ours(ground)) == len(set(await ours(ground)))


async def ours(ground: Ground) -> list[str]:
    """The names of our rules, by kind."""
    found = await ground.all()
    return [
        f"{path} {one['name']}"
        for path, rows in found.items()
        for one in rows
        if "[sentry-monitor" in one["name"]
    ]


@pytest.mark.parametrize("name", ON_DELETIONS)
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_whatever_a_server_does_to_a_deletion_the_next_run_ends_it(
    generation: Generation, name: str, tmp_path: Path
) -> None:
    async with alert_ground(generation) as ground:
        await ground.call(ENSURE, apply=True)
        ground.rules_file = tmp_path / "alerts.toml"
        ground.rules_file.write_text("built_in = false\n[rules.one]\nwhen = 'regression'\n")
        plan = await ground.data(ENSURE)
        ends = "alert-rules" if generation == "legacy" else "detectors"
        (last,) = [one["id"] for one in plan["left_over"] if f"{one['kind']}s" == ends]
        spoil(ground, "DELETE", f"{ORG}{ends}/{last}/", BY_NAME[name])

        first = await ground.call(ENSURE, apply=True, prune=True)
        sent = [json.dumps(one) for one in ground.writes]
        ground.play.clear()
        second = await ground.call(ENSURE, apply=True, prune=True)

        assert problems_of(first) == []
        assert len(sent) == len(set(sent)) or BY_NAME[name].refuses
        assert second.status is Status.SUCCESS, second
        assert len(await ours(ground)) == 1
