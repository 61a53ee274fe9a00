"""The MCP server as clients meet it: real pipes, real HTTP, the official client, both eras."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, MCPError, StdioServerParameters

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

ROOT = Path(__file__).parents[2]
ALWAYS = {one.name for one in OPERATIONS if not one.toolset}
PROGRAM = ["-m", "mcp_servers.sentry_monitor"]
BEARER = "a-bearer-token-of-more-than-32-characters"
Connect = Callable[..., AbstractAsyncContextManager[Client]]


def text_of(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


@pytest.fixture(scope="module")
def http_url(sentry_environ: dict[str, str]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    command = [sys.executable, *PROGRAM, "mcp", "--http", f"127.0.0.1:{port}"]
    environ = {**sentry_environ, "SENTRY_MONITOR_HTTP_TOKEN": BEARER, "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.PIPE) as process:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/mcp"
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the port answers; the process ending first is the failure."""
    while process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the server ended before it listened")


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["stdio", "http"])
def connect(
    request: pytest.FixtureRequest, mode: str, sentry_environ: dict[str, str], http_url: str
) -> Connect:
    @asynccontextmanager
    async def open_client(**options: Any) -> AsyncIterator[Client]:
        if request.param == "http":
            async with http_client(http_url, mode, **options) as client:
                yield client
        else:
            async with Client(stdio(sentry_environ), mode=mode, **options) as client:
                yield client

    return open_client


def stdio(environ: dict[str, str], *flags: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=[*PROGRAM, "mcp", *flags], env=environ, cwd=str(ROOT)
    )


@asynccontextmanager
async def http_client(url: str, mode: str, **options: Any) -> AsyncIterator[Client]:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {BEARER}"}) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, **options) as client:
            yield client


async def test_both_eras_are_spoken(connect: Connect, mode: str) -> None:
    async with connect() as client:
        assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")


async def test_the_tools_are_the_operations_of_no_toolset(connect: Connect) -> None:
    async with connect() as client:
        listed = await client.list_tools()
        with pytest.raises(
            MCPError, match="get-tracked-issue is left out of this server by SENTRY_"
        ):
            await client.call_tool("get-tracked-issue", {"issue_id": "SHOP-1"})

    assert [one.name for one in listed.tools] == sorted(ALWAYS)
    assert listed.next_cursor is None


async def test_with_all_toolsets_the_tools_are_the_operations(
    sentry_environ: dict[str, str],
) -> None:
    sets = {one.toolset for one in OPERATIONS if one.toolset}
    async with Client(stdio(sentry_environ, "--toolsets", ",".join(sets))) as client:
        listed = await client.list_tools()

    assert [one.name for one in listed.tools] == sorted(OPERATIONS.names)


async def test_issues_are_listed_and_read_inside_the_mark(connect: Connect) -> None:
    async with connect() as client:
        listed = text_of(await client.call_tool("get-recent-issues", {"limit": 2}))
        read = await client.call_tool("get-issue-details", {"issue_id": "SHOP-1"})

    assert re.search(r"2 of \d+ issues in shop", listed)
    assert "more: cursor=" in listed
    assert re.search(r'<untrusted \w{12} origin="sentry event" writable_by="anyone', text_of(read))
    assert "shop/cart.py:12 in average_price" in text_of(read)
    assert not read.is_error
    assert read.structured_content is None


async def test_an_unknown_argument_is_refused_by_name(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("get-issue-details", {"issue": "SHOP-1"})

    assert result.is_error
    assert "unknown parameter 'issue' (did you mean 'issue_id'?)" in text_of(result)
    assert result.structured_content is not None
    assert result.structured_content["code"] == "invalid_parameters"
    assert result.structured_content["category"] == "validation"


async def test_an_issue_that_is_not_there_says_what_to_do_next(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("get-issue-details", {"issue_id": "SHOP-999"})

    assert result.is_error
    assert text_of(result).startswith("not_found: There is no issue SHOP-999")


async def test_an_unknown_tool_is_a_protocol_error(connect: Connect) -> None:
    async with connect() as client:
        with pytest.raises(MCPError, match="Unknown tool: nope; there are: add-comment, an"):
            await client.call_tool("nope", {})


async def test_an_issue_and_an_event_are_resources(connect: Connect) -> None:
    async with connect() as client:
        templates = (await client.list_resource_templates()).resource_templates
        issue = (await client.read_resource("sentry://issues/SHOP-1")).contents[0]
        event = (await client.read_resource("sentry://issues/SHOP-1/events/latest")).contents[0]
        with pytest.raises(MCPError, match="not_found"):
            await client.read_resource("sentry://issues/SHOP-999")
        with pytest.raises(MCPError, match="Resource not found"):
            await client.read_resource("sentry://nothing/1")

    assert [one.uri_template for one in templates] == [
        "sentry://issues/{issue_id}",
        "sentry://issues/{issue_id}/events/{event_id}",
    ]
    assert "<untrusted " in issue.text  # type: ignore[union-attr]
    assert "<untrusted " in event.text  # type: ignore[union-attr]


async def test_the_prompt_names_the_issue(connect: Connect) -> None:
    async with connect() as client:
        (prompt,) = (await client.list_prompts()).prompts
        got = await client.get_prompt("triage-issue", {"issue_id": "SHOP-1"})
        with pytest.raises(MCPError, match="needs issue_id"):
            await client.get_prompt("triage-issue", {})

    assert prompt.name == "triage-issue"
    assert "Triage Sentry issue SHOP-1." in got.messages[0].content.text  # type: ignore[union-attr]


async def test_a_long_call_reports_progress(connect: Connect) -> None:
    seen: list[float] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    async with connect() as client:
        await client.call_tool("get-project-stats", {}, progress_callback=listen)

    assert seen == sorted(seen)
    assert seen


async def test_a_change_is_made_told_and_undone(connect: Connect) -> None:
    async with connect() as client:
        resolved = text_of(await client.call_tool("resolve-issue", {"issue_id": "SHOP-2"}))
        again = text_of(await client.call_tool("resolve-issue", {"issue_id": "SHOP-2"}))
        undone = text_of(await client.call_tool("unresolve-issue", {"issue_id": "SHOP-2"}))

    assert re.search(r"SHOP-2: unresolved \w+ -> resolved", resolved)
    assert "undo: unresolve-issue issue_id=SHOP-2" in resolved
    assert "It was resolved already; nothing was sent." in again
    assert "SHOP-2: resolved -> unresolved" in undone


async def test_a_read_only_server_has_no_tool_that_changes(sentry_environ: dict[str, str]) -> None:
    async with Client(stdio(sentry_environ, "--read-only")) as client:
        names = {one.name for one in (await client.list_tools()).tools}
        with pytest.raises(MCPError, match="resolve-issue is left out of this server by --read-on"):
            await client.call_tool("resolve-issue", {"issue_id": "SHOP-1"})

    assert names == {one.name for one in OPERATIONS if one.read_only and not one.toolset}


def run(*arguments: str, environ: dict[str, str], given: bytes = b"") -> tuple[int, bytes, str]:
    done = subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        env={"PATH": os.environ["PATH"], **environ},
        cwd=ROOT,
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode()


def test_nothing_but_protocol_is_on_stdout_whatever_comes_in(
    sentry_environ: dict[str, str],
) -> None:
    opening = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"},
        },
    }
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    lines = [
        json.dumps(opening),
        json.dumps(ready),
        "no json at all",
        "{}",
        "[1,2",
        json.dumps(call),
    ]

    code, out, _ = run("mcp", environ=sentry_environ, given="\n".join([*lines, ""]).encode())

    messages = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert all(one["jsonrpc"] == "2.0" for one in messages)
    assert {1, 2} <= {one.get("id") for one in messages}


def test_a_wrong_tool_name_refuses_to_start() -> None:
    code, out, told = run("mcp", "--tools", "get-issues", environ={})

    assert (code, out) == (2, b"")
    assert "no such tool: get-issues; there are: add-comment" in told


def test_http_beyond_loopback_refuses_to_start_without_a_token() -> None:
    code, _, told = run("mcp", "--http", "0.0.0.0:0", environ={})

    assert code == 11
    assert "SENTRY_MONITOR_HTTP_TOKEN must be one word of printable ASCII, 32 characters" in told


@pytest.mark.parametrize("token", ["short", "a-short-token"])
@pytest.mark.parametrize("address", ["0.0.0.0:0", "127.0.0.1:0"])
def test_http_refuses_a_short_token(token: str, address: str) -> None:
    code, _, told = run("mcp", "--http", address, environ={"SENTRY_MONITOR_HTTP_TOKEN": token})

    assert code == 11
    assert "SENTRY_MONITOR_HTTP_TOKEN must be one word of printable ASCII, 32 characters" in told
    assert token not in told


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, _, told = run("mcp", "--http", address, environ={})

    assert code == 2
    assert told == (
        f"sentry-monitor: cannot listen on {address}: Address already in use; "
        "choose another port, or 127.0.0.1:0 for a free one\n"
    )


def test_a_selection_that_leaves_nothing_refuses_to_start() -> None:
    code, _, told = run("mcp", "--read-only", "--tools", "resolve-issue", environ={})

    assert code == 2
    assert "no tool is left to offer by --read-only and --tools;" in told


def test_only_flags_that_were_given_are_named() -> None:
    name = "resolve-issue"
    code, _, told = run("mcp", "--tools", name, "--exclude-tools", name, environ={})

    assert code == 2
    assert "no tool is left to offer by --tools and --exclude-tools;" in told


@pytest.mark.parametrize(
    "given", ["8080", "http://127.0.0.1:8082", "127.0.0.1:http", ":80", "127.0.0.1:99999"]
)
def test_an_address_that_is_none_is_refused(given: str) -> None:
    code, _, told = run("mcp", "--http", given, environ={})

    assert code == 2
    assert "HOST:PORT" in told


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
async def test_http_without_the_token_is_refused(http_url: str, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(http_url, headers=headers, json={})

    assert answer.status_code == 401
    assert BEARER not in answer.text


async def test_http_for_a_foreign_host_name_is_refused(http_url: str) -> None:
    headers = {"authorization": f"Bearer {BEARER}", "host": "attacker.example"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(http_url, headers=headers, json={})

    assert answer.status_code == 421


async def test_http_from_a_foreign_page_is_refused(http_url: str) -> None:
    headers = {"authorization": f"Bearer {BEARER}", "origin": "https://attacker.example"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(http_url, headers=headers, json={})

    assert answer.status_code == 403
