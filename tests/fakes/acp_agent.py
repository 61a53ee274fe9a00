"""`python acp_agent.py STEPS` is an agent of the Agent Client Protocol that does what it is told: for
each prompt the next list of steps (JSON), each a name and its arguments. A program, run by path."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC240 - it does one thing at a time

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from acp import RequestError, run_agent, update_agent_message_text
from acp.schema import (
    AgentCapabilities,
    AuthenticateResponse,
    AuthMethodAgent,
    Cost,
    InitializeResponse,
    McpCapabilities,
    NewSessionResponse,
    PermissionOption,
    PromptResponse,
    SessionMode,
    SessionModeState,
    SetSessionModeResponse,
    ToolCallProgress,
    ToolCallStart,
    ToolCallUpdate,
    UsageUpdate,
)

OPTIONS = [
    PermissionOption(option_id=kind, name=kind, kind=kind)
    for kind in ("allow_always", "allow_once", "reject_once")
]
ORDINARY = {"http": True, "login": False}


class Scripted:
    """Each step is a method."""

    def __init__(self, script: dict[str, Any]) -> None:
        self._prompts = list(script["prompts"])
        self._able = {**ORDINARY, **script.get("able", {})}
        self._servers: dict[str, str] = {}
        self._seen: dict[str, Any] = {"env": dict(os.environ), "denied": [], "answers": []}
        self._stop: Any = "end_turn"
        self._client: Any = None

    def on_connect(self, conn: Any) -> None:
        self._client = conn

    async def initialize(self, protocol_version: int, **more: Any) -> InitializeResponse:
        methods: Any = [AuthMethodAgent(id=one, name=one) for one in ("browser", "some-api-key")]
        able = AgentCapabilities(mcp_capabilities=McpCapabilities(http=self._able["http"]))
        return InitializeResponse(
            protocol_version=protocol_version, agent_capabilities=able, auth_methods=methods
        )

    async def authenticate(self, method_id: str, **more: Any) -> AuthenticateResponse:
        self._able["login"] = self._able["login"] == "never"
        self._seen["login"] = method_id
        return AuthenticateResponse()

    async def new_session(self, cwd: str, mcp_servers: Any, **more: Any) -> NewSessionResponse:
        if self._able["login"]:
            raise RequestError.auth_required()
        self._servers = {one.name: one.url for one in mcp_servers}
        self._seen |= {"cwd": cwd, "servers": self._servers}
        modes = [SessionMode(id=one, name=one) for one in ("build", "plan")]
        return NewSessionResponse(
            session_id="s1",
            modes=SessionModeState(current_mode_id="build", available_modes=modes),
        )

    async def set_session_mode(self, mode_id: str, **more: Any) -> SetSessionModeResponse:
        self._seen["mode"] = mode_id
        return SetSessionModeResponse()

    async def prompt(self, prompt: Any, **more: Any) -> PromptResponse:
        self._seen["prompt"] = "".join(block.text for block in prompt)
        for name, *arguments in self._prompts.pop(0) if self._prompts else ():
            await getattr(self, f"do_{name}")(*arguments)
        return PromptResponse(stop_reason=self._stop)

    async def cancel(self, session_id: str, **more: Any) -> None:
        Path("cancelled").touch()

    async def do_stop(self, reason: str) -> None:
        self._stop = reason

    async def do_write(self, path: str, text: str) -> None:
        await self._update(
            ToolCallStart(session_update="tool_call", tool_call_id="1", title="write")
        )
        Path(path).write_text(text)
        done = ToolCallProgress(
            session_update="tool_call_update", tool_call_id="1", status="completed"
        )
        await self._update(done)

    async def do_tell(self, path: str) -> None:
        """All that it has seen."""
        Path(path).write_text(json.dumps(self._seen))

    async def do_say(self, text: str) -> None:
        await self._update(update_agent_message_text(text))

    async def do_cost(self, amount: float, currency: str = "USD") -> None:
        cost = Cost(amount=amount, currency=currency)
        await self._update(UsageUpdate(session_update="usage_update", used=1, size=2, cost=cost))

    async def do_may(self, kind: Any, title: str) -> None:
        call = ToolCallUpdate(tool_call_id="2", kind=kind, title=title)
        answer = await self._client.request_permission(
            session_id="s1", tool_call=call, options=OPTIONS
        )
        self._seen["answers"].append(answer.outcome.option_id)

    async def do_read_by_client(self, path: str) -> None:
        try:
            await self._client.read_text_file(session_id="s1", path=path)
        except RequestError as problem:
            self._seen["denied"].append(problem.code)

    async def do_model(self, path: str = "/v1/messages", times: int = 1) -> None:
        for _ in range(times):
            status, _ = await post(os.environ["ANTHROPIC_BASE_URL"] + path, {})
            self._seen["answers"].append(status)

    async def do_report(self, report: dict[str, Any]) -> None:
        call = {"name": "submit_report", "arguments": report}
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        status, body = await post(self._servers["report"], request)
        assert status == 200, body
        self._seen["answers"].append(json.loads(body)["result"]["content"][0]["text"])

    async def do_tools(self, server: str) -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        _, body = await post(self._servers[server], request)
        self._seen["tools"] = json.loads(body)["result"]["tools"]

    async def do_stream(self, server: str) -> None:
        status, _ = await post(self._servers[server], None)
        self._seen["answers"].append(status)

    async def do_raw(self, line: str, times: int = 1) -> None:
        for _ in range(times):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()

    async def do_err(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    async def do_daemon(self, mark: str) -> None:
        code = f"import os, time; os.setsid(); open('begun', 'w').close(); time.sleep({mark})"
        subprocess.Popen([sys.executable, "-c", code])
        while not Path("begun").exists():
            await asyncio.sleep(0.02)

    async def do_hang(self) -> None:
        Path("hangs").touch()
        await asyncio.sleep(3600)

    async def do_exit(self, code: int) -> None:
        os._exit(code)

    async def do_fail(self, text: str) -> None:
        raise RequestError(-32603, text)

    async def _update(self, update: Any) -> None:
        await self._client.session_update(session_id="s1", update=update)


async def post(url: str, body: object) -> tuple[int, bytes]:
    """A GET where there is no body."""
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2025-06-18",
    }
    sent = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, sent, headers)  # noqa: S310 - loopback

    def ask() -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read()

    return await asyncio.to_thread(ask)


if __name__ == "__main__":
    agent: Any = Scripted(json.loads(sys.argv[1]))
    asyncio.run(run_agent(agent))
