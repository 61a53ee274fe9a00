"""What check-project-setup leaves to people: addresses, retention, and whether it fails."""

from collections.abc import AsyncIterator

import pytest

from fakes.loopback import answer
from fakes.setup_ground import SHOP, Ground, a_ground, fill, played
from modules.framework.contracts import Category


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    async with a_ground() as one:
        yield one


async def test_addresses_are_told_with_both_sides_and_left_as_they_are(ground: Ground) -> None:
    output, page = await ground.ask("check-project-setup")

    assert output.data is not None
    found = {one["name"]: one for one in output.data["findings"]}["ip-addresses"]
    assert (found["state"], found["there"], found["fixable"]) == ("your choice", "stored", False)
    assert "personal data" in found["wanted"]
    assert "users without an id" in found["wanted"]
    assert "scrub_ip_addresses=true" in found["remedy"]
    assert "your choice: ip-addresses: stored; " in page
    assert not any("ip-addresses" in one for one in output.data["would_change"])


async def test_addresses_are_scrubbed_where_it_is_asked_for(ground: Ground) -> None:
    asked, _ = await ground.ask("check-project-setup", scrub_ip_addresses=True)
    output = await ground.fix(scrub_ip_addresses=True)

    assert asked.data is not None
    assert "ip-addresses: stored -> not stored" in asked.data["would_change"]
    assert "scrub_ip_addresses=true" in asked.recommendations[0]
    assert ground.settings["scrubIPAddresses"]
    effect = output.side_effects[0]
    assert (effect.action, effect.after) == ("set-project-setting", {"scrubIPAddresses": True})
    assert "have none" in str(effect.undo)
    assert (await ground.states(scrub_ip_addresses=True))["ip-addresses"] == "good"
    assert (await ground.states())["ip-addresses"] == "your choice"


@pytest.mark.parametrize("days", [7, 30, 90, 365])
async def test_retention_shows_by_the_oldest_event(days: int) -> None:
    async with a_ground(retention_days=days) as ground:
        for ago in (0.5, 6.5, 29.5, 89.5):
            await ground.report(days_ago=ago)

        found = {one["name"]: one for one in (await ground.check())["findings"]}

        kept = days >= 90
        assert found["retention"]["state"] == ("good" if kept else "unknown")
        assert ("remedy" in found["retention"]) is not kept


@pytest.mark.parametrize("wanted", [1, 30, 90, 100])
async def test_an_event_older_than_is_wanted_is_the_best_witness(wanted: int) -> None:
    async with a_ground(retention_days=200) as ground:
        for ago in (120, 95, 80, 10):
            await ground.report(days_ago=ago)

        data = await ground.check(retention_days=wanted)

        found = {one["name"]: one for one in data["findings"]}["retention"]
        assert (found["state"], found["there"]) == ("good", "an event of 120 days ago is there")


@pytest.mark.parametrize("wanted", [1, 2, 3, 7])
async def test_an_event_of_today_is_no_witness_of_a_few_days(wanted: int, ground: Ground) -> None:
    await ground.report()

    assert (await ground.states(retention_days=wanted))["retention"] == "unknown"


async def test_a_gate_names_what_is_wanting(ground: Ground) -> None:
    output, _ = await ground.ask("check-project-setup", fail_on_wanting=True)

    wanting = [name for name, state in (await ground.states()).items() if state == "wanting"]
    assert output.error is not None
    assert (output.error.code, output.error.category) == (
        "project_setup_wanting",
        Category.CONFLICT,
    )
    assert output.error.details["wanting"] == wanting
    assert all(name in output.error.message for name in wanting)
    assert "ip-addresses" not in output.error.message
    assert ground.writes == []


async def test_a_gate_lets_through_what_is_set_up_well(ground: Ground) -> None:
    await fill(ground)

    assert (await ground.ask("check-project-setup", fail_on_wanting=True))[0].ok


async def test_a_gate_does_not_pass_over_what_could_not_be_read(ground: Ground) -> None:
    await fill(ground)
    ground.play[("GET", f"{SHOP}keys/")] = played(answer(403, {"detail": "no"}))

    output, _ = await ground.ask("check-project-setup", fail_on_wanting=True)

    assert output.error is not None
    assert output.error.details["wanting"] == []
    assert "not read: keys: " in output.error.message
