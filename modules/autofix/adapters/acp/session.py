"""A session with an agent: what is asked of it, what it may, and how its answers are followed."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from acp import PROTOCOL_VERSION, RequestError, text_block
from acp.client.connection import ClientSideConnection
from acp.schema import (
    AgentMessageChunk,
    AllowedOutcome,
    ClientCapabilities,
    DeniedOutcome,
    HttpMcpServer,
    Implementation,
    InitializeResponse,
    NewSessionResponse,
    PermissionOption,
    RequestPermissionResponse,
    TextContentBlock,
    ToolCallProgress,
    ToolCallStart,
    ToolCallUpdate,
    UsageUpdate,
)
from pydantic import ValidationError

from modules.autofix.adapters.course import Course
from modules.outbound.dialogue import Dialogue

from .permissions import choice, may
from .verdict import AUTH_REQUIRED, End
from .wire import Wire

REST_S: Final = 20.0  # for an agent that has reported to end its turn
CANCEL_S: Final = 3.0  # for one that was told to stop
SHOWN: Final = 400
PLAN: Final = "plan"  # what agents call the mode in which they change nothing
NO_HTTP: Final = "it takes no MCP server over HTTP, so it could not report"
ABOUT_US: Final = Implementation(name="sentry-monitor", version="0")
NUDGE: Final = "You have not reported yet: call submit_report now."


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What an agent is given. `servers` are our MCP servers by name, `tools` what they offer."""

    prompt: str
    cwd: str
    servers: Mapping[str, str]
    tools: tuple[str, ...]
    plan_only: bool = False


async def hold(dialogue: Dialogue, ask: Ask, course: Course) -> End:
    """From the first word to the stop reason. Never raises for what the agent says."""
    agent = ClientSideConnection(_client(ask, course), Wire(dialogue))
    try:
        return await _Session(agent, ask, course).held()
    except RequestError as problem:
        return End(error=str(problem)[:SHOWN] or "no words", error_code=problem.code)
    except ValidationError:
        return End(error="its answer is none of the protocol")
    except ConnectionError:
        return End()
    finally:
        await agent.close()


class _Session:
    def __init__(self, agent: ClientSideConnection, ask: Ask, course: Course) -> None:
        self._agent, self._ask, self._course = agent, ask, course

    async def held(self) -> End:
        began = await self._agent.initialize(
            protocol_version=PROTOCOL_VERSION,
            client_capabilities=ClientCapabilities(),  # no files, no terminals: it has its own
            client_info=ABOUT_US,
        )
        able = began.agent_capabilities
        if able is None or able.mcp_capabilities is None or not able.mcp_capabilities.http:
            return End(error=NO_HTTP)
        session = await self._opened(began)
        modes = session.modes.available_modes if session.modes else []
        if self._ask.plan_only and any(one.id == PLAN for one in modes):
            with contextlib.suppress(RequestError):  # then only its asking is answered by no
                await self._agent.set_session_mode(mode_id=PLAN, session_id=session.session_id)
        stop = await self._told(session.session_id, self._ask.prompt)
        course = self._course
        if stop == "end_turn" and course.report is None and not course.over.is_set():
            stop = await self._told(session.session_id, NUDGE)
        return End(stop=stop)

    async def _opened(self, began: InitializeResponse) -> NewSessionResponse:
        """Some agents want to be told first that their key is in the environment."""
        try:
            return await self._new()
        except RequestError as problem:
            offered = [one.id for one in began.auth_methods or ()]
            key = next((one for one in offered if one.endswith("api-key")), None)
            if problem.code != AUTH_REQUIRED or key is None:
                raise
            await self._agent.authenticate(method_id=key)
            return await self._new()

    def _new(self) -> Coroutine[Any, Any, NewSessionResponse]:
        servers = self._ask.servers.items()
        return self._agent.new_session(
            cwd=self._ask.cwd,
            mcp_servers=[
                HttpMcpServer(type="http", name=name, url=url, headers=[]) for name, url in servers
            ],
        )

    async def _told(self, session: str, text: str) -> str:
        """The stop reason; `cancelled` where we had to end it."""
        course = self._course
        asked = asyncio.ensure_future(
            self._agent.prompt(session_id=session, prompt=[text_block(text)])
        )
        over, reported = (
            asyncio.ensure_future(one.wait()) for one in (course.over, course.reported)
        )
        try:
            await _first(asked, over, reported)
            if not over.done():
                await _first(asked, over, within_s=REST_S)
            if not asked.done():
                await self._agent.cancel(session_id=session)
                await _first(asked, within_s=CANCEL_S)
            return (await asked).stop_reason if asked.done() else "cancelled"
        finally:
            for one in (asked, over, reported):
                one.cancel()
            await asyncio.gather(asked, over, reported, return_exceptions=True)


async def _first(*futures: "asyncio.Future[Any]", within_s: float | None = None) -> None:
    await asyncio.wait(futures, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)


class _Client:
    """What an agent may ask of us, and tells us. Files and terminals are not offered."""

    def __init__(self, ask: Ask, course: Course) -> None:
        self._ask, self._course = ask, course

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption]
    ) -> RequestPermissionResponse:
        title = tool_call.title or ""
        allowed = may(tool_call.kind, title, plan_only=self._ask.plan_only, tools=self._ask.tools)
        chosen = choice([(one.option_id, one.kind) for one in options], allowed=allowed)
        if not allowed:
            self._course.note(f"denied: {title}")
        if chosen is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        outcome = AllowedOutcome(outcome="selected", option_id=chosen)
        return RequestPermissionResponse(outcome=outcome)

    async def session_update(self, session_id: str, update: object) -> None:
        course = self._course
        match update:
            case AgentMessageChunk(content=TextContentBlock(text=text)):
                course.said(text)
            case ToolCallStart(title=title):
                course.called(title)
            case ToolCallProgress(status="completed" | "failed" as status):
                course.tool_ended(update.title or "a tool", well=status == "completed")
            case UsageUpdate(cost=cost) if cost is not None:
                course.cost(cost.amount, cost.currency)
            case _:
                pass  # thoughts, plans, commands that it offers


def _client(ask: Ask, course: Course) -> Any:
    """The library looks methods up by name: what is not there is answered "not found"."""
    return _Client(ask, course)
