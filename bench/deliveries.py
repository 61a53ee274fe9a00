"""Webhooks at a steady rate, with a durable commit each and four jobs running: how fast they are
acknowledged, whether one is lost when the receiver is killed, and what of them becomes a job."""

import asyncio
import hashlib
import hmac
import json
import os
import random
import re
import signal
import sqlite3
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .figures import Figure, p99, slowness
from .repairs import RUNNING, in_folder, repository

SECRET: Final = "bench-secret-0123456789"  # noqa: S105 - of this bench alone
RATE, SECONDS = 500, 20
P99_MS, WORST_MS = 100.0, 1000.0
ISSUES: Final = 200
AFTER_KILL: Final = 3000
JOBS, DUPLICATES = 10_000, 0.3


@dataclass(frozen=True)
class Answer:
    status: int
    ms: float


async def deliveries() -> list[Figure]:
    with in_folder(memory=False) as home, in_folder(memory=True) as trees:
        async with service(home, trees) as place:
            port, process = place
            await begin_jobs(port, home)
            slow = await asyncio.to_thread(slowness)
            answers = await steady(port, _mixed(RATE * SECONDS))
            slow = (slow + await asyncio.to_thread(slowness)) / 2
            lost = await _lost_after_kill(port, process, home)
        jobs = await _one_job_each(home, trees)
    return [
        *acknowledgements("deliveries acknowledged a second, 4 jobs running", answers, slow),
        Figure("  acknowledged ones lost after kill -9", float(lost), "", 0.0),
        *jobs,
    ]


def acknowledgements(what: str, answers: Sequence[Answer], slow: float) -> list[Figure]:
    """Of a steady rate. `slow`: how many times slower the machine is at the moment."""
    times = [one.ms for one in answers]
    good = sum(one.status in (200, 202) for one in answers)
    return [
        Figure(what, good / SECONDS, "/s", RATE * 0.99, at_least=True),
        Figure("  p50 of an acknowledgement", statistics.median(times), "ms"),
        Figure(
            f"  p99 of an acknowledgement ({P99_MS:.0f} ms x {slow:.1f}, so slow is it here)",
            p99(times),
            "ms",
            P99_MS * slow,
        ),
        Figure("  the slowest of all", max(times), "ms", WORST_MS),
    ]


@asynccontextmanager
async def service(
    home: Path, trees: Path, **more: str
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """A service on a free port; its database is home/jobs.db. Repositories and trees lie in memory
    (see repairs)."""
    names = [f"p{n}" for n in range(RUNNING)]
    for name in names:
        if not (trees / name).exists():
            repository(trees / name)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": ".",
        "SENTRY_URL": "http://127.0.0.1:9",
        "SENTRY_AUTH_TOKEN": "bench-token",
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_FIXER_TEST_COMMAND": "none",
        "SENTRY_FIXER_AGENT_COMMAND": "none",
        "SENTRY_PROJECTS": ",".join(f"{n}:{i + 1}:{n}:{trees / n}" for i, n in enumerate(names)),
        "SENTRY_DB_PATH": str(home / "jobs.db"),
        "SENTRY_WORK_DIR": str(trees / f"work-{home.name}"),
        "SENTRY_WEBHOOK_SECRET": SECRET,
        **more,
    }
    said = home / f"service-{uuid.uuid4().hex[:8]}.log"
    with open(said, "wb") as log:  # noqa: ASYNC230, PTH123 - before anything is measured
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.held_service", env=environ, stderr=log
        )
    try:
        yield await _port(said), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def _port(said: Path) -> int:
    for _ in range(300):
        log = await asyncio.to_thread(said.read_text)
        if found := re.search(r"listening at http://127.0.0.1:(\d+)", log):
            return int(found[1])
        await asyncio.sleep(0.2)
    raise SystemExit(f"the service did not start: {log}")


def body(issue: int, event: str, *, action: str = "created") -> bytes:
    """As Sentry sends error.created, with a stack of twenty frames; or another event of an issue."""
    project = f"p{issue % RUNNING}"
    url = f"https://sentry.test/api/0/organizations/acme/issues/{issue}/"
    frames = [
        {"filename": f"src/part{n}.py", "function": f"f{n}", "lineno": n, "in_app": True}
        for n in range(20)
    ]
    data: dict[str, Any]
    if action == "created":
        error = {
            "event_id": hashlib.sha256(event.encode()).hexdigest()[:32],
            "project": issue % RUNNING + 1,
            "level": "error",
            "title": f"ZeroDivisionError: {issue}",
            "issue_id": str(issue),
            "issue_url": url,
            "url": f"https://sentry.test/api/0/projects/acme/{project}/events/{event}/",
            "exception": {
                "values": [{"type": "ZeroDivisionError", "stacktrace": {"frames": frames}}]
            },
        }
        data = {"error": error}
    else:
        about = {"id": str(issue), "url": url, "project": {"slug": project}, "title": event}
        data = {"issue": about}
    told = {"action": action, "installation": {"uuid": "bench"}, "data": data}
    told["actor"] = {"type": "application", "id": "sentry", "name": "Sentry"}
    return json.dumps(told, separators=(",", ":")).encode()


def request(content: bytes, resource: str) -> bytes:
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/sentry HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Request-ID: {uuid.uuid4().hex}\r\nSentry-Hook-Resource: {resource}\r\n"
        f"Sentry-Hook-Timestamp: 1786698752\r\nSentry-Hook-Signature: {signature}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content


async def post(port: int, raw: bytes) -> int:
    """The status; a connection of its own for each, as Sentry has."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        async with asyncio.timeout(20):
            line = await reader.readline()
        return int(line.split()[1]) if line else 0
    finally:
        writer.close()


async def begin_jobs(port: int, home: Path) -> None:
    """Four that stand still in the agent's hands."""
    for n in range(RUNNING):
        await post(port, request(body(n, f"first-{n}"), "error"))
    async with asyncio.timeout(60):
        while (
            _count(home, "status = 'running' and json_extract(data, '$.stage') = 'fix'") < RUNNING
        ):
            await asyncio.sleep(0.2)


def _count(home: Path, where: str) -> int:
    with sqlite3.connect(f"file:{home / 'jobs.db'}?mode=ro", uri=True) as database:
        (number,) = database.execute(
            f"select count(*) from autofix_jobs where {where}"  # noqa: S608 - words of ours
        ).fetchone()
    return int(number)


def _mixed(number: int) -> list[bytes]:
    """Errors of known and new issues, and events that begin nothing."""
    chosen = random.Random(7)  # noqa: S311 - the same each time
    made = []
    for n in range(number):
        issue = chosen.randrange(ISSUES)
        if chosen.random() < 0.2:
            made.append(request(body(issue, f"e{n}", action="resolved"), "issue"))
        else:
            made.append(request(body(issue, f"e{n}"), "error"))
    return made


async def steady(port: int, raws: Sequence[bytes]) -> list[Answer]:
    """Each at its own moment, whether the one before was answered or not."""
    answers: list[Answer] = []
    began = time.perf_counter() + 2  # by then all senders are ready: making them takes a second

    async def one(at: float, raw: bytes) -> None:
        await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
        try:
            status = await post(port, raw)
        except (OSError, TimeoutError):  # turned away
            status = 0
        answers.append(Answer(status, (time.perf_counter() - began - at) * 1000))

    await asyncio.gather(*(one(n / RATE, raw) for n, raw in enumerate(raws)))
    return answers


async def _lost_after_kill(port: int, process: asyncio.subprocess.Process, home: Path) -> int:
    """Sent 32 at a time until the receiver is killed; how many it had acknowledged and lost."""
    acknowledged: set[str] = set()
    contents = iter([body(n % ISSUES, f"k{n}-{uuid.uuid4().hex}") for n in range(AFTER_KILL)])

    async def sender() -> None:
        for content in contents:
            try:
                status = await post(port, request(content, "error"))
            except OSError:
                return
            if status in (200, 202):
                key = b"\0".join((b"webhook", b"error", content))
                acknowledged.add(hashlib.sha256(key).hexdigest())
            if len(acknowledged) == AFTER_KILL // 3:
                process.kill()

    await asyncio.gather(*(sender() for _ in range(32)))
    await process.wait()
    with sqlite3.connect(home / "jobs.db") as database:
        kept = {one for (one,) in database.execute("select id from inbox")}
    return len(acknowledged - kept)


async def _one_job_each(home: Path, trees: Path) -> list[Figure]:
    """A third of them sent twice, all in a random order, 8 at a time."""
    issues = [n + 1000 for n in range(ISSUES)]
    chosen = random.Random(11)  # noqa: S311 - the same each time
    contents = [body(chosen.choice(issues), f"j{n}") for n in range(int(JOBS * (1 - DUPLICATES)))]
    contents += chosen.sample(contents, JOBS - len(contents))
    chosen.shuffle(contents)
    waiting = iter(contents)
    home = home / "another"
    await asyncio.to_thread(home.mkdir)

    async def sender(port: int, statuses: list[int]) -> None:
        statuses.extend([await post(port, request(one, "error")) for one in waiting])

    async with service(home, trees, SENTRY_FIXER_JOBS_AN_HOUR="0") as (port, _):
        statuses: list[int] = []
        await asyncio.gather(*(sender(port, statuses) for _ in range(8)))
        await _drained(home)
    wanted = {json.loads(one)["data"]["error"]["issue_id"] for one in contents}
    with sqlite3.connect(home / "jobs.db") as database:
        jobs = [
            key.rpartition("/")[2]
            for (key,) in database.execute("select issue_key from autofix_jobs")
        ]
    doubles, missing = len(jobs) - len(set(jobs)), len(wanted - set(jobs))
    refused = sum(one not in (200, 202) for one in statuses)
    what = f"{JOBS:,} deliveries, 30 % doubles, shuffled:"
    return [
        Figure(f"{what} issues with two jobs", float(doubles), "", 0.0),
        Figure("  issues without a job", float(missing), "", 0.0),
        Figure("  deliveries refused", float(refused), "", 0.0),
    ]


async def _drained(home: Path) -> None:
    async with asyncio.timeout(120):
        while True:
            with sqlite3.connect(f"file:{home / 'jobs.db'}?mode=ro", uri=True) as database:
                (new,) = database.execute("select count(*) from inbox where state='new'").fetchone()
            if not new:
                return
            await asyncio.sleep(0.3)
