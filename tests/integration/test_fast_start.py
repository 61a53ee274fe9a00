"""A fast start and a slow one, side by side over real pipes: a client cannot tell them apart."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "mcp_servers.sentry_monitor", "mcp"]
Message = dict[str, Any]


def start(environ: dict[str, str], *flags: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**environ, "PATH": os.environ["PATH"]},
    )


def request(number: int, method: str, **params: Any) -> Message:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def opening(version: str = "2025-11-25") -> Message:
    client = {"name": "test", "version": "0"}
    return request(1, "initialize", protocolVersion=version, capabilities={}, clientInfo=client)


INITIALIZED: Message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
CALL = request(9, "tools/call", name="get-issue-details", arguments={"issue_id": "no id"})
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
CONVERSATIONS: dict[str, list[Message]] = {
    "usual": [opening(), INITIALIZED, request(2, "tools/list"), request(3, "prompts/list"), CALL],
    "impatient": [opening(), INITIALIZED, CALL, request(2, "tools/list")],
    "oldest": [opening("2024-11-05"), INITIALIZED, request(2, "resources/list"), CALL],
    "unknown version": [opening("1999-01-01"), INITIALIZED, request(2, "tools/list")],
    "twice": [opening(), INITIALIZED, opening() | {"id": 5}, request(2, "tools/list")],
    "no handshake": [
        request(1, "server/discover", _meta=MODERN),
        request(2, "tools/list", _meta=MODERN),
        request(3, "tools/call", name="list-projects", arguments={"query": 7}, _meta=MODERN),
    ],
    "ping first": [opening(), INITIALIZED, request(2, "ping"), request(3, "tools/list")],
    "nonsense": [opening(), INITIALIZED, request(2, "no/such/method"), request(3, "tools/list")],
}


def replies(process: subprocess.Popen[bytes], said: list[Message], seed: int) -> dict[Any, Any]:
    """The replies by id. What is said arrives in pieces of any size, with pauses."""
    assert process.stdin is not None
    assert process.stdout is not None
    chance = random.Random(seed)  # noqa: S311 - a test's
    left = b"".join(json.dumps(one).encode() + b"\n" for one in said)
    while left:
        size = chance.choice([1, 7, 60, 400, len(left)])
        process.stdin.write(left[:size])
        process.stdin.flush()
        left = left[size:]
        time.sleep(chance.choice([0, 0, 0, 0.01, 0.2]) if len(left) > 400 else 0)
    wanted = sum("id" in one for one in said)
    heard = [json.loads(process.stdout.readline()) for _ in range(wanted)]
    process.stdin.close()
    assert process.stdout.read() == b""
    assert process.wait(timeout=20) == 0
    return {one.get("id"): one for one in heard}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_reply_is_that_of_the_real_server(name: str, sentry_environ: dict[str, str]) -> None:
    with (
        start(sentry_environ) as fast,
        start(sentry_environ, "--no-fast-start") as slow,
    ):
        said = CONVERSATIONS[name]
        assert replies(fast, said, seed=len(name)) == replies(slow, said, seed=3)


def test_the_lists_are_there_before_the_server_is(sentry_environ: dict[str, str]) -> None:
    with start(sentry_environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in (opening(), INITIALIZED, request(2, "tools/list")):
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()

        heard = [json.loads(process.stdout.readline())["id"] for _ in range(2)]
        loaded = Path(f"/proc/{process.pid}/maps")
        pydantic = "pydantic_core" in loaded.read_text() if loaded.exists() else False
        process.stdin.close()

    assert heard == [1, 2]
    assert not pydantic  # the real server cannot have spoken yet
    assert process.returncode == 0


def test_a_client_that_leaves_at_once_leaves_nothing_behind(
    sentry_environ: dict[str, str],
) -> None:
    with start(sentry_environ) as process:
        out, err = process.communicate(json.dumps(opening()).encode() + b"\n", timeout=20)

    assert json.loads(out)["id"] == 1
    assert (process.returncode, err) == (0, b"")


def test_a_server_that_cannot_be_imported_ends_with_its_reason(
    sentry_environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "pydantic.py").write_text("raise ImportError('broken installation')\n")
    with start({**sentry_environ, "PYTHONPATH": str(tmp_path)}) as process:
        said = json.dumps(opening()).encode() + b"\n" + json.dumps(CALL).encode() + b"\n"
        out, err = process.communicate(said, timeout=20)

    assert len(out.splitlines()) == 1
    assert process.returncode == 70
    assert b"broken installation" in err


@pytest.mark.parametrize(
    "flags", [["--tools", "no-such-tool"], ["--read-only", "--tools=add-comment"]]
)
def test_a_choice_that_cannot_be_is_refused_as_ever(
    flags: list[str], sentry_environ: dict[str, str]
) -> None:
    with start(sentry_environ, *flags) as process:
        out, err = process.communicate(json.dumps(opening()).encode() + b"\n", timeout=20)

    assert (process.returncode, out) == (2, b"")
    assert b"tool" in err


def test_what_is_read_from_a_file_is_served_too(
    sentry_environ: dict[str, str], tmp_path: Path
) -> None:
    said = tmp_path / "said"
    lines = (opening(), INITIALIZED, request(2, "tools/list"))
    said.write_text("".join(json.dumps(one) + "\n" for one in lines))

    with said.open("rb") as file:
        done = subprocess.run(
            PROGRAM, stdin=file, capture_output=True, cwd=ROOT, timeout=30, check=True,
            env={**sentry_environ, "PATH": os.environ["PATH"]},
        )  # fmt: skip

    assert json.loads(done.stdout.splitlines()[0])["id"] == 1


@pytest.mark.parametrize("flags", [[], ["--no-fast-start"]])
def test_a_last_line_without_an_end_is_a_line(
    flags: list[str], sentry_environ: dict[str, str]
) -> None:
    said = "\n".join(json.dumps(one) for one in (opening(), INITIALIZED, request(2, "ping")))
    with start(sentry_environ, *flags) as process:
        out, err = process.communicate(said.encode(), timeout=30)

    assert [json.loads(line)["id"] for line in out.splitlines()] == [1, 2]
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize("flags", [[], ["--no-fast-start"]])
def test_a_client_that_reads_no_more_ends_no_server_with_a_traceback(
    flags: list[str], sentry_environ: dict[str, str]
) -> None:
    with start(sentry_environ, *flags) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(json.dumps(opening()).encode() + b"\n")
        process.stdin.flush()
        time.sleep(0.2)
        process.stdin.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (0, b"")


def test_an_interrupt_during_the_opening_ends_quietly(sentry_environ: dict[str, str]) -> None:
    with start(sentry_environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(opening()).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()

    assert (process.returncode, err) == (130, b"")
