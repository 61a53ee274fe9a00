"""The tools as clients see them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench.tokens import tokens
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.server.app import INSTRUCTIONS
from mcp_servers.sentry_monitor.src.server.tools import Selection, UnknownTools, tools

SNAPSHOT = Path(__file__).parents[2] / "data" / "tools.json"


ALL, NONE = Selection(), frozenset[str]()
TRACKED = {one.name for one in OPERATIONS if one.toolset == "tracker"}


def definitions(selection: Selection = ALL) -> list[dict[str, Any]]:
    chosen = selection.of(OPERATIONS).values()
    return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in tools(chosen)]


def test_every_definition_equals_its_snapshot() -> None:
    text = json.dumps(definitions(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(text, encoding="utf-8")

    assert SNAPSHOT.read_text(encoding="utf-8") == text


def test_the_whole_list_costs_at_most_2500_tokens() -> None:
    listed = definitions(Selection(toolsets=NONE))
    wire = json.dumps({"tools": listed}, separators=(",", ":"), ensure_ascii=False)

    assert tokens(wire) <= 2500


def test_the_tools_of_a_tracker_are_offered_where_one_is_chosen_or_by_name() -> None:
    plain, named = Selection(toolsets=NONE), Selection(only=frozenset(TRACKED), toolsets=NONE)

    assert set(Selection(toolsets=frozenset({"tracker"})).of(OPERATIONS)) - set(
        plain.of(OPERATIONS)
    ) == {"get-tracked-issue", "list-tracked-issues", "sync-tracked-issue"}
    assert set(named.of(OPERATIONS)) == TRACKED
    assert plain.left_out_by(OPERATIONS, "get-tracked-issue") == "SENTRY_TRACKER"
    assert named.left_out_by(OPERATIONS, "get-tracked-issue") == ""


def test_no_tool_costs_more_than_400_tokens() -> None:
    costs = {one["name"]: tokens(json.dumps(one)) for one in definitions()}

    assert {name: cost for name, cost in costs.items() if cost > 400} == {}


def test_names_are_those_of_the_operations_in_order_and_short() -> None:
    names = [one["name"] for one in definitions()]

    assert names == sorted(OPERATIONS.names)
    assert max(map(len, names)) <= 40


def test_all_four_hints_are_given_and_only_readers_are_read_only() -> None:
    for one in definitions():
        hints = one["annotations"]
        operation = OPERATIONS.find(one["name"])
        assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert hints["readOnlyHint"] is operation.read_only
        assert hints["openWorldHint"] is True


def test_unknown_arguments_are_refused_by_every_schema() -> None:
    assert all(one["inputSchema"]["additionalProperties"] is False for one in definitions())


def test_no_schema_has_a_combination_at_its_root() -> None:
    for one in definitions():
        assert not {"anyOf", "oneOf", "allOf"} & set(one["inputSchema"])


def test_a_read_only_server_offers_nothing_that_changes() -> None:
    names = {one["name"] for one in definitions(Selection(read_only=True))}

    assert names == {one.name for one in OPERATIONS if one.read_only}
    assert "resolve-issue" not in names


def test_tools_can_be_chosen_and_left_out() -> None:
    only = Selection(only=frozenset({"get-issue-details", "resolve-issue"}))
    without = Selection(without=frozenset({"resolve-issue"}))

    assert set(only.of(OPERATIONS)) == {"get-issue-details", "resolve-issue"}
    assert "resolve-issue" not in without.of(OPERATIONS)
    assert len(without.of(OPERATIONS)) == len(OPERATIONS) - 1


def test_a_name_that_is_no_tool_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownTools, match=r"no such tool: resolve; there are: add-comment"):
        Selection(only=frozenset({"resolve"})).of(OPERATIONS)


def test_descriptions_and_instructions_fit_what_clients_show() -> None:
    assert len(INSTRUCTIONS) <= 2048
    assert all(len(one["description"]) <= 2048 for one in definitions())


def test_a_toolset_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UnknownTools, match=r"no such toolset: weather; there are: .*tracker"):
        Selection(toolsets=frozenset({"weather"})).of(OPERATIONS)
