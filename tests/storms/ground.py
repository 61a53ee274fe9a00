"""What storms go against: `serve` as it is, a process of its own with a real database."""

import asyncio
import hashlib
import hmac
import multiprocessing
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from .payloads import error, packed
from .receiver import Prepare, receiver

SECRET: Final = "storm-secret-0123456789-abcdef"
PROJECTS: Final = ("p0", "p1")
START_S, STOP_S, ANSWER_S = 60.0, 30.0, 20.0
# A start costs what the service does, not what it imports.
IMPORTS: Final = (
    "mcp_servers.sentry_monitor.src.server.app",
    "mcp_servers.sentry_monitor.src.server.transports",
    "mcp_servers.sentry_monitor.src.web.serving",
    "mcp.server.streamable_http_manager",
    "modules.autofix.adapters.intake_rows",
    "modules.autofix.adapters.job_figures",
    "modules.jobs.adapters.inbox",
    "modules.jobs.adapters.poll_book",
    "modules.sentry.client",
    "modules.tracker.reconcile",
    "modules.tracker.adapters.github_issues",
    "modules.tracker.adapters.sentry_side",
    "modules.tracker.adapters.tracker_store",
    "psycopg",
)
FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([receiver.__module__, *IMPORTS])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`status` 0: the connection ended without an answer."""

    status: int
    head: bytes = b""
    body: bytes = b""
    ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A running service: where it listens, what it wrote, and where its deliveries are."""

    process: BaseProcess
    port: int
    log: Path
    database: str  # URL

    @property
    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    @property
    def sockets(self) -> int:
        """How many sockets the process has open."""
        count = 0
        for one in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(OSError):
                count += str(one.readlink()).startswith("socket:")
        return count

    @property
    def tracebacks(self) -> int:
        told = self.log.read_text(errors="replace")
        return told.count("Traceback") + told.count("never retrieved")

    def rows(self, query: str) -> list[Any]:
        with _engine(self.database).connect() as conn:
            return [tuple(row) for row in conn.exec_driver_sql(query)]

    def kept(self) -> set[str]:
        """The ids of the deliveries in the inbox."""
        return {one for (one,) in self.rows("select id from inbox")}

    def whole(self) -> list[Any]:
        """All that a bad request must not change."""
        tables = ("inbox", "autofix_jobs", "autofix_events", "autofix_switch", "polls")
        there = {name for (name,) in self.rows("select name from sqlite_master")}
        chosen = (f"select * from {name}" for name in tables if name in there)  # noqa: S608 - ours
        return [self.rows(one) for one in chosen]

    async def decided(self, seconds: float = 120.0) -> None:
        """Until no delivery is undecided; those that wait for a later hour were looked at."""
        undecided = "state = 'new' and (not_before = 0 or substr(reason, 1, 6) = 'defect')"
        query = f"select 1 from inbox where {undecided} limit 1"  # noqa: S608 - words of ours
        async with asyncio.timeout(seconds):
            while self.rows(query):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def environ(home: Path, **more: str) -> dict[str, str]:
    """Repairs are on, two projects are mapped, and Sentry cannot be reached."""
    for name in PROJECTS:
        (home / name).mkdir(exist_ok=True)
        if not (home / name / ".git").exists():
            subprocess.run(["git", "init", "--quiet", home / name], check=True)  # noqa: S607
    mapped = (f"{name}:{n + 1}:{name}:{home / name}" for n, name in enumerate(PROJECTS))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "SENTRY_URL": "http://127.0.0.1:9",
        "SENTRY_AUTH_TOKEN": "storm-token-of-sentry",
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_FIXER_JOBS_AN_HOUR": "0",
        "SENTRY_PROJECTS": ",".join(mapped),
        "SENTRY_DB_PATH": str(home / "jobs.db"),
        "SENTRY_WEBHOOK_SECRET": SECRET,
        **more,
    }


@asynccontextmanager
async def a_service(
    home: Path, prepare: Prepare | None = None, /, **more: str
) -> AsyncIterator[Ground]:
    """`sentry-monitor serve` on a free port; it runs no jobs. `prepare` changes a part of
    it first; `more` are further settings."""
    known = environ(home, **more)
    log = home / f"service-{time.monotonic_ns()}.log"
    process = FORKS.Process(target=receiver, args=(known, (), log, prepare), daemon=True)
    process.start()
    try:
        port = await _port(process, log)
        yield Ground(process=process, port=port, log=log, database=_database(known))
    finally:
        await stop(process)


def _read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


@cache
def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


def _database(environ: Mapping[str, str]) -> str:
    if url := environ.get("SENTRY_DATABASE_URL"):
        parts = sa.make_url(url).set(drivername="postgresql+psycopg")
        return parts.render_as_string(hide_password=False)
    return f"sqlite:///file:{environ['SENTRY_DB_PATH']}?mode=ro&uri=true"


async def stop(process: BaseProcess) -> None:
    process.terminate()
    await asyncio.to_thread(process.join, STOP_S)
    if process.exitcode is None:
        process.kill()
        await asyncio.to_thread(process.join, STOP_S)


async def _port(process: BaseProcess, log: Path) -> int:
    told = ""
    async with asyncio.timeout(START_S):
        while process.exitcode is None:
            told = _read(log)
            if found := re.search(r"listening at http://[^:]+:(\d+)", told):
                return int(found[1])
            await asyncio.sleep(0.02)
    raise AssertionError(f"the service did not start: {told[-2000:]}")


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def webhook(
    body: bytes,
    resource: str = "error",
    *,
    path: str = "/webhooks/sentry",
    at: int = 1786698752,
    **more: str,
) -> bytes:
    """A request as Sentry sends it."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: receiver.test",
        "Content-Type: application/json",
        f"Sentry-Hook-Resource: {resource}",
        f"Sentry-Hook-Timestamp: {at}",
        f"Sentry-Hook-Signature: {signature(body)}",
        f"Content-Length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in more.items()),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def request(method: str, target: str, body: bytes = b"", /, **headers: str) -> bytes:
    """To the API of the service, from this machine."""
    given = {"Host": "localhost", **{k.replace("_", "-"): v for k, v in headers.items()}}
    if body:
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **given}
    lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in given.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


async def sent(port: int, raw: bytes, seconds: float = ANSWER_S) -> Answer:
    """These bytes on a connection of their own, and all that comes back. Raises TimeoutError."""
    began = time.perf_counter()
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw)
            with suppress(ConnectionError):
                await writer.drain()
            told = await _all(reader)
        finally:
            writer.close()
    head, _, body = told.partition(b"\r\n\r\n")
    parts = head.split(None, 2)
    status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
    return Answer(status=status, head=head, body=body, ms=(time.perf_counter() - began) * 1000)


async def wake(ground: Ground) -> Answer:
    """By a delivery of a new issue: what is foreseen to be a duplicate waits for the next look."""
    number = time.monotonic_ns()
    return await sent(ground.port, webhook(packed(error(number, f"wake {number}"))))


async def _all(reader: asyncio.StreamReader) -> bytes:
    told = bytearray()
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            told += part
    return bytes(told)
