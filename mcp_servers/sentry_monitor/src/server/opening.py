"""The opening of a conversation, answered from a snapshot while the real server is imported.

Importing the MCP SDK takes most of a second, which a client waits for before it can do anything;
the answers to its first questions never change. This file uses nothing but the standard library's
quickest parts, reads nothing and decides all: what a client may be told from the snapshot, and
what must wait for the real server.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

SNAPSHOT: Final = os.path.join(os.path.dirname(__file__), "snapshot.json")
ENVELOPE: Final = "io.modelcontextprotocol/protocolVersion"
OPENING_ID: Final = "sentry-monitor/opening"  # of the initialize that the real server is told again
LISTS: Final = {"--tools": "only", "--exclude-tools": "without", "--toolsets": "toolsets"}
Json = dict[str, Any]


class Flags(NamedTuple):
    """What the command line says about the tools that are offered."""

    read_only: bool = False
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    toolsets: frozenset[str] | None = None  # beside what is always offered; None for all


def toolsets(environ: Mapping[str, str]) -> frozenset[str]:
    """Those that the environment asks for; without a tracker its tools would do nothing."""
    tracks = environ.get("SENTRY_TRACKER", "").strip() not in ("", "off")
    named = _names(environ.get("SENTRY_MONITOR_TOOLSETS", ""))
    return named | {"tracker"} if tracks else named


def flags_of(argv: Sequence[str]) -> Flags | None:
    """The flags of `mcp …` over stdio; None for any other command line, and for the flag that
    turns this off."""
    found, rest = Flags(), list(argv)
    if not rest or rest.pop(0) != "mcp":
        return None
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name == "--read-only" and not equals:
            found = found._replace(read_only=True)
        elif name in LISTS and (equals or rest):
            names = _names(value if equals else rest.pop(0))
            found = Flags(**{**found._asdict(), LISTS[name]: names})
        else:
            return None
    return found


def _names(given: str) -> frozenset[str]:
    return frozenset(name.strip() for name in given.split(",") if name.strip())


def recorded(flags: Flags) -> dict[str, dict[str, Json]]:
    """Version -> method -> result, as a server with these flags answers; empty where it would
    offer nothing or refuse to start, which is the real server's to say."""
    with open(SNAPSHOT, "rb") as file:
        snapshot = json.load(file)
    known = set(snapshot["tools"])
    if (flags.only | flags.without) - known:
        return {}
    sets = snapshot["toolsets"]
    asked = set(sets.values()) if flags.toolsets is None else flags.toolsets
    if asked - set(sets.values()):
        return {}
    idle = {name for name, toolset in sets.items() if toolset not in asked} - flags.only
    readers = snapshot["read_only"]
    offered = [n for n in snapshot["tools"] if n not in idle and _offers(flags, n, readers)]
    if not offered:
        return {}
    return {
        version: {
            method: _chosen(snapshot["results"][at], offered) for method, at in methods.items()
        }
        for version, methods in snapshot["versions"].items()
    }


def _offers(flags: Flags, name: str, read_only: Sequence[str]) -> bool:
    allowed = name in read_only or not flags.read_only
    return allowed and name not in flags.without and (not flags.only or name in flags.only)


def _chosen(result: Json, offered: Sequence[str]) -> Json:
    if "tools" not in result:
        return result
    return {**result, "tools": [one for one in result["tools"] if one["name"] in offered]}


class Opening:
    """What has been said so far, and what of it the real server must be told again."""

    def __init__(self, versions: Mapping[str, Mapping[str, Json]]) -> None:
        self._versions = versions
        self._version: str | None = None
        self.replay: list[bytes] = []

    @property
    def opened(self) -> bool:
        """Whether an `initialize` was answered, whose second answer is to be dropped."""
        return self._version is not None

    def answer(self, line: bytes) -> bytes | None:
        """The reply to a line; empty where it needs none; None where the real server must speak."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        if message.get("method") == "notifications/initialized" and "id" not in message:
            self.replay.append(line + b"\n")
            return b""
        result = self._result(message)
        if result is None:
            return None
        if message["method"] == "initialize":
            told = {**message, "id": OPENING_ID}
            self.replay.append(json.dumps(told).encode() + b"\n")
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def _result(self, message: Json) -> Json | None:
        params = message.get("params", {})
        if not isinstance(params, dict) or not _is_id(message.get("id")):
            return None
        method, meta = message.get("method"), params.get("_meta")
        version = meta.get(ENVELOPE) if isinstance(meta, dict) else None
        if method == "initialize":
            return self._initialize(params, version)
        if version is not None and self._version is not None:
            return None  # two eras in one conversation: the real server refuses
        if params.get("cursor") is not None:
            return None
        named = self._version if version is None else version
        found = self._versions.get(named, {}) if isinstance(named, str) else {}
        return found.get(method) if isinstance(method, str) else None

    def _initialize(self, params: Json, version: object) -> Json | None:
        wanted = params.get("protocolVersion")
        if version is not None or self.opened or not isinstance(wanted, str):
            return None
        if not _is_whole(params):
            return None  # refused, once the real server reads it
        result = self._versions.get(wanted, {}).get("initialize")
        if result is not None:
            self._version = wanted
        return result


def _is_id(given: object) -> bool:
    return isinstance(given, int) or (isinstance(given, str) and given.isascii())


def _is_whole(params: Json) -> bool:
    """Whether an `initialize` says what it must of the client."""
    client, can = params.get("clientInfo"), params.get("capabilities")
    if not isinstance(client, dict) or not isinstance(can, dict):
        return False
    named = all(isinstance(client.get(name), str) for name in ("name", "version"))
    return named and all(isinstance(one, dict) for one in can.values())
