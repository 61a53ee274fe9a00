"""What a client is told from the snapshot, and what waits for the real server."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.server.opening import (
    ENVELOPE,
    OPENING_ID,
    Flags,
    Opening,
    flags_of,
    recorded,
    toolsets,
)
from mcp_servers.sentry_monitor.src.server.recording import opening
from mcp_servers.sentry_monitor.src.server.tools import Selection

NONE = frozenset[str]()
NAMES = sorted(OPERATIONS.names)
ONE_EACH = [frozenset({name}) for name in NAMES]
SETS = [frozenset[str](), *ONE_EACH, frozenset(NAMES[:4]), frozenset(NAMES)]
CHOICES = [
    Flags(read_only, only, without)
    for read_only in (False, True)
    for only, without in [
        *((one, frozenset[str]()) for one in SETS),
        *((frozenset[str](), one) for one in SETS),
        *itertools.pairwise(SETS),
    ]
]
CHOICES += [
    Flags(toolsets=NONE),
    Flags(read_only=True, toolsets=NONE),
    Flags(only=frozenset({"get-tracked-issue", "list-projects"}), toolsets=NONE),
    Flags(without=frozenset({"get-tracked-issue"}), toolsets=NONE),
    *(Flags(toolsets=frozenset({one.toolset})) for one in OPERATIONS if one.toolset),
]
CLIENT = {"name": "a test", "version": "0"}
INITIALIZED = b'{"jsonrpc": "2.0", "method": "notifications/initialized"}'


def initialize(version: str = "2025-11-25", request_id: object = 1) -> bytes:
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
    return asked("initialize", request_id, params)


def asked(method: str, request_id: object = 2, params: object = None) -> bytes:
    message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params or {}}
    return json.dumps(message).encode()


def opened(flags: Flags = Flags()) -> Opening:  # noqa: B008 - frozen
    one = Opening(recorded(flags))
    assert one.answer(initialize())
    return one


def reply(line: bytes | None) -> Any:
    return None if line is None else json.loads(line)


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
async def test_every_choice_of_tools_is_answered_as_by_the_real_server(version: str) -> None:
    for flags in CHOICES:
        told = recorded(flags)
        selection = Selection(*flags)
        if not selection.of(OPERATIONS):
            assert told == {}  # the real server says why it does not start
        else:
            assert told[version] == await opening(version, selection)


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        ("mcp", Flags()),
        ("mcp --read-only", Flags(read_only=True)),
        ("mcp --tools a,b", Flags(only=frozenset("ab"))),
        ("mcp --tools=a,,b --read-only", Flags(read_only=True, only=frozenset("ab"))),
        ("mcp --exclude-tools a", Flags(without=frozenset("a"))),
        ("mcp --tools a --tools b", Flags(only=frozenset("b"))),
        ("mcp --toolsets a,b", Flags(toolsets=frozenset("ab"))),
        ("mcp --no-fast-start", None),
        ("mcp --http 127.0.0.1:1", None),
        ("mcp --tools", None),
        ("mcp --read", None),
        ("mcp --read-only=1", None),
        ("mcp --help", None),
        ("mcp extra", None),
        ("call mcp", None),
        ("", None),
    ],
)
def test_only_a_command_line_that_is_understood_whole_is_begun(
    words: str, flags: Flags | None
) -> None:
    assert flags_of(words.split()) == flags


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, set()),
        ({"SENTRY_TRACKER": " off "}, set()),
        ({"SENTRY_TRACKER": "github"}, {"tracker"}),
        (
            {"SENTRY_MONITOR_TOOLSETS": "telemetry, ", "SENTRY_TRACKER": "jira"},
            {"telemetry", "tracker"},
        ),
    ],
    ids=["unset", "off", "github", "named"],
)
def test_the_environment_says_which_toolsets_are_asked_for(
    given: dict[str, str], asked: set[str]
) -> None:
    assert toolsets(given) == asked


def test_a_toolset_that_does_not_exist_is_the_real_servers_to_refuse() -> None:
    assert recorded(Flags(toolsets=frozenset({"no-such-set"}))) == {}


def test_a_tool_that_does_not_exist_is_the_real_servers_to_refuse() -> None:
    assert recorded(Flags(only=frozenset({"no-such-tool"}))) == {}


def test_the_opening_of_a_conversation_is_answered_and_kept_to_be_told_again() -> None:
    one = Opening(recorded(Flags()))

    first = reply(one.answer(initialize(request_id="x")))
    assert (first["id"], first["result"]["protocolVersion"]) == ("x", "2025-11-25")
    assert one.answer(INITIALIZED) == b""
    listed = reply(one.answer(asked("tools/list")))

    assert [tool["name"] for tool in listed["result"]["tools"]] == NAMES
    assert [json.loads(line).get("id") for line in one.replay] == [OPENING_ID, None]


def test_a_client_without_a_handshake_is_answered_by_its_envelope() -> None:
    one = Opening(recorded(Flags(read_only=True)))

    listed = reply(one.answer(asked("tools/list", params={"_meta": {ENVELOPE: "2026-07-28"}})))

    assert not {"resolve-issue"} & {tool["name"] for tool in listed["result"]["tools"]}
    assert one.replay == []


@pytest.mark.parametrize(
    "line",
    [
        asked("tools/call"),
        asked("ping"),
        asked("tools/list", params={"cursor": "x"}),
        asked("tools/list", params={"_meta": {ENVELOPE: "2026-07-28"}}),
        asked("tools/list", params=[1]),
        asked("tools/list", request_id=None),
        asked("tools/list", request_id=[1]),
        initialize(),
        b"not json",
        b"[" * 100_000,
        asked("tools/list", request_id="\ud800"),
        b"[]",
        b"7",
        b'{"jsonrpc": "2.0", "method": "notifications/cancelled"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": {}}',
    ],
)
def test_whatever_else_is_said_is_left_to_the_real_server(line: bytes) -> None:
    one = opened()
    replay = list(one.replay)

    assert one.answer(line) is None
    assert one.replay == replay


@pytest.mark.parametrize("version", ["1999-01-01", "", None, 7])
def test_a_version_that_was_not_recorded_is_left_to_the_real_server(version: Any) -> None:
    one = Opening(recorded(Flags()))

    assert one.answer(initialize(version)) is None
    assert not one.opened


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "method", "params", "_meta", "cursor", "protocolVersion", ENVELOPE]), inner, max_size=5)))  # fmt: skip
def test_no_message_breaks_the_opening(message: Any) -> None:
    for one in (opened(), Opening(recorded(Flags()))):
        one.answer(json.dumps(message).encode())


@pytest.mark.parametrize(
    "params",
    [
        {"capabilities": {}},
        {"clientInfo": CLIENT},
        {"capabilities": {}, "clientInfo": {}},
        {"capabilities": {}, "clientInfo": {"name": "a test"}},
        {"capabilities": {}, "clientInfo": {"name": 7, "version": "0"}},
        {"capabilities": {"roots": 7}, "clientInfo": CLIENT},
        {"capabilities": [], "clientInfo": CLIENT},
    ],
)
def test_a_handshake_that_the_real_server_would_refuse_is_left_to_it(params: Any) -> None:
    one = Opening(recorded(Flags()))

    assert one.answer(asked("initialize", 1, {"protocolVersion": "2025-11-25", **params})) is None
    assert not one.opened
