"""This machine: its clock, its git, its disks, and whether webhooks can be believed here."""

import contextlib
import re
import shutil
from collections.abc import Iterator, Sized
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from mcp_servers.sentry_monitor.src.arrangements import db_path, work_dir
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.safegit import GIT_ENV
from modules.autofix.reasons import sentence
from modules.outbound.clock import now
from modules.outbound.errors import OutboundError
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Request, Rules
from modules.outbound.processes import run_plain

from .finding import Finding

CLOCK_WARNS_S: Final = 30.0
CLOCK_FAILS_S: Final = 300.0  # as far as the notes of other instances may be ahead
ASKING: Final = Rules(timeout_s=5.0, attempts=1)
AGENT: Final = {"user-agent": "sentry-monitor", "cache-control": "no-cache"}
GIT_S: Final = 10.0
OLDEST_GIT: Final = (2, 30)
GB: Final = 10**9
ENOUGH: Final = 1 * GB


async def clock(url: str) -> Finding | None:
    """Our time beside the server's; None where it cannot be asked, which is told elsewhere."""
    client = HttpClient(url, headers=AGENT, rules=ASKING)
    try:
        before = now()
        reply = await client.send(Request("GET", "/api/0/"))
        ours = before + (now() - before) / 2
    except OutboundError:
        return None
    finally:
        await client.aclose()
    return compared(ours, reply.headers.get("date", ""))


def compared(ours: datetime, date: str) -> Finding | None:
    """By the Date of an answer (RFC 9110, 6.6.1), which tells whole seconds; None where it tells
    none."""
    try:
        theirs = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    off_s = (ours - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()
    if abs(off_s) <= CLOCK_WARNS_S:
        return Finding("clock", "as the server's")
    way = "ahead of" if off_s > 0 else "behind"
    told = f"{abs(off_s):.0f} s {way} the server's: let it follow a time server (timedatectl set-ntp true)."
    return Finding("clock", told, "clock_off", warns=abs(off_s) <= CLOCK_FAILS_S)


def webhook(secrets: Sized) -> Finding:
    """Whether a signature can be checked; no secret is told, nor how long it is."""
    if len(secrets):
        return Finding("webhook", "a secret is set, so signed webhooks of Sentry are taken")
    told = (
        "no secret is set, so no webhook is taken: set SENTRY_WEBHOOK_SECRET to the client secret "
        "of the integration in Sentry (docs/running.md)"
    )
    return Finding("webhook", told)


async def git() -> Finding:
    done = await run_plain(("git", "--version"), cwd=Path("/"), env=GIT_ENV, seconds=GIT_S)
    return judged("" if done.missing else done.text)


def judged(version: str) -> Finding:
    """What `git --version` said; nothing where there is none."""
    if not version:
        return Finding("git", sentence("git_missing"), "git_missing")
    found = re.match(r"git version (\d{1,4})\.(\d{1,4})\S{0,20}", version)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        least = ".".join(map(str, OLDEST_GIT))
        seen = found[0] if found else "no version that can be read"
        return Finding("git", f"{seen}; install {least} or newer.", "git_old")
    return Finding("git", found[0])


def space(settings: Settings) -> Iterator[Finding]:
    """Where files are kept, and the room there is."""
    yield room("work folder", work_dir(settings), "SENTRY_WORK_DIR")
    if settings.database_url is None:
        yield room("database", db_path(settings), "SENTRY_DB_PATH")


def room(what: str, path: Path, variable: str) -> Finding:
    """Of the disk that a path is on, or will be."""
    for one in (path, *path.parents):
        with contextlib.suppress(OSError):  # not there yet
            return enough(what, path, variable, free=shutil.disk_usage(one).free)
    return Finding(what, f"{path} cannot be looked at: set {variable} to another place.", "no_disk")


def enough(what: str, path: Path, variable: str, *, free: int) -> Finding:
    told = f"{path}, {free / GB:.1f} GB free"
    if free >= ENOUGH:
        return Finding(what, told)
    remedy = f"make room there, or set {variable} to a place on another disk."
    return Finding(what, f"{told}: {remedy}", "disk_low")
