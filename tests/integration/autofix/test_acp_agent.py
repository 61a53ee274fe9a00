"""Agents of the Agent Client Protocol as real processes: honest, broken, greedy, hostile."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from agents.model import say, scripted
from fakes.loopback import always, answer, loopback
from mcp_servers.sentry_monitor.src.server.one_issue import OneIssue
from modules.autofix.adapters.acp.runner import AcpAgent
from modules.autofix.adapters.issue_tools import IssueTools
from modules.autofix.adapters.model_apis import ModelAccess, ModelApi
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, probe
from modules.autofix.adapters.sandbox.place import Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import AgentResult, AgentTask
from modules.autofix.project import Project

AGENT: Final = Path(__file__).parents[2] / "fakes/acp_agent.py"
KEY: Final = "operators-key-7f3a9c51"
REPORT: Final = {
    "classification": "code_fix",
    "root_cause": "a cause",
    "explanation": "an explanation",
    "confidence": 0.9,
}
DONE: Final = ["report", REPORT]
Step = list[Any]


class Desk:
    """A worktree, and an agent that does what a test tells it."""

    def __init__(self, tree: Path, sandbox: Sandbox) -> None:
        self.tree, self.sandbox = tree, sandbox
        self.models: dict[ModelApi, ModelAccess] = {}
        self.able: dict[str, Any] = {}
        self.project: dict[str, Any] = {}
        self.tools: IssueTools | None = None

    async def run(self, *steps: Step, then: tuple[Step, ...] = (), **task: Any) -> AgentResult:
        """`then` are the steps of a second prompt."""
        script = {"prompts": [steps, then], "able": self.able}
        return await self.ask((sys.executable, str(AGENT), json.dumps(script)), **task)

    async def ask(self, command: tuple[str, ...], **task: Any) -> AgentResult:
        plain = {"key": "a", "slug": "a", "repository": "/srv/a", "agent": "acp"}
        project = Project.model_validate({**plain, "agent_command": command, **self.project})
        given: dict[str, Any] = {"turns": 5, "usd": 2.0, "seconds": 60, **task}
        asked = AgentTask(**{"job": "01J", "prompt": "Fix ä.", "previous_failure": None, **given})
        agent = AcpAgent(self.sandbox, self.models, tools=self.tools)
        return await agent.run(project, asked, self.tree)

    def told(self) -> dict[str, Any]:
        """What the agent has seen."""
        found: dict[str, Any] = json.loads((self.tree / "told.json").read_text())
        return found


TELL: Final = ["tell", "told.json"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "tree").mkdir()
    return Desk(tmp_path / "tree", Plain())


@pytest.fixture(params=["plain", "bubblewrap"])
async def held(request: pytest.FixtureRequest, desk: Desk) -> Desk:
    if request.param == "bubblewrap":
        if why := await probe():
            pytest.skip(why)
        desk.sandbox = Bubblewrap()
    return desk


async def test_an_agent_that_fixes_and_reports(held: Desk) -> None:
    async with scripted(say("ok")) as model:
        held.models = {"anthropic": ModelAccess(base_url=model.url, key=KEY)}
        held.project = {"model_api": "anthropic"}
        result = await held.run(
            ["model"], ["say", "I look."], ["write", "a.py", "x = 2\n"], ["cost", 0.25], DONE, TELL
        )

    assert (held.tree / "a.py").read_text() == "x = 2\n"
    assert result.report is not None
    assert (result.failure, result.turns, result.usd) == ("", 1, 0.25)
    assert result.report.root_cause == "a cause"
    assert result.log.startswith(". I look.\n> write")
    assert [seen.headers["x-api-key"] for seen in model.seen] == [KEY]
    assert KEY not in json.dumps(held.told())


async def test_what_the_agent_is_told(desk: Desk) -> None:
    result = await desk.run(DONE, ["tools", "report"], TELL, previous_failure="It fell over.")
    told = desk.told()

    assert result.failure == ""
    assert told["cwd"] == str(desk.tree)
    assert told["prompt"].startswith("When you are done, report")
    assert "Fix ä." in told["prompt"]
    assert told["prompt"].endswith("It fell over.")
    assert [one["name"] for one in told["tools"]] == ["submit_report"]
    assert "root_cause" in told["tools"][0]["inputSchema"]["required"]
    assert list(told["servers"]) == ["report"]
    assert not {name for name in told["env"] if "SENTRY" in name}


async def test_it_may_read_more_of_its_issue(desk: Desk) -> None:
    environ = {"SENTRY_URL": "http://127.0.0.1:9", "SENTRY_AUTH_TOKEN": "token-of-sentry-12"}
    desk.tools = OneIssue(environ)
    result = await desk.run(["tools", "sentry"], DONE, TELL, issue_ids=("1", "SHOP-1"))

    assert result.failure == ""
    assert {one["name"] for one in desk.told()["tools"]} == set(OneIssue.names)
    assert "token-of-sentry" not in json.dumps(desk.told())


async def test_a_report_that_is_none_can_be_corrected(desk: Desk) -> None:
    result = await desk.run(["report", {"root_cause": "x"}], DONE, TELL)

    assert result.failure == ""
    refused, taken = desk.told()["answers"]
    assert "classification: Field required" in refused
    assert "taken" in taken


async def test_an_agent_that_forgot_is_asked_once_more(desk: Desk) -> None:
    result = await desk.run(["say", "Done!"], then=(DONE, TELL))

    assert result.failure == ""
    assert desk.told()["prompt"] == "You have not reported yet: call submit_report now."


@pytest.mark.parametrize(
    ("steps", "failure", "told"),
    [
        ([["say", json.dumps(REPORT)]], "no_report", "without a report"),
        ([["report", {"a": 1}]], "no_report", "without a report"),
        ([["err", "key missing"], ["exit", 3]], "agent_crashed", "3: key missing"),
        ([["fail", "no such model"]], "agent_crashed", "no such model"),
        ([["say", "x"], ["raw", '{"jsonrpc": "2.0", "id": 2, "result": 7}']], "agent_crashed", "none of the protocol"),
        ([["cost", 2.5], ["hang"]], "max_budget", "max_budget"),
        ([["write", f"{n}.py", "x"] for n in range(7)] + [["hang"]], "max_turns", "max_turns"),
    ],
)  # fmt: skip
async def test_agents_that_fail(desk: Desk, steps: list[Step], failure: str, told: str) -> None:
    result = await desk.run(*steps)

    assert (result.failure, result.report) == (failure, None)
    assert told in result.message


async def test_turns_are_counted_by_the_answers_of_the_model(desk: Desk) -> None:
    """Whatever the agent says, and one may overshoot."""
    async with loopback(always(answer(200))) as api:
        desk.models = {"anthropic": ModelAccess(base_url=api.url, key=KEY)}
        desk.project = {"model_api": "anthropic"}
        result = await desk.run(["model", "/v1/messages", 9], ["hang"], turns=3)

    assert (result.failure, result.turns, result.usd) == ("max_turns", len(api.seen), 2.0)
    assert (desk.tree / "cancelled").exists()


@pytest.mark.parametrize(
    ("status", "failure", "usd"),
    [(401, "auth", 0.0), (429, "usage_limit", 0.0), (503, "model_unavailable", 0.0)],
)
async def test_what_the_models_api_refuses(
    desk: Desk, status: int, failure: str, usd: float
) -> None:
    async with loopback(always(answer(status))) as api:
        desk.models = {"anthropic": ModelAccess(base_url=api.url, key=KEY)}
        desk.project = {"model_api": "anthropic"}
        result = await desk.run(["model"], ["say", "I could not."])

    assert (result.failure, result.usd) == (failure, usd)


async def test_only_the_models_api_can_be_reached(held: Desk) -> None:
    async with loopback(always(answer(200))) as api:
        held.models = {"anthropic": ModelAccess(base_url=api.url, key=KEY)}
        held.project = {"model_api": "anthropic"}
        await held.run(["model", "/v1/files"], ["model", "/v1/messages"], DONE, TELL)

    assert held.told()["answers"][:2] == [403, 200]
    assert [seen.path for seen in api.seen] == ["/v1/messages"]


async def test_without_a_key_nothing_runs(desk: Desk) -> None:
    desk.project = {"model_api": "openai"}
    result = await desk.run(["write", "a.py", ""])

    assert (result.failure, result.usd) == ("auth", 0.0)
    assert "set OPENAI_API_KEY" in result.message
    assert list(desk.tree.iterdir()) == []


async def test_it_may_do_what_stays_inside(desk: Desk) -> None:
    asks = (
        ("read", "a.py"),
        ("edit", "a.py"),
        ("execute", "ls"),
        ("fetch", "a page"),
        ("other", "report_submit_report"),
    )
    result = await desk.run(*(["may", *ask] for ask in asks), DONE, TELL)  # fmt: skip

    yes, no = "allow_once", "reject_once"
    assert desk.told()["answers"][:-1] == [yes, yes, yes, no, yes]
    assert "denied: a page" in result.log


async def test_a_plan_only_reads(desk: Desk) -> None:
    asks = (("read", "a.py"), ("edit", "a.py"), ("execute", "ls"), ("other", "submit_report"))
    result = await desk.run(*(["may", *ask] for ask in asks), DONE, TELL, plan_only=True)

    yes, no = "allow_once", "reject_once"
    assert result.failure == ""
    assert desk.told()["answers"][:-1] == [yes, no, no, yes]
    assert desk.told()["mode"] == "plan"


async def test_the_report_tool_has_no_stream(desk: Desk) -> None:
    """405 by the MCP's own rules: after any other refusal some clients give the server up."""
    await desk.run(["stream", "report"], DONE, TELL)

    assert desk.told()["answers"][0] == 405


async def test_our_side_reads_no_files_for_it(desk: Desk) -> None:
    await desk.run(["read_by_client", "/etc/passwd"], DONE, TELL)

    assert desk.told()["denied"] == [-32601]  # method not found


async def test_an_agent_that_wants_its_key_named(desk: Desk) -> None:
    desk.able = {"login": True}
    result = await desk.run(DONE, TELL)

    assert result.failure == ""
    assert desk.told()["login"] == "some-api-key"


@pytest.mark.parametrize(
    ("able", "failure"), [({"login": "never"}, "auth"), ({"http": False}, "agent_crashed")]
)
async def test_agents_that_cannot_work(desk: Desk, able: dict[str, Any], failure: str) -> None:
    desk.able = able

    assert (await desk.run(DONE)).failure == failure


async def test_programs_that_are_no_agents(desk: Desk) -> None:
    for command, failure in (
        (("/nowhere/agent",), "agent_missing"),
        ((), "agent_missing"),
        (("/bin/echo", "hello"), "agent_crashed"),
        (("/bin/yes",), "agent_crashed"),
        (("/bin/sleep", "60"), "timeout"),
    ):
        result = await desk.ask(command, seconds=2 if failure == "timeout" else 30)
        assert (result.failure, result.report) == (failure, None), command


async def test_lines_that_are_no_protocol_are_nothing(desk: Desk) -> None:
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": 7}}
    lines = (
        "Sure! Here is the fix.",
        "[" * 5000,
        "[1]",
        '{"jsonrpc": "2.0", "id": [1], "result": {}}',
        '{"jsonrpc": "2.0", "id": 99, "error": "text"}',
        json.dumps({"method": "session/update", "params": {"sessionId": "s1", "update": update}}),
        json.dumps({"method": "session/request_permission", "id": 9, "params": {"_meta": {"options": 1}}}),
    )  # fmt: skip
    result = await desk.run(*(["raw", line] for line in lines), DONE)

    assert result.failure == ""


async def test_the_log_holds_no_secret_and_no_sequence(desk: Desk) -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    result = await desk.run(["say", f"\x1b[2J{token}"], ["err", f"\x1b[2J{token}"], ["exit", 1])

    assert "A1b2" not in result.log + result.message
    assert "\x1b" not in result.log + result.message


async def test_a_time_limit_ends_it_and_its_children(held: Desk) -> None:
    mark = f"{os.getpid()}11"
    result = await held.run(["daemon", mark], ["hang"], seconds=10)

    assert (result.failure, result.usd) == ("timeout", 2.0)
    assert (held.tree / "begun").exists()
    assert await nobody(mark)


async def test_what_is_cancelled_leaves_no_process(held: Desk) -> None:
    mark = f"{os.getpid()}22"
    call = asyncio.create_task(held.run(["daemon", mark], ["hang"]))
    while not (held.tree / "hangs").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.02)

    call.cancel()
    await asyncio.wait({call}, timeout=15)

    assert call.cancelled()
    assert await nobody(mark)


WORKER: Final = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = sys.argv[1].split(":")
from integration.autofix.test_acp_agent import Desk, Plain
asyncio.run(Desk(Path(sys.argv[2]), Plain()).run(["daemon", sys.argv[3]], ["hang"]))
"""


async def test_a_killed_worker_leaves_no_process(desk: Desk) -> None:
    mark, root = f"{os.getpid()}33", AGENT.parents[2]
    paths = f"{root}:{root / 'tests'}"
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, paths, str(desk.tree), mark
    )
    while not (desk.tree / "hangs").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.02)

    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()

    assert await nobody(mark)


WITHOUT: Final = """
import asyncio, sys
from pathlib import Path
sys.modules["acp"] = None
sys.path[:0] = sys.argv[1].split(":")
from integration.autofix.test_acp_agent import Desk, Plain
print(asyncio.run(Desk(Path(sys.argv[2]), Plain()).run(["write", "a.py", ""])).message)
"""


async def test_without_the_extra_it_says_what_to_install(desk: Desk) -> None:
    root = AGENT.parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITHOUT, f"{root}:{root / 'tests'}", str(desk.tree)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert b"pip install '/path/to/sentry-monitor[acp]'" in said
    assert list(desk.tree.iterdir()) == []


async def nobody(mark: str, within_s: float = 5.0) -> bool:
    """Nobody is left in whose command line the mark stands; init reaps what was killed."""
    for _ in range(round(within_s / 0.05)):
        if not with_mark(mark):
            return True
        await asyncio.sleep(0.05)
    return False


def with_mark(mark: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if mark in line and "time.sleep" in line:
            found.append(int(path.parent.name))
    return found
