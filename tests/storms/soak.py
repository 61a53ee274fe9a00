"""Deliveries without end, of which only so many are kept: neither file nor memory may grow."""

import asyncio
import json
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from .ground import a_service, sent, wake, webhook
from .payloads import error, issue, packed
from .receiver import keeping

AT_ONCE: Final = 16
ISSUES: Final = 50
BEGINS: Final = 20  # one of so many begins a repair
SAMPLES: Final = 60


@dataclass(frozen=True)
class Size:
    """Of the database with its journal, and of the process."""

    file_mb: float
    rss_mb: float


@dataclass
class Soak:
    statuses: Counter[int] = field(default_factory=Counter)
    sizes: list[Size] = field(default_factory=list)
    lost: int = 0  # of the latest ones that were acknowledged
    rows: int = 0
    tracebacks: int = 0

    def halves(self, name: str) -> tuple[float, float]:
        """The largest of the first half and of the second. What fills the file at first is a part
        of the first."""
        values = [getattr(one, name) for one in self.sizes]
        half = len(values) // 2
        return max(values[:half]), max(values[half:])


async def soak(home: Path, count: int, keep: tuple[int, int]) -> Soak:
    """`keep`: how many bodies and rows stay."""
    found, latest = Soak(), deque[str](maxlen=keep[1] // 2)
    database = home / "jobs.db"
    waiting = iter(range(count))

    async with a_service(home, partial(keeping, *keep)) as ground:

        async def sender() -> None:
            for n in waiting:
                answer = await sent(ground.port, _raw(n))
                found.statuses[answer.status] += 1
                if answer.status in (200, 202):
                    latest.append(json.loads(answer.body)["delivery"])
                if n % (count // SAMPLES) == 0:
                    found.sizes.append(Size(_megabytes(database), ground.rss_mb))

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
        await wake(ground)
        await ground.decided()
        found.lost = len(set(latest) - ground.kept())
        found.rows = len(ground.kept())
        found.tracebacks = ground.tracebacks
    return found


def _raw(n: int) -> bytes:
    if n % BEGINS == 0:
        return webhook(packed(error(n // BEGINS % ISSUES, f"soak {n}")))
    body = issue(n, "resolved", "")
    body["data"]["issue"]["metadata"] = {"value": "x" * 1500}
    return webhook(packed(body), "issue")


def _megabytes(database: Path) -> float:
    parts = (database, database.with_name(f"{database.name}-wal"))
    return sum(one.stat().st_size for one in parts if one.exists()) / 1e6
