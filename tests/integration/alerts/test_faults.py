"""Every fault on every call of the operations of alert rules, with either generation of the API."""

import json

import pytest

from fakes.alerting import GENERATIONS, Generation, Ground, alert_ground, page_of
from fakes.faults import FAULTS
from fakes.upstream import CANARY, TOKEN, Fault, spoil
from modules.framework.contracts import ModuleOutput, Status

QUICK = [one for one in FAULTS if not one.waits]
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
            for rows in (await ground.all()).values():
                names = [one["name"] for one in rows if "sentry-monitor" in one["name"]]
                assert len(names) == len(set(names))
