"""What the real Claude Code leaves behind, and what it reaches from inside: nothing but the model
and our own tools for one issue."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from agents.model import call, scripted
from fakes.loopback import always, answer, loopback
from mcp_servers.sentry_monitor.src.server.one_issue import OneIssue

from .ground import KEY, Ground, alive, bash, reported

TOKEN: Final = "token-of-a-plan-41f2"
DETAILS: Final = "mcp__sentry__get-issue-details"
DAEMON: Final = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("/repo/left", "w").close()
        time.sleep(int(sys.argv[1]))
    os._exit(0)
while not os.path.exists("/repo/left"):
    time.sleep(0.01)
"""


@pytest.fixture
def mark() -> int:
    """A number that stands in the command lines of one run and of no other."""
    return random.randint(10**5, 10**6)  # noqa: S311 - no secret


async def nobody(*words: str, within_s: float = 5.0) -> bool:
    """Nobody is left, or at least not for long: init reaps what was killed."""
    for _ in range(round(within_s / 0.05)):
        if not alive(*words):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_what_is_cancelled_leaves_no_process(ground: Ground, mark: int) -> None:
    """In the middle of a command, which has a session of its own."""
    script = [bash(f"touch /repo/begun; sleep {mark}"), reported()]
    async with scripted(*script) as model:
        run = asyncio.create_task(ground.play(model, turns=mark))
        while not (ground.tree / "begun").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
        began = alive(f"sleep {mark}"), alive(f"--max-turns {mark}")

        run.cancel()
        await asyncio.wait({run}, timeout=15)

    assert all(began)
    assert run.cancelled()
    assert await nobody(f"sleep {mark}", f"--max-turns {mark}")


async def test_what_it_left_in_the_background_ends_with_it(ground: Ground, mark: int) -> None:
    """A daemon of its own session, forked twice."""
    ground.write("daemon.py", DAEMON)

    ran = await ground.run([bash(f"python3 daemon.py {mark}"), reported()], turns=mark)

    assert ran.result.failure == ""
    assert (ground.tree / "left").exists()
    assert await nobody(f"daemon.py {mark}", f"--max-turns {mark}")


async def test_a_time_limit_ends_a_command_that_never_ends(ground: Ground, mark: int) -> None:
    script = [bash(f"touch /repo/begun; trap '' TERM; sleep {mark}"), reported()]

    ran = await ground.run(script, turns=mark, seconds=5.0)

    assert ran.result.failure == "timeout"
    assert (ground.tree / "begun").exists()
    assert await nobody(f"sleep {mark}", f"--max-turns {mark}")


async def test_the_token_of_a_plan_stands_nowhere_but_in_the_requests(ground: Ground) -> None:
    ground.login = {"plan_token": TOKEN}
    look = (
        "cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n';"
        " for one in /proc/[0-9]*/fd/*; do timeout 1 head -c 200 $one 2>/dev/null; done </dev/null;"
        f" grep -rsl '{TOKEN[:-1]}[{TOKEN[-1]}]' /home /tmp /run /repo /etc; echo looked"
    )

    ran = await ground.run([bash(look), reported(after="looked")])

    assert ran.result.failure == ""
    assert TOKEN not in ran.told
    assert {seen.headers.get("authorization") for seen in ran.model.seen} == {f"Bearer {TOKEN}"}
    assert not any("x-api-key" in seen.headers for seen in ran.model.seen)


async def test_what_the_agent_asks_for_itself_goes_nowhere(ground: Ground) -> None:
    """Not with a key of its own, not to another path, not through to another host."""
    door, ask = "http://127.0.0.1:8080", "curl -s -o /dev/null -w '%{http_code} '"
    asks = (
        f"{ask} {door}/v1/files -d '{{}}'",
        f"{ask} {door}/v1/messages",
        f"{ask} -x {door} http://192.0.2.1/v1/messages -d '{{}}'",
        f"{ask} -H 'x-api-key: mine' -H 'authorization: mine' {door}/v1/messages -d '{{}}'",
    )

    ran = await ground.run([bash("; ".join(asks)), reported(after="403 403 403 200")])

    own = [seen for seen in ran.model.seen if seen.headers["user-agent"].startswith("curl")]
    assert [seen.headers["x-api-key"] for seen in own] == [KEY]
    assert "authorization" not in own[0].headers


async def issues_of(environ: Mapping[str, str]) -> list[str]:
    there = f"{environ['SENTRY_URL']}/api/0/projects/{environ['SENTRY_ORG_SLUG']}/shop/issues/"
    login = {"authorization": f"Bearer {environ['SENTRY_AUTH_TOKEN']}"}
    async with httpx.AsyncClient(headers=login) as http:
        return [str(one["id"]) for one in (await http.get(there)).json()]


async def test_the_agent_reads_more_of_its_issue(
    ground: Ground, sentry_environ: dict[str, str]
) -> None:
    issue, *_ = await issues_of(sentry_environ)
    ground.tools = OneIssue(sentry_environ)

    ran = await ground.run(
        [call(DETAILS, issue_id=issue), reported(after="untrusted")], issue_ids=(issue,)
    )

    named = {tool["name"] for tool in ran.model.asked[0]["tools"]}
    assert {one for one in named if one.startswith("mcp__")} == {
        DETAILS,
        "mcp__sentry__get-error-events",
    }
    assert ran.result.failure == ""
    assert sentry_environ["SENTRY_AUTH_TOKEN"] not in ran.told


async def test_of_another_issue_it_learns_nothing(ground: Ground) -> None:
    async with loopback(always(answer(500))) as sentry:
        environ = {"SENTRY_URL": sentry.url, "SENTRY_AUTH_TOKEN": "t", "SENTRY_ORG_SLUG": "acme"}
        ground.tools = OneIssue(environ)
        ran = await ground.run(
            [call(DETAILS, issue_id="2"), reported(after="This server tells of one issue")],
            issue_ids=("1", "SHOP-1"),
        )

    assert ran.result.failure == ""
    assert sentry.seen == []


class Dead:
    """Implements IssueTools: a server that is there and cannot answer."""

    names: Final[Sequence[str]] = ("get-issue-details",)

    @asynccontextmanager
    async def serve(self, issue_ids: Sequence[str]) -> AsyncIterator[ASGIApp]:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            head: dict[str, Any] = {"type": "http.response.start", "status": 500, "headers": []}
            await send(head)
            await send({"type": "http.response.body"})

        yield app


async def test_without_our_tools_it_works_on_and_the_log_says_so(ground: Ground) -> None:
    ground.tools = Dead()

    ran = await ground.run([reported()], issue_ids=("1",))

    assert ran.result.failure == ""
    assert "the MCP server sentry is failed" in ran.result.log


async def test_paths_that_are_closed_cannot_be_written(ground: Ground) -> None:
    ground.write("auth.py", "x = 1\n")
    ground.write(".git", "gitdir: elsewhere\n")
    ground.write(
        "try.sh", "echo y >> auth.py; echo y > .git; rm -f auth.py .git; mv auth.py b.py\n"
    )

    ran = await ground.run(
        [
            call("Read", file_path="/repo/auth.py"),
            call("Edit", file_path="/repo/auth.py", old_string="x = 1", new_string="x = 2"),
            bash("bash try.sh; echo tried", after="EBUSY"),
            reported(after="tried"),
        ],
        protected=("auth.py",),
    )

    assert ran.result.failure == ""
    assert (ground.tree / "auth.py").read_text() == "x = 1\n"
    assert (ground.tree / ".git").read_text() == "gitdir: elsewhere\n"
    assert {path.name for path in ground.tree.iterdir()} == {"auth.py", ".git", "try.sh"}


async def test_a_version_that_is_too_old_is_not_used(ground: Ground, tmp_path: Path) -> None:
    old = tmp_path / "claude.sh"
    old.write_text("#!/bin/sh\necho '2.1.247 (Claude Code)'\n")
    old.chmod(0o755)
    for program, told in ((old, "2.1.248 or newer"), (tmp_path / "none", "npm install -g")):
        ground.program = program

        ran = await ground.run([])

        assert ran.result.failure == "agent_missing"
        assert told in ran.result.message
        assert list(ground.tree.iterdir()) == []
