"""The server as a process: how soon it answers, and what it weighs after many calls."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .events import crash
from .figures import Figure
from .upstream import ENVIRON, record, serving

SERVER = [sys.executable, "-m", "mcp_servers.sentry_monitor", "mcp"]
IMPORT = [sys.executable, "-c", "import mcp"]
LOOP = [
    sys.executable,
    "-c",
    "import json, sys\n"
    "for line in sys.stdin:\n"
    "    print(json.dumps({'id': json.loads(line)['id'], 'result': {}}), flush=True)",
]
# Promised is a first call after 1 s where `import mcp` alone takes 0.67 s.
FIRST_CALL_MS, QUIET_IMPORT_MS = 1000, 670
ROUNDS, FEW, MANY = 9, 500, 5000


def request(number: int, method: str, **params: Any) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message).encode() + b"\n"


OPENING = request(
    1,
    "initialize",
    protocolVersion="2025-11-25",
    capabilities={},
    clientInfo={"name": "bench", "version": "0"},
)
INITIALIZED = b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n'
CALL = request(3, "tools/call", name="get-issue-details", arguments={"issue_id": "SHOP-1"})


class Client:
    """One conversation, one line after the other."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.started = time.perf_counter()

    def ask(self, line: bytes) -> bytes:
        self.say(line)
        if self._process.stdout is None:
            raise SystemExit("no pipe to measure")
        return self._process.stdout.readline()

    def say(self, line: bytes) -> None:
        if self._process.stdin is None:
            raise SystemExit("no pipe to measure")
        self._process.stdin.write(line)
        self._process.stdin.flush()

    @property
    def ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    @property
    def resident_mb(self) -> float:
        """Memory that is really in use, in MB; 0 where the system does not tell."""
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return int(found[1]) / 1000 if found else 0.0


@contextmanager
def talking_to(command: list[str], url: str) -> Iterator[Client]:
    environ = {**os.environ, **ENVIRON, "SENTRY_URL": url}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
    ) as process:
        yield Client(process)
        if process.stdin is not None:
            process.stdin.close()


async def process() -> list[Figure]:
    with serving(await record(crash())) as url:
        return [*start(url), *memory(url)]


def start(url: str) -> list[Figure]:
    """Medians of turns, each beside a bare loop and an interpreter that imports mcp."""
    rows = [one_start(url) for _ in range(ROUNDS)]
    loop, imported, opened, listed, called = (
        statistics.median(one) for one in zip(*rows, strict=True)
    )
    first = FIRST_CALL_MS * imported / QUIET_IMPORT_MS
    return [
        Figure("spawn to initialize answered (floor: a bare loop)", opened, "ms", 3 * loop, loop),
        Figure("spawn to tools/list answered", listed, "ms", 3 * loop + 10, loop),
        Figure("spawn to first call answered (floor: import mcp)", called, "ms", first, imported),
    ]


def one_start(url: str) -> tuple[float, float, float, float, float]:
    with talking_to(LOOP, url) as bare:
        bare.ask(OPENING)
        loop = bare.ms
    started = time.perf_counter()
    subprocess.run(IMPORT, check=True)
    imported = (time.perf_counter() - started) * 1000
    with talking_to(SERVER, url) as client:
        client.ask(OPENING)
        opened = client.ms
        client.say(INITIALIZED)
        client.ask(request(2, "tools/list"))
        listed = client.ms
        client.ask(CALL)
        called = client.ms
    return loop, imported, opened, listed, called


def memory(url: str) -> list[Figure]:
    with talking_to(SERVER, url) as client:
        client.ask(OPENING)
        client.say(INITIALIZED)
        for _ in range(FEW):
            client.ask(CALL)
        few, began = client.resident_mb, client.ms
        for _ in range(MANY - FEW):
            client.ask(CALL)
        many, each = client.resident_mb, (client.ms - began) / (MANY - FEW)
    return [
        Figure(
            f"memory after {MANY:,} calls (floor: after {FEW})",
            many,
            "MB",
            min(110, 1.1 * few),
            few,
        ),
        Figure("one call over stdio, one after the other", each, "ms"),
    ]
