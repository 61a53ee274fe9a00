"""Webhooks at the same steady rate while each issue becomes one of the builtin tracker: whether
acknowledgements suffer, and how far behind them the tracker is."""

import asyncio
import json
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from .deliveries import RATE, SECONDS, acknowledgements, begin_jobs, body, request, service, steady
from .figures import Figure, slowness
from .repairs import RUNNING, in_folder

ISSUES: Final = 200  # of errors
SHARE: Final = 0.4  # of deliveries that the tracker hears of; the others are errors
LIFE: Final = (
    ("created", "new"),
    ("unresolved", "escalating"),
    ("resolved", ""),
    ("unresolved", "regressed"),
)
BEHIND_S, GIVE_UP_S = 30.0, 300.0
LEFT: Final = "select (select count(*) from tracker_due) + (select count(*) from tracker_effect)"
DOUBLED: Final = "select count(*) - count(distinct marker) from builtin_ticket"


async def tracked() -> list[Figure]:
    raws = mixed(RATE * SECONDS)
    more = {"SENTRY_TRACKER": "builtin", "SENTRY_RETRY_ATTEMPTS": "1"}
    with in_folder(memory=False) as home, in_folder(memory=True) as trees:
        async with service(home, trees, **more) as (port, _):
            await begin_jobs(port, home)
            slow = await asyncio.to_thread(slowness)
            answers = await steady(port, raws)
            slow = (slow + await asyncio.to_thread(slowness)) / 2
            behind = await _until_done(home)
        filed, doubled = (
            _number(home, "select count(*) from builtin_ticket"),
            _number(home, DOUBLED),
        )
    return [
        *acknowledgements("deliveries acknowledged a second, 40 % tracked", answers, slow),
        Figure("  until all is decided and filed, after the last", behind, "s", BEHIND_S),
        Figure("  issues without a tracked one", float(_tracked_issues() - filed), "", 0.0),
        Figure("  issues with two", float(doubled), "", 0.0),
    ]


def mixed(number: int) -> list[bytes]:
    """Of each tracked issue its life, in order; between them errors."""
    chosen = random.Random(13)  # noqa: S311 - the same each time
    turns = [issue for issue in range(_tracked_issues()) for _ in LIFE]
    order = [*turns, *[-1] * (number - len(turns))]
    chosen.shuffle(order)
    told = Counter[int]()
    made = []
    for n, issue in enumerate(order):
        if issue < 0:
            made.append(request(body(chosen.randrange(ISSUES), f"t{n}"), "error"))
            continue
        made.append(request(_news(5000 + issue, *LIFE[told[issue]]), "issue"))
        told[issue] += 1
    return made


def _tracked_issues() -> int:
    return int(RATE * SECONDS * SHARE) // len(LIFE)


def _news(issue: int, action: str, substatus: str) -> bytes:
    """As Sentry sends issue.*: with all of the issue."""
    project = issue % RUNNING
    about = {
        "id": str(issue),
        "url": f"https://sentry.test/api/0/organizations/acme/issues/{issue}/",
        "web_url": f"https://sentry.test/organizations/acme/issues/{issue}/",
        "shortId": f"P-{issue}",
        "title": f"ZeroDivisionError: division of {issue} by zero",
        "culprit": "shop.cart in average",
        "level": "error",
        "status": "resolved" if action == "resolved" else "unresolved",
        "substatus": substatus,
        "priority": "high",
        "count": "42",
        "userCount": 15,
        "firstSeen": "2026-11-26T10:30:00Z",
        "lastSeen": "2026-11-26T11:45:00Z",
        "metadata": {"type": "ZeroDivisionError", "value": "division by zero"},
        "project": {"id": str(project + 1), "slug": f"p{project}", "name": f"p{project}"},
    }
    envelope = {"action": action, "installation": {"uuid": "bench"}, "data": {"issue": about}}
    actor = {"type": "application", "id": "sentry", "name": "Sentry"}
    return json.dumps({**envelope, "actor": actor}, separators=(",", ":")).encode()


async def _until_done(home: Path) -> float:
    """In seconds."""
    began = time.monotonic()
    async with asyncio.timeout(GIVE_UP_S):
        while await asyncio.to_thread(_number, home, LEFT):
            await asyncio.sleep(0.2)
    return time.monotonic() - began


def _number(home: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{home / 'jobs.db'}?mode=ro", uri=True)) as database:
        (number,) = database.execute(query).fetchone()
    return int(number)
