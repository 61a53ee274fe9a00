"""A set-up that is changed while the server fails: sent once, read back, told truly."""

import pytest

from fakes.faults import BY_NAME, FAULTS
from fakes.loopback import Line, Seen, answer
from fakes.setup_ground import ACME, SHOP, Ground, a_ground, played
from fakes.upstream import CANARY, TOKEN, spoil
from modules.framework.contracts import Status
from modules.telemetry.setup_findings import SENSITIVE_FIELDS
from modules.telemetry.setup_intake import SAFE_FILTERS

ADDRESSES = {"scrub_ip_addresses": True}  # a setting, fields and filters: every kind of change
FILTER = f"{SHOP}filters/web-crawlers/"
READS = (
    SHOP, ACME, f"{SHOP}filters/", f"{SHOP}keys/", f"{SHOP}environments/", f"{ACME}releases/",
    f"{SHOP}files/artifact-bundles/", f"{ACME}code-mappings/", f"{SHOP}ownership/",
    f"{ACME}events/",
)  # fmt: skip
REFUSED = answer(403, {"detail": "no"})
QUICK = [one for one in FAULTS if not one.waits]
ON_WRITES = (
    "504 after applying", "reset after applying", "303 after applying", "200 page", "404 page",
    "429 without", "500", "403", "404", "reset",
)  # fmt: skip


async def lost(ground: Ground, seen: Seen, line: Line) -> None:
    """Applied, and nobody hears of it."""
    await ground.forward(seen)
    await line.reset()


async def test_a_change_whose_answer_is_lost_is_found_by_reading_back() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        ground.play[("PUT", SHOP)] = lambda seen, line: lost(ground, seen, line)

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is Status.PARTIAL_SUCCESS
        assert [one.action for one in output.side_effects] == [
            "set-project-setting",
            "add-sensitive-fields",
        ]
        assert ground.writes == [f"PUT {SHOP}"]  # what came of it was not certain, so no filter


async def test_a_change_that_went_nowhere_is_in_doubt() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        ground.play[("PUT", SHOP)] = lambda _, line: line.reset()

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.error is not None
        assert output.error.code == "outcome_unknown"
        assert "check-project-setup" in str(output.error.recovery_suggestion)
        assert ground.writes == [f"PUT {SHOP}"]


async def test_a_server_that_failed_and_changed_nothing_has_failed() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        ground.play[("PUT", SHOP)] = lambda _, line: line.send(answer(500, {"detail": CANARY}))

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.error is not None
        assert output.error.code == "upstream_failure"
        assert CANARY not in output.model_dump_json()


async def test_a_filter_that_is_refused_leaves_what_was_done_and_told() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        ground.play[("PUT", FILTER)] = lambda _, line: line.send(answer(403, {"detail": "no"}))

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is Status.PARTIAL_SUCCESS
        assert [one.action for one in output.side_effects] == [
            "set-project-setting",
            "add-sensitive-fields",
            "switch-on-filter",
        ]
        assert any("refused" in one for one in output.warnings)
        assert "The filter web-crawlers reads back as off." in output.warnings


async def test_a_server_that_accepts_and_keeps_nothing_is_found_out() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        ground.play[("PUT", SHOP)] = lambda _, line: line.send(answer(200, {"id": "1"}))

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is Status.PARTIAL_SUCCESS
        assert {one.action for one in output.side_effects} == {"switch-on-filter"}
        assert "ip-addresses reads back as stored." in output.warnings


async def test_what_was_accepted_counts_though_it_cannot_be_read_back() -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]

        def fail_from_now(seen: Seen) -> None:
            if seen.method == "PUT" and seen.path == FILTER:
                refused = answer(502, b"", content_type="text/html")
                ground.play[("GET", SHOP)] = lambda _, line: line.send(refused)

        ground.after = fail_from_now
        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is Status.PARTIAL_SUCCESS
        assert len(output.side_effects) == 4
        assert any("reading back failed" in one for one in output.warnings)
        assert ground.settings["scrubIPAddresses"]


async def test_fields_that_somebody_removes_meanwhile_are_missed() -> None:
    async with a_ground() as ground:
        await ground.put(SHOP, {"sensitiveFields": ["theirs"]})
        plan = (await ground.check(**ADDRESSES))["plan"]

        async def replaced(seen: Seen, line: Line) -> None:
            raw = await ground.forward(seen)
            await ground.put(SHOP, {"sensitiveFields": ["another"]})
            await line.send(raw)

        ground.play[("PUT", SHOP)] = replaced
        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is Status.PARTIAL_SUCCESS
        assert any("1 sensitive fields that were there are gone" in one for one in output.warnings)


@pytest.mark.parametrize("path", [f"{SHOP}keys/", f"{ACME}releases/", ACME, f"{SHOP}filters/"])
async def test_a_part_that_cannot_be_read_does_not_halve_a_fix_of_others(path: str) -> None:
    async with a_ground() as ground:
        ground.play[("GET", path)] = played(REFUSED)

        output = await ground.fix()

        assert output.status is Status.SUCCESS, output.warnings
        assert output.side_effects[0].action == "add-sensitive-fields"
        assert any("scope" in one for one in output.warnings)


async def test_settings_that_cannot_be_read_back_do_not_halve_a_fix_of_filters() -> None:
    async with a_ground() as ground:
        await ground.put(SHOP, {"sensitiveFields": list(SENSITIVE_FIELDS)})
        plan = (await ground.check())["plan"]

        def refuse_from_now(seen: Seen) -> None:
            if seen.path == FILTER:
                ground.play[("GET", SHOP)] = played(REFUSED)

        ground.after = refuse_from_now
        output, _ = await ground.ask("fix-project-setup", plan=plan)

        assert output.status is Status.SUCCESS, output.warnings
        assert {one.action for one in output.side_effects} == {"switch-on-filter"}


async def test_what_cannot_be_read_is_not_said_to_need_nothing() -> None:
    async with a_ground(platform="python") as ground:
        await ground.put(SHOP, {"sensitiveFields": list(SENSITIVE_FIELDS)})
        ground.play[("GET", f"{SHOP}filters/")] = played(REFUSED)  # of no use to this platform

        mended, _ = await ground.ask("fix-project-setup", plan="00000000")
        ground.after = lambda seen: second_time(ground, seen)
        unread, _ = await ground.ask("fix-project-setup", plan="00000000")

        assert mended.status is Status.SUCCESS, mended.warnings
        assert unread.status is Status.PARTIAL_SUCCESS
        assert any(one.startswith("settings: ") for one in unread.warnings)
        assert not any("nothing to mend" in one for one in unread.warnings)
        assert ground.writes == []


def second_time(ground: Ground, seen: Seen) -> None:
    """The first look at a project finds which it is, the second its settings."""
    if seen.path == SHOP:
        ground.play[("GET", SHOP)] = played(REFUSED)


@pytest.mark.parametrize("turn", range(len(READS)))
async def test_whatever_a_server_does_to_a_read_the_check_ends_typed(turn: int) -> None:
    """Each fault on one of the reads."""
    async with a_ground() as ground:
        for fault in QUICK[turn :: len(READS)]:
            spoil(ground, "GET", READS[turn], fault)
            output, page = await ground.ask("check-project-setup")

            text = output.model_dump_json()
            assert output.status is not Status.ERROR, text
            assert TOKEN not in text + page
            assert output.ok or (output.error and output.error.recovery_suggestion)
            assert output.ok or READS[turn] == SHOP or fault.name.startswith("429"), fault.name


@pytest.mark.parametrize("name", ON_WRITES)
@pytest.mark.parametrize("path", [SHOP, FILTER])
async def test_whatever_a_server_does_to_a_write_it_is_sent_once(path: str, name: str) -> None:
    async with a_ground() as ground:
        plan = (await ground.check(**ADDRESSES))["plan"]
        spoil(ground, "PUT", path, BY_NAME[name])

        output, _ = await ground.ask("fix-project-setup", plan=plan, **ADDRESSES)

        assert output.status is not Status.ERROR, output
        assert ground.writes.count(f"PUT {path}") == 1 or BY_NAME[name].refuses
        told = {str(effect.action) for effect in output.side_effects}
        assert ("set-project-setting" in told) == bool(ground.settings.get("scrubIPAddresses"))
        filters = [one for one in output.side_effects if one.action == "switch-on-filter"]
        assert len(filters) == sum(ground.filters[one] for one in SAFE_FILTERS)
