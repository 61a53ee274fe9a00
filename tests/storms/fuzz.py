"""Thousands of odd requests against a running service: what it answered, logged, kept and took."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .grammar import Case, a_case
from .ground import Ground, request, sent, wake

AT_ONCE: Final = 64
READ: Final = 50  # jobs that are read again at the end
LONGEST_S: Final = 15.0  # for one connection, whatever came on it
STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
KEPT: Final = re.compile(rb'"delivery":"([0-9a-f]{64})"')


@dataclass
class Storm:
    """What came of it. `bad` are cases with a 5xx, or with a connection that did not end."""

    statuses: Counter[int] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    lost: int = 0
    tracebacks: int = 0
    grown_mb: float = 0.0
    undecided: int = 0  # deliveries on which deciding failed
    unreadable: list[str] = field(default_factory=list)  # jobs that the API cannot show
    alive: bool = False

    @property
    def total(self) -> int:
        return self.families.total()


async def storm(ground: Ground, seed: int, count: int, *, warm: int) -> Storm:
    """`warm` cases go before, so that what is loaded once does not count as growth."""
    found = Storm()
    await _all(ground, found, (a_case(seed, -1 - n) for n in range(warm)))
    await wake(ground)
    await ground.decided()
    before = ground.rss_mb
    await _all(ground, found, (a_case(seed, n) for n in range(count)))
    found.alive = (await wake(ground)).status == 202
    await ground.decided()
    found.grown_mb = ground.rss_mb - before
    found.lost = len(found.acknowledged - ground.kept())
    found.tracebacks = ground.tracebacks
    found.undecided = ground.rows("select count(*) from inbox where reason like 'defect%'")[0][0]
    found.unreadable = await _unreadable(ground)
    return found


async def _unreadable(ground: Ground) -> list[str]:
    wrong = []
    for (job,) in ground.rows("select id from autofix_jobs")[:READ]:
        answer = await sent(ground.port, request("GET", f"/api/v1/jobs/{job}"))
        if answer.status != 200 or json.loads(answer.body)["id"] != job:
            wrong.append(f"job {job}: {answer.status}")
    return wrong


async def _all(ground: Ground, found: Storm, cases: Iterable[Case]) -> None:
    waiting = iter(cases)

    async def sender() -> None:
        for case in waiting:
            await one(ground, found, case)

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))


async def one(ground: Ground, found: Storm, case: Case) -> None:
    found.families[case.family] += 1
    try:
        answer = await sent(ground.port, case.raw, LONGEST_S)
    except TimeoutError:
        found.bad.append(f"case {case.number}, {case.family}: the connection did not end")
        return
    told = answer.head + b"\r\n\r\n" + answer.body
    statuses = [int(one) for one in STATUS.findall(told)]
    found.statuses.update(statuses or [0])
    found.acknowledged |= {one.decode() for one in KEPT.findall(told)}
    if any(status >= 500 for status in statuses):
        found.bad.append(f"case {case.number}, {case.family}: {statuses} {told[-200:]!r}")
