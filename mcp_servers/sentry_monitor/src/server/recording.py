"""Record what a server answers to a client's first questions: the snapshot of a fast start."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, KNOWN_PROTOCOL_VERSIONS

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

from .app import build
from .opening import ENVELOPE, SNAPSHOT
from .tools import Selection

LISTS: Final = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
CLIENT: Final = {"name": "recorder", "version": "0"}
INITIALIZED: Final = {"jsonrpc": "2.0", "method": "notifications/initialized"}


async def snapshot() -> str:
    """The snapshot as JSON: each result once, and which of them each protocol version gets."""
    results: list[Any] = []
    versions: dict[str, dict[str, int]] = {}
    for version in KNOWN_PROTOCOL_VERSIONS:
        for method, result in (await opening(version)).items():
            if result not in results:
                results.append(result)
            versions.setdefault(version, {})[method] = results.index(result)
    whole = {
        "read_only": sorted(one.name for one in OPERATIONS if one.read_only),
        "results": results,
        "tools": sorted(OPERATIONS.names),
        "toolsets": {one.name: one.toolset for one in OPERATIONS if one.toolset},
        "versions": versions,
    }
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


async def opening(version: str, selection: Selection = Selection()) -> dict[str, Any]:  # noqa: B008 - frozen
    """Method -> result, as the real server puts it on the wire for a client of a version."""
    wire = _Wire()
    server = build(SentryErrorMonitorModule({}), selection)
    serving = asyncio.ensure_future(_serve(server, wire))
    legacy = version in HANDSHAKE_PROTOCOL_VERSIONS
    first = "initialize" if legacy else "server/discover"
    found = {}
    for method in (first, *LISTS):
        found[method] = await wire.ask(method, _params(method, version, legacy=legacy))
        if method == "initialize":
            await wire.say(INITIALIZED)
    await wire.close()
    await serving
    return found


def _params(method: str, version: str, *, legacy: bool) -> dict[str, Any]:
    if not legacy:
        kind = ENVELOPE.rpartition("/")[0]
        told = {"protocolVersion": version, "clientInfo": CLIENT, "clientCapabilities": {}}
        return {"_meta": {f"{kind}/{name}": value for name, value in told.items()}}
    if method == "initialize":
        return {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
    return {}


async def _serve(server: Server[Any], wire: "_Wire") -> None:
    async with stdio_server(stdin=wire, stdout=wire) as (read, write):  # type: ignore[arg-type]
        await server.run(read, write, server.create_initialization_options())


class _Wire:
    """Both ends of a conversation inside this process."""

    def __init__(self) -> None:
        self._said = asyncio.Queue[str | None]()
        self._heard = asyncio.Queue[Any]()
        self._last_id = 0

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        self._last_id += 1
        await self.say({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while (heard := await self._heard.get()).get("id") != self._last_id:
            pass
        return heard["result"]

    async def say(self, message: dict[str, Any]) -> None:
        await self._said.put(json.dumps(message))

    async def close(self) -> None:
        await self._said.put(None)

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        line = await self._said.get()
        if line is None:
            raise StopAsyncIteration
        return line

    async def write(self, text: str) -> None:
        await self._heard.put(json.loads(text))

    async def flush(self) -> None:
        """Nothing is held back."""


def recorded_in() -> str:
    """Where the snapshot belongs, below the root of the project."""
    return "/".join(Path(SNAPSHOT).parts[-5:])
